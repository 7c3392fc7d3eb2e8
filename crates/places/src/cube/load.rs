//! Loading the cube from the database, and carrying it on when imports become visible.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use commonweal_core::db::Scalar;
use commonweal_core::{Db, DbError, ReadTx, Row, args, read, sql};
use commonweal_records::Month;
use h3o::{CellIndex, LatLng, Resolution};

use super::areas::load_sets;
use super::snapshot::{Category, Cells, Location, NONE, Run, Segment, Snapshot, Source};

/// What the database shows now: visible parts and area sets, to see whether a snapshot is current.
#[derive(Debug, PartialEq, Eq, Default, Clone)]
pub(super) struct Seen {
    parts: BTreeMap<i64, (i64, i32)>,
    sets: Vec<uuid::Uuid>,
    context: Vec<uuid::Uuid>,
}

pub(super) async fn seen(tx: &mut ReadTx) -> Result<Seen, DbError> {
    let mut seen = Seen::default();
    for row in tx
        .all(
            sql!("select part, source, month from import_parts where state = 'visible'"),
            args![],
        )
        .await?
    {
        seen.parts.insert(
            row.get("part")?,
            (row.get("source")?, month_of(&row)?.index()),
        );
    }
    let sets = tx
        .all(
            sql!("select id from area_sets where state = 'visible' order by id"),
            args![],
        )
        .await?;
    seen.sets = column(&sets, "id")?;
    let context = sql!(
        "select id from imports where kind in ('context', 'postcodes') and state = 'visible' order by id"
    );
    seen.context = column(&tx.all(context, args![]).await?, "id")?;
    Ok(seen)
}

/// The next state of the cube: what changed is read, the rest is shared with `before`.
pub(super) async fn next(
    db: &Db,
    before: &Snapshot,
    was: &Seen,
) -> Result<Option<(Snapshot, Seen)>, DbError> {
    read!(db, |tx| {
        let now = seen(tx).await?;
        if now == *was {
            return Ok(None);
        }
        let categories = load_categories(tx, &before.categories).await?;
        let sources = load_sources(tx, &before.sources).await?;
        let mut book = Book::of(before);
        let kept: HashMap<i64, Arc<Segment>> = before
            .segments
            .iter()
            .filter(|segment| now.parts.contains_key(&segment.part))
            .map(|segment| (segment.part, Arc::clone(segment)))
            .collect();
        let fresh: Vec<i64> = now
            .parts
            .keys()
            .filter(|part| !kept.contains_key(part))
            .copied()
            .collect();
        book.read(tx, &fresh).await?;
        let index = Index::new(&categories, &sources);
        let mut segments: Vec<Arc<Segment>> = kept.into_values().collect();
        for part in fresh {
            if let Some((source, month)) = now.parts.get(&part) {
                let source = index.sources.get(source).copied().unwrap_or(0);
                let segment =
                    load_segment(tx, part, source, Month::from_index(*month), &index, &book)
                        .await?;
                segments.push(Arc::new(segment));
            }
        }
        segments.sort_by_key(|segment| (segment.month, segment.source));
        let mut snapshot = Snapshot {
            generation: before.generation + 1,
            categories,
            sources,
            locations: Arc::new(book.locations),
            location_index: Arc::new(book.index),
            codes: Arc::new(book.codes),
            segments,
            ..Snapshot::default()
        };
        snapshot.areas = load_sets(tx, &snapshot).await?;
        snapshot.cells9 = Arc::new(cells(&snapshot.locations, Resolution::Nine));
        snapshot.cells8 = Arc::new(cells(&snapshot.locations, Resolution::Eight));
        super::population::apportion(tx, &mut snapshot).await?;
        Ok(Some((snapshot, now)))
    })
    .await
}

fn column<T: Scalar>(rows: &[Row], name: &str) -> Result<Vec<T>, DbError> {
    rows.iter().map(|row| row.get(name)).collect()
}

fn month_of(row: &Row) -> Result<Month, DbError> {
    Ok(Month::from_index(
        i32::try_from(row.get::<i64>("month")?).unwrap_or(0),
    ))
}

/// Categories keep their place from one state to the next, for segments name them by it.
async fn load_categories(tx: &mut ReadTx, before: &[Category]) -> Result<Vec<Category>, DbError> {
    let mut categories = before.to_vec();
    for row in tx
        .all(
            sql!("select id, code, label, asb from categories order by label, id"),
            args![],
        )
        .await?
    {
        let key = row.get("id")?;
        if categories.iter().all(|category| category.key != key) {
            categories.push(Category {
                key,
                code: row.get("code")?,
                label: row.get("label")?,
                asb: row.get("asb")?,
            });
        }
    }
    Ok(categories)
}

/// As [`load_categories`].
async fn load_sources(tx: &mut ReadTx, before: &[Source]) -> Result<Vec<Source>, DbError> {
    let statement = sql!(
        "select id, name from sources where id in (select source from import_parts) order by name, id"
    );
    let mut sources = before.to_vec();
    for row in tx.all(statement, args![]).await? {
        let key = row.get("id")?;
        if sources.iter().all(|source| source.key != key) {
            sources.push(Source {
                key,
                name: row.get("name")?,
            });
        }
    }
    Ok(sources)
}

/// The dense index of each key.
struct Index {
    categories: HashMap<i64, u16>,
    sources: HashMap<i64, u16>,
}

impl Index {
    fn new(categories: &[Category], sources: &[Source]) -> Self {
        let dense = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        Self {
            categories: categories
                .iter()
                .enumerate()
                .map(|(n, c)| (c.key, dense(n)))
                .collect(),
            sources: sources
                .iter()
                .enumerate()
                .map(|(n, s)| (s.key, dense(n)))
                .collect(),
        }
    }
}

/// Locations as they are read.
struct Book {
    locations: Vec<Location>,
    index: HashMap<i64, u32>,
    codes: Vec<String>,
    code_index: HashMap<String, u32>,
}

impl Book {
    fn of(before: &Snapshot) -> Self {
        let mut codes = before.codes.as_ref().clone();
        if codes.is_empty() {
            codes.push(String::new());
        }
        let code_index = codes.iter().cloned().zip(0..).collect();
        Self {
            locations: before.locations.as_ref().clone(),
            index: before.location_index.as_ref().clone(),
            codes,
            code_index,
        }
    }

    /// Reads the locations that the parts name: all of them where there is much to read.
    async fn read(&mut self, tx: &mut ReadTx, parts: &[i64]) -> Result<(), DbError> {
        if self.locations.is_empty() || parts.len() > 3 {
            tx.each(
                sql!("select id, longitude, latitude, lsoa from locations"),
                args![],
                |row| self.take(row),
            )
            .await?;
        } else {
            for part in parts {
                let statement = sql!(
                    "select id, longitude, latitude, lsoa from locations
                     where id in (select location from incidents where part = $1)"
                );
                tx.each(statement, args![*part], |row| self.take(row))
                    .await?;
            }
        }
        Ok(())
    }

    fn take(&mut self, row: &Row) -> Result<(), DbError> {
        let key: i64 = row.at(0)?;
        if self.index.contains_key(&key) {
            return Ok(());
        }
        let point = row.at::<Option<f64>>(1)?.zip(row.at::<Option<f64>>(2)?);
        let code = row.at::<Option<String>>(3)?.unwrap_or_default();
        let next = u32::try_from(self.codes.len()).unwrap_or(NONE);
        let code = *self.code_index.entry(code).or_insert_with_key(|code| {
            self.codes.push(code.clone());
            next
        });
        self.index
            .insert(key, u32::try_from(self.locations.len()).unwrap_or(NONE));
        self.locations.push(Location { point, code });
        Ok(())
    }
}

async fn load_segment(
    tx: &mut ReadTx,
    part: i64,
    source: u16,
    month: Month,
    index: &Index,
    book: &Book,
) -> Result<Segment, DbError> {
    let mut rows: Vec<(u16, u8, u32)> = Vec::new();
    let statement = sql!("select location, category, qualifier from incidents where part = $1");
    tx.each(statement, args![part], |row| {
        let location = book.index.get(&row.at::<i64>(0)?).copied();
        let category = index.categories.get(&row.at::<i64>(1)?).copied();
        let qualifier = row
            .at::<Option<i64>>(2)?
            .and_then(|n| u8::try_from(n).ok())
            .unwrap_or(0);
        if let (Some(location), Some(category)) = (location, category) {
            rows.push((category, qualifier, location));
        }
        Ok(())
    })
    .await?;
    rows.sort_unstable();
    let mut runs: Vec<Run> = Vec::new();
    for (at, (category, qualifier, _)) in (0_u32..).zip(&rows) {
        match runs.last_mut() {
            Some(run) if run.category == *category && run.qualifier == *qualifier => {
                run.end = at + 1;
            }
            _ => runs.push(Run {
                category: *category,
                qualifier: *qualifier,
                start: at,
                end: at + 1,
            }),
        }
    }
    Ok(Segment {
        part,
        source,
        month,
        rows: rows.into_iter().map(|(_, _, location)| location).collect(),
        runs,
    })
}

/// The cells that locations lie in.
fn cells(locations: &[Location], resolution: Resolution) -> Cells {
    let mut index: HashMap<CellIndex, u32> = HashMap::new();
    let mut cells = Cells::default();
    for location in locations {
        let cell = location
            .point
            .and_then(|(longitude, latitude)| LatLng::new(latitude, longitude).ok())
            .map(|point| point.to_cell(resolution));
        cells.of_location.push(match cell {
            None => NONE,
            Some(cell) => *index.entry(cell).or_insert_with(|| {
                cells.cells.push(cell);
                u32::try_from(cells.cells.len() - 1).unwrap_or(NONE)
            }),
        });
    }
    cells
}

/// The codes that locations of some segments bear, for telling an LSOA vintage.
#[must_use]
pub fn codes_of(snapshot: &Snapshot, segment: &Segment) -> HashSet<u32> {
    segment
        .rows
        .iter()
        .map(|row| snapshot.locations[*row as usize].code)
        .filter(|code| *code != 0)
        .collect()
}
