//! `commonweal check` and `commonweal migrate`.

use std::process::ExitCode;

use commonweal_core::config::{data_dir, environment, explain};

use super::Opened;
use crate::cli::Common;
use crate::failure::Failure;
use crate::say;

/// Explains every setting, and tries the database.
pub(crate) async fn check(common: &Common) -> Result<ExitCode, Failure> {
    let environment = environment();
    let folder = data_dir(common.data_dir.clone(), &environment);
    let arguments: Vec<(&str, String)> = common
        .database_url
        .iter()
        .map(|url| ("database.url", url.clone()))
        .collect();
    let settings = explain(&folder, environment, &arguments)?;
    let opened = Opened::new(common, &[]).await?;
    let engine = format!("{:?}", opened.db.engine()).to_lowercase();
    if common.json {
        let settings: serde_json::Map<String, serde_json::Value> = settings
            .into_iter()
            .map(|setting| {
                let told =
                    serde_json::json!({"value": setting.value, "from": setting.source.to_string()});
                (setting.name.to_owned(), told)
            })
            .collect();
        say::json(&serde_json::json!({"ok": true, "database": engine, "settings": settings}))?;
        return Ok(ExitCode::SUCCESS);
    }
    for setting in settings {
        say::line(&format!(
            "{} = {}  ({})",
            setting.name, setting.value, setting.source
        ));
        say::line(&format!("    {}", setting.explanation));
    }
    say::line(&format!(
        "The database ({engine}) can be used and is up to date."
    ));
    Ok(ExitCode::SUCCESS)
}

/// Brings the database up to date.
pub(crate) async fn migrate(common: &Common) -> Result<ExitCode, Failure> {
    let opened = Opened::new(common, &[]).await?;
    let engine = format!("{:?}", opened.db.engine()).to_lowercase();
    if common.json {
        say::json(&serde_json::json!({"ok": true, "database": engine}))?;
    } else {
        say::line(&format!("The database ({engine}) is up to date."));
    }
    Ok(ExitCode::SUCCESS)
}
