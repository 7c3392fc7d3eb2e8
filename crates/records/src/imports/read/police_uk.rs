//! The street-level files of data.police.uk (`YYYY-MM-force-street.csv`).
//!
//! Anti-social behaviour comes as rows without a crime id, so identical rows are separate
//! incidents and none may be dropped as a duplicate. Places are anonymised: each row stands on
//! one of a fixed list of points, or has none. Source: <https://data.police.uk/about/>.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read;

use chrono::NaiveDate;
use serde::Serialize;

use super::csv_text::{CsvText, Encoding, Record};
use super::{Problem, ReadError, Reject, Step};
use crate::month::Month;

/// The columns, in the publisher's order. Files before 2013 have the same; only `Context` has ever
/// been left out.
pub const COLUMNS: [&str; 12] = [
    "Crime ID",
    "Month",
    "Reported by",
    "Falls within",
    "Longitude",
    "Latitude",
    "Location",
    "LSOA code",
    "LSOA name",
    "Crime type",
    "Last outcome category",
    "Context",
];

/// The longest text accepted in any column, in characters.
const TEXT_LIMIT: usize = 250;

/// A crime type of data.police.uk.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Category {
    /// The code kept in the database; it never changes.
    pub code: &'static str,
    /// The publisher's words.
    pub label: &'static str,
}

/// Code of the crime type that this product is about.
pub const ASB: &str = "anti-social-behaviour";

/// Every crime type that data.police.uk has used, by code. The list changed in September 2011, and
/// in May 2013 'violent crime' and 'public disorder and weapons' were divided; old types keep a
/// code of their own, so that no series joins what was counted differently.
pub const CATEGORIES: [Category; 16] = [
    Category {
        code: ASB,
        label: "Anti-social behaviour",
    },
    Category {
        code: "bicycle-theft",
        label: "Bicycle theft",
    },
    Category {
        code: "burglary",
        label: "Burglary",
    },
    Category {
        code: "criminal-damage-arson",
        label: "Criminal damage and arson",
    },
    Category {
        code: "drugs",
        label: "Drugs",
    },
    Category {
        code: "other-crime",
        label: "Other crime",
    },
    Category {
        code: "other-theft",
        label: "Other theft",
    },
    Category {
        code: "possession-of-weapons",
        label: "Possession of weapons",
    },
    Category {
        code: "public-disorder-weapons",
        label: "Public disorder and weapons",
    },
    Category {
        code: "public-order",
        label: "Public order",
    },
    Category {
        code: "robbery",
        label: "Robbery",
    },
    Category {
        code: "shoplifting",
        label: "Shoplifting",
    },
    Category {
        code: "theft-from-the-person",
        label: "Theft from the person",
    },
    Category {
        code: "vehicle-crime",
        label: "Vehicle crime",
    },
    Category {
        code: "violence-and-sexual-offences",
        label: "Violence and sexual offences",
    },
    Category {
        code: "violent-crime",
        label: "Violent crime",
    },
];

/// The crime type of that name, whatever its letter case, with or without the hyphen of
/// 'anti-social'.
#[must_use]
pub fn category(name: &str) -> Option<&'static Category> {
    CATEGORIES
        .iter()
        .find(|c| c.label == name)
        .or_else(|| {
            CATEGORIES
                .iter()
                .find(|c| c.label.eq_ignore_ascii_case(name) || c.code.eq_ignore_ascii_case(name))
        })
        .or_else(|| match name.to_lowercase().as_str() {
            "antisocial behaviour" | "anti social behaviour" => Some(&CATEGORIES[0]),
            "violence and sexual offence" => Some(&CATEGORIES[14]),
            "weapons" => Some(&CATEGORIES[7]),
            _ => None,
        })
}

/// The month and the force that a file's name tells of, as in
/// `2025-01/2025-01-durham-street.csv`: `(2025-01, durham)`.
#[must_use]
pub fn month_and_force(name: &str) -> Option<(Month, &str)> {
    let base = name.rsplit(['/', '\\', ' ']).next()?;
    let base = base.strip_suffix(".gz").unwrap_or(base);
    let stem = base.strip_suffix(".csv")?.strip_suffix("-street")?;
    let month = stem.get(..7)?.parse().ok()?;
    let force = stem.get(7..)?.strip_prefix('-')?;
    (!force.is_empty()).then_some((month, force))
}

/// One row: an anti-social behaviour incident or a crime.
#[derive(Debug, Clone, PartialEq)]
pub struct StreetRow<'a> {
    /// The line of the file on which it begins.
    pub line: u64,
    /// The publisher's hash; anti-social behaviour has none.
    pub crime_id: Option<Cow<'a, str>>,
    /// The month in which it happened or was recorded.
    pub month: Month,
    /// The force that published the row.
    pub reported_by: Cow<'a, str>,
    /// The force in whose area it lies, as published.
    pub falls_within: Cow<'a, str>,
    /// Longitude and latitude (WGS84) of the anonymised point; `None` if no place was published.
    pub point: Option<(f64, f64)>,
    /// 'On or near …'.
    pub location: Cow<'a, str>,
    /// The LSOA's code, of the census vintage in force when the file was made.
    pub lsoa_code: Option<Cow<'a, str>>,
    /// The LSOA's name.
    pub lsoa_name: Cow<'a, str>,
    /// The crime type in the publisher's words.
    pub crime_type: Cow<'a, str>,
    /// The crime type, if it is one that we know.
    pub category: Option<&'static Category>,
    /// The last outcome known when the file was made.
    pub outcome: Option<Cow<'a, str>>,
}

impl StreetRow<'_> {
    /// Whether it is anti-social behaviour.
    #[must_use]
    pub fn is_asb(&self) -> bool {
        self.category.is_some_and(|c| c.code == ASB)
    }
}

/// What has been read so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StreetCounts {
    /// Good rows.
    pub rows: u64,
    /// Good rows of anti-social behaviour.
    pub asb_rows: u64,
    /// Rows rejected.
    pub rejected: u64,
    /// Good rows without a place.
    pub no_place: u64,
    /// Good rows with a point but no LSOA code.
    pub no_lsoa: u64,
    /// Good rows whose crime type we do not know, by its name (at most 100 names).
    pub unknown_types: BTreeMap<String, u64>,
}

/// Reads one street file.
#[derive(Debug)]
pub struct StreetReader<R> {
    text: CsvText<R>,
    at: [Option<usize>; 12],
    named_month: Option<Month>,
    latest: Month,
    counts: StreetCounts,
}

impl<R: Read> StreetReader<R> {
    /// Opens a street file; `name` is its file name, whose month the rows have to agree with, and
    /// `today` the day on which later months are the future.
    ///
    /// # Errors
    /// A header that is not a street file's, and all that [`CsvText::open`] refuses.
    pub fn open(name: &str, reader: R, today: NaiveDate) -> Result<Self, ReadError> {
        let text = CsvText::open(name, reader)?;
        let mut at = [None; 12];
        for (slot, column) in at.iter_mut().zip(COLUMNS) {
            *slot = text.column(column);
        }
        let missing: Vec<String> = COLUMNS[..11]
            .iter()
            .zip(at)
            .filter(|(_, i)| i.is_none())
            .map(|(c, _)| (*c).to_owned())
            .collect();
        if !missing.is_empty() {
            let unknown = text
                .header()
                .iter()
                .filter(|c| {
                    !c.is_empty() && !COLUMNS.iter().any(|known| known.eq_ignore_ascii_case(c))
                })
                .take(20)
                .map(|c| super::shorten(c))
                .collect();
            return Err(text.fail(Problem::Header {
                kind: "a police.uk street file",
                missing,
                unknown,
            }));
        }
        Ok(Self {
            at,
            named_month: month_and_force(name).map(|(month, _)| month),
            latest: Month::of(today),
            counts: StreetCounts::default(),
            text,
        })
    }

    /// The next row or reject, or `None` at the end.
    ///
    /// # Errors
    /// When the file cannot be read on: cut off, damaged, too long a field.
    pub fn next_row(&mut self) -> Result<Option<Step<StreetRow<'_>>>, ReadError> {
        let width = self.text.header().len();
        let Some(record) = self.text.next_record()? else {
            return Ok(None);
        };
        match read_row(record, &self.at, width, self.named_month, self.latest) {
            Ok(row) => {
                self.counts.rows += 1;
                self.counts.asb_rows += u64::from(row.is_asb());
                self.counts.no_place += u64::from(row.point.is_none());
                self.counts.no_lsoa += u64::from(row.point.is_some() && row.lsoa_code.is_none());
                if row.category.is_none() {
                    let known = self.counts.unknown_types.len();
                    if let Some(n) = self.counts.unknown_types.get_mut(&*row.crime_type) {
                        *n += 1;
                    } else if known < 100 {
                        self.counts
                            .unknown_types
                            .insert(row.crime_type.clone().into_owned(), 1);
                    }
                }
                Ok(Some(Step::Row(row)))
            }
            Err(reject) => {
                self.counts.rejected += 1;
                Ok(Some(Step::Reject(*reject)))
            }
        }
    }

    /// What has been read so far.
    #[must_use]
    pub fn counts(&self) -> &StreetCounts {
        &self.counts
    }

    /// How the text is written, as far as it has been read.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.text.encoding()
    }

    /// The month that the file's name tells of.
    #[must_use]
    pub fn named_month(&self) -> Option<Month> {
        self.named_month
    }
}

fn read_row<'a>(
    record: Record<'a>,
    at: &[Option<usize>; 12],
    width: usize,
    named_month: Option<Month>,
    latest: Month,
) -> Result<StreetRow<'a>, Box<Reject>> {
    let line = record.line;
    let refuse = |column: usize, reason: &str, value: &str| {
        Box::new(Reject::new(line, COLUMNS[column], reason, value))
    };
    if record.len() != width {
        let reason = format!("the row has {} columns, the header {width}", record.len());
        return Err(Box::new(Reject::new(line, "", reason, &record.text(0))));
    }
    let text = |column: usize| at[column].map_or(Cow::Borrowed(""), |i| record.text(i));
    let checked = |column: usize| {
        let value = text(column);
        if value.len() > TEXT_LIMIT {
            return Err(refuse(column, "longer than 250 characters", &value));
        }
        Ok(value)
    };
    let some = |value: Cow<'a, str>| (!value.is_empty()).then_some(value);

    let month_text = text(1);
    let month: Month = month_text
        .parse()
        .map_err(|_| refuse(1, "not a month such as 2025-01", &month_text))?;
    if month > latest {
        return Err(refuse(1, "a month in the future", &month_text));
    }
    if named_month.is_some_and(|named| named != month) {
        return Err(refuse(
            1,
            "another month than the file's name says",
            &month_text,
        ));
    }
    let point = point(&text(4), &text(5))
        .map_err(|(column, reason)| refuse(column, reason, &text(column)))?;
    let crime_type = checked(9)?;
    if crime_type.is_empty() {
        return Err(refuse(9, "no crime type", ""));
    }
    Ok(StreetRow {
        line,
        crime_id: some(checked(0)?),
        month,
        reported_by: checked(2)?,
        falls_within: checked(3)?,
        point,
        location: checked(6)?,
        lsoa_code: some(checked(7)?),
        lsoa_name: checked(8)?,
        category: category(&crime_type),
        crime_type,
        outcome: some(checked(10)?),
    })
}

/// Longitudes of the United Kingdom, with its waters.
pub(crate) const LONGITUDES: std::ops::RangeInclusive<f64> = -9.0..=2.5;
/// Latitudes of the United Kingdom.
pub(crate) const LATITUDES: std::ops::RangeInclusive<f64> = 49.5..=61.5;

/// Whether a point lies in the box around the United Kingdom.
pub(crate) fn in_united_kingdom(longitude: f64, latitude: f64) -> bool {
    LONGITUDES.contains(&longitude) && LATITUDES.contains(&latitude)
}

/// Reads a point; `Ok(None)` when both coordinates are empty or zero, which the publisher uses for
/// 'more than 20 km from any point of the list'. An error names the column (4 longitude,
/// 5 latitude).
fn point(longitude: &str, latitude: &str) -> Result<Option<(f64, f64)>, (usize, &'static str)> {
    match (longitude.is_empty(), latitude.is_empty()) {
        (true, true) => return Ok(None),
        (true, false) => return Err((4, "a latitude without a longitude")),
        (false, true) => return Err((5, "a longitude without a latitude")),
        (false, false) => {}
    }
    let number = |text: &str| text.parse::<f64>().ok().filter(|n| n.is_finite());
    let longitude = number(longitude).ok_or((4, "not a number"))?;
    let latitude = number(latitude).ok_or((5, "not a number"))?;
    if longitude == 0.0 && latitude == 0.0 {
        return Ok(None);
    }
    if in_united_kingdom(longitude, latitude) {
        return Ok(Some((longitude, latitude)));
    }
    if in_united_kingdom(latitude, longitude) {
        return Err((4, "longitude and latitude are swapped"));
    }
    if LONGITUDES.contains(&longitude) {
        return Err((5, "a latitude outside the United Kingdom"));
    }
    Err((4, "a longitude outside the United Kingdom"))
}
