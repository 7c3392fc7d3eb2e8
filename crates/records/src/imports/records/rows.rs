//! The rows of a file, as incidents.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use commonweal_core::{Db, DbError, args, read, sql};

use super::categories::category;
use crate::Month;
use crate::imports::load::{LoadError, location_key, outcome_key};
use crate::imports::read::mapping::{Occurred, Place, RecordReader, RecordRow};
use crate::imports::read::profile::{self, Profile};
use crate::imports::read::source::Source;
use crate::imports::read::{Reject, RejectReport, Step};
use crate::imports::staged;
use crate::incidents::{NewIncident, Precision, Qualifier, category_key, key_of};

/// A file and how it is read.
#[derive(Clone)]
pub(super) struct File {
    pub(super) path: Source,
    pub(super) source: String,
    pub(super) profile: Arc<Profile>,
    pub(super) today: NaiveDate,
}

/// What the first reading finds.
#[derive(Default)]
pub(super) struct Survey {
    pub(super) rows: i64,
    pub(super) asb_rows: i64,
    pub(super) months: BTreeMap<Month, (i64, i64)>,
    pub(super) postcodes: BTreeSet<String>,
    pub(super) rejects: RejectReport,
    pub(super) notes: Vec<String>,
}

/// A row of a file by its key: the month that it tells of, and a hash of what it tells.
pub(super) type Keys = HashMap<i64, (Month, i64)>;

/// Where the postcodes of a file lie.
#[derive(Clone, Default)]
pub(super) struct Looked {
    found: Arc<BTreeMap<String, Position>>,
    missing: usize,
}

#[derive(Clone)]
struct Position {
    point: (f64, f64),
    lsoa: Option<String>,
}

impl Looked {
    /// Looks the postcodes up in the directory.
    pub(super) async fn up(db: &Db, postcodes: &BTreeSet<String>) -> Result<Self, DbError> {
        let found = read!(db, |tx| {
            let mut found = BTreeMap::new();
            for postcode in postcodes {
                let row = tx
                    .optional(
                        sql!("select longitude, latitude, coalesce(lsoa2021, lsoa2011) as lsoa from postcodes where postcode = $1"),
                        args![postcode],
                    )
                    .await?;
                if let Some(row) = row {
                    let point = (row.get("longitude")?, row.get("latitude")?);
                    let position = Position { point, lsoa: row.get("lsoa")? };
                    found.insert(postcode.clone(), position);
                }
            }
            Ok::<_, DbError>(found)
        })
        .await?;
        Ok(Self {
            missing: postcodes.len() - found.len(),
            found: Arc::new(found),
        })
    }

    /// What people should know of postcodes that are in no directory.
    pub(super) fn note(&self) -> Option<String> {
        (self.missing > 0).then(|| {
            format!(
                "{} postcodes are not in the loaded directory; their rows have no place on the map",
                self.missing
            )
        })
    }
}

impl File {
    fn read(
        &self,
        mut each: impl FnMut(&RecordRow<'_>) -> Result<Option<Reject>, LoadError>,
    ) -> Result<(RejectReport, Vec<String>), LoadError> {
        let input = self.path.open().map_err(staged::refused)?;
        let name = &self.path.name;
        let opened = RecordReader::open(name, input.reader, &self.profile, self.today);
        let mut reader = opened.map_err(staged::refused)?;
        let mut rejects = RejectReport::default();
        while let Some(step) = reader.next_row().map_err(staged::refused)? {
            match step {
                Step::Row(row) => {
                    if let Some(reject) = each(&row)? {
                        rejects.add(reject);
                    }
                }
                Step::Reject(reject) => rejects.add(reject),
            }
        }
        let note = reader.encoding().note().map(str::to_owned);
        Ok((rejects, note.into_iter().collect()))
    }

    /// Reads every row once; a key that comes twice is a reject.
    pub(super) fn survey(&self) -> Result<Survey, LoadError> {
        let mut found = Survey::default();
        let mut keys = HashSet::new();
        let column = self.profile.key.as_deref().unwrap_or_default();
        let (rejects, notes) = self.read(|row| {
            if let Some(key) = &row.source_key
                && !keys.insert(key_of(&[key.as_bytes()]))
            {
                return Ok(Some(Reject::new(
                    row.line,
                    column,
                    "the key comes twice",
                    key,
                )));
            }
            found.rows += 1;
            found.asb_rows += i64::from(category(row.category).asb);
            let month = found.months.entry(month_of(row)).or_default();
            month.0 += 1;
            month.1 += i64::from(category(row.category).asb);
            if let Place::Postcode(postcode) = &row.place {
                found.postcodes.insert(postcode.as_str().to_owned());
            }
            Ok(None)
        })?;
        found.rejects = rejects;
        found.notes = notes;
        Ok(found)
    }

    /// Gives each good row as an incident.
    pub(super) fn each(
        &self,
        looked: &Looked,
        mut give: impl FnMut(&NewIncident<'_>) -> Result<(), LoadError>,
    ) -> Result<RejectReport, LoadError> {
        let mut keys = HashSet::new();
        let column = self.profile.key.as_deref().unwrap_or_default();
        let (rejects, _) = self.read(|row| {
            if let Some(key) = &row.source_key
                && !keys.insert(key_of(&[key.as_bytes()]))
            {
                return Ok(Some(Reject::new(
                    row.line,
                    column,
                    "the key comes twice",
                    key,
                )));
            }
            self.as_incident(row, looked, &mut give)?;
            Ok(None)
        })?;
        Ok(rejects)
    }

    /// Each row's key, with a hash of what it tells.
    pub(super) fn keys(&self, looked: &Looked) -> Result<Keys, LoadError> {
        let mut keys = HashMap::new();
        self.each(looked, |incident| {
            if let Some(key) = incident.source_key {
                keys.insert(key_of(&[key]), (incident.month, content(incident)));
            }
            Ok(())
        })?;
        Ok(keys)
    }

    fn as_incident<T>(
        &self,
        row: &RecordRow<'_>,
        looked: &Looked,
        give: impl FnOnce(&NewIncident<'_>) -> T,
    ) -> T {
        let nowhere = (None, Precision::None, "", None);
        let (point, precision, name, lsoa) = match &row.place {
            Place::Point(longitude, latitude) => {
                (Some((*longitude, *latitude)), Precision::Exact, "", None)
            }
            // A postcode's point stands for some fifteen addresses.
            Place::Postcode(postcode) => match looked.found.get(postcode.as_str()) {
                Some(at) => {
                    let lsoa = at.lsoa.as_deref();
                    (Some(at.point), Precision::Snapped, postcode.as_str(), lsoa)
                }
                None => (None, Precision::None, postcode.as_str(), None),
            },
            Place::Area(code) => (None, Precision::Area, "", Some(&**code)),
            Place::Unknown => nowhere,
        };
        give(&NewIncident {
            source: &self.source,
            source_key: row.source_key.as_ref().map(|key| key.as_bytes()),
            category: category(row.category),
            qualifier: row.qualifier.map(qualifier),
            month: month_of(row),
            occurred_at: match row.occurred {
                Occurred::Exact(moment) => Some(moment),
                Occurred::Month(_) => None,
            },
            point,
            precision,
            place_name: name,
            lsoa,
            outcome: None,
        })
    }
}

/// The month by the clocks of London, since an incident at half past midnight on 1 July is July's.
fn month_of(row: &RecordRow<'_>) -> Month {
    match row.occurred {
        Occurred::Month(month) => month,
        Occurred::Exact(moment) => Month::of(
            moment
                .with_timezone(&chrono_tz::Europe::London)
                .date_naive(),
        ),
    }
}

fn qualifier(told: profile::Qualifier) -> Qualifier {
    match told {
        profile::Qualifier::Personal => Qualifier::Personal,
        profile::Qualifier::Nuisance => Qualifier::Nuisance,
        profile::Qualifier::Environmental => Qualifier::Environmental,
    }
}

/// What a stored row tells, in the numbers of its table.
pub(super) struct Stored {
    pub(super) month: i32,
    pub(super) category: i64,
    pub(super) qualifier: Option<i64>,
    pub(super) precision: i64,
    pub(super) micros: Option<i64>,
    pub(super) location: i64,
    pub(super) outcome: Option<i64>,
}

impl Stored {
    /// A hash of it.
    pub(super) fn content(&self) -> i64 {
        let maybe = |value: Option<i64>| value.unwrap_or(i64::MIN).to_le_bytes();
        key_of(&[
            &self.month.to_le_bytes(),
            &self.category.to_le_bytes(),
            &maybe(self.qualifier),
            &self.precision.to_le_bytes(),
            &maybe(self.micros),
            &self.location.to_le_bytes(),
            &maybe(self.outcome),
        ])
    }
}

/// A hash of what an incident tells, equal to that of its stored row.
fn content(incident: &NewIncident<'_>) -> i64 {
    Stored {
        month: incident.month.index(),
        category: category_key(incident.category.code),
        qualifier: incident.qualifier.map(Qualifier::number),
        precision: incident.precision.number(),
        micros: incident.occurred_at.map(|at| at.timestamp_micros()),
        location: location_key(incident),
        outcome: incident.outcome.map(outcome_key),
    }
    .content()
}
