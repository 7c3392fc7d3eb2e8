//! `import postcodes`: a directory of postcodes. A postcode told again replaces the older
//! telling; where the newer file does not say in which LSOA it lies, the older word stays.

use std::collections::HashSet;
use std::time::Instant;

use commonweal_core::events::Actor;
use commonweal_core::{Clock, Db, DbError, Tx, args, insert, sql, write};
use serde::Serialize;
use uuid::Uuid;

use super::load::{self, FileToImport, LoadError, Progress};
use super::read::postcodes::{AreaColumn, PostcodeReader};
use super::read::source::{Limits, Source};
use super::read::{Reject, RejectReport, Step};
use super::staged::{self, Given, SHOWN_REJECTS, Stage};
use crate::incidents::key_of;

/// What was asked of an import of postcodes.
#[derive(Clone, Default)]
pub struct PostcodesOptions {
    /// Read and check everything, write nothing.
    pub dry_run: bool,
    /// The limits on sizes.
    pub limits: Limits,
    /// Called with the rows written so far.
    pub progress: Option<Progress>,
}

/// What an import of postcodes did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PostcodesReport {
    /// The file.
    pub name: String,
    /// The import, where one was opened.
    pub import: Option<Uuid>,
    /// Postcodes with a position, which became visible unless rows were rejected.
    pub rows: i64,
    /// Rows refused; a file with any is held back whole.
    pub rejected: i64,
    /// The first of them.
    pub rejects: Vec<Reject>,
    /// Postcodes that have ended.
    pub terminated: i64,
    /// Postcodes without a position, which were left out.
    pub no_position: i64,
    /// Postcodes that were there before and of which something changed.
    pub replaced: i64,
    /// Postcodes that were not there before.
    pub new: i64,
    /// The columns with codes of areas.
    pub areas: Vec<AreaColumn>,
    /// Whether the content is here already.
    pub unchanged: bool,
    /// Whether nothing was written because that was asked.
    pub dry_run: bool,
    /// The first postcodes as read: postcode, longitude, latitude.
    pub sample: Vec<(String, f64, f64)>,
    /// How long it took.
    pub seconds: f64,
}

/// What reading found.
#[derive(Default)]
struct Found {
    rows: i64,
    terminated: i64,
    no_position: i64,
    rejects: RejectReport,
    areas: Vec<AreaColumn>,
    sample: Vec<(String, f64, f64)>,
}

/// Imports a directory: OS Code-Point Open, the National Statistics Postcode Lookup, the ONS
/// Postcode Directory, or any CSV with the like columns; compressed or not.
///
/// # Errors
/// [`LoadError::File`] says what is wrong with the file; [`LoadError::Db`].
pub async fn import<'a>(
    db: &Db,
    clock: &Clock,
    actor: &Actor,
    file: impl Into<Given<'a>>,
    options: &PostcodesOptions,
) -> Result<PostcodesReport, LoadError> {
    let begun = Instant::now();
    let (source, sha256) = staged::one_file(file.into(), &options.limits).await?;
    let mut report = PostcodesReport {
        name: source.name.clone(),
        dry_run: options.dry_run,
        ..PostcodesReport::default()
    };
    let file = FileToImport {
        kind: "postcodes",
        name: source.name.clone(),
        sha256,
    };
    if load::already_here(db, &file).await?.is_some() {
        report.unchanged = true;
    } else if options.dry_run {
        let found =
            staged::blocking(move || read(&source, Uuid::nil(), &mut Stage::nowhere())).await?;
        report.take(&found);
    } else {
        let import = load::open(db, clock, actor, &file).await?;
        report.import = Some(import);
        let written = put_in(db, clock, actor, import, source, options, &mut report).await;
        if let Err(error) = written {
            load::give_up(db, clock, actor, import, &error.to_string()).await?;
            return Err(error);
        }
    }
    report.seconds = begun.elapsed().as_secs_f64();
    Ok(report)
}

impl PostcodesReport {
    fn take(&mut self, found: &Found) {
        self.rows = found.rows;
        self.rejected = i64::try_from(found.rejects.count).unwrap_or(i64::MAX);
        self.rejects = found
            .rejects
            .listed
            .iter()
            .take(SHOWN_REJECTS)
            .cloned()
            .collect();
        self.terminated = found.terminated;
        self.no_position = found.no_position;
        self.areas.clone_from(&found.areas);
        self.sample.clone_from(&found.sample);
    }
}

fn read(source: &Source, import: Uuid, stage: &mut Stage) -> Result<Found, LoadError> {
    let input = source.open().map_err(staged::refused)?;
    let mut reader = PostcodeReader::open(&source.name, input.reader).map_err(staged::refused)?;
    let mut found = Found {
        areas: reader.areas().to_vec(),
        ..Found::default()
    };
    let lsoa = |vintage: i32| {
        let wanted = |column: &AreaColumn| column.kind == "lsoa" && column.vintage == Some(vintage);
        found.areas.iter().position(wanted)
    };
    let (older, newer) = (lsoa(2011), lsoa(2021));
    let mut seen = HashSet::new();
    while let Some(step) = reader.next_row().map_err(staged::refused)? {
        let row = match step {
            Step::Row(row) => row,
            Step::Reject(reject) => {
                found.rejects.add(reject);
                continue;
            }
        };
        let postcode = row.postcode.as_str();
        if !seen.insert(key_of(&[postcode.as_bytes()])) {
            let reason = "the postcode comes twice";
            found
                .rejects
                .add(Reject::new(row.line, "", reason, postcode));
            continue;
        }
        let Some((longitude, latitude)) = row.point else {
            found.no_position += 1;
            continue;
        };
        found.rows += 1;
        found.terminated += i64::from(row.terminated.is_some());
        if found.sample.len() < 10 {
            found
                .sample
                .push((postcode.to_owned(), longitude, latitude));
        }
        let code = |at: Option<usize>| {
            at.and_then(|at| row.areas.get(at))
                .filter(|code| !code.is_empty())
                .map(|code| code.clone().into_owned())
        };
        stage.push(args![
            import,
            postcode,
            longitude,
            latitude,
            code(older),
            code(newer),
            row.terminated.is_none()
        ])?;
    }
    Ok(found)
}

async fn put_in(
    db: &Db,
    clock: &Clock,
    actor: &Actor,
    import: Uuid,
    source: Source,
    options: &PostcodesOptions,
    report: &mut PostcodesReport,
) -> Result<(), LoadError> {
    let rows = insert!(
        "staged_postcodes",
        "import, postcode, longitude, latitude, lsoa2011, lsoa2021, in_use"
    );
    let progress = options.progress.clone();
    let parse = move |stage: &mut Stage| read(&source, import, stage);
    let found = staged::write_rows(db, clock, import, rows, usize::MAX, progress, parse).await?;
    report.take(&found);
    (report.new, report.replaced) = write!(db, clock, actor, |tx| {
        let (new, changed) = if found.rejects.is_empty() {
            show(tx, import).await?
        } else {
            (0, 0)
        };
        let notes = serde_json::json!({
            "notes": [], "terminated": found.terminated, "no_position": found.no_position,
            "new": new, "changed": changed,
        });
        staged::end(tx, import, found.rows, &found.rejects, &notes).await?;
        Ok::<_, DbError>((new, changed))
    })
    .await?;
    Ok(())
}

/// Moves the staged rows to where they are read; returns how many are new and how many changed.
async fn show(tx: &mut Tx, import: Uuid) -> Result<(i64, i64), DbError> {
    let staged = tx
        .count(
            sql!("select count(*) from staged_postcodes where import = $1"),
            args![import],
        )
        .await?;
    let counts = tx
        .one(
            sql!(
                "select count(*) as known,
                   coalesce(sum(case when p.longitude = s.longitude and p.latitude = s.latitude and p.in_use = s.in_use
                     and coalesce(s.lsoa2011, p.lsoa2011, '') = coalesce(p.lsoa2011, '')
                     and coalesce(s.lsoa2021, p.lsoa2021, '') = coalesce(p.lsoa2021, '') then 0 else 1 end), 0) as changed
                 from staged_postcodes s join postcodes p on p.postcode = s.postcode where s.import = $1"
            ),
            args![import],
        )
        .await?;
    let losers = tx
        .all(
            sql!(
                "select distinct p.import from staged_postcodes s join postcodes p on p.postcode = s.postcode
                 where s.import = $1"
            ),
            args![import],
        )
        .await?;
    tx.run(
        sql!(
            "insert into postcodes (postcode, longitude, latitude, lsoa2011, lsoa2021, in_use, import)
             select postcode, longitude, latitude, lsoa2011, lsoa2021, in_use, import
             from staged_postcodes where import = $1
             on conflict (postcode) do update set longitude = excluded.longitude, latitude = excluded.latitude,
               lsoa2011 = coalesce(excluded.lsoa2011, postcodes.lsoa2011),
               lsoa2021 = coalesce(excluded.lsoa2021, postcodes.lsoa2021),
               in_use = excluded.in_use, import = excluded.import"
        ),
        args![import],
    )
    .await?;
    for row in losers {
        tx.run(
            sql!(
                "update imports set state = case when exists (select 1 from postcodes where import = $1)
                   then 'partly replaced' else 'replaced' end where id = $1"
            ),
            args![row.get::<Uuid>("import")?],
        )
        .await?;
    }
    tx.run(
        sql!("delete from staged_postcodes where import = $1"),
        args![import],
    )
    .await?;
    Ok((staged - counts.get::<i64>("known")?, counts.get("changed")?))
}

#[cfg(test)]
mod tests;
