//! Records and invitations as they are counted.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Datelike as _, Days, NaiveDate, TimeZone as _, Utc};
use commonweal_access::policy::{RecordAct, Resource};
use commonweal_access::web::{PageError, Viewer};
use commonweal_core::db::{Asked as ListAsked, Filter, List, Sort, Value};
use commonweal_core::{DbError, ReadTx, Row, args, list, read, sql};
use commonweal_records::geography::locate::AreaIndex;
use geo::{Geometry, MultiPolygon};
use uuid::Uuid;

use super::model::{Counted, Sight, Tally};
use crate::Forms;
use crate::answers::Answers;
use crate::definition::{Definition, Shared};

/// The records that are counted.
pub(super) static COUNTED: List = List {
    columns: "form_records.id, form_records.definition_version, form_records.reference, form_records.answers, \
              form_records.state, form_records.wave, form_records.agency, form_records.owner, form_records.created_at, \
              form_records.latitude, form_records.longitude",
    from: "form_records",
    key: "form_records.id",
    filters: &[
        Filter {
            name: "definition",
            sql: "form_records.definition = ?",
        },
        Filter {
            name: "from",
            sql: "form_records.created_at >= ?",
        },
        Filter {
            name: "before",
            sql: "form_records.created_at < ?",
        },
        Filter {
            name: "wave",
            sql: "form_records.wave = ?",
        },
        Filter {
            name: "state",
            sql: "form_records.state = ?",
        },
        Filter {
            name: "agency",
            sql: "form_records.agency = ?",
        },
    ],
    sorts: &[Sort {
        name: "newest",
        by: "form_records.created_at",
        descending: true,
    }],
};
list!(COUNTED);

/// Which records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// The first day.
    pub(super) from: Option<NaiveDate>,
    /// The last day, included.
    pub(super) to: Option<NaiveDate>,
    pub(super) wave: Option<String>,
    pub(super) state: Option<String>,
    pub(super) agency: Option<Uuid>,
}

impl Asked {
    /// A whole calendar year.
    pub(super) fn year(year: i32) -> Self {
        Self {
            from: NaiveDate::from_ymd_opt(year, 1, 1),
            to: NaiveDate::from_ymd_opt(year, 12, 31),
            ..Self::default()
        }
    }

    /// Whether it is a calendar year and nothing else.
    pub(super) fn is_year(&self) -> bool {
        self.from.is_some_and(|day| *self == Self::year(day.year()))
    }

    /// From its first moment, and before the moment after its last.
    fn moments(&self) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let after = self.to.and_then(|day| day.checked_add_days(Days::new(1)));
        (self.from.map(start_of), after.map(start_of))
    }

    pub(super) fn filters(&self, definition: &str) -> Vec<(String, Value)> {
        let (from, before) = self.moments();
        let mut filters = vec![("definition".to_owned(), Value::from(definition))];
        let mut with = |name: &str, value: Option<Value>| {
            filters.extend(value.map(|value| (name.to_owned(), value)));
        };
        with("from", from.map(Value::from));
        with("before", before.map(Value::from));
        with("wave", self.wave.as_deref().map(Value::from));
        with("state", self.state.as_deref().map(Value::from));
        with("agency", self.agency.map(Value::from));
        filters
    }
}

/// The first moment of a day in Europe/London, where the clocks change at one or two at night.
pub(super) fn start_of(day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    chrono_tz::Europe::London
        .from_local_datetime(&midnight)
        .earliest()
        .map_or_else(|| midnight.and_utc(), |moment| moment.with_timezone(&Utc))
}

/// How far a viewer's grant of an act on a definition reaches.
fn everywhere(viewer: &Viewer, key: &str, act: RecordAct) -> bool {
    viewer
        .principal
        .may_record(key, act, &Resource::record(Uuid::nil(), None, None))
}

/// What a viewer may be shown of counts.
pub(super) fn sight(viewer: &Viewer, key: &str) -> Sight {
    Sight {
        small: everywhere(viewer, key, RecordAct::See),
        personal: everywhere(viewer, key, RecordAct::SeePersonal),
        ..Sight::TEAM
    }
}

/// A record as read for counting.
pub(super) struct Read {
    pub(super) id: Uuid,
    pub(super) version: i64,
    pub(super) reference: String,
    pub(super) answers: Answers,
    pub(super) state: String,
    pub(super) wave: Option<String>,
    pub(super) agency: Option<Uuid>,
    pub(super) owner: Option<Uuid>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) place: Option<(f64, f64)>,
}

impl Read {
    pub(super) fn of(row: &Row) -> Result<Self, DbError> {
        let answers: serde_json::Value = row.get("answers")?;
        let place = row
            .get::<Option<f64>>("latitude")?
            .zip(row.get::<Option<f64>>("longitude")?);
        Ok(Self {
            id: row.get("id")?,
            version: row.get("definition_version")?,
            reference: row.get("reference")?,
            answers: serde_json::from_value(answers)
                .map_err(|error| DbError::Refused(format!("answers of a record: {error}")))?,
            state: row.get("state")?,
            wave: row.get("wave")?,
            agency: row.get("agency")?,
            owner: row.get("owner")?,
            created_at: row.get("created_at")?,
            place,
        })
    }
}

/// The year of the newest record that a viewer may count, and of the oldest.
pub(super) async fn years(
    forms: &Forms,
    viewer: &Viewer,
    key: &str,
) -> Result<Option<(i32, i32)>, PageError> {
    let scope = viewer.principal.record_scope(RecordAct::Results);
    let ends = |descending| {
        let asked = ListAsked {
            filters: vec![("definition".to_owned(), Value::from(key))],
            sort: Some(if descending { "newest" } else { "oldest" }.to_owned()),
            limit: Some(1),
            ..ListAsked::default()
        };
        let scope = scope.clone();
        async move {
            let page = read!(&forms.app.db, |tx| YEARS.page(tx, &scope, &asked).await).await?;
            let moment = page
                .rows
                .first()
                .map(|row| row.get::<DateTime<Utc>>("created_at"));
            moment.transpose()
        }
    };
    let year = |moment: DateTime<Utc>| moment.with_timezone(&chrono_tz::Europe::London).year();
    Ok(ends(false)
        .await?
        .map(year)
        .zip(ends(true).await?.map(year)))
}

static YEARS: List = List {
    columns: "form_records.created_at",
    from: "form_records",
    key: "form_records.id",
    filters: &[Filter {
        name: "definition",
        sql: "form_records.definition = ?",
    }],
    sorts: &[
        Sort {
            name: "newest",
            by: "form_records.created_at",
            descending: true,
        },
        Sort {
            name: "oldest",
            by: "form_records.created_at",
            descending: false,
        },
    ],
};
list!(YEARS);

/// Counts what a viewer may count.
pub(super) async fn tally<'a>(
    forms: &Forms,
    viewer: &Viewer,
    definition: &'a Definition,
    asked: &Asked,
) -> Result<Tally<'a>, PageError> {
    let scope = viewer.principal.record_scope(RecordAct::Results);
    let filters = asked.filters(&definition.key);
    let counted: Result<Tally<'a>, DbError> = read!(&forms.app.db, |tx| {
        let agencies = agencies(tx).await?;
        let areas = match definition.place {
            Some(_) => Wards::load(tx).await?,
            None => Wards::default(),
        };
        let mut tally = Tally::new(definition);
        let mut versions: HashMap<i64, Shared> = HashMap::new();
        let mut page = ListAsked {
            filters: filters.clone(),
            limit: Some(500),
            ..ListAsked::default()
        };
        loop {
            let found = COUNTED.page(tx, &scope, &page).await?;
            for row in &found.rows {
                let record = Read::of(row)?;
                let version = record.version;
                if let std::collections::hash_map::Entry::Vacant(place) = versions.entry(version) {
                    place.insert(
                        forms
                            .catalogue
                            .version(tx, &definition.key, version)
                            .await?,
                    );
                }
                let Some(asked_by) = versions.get(&version) else {
                    continue;
                };
                tally.add(&Counted {
                    definition: asked_by,
                    answers: &record.answers,
                    state: &record.state,
                    wave: record.wave.as_deref(),
                    agency: record
                        .agency
                        .and_then(|id| agencies.get(&id))
                        .map(String::as_str),
                    area: record.place.and_then(|place| areas.name(place)),
                });
            }
            page.after = found.next;
            if page.after.is_none() {
                break;
            }
        }
        Ok(tally)
    })
    .await;
    Ok(counted?)
}

/// Names of agencies by id.
pub(super) async fn agencies(tx: &mut ReadTx) -> Result<BTreeMap<Uuid, String>, DbError> {
    let rows = tx
        .all(sql!("select id, name from agencies"), args![])
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("id")?, row.get("name")?)))
        .collect()
}

/// The wards that are loaded, to say in which a point lies.
#[derive(Default)]
struct Wards {
    index: Option<AreaIndex>,
    names: Vec<String>,
}

impl Wards {
    async fn load(tx: &mut ReadTx) -> Result<Self, DbError> {
        let rows = tx
            .all(
                sql!(
                    "select areas.name, areas.geometry from areas
                     where areas.area_set = (select id from area_sets where kind = 'ward' and state = 'visible' order by vintage desc limit 1)
                     order by areas.number"
                ),
                args![],
            )
            .await?;
        let mut names = Vec::with_capacity(rows.len());
        let mut shapes = Vec::with_capacity(rows.len());
        for row in &rows {
            let text: String = row.get("geometry")?;
            if let Some(shape) = shape(&text) {
                names.push(row.get("name")?);
                shapes.push(shape);
            }
        }
        Ok(Self {
            index: (!shapes.is_empty()).then(|| AreaIndex::new(&shapes)),
            names,
        })
    }

    fn name(&self, (latitude, longitude): (f64, f64)) -> Option<&str> {
        let place = self.index.as_ref()?.locate(longitude, latitude)?;
        self.names.get(place).map(String::as_str)
    }
}

/// A stored shape; our own import wrote it, so anything else is no area.
fn shape(text: &str) -> Option<MultiPolygon<f64>> {
    let geometry = text.parse::<geojson::Geometry>().ok()?;
    match Geometry::try_from(geometry).ok()? {
        Geometry::MultiPolygon(shape) => Some(shape),
        Geometry::Polygon(shape) => Some(MultiPolygon(vec![shape])),
        _ => None,
    }
}

/// Invitations of one point in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Invited {
    pub(super) wave: Option<String>,
    pub(super) sent: u64,
    pub(super) answered: u64,
}

/// How many were asked, and how many of them answered, of those whom a viewer may count.
pub(super) async fn invited(
    forms: &Forms,
    viewer: &Viewer,
    key: &str,
    asked: &Asked,
) -> Result<Vec<Invited>, PageError> {
    let all = everywhere(viewer, key, RecordAct::Results);
    let agency = viewer.principal.agency;
    let own = viewer.principal.may_record(
        key,
        RecordAct::Results,
        &Resource::record(Uuid::nil(), Some(agency), None),
    );
    // Invitations have no owner: who may count only their own records counts none.
    if asked.state.is_some() || !(all || own) {
        return Ok(Vec::new());
    }
    let (from, before) = asked.moments();
    let agency = if all { asked.agency } else { Some(agency) };
    let found: Result<Vec<Invited>, DbError> = read!(&forms.app.db, |tx| {
        let rows = tx
            .all(
                sql!(
                    "select wave, count(*) as sent,
                            cast(sum(case when answered_at is null then 0 else 1 end) as bigint) as answered
                     from form_invitations
                     where definition = $1 and sent_at is not null
                       and (cast($2 as timestamptz) is null or sent_at >= $2)
                       and (cast($3 as timestamptz) is null or sent_at < $3)
                       and (cast($4 as uuid) is null or agency = $4)
                       and (cast($5 as text) is null or wave = $5)
                     group by wave order by wave"
                ),
                args![key, from, before, agency, asked.wave.clone()],
            )
            .await?;
        let count = |row: &Row, name| Ok::<_, DbError>(u64::try_from(row.get::<i64>(name)?).unwrap_or(0));
        rows.iter()
            .map(|row| {
                Ok(Invited {
                    wave: row.get("wave")?,
                    sent: count(row, "sent")?,
                    answered: count(row, "answered")?,
                })
            })
            .collect()
    })
    .await;
    Ok(found?)
}
