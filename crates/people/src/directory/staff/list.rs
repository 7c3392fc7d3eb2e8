//! The list of entries, as far as the viewer may see them, with its filters.

use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use commonweal_access::policy::{Action, Kind, Resource};
use commonweal_access::web::{PageError, Query, Viewer};
use commonweal_core::db::{Asked, Filter, List, Sort};
use commonweal_core::{DbError, Row, Value, list, read};
use commonweal_govuk::{Language, Page};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::people;
use crate::directory::GoTo;
use crate::directory::model::{EntryKind, Organisation, State as Shown, hours_words};
use crate::directory::store;

commonweal_govuk::page!(pub(super) LIST_PAGE, "directory/list.html", "list.html");

static ENTRIES: List = List {
    columns: "directory_entries.id, directory_entries.kind, directory_entries.name, directory_entries.state, directory_entries.agency, \
              directory_entries.owner, directory_entries.assured_on, directory_entries.version, organisations.name as organisation_name, \
              keepers.name as keeper_name",
    from: "directory_entries left join directory_entries as organisations on organisations.id = directory_entries.organisation \
           left join users as keepers on keepers.id = directory_entries.owner",
    key: "directory_entries.id",
    filters: &[
        Filter {
            name: "kind",
            sql: "directory_entries.kind = ?",
        },
        Filter {
            name: "state",
            sql: "directory_entries.state = ?",
        },
        Filter {
            name: "organisation",
            sql: "directory_entries.organisation = ?",
        },
        Filter {
            name: "term",
            sql: "directory_entries.id in (select entry from directory_terms where term = ?)",
        },
        Filter {
            name: "stale",
            sql: "directory_entries.state = 'published' and coalesce(directory_entries.assured_on < ?, true)",
        },
        Filter {
            name: "unassured",
            sql: "directory_entries.assured_on is null and directory_entries.kind = ?",
        },
        Filter {
            name: "owner",
            sql: "directory_entries.owner = ?",
        },
        Filter {
            name: "words",
            sql: "lower(directory_entries.name) like ?",
        },
    ],
    sorts: &[
        Sort {
            name: "name",
            by: "lower(directory_entries.name)",
            descending: false,
        },
        Sort {
            name: "changed",
            by: "directory_entries.changed_at",
            descending: true,
        },
    ],
};
list!(ENTRIES);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    kind: String,
    words: String,
    organisation: String,
    term: String,
    check: String,
    state: String,
    after: Option<Uuid>,
}

#[derive(Debug, Serialize)]
pub(super) struct EntryRow {
    pub(super) href: Option<String>,
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) organisation: String,
    pub(super) state: String,
    pub(super) keeper: String,
    pub(super) assured: String,
    pub(super) stale: bool,
    pub(super) service: bool,
    pub(super) editable: bool,
    pub(super) version: i64,
}

#[derive(Debug, Serialize)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) text: String,
    pub(super) selected: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Tab {
    pub(super) text: &'static str,
    pub(super) href: &'static str,
    pub(super) active: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct ListContext {
    pub(super) tabs: Vec<Tab>,
    pub(super) kind: &'static str,
    pub(super) add: Option<(String, &'static str)>,
    pub(super) import: bool,
    pub(super) words: String,
    pub(super) organisations: Vec<Choice>,
    pub(super) terms: Vec<Choice>,
    pub(super) checks: Vec<Choice>,
    pub(super) states: Vec<Choice>,
    pub(super) rows: Vec<EntryRow>,
    pub(super) count: i64,
    pub(super) next: Option<String>,
    pub(super) here: String,
}

fn choice(chosen: &str, value: impl Into<String>, text: impl Into<String>) -> Choice {
    let value = value.into();
    Choice {
        selected: value == chosen,
        value,
        text: text.into(),
    }
}

fn filters(
    kind: EntryKind,
    wanted: &Wanted,
    viewer: &Viewer,
    stale_before: NaiveDate,
) -> Vec<(String, Value)> {
    let mut filters = vec![("kind".to_owned(), Value::from(kind.name()))];
    let mut add = |name: &str, value: Value| filters.push((name.to_owned(), value));
    if !wanted.words.trim().is_empty() {
        let plain: String = wanted
            .words
            .trim()
            .to_lowercase()
            .chars()
            .filter(|c| *c != '%' && *c != '_')
            .take(100)
            .collect();
        add("words", Value::from(format!("%{plain}%")));
    }
    if let Ok(organisation) = wanted.organisation.parse::<Uuid>() {
        add("organisation", Value::from(organisation));
    }
    if !wanted.term.is_empty() {
        add("term", Value::from(wanted.term.as_str()));
    }
    match wanted.check.as_str() {
        "stale" => add("stale", Value::from(stale_before)),
        "unassured" => add("unassured", Value::from(kind.name())),
        "mine" => add("owner", Value::from(viewer.user())),
        _ => {}
    }
    if let Some(state) = Shown::from_name(&wanted.state) {
        add("state", Value::from(state.name()));
    }
    filters
}

fn row(viewer: &Viewer, row: &Row, stale_before: NaiveDate) -> Result<EntryRow, DbError> {
    let (id, kind, state): (Uuid, String, String) =
        (row.get("id")?, row.get("kind")?, row.get("state")?);
    let (agency, owner): (Option<Uuid>, Option<Uuid>) = (row.get("agency")?, row.get("owner")?);
    let assured: Option<NaiveDate> = row.get("assured_on")?;
    let service = kind == EntryKind::Service.name();
    let editable = viewer.may(
        Action::EditDirectory,
        &Resource::directory_entry(id, agency, owner),
    );
    let kind = EntryKind::from_name(&kind).unwrap_or(EntryKind::Service);
    Ok(EntryRow {
        href: (service || editable).then(|| format!("/directory/{}/{id}", kind.path())),
        id,
        name: row.get("name")?,
        organisation: row
            .get::<Option<String>>("organisation_name")?
            .unwrap_or_default(),
        stale: service
            && state == "published"
            && assured.is_none_or(|assured| assured < stale_before),
        state,
        keeper: row
            .get::<Option<String>>("keeper_name")?
            .unwrap_or_else(|| "Nobody".to_owned()),
        assured: assured.map_or_else(
            || "Never".to_owned(),
            |date| hours_words::date(Language::English, date),
        ),
        service,
        editable,
        version: row.get("version")?,
    })
}

/// The address of this list without the page.
fn address(wanted: &Wanted) -> String {
    let pairs = [
        ("kind", &wanted.kind),
        ("words", &wanted.words),
        ("organisation", &wanted.organisation),
        ("term", &wanted.term),
        ("check", &wanted.check),
        ("state", &wanted.state),
    ];
    let escaped = |text: &str| {
        text.bytes()
            .map(|b| {
                if b.is_ascii_alphanumeric() || b == b'-' {
                    char::from(b).to_string()
                } else {
                    format!("%{b:02X}")
                }
            })
            .collect::<String>()
    };
    let query: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", escaped(value)))
        .collect();
    format!("/directory?{}", query.join("&"))
}

pub(super) async fn show(
    State(state): State<GoTo>,
    viewer: Viewer,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let content = state.content().await?;
    let stale_before = content.rules.stale_before(state.app.clock.today());
    let kind = EntryKind::from_name(&wanted.kind).unwrap_or(EntryKind::Service);
    let scope = viewer
        .principal
        .scope(Action::SeeDirectoryDrafts, Kind::DirectoryEntry);
    let filters = filters(kind, &wanted, &viewer, stale_before);
    let asked = Asked {
        filters: filters.clone(),
        after: wanted.after,
        ..Asked::default()
    };
    let (page, count, organisations) = read!(&state.app.db, |tx| {
        let page = ENTRIES.page(tx, &scope, &asked).await?;
        let count = ENTRIES.count(tx, &scope, &filters, 10_000).await?;
        Ok::<_, DbError>((page, count, store::all::<Organisation>(tx).await?))
    })
    .await?;
    let rows: Result<Vec<EntryRow>, DbError> = page
        .rows
        .iter()
        .map(|found| row(&viewer, found, stale_before))
        .collect();
    let visible = organisations.iter().filter(|entry| {
        entry.head.state == Shown::Published || people::must_see(&viewer, &entry.head).is_ok()
    });
    let may_edit = viewer.principal.may_enter(Action::EditDirectory);
    let here = address(&wanted);
    let tab = |text, href, of| Tab {
        text,
        href,
        active: kind == of,
    };
    let add = match kind {
        EntryKind::Service => "Add a service",
        EntryKind::Organisation => "Add an organisation",
        EntryKind::Location => "Add a location",
    };
    let any = |text: &str| Choice {
        value: String::new(),
        text: text.to_owned(),
        selected: false,
    };
    let context = ListContext {
        tabs: vec![
            tab("Services", "/directory", EntryKind::Service),
            tab(
                "Organisations",
                "/directory?kind=organisation",
                EntryKind::Organisation,
            ),
            tab("Locations", "/directory?kind=location", EntryKind::Location),
        ],
        kind: kind.name(),
        add: may_edit.then(|| (format!("/directory/{}/new", kind.path()), add)),
        import: people::everywhere(&viewer),
        organisations: std::iter::once(any("Every organisation"))
            .chain(visible.map(|entry| {
                choice(
                    &wanted.organisation,
                    entry.head.id.to_string(),
                    &entry.body.name,
                )
            }))
            .collect(),
        terms: std::iter::once(any("Anything"))
            .chain(
                content
                    .needs
                    .terms
                    .iter()
                    .map(|term| choice(&wanted.term, &term.key, &term.name)),
            )
            .collect(),
        checks: vec![
            any("All"),
            choice(&wanted.check, "stale", "To check again"),
            choice(&wanted.check, "unassured", "Never assured"),
            choice(&wanted.check, "mine", "Kept by me"),
        ],
        states: vec![
            any("Any state"),
            choice(&wanted.state, "published", "Published"),
            choice(&wanted.state, "draft", "Draft"),
            choice(&wanted.state, "archived", "Archived"),
        ],
        words: wanted.words.clone(),
        rows: rows?,
        count,
        next: page.next.map(|after| format!("{here}&after={after}")),
        here,
    };
    state
        .app
        .page(&viewer, Page::new(&LIST_PAGE, "Directory"), &context)
}
