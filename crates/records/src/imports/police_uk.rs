//! `import police-uk`: street files of data.police.uk, each all or nothing, each month of a
//! force replacing what an earlier file told of it. Anti-social behaviour has no identifier
//! there and identical rows are separate incidents, so rows are never merged: what makes an
//! import idempotent is the file's content, and the force and month.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use chrono::NaiveDate;
use commonweal_core::events::Actor;
use commonweal_core::{Clock, Db};
use serde::Serialize;

use super::load::{self, FileToImport, Finished, LoadError, Outcome, Progress, Replaced, Sink};
use super::read::police_uk::StreetReader;
use super::read::source::{self, Limits, Skipped, Source, Wanted};
use super::read::{Reject, RejectReport, Step};
use crate::Month;
use crate::incidents::{CategoryName, NewIncident, Precision};

/// What was asked of an import.
#[derive(Clone, Default)]
pub struct Options {
    /// Read and check everything, write nothing.
    pub dry_run: bool,
    /// The limits on sizes; the usual ones unless told.
    pub limits: Limits,
    /// Called with the rows written so far of the file in hand.
    pub progress: Option<Progress>,
}

/// What an import did, over all its files.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Files read.
    pub files: u64,
    /// Rows that became visible.
    pub rows: i64,
    /// Those of anti-social behaviour.
    pub asb_rows: i64,
    /// Rows refused; a file with any is held back whole.
    pub rejected: i64,
    /// Months of a force that replaced an earlier telling, with the change.
    pub replaced: Vec<Replaced>,
    /// Files whose content is here already.
    pub unchanged: u64,
    /// Whether nothing was written because that was asked.
    pub dry_run: bool,
    /// Files passed over on purpose.
    pub skipped: Vec<Skipped>,
    /// Each file.
    pub each: Vec<FileReport>,
    /// How long it took.
    pub seconds: f64,
}

impl Report {
    /// Whether every file ended well.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.each
            .iter()
            .all(|file| file.error.is_none() && file.rejected == 0)
    }
}

/// What became of one file.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FileReport {
    /// Its name.
    pub name: String,
    /// `imported`, `unchanged`, `checked`, `held back` or `refused`.
    pub state: &'static str,
    /// The import, where one was opened.
    pub import: Option<uuid::Uuid>,
    /// Rows read.
    pub rows: i64,
    /// Those of anti-social behaviour.
    pub asb_rows: i64,
    /// Rows refused.
    pub rejected: i64,
    /// The first of them.
    pub rejects: Vec<Reject>,
    /// Why the file was refused.
    pub error: Option<String>,
    /// How it was read.
    pub notes: Vec<String>,
}

/// Imports street files, compressed or not, folders of them, or the monthly archive.
///
/// # Errors
/// [`LoadError::File`] where a path cannot be used at all; [`LoadError::Db`]. A file that is
/// refused does not stop the others: its [`FileReport`] says why.
pub async fn import(
    db: &Db,
    clock: &Clock,
    actor: &Actor,
    paths: &[PathBuf],
    options: &Options,
) -> Result<Report, LoadError> {
    let begun = Instant::now();
    let plan = source::plan(paths, Wanted::PoliceStreet, &options.limits)
        .map_err(|e| LoadError::File(e.to_string()))?;
    import_plan(db, clock, actor, plan, options, begun).await
}

/// Imports an uploaded file under the name that the person gave it.
///
/// # Errors
/// As [`import`].
pub async fn import_upload(
    db: &Db,
    clock: &Clock,
    actor: &Actor,
    upload: (&std::path::Path, &str),
    options: &Options,
) -> Result<Report, LoadError> {
    let begun = Instant::now();
    let plan = source::plan_upload(upload.0, upload.1, Wanted::PoliceStreet, &options.limits)
        .map_err(|e| LoadError::File(e.to_string()))?;
    import_plan(db, clock, actor, plan, options, begun).await
}

async fn import_plan(
    db: &Db,
    clock: &Clock,
    actor: &Actor,
    plan: source::Plan,
    options: &Options,
    begun: Instant,
) -> Result<Report, LoadError> {
    let mut report = Report {
        skipped: plan.skipped,
        dry_run: options.dry_run,
        ..Report::default()
    };
    for source in plan.sources {
        let file = match one_file(db, clock, actor, source.clone(), options, &mut report).await {
            Ok(file) => file,
            Err(LoadError::File(why)) => FileReport {
                name: source.name.clone(),
                state: "refused",
                error: Some(why),
                ..FileReport::default()
            },
            Err(error) => return Err(error),
        };
        report.files += 1;
        report.rejected += file.rejected;
        if matches!(file.state, "imported" | "checked") {
            report.rows += file.rows;
            report.asb_rows += file.asb_rows;
        }
        report.unchanged += u64::from(file.state == "unchanged");
        report.each.push(file);
    }
    report.seconds = begun.elapsed().as_secs_f64();
    Ok(report)
}

async fn one_file(
    db: &Db,
    clock: &Clock,
    actor: &Actor,
    source: Source,
    options: &Options,
    report: &mut Report,
) -> Result<FileReport, LoadError> {
    let today = clock.today();
    let name = source.name.clone();
    let hashed = source.clone();
    let sha256 =
        blocking(move || hashed.sha256().map_err(|e| LoadError::File(e.to_string()))).await?;
    let file = FileToImport {
        kind: "police-uk",
        name: name.clone(),
        sha256: hex::encode(sha256),
    };
    if load::already_here(db, &file).await?.is_some() {
        return Ok(FileReport {
            name,
            state: "unchanged",
            ..FileReport::default()
        });
    }
    if options.dry_run {
        let (file, tally) = blocking(move || check(&source, today)).await?;
        report
            .replaced
            .extend(load::would_replace(db, &tally).await?);
        return Ok(file);
    }
    let import = load::open(db, clock, actor, &file).await?;
    let done = load::incidents(
        db,
        clock,
        actor,
        import,
        options.progress.clone(),
        move |sink| read(&source, today, |incident| sink_push(sink, incident)),
    )
    .await?;
    let rejects = super::store::rejects(db, import, 100).await?;
    report.replaced.extend(done.replaced.iter().cloned());
    Ok(file_report(name, done, rejects))
}

fn file_report(name: String, done: Finished, rejects: Vec<Reject>) -> FileReport {
    FileReport {
        name,
        state: if done.visible {
            "imported"
        } else {
            "held back"
        },
        import: Some(done.import),
        rows: done.rows,
        asb_rows: done.asb_rows,
        rejected: done.rejected,
        rejects,
        error: None,
        notes: done.notes,
    }
}

fn sink_push(sink: &mut Sink, incident: &NewIncident<'_>) -> Result<(), LoadError> {
    sink.push(incident)
        .map_err(|stopped| LoadError::File(stopped.to_string()))
}

fn check(source: &Source, today: NaiveDate) -> Result<(FileReport, load::Tally), LoadError> {
    let (mut rows, mut asb_rows) = (0, 0);
    let mut months: BTreeMap<Month, load::Tally> = BTreeMap::new();
    let outcome = read(source, today, |incident| {
        rows += 1;
        asb_rows += i64::from(incident.category.asb);
        let month = incident.month;
        let tally = months.entry(month).or_default();
        // A file tells of one force and month, seldom of more: no name is copied for each row.
        match tally
            .iter_mut()
            .find(|((source, _), _)| source == incident.source)
        {
            Some((_, counts)) => {
                counts.0 += 1;
                counts.1 += i64::from(incident.category.asb);
            }
            None => {
                let first = (1, i64::from(incident.category.asb));
                tally.insert((incident.source.to_owned(), month), first);
            }
        }
        Ok(())
    })?;
    let tally = months.into_values().flatten().collect();
    let rejected = i64::try_from(outcome.rejects.count).unwrap_or(i64::MAX);
    let file = FileReport {
        name: source.name.clone(),
        state: if rejected == 0 {
            "checked"
        } else {
            "held back"
        },
        rows,
        asb_rows,
        rejected,
        rejects: outcome.rejects.listed.into_iter().take(100).collect(),
        notes: outcome.notes,
        ..FileReport::default()
    };
    Ok((file, tally))
}

/// Reads a street file and gives each good row to `each`.
fn read(
    source: &Source,
    today: NaiveDate,
    mut each: impl FnMut(&NewIncident<'_>) -> Result<(), LoadError>,
) -> Result<Outcome, LoadError> {
    let refuse = |error: super::read::ReadError| LoadError::File(error.to_string());
    let input = source.open().map_err(refuse)?;
    let mut reader = StreetReader::open(&source.name, input.reader, today).map_err(refuse)?;
    let mut rejects = RejectReport::default();
    let mut key = [0_u8; 32];
    while let Some(step) = reader.next_row().map_err(refuse)? {
        match step {
            Step::Reject(reject) => rejects.add(reject),
            Step::Row(row) => {
                let source_key =
                    row.crime_id
                        .as_deref()
                        .map(|id| match hex::decode_to_slice(id, &mut key) {
                            Ok(()) => &key[..],
                            Err(_) => id.as_bytes(),
                        });
                let category = match row.category {
                    Some(known) => CategoryName {
                        code: known.code,
                        label: known.label,
                        asb: row.is_asb(),
                        known: true,
                    },
                    None => CategoryName {
                        code: &row.crime_type,
                        label: &row.crime_type,
                        asb: false,
                        known: false,
                    },
                };
                each(&NewIncident {
                    source: &row.reported_by,
                    source_key,
                    category,
                    qualifier: None,
                    month: row.month,
                    occurred_at: None,
                    point: row.point,
                    precision: if row.point.is_some() {
                        Precision::Snapped
                    } else {
                        Precision::None
                    },
                    place_name: &row.location,
                    lsoa: row.lsoa_code.as_deref(),
                    outcome: row.outcome.as_deref(),
                })?;
            }
        }
    }
    let mut notes = Vec::new();
    let foreign = reader.encoding().windows_1252_fields;
    if foreign > 0 {
        notes.push(format!(
            "{foreign} fields were not UTF-8 and were read as Windows-1252"
        ));
    }
    Ok(Outcome {
        rejects,
        notes,
        basis: None,
    })
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LoadError> + Send + 'static,
) -> Result<T, LoadError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| LoadError::File(format!("reading stopped unexpectedly: {error}")))?
}

#[cfg(test)]
mod tests;
