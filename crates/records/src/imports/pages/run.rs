//! Reading a file that was sent: as a trial, or in earnest in the background.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use commonweal_core::events::Actor;
use commonweal_govuk::Form;
use serde_json::json;
use uuid::Uuid;

use super::outcome::Outcome;
use super::uploads::Uploaded;
use super::{Imports, uploads};
use crate::imports::areas::{self, AreasOptions};
use crate::imports::context::{self, ContextOptions};
use crate::imports::load::{LoadError, Progress};
use crate::imports::police_uk;
use crate::imports::postcodes::{self, PostcodesOptions};
use crate::imports::read::profile::Profile;
use crate::imports::read::source::Limits;
use crate::imports::records::{self, RecordsOptions};
use crate::imports::staged::Given;

/// How often a running import says that it lives.
const BEAT: Duration = Duration::from_secs(2);

/// What is asked of a file, by its answers.
#[derive(Clone)]
pub(super) enum Asked {
    PoliceUk,
    Areas(Box<AreasOptions>),
    Postcodes,
    Context,
    Records(Box<Profile>),
}

/// What the answers about areas ask for.
pub(super) fn areas_asked(form: &Form) -> Asked {
    let said = |field: &str| {
        let value = form.value(field);
        (!value.is_empty()).then(|| value.to_owned())
    };
    Asked::Areas(Box::new(AreasOptions {
        kind: said("area_kind"),
        vintage: said("vintage"),
        code_field: said("code_field"),
        name_field: said("name_field"),
        add: form.value("add") == "add",
        ..AreasOptions::default()
    }))
}

/// Runs an import, or its trial.
pub(super) async fn run(
    imports: &Imports,
    actor: &Actor,
    upload: &Uploaded,
    asked: &Asked,
    dry_run: bool,
    progress: Option<Progress>,
) -> Result<Outcome, LoadError> {
    let (db, clock) = (&imports.app.db, &imports.app.clock);
    let path = uploads::path(imports, upload.id);
    let path: &Path = &path;
    let file = Given {
        path,
        name: Some(&upload.name),
    };
    let limits = Limits::default();
    Ok(match asked {
        Asked::PoliceUk => {
            let options = police_uk::Options {
                dry_run,
                limits,
                progress,
            };
            let sent = (path, upload.name.as_str());
            Outcome::from(&police_uk::import_upload(db, clock, actor, sent, &options).await?)
        }
        Asked::Areas(options) => {
            let options = AreasOptions {
                dry_run,
                ..options.as_ref().clone()
            };
            Outcome::from(&areas::import(db, clock, actor, file, &options).await?)
        }
        Asked::Postcodes => {
            let options = PostcodesOptions {
                dry_run,
                limits,
                progress,
            };
            Outcome::from(&postcodes::import(db, clock, actor, file, &options).await?)
        }
        Asked::Context => {
            let options = ContextOptions {
                dry_run,
                limits,
                progress,
                shape: None,
            };
            Outcome::from(&context::import(db, clock, actor, file, &options).await?)
        }
        Asked::Records(profile) => {
            let options = RecordsOptions {
                source: profile.name.clone(),
                profile: profile.as_ref().clone(),
                dry_run,
                limits,
                progress,
            };
            Outcome::from(&records::import(db, clock, actor, file, &options).await?)
        }
    })
}

/// Runs an import in earnest and notes how it ended. The file goes once it is in; where it was
/// refused it stays, so that answers can be changed.
pub(super) async fn in_earnest(imports: Imports, actor: Actor, upload: Uploaded, asked: Asked) {
    let rows = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&rows);
    let progress: Progress = Arc::new(move |n| counted.store(n, Ordering::Relaxed));
    let work = run(&imports, &actor, &upload, &asked, false, Some(progress));
    // A task of its own: awaited beside the work it would wait for SQLite's one writing
    // connection, which the work holds while it is not polled.
    let beating = tokio::spawn(beats(imports.clone(), upload.id, rows));
    let ended = work.await;
    beating.abort();
    let outcome = match ended {
        Ok(outcome) => outcome,
        Err(LoadError::File(words)) => Outcome::problem(words),
        Err(LoadError::Db(error)) => {
            tracing::error!(%error, upload = %upload.id, "an import failed");
            Outcome::problem(
                "The database failed. Nothing was imported. Try again, or tell an administrator",
            )
        }
    };
    let some_visible = outcome.files.iter().any(|file| file.import.is_some());
    if some_visible {
        (imports.after)();
    }
    let state = if outcome.good { "done" } else { "failed" };
    let result = serde_json::to_value(&outcome).unwrap_or_else(|_| json!({}));
    if let Err(error) = uploads::end(&imports, upload.id, state, result).await {
        tracing::error!(%error, upload = %upload.id, "the end of an import was not noted");
    }
    if outcome.good {
        uploads::remove_file(&imports, upload.id).await;
    }
}

/// Says every two seconds that an import lives, and how far it is.
async fn beats(imports: Imports, upload: Uuid, rows: Arc<AtomicU64>) {
    let mut beat = tokio::time::interval(BEAT);
    loop {
        beat.tick().await;
        let now = rows.load(Ordering::Relaxed);
        if let Err(error) = uploads::beat(&imports, upload, now).await {
            tracing::warn!(%error, %upload, "the progress of an import was not noted");
        }
    }
}
