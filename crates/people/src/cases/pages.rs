//! The list of cases, and a case's head with the matters in it.

use axum::extract::State;
use axum::response::Response;
use chrono_tz::Europe::London;
use commonweal_access::policy::{Action, Kind};
use commonweal_access::web::{PageError, Path, Query, Viewer};
use commonweal_core::db::Asked;
use commonweal_core::ids::Reference;
use commonweal_core::{DbError, Value, read};
use commonweal_govuk::{Page, page};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{CASES, by_reference, matters_of};
use crate::reporting::{self, People};

page!(pub(super) LIST, "cases/list.html", "list.html");
page!(pub(super) SHOW, "cases/show.html", "show.html");

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    state: String,
    after: Option<Uuid>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Line {
    pub(super) reference: String,
    pub(super) title: String,
    pub(super) href: String,
    pub(super) note: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Tab {
    pub(super) text: &'static str,
    pub(super) href: &'static str,
    pub(super) active: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct ListContext {
    pub(super) tabs: Vec<Tab>,
    pub(super) rows: Vec<Line>,
    pub(super) next: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct ShowContext {
    pub(super) reference: String,
    pub(super) title: String,
    pub(super) state: &'static str,
    pub(super) lead: String,
    pub(super) agencies: Vec<String>,
    pub(super) opened: String,
    pub(super) matters: Vec<Line>,
}

fn day(at: chrono::DateTime<chrono::Utc>) -> String {
    at.with_timezone(&London).format("%-d %B %Y").to_string()
}

/// `GET /cases`.
pub(super) async fn list(
    State(people): State<People>,
    viewer: Viewer,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let state = if wanted.state == "closed" {
        "closed"
    } else {
        "open"
    };
    let scope = viewer.principal.scope(Action::SeeCases, Kind::Case);
    let asked = Asked {
        filters: vec![("state".to_owned(), Value::from(state))],
        after: wanted.after,
        ..Asked::default()
    };
    let app = &people.app;
    let found: Result<_, DbError> = read!(&app.db, |tx| CASES.page(tx, &scope, &asked).await).await;
    let found = found?;
    let ids: Vec<Uuid> = found
        .rows
        .iter()
        .map(|row| row.get("id"))
        .collect::<Result<_, _>>()?;
    app.access_log
        .record(&app.clock, &viewer, Action::SeeCases, &ids)
        .await?;
    let rows: Result<Vec<Line>, DbError> = found
        .rows
        .iter()
        .map(|row| {
            let reference: String = row.get("reference")?;
            Ok(Line {
                title: row.get("title")?,
                href: format!("/cases/{reference}"),
                note: day(row.get("opened_at")?),
                reference,
            })
        })
        .collect();
    let context = ListContext {
        tabs: vec![
            Tab {
                text: "Open",
                href: "/cases",
                active: state == "open",
            },
            Tab {
                text: "Closed",
                href: "/cases?state=closed",
                active: state == "closed",
            },
        ],
        rows: rows?,
        next: found
            .next
            .map(|after| format!("/cases?state={state}&after={after}")),
    };
    app.page(&viewer, Page::new(&LIST, "Cases"), &context)
}

/// `GET /cases/{case}`.
pub(super) async fn show(
    State(people): State<People>,
    viewer: Viewer,
    Path(reference): Path<String>,
) -> Result<Response, PageError> {
    let reference: Reference = reference.parse().map_err(|_| PageError::NotFound)?;
    let app = &people.app;
    let (case, matters, agencies) = read!(&app.db, |tx| {
        let case = by_reference(tx, reference.as_str()).await?;
        let matters = matters_of(tx, case.id).await?;
        let agencies = reporting::agencies(tx).await?;
        Ok::<_, PageError>((case, matters, agencies))
    })
    .await?;
    if !viewer.may(Action::SeeCases, &case.resource()) {
        return Err(PageError::NotFound);
    }
    app.access_log
        .record(&app.clock, &viewer, Action::SeeCases, &[case.id.0])
        .await?;
    let name = |id: &Uuid| {
        let found = agencies.iter().find(|agency| agency.id == *id);
        found.map_or_else(
            || "An agency that has left".to_owned(),
            |one| one.name.clone(),
        )
    };
    let context = ShowContext {
        title: case.title.clone(),
        state: if case.state == "open" {
            "Open"
        } else {
            "Closed"
        },
        lead: name(&case.agency),
        agencies: case
            .agencies
            .iter()
            .filter(|agency| **agency != case.agency)
            .map(name)
            .collect(),
        opened: day(case.opened_at),
        matters: matters
            .into_iter()
            .map(|(_, reference, title)| Line {
                href: format!("/matters/{reference}"),
                title,
                reference,
                note: String::new(),
            })
            .collect(),
        reference: case.reference.clone(),
    };
    let page = Page::new(&SHOW, format!("{}: {}", case.reference, case.title))
        .breadcrumb("Cases", "/cases");
    app.page(&viewer, page, &context)
}
