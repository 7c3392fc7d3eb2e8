//! `commonweal import mail` and `commonweal import reports`: what partners and residents sent, as reports.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use commonweal_core::events::Actor;
use commonweal_core::files::Files;
use commonweal_core::{DbError, args, read, sql};
use commonweal_people::intake::files::{self, Outcome};
use commonweal_people::intake::mail::{self, Door, Taken, take};
use commonweal_people::reporting::rules_of;
use serde::Serialize;
use uuid::Uuid;

use super::Opened;
use crate::cli::{ImportMail, ImportReports};
use crate::failure::Failure;
use crate::say;

/// A message that was not taken.
#[derive(Debug, Serialize)]
struct Refused {
    file: String,
    reason: String,
}

#[derive(Debug, Serialize)]
struct Mails {
    taken: Vec<Taken>,
    refused: Vec<Refused>,
}

/// The agency of a name; the only one there is where none was said.
async fn agency(opened: &Opened, name: Option<&str>) -> Result<Uuid, Failure> {
    let found: Result<Vec<(Uuid, String)>, DbError> = read!(&opened.db, |tx| {
        let text = sql!("select id, name from agencies where active order by created_at, id");
        let rows = tx.all(text, args![]).await?;
        rows.iter()
            .map(|row| Ok((row.get("id")?, row.get("name")?)))
            .collect()
    })
    .await;
    let found = found?;
    match (name, found.as_slice()) {
        (None, [(id, _)]) => Ok(*id),
        (None, _) => Err(Failure::usage("say whose door it is with --agency NAME")),
        (Some(name), all) => all
            .iter()
            .find(|one| one.1.eq_ignore_ascii_case(name))
            .map(|one| one.0)
            .ok_or_else(|| Failure::usage(format!("there is no agency called '{name}'"))),
    }
}

/// A file, or every `.eml` file of a folder by name.
fn messages(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let listed = std::fs::read_dir(path)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    let mut paths: Vec<PathBuf> = listed
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|ending| ending.eq_ignore_ascii_case("eml"))
        })
        .collect();
    paths.sort();
    if paths.is_empty() {
        return Err(Failure::new(format!(
            "{} holds no .eml file",
            path.display()
        )));
    }
    Ok(paths)
}

/// The content of a file, unless it is larger than the limit: looked at before anything is read.
fn content(path: &Path, most: usize) -> Result<Vec<u8>, String> {
    let size = std::fs::metadata(path)
        .map_err(|error| error.to_string())?
        .len();
    if size > most as u64 {
        return Err(format!("it is larger than {} MB", most / 1_000_000));
    }
    std::fs::read(path).map_err(|error| error.to_string())
}

pub(crate) async fn mail(asked: ImportMail) -> Result<ExitCode, Failure> {
    let paths = messages(&asked.path)?;
    let opened = Opened::new(&asked.common, &[]).await?;
    let agency = agency(&opened, asked.agency.as_deref()).await?;
    let rules = rules_of(&opened.db, &opened.clock).await?;
    let folder = opened.config.data_dir.join("files");
    let store = Files::local(&folder, &opened.db, &opened.clock)
        .map_err(|error| Failure::new(error.to_string()))?;
    let actor = Actor::system("command line");
    let door = Door {
        db: &opened.db,
        clock: &opened.clock,
        files: &store,
        rules: &rules,
        actor: &actor,
    };
    let mut done = Mails {
        taken: Vec::new(),
        refused: Vec::new(),
    };
    for path in paths {
        let taken = match content(&path, mail::BYTES) {
            Ok(bytes) => take(door, agency, None, bytes)
                .await
                .map_err(|error| error.to_string()),
            Err(reason) => Err(reason),
        };
        match taken {
            Ok(taken) => done.taken.push(taken),
            Err(reason) => done.refused.push(Refused {
                file: path.display().to_string(),
                reason,
            }),
        }
    }
    opened.db.close().await;
    if asked.common.json {
        say::json(&done)?;
    } else {
        for one in &done.taken {
            let again = if one.again { ", taken before" } else { "" };
            say::line(&format!("{} in {}{again}", one.reference, one.matter));
        }
        for one in &done.refused {
            say::to_stderr(&format!("{}: {}", one.file, one.reason));
        }
    }
    if done.refused.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure::new(format!(
        "{} of {} messages were not taken",
        done.refused.len(),
        done.refused.len() + done.taken.len()
    )))
}

pub(crate) async fn reports(asked: ImportReports) -> Result<ExitCode, Failure> {
    let bytes = content(&asked.file, files::BYTES)
        .map_err(|reason| Failure::new(format!("{}: {reason}", asked.file.display())))?;
    let opened = Opened::new(&asked.common, &[]).await?;
    let rules = rules_of(&opened.db, &opened.clock).await?;
    let name = asked
        .file
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let done = files::import(
        &opened.db,
        &opened.clock,
        &rules,
        &Actor::system("command line"),
        &asked.profile,
        None,
        &name,
        bytes,
    )
    .await;
    opened.db.close().await;
    let outcome: Outcome = done.map_err(|error| Failure::new(error.to_string()))?;
    if asked.common.json {
        say::json(&outcome)?;
    } else if outcome.rejected == 0 {
        say::line(&format!(
            "{} new, {} were here already, {} without a point on the map",
            outcome.new, outcome.known, outcome.unplaced
        ));
    }
    if outcome.rejected == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    if !asked.common.json {
        for reject in &outcome.rejects {
            say::to_stderr(&format!("{}: {}", reject.place, reject.reason));
        }
    }
    Err(Failure::new(format!(
        "nothing was imported: {} rejected; a file with any is held back whole",
        outcome.rejected
    )))
}
