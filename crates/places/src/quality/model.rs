//! What is known of the quality of each source's months.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use commonweal_core::{Db, DbError, args, read, sql};
use commonweal_records::Month;

use crate::cube::{NONE, Segment, Snapshot, codes_of};

/// More days than this from the end of a month to its first import count as late: police.uk
/// publishes a month about two months after its end.
pub(super) const LATE_AFTER_DAYS: i64 = 75;

/// A month of a source; without figures where the source has not told of it.
#[derive(Debug, Clone)]
pub struct MonthQuality {
    /// The month.
    pub month: Month,
    /// What was told, or none: the month is missing.
    pub told: Option<Told>,
}

/// What a source told of a month.
#[derive(Debug, Clone)]
pub struct Told {
    /// Rows in all.
    pub rows: i64,
    /// Rows of anti-social behaviour.
    pub asb_rows: i64,
    /// Rows without a place.
    pub no_place: i64,
    /// Rows with a point outside the partnership's area; none where no areas are loaded.
    pub outside: Option<i64>,
    /// Rows whose key came twice.
    pub duplicates: i64,
    /// Rows of a category we do not know.
    pub unknown_category: i64,
    /// When the month first became visible, and days from its end to then.
    pub first_seen: NaiveDate,
    /// Days from the month's end to its first import.
    pub days: i64,
    /// How often it was told again.
    pub retold: i64,
    /// Which vintage of LSOA its codes are, in words.
    pub vintage: String,
}

impl Told {
    /// Whether it came late.
    #[must_use]
    pub fn late(&self) -> bool {
        self.days > LATE_AFTER_DAYS
    }
}

/// A source with its months, newest first, from its first month to its last.
#[derive(Debug, Clone)]
pub struct SourceQuality {
    /// Index in the cube.
    pub source: u16,
    /// Its name.
    pub name: String,
    /// Its months.
    pub months: Vec<MonthQuality>,
}

/// The quality of every source in `allowed`.
///
/// # Errors
/// [`DbError`].
pub async fn quality(
    db: &Db,
    snapshot: &Snapshot,
    allowed: &[u16],
) -> Result<Vec<SourceQuality>, DbError> {
    let seen = first_seen(db).await?;
    let counts = part_counts(db).await?;
    let mut out = Vec::new();
    for source in allowed {
        let Some(entry) = snapshot.sources.get(usize::from(*source)) else {
            continue;
        };
        let segments: HashMap<Month, &Segment> = snapshot
            .segments
            .iter()
            .filter(|segment| segment.source == *source)
            .map(|segment| (segment.month, segment.as_ref()))
            .collect();
        let (Some(first), Some(last)) = (segments.keys().min(), segments.keys().max()) else {
            continue;
        };
        let months = (0..=last.since(*first))
            .map(|back| last.plus(-back))
            .map(|month| {
                let told = segments.get(&month).and_then(|segment| {
                    let counts = counts.get(&segment.part)?;
                    Some(told(
                        snapshot,
                        segment,
                        counts,
                        seen.get(&(entry.key, month.index())),
                    ))
                });
                MonthQuality { month, told }
            })
            .collect();
        out.push(SourceQuality {
            source: *source,
            name: entry.name.clone(),
            months,
        });
    }
    Ok(out)
}

fn told(
    snapshot: &Snapshot,
    segment: &Segment,
    counts: &Counts,
    seen: Option<&(DateTime<Utc>, i64)>,
) -> Told {
    let outside = snapshot.home().map(|set| {
        let outside = segment.rows.iter().filter(|row| {
            let at = **row as usize;
            set.of_location[at] == NONE && snapshot.locations[at].point.is_some()
        });
        i64::try_from(outside.count()).unwrap_or(i64::MAX)
    });
    let first_seen = seen.map_or(counts.visible_at, |(at, _)| *at).date_naive();
    Told {
        rows: counts.rows,
        asb_rows: counts.asb_rows,
        no_place: counts.no_place,
        outside,
        duplicates: counts.duplicates,
        unknown_category: counts.unknown_category,
        first_seen,
        days: (first_seen - segment.month.last_day()).num_days(),
        retold: seen.map_or(0, |(_, parts)| parts - 1),
        vintage: vintage(snapshot, segment),
    }
}

/// Which loaded LSOA vintage knows the codes of a month; where none knows most of them, the
/// month is placed by point, and this says so.
fn vintage(snapshot: &Snapshot, segment: &Segment) -> String {
    let codes = codes_of(snapshot, segment);
    if codes.is_empty() {
        return "no codes; placed by point".to_owned();
    }
    let known = |set: &crate::cube::AreaSet| {
        codes
            .iter()
            .filter(|code| set.by_code.contains_key(&snapshot.codes[**code as usize]))
            .count()
    };
    let best = snapshot
        .areas
        .values()
        .filter(|set| set.kind == "lsoa")
        .map(|set| (known(set), set))
        .max_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.vintage.cmp(&b.1.vintage)));
    match (best, snapshot.newest("lsoa")) {
        (Some((count, set)), Some(newest)) if count > 0 => {
            let same = known(newest) == count;
            if same {
                set.vintage.clone()
            } else {
                format!(
                    "{}; placed by point where {} has no such code",
                    set.vintage, newest.vintage
                )
            }
        }
        _ => "codes of no loaded LSOA; placed by point".to_owned(),
    }
}

struct Counts {
    rows: i64,
    asb_rows: i64,
    no_place: i64,
    duplicates: i64,
    unknown_category: i64,
    visible_at: DateTime<Utc>,
}

async fn part_counts(db: &Db) -> Result<HashMap<i64, Counts>, DbError> {
    read!(db, |tx| {
        let statement = sql!(
            "select part, rows, asb_rows, no_place, duplicates, unknown_category, visible_at from import_parts
             where state = 'visible'"
        );
        let mut counts = HashMap::new();
        for row in tx.all(statement, args![]).await? {
            let entry = Counts {
                rows: row.get("rows")?,
                asb_rows: row.get("asb_rows")?,
                no_place: row.get("no_place")?,
                duplicates: row.get("duplicates")?,
                unknown_category: row.get("unknown_category")?,
                visible_at: row.get("visible_at")?,
            };
            counts.insert(row.get::<i64>("part")?, entry);
        }
        Ok::<_, DbError>(counts)
    })
    .await
}

/// When each source and month was first seen, and how many files told of it.
async fn first_seen(db: &Db) -> Result<HashMap<(i64, i32), (DateTime<Utc>, i64)>, DbError> {
    read!(db, |tx| {
        let statement =
            sql!("select source, month, visible_at from import_parts order by visible_at");
        let mut seen: HashMap<(i64, i32), (DateTime<Utc>, i64)> = HashMap::new();
        for row in tx.all(statement, args![]).await? {
            let month = i32::try_from(row.get::<i64>("month")?).unwrap_or(0);
            let at = row.get("visible_at")?;
            seen.entry((row.get("source")?, month)).or_insert((at, 0)).1 += 1;
        }
        Ok::<_, DbError>(seen)
    })
    .await
}
