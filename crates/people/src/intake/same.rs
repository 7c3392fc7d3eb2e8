//! Matters near a place in the last fortnight, so that one problem does not become two.

use chrono::{DateTime, Duration, Utc};
use commonweal_access::policy::{Action, Kind};
use commonweal_access::web::{PageError, Viewer};
use commonweal_core::db::{Asked, Filter, List, Sort};
use commonweal_core::{DbError, Row, Value, list, read};
use commonweal_records::incidents::CELL_RESOLUTION;
use uuid::Uuid;

use super::look::{Choice, Found};
use crate::reporting::{People, Rules};

/// How far back is looked.
const DAYS: i64 = 14;
/// The most that are shown.
const MOST: usize = 8;

static NEAR: List = List {
    columns: "matters.id, matters.reference, matters.kind, matters.state, matters.reports, matters.at_home, \
              matters.last_report_at, \
              (select reports.id from reports where reports.matter = matters.id order by reports.received_at desc, \
              reports.id desc limit 1) as last_report",
    from: "matters",
    key: "matters.id",
    filters: &[
        Filter {
            name: "cell",
            sql: "matters.cell = ?",
        },
        Filter {
            name: "since",
            sql: "matters.last_report_at >= ?",
        },
        Filter {
            name: "not",
            sql: "matters.state <> ?",
        },
    ],
    sorts: &[Sort {
        name: "newest",
        by: "matters.last_report_at",
        descending: true,
    }],
};
list!(NEAR);

struct Near {
    id: Uuid,
    at: DateTime<Utc>,
    same_kind: bool,
    choice: Choice,
}

fn near(row: &Row, rules: &Rules, kind: &str) -> Result<Option<Near>, DbError> {
    let report: Option<Uuid> = row.get("last_report")?;
    let Some(report) = report else {
        return Ok(None);
    };
    let its: String = row.get("kind")?;
    let state: String = row.get("state")?;
    let state = commonweal_records::matters::State::from_name(&state);
    let at: DateTime<Utc> = row.get("last_report_at")?;
    let count: i64 = row.get("reports")?;
    let home = if row.get::<bool>("at_home")? {
        " at a home"
    } else {
        ""
    };
    Ok(Some(Near {
        id: row.get("id")?,
        at,
        same_kind: its == kind,
        choice: Choice {
            value: report.to_string(),
            text: format!(
                "{}: {}{home}",
                row.get::<String>("reference")?,
                rules.kinds.label(&its)
            ),
            hint: format!(
                "{count} report{}, the last on {} · {}",
                if count == 1 { "" } else { "s" },
                at.with_timezone(&chrono_tz::Europe::London)
                    .format("%-d %B %Y"),
                state.map_or("", commonweal_records::matters::State::label)
            ),
        },
    }))
}

/// Matters that the viewer may see, in the cell of a point and those around it; the same kind first.
pub(super) async fn likely(
    people: &People,
    viewer: &Viewer,
    rules: &Rules,
    point: Option<(f64, f64)>,
    kind: &str,
) -> Result<Found, PageError> {
    let Some((latitude, longitude)) = point else {
        return Ok(Found {
            choices: Vec::new(),
            words: Some("Say where it is first: then what was reported around there is shown."),
        });
    };
    let Ok(at) = h3o::LatLng::new(latitude, longitude) else {
        return Ok(Found::default());
    };
    let cells: Vec<i64> = at
        .to_cell(CELL_RESOLUTION)
        .grid_disk::<Vec<_>>(1)
        .into_iter()
        .map(|cell| u64::from(cell).cast_signed())
        .collect();
    let scope = viewer.principal.scope(Action::SeeReports, Kind::Matter);
    let since = people.app.clock.now() - Duration::days(DAYS);
    let found: Result<Vec<Near>, DbError> = read!(&people.app.db, |tx| {
        let mut found = Vec::new();
        for cell in &cells {
            let asked = Asked {
                filters: vec![
                    ("cell".to_owned(), Value::from(*cell)),
                    ("since".to_owned(), Value::from(since)),
                    ("not".to_owned(), Value::from("merged")),
                ],
                sort: Some("newest".to_owned()),
                limit: Some(20),
                ..Asked::default()
            };
            for row in NEAR.page(tx, &scope, &asked).await?.rows {
                found.extend(near(&row, rules, kind)?);
            }
        }
        Ok(found)
    })
    .await;
    let mut found = found?;
    found.sort_by_key(|one| (!one.same_kind, std::cmp::Reverse(one.at)));
    found.truncate(MOST);
    if found.is_empty() {
        return Ok(Found {
            choices: Vec::new(),
            words: Some("Nothing that you may see was reported around there in the last 14 days."),
        });
    }
    let ids: Vec<Uuid> = found.iter().map(|one| one.id).collect();
    people
        .app
        .access_log
        .record(&people.app.clock, viewer, Action::SeeReports, &ids)
        .await?;
    Ok(Found {
        choices: found.into_iter().map(|one| one.choice).collect(),
        words: None,
    })
}
