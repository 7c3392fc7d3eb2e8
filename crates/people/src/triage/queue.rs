//! The queue: what nobody has decided yet, the most urgent first, and everything else by state.

use axum::extract::State as Axum;
use axum::response::Response;
use chrono::{DateTime, Utc};
use chrono_tz::Europe::London;
use commonweal_access::policy::{Action, Kind};
use commonweal_access::web::{PageError, Query, Viewer};
use commonweal_core::db::{Asked, Filter, List, Listed, Sort};
use commonweal_core::{DbError, ReadTx, Row, Value, list, read};
use commonweal_govuk::{Page, page};
use commonweal_records::matters::State;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::reporting::{People, Rules};

page!(pub(super) QUEUE, "triage/queue.html", "queue.html");

/// Matters a page.
const PAGE: u32 = 50;

pub(crate) static MATTERS: List = List {
    columns: "matters.id, matters.reference, matters.state, matters.title, matters.kind, matters.band, matters.urgent, \
              matters.reports, matters.due_at, matters.due_kind, matters.opened_at, matters.agency, \
              (select name from agencies where agencies.id = matters.agency) as agency_name, \
              (select name from users where users.id = matters.owner) as owner_name, \
              (select count(*) from referrals where referrals.matter = matters.id and referrals.state = 'offered') as offered",
    from: "matters",
    key: "matters.id",
    filters: &[
        Filter {
            name: "state",
            sql: "matters.state = ?",
        },
        Filter {
            name: "urgent",
            sql: "matters.urgent = ?",
        },
        Filter {
            name: "kind",
            sql: "matters.kind = ?",
        },
        Filter {
            name: "agency",
            sql: "matters.agency = ?",
        },
        Filter {
            name: "owner",
            sql: "matters.owner = ?",
        },
        Filter {
            name: "referred",
            sql: "matters.id in (select referrals.matter from referrals where referrals.to_agency = ? and referrals.state = 'offered')",
        },
        Filter {
            name: "overdue",
            sql: "matters.due_at < ?",
        },
    ],
    sorts: &[
        Sort {
            name: "due",
            by: "coalesce(matters.due_at, matters.last_report_at)",
            descending: false,
        },
        Sort {
            name: "newest",
            by: "matters.last_report_at",
            descending: true,
        },
    ],
};
list!(MATTERS);

/// What else there is in the same cell, about 190 metres across.
pub(super) static NEAR: List = List {
    columns: "matters.id, matters.reference, matters.state, matters.title, matters.reports, matters.last_report_at",
    from: "matters",
    key: "matters.id",
    filters: &[
        Filter {
            name: "cell_of",
            sql: "matters.cell = (select here.cell from matters as here where here.id = ?) and matters.state <> 'merged'",
        },
        Filter {
            name: "not",
            sql: "matters.id <> ?",
        },
    ],
    sorts: &[Sort {
        name: "newest",
        by: "matters.last_report_at",
        descending: true,
    }],
};
list!(NEAR);

/// The views of the queue: key and words.
const VIEWS: [(&str, &str); 7] = [
    ("new", "To be decided"),
    ("referred", "Referred to us"),
    ("mine", "Mine"),
    ("accepted", "Being dealt with"),
    ("overdue", "Overdue"),
    ("in_case", "In a case"),
    ("closed", "Closed"),
];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    view: String,
    kind: String,
    after: Option<Uuid>,
}

/// A line of the queue.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Line {
    pub(super) reference: String,
    pub(super) title: String,
    pub(super) state: &'static str,
    pub(super) reports: i64,
    pub(super) whose: String,
    pub(super) came: String,
    pub(super) due: Option<String>,
    pub(super) due_words: Option<String>,
    pub(super) overdue: bool,
    pub(super) band: Option<&'static str>,
    pub(super) referred: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) text: String,
    pub(super) selected: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Tab {
    pub(super) text: &'static str,
    pub(super) href: String,
    pub(super) active: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Context {
    pub(super) tabs: Vec<Tab>,
    pub(super) view: &'static str,
    pub(super) heading: &'static str,
    pub(super) kinds: Vec<Choice>,
    pub(super) urgent: Vec<Line>,
    pub(super) rows: Vec<Line>,
    pub(super) next: Option<String>,
    pub(super) narrowed: bool,
}

/// When, as people say it: with the time where it is today or tomorrow.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.with_timezone(&London)
        .format("%-d %B %Y, %-I:%M%P")
        .to_string()
}

fn line(row: &Row, rules: &Rules, now: DateTime<Utc>) -> Result<Line, DbError> {
    let due: Option<DateTime<Utc>> = row.get("due_at")?;
    let state: String = row.get("state")?;
    let agency: Option<String> = row.get("agency_name")?;
    let owner: Option<String> = row.get("owner_name")?;
    let band: Option<String> = row.get("band")?;
    Ok(Line {
        reference: row.get("reference")?,
        title: row.get("title")?,
        state: State::from_name(&state).map_or("", State::label),
        reports: row.get("reports")?,
        whose: match (owner, agency) {
            (Some(owner), Some(agency)) => format!("{owner}, {agency}"),
            (None, Some(agency)) => agency,
            (owner, None) => owner.unwrap_or_default(),
        },
        came: moment(row.get("opened_at")?),
        overdue: due.is_some_and(|due| due < now),
        due: due.map(moment),
        due_words: row
            .get::<Option<String>>("due_kind")?
            .map(|kind| rules.clocks.label(&kind).to_owned()),
        band: band.and_then(|band| super::model::words(&super::model::BANDS, &band)),
        referred: row.get::<i64>("offered")? > 0,
    })
}

async fn lines(
    tx: &mut ReadTx,
    viewer: &Viewer,
    filters: Vec<(String, Value)>,
    sort: &str,
    after: Option<Uuid>,
) -> Result<Listed, DbError> {
    let scope = viewer.principal.scope(Action::SeeReports, Kind::Matter);
    let asked = Asked {
        filters,
        sort: Some(sort.to_owned()),
        after,
        limit: Some(PAGE),
    };
    MATTERS.page(tx, &scope, &asked).await
}

fn filter(name: &str, value: impl Into<Value>) -> (String, Value) {
    (name.to_owned(), value.into())
}

/// `GET /triage`.
pub(super) async fn page(
    Axum(people): Axum<People>,
    viewer: Viewer,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let (app, rules) = (&people.app, people.rules().await?);
    let now = app.clock.now();
    let chosen = VIEWS.iter().find(|view| view.0 == wanted.view);
    let (view, heading) = chosen.copied().unwrap_or(("new", "To be decided"));
    let kind = rules.kinds.get(&wanted.kind).map(|kind| kind.key.clone());
    let mut filters = match view {
        "referred" => vec![filter("referred", viewer.principal.agency)],
        "mine" => vec![filter("owner", viewer.user()), filter("state", "accepted")],
        "overdue" => vec![
            filter("overdue", now),
            filter("agency", viewer.principal.agency),
        ],
        state => vec![filter("state", state)],
    };
    filters.extend(kind.clone().map(|kind| filter("kind", kind)));
    let sort = if matches!(view, "closed" | "in_case") {
        "newest"
    } else {
        "due"
    };
    let (urgent, rest) = read!(&app.db, |tx| {
        // The urgent ones stand apart, on the first page only: few, and never behind a next page.
        let urgent = if view == "new" && wanted.after.is_none() {
            let mut filters = filters.clone();
            filters.push(filter("urgent", true));
            lines(tx, &viewer, filters, sort, None).await?.rows
        } else {
            Vec::new()
        };
        let mut filters = filters.clone();
        if view == "new" {
            filters.push(filter("urgent", false));
        }
        Ok::<_, DbError>((
            urgent,
            lines(tx, &viewer, filters, sort, wanted.after).await?,
        ))
    })
    .await?;
    let shown = |rows: &[Row]| -> Result<Vec<Line>, DbError> {
        rows.iter().map(|row| line(row, &rules, now)).collect()
    };
    let of_kind = |start: &str| match &kind {
        Some(kind) => format!("{start}&kind={kind}"),
        None => start.to_owned(),
    };
    // Titles name no person, yet who looked at which is written down, as for every list of reports.
    let ids: Vec<Uuid> = urgent
        .iter()
        .chain(&rest.rows)
        .map(|row| row.get("id"))
        .collect::<Result<_, _>>()?;
    app.access_log
        .record(&app.clock, &viewer, Action::SeeReports, &ids)
        .await?;
    let context = Context {
        tabs: VIEWS
            .iter()
            .map(|(key, text)| Tab {
                text,
                href: format!("/triage?view={key}"),
                active: *key == view,
            })
            .collect(),
        view,
        heading,
        kinds: std::iter::once(("", "All types"))
            .chain(
                rules
                    .kinds
                    .iter()
                    .map(|kind| (kind.key.as_str(), kind.label.as_str())),
            )
            .map(|(value, text)| Choice {
                value: value.to_owned(),
                text: text.to_owned(),
                selected: kind.as_deref().unwrap_or_default() == value,
            })
            .collect(),
        urgent: shown(&urgent)?,
        rows: shown(&rest.rows)?,
        next: rest
            .next
            .map(|after| of_kind(&format!("/triage?view={view}&after={after}"))),
        narrowed: kind.is_some(),
    };
    let page = Page::new(&QUEUE, format!("Reports: {}", heading.to_lowercase()));
    app.page(&viewer, page, &context)
}
