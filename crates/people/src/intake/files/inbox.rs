//! The watched folder: `inbox/{profile}/` in the data folder. What lies there is taken within a minute and put
//! into `done`, or into `refused` with a text beside it that says why.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use commonweal_core::events::Actor;
use commonweal_core::jobs::{JobContext, JobError, JobKind};
use commonweal_core::read;

use super::run::{BYTES, ImportError, Outcome, import, profiles};
use crate::reporting::rules_of;

/// The job.
pub const JOB: &str = "intake.inbox";
/// A file that changed this recently may still be being copied.
const SETTLED: Duration = Duration::from_secs(10);

/// The job that looks into the folder; `data_dir` is the program's data folder.
#[must_use]
pub fn job(data_dir: &Path) -> JobKind {
    let inbox = data_dir.join("inbox");
    JobKind::new(
        JOB,
        "Take partners' files from the folder",
        move |context| {
            let inbox = inbox.clone();
            async move { look(&context, &inbox).await.map(drop) }
        },
    )
}

/// How often the folder is looked into.
#[must_use]
pub fn recurring() -> [(&'static str, chrono::Duration); 1] {
    [(JOB, chrono::Duration::minutes(1))]
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn disk(error: std::io::Error) -> JobError {
    JobError::Again(format!("the folder of partners' files: {}", error.kind()))
}

/// Looks into the folder once; says how many files were taken up.
pub(super) async fn look(context: &JobContext, inbox: &Path) -> Result<usize, JobError> {
    if !inbox.is_dir() {
        return Ok(0);
    }
    let today = context.clock.today();
    let known = read!(&context.db, |tx| profiles(tx, today).await).await?;
    let rules = rules_of(&context.db, &context.clock).await?;
    let mut count = 0;
    for (key, _) in known {
        let folder = inbox.join(&key);
        if !folder.is_dir() {
            continue;
        }
        for path in files(&folder, context.clock.now().into()).map_err(disk)? {
            if context.stop.requested() {
                return Err(JobError::Again("stopping".to_owned()));
            }
            count += 1;
            let name = path
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            let bytes = tokio::fs::read(&path).await.map_err(disk)?;
            let actor = Actor::system("inbox");
            let done = import(
                &context.db,
                &context.clock,
                &rules,
                &actor,
                &key,
                None,
                &name,
                bytes,
            )
            .await;
            let words = match done {
                // It may go later; the file stays.
                Err(ImportError::Db(error)) => return Err(error.into()),
                Err(error) => Some(error.to_string()),
                Ok(outcome) if outcome.rejected > 0 => Some(told(&outcome)),
                Ok(_) => None,
            };
            let target = folder.join(if words.is_some() { "refused" } else { "done" });
            tokio::fs::create_dir_all(&target).await.map_err(disk)?;
            let stamp = context.clock.now().format("%Y%m%dT%H%M%S%6f");
            let name = format!("{stamp}-{name}");
            if let Some(words) = words {
                tokio::fs::write(target.join(format!("{name}.why.txt")), words)
                    .await
                    .map_err(disk)?;
            }
            tokio::fs::rename(&path, target.join(name))
                .await
                .map_err(disk)?;
        }
    }
    Ok(count)
}

fn told(outcome: &Outcome) -> String {
    let mut text = format!("Nothing was taken: {} rows are wrong.\n", outcome.rejected);
    for reject in &outcome.rejects {
        text.extend([reject.place.as_str(), ": ", &reject.reason, "\n"]);
    }
    text
}

/// Files of a folder that nobody is writing, by name.
fn files(folder: &Path, now: SystemTime) -> Result<Vec<PathBuf>, std::io::Error> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let settled = about
            .modified()
            .ok()
            .and_then(|at| now.duration_since(at).ok())
            .is_some_and(|age| age >= SETTLED);
        if about.is_file() && !hidden && settled && about.len() <= BYTES as u64 {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}
