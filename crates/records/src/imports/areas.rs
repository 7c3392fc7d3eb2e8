//! `import areas`: a file of boundaries becomes a set of one kind and vintage, or a further
//! part of it. The set that was there before gives way in the transaction that shows the new
//! one, so that nobody ever sees half of either.

use std::time::Instant;

use chrono::NaiveDate;
use commonweal_core::events::Actor;
use commonweal_core::ids::new_uuid;
use commonweal_core::{Clock, Db, DbError, Tx, args, insert, read, sql, upkeep, write};
use geo::BoundingRect as _;
use geojson::GeometryValue;
use serde::Serialize;
use uuid::Uuid;

use super::load::{self, FileToImport, LoadError};
use super::read::RejectReport;
use super::read::source::Limits;
use super::staged::{self, Given, Stage};
use crate::geography::shapes::{AreaOptions, AreaShape, AreaShapes, Coordinates, read_areas};

/// Areas in one transaction: boundaries are long, so few.
const AREAS: usize = 500;

/// What was asked of an import of areas.
#[derive(Debug, Clone, Default)]
pub struct AreasOptions {
    /// The kind, such as `lsoa` or `ward`; told by the code's field if not said.
    pub kind: Option<String>,
    /// The vintage, such as `2021`; told by the code's field if not said.
    pub vintage: Option<String>,
    /// The property with the code; found if not said.
    pub code_field: Option<String>,
    /// The property with the name; found if not said.
    pub name_field: Option<String>,
    /// The object of a `TopoJSON` file that holds several.
    pub object: Option<String>,
    /// The first day on which these areas were in force.
    pub valid_from: Option<NaiveDate>,
    /// The last day.
    pub valid_to: Option<NaiveDate>,
    /// Adds to the set of this kind and vintage, instead of replacing it.
    pub add: bool,
    /// Read and check everything, write nothing.
    pub dry_run: bool,
    /// The limits on sizes.
    pub limits: Limits,
}

/// What an import of areas did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AreasReport {
    /// The file.
    pub name: String,
    /// The kind of the set.
    pub kind: String,
    /// Its vintage.
    pub vintage: String,
    /// The import, where one was opened.
    pub import: Option<Uuid>,
    /// Areas in the file.
    pub areas: usize,
    /// Areas in the set now.
    pub in_set: usize,
    /// Points of the file's boundaries.
    pub points: usize,
    /// Areas whose boundary crossed itself a little and was mended.
    pub mended: Vec<String>,
    /// The property taken for the code.
    pub code_field: String,
    /// The property taken for the name.
    pub name_field: Option<String>,
    /// Whether a set of the same kind and vintage gave way.
    pub replaced: bool,
    /// Whether the file's areas were added to such a set.
    pub added: bool,
    /// Whether the set shows this very file already.
    pub unchanged: bool,
    /// Whether nothing was written because that was asked.
    pub dry_run: bool,
    /// The first areas: code and name.
    pub sample: Vec<(String, String)>,
    /// How long it took.
    pub seconds: f64,
}

/// A visible set of areas.
struct Present {
    id: Uuid,
    areas: usize,
    valid: (Option<NaiveDate>, Option<NaiveDate>),
}

/// Imports a file of areas: `GeoJSON` or `TopoJSON`, compressed or not.
///
/// # Errors
/// [`LoadError::File`] says what is wrong with the file or what was asked; nothing is imported
/// then. [`LoadError::Db`].
pub async fn import<'a>(
    db: &Db,
    clock: &Clock,
    actor: &Actor,
    file: impl Into<Given<'a>>,
    options: &AreasOptions,
) -> Result<AreasReport, LoadError> {
    let begun = Instant::now();
    let (source, sha256) = staged::one_file(file.into(), &options.limits).await?;
    let name = source.name.clone();
    let (asked, named) = (options.clone(), name.clone());
    let shapes = staged::blocking(move || {
        let input = source.open().map_err(staged::refused)?;
        let fields = AreaOptions {
            code_field: asked.code_field.as_deref(),
            name_field: asked.name_field.as_deref(),
            object: asked.object.as_deref(),
            coordinates: Coordinates::UnitedKingdom,
        };
        read_areas(&named, input.reader, &fields).map_err(staged::refused)
    })
    .await?;
    let (kind, vintage) = kind_and_vintage(&name, &shapes, options)?;
    let mut report = report_of(&name, &kind, &vintage, &shapes, options);
    let present = present(db, &kind, &vintage).await?;
    if let Some(set) = &present {
        let same = shows_already(db, set.id, &sha256, &report).await?;
        if same && (options.add || set.valid == (options.valid_from, options.valid_to)) {
            report.unchanged = true;
            report.in_set = set.areas;
            report.seconds = begun.elapsed().as_secs_f64();
            return Ok(report);
        }
        if options.add {
            refuse_overlap(db, set.id, &shapes, &report).await?;
        }
    }
    report.added = options.add && present.is_some();
    report.replaced = !options.add && present.is_some();
    report.in_set = report.areas
        + present
            .as_ref()
            .filter(|_| options.add)
            .map_or(0, |s| s.areas);
    if !options.dry_run {
        let file = FileToImport {
            kind: "areas",
            name,
            sha256,
        };
        let import = load::open(db, clock, actor, &file).await?;
        report.import = Some(import);
        let written = put_in(db, clock, actor, import, shapes, present, options, &report).await;
        if let Err(error) = written {
            load::give_up(db, clock, actor, import, &error.to_string()).await?;
            return Err(error);
        }
    }
    report.seconds = begun.elapsed().as_secs_f64();
    Ok(report)
}

fn kind_and_vintage(
    name: &str,
    shapes: &AreaShapes,
    options: &AreasOptions,
) -> Result<(String, String), LoadError> {
    let refuse = |what: &str, example: &str| {
        let field = &shapes.code_field;
        LoadError::File(format!(
            "{name}: the field '{field}' does not tell the {what} of these areas. Say it, such as {example}"
        ))
    };
    // The national statistics office writes `WD` for wards in the names of its fields.
    let hinted = shapes
        .kind_hint
        .as_deref()
        .map(|hint| if hint == "wd" { "ward" } else { hint });
    let kind = options
        .kind
        .as_deref()
        .or(hinted)
        .map(|kind| kind.trim().to_lowercase());
    let kind = kind
        .filter(|kind| !kind.is_empty())
        .ok_or_else(|| refuse("kind", "'lsoa'"))?;
    if kind.len() > 30 || !kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err(LoadError::File(format!(
            "'{}' cannot be a kind of area. Use small letters, such as 'lsoa', 'ward' or 'police_beat'",
            super::read::shorten(&kind)
        )));
    }
    let hinted = shapes.vintage_hint.map(|year| year.to_string());
    let vintage = options
        .vintage
        .clone()
        .or(hinted)
        .map(|text| text.trim().to_owned());
    let vintage = vintage
        .filter(|v| !v.is_empty())
        .ok_or_else(|| refuse("vintage", "'2021'"))?;
    if vintage.len() > 10
        || !vintage
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_')
    {
        return Err(LoadError::File(format!(
            "'{}' cannot be a vintage. Use the year, such as '2021'",
            super::read::shorten(&vintage)
        )));
    }
    Ok((kind, vintage))
}

fn report_of(
    name: &str,
    kind: &str,
    vintage: &str,
    shapes: &AreaShapes,
    options: &AreasOptions,
) -> AreasReport {
    let summary = shapes.summary();
    let sample = shapes.shapes.iter().take(10);
    AreasReport {
        name: name.to_owned(),
        kind: kind.to_owned(),
        vintage: vintage.to_owned(),
        areas: summary.areas,
        points: summary.points,
        mended: summary.mended,
        code_field: shapes.code_field.clone(),
        name_field: shapes.name_field.clone(),
        dry_run: options.dry_run,
        sample: sample
            .map(|area| (area.code.clone(), area.name.clone()))
            .collect(),
        ..AreasReport::default()
    }
}

async fn present(db: &Db, kind: &str, vintage: &str) -> Result<Option<Present>, DbError> {
    read!(db, |tx| {
        let row = tx
            .optional(
                sql!(
                    "select id, areas, valid_from, valid_to from area_sets
                     where kind = $1 and vintage = $2 and state = 'visible'"
                ),
                args![kind, vintage],
            )
            .await?;
        row.map(|row| {
            Ok(Present {
                id: row.get("id")?,
                areas: usize::try_from(row.get::<i64>("areas")?).unwrap_or(0),
                valid: (row.get("valid_from")?, row.get("valid_to")?),
            })
        })
        .transpose()
    })
    .await
}

/// Whether areas of this content, read by the same fields, are in the set.
async fn shows_already(
    db: &Db,
    set: Uuid,
    sha256: &str,
    report: &AreasReport,
) -> Result<bool, DbError> {
    read!(db, |tx| {
        let rows = tx
            .all(
                sql!(
                    "select notes from imports where sha256 = $2 and kind = 'areas'
                     and id in (select import from areas where area_set = $1)"
                ),
                args![set, sha256],
            )
            .await?;
        for row in rows {
            let notes: serde_json::Value = row.get("notes")?;
            let name_field = notes.get("name_field").and_then(|field| field.as_str());
            if notes["code_field"] == report.code_field.as_str()
                && name_field == report.name_field.as_deref()
            {
                return Ok(true);
            }
        }
        Ok(false)
    })
    .await
}

async fn refuse_overlap(
    db: &Db,
    set: Uuid,
    shapes: &AreaShapes,
    report: &AreasReport,
) -> Result<(), LoadError> {
    let codes: std::collections::HashSet<String> = read!(db, |tx| {
        let rows = tx
            .all(
                sql!("select code from areas where area_set = $1"),
                args![set],
            )
            .await?;
        rows.iter()
            .map(|row| row.get("code"))
            .collect::<Result<_, DbError>>()
    })
    .await?;
    let twice: Vec<&str> = shapes
        .shapes
        .iter()
        .map(|area| area.code.as_str())
        .filter(|code| codes.contains(*code))
        .collect();
    let Some(first) = twice.first() else {
        return Ok(());
    };
    Err(LoadError::File(format!(
        "{}: {} of its areas are in the set {} {} already, the first is '{first}'. Import it without adding, to replace the set",
        report.name,
        twice.len(),
        report.kind,
        report.vintage
    )))
}

#[expect(
    clippy::too_many_arguments,
    reason = "one caller, and each says something else"
)]
async fn put_in(
    db: &Db,
    clock: &Clock,
    actor: &Actor,
    import: Uuid,
    shapes: AreaShapes,
    before: Option<Present>,
    options: &AreasOptions,
    report: &AreasReport,
) -> Result<(), LoadError> {
    let set = new_uuid(clock);
    let count = i64::try_from(report.in_set).unwrap_or(i64::MAX);
    let kept = before.as_ref().filter(|_| options.add);
    let first = i64::try_from(kept.map_or(0, |set| set.areas)).unwrap_or(0);
    upkeep!(db, clock, |tx| {
        tx.run(
            sql!(
                "insert into area_sets (id, kind, vintage, state, areas, import, valid_from, valid_to)
                 values ($1, $2, $3, 'loading', $4, $5, $6, $7)"
            ),
            args![
                set,
                &report.kind,
                &report.vintage,
                count,
                import,
                options.valid_from.or(kept.and_then(|set| set.valid.0)),
                options.valid_to.or(kept.and_then(|set| set.valid.1))
            ],
        )
        .await?;
        if let Some(old) = kept {
            tx.run(
                sql!(
                    "insert into areas (area_set, number, code, name, geometry, west, south, east, north, import)
                     select $1, number, code, name, geometry, west, south, east, north, import
                     from areas where area_set = $2"
                ),
                args![set, old.id],
            )
            .await?;
        }
        Ok::<_, DbError>(())
    })
    .await?;
    let areas = insert!(
        "areas",
        "area_set, number, code, name, geometry, west, south, east, north, import"
    );
    staged::write_rows(db, clock, import, areas, AREAS, None, move |stage| {
        for (number, area) in (first..).zip(&shapes.shapes) {
            put_down(stage, set, import, number, area)?;
        }
        Ok(())
    })
    .await?;
    let notes = serde_json::json!({
        "notes": [], "areas": report.areas, "area_kind": report.kind, "vintage": report.vintage,
        "code_field": report.code_field, "name_field": report.name_field, "mended": report.mended,
        "replaced_set": report.replaced, "added": report.added,
    });
    let rows = i64::try_from(report.areas).unwrap_or(i64::MAX);
    write!(db, clock, actor, |tx| {
        make_way(tx, report, before.as_ref(), options.add).await?;
        tx.run(
            sql!("update area_sets set state = 'visible' where id = $1"),
            args![set],
        )
        .await?;
        staged::end(tx, import, rows, &RejectReport::default(), &notes).await
    })
    .await?;
    Ok(())
}

fn put_down(
    stage: &mut Stage,
    set: Uuid,
    import: Uuid,
    number: i64,
    area: &AreaShape,
) -> Result<(), LoadError> {
    let Some(around) = area.geometry.bounding_rect() else {
        return Err(LoadError::File(format!("the area {} is empty", area.code)));
    };
    let geometry = geojson::Geometry::new(GeometryValue::from(&area.geometry)).to_string();
    stage.push(args![
        set,
        number,
        &area.code,
        &area.name,
        geometry,
        around.min().x,
        around.min().y,
        around.max().x,
        around.max().y,
        import
    ])
}

/// The set that was there before gives way; its files count as replaced where the new set is
/// not built on it.
async fn make_way(
    tx: &mut Tx,
    report: &AreasReport,
    before: Option<&Present>,
    add: bool,
) -> Result<(), DbError> {
    let rows = tx
        .all(
            sql!(
                "update area_sets set state = 'replaced'
                 where kind = $1 and vintage = $2 and state = 'visible' returning id"
            ),
            args![&report.kind, &report.vintage],
        )
        .await?;
    let gone: Vec<Uuid> = rows
        .iter()
        .map(|row| row.get("id"))
        .collect::<Result<_, _>>()?;
    // Somebody else's import of the same set became visible while this one was written.
    if gone.as_slice() != before.map(|set| set.id).as_slice() {
        return Err(DbError::Stale);
    }
    if let (Some(before), false) = (before, add) {
        tx.run(
            sql!(
                "update imports set state = 'replaced' where kind = 'areas' and state = 'visible'
                 and id in (select import from areas where area_set = $1)"
            ),
            args![before.id],
        )
        .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
