//! Merging a keyed file with what its source has told before.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use commonweal_core::{Db, DbError, Row, args, read, sql};

use super::RecordsReport;
use super::rows::{Keys, Stored};
use crate::Month;
use crate::imports::load::Basis;
use crate::incidents::{CategoryName, NewIncident, Precision, Qualifier, key_of, source_key};

/// What is to be written again, and what stays.
pub(super) struct Merge {
    basis: Basis,
    /// The visible part of each month that the source has told.
    parts: BTreeMap<Month, Vec<i64>>,
    /// Months in which something differs.
    touched: BTreeSet<Month>,
    /// The file's keys.
    keys: HashSet<i64>,
    new: i64,
    changed: i64,
    unchanged: i64,
    carried: BTreeMap<Month, i64>,
    without_key: BTreeMap<Month, i64>,
}

/// A row that stays.
pub(super) struct Carried {
    key: Vec<u8>,
    category: (String, String, bool, bool),
    qualifier: Option<Qualifier>,
    month: Month,
    occurred_at: Option<DateTime<Utc>>,
    point: Option<(f64, f64)>,
    precision: Precision,
    place_name: String,
    lsoa: Option<String>,
    outcome: Option<String>,
}

impl Merge {
    /// Compares the file with every visible row of the source.
    pub(super) async fn plan(db: &Db, source: &str, mut file: Keys) -> Result<Self, DbError> {
        let source = source_key(source);
        let mut merge = Self {
            basis: Basis {
                source,
                parts: Vec::new(),
            },
            parts: BTreeMap::new(),
            touched: BTreeSet::new(),
            keys: file.keys().copied().collect(),
            new: 0,
            changed: 0,
            unchanged: 0,
            carried: BTreeMap::new(),
            without_key: BTreeMap::new(),
        };
        read!(db, |tx| {
            let parts = tx
                .all(
                    sql!("select part, month from import_parts where source = $1 and state = 'visible' order by part"),
                    args![source],
                )
                .await?;
            for row in parts {
                let (part, month) = (row.get::<i64>("part")?, month(&row)?);
                merge.basis.parts.push(part);
                merge.parts.entry(month).or_default().push(part);
                tx.each(
                    sql!(
                        "select source_key, category, qualifier, precision, occurred_at, location, outcome
                         from incidents where part = $1"
                    ),
                    args![part],
                    |row| merge.compare(month, row, &mut file),
                )
                .await?;
            }
            Ok::<_, DbError>(())
        })
        .await?;
        // What is left of the file's keys was not there.
        merge.new = i64::try_from(file.len()).unwrap_or(i64::MAX);
        merge
            .touched
            .extend(file.into_values().map(|(month, _)| month));
        Ok(merge)
    }

    fn compare(&mut self, month: Month, row: &Row, file: &mut Keys) -> Result<(), DbError> {
        let Some(key) = row.at::<Option<Vec<u8>>>(0)? else {
            *self.without_key.entry(month).or_default() += 1;
            return Ok(());
        };
        let key = key_of(&[&key]);
        if !self.keys.contains(&key) {
            *self.carried.entry(month).or_default() += 1;
            return Ok(());
        }
        let stored = Stored {
            month: month.index(),
            category: row.at(1)?,
            qualifier: row.at(2)?,
            precision: row.at(3)?,
            micros: row
                .at::<Option<DateTime<Utc>>>(4)?
                .map(|at| at.timestamp_micros()),
            location: row.at(5)?,
            outcome: row.at(6)?,
        };
        match file.remove(&key) {
            Some((_, content)) if content == stored.content() => self.unchanged += 1,
            Some((moved_to, _)) => {
                self.changed += 1;
                self.touched.insert(month);
                self.touched.insert(moved_to);
            }
            // The same key a second time among what was there: one telling is enough.
            None => {
                self.touched.insert(month);
            }
        }
        Ok(())
    }

    /// The months to be written again.
    pub(super) fn touched(&self) -> &BTreeSet<Month> {
        &self.touched
    }

    /// What must still be visible when the import is.
    pub(super) fn basis(&self) -> Basis {
        self.basis.clone()
    }

    /// Counts for the report.
    pub(super) fn tell(&self, report: &mut RecordsReport) {
        let in_touched = |counts: &BTreeMap<Month, i64>| {
            counts
                .iter()
                .filter(|(month, _)| self.touched.contains(month))
                .map(|(_, n)| n)
                .sum()
        };
        report.new = self.new;
        report.changed = self.changed;
        report.unchanged_rows = self.unchanged;
        report.carried_over = in_touched(&self.carried);
        report.without_key = in_touched(&self.without_key);
        if report.without_key > 0 {
            report.notes.push(format!(
                "{} rows without a key, from an earlier file, gave way in months that were written again",
                report.without_key
            ));
        }
    }

    /// Reads the rows that stay, of the months to be written again.
    pub(super) async fn carry(&self, db: &Db) -> Result<Vec<Carried>, DbError> {
        let mut carried = Vec::new();
        read!(db, |tx| {
            for (month, parts) in self.parts.iter().filter(|(m, _)| self.touched.contains(m)) {
                for part in parts {
                    tx.each(
                        sql!(
                            "select i.source_key, c.code, c.label, c.asb, c.known, i.qualifier, i.occurred_at,
                               l.longitude, l.latitude, i.precision, l.name, l.lsoa, o.label as outcome
                             from incidents i join categories c on c.id = i.category
                             join locations l on l.id = i.location left join outcomes o on o.id = i.outcome
                             where i.part = $1 and i.source_key is not null order by i.row"
                        ),
                        args![*part],
                        |row| {
                            let row = Carried::of(*month, row)?;
                            if !self.keys.contains(&key_of(&[&row.key])) {
                                carried.push(row);
                            }
                            Ok(())
                        },
                    )
                    .await?;
                }
            }
            Ok::<_, DbError>(())
        })
        .await?;
        Ok(carried)
    }
}

fn month(row: &Row) -> Result<Month, DbError> {
    Ok(Month::from_index(
        i32::try_from(row.get::<i64>("month")?).unwrap_or(0),
    ))
}

impl Carried {
    fn of(month: Month, row: &Row) -> Result<Self, DbError> {
        let qualifier: Option<i64> = row.at(5)?;
        let precision: i64 = row.at(9)?;
        let precisions = [
            Precision::Exact,
            Precision::Snapped,
            Precision::Area,
            Precision::None,
        ];
        Ok(Self {
            key: row.at(0)?,
            category: (row.at(1)?, row.at(2)?, row.at(3)?, row.at(4)?),
            qualifier: Qualifier::ALL
                .into_iter()
                .find(|q| Some(q.number()) == qualifier),
            month,
            occurred_at: row.at(6)?,
            point: row.at::<Option<f64>>(7)?.zip(row.at(8)?),
            precision: precisions
                .into_iter()
                .find(|p| p.number() == precision)
                .unwrap_or(Precision::None),
            place_name: row.at(10)?,
            lsoa: row.at(11)?,
            outcome: row.at(12)?,
        })
    }

    /// Gives it as an incident.
    pub(super) fn give<T>(&self, source: &str, give: impl FnOnce(&NewIncident<'_>) -> T) -> T {
        let (code, label, asb, known) = &self.category;
        give(&NewIncident {
            source,
            source_key: Some(&self.key),
            category: CategoryName {
                code,
                label,
                asb: *asb,
                known: *known,
            },
            qualifier: self.qualifier,
            month: self.month,
            occurred_at: self.occurred_at,
            point: self.point,
            precision: self.precision,
            place_name: &self.place_name,
            lsoa: self.lsoa.as_deref(),
            outcome: self.outcome.as_deref(),
        })
    }
}
