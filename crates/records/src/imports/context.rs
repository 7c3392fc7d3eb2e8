//! `import context`: figures about areas, such as residents and deprivation. A figure of the
//! same measure, period and area told again replaces the older telling.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Instant;

use commonweal_core::events::Actor;
use commonweal_core::{Clock, Db, DbError, Tx, args, insert, sql, write};
use serde::Serialize;
use uuid::Uuid;

use super::load::{self, FileToImport, LoadError, Progress};
use super::read::context::{ContextReader, Shape};
use super::read::source::{Limits, Source};
use super::read::{Reject, RejectReport, Step};
use super::staged::{self, Given, SHOWN_REJECTS, Stage};
use crate::incidents::key_of;

/// What was asked of an import of context figures.
#[derive(Clone, Default)]
pub struct ContextOptions {
    /// How the file is laid out; recognised by its header if not said.
    pub shape: Option<Shape>,
    /// Read and check everything, write nothing.
    pub dry_run: bool,
    /// The limits on sizes.
    pub limits: Limits,
    /// Called with the figures written so far.
    pub progress: Option<Progress>,
}

/// What an import of context figures did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ContextReport {
    /// The file.
    pub name: String,
    /// What it is, in words.
    pub title: String,
    /// Who published it.
    pub source: String,
    /// The kind of area that the figures are of.
    pub area_kind: String,
    /// The vintage of those areas.
    pub vintage: i32,
    /// What the figures are of: a year or month.
    pub period: String,
    /// The import, where one was opened.
    pub import: Option<Uuid>,
    /// Figures read; they became visible unless cells were rejected.
    pub figures: i64,
    /// Areas that the file has figures of.
    pub areas: i64,
    /// How many figures of each measure.
    pub measures: BTreeMap<String, i64>,
    /// Cells refused; a file with any is held back whole.
    pub rejected: i64,
    /// The first of them.
    pub rejects: Vec<Reject>,
    /// Figures that were not there before.
    pub new: i64,
    /// Figures that were there with another value.
    pub replaced: i64,
    /// Whether the content is here already.
    pub unchanged: bool,
    /// Whether nothing was written because that was asked.
    pub dry_run: bool,
    /// The first figures: area, measure, value.
    pub sample: Vec<(String, String, f64)>,
    /// How long it took.
    pub seconds: f64,
}

#[derive(Default)]
struct Found {
    shape: Option<Shape>,
    figures: i64,
    areas: BTreeSet<String>,
    measures: BTreeMap<String, i64>,
    rejects: RejectReport,
    sample: Vec<(String, String, f64)>,
}

/// Imports a CSV of figures by area, compressed or not.
///
/// # Errors
/// [`LoadError::File`] says what is wrong with the file; [`LoadError::Db`].
pub async fn import<'a>(
    db: &Db,
    clock: &Clock,
    actor: &Actor,
    file: impl Into<Given<'a>>,
    options: &ContextOptions,
) -> Result<ContextReport, LoadError> {
    let begun = Instant::now();
    let (source, sha256) = staged::one_file(file.into(), &options.limits).await?;
    let mut report = ContextReport {
        name: source.name.clone(),
        dry_run: options.dry_run,
        ..ContextReport::default()
    };
    let file = FileToImport {
        kind: "context",
        name: source.name.clone(),
        sha256,
    };
    let shape = options.shape.clone();
    if load::already_here(db, &file).await?.is_some() {
        report.unchanged = true;
    } else if options.dry_run {
        let parse = move || read(&source, shape.as_ref(), Uuid::nil(), &mut Stage::nowhere());
        report.take(&staged::blocking(parse).await?);
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

impl ContextReport {
    fn take(&mut self, found: &Found) {
        if let Some(shape) = &found.shape {
            self.title.clone_from(&shape.title);
            self.source.clone_from(&shape.source);
            self.area_kind.clone_from(&shape.kind);
            self.vintage = shape.vintage;
            self.period.clone_from(&shape.period);
        }
        self.figures = found.figures;
        self.areas = i64::try_from(found.areas.len()).unwrap_or(i64::MAX);
        self.measures.clone_from(&found.measures);
        self.rejected = i64::try_from(found.rejects.count).unwrap_or(i64::MAX);
        self.rejects = found
            .rejects
            .listed
            .iter()
            .take(SHOWN_REJECTS)
            .cloned()
            .collect();
        self.sample.clone_from(&found.sample);
    }
}

fn read(
    source: &Source,
    shape: Option<&Shape>,
    import: Uuid,
    stage: &mut Stage,
) -> Result<Found, LoadError> {
    let input = source.open().map_err(staged::refused)?;
    let opened = ContextReader::open(&source.name, input.reader, shape);
    let mut reader = opened.map_err(staged::refused)?;
    let shape = reader.shape().clone();
    let mut found = Found::default();
    let mut seen = HashSet::new();
    while let Some(step) = reader.next_figure().map_err(staged::refused)? {
        let figure = match step {
            Step::Row(figure) => figure,
            Step::Reject(reject) => {
                found.rejects.add(reject);
                continue;
            }
        };
        if !seen.insert(key_of(&[figure.area.as_bytes(), figure.measure.as_bytes()])) {
            let reason = format!("a second figure of '{}' for the same area", figure.measure);
            found
                .rejects
                .add(Reject::new(figure.line, &shape.area, reason, figure.area));
            continue;
        }
        found.figures += 1;
        if !found.areas.contains(figure.area) {
            found.areas.insert(figure.area.to_owned());
        }
        match found.measures.get_mut(figure.measure) {
            Some(count) => *count += 1,
            None => {
                found.measures.insert(figure.measure.to_owned(), 1);
            }
        }
        if found.sample.len() < 10 {
            let (area, measure) = (figure.area.to_owned(), figure.measure.to_owned());
            found.sample.push((area, measure, figure.value));
        }
        let row = args![
            import,
            figure.measure,
            &shape.period,
            figure.area,
            figure.value
        ];
        stage.push(row)?;
    }
    found.shape = Some(shape);
    Ok(found)
}

async fn put_in(
    db: &Db,
    clock: &Clock,
    actor: &Actor,
    import: Uuid,
    source: Source,
    options: &ContextOptions,
    report: &mut ContextReport,
) -> Result<(), LoadError> {
    let rows = insert!(
        "staged_figures",
        "import, measure, period, area_code, value"
    );
    let (shape, progress) = (options.shape.clone(), options.progress.clone());
    let parse = move |stage: &mut Stage| read(&source, shape.as_ref(), import, stage);
    let found = staged::write_rows(db, clock, import, rows, usize::MAX, progress, parse).await?;
    report.take(&found);
    (report.new, report.replaced) = write!(db, clock, actor, |tx| {
        let (new, changed) = if found.rejects.is_empty() {
            show(tx, import).await?
        } else {
            (0, 0)
        };
        let notes = serde_json::json!({
            "notes": [], "title": report.title, "source": report.source, "area_kind": report.area_kind,
            "vintage": report.vintage, "period": report.period, "areas": report.areas,
            "measures": report.measures, "new": new, "changed": changed,
        });
        staged::end(tx, import, found.figures, &found.rejects, &notes).await?;
        Ok::<_, DbError>((new, changed))
    })
    .await?;
    Ok(())
}

/// Moves the staged figures to where they are read; returns how many are new and how many changed.
async fn show(tx: &mut Tx, import: Uuid) -> Result<(i64, i64), DbError> {
    let staged = tx
        .count(
            sql!("select count(*) from staged_figures where import = $1"),
            args![import],
        )
        .await?;
    let counts = tx
        .one(
            sql!(
                "select count(*) as known, coalesce(sum(case when f.value = s.value then 0 else 1 end), 0) as changed
                 from staged_figures s join figures f
                   on f.measure = s.measure and f.period = s.period and f.area_code = s.area_code
                 where s.import = $1"
            ),
            args![import],
        )
        .await?;
    let losers = tx
        .all(
            sql!(
                "select distinct f.import from staged_figures s join figures f
                   on f.measure = s.measure and f.period = s.period and f.area_code = s.area_code
                 where s.import = $1"
            ),
            args![import],
        )
        .await?;
    tx.run(
        sql!(
            "insert into figures (measure, period, area_code, value, import)
             select measure, period, area_code, value, import from staged_figures where import = $1
             on conflict (measure, period, area_code) do update set value = excluded.value, import = excluded.import"
        ),
        args![import],
    )
    .await?;
    for row in losers {
        tx.run(
            sql!(
                "update imports set state = case when exists (select 1 from figures where import = $1)
                   then 'partly replaced' else 'replaced' end where id = $1"
            ),
            args![row.get::<Uuid>("import")?],
        )
        .await?;
    }
    tx.run(
        sql!("delete from staged_figures where import = $1"),
        args![import],
    )
    .await?;
    Ok((staged - counts.get::<i64>("known")?, counts.get("changed")?))
}

#[cfg(test)]
mod tests;
