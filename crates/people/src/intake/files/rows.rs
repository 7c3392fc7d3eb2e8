//! Rows of a file as reports, or the reason why not. No database.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Europe::London;
use commonweal_documents::spreadsheet::{Row, Sheet};
use commonweal_records::matters::Occurrence;
use serde::Serialize;

use super::profile::{Profile, When};
use crate::reporting::rules::Kinds;

/// The most letters of a report.
const LETTERS: usize = 50_000;

/// Why a row is not taken. No words of a cell but categories stand in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reject {
    /// Where, such as 'row 5, column C (“Postcode”)'.
    pub place: String,
    /// Why.
    pub reason: String,
}

/// A row that can be taken.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Taken {
    pub(super) reference: String,
    pub(super) description: String,
    pub(super) kind: String,
    pub(super) when: Occurrence,
    pub(super) words: String,
    pub(super) point: Option<(f64, f64)>,
    pub(super) at_home: bool,
}

struct Reader<'a> {
    profile: &'a Profile,
    kinds: &'a Kinds,
    sheet: &'a Sheet,
    now: DateTime<Utc>,
}

impl Reader<'_> {
    fn cell<'r>(&self, row: &'r Row, heading: &str) -> &'r str {
        let column = self.sheet.column(heading);
        let cell = column.and_then(|column| row.cells.get(column));
        cell.map_or("", |cell| cell.trim())
    }

    fn reject(&self, row: &Row, heading: &str, reason: impl Into<String>) -> Reject {
        let column = self.sheet.column(heading).unwrap_or(0);
        Reject {
            place: self.sheet.place(row, column),
            reason: reason.into(),
        }
    }

    fn when(&self, row: &Row) -> Result<Occurrence, Reject> {
        let date = &self.profile.date;
        let text = self.cell(row, &date.column);
        let wrong = |words: &str| self.reject(row, &date.column, words);
        let on = day(date, text).ok_or_else(|| wrong("is no date as the profile has them"))?;
        let at = match &self.profile.time {
            None => None,
            Some(time) => match self.cell(row, &time.column) {
                "" => None,
                text => {
                    let found = clock(time, text).ok_or_else(|| {
                        self.reject(row, &time.column, "is no time as the profile has them")
                    })?;
                    let local = London.from_local_datetime(&on.and_time(found)).earliest();
                    local.map(|at| at.with_timezone(&Utc))
                }
            },
        };
        let today = self.now.with_timezone(&London).date_naive();
        if on > today || at.is_some_and(|at| at > self.now) {
            return Err(wrong("lies in the future"));
        }
        if on.signed_duration_since(today).num_days() < -36_500 {
            return Err(wrong("lies more than a hundred years back"));
        }
        Ok(Occurrence { on, at })
    }

    fn kind(&self, row: &Row) -> Result<String, Reject> {
        let types = &self.profile.kind;
        let text = self.cell(row, &types.column);
        let found = types
            .map
            .iter()
            .find(|(name, _)| name.trim().eq_ignore_ascii_case(text))
            .map(|(_, key)| key)
            .or(types.otherwise.as_ref())
            .ok_or_else(|| {
                let shown: String = text.chars().take(60).collect();
                self.reject(
                    row,
                    &types.column,
                    format!("the profile does not know the category '{shown}'"),
                )
            })?;
        if self.kinds.get(found).is_none() {
            return Err(self.reject(
                row,
                &types.column,
                format!("the profile names the type '{found}', which types.toml does not have"),
            ));
        }
        Ok(found.clone())
    }

    fn point(&self, row: &Row) -> Result<Option<(f64, f64)>, Reject> {
        let place = &self.profile.place;
        let (Some(north), Some(east)) = (&place.latitude, &place.longitude) else {
            return Ok(None);
        };
        let (latitude, longitude) = (self.cell(row, north), self.cell(row, east));
        if latitude.is_empty() && longitude.is_empty() {
            return Ok(None);
        }
        let number = |text: &str, heading: &str, least: f64, most: f64| {
            text.parse::<f64>()
                .ok()
                .filter(|number| (least..=most).contains(number))
                .ok_or_else(|| self.reject(row, heading, "is no degrees within the United Kingdom"))
        };
        Ok(Some((
            number(latitude, north, 49.0, 61.5)?,
            number(longitude, east, -9.0, 2.5)?,
        )))
    }

    fn read(&self, row: &Row) -> Result<Taken, Reject> {
        let profile = self.profile;
        let reference = self.cell(row, &profile.reference);
        if reference.is_empty() || reference.chars().count() > 100 {
            return Err(self.reject(
                row,
                &profile.reference,
                "needs their reference, of 100 letters at most",
            ));
        }
        let join = |columns: &[String], between: &str| {
            let cells: Vec<&str> = columns
                .iter()
                .map(|heading| self.cell(row, heading))
                .filter(|cell| !cell.is_empty())
                .collect();
            cells.join(between)
        };
        let first = profile.description.first().map_or("", String::as_str);
        let description = join(&profile.description, "\n\n");
        if description.is_empty() {
            return Err(self.reject(row, first, "says nothing of what happened"));
        }
        if description.chars().count() > LETTERS {
            return Err(self.reject(row, first, "is longer than 50,000 letters"));
        }
        let words: String = join(&profile.place.words, ", ").chars().take(500).collect();
        let point = self.point(row)?;
        if words.is_empty() && point.is_none() {
            let heading = profile.place.words.first().map_or("", String::as_str);
            return Err(self.reject(row, heading, "says nothing of where it happened"));
        }
        let at_home = profile.at_home.as_ref().is_some_and(|yes| {
            let text = self.cell(row, &yes.column);
            yes.yes.iter().any(|one| one.eq_ignore_ascii_case(text))
        });
        Ok(Taken {
            reference: reference.to_owned(),
            description,
            kind: self.kind(row)?,
            when: self.when(row)?,
            words,
            point,
            at_home,
        })
    }
}

/// A day. Spreadsheets that know that it is one give it as ISO, maybe with a time.
fn day(when: &When, text: &str) -> Option<NaiveDate> {
    let parsed = |format: &String| NaiveDate::parse_from_str(text, format).ok();
    let iso = || {
        let date = text.get(..10).unwrap_or(text);
        NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()
    };
    let found = when.formats.iter().find_map(parsed).or_else(iso)?;
    let year = chrono::Datelike::year(&found);
    // '%Y' reads '24' as the year 24.
    (1_900..2_200).contains(&year).then_some(found)
}

fn clock(when: &When, text: &str) -> Option<NaiveTime> {
    let parsed = |format: &String| NaiveTime::parse_from_str(text, format).ok();
    when.formats.iter().find_map(parsed).or_else(|| {
        let time = text.rsplit_once('T').map_or(text, |parts| parts.1);
        NaiveTime::parse_from_str(time, "%H:%M:%S").ok()
    })
}

/// Reads all rows: those that can be taken, and what is wrong with the others.
pub(super) fn read(
    profile: &Profile,
    kinds: &Kinds,
    sheet: &Sheet,
    now: DateTime<Utc>,
) -> (Vec<Taken>, Vec<Reject>) {
    let missing: Vec<Reject> = profile
        .columns()
        .into_iter()
        .filter(|heading| sheet.column(heading).is_none())
        .map(|heading| Reject {
            place: format!("row {}", sheet.heading_row),
            reason: format!("there is no column '{heading}'"),
        })
        .collect();
    if !missing.is_empty() {
        return (Vec::new(), missing);
    }
    let reader = Reader {
        profile,
        kinds,
        sheet,
        now,
    };
    let (mut taken, mut rejects) = (Vec::new(), Vec::new());
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for row in &sheet.rows {
        match reader.read(row) {
            Ok(one) => match seen.insert(one.reference.clone(), row.number) {
                Some(before) => rejects.push(reader.reject(
                    row,
                    &profile.reference,
                    format!("is the same reference as in row {before}"),
                )),
                None => taken.push(one),
            },
            Err(reject) => rejects.push(reject),
        }
    }
    (taken, rejects)
}
