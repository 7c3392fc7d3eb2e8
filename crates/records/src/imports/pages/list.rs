//! `/imports`: everything that was imported, newest first.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use commonweal_access::policy::{Action, Kind};
use commonweal_access::web::{PageError, Query, Viewer};
use commonweal_core::db::{Asked, Filter, List, Sort};
use commonweal_core::{DbError, Row, list, read};
use commonweal_govuk::format::whole;
use commonweal_govuk::{Page, page};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Imports;

page!(pub(super) LIST, "records/imports/list.html", "list.html");

/// Imports, for lists and for one of them.
pub(super) static IMPORTS: List = List {
    columns: "imports.id, imports.kind, imports.name, imports.state, imports.started_at, imports.finished_at, \
              imports.lease_until, imports.rows, imports.rejected, imports.notes, \
              (select users.name from users where users.id = imports.by_user) as by_name",
    from: "imports",
    key: "imports.id",
    filters: &[
        Filter {
            name: "kind",
            sql: "imports.kind = ?",
        },
        Filter {
            name: "id",
            sql: "imports.id = ?",
        },
    ],
    sorts: &[Sort {
        name: "newest",
        by: "imports.started_at",
        descending: true,
    }],
};
list!(IMPORTS);

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    kind: Option<String>,
    after: Option<Uuid>,
}

#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) rows: Vec<Line>,
    pub(super) kinds: Vec<KindLink>,
    pub(super) next: Option<String>,
    pub(super) may_import: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct KindLink {
    pub(super) text: String,
    pub(super) href: String,
    pub(super) active: bool,
}

/// One import, in words.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) state: &'static str,
    pub(super) colour: &'static str,
    pub(super) started: String,
    pub(super) by: String,
    pub(super) rows: String,
    pub(super) rejected: String,
}

pub(super) async fn page(
    State(imports): State<Imports>,
    viewer: Viewer,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let scope = viewer.principal.scope(Action::SeeImports, Kind::Import);
    let kind = wanted.kind.filter(|kind| !kind.is_empty());
    let mut asked = Asked {
        after: wanted.after,
        ..Asked::default()
    };
    if let Some(kind) = &kind {
        asked.filters.push(("kind".to_owned(), kind.into()));
    }
    let listed = read!(&imports.app.db, |tx| IMPORTS.page(tx, &scope, &asked).await).await;
    let listed = listed.map_err(|error: DbError| PageError::from(error))?;
    let now = imports.app.clock.now();
    let rows = listed
        .rows
        .iter()
        .map(|row| line(row, now))
        .collect::<Result<_, _>>()?;
    let with_kind = kind
        .as_deref()
        .map_or(String::new(), |kind| format!("kind={kind}&"));
    let context = Context {
        rows,
        kinds: kind_links(kind.as_deref()),
        next: listed
            .next
            .map(|after| format!("/imports?{with_kind}after={after}")),
        may_import: viewer.principal.may_enter(Action::ImportData),
    };
    imports
        .app
        .page(&viewer, Page::new(&LIST, "Imports"), &context)
}

/// The kinds of import: code and words.
pub(super) const KINDS: [(&str, &str); 5] = [
    ("police-uk", "Police.uk street files"),
    ("records", "List of incidents"),
    ("areas", "Areas"),
    ("postcodes", "Postcodes"),
    ("context", "Context figures"),
];

pub(super) fn kind_words(kind: &str) -> &'static str {
    KINDS
        .iter()
        .find(|(code, _)| *code == kind)
        .map_or("Import", |(_, words)| words)
}

fn kind_links(chosen: Option<&str>) -> Vec<KindLink> {
    let all = KindLink {
        text: "All".to_owned(),
        href: "/imports".to_owned(),
        active: chosen.is_none(),
    };
    let each = KINDS.iter().map(|(code, words)| KindLink {
        text: (*words).to_owned(),
        href: format!("/imports?kind={code}"),
        active: chosen == Some(*code),
    });
    std::iter::once(all).chain(each).collect()
}

/// A state in words, with the colour of its tag.
pub(super) fn state_words(state: &str, silent: bool) -> (&'static str, &'static str) {
    match state {
        "loading" if silent => ("Stopped", "red"),
        "loading" => ("Loading", "blue"),
        "visible" => ("Imported", "green"),
        "rejected" => ("Held back", "red"),
        "replaced" => ("Replaced since", "grey"),
        "partly replaced" => ("Partly replaced since", "grey"),
        _ => ("Failed", "red"),
    }
}

/// A moment as people here read it.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    let local = at.with_timezone(&chrono_tz::Europe::London);
    local.format("%-d %B %Y, %H:%M").to_string()
}

pub(super) fn silent(row: &Row, now: DateTime<Utc>) -> Result<bool, DbError> {
    Ok(row
        .get::<Option<DateTime<Utc>>>("lease_until")?
        .is_some_and(|until| until < now))
}

pub(super) fn line(row: &Row, now: DateTime<Utc>) -> Result<Line, DbError> {
    let (state, colour) = state_words(&row.get::<String>("state")?, silent(row, now)?);
    Ok(Line {
        id: row.get("id")?,
        name: row.get("name")?,
        kind: kind_words(&row.get::<String>("kind")?),
        state,
        colour,
        started: moment(row.get("started_at")?),
        by: row
            .get::<Option<String>>("by_name")?
            .unwrap_or_else(|| "the command line".to_owned()),
        rows: whole(row.get("rows")?),
        rejected: whole(row.get("rejected")?),
    })
}
