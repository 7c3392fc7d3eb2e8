//! `commonweal user add|reset|disable`

use std::process::ExitCode;

use commonweal_access::sign_in::link::{self, Reset};
use commonweal_access::users::commands::{self, CommandError};

use super::Opened;
use crate::cli::{Common, User};
use crate::failure::Failure;
use crate::say;
use crate::server::content::install;

impl From<CommandError> for Failure {
    fn from(error: CommandError) -> Self {
        Self::new(error.to_string())
    }
}

pub(crate) async fn run(user: User) -> Result<ExitCode, Failure> {
    match user {
        User::Add(asked) => {
            let opened = opened(&asked.common).await?;
            let (_, token) = commands::add(
                &opened.db,
                &opened.clock,
                &asked.name,
                &asked.email,
                &asked.agency,
                &asked.roles,
            )
            .await?;
            tell_link(&opened, &asked.common, "added", &link::path(&token))?;
        }
        User::Reset(asked) => {
            let opened = opened(&asked.common).await?;
            let reset = if asked.everything {
                Reset::Everything
            } else {
                Reset::Password
            };
            let token = commands::reset(&opened.db, &opened.clock, &asked.email, reset).await?;
            tell_link(&opened, &asked.common, "reset", &link::path(&token))?;
        }
        User::Disable(asked) => {
            let opened = opened(&asked.common).await?;
            commands::disable(&opened.db, &opened.clock, &asked.email).await?;
            if asked.common.json {
                say::json(&serde_json::json!({"ok": true, "disabled": asked.email}))?;
            } else {
                say::line("The account is disabled; its sessions have ended.");
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn opened(common: &Common) -> Result<Opened, Failure> {
    let opened = Opened::new(common, &[]).await?;
    install(&opened).await?;
    Ok(opened)
}

/// Prints a one-time link; it goes to the person by a way that the administrator trusts.
fn tell_link(opened: &Opened, common: &Common, what: &str, path: &str) -> Result<(), Failure> {
    let link = format!("{}{path}", opened.config.public_url());
    if common.json {
        return say::json(&serde_json::json!({"ok": true, "done": what, "link": link}));
    }
    say::line(&format!(
        "The account is {what}. This link sets its password, once:"
    ));
    say::line(&link);
    Ok(())
}
