//! Lists of incidents in anybody's columns: a profile says which column is what, once, and is
//! saved with the source.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read;

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};

use super::csv_text::{CsvText, Encoding, Record};
use super::police_uk::in_united_kingdom;
use super::profile::{Clock, PlaceColumns, Profile, Qualifier, When};
use super::{Problem, ReadError, Reject, Step};
use crate::geography::grid;
use crate::geography::postcode::Postcode;
use crate::month::Month;

/// When an incident happened, as precisely as its source says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occurred {
    /// To the minute or second.
    Exact(DateTime<Utc>),
    /// To the month.
    Month(Month),
}

/// Where an incident happened, as its source says it.
#[derive(Debug, Clone, PartialEq)]
pub enum Place<'a> {
    /// Longitude and latitude (WGS84).
    Point(f64, f64),
    /// A full postcode, still to be looked up.
    Postcode(Postcode),
    /// An area's code, of the kind and vintage of the profile.
    Area(Cow<'a, str>),
    /// Not said.
    Unknown,
}

/// One incident.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordRow<'a> {
    /// The line of the file.
    pub line: u64,
    /// The source's own key.
    pub source_key: Option<Cow<'a, str>>,
    /// When.
    pub occurred: Occurred,
    /// Where.
    pub place: Place<'a>,
    /// The category's code.
    pub category: &'a str,
    /// The kind of anti-social behaviour.
    pub qualifier: Option<Qualifier>,
}

/// Reads a CSV by a profile.
#[derive(Debug)]
pub struct RecordReader<'p, R> {
    text: CsvText<R>,
    profile: &'p Profile,
    at: Places,
    categories: BTreeMap<String, &'p str>,
    qualifiers: BTreeMap<String, Qualifier>,
    today: NaiveDate,
}

/// Where the profile's columns stand in this file.
#[derive(Debug, Clone, Copy)]
struct Places {
    key: Option<usize>,
    when: (usize, Option<usize>),
    place: (usize, Option<usize>),
    category: Option<usize>,
    qualifier: Option<usize>,
    width: usize,
}

impl<'p, R: Read> RecordReader<'p, R> {
    /// Opens a CSV; a date after `today` is rejected.
    ///
    /// # Errors
    /// A column that the file does not have, a profile without any category, and all that
    /// [`CsvText::open`] refuses.
    pub fn open(
        name: &str,
        reader: R,
        profile: &'p Profile,
        today: NaiveDate,
    ) -> Result<Self, ReadError> {
        let separator = profile.separator.unwrap_or(',');
        let separator = u8::try_from(separator)
            .ok()
            .filter(|s| matches!(s, b',' | b';' | b'\t' | b'|'))
            .ok_or_else(|| {
                Problem::Profile(format!("'{separator}' cannot be a separator")).of(name)
            })?;
        let text = CsvText::with_separator(name, reader, separator)?;
        let need = |column: &str| text.need_column(column);
        let maybe = |column: &Option<String>| column.as_deref().map(need).transpose();
        let when = match &profile.when {
            When::Month { column, .. } | When::Moment { column, .. } => (need(column)?, None),
            When::DateAndTime { date, time, .. } => (need(date)?, Some(need(time)?)),
        };
        let place = match &profile.place {
            PlaceColumns::Position {
                longitude,
                latitude,
            } => (need(longitude)?, Some(need(latitude)?)),
            PlaceColumns::Grid { easting, northing } => (need(easting)?, Some(need(northing)?)),
            PlaceColumns::Postcode { column } | PlaceColumns::Area { column, .. } => {
                (need(column)?, None)
            }
        };
        if profile.category.column.is_none() && profile.category.otherwise.is_none() {
            return Err(text.fail(Problem::Profile(
                "it names neither a category column nor one category for all".to_owned(),
            )));
        }
        let at = Places {
            key: maybe(&profile.key)?,
            when,
            place,
            category: maybe(&profile.category.column)?,
            qualifier: profile
                .qualifier
                .as_ref()
                .map(|q| need(&q.column))
                .transpose()?,
            width: text.header().len(),
        };
        let categories = profile
            .category
            .values
            .iter()
            .map(|(k, v)| (k.trim().to_lowercase(), v.as_str()))
            .collect();
        let qualifiers = profile
            .qualifier
            .iter()
            .flat_map(|q| q.values.iter().map(|(k, v)| (k.trim().to_lowercase(), *v)))
            .collect();
        Ok(Self {
            text,
            profile,
            at,
            categories,
            qualifiers,
            today,
        })
    }

    /// The next incident or reject, or `None` at the end.
    ///
    /// # Errors
    /// When the file cannot be read on.
    pub fn next_row(&mut self) -> Result<Option<Step<RecordRow<'_>>>, ReadError> {
        let columns = Columns {
            profile: self.profile,
            at: self.at,
            categories: &self.categories,
            qualifiers: &self.qualifiers,
            today: self.today,
        };
        let Some(record) = self.text.next_record()? else {
            return Ok(None);
        };
        Ok(Some(match columns.read(record) {
            Ok(row) => Step::Row(row),
            Err(reject) => Step::Reject(*reject),
        }))
    }

    /// How the text is written, as far as it has been read.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.text.encoding()
    }
}

struct Columns<'a> {
    profile: &'a Profile,
    at: Places,
    categories: &'a BTreeMap<String, &'a str>,
    qualifiers: &'a BTreeMap<String, Qualifier>,
    today: NaiveDate,
}

impl<'a> Columns<'a> {
    fn read(&self, record: Record<'a>) -> Result<RecordRow<'a>, Box<Reject>> {
        let line = record.line;
        let reject = |column: &str, reason: &str, value: &str| {
            Box::new(Reject::new(line, column, reason, value))
        };
        if record.len() != self.at.width {
            let reason = format!(
                "the row has {} columns, the header {}",
                record.len(),
                self.at.width
            );
            return Err(reject("", &reason, &record.text(0)));
        }
        let occurred = self
            .when(record)
            .map_err(|(column, at, reason)| reject(column, reason, &record.text(at)))?;
        let place = self
            .place(record)
            .map_err(|(column, at, reason)| reject(column, reason, &record.text(at)))?;
        let otherwise = self.profile.category.otherwise.as_deref();
        let category = match self.at.category {
            Some(at) => {
                let value = record.text(at);
                let column = self.profile.category.column.as_deref().unwrap_or("");
                self.categories
                    .get(&value.to_lowercase())
                    .copied()
                    .or(otherwise)
                    .ok_or_else(|| {
                        reject(column, "a category that the profile does not know", &value)
                    })?
            }
            None => otherwise.unwrap_or_default(),
        };
        let qualifier = self.at.qualifier.and_then(|at| {
            let value = record.text(at);
            self.qualifiers
                .get(&value.to_lowercase())
                .copied()
                .or_else(|| Qualifier::named(&value))
        });
        let source_key = match self.at.key.map(|at| record.text(at)) {
            Some(key) if key.is_empty() => {
                return Err(reject(
                    self.profile.key.as_deref().unwrap_or(""),
                    "no key",
                    "",
                ));
            }
            Some(key) if key.len() > 200 => {
                return Err(reject(
                    self.profile.key.as_deref().unwrap_or(""),
                    "longer than 200 characters",
                    &key,
                ));
            }
            key => key,
        };
        Ok(RecordRow {
            line,
            source_key,
            occurred,
            place,
            category,
            qualifier,
        })
    }

    fn when(&self, record: Record<'_>) -> Result<Occurred, (&'a str, usize, &'static str)> {
        let (first, second) = self.at.when;
        let text = record.text(first);
        let (column, moment) = match &self.profile.when {
            When::Month { column, format } => {
                let month = match format.as_deref() {
                    None | Some("%Y-%m") => text
                        .parse()
                        .ok()
                        .or_else(|| date(&text, None).map(Month::of)),
                    // Chrono reads no month without a day.
                    Some(format) => {
                        NaiveDate::parse_from_str(&format!("01 {text}"), &format!("%d {format}"))
                            .or_else(|_| NaiveDate::parse_from_str(&text, format))
                            .ok()
                            .map(Month::of)
                    }
                };
                let month =
                    month.ok_or((column.as_str(), first, "not a month as the profile says"))?;
                if month > Month::of(self.today) {
                    return Err((column, first, "a month in the future"));
                }
                return Ok(Occurred::Month(month));
            }
            When::Moment {
                column,
                format,
                clock,
            } => {
                let moment = match format.as_deref() {
                    None => DateTime::parse_from_rfc3339(&text)
                        .ok()
                        .map(|m| m.with_timezone(&Utc)),
                    Some(format) => DateTime::parse_from_str(&text, format)
                        .ok()
                        .map(|m| m.with_timezone(&Utc)),
                };
                (
                    column,
                    moment.or_else(|| local(&text, format.as_deref()).map(|m| at_clock(m, *clock))),
                )
            }
            When::DateAndTime {
                date: column,
                time: time_column,
                format,
                clock,
            } => {
                let day = date(&text, format.as_deref());
                let at = second.unwrap_or(first);
                let time = time(&record.text(at)).ok_or((
                    time_column.as_str(),
                    at,
                    "not a time of day",
                ))?;
                (column, day.map(|day| at_clock(day.and_time(time), *clock)))
            }
        };
        let moment = moment.ok_or((
            column.as_str(),
            first,
            "not a date and time as the profile says",
        ))?;
        if moment
            .with_timezone(&chrono_tz::Europe::London)
            .date_naive()
            > self.today
        {
            return Err((column, first, "a date in the future"));
        }
        if moment.timestamp() < -2_208_988_800 {
            return Err((column, first, "a date before 1900"));
        }
        Ok(Occurred::Exact(moment))
    }

    fn place<'r>(&self, record: Record<'r>) -> Result<Place<'r>, (&'a str, usize, &'static str)> {
        let (first, second) = self.at.place;
        let text = record.text(first);
        let (one, two) = match &self.profile.place {
            PlaceColumns::Postcode { column } => {
                if text.is_empty() {
                    return Ok(Place::Unknown);
                }
                let postcode = text.parse().map_err(|_| {
                    (
                        column.as_str(),
                        first,
                        "not a full postcode such as DH1 5UL",
                    )
                })?;
                return Ok(Place::Postcode(postcode));
            }
            PlaceColumns::Area { column, .. } => {
                if text.len() > 20 || !text.is_ascii() {
                    return Err((column, first, "not an area's code"));
                }
                return Ok(if text.is_empty() {
                    Place::Unknown
                } else {
                    Place::Area(text)
                });
            }
            PlaceColumns::Position {
                longitude,
                latitude,
            } => (longitude.as_str(), latitude.as_str()),
            PlaceColumns::Grid { easting, northing } => (easting.as_str(), northing.as_str()),
        };
        let at = second.unwrap_or(first);
        let other = record.text(at);
        match (text.is_empty(), other.is_empty()) {
            (true, true) => return Ok(Place::Unknown),
            (true, false) => return Err((one, first, "empty, though its other half is there")),
            (false, true) => return Err((two, at, "empty, though its other half is there")),
            (false, false) => {}
        }
        let number = |text: &str| {
            text.replace(',', "")
                .parse::<f64>()
                .ok()
                .filter(|n| n.is_finite())
        };
        let x = number(&text).ok_or((one, first, "not a number"))?;
        let y = number(&other).ok_or((two, at, "not a number"))?;
        if x == 0.0 && y == 0.0 {
            return Ok(Place::Unknown);
        }
        if matches!(self.profile.place, PlaceColumns::Grid { .. }) {
            if !grid::is_on_grid(x, y) {
                return Err((one, first, "not on the National Grid"));
            }
            let (longitude, latitude) = grid::to_wgs84(x, y);
            return Ok(Place::Point(longitude, latitude));
        }
        if in_united_kingdom(x, y) {
            Ok(Place::Point(x, y))
        } else if in_united_kingdom(y, x) {
            Err((one, first, "longitude and latitude are swapped"))
        } else {
            Err((one, first, "a position outside the United Kingdom"))
        }
    }
}

fn date(text: &str, format: Option<&str>) -> Option<NaiveDate> {
    match format {
        Some(format) => NaiveDate::parse_from_str(text, format).ok(),
        None => [
            "%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d %B %Y", "%d %b %Y", "%d-%b-%Y", "%Y%m%d",
        ]
        .iter()
        .find_map(|f| NaiveDate::parse_from_str(text, f).ok()),
    }
}

fn time(text: &str) -> Option<NaiveTime> {
    [
        "%H:%M:%S%.f",
        "%H:%M",
        "%H%M",
        "%I:%M %p",
        "%I:%M%p",
        "%H.%M",
    ]
    .iter()
    .find_map(|f| NaiveTime::parse_from_str(text, f).ok())
}

fn local(text: &str, format: Option<&str>) -> Option<NaiveDateTime> {
    if let Some(format) = format {
        return NaiveDateTime::parse_from_str(text, format).ok();
    }
    let (day, clock) = text
        .split_once(['T', ' '])
        .filter(|(day, _)| day.len() >= 8)?;
    Some(date(day, None)?.and_time(time(clock.trim())?))
}

/// A time on the clock, in universal time: see [`Clock`].
fn at_clock(local: NaiveDateTime, clock: Clock) -> DateTime<Utc> {
    match clock {
        Clock::Utc => local.and_utc(),
        Clock::London => match chrono_tz::Europe::London.from_local_datetime(&local) {
            LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => {
                moment.with_timezone(&Utc)
            }
            // Before the clock goes forward, London keeps universal time.
            LocalResult::None => local.and_utc(),
        },
    }
}
