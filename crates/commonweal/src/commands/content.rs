//! `commonweal content apply|export`

use std::process::ExitCode;

use commonweal_core::content;
use commonweal_core::events::Actor;

use super::Opened;
use crate::cli::Content;
use crate::failure::Failure;
use crate::say;
use crate::server::content::{install, kinds, known_roles, take_up};

pub(crate) async fn run(content: Content) -> Result<ExitCode, Failure> {
    let (asked, apply) = match content {
        Content::Apply(asked) => (asked, true),
        Content::Export(asked) => (asked, false),
    };
    let opened = Opened::new(&asked.common, &[]).await?;
    install(&opened).await?;
    let refuse = |error: content::FolderError| Failure::new(error.to_string());
    let told = if apply {
        let actor = Actor::system("command line");
        let known = known_roles(&opened.db, Some(&asked.folder)).await?;
        let kinds = kinds(&known);
        let done = content::apply(&opened.db, &opened.clock, &actor, &kinds, &asked.folder)
            .await
            .map_err(refuse)?;
        take_up(&opened.db, &opened.clock).await?;
        let published: Vec<String> = done
            .published
            .iter()
            .map(|(what, version)| format!("{what} (version {version})"))
            .collect();
        serde_json::json!({"published": published, "unchanged": done.unchanged})
    } else {
        let files = content::export(&opened.db, &opened.clock, &asked.folder)
            .await
            .map_err(refuse)?;
        serde_json::json!({"files": files, "folder": asked.folder})
    };
    if asked.common.json {
        say::json(&told)?;
    } else if apply {
        say::line(&format!(
            "published: {}; unchanged: {}",
            told["published"], told["unchanged"]
        ));
    } else {
        say::line(&format!(
            "{} files written to {}",
            told["files"],
            asked.folder.display()
        ));
    }
    opened.db.close().await;
    Ok(ExitCode::SUCCESS)
}
