//! `commonweal check` and `commonweal migrate`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use commonweal_core::config::{data_dir, environment, explain};
use commonweal_core::{content, read};
use commonweal_forms::catalogue;
use commonweal_forms::definition::{self, Definition};

use super::Opened;
use crate::cli::Common;
use crate::failure::Failure;
use crate::say;
use crate::server::content::known_roles;

/// Explains every setting, tries the database, and reads every form and register.
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
    let mut definitions = definitions(&opened).await?;
    if opened.config.illegal_images.police_mail.is_none() {
        definitions.advice.push(
            "illegal_images.police_mail is not set: the police hear of a file that may be an indecent image of a child from the data protection officers only"
                .to_owned(),
        );
    }
    if common.json {
        let settings: serde_json::Map<String, serde_json::Value> = settings
            .into_iter()
            .map(|setting| {
                let told =
                    serde_json::json!({"value": setting.value, "from": setting.source.to_string()});
                (setting.name.to_owned(), told)
            })
            .collect();
        say::json(&serde_json::json!({
            "ok": definitions.wrong.is_empty(),
            "database": engine,
            "settings": settings,
            "definitions": definitions.checked,
            "wrong": definitions.wrong,
            "advice": definitions.advice,
        }))?;
        return Ok(definitions.status());
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
    for advice in &definitions.advice {
        say::line(&format!("To look at: {advice}"));
    }
    for wrong in &definitions.wrong {
        say::line(&format!("Wrong: {wrong}"));
    }
    say::line(&format!(
        "Forms and registers: {} read, {} faults.",
        definitions.checked,
        definitions.wrong.len()
    ));
    Ok(definitions.status())
}

/// What the definitions of forms and registers come to.
struct Definitions {
    checked: usize,
    wrong: Vec<String>,
    advice: Vec<String>,
}

impl Definitions {
    fn status(&self) -> ExitCode {
        if self.wrong.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

/// Reads every definition, those that ship and those in force: each fault with file, line and reason.
async fn definitions(opened: &Opened) -> Result<Definitions, Failure> {
    let today = opened.clock.today();
    let roles = known_roles(&opened.db, None).await?;
    let stored = read!(&opened.db, |tx| content::all_current(tx, today).await).await?;
    let mut files: BTreeMap<(String, String), (String, String)> = catalogue::shipped()
        .into_iter()
        .map(|file| ((file.kind, file.key), ("as shipped".to_owned(), file.body)))
        .collect();
    for version in stored {
        let from = format!("version {}, in force", version.version);
        files.insert((version.kind, version.key), (from, version.body));
    }
    let mut done = Definitions {
        checked: 0,
        wrong: Vec::new(),
        advice: Vec::new(),
    };
    let mut good = Vec::new();
    for ((kind, key), (from, body)) in files {
        let Some(sort) = catalogue::definition_kind(&kind) else {
            continue;
        };
        done.checked += 1;
        let file = format!("{kind}/{key} ({from})");
        match catalogue::read_file(sort, &key, &body, &roles) {
            Ok(definition) => {
                let advice = definition::advice(&definition);
                done.advice
                    .extend(advice.iter().map(|one| format!("{file}: {one}")));
                good.push(definition);
            }
            Err(faults) => done
                .wrong
                .extend(faults.iter().map(|fault| format!("{file}: {fault}"))),
        }
    }
    let good: Vec<&Definition> = good.iter().collect();
    for (key, message) in catalogue::between(&good) {
        done.wrong.push(format!("{key}: {message}"));
    }
    Ok(done)
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
