//! `import records`: a list of incidents in anybody's columns, told by a profile.
//!
//! # What replaces what
//!
//! *Without a key column* a file is the whole telling of the months in it, as with police.uk:
//! each month of the source that the file holds replaces what was there.
//!
//! *With a key column* a file is an extract that may overlap others. It is merged with what the
//! source has told: a row whose key is there with the same content is unchanged; one whose key
//! is there with other content replaces it, also where it has moved to another month; a new key
//! is added; what the file does not name stays. Only months in which something differs are
//! written again, as new parts that carry over the rows that stay. Rows of such a month that
//! came without a key, by an earlier profile, give way, since nobody could tell whether the file
//! tells them again; the report counts them. Merging keeps a hash of each key of the file in
//! memory, and the rows carried over. Should another import of the same source become visible in
//! between, this one is given up and says so.

mod categories;
mod merge;
pub mod profiles;
mod rows;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use commonweal_core::events::Actor;
use commonweal_core::{Clock, Db};
use serde::Serialize;
use uuid::Uuid;

use super::load::{self, FileToImport, LoadError, Outcome, Progress, Replaced};
use super::read::Reject;
use super::read::profile::Profile;
use super::read::source::Limits;
use super::staged::{self, Given, SHOWN_REJECTS};
use crate::Month;
use merge::Merge;
use rows::{File, Looked};

pub use categories::known as known_categories;

/// What was asked of an import of records.
#[derive(Clone)]
pub struct RecordsOptions {
    /// Who recorded the incidents, such as `Durham County Council wardens`.
    pub source: String,
    /// Which column is what.
    pub profile: Profile,
    /// Read and check everything, write nothing.
    pub dry_run: bool,
    /// The limits on sizes.
    pub limits: Limits,
    /// Called with the rows written so far.
    pub progress: Option<Progress>,
}

/// What an import of records did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RecordsReport {
    /// The file.
    pub name: String,
    /// Who recorded the incidents.
    pub source: String,
    /// The import, where one was opened.
    pub import: Option<Uuid>,
    /// Good rows of the file.
    pub rows: i64,
    /// Those of anti-social behaviour.
    pub asb_rows: i64,
    /// Rows refused; a file with any is held back whole.
    pub rejected: i64,
    /// The first of them.
    pub rejects: Vec<Reject>,
    /// Rows whose key was not there.
    pub new: i64,
    /// Rows whose key was there with other content.
    pub changed: i64,
    /// Rows whose key was there with the same content.
    pub unchanged_rows: i64,
    /// Rows that the file does not name, in months that were written again.
    pub carried_over: i64,
    /// Rows without a key that gave way, in months that were written again.
    pub without_key: i64,
    /// Months of the source that were told before, with the change; a trial of a file with keys
    /// counts its rows instead.
    pub replaced: Vec<Replaced>,
    /// The months that the file tells of.
    pub months: Vec<Month>,
    /// Whether the file changes nothing.
    pub unchanged: bool,
    /// Whether nothing was written because that was asked.
    pub dry_run: bool,
    /// What people should know.
    pub notes: Vec<String>,
    /// How long it took.
    pub seconds: f64,
}

/// Imports a CSV by a profile, compressed or not.
///
/// # Errors
/// [`LoadError::File`] says what is wrong with the file or the profile; [`LoadError::Db`].
pub async fn import<'a>(
    db: &Db,
    clock: &Clock,
    actor: &Actor,
    file: impl Into<Given<'a>>,
    options: &RecordsOptions,
) -> Result<RecordsReport, LoadError> {
    let begun = Instant::now();
    let source = options.source.trim();
    if source.is_empty() || source.len() > 200 {
        return Err(LoadError::File(
            "Say who recorded the incidents, in at most 200 letters".to_owned(),
        ));
    }
    let (path, sha256) = staged::one_file(file.into(), &options.limits).await?;
    let mut report = RecordsReport {
        name: path.name.clone(),
        source: source.to_owned(),
        dry_run: options.dry_run,
        ..RecordsReport::default()
    };
    let file = FileToImport {
        kind: "records",
        name: path.name.clone(),
        // The same file may be read by another profile, or for another source.
        sha256: told_by(&sha256, source, &options.profile)?,
    };
    if load::already_here(db, &file).await?.is_some() {
        report.unchanged = true;
    } else {
        let told = File {
            path,
            source: source.to_owned(),
            profile: Arc::new(options.profile.clone()),
            today: clock.today(),
        };
        run(db, clock, actor, &file, told, options, &mut report).await?;
    }
    report.seconds = begun.elapsed().as_secs_f64();
    Ok(report)
}

fn told_by(sha256: &str, source: &str, profile: &Profile) -> Result<String, LoadError> {
    use sha2::{Digest as _, Sha256};
    let profile = profile
        .to_toml()
        .map_err(|e| LoadError::File(e.to_string()))?;
    let mut hash = Sha256::new();
    for part in [sha256, source, &profile] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(part);
    }
    Ok(hex::encode(hash.finalize()))
}

async fn run(
    db: &Db,
    clock: &Clock,
    actor: &Actor,
    file: &FileToImport,
    told: File,
    options: &RecordsOptions,
    report: &mut RecordsReport,
) -> Result<(), LoadError> {
    // The first reading checks every row, and finds which postcodes and keys there are.
    let (first, told) = staged::blocking(move || {
        let first = told.survey()?;
        Ok((first, told))
    })
    .await?;
    report.rows = first.rows;
    report.asb_rows = first.asb_rows;
    report.rejected = i64::try_from(first.rejects.count).unwrap_or(i64::MAX);
    report.rejects = first
        .rejects
        .listed
        .iter()
        .take(SHOWN_REJECTS)
        .cloned()
        .collect();
    report.notes.clone_from(&first.notes);
    report.months = first.months.keys().copied().collect();
    let looked = Looked::up(db, &first.postcodes).await?;
    report.notes.extend(looked.note());
    let merge = if options.profile.key.is_some() && first.rejects.is_empty() {
        let (told2, looked2) = (told.clone(), looked.clone());
        let keys = staged::blocking(move || told2.keys(&looked2)).await?;
        Some(Merge::plan(db, &report.source, keys).await?)
    } else {
        None
    };
    if let Some(merge) = &merge {
        merge.tell(report);
        report.unchanged = merge.touched().is_empty();
    }
    if options.dry_run && merge.is_none() {
        let months = first.months.iter();
        let tally = months.map(|(month, counts)| ((report.source.clone(), *month), *counts));
        report.replaced = load::would_replace(db, &tally.collect()).await?;
    }
    if options.dry_run || report.unchanged {
        return Ok(());
    }
    let import = load::open(db, clock, actor, file).await?;
    report.import = Some(import);
    let merge = match merge {
        Some(merge) => {
            let carried = merge.carry(db).await;
            match carried {
                Ok(carried) => Some((merge, carried)),
                Err(error) => {
                    load::give_up(db, clock, actor, import, &error.to_string()).await?;
                    return Err(error.into());
                }
            }
        }
        None => None,
    };
    let mut outcome = Outcome {
        notes: report.notes.clone(),
        basis: merge.as_ref().map(|(merge, _)| merge.basis()),
        ..Outcome::default()
    };
    let done = load::incidents(
        db,
        clock,
        actor,
        import,
        options.progress.clone(),
        move |sink| {
            let mut touched: Option<BTreeSet<Month>> = None;
            if let Some((merge, carried)) = &merge {
                touched = Some(merge.touched().clone());
                for row in carried {
                    row.give(&told.source, |incident| sink.push(incident))
                        .map_err(|stopped| LoadError::File(stopped.to_string()))?;
                }
            }
            outcome.rejects = told.each(&looked, |incident| {
                if touched
                    .as_ref()
                    .is_some_and(|months| !months.contains(&incident.month))
                {
                    return Ok(());
                }
                sink.push(incident)
                    .map_err(|stopped| LoadError::File(stopped.to_string()))
            })?;
            Ok(outcome)
        },
    )
    .await;
    let done = done.map_err(|error| match error {
        LoadError::Db(commonweal_core::DbError::Stale) => LoadError::File(
            "Another import of the same source ended while this one ran. Import the file again"
                .to_owned(),
        ),
        other => other,
    })?;
    report.replaced = done.replaced;
    Ok(())
}

#[cfg(test)]
mod tests;
