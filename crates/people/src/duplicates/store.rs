//! Which reports come into question, from the database.

use std::collections::HashMap;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Europe::London;
use commonweal_core::db::{Asked, Filter, List, Predicate, Sort};
use commonweal_core::{DbError, ReadTx, Row, Value, args, list, sql};
use commonweal_records::incidents::CELL_RESOLUTION;
use commonweal_records::matters::{Happening, Identity, MatterId, Report, ReportId, State};
use linkage::Rarity;
use uuid::Uuid;

use super::model::{Likely, Subject, Times};
use super::rules::Rules;
use super::score::{Told, score, words};

/// What came later may tell of the same thing, as for a report that waited.
const AFTER: Duration = Duration::days(3);
/// The most parties that share a telephone number or address with a reporter; more have it in common
/// because it is nobody's own.
const SHARED: i64 = 6;

static CANDIDATES: List = List {
    columns: "reports.id, reports.reference as report_reference, reports.matter, reports.kind, reports.description, \
              reports.happening, reports.happened_from, reports.happened_to, reports.latitude, reports.longitude, \
              reports.place, reports.received_at, matters.reference, matters.title, matters.state, \
              (select min(day.happened_on) from report_incidents as told join reported_incidents as day \
               on day.id = told.incident where told.report = reports.id) as first_day, \
              (select max(day.happened_on) from report_incidents as told join reported_incidents as day \
               on day.id = told.incident where told.report = reports.id) as last_day",
    from: "reports join matters on matters.id = reports.matter",
    key: "reports.id",
    filters: &[
        Filter {
            name: "cell",
            sql: "reports.cell = ?",
        },
        Filter {
            name: "without_point",
            sql: "reports.cell is null and matters.state <> ?",
        },
        Filter {
            name: "reporter",
            sql: "reports.reporter = ?",
        },
        Filter {
            name: "identity",
            sql: "reports.identity = ?",
        },
        Filter {
            name: "since",
            sql: "reports.received_at >= ?",
        },
        Filter {
            name: "until",
            sql: "reports.received_at <= ?",
        },
    ],
    sorts: &[Sort {
        name: "newest",
        by: "reports.received_at",
        descending: true,
    }],
};
list!(CANDIDATES);

/// What to compare others with, of a report that is stored.
///
/// # Errors
/// [`DbError`].
pub async fn subject(tx: &mut ReadTx, report: &Report) -> Result<Subject, DbError> {
    let row = tx
        .one(
            sql!(
                "select min(day.happened_on) as first_day, max(day.happened_on) as last_day from report_incidents as told
                 join reported_incidents as day on day.id = told.incident where told.report = $1"
            ),
            args![report.id],
        )
        .await?;
    Ok(Subject {
        matter: Some(report.matter),
        kind: report.kind.clone(),
        words: report.description.clone(),
        point: report.place.point,
        place: report.place.words.clone(),
        times: times(&row, report.happened_from, report.happened_to)?,
        repeated: report.happening == Happening::Repeated,
        reporter: report
            .reporter
            .filter(|_| report.identity == Identity::Named),
        received_at: report.received_at,
    })
}

fn times(
    row: &Row,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
) -> Result<Option<Times>, DbError> {
    if let Some(from) = from {
        return Ok(Some(Times::moments(from, to.unwrap_or(from))));
    }
    let first: Option<NaiveDate> = row.get("first_day")?;
    let last: Option<NaiveDate> = row.get("last_day")?;
    Ok(first.map(|first| Times::days(first, last.unwrap_or(first))))
}

struct Candidate {
    matter: MatterId,
    reference: String,
    title: String,
    state: State,
    report: ReportId,
    report_reference: String,
    told: Told,
}

fn candidate(
    row: &Row,
    rules: &Rules,
    same_person: Option<&'static str>,
) -> Result<Candidate, DbError> {
    let state: String = row.get("state")?;
    let happening: String = row.get("happening")?;
    let latitude: Option<f64> = row.get("latitude")?;
    Ok(Candidate {
        matter: MatterId(row.get("matter")?),
        reference: row.get("reference")?,
        title: row.get("title")?,
        state: State::from_name(&state)
            .ok_or_else(|| DbError::Setup(format!("no matter has the state '{state}'")))?,
        report: ReportId(row.get("id")?),
        report_reference: row.get("report_reference")?,
        told: Told {
            kind: row.get("kind")?,
            words: words(rules, &row.get::<String>("description")?),
            point: latitude.zip(row.get("longitude")?),
            place: row.get("place")?,
            times: times(row, row.get("happened_from")?, row.get("happened_to")?)?,
            repeated: happening == Happening::Repeated.name(),
            received_at: row.get("received_at")?,
            same_person,
        },
    })
}

/// One way to look for candidates: filters of the list, and its order where that is not the usual one.
type Way = (Vec<(String, Value)>, Option<&'static str>);

/// Matters within a scope that may be about the same thing, at most as many as the rules say (ten, as they
/// ship), best first; never the subject's own. `matters_scope` is what the viewer may see of
/// matters, such as `principal.scope(Action::SeeReports, Kind::Matter)`; the weights are those
/// that held when the report came; the caller notes in the access log what it shows.
///
/// # Errors
/// [`DbError`].
pub async fn likely(
    tx: &mut ReadTx,
    matters_scope: &Predicate,
    of: &Subject,
) -> Result<Vec<Likely>, DbError> {
    let day = of.received_at.with_timezone(&London).date_naive();
    let rules = Rules::on(tx, day).await?;
    let candidates = candidates(tx, matters_scope, &rules, of).await?;
    let subject = Told::of(&rules, of);
    let rarity = Rarity::among(
        candidates
            .values()
            .map(|one| &one.told.words)
            .chain([&subject.words]),
    );
    let mut best: HashMap<MatterId, Likely> = HashMap::new();
    for one in candidates.into_values() {
        let (score, reasons) = score(&rules, &rarity, &subject, &one.told);
        if score < rules.threshold
            || best
                .get(&one.matter)
                .is_some_and(|known| (known.score, known.report.0) >= (score, one.report.0))
        {
            continue;
        }
        let found = Likely {
            matter: one.matter,
            reference: one.reference,
            title: one.title,
            state: one.state,
            report: one.report,
            report_reference: one.report_reference,
            received_at: one.told.received_at,
            score,
            reasons,
        };
        best.insert(one.matter, found);
    }
    let mut found: Vec<Likely> = best.into_values().collect();
    found.sort_by(|a, b| {
        let newest = b.received_at.cmp(&a.received_at);
        b.score
            .total_cmp(&a.score)
            .then(newest)
            .then(a.matter.0.cmp(&b.matter.0))
    });
    found.truncate(rules.look.most);
    Ok(found)
}

async fn candidates(
    tx: &mut ReadTx,
    scope: &Predicate,
    rules: &Rules,
    of: &Subject,
) -> Result<HashMap<ReportId, Candidate>, DbError> {
    let span = Duration::days(rules.look.days);
    let since = ("since".to_owned(), Value::from(of.received_at - span));
    let before = ("until".to_owned(), Value::from(of.received_at));
    let until = ("until".to_owned(), Value::from(of.received_at + AFTER));
    let mut ways: Vec<Way> = Vec::new();
    for (party, words) in same_people(tx, of).await? {
        let by = vec![
            ("reporter".to_owned(), Value::from(party)),
            ("identity".to_owned(), Value::from(Identity::Named.name())),
        ];
        ways.push((by, Some(words)));
    }
    let at = of
        .point
        .and_then(|point| h3o::LatLng::new(point.0, point.1).ok());
    let place = !of.place.trim().is_empty();
    if let Some(at) = at {
        let cell = at.to_cell(CELL_RESOLUTION);
        for near in cell.grid_disk::<Vec<_>>(rules.look.ring) {
            let number = u64::from(near).cast_signed();
            ways.push((vec![("cell".to_owned(), Value::from(number))], None));
        }
    }
    if place {
        let apart = Value::from(State::Merged.name());
        ways.push((vec![("without_point".to_owned(), apart)], None));
    }
    if place && at.is_none() {
        // Nothing says where to look, so the newest of all are.
        ways.push((Vec::new(), None));
    }
    let mut found = HashMap::new();
    for (mut filters, same_person) in ways {
        let anywhere = filters.is_empty();
        filters.push(since.clone());
        filters.push(if anywhere {
            before.clone()
        } else {
            until.clone()
        });
        let asked = Asked {
            filters,
            sort: Some("newest".to_owned()),
            limit: Some(if anywhere {
                rules.look.anywhere
            } else {
                rules.look.newest
            }),
            ..Asked::default()
        };
        for row in CANDIDATES.page(tx, scope, &asked).await?.rows {
            let one = candidate(&row, rules, same_person)?;
            if Some(one.matter) != of.matter {
                found.entry(one.report).or_insert(one);
            }
        }
    }
    Ok(found)
}

/// The subject's reporter, and others with the same telephone number or address, who may be the same.
async fn same_people(tx: &mut ReadTx, of: &Subject) -> Result<Vec<(Uuid, &'static str)>, DbError> {
    let Some(reporter) = of.reporter else {
        return Ok(Vec::new());
    };
    let rows = tx
        .all(
            sql!(
                "select distinct other.party as party from party_contacts as mine
                 join party_contacts as other on other.value = mine.value
                 where mine.party = $1 and other.party <> $1 and mine.means in ('phone', 'email')
                 order by other.party limit $2"
            ),
            args![reporter, SHARED],
        )
        .await?;
    let mut found = vec![(reporter.0, "the same person told us")];
    for row in rows {
        found.push((
            row.get("party")?,
            "somebody with the same telephone number or e-mail told us",
        ));
    }
    Ok(found)
}
