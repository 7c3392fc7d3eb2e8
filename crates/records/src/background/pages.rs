//! The page of background work, and its two buttons.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::{DateTime, Utc};
use commonweal_access::account::moment;
use commonweal_access::policy::{Action, Kind, Resource};
use commonweal_access::web::{PageError, Path, Query, Viewer};
use commonweal_core::db::{Asked, Row};
use commonweal_core::jobs::{self, JOBS};
use commonweal_core::{DbError, Value, read, write};
use commonweal_govuk::format::whole;
use commonweal_govuk::{Page, page};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Background, store};

page!(pub(super) JOBS_PAGE, "records/background.html", "list.html");

/// Counts go no further.
const MOST: i64 = 1_001;

/// The states: name in the table, on tabs, colour of the badge.
const STATES: [(&str, &str, &str); 4] = [
    ("waiting", "Waiting", "blue"),
    ("running", "Running", "purple"),
    ("failed", "Laid aside", "red"),
    ("done", "Done", "green"),
];

#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    state: String,
    #[serde(default)]
    kind: String,
    after: Option<Uuid>,
}

/// What the page shows.
#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub tabs: Vec<Tab>,
    pub kinds: Vec<Choice>,
    pub state: String,
    pub heading: String,
    pub rows: Vec<Line>,
    pub recurring: Vec<RecurringLine>,
    pub next: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Tab {
    pub text: String,
    pub href: String,
    pub active: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Choice {
    pub value: String,
    pub text: String,
    pub selected: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub id: Uuid,
    pub title: String,
    pub state: &'static str,
    pub colour: &'static str,
    pub put_down: String,
    pub when: String,
    pub attempts: i64,
    pub reason: Option<String>,
    /// Whether this viewer may try it again or give it up now.
    pub manage: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct RecurringLine {
    pub title: String,
    pub every: String,
    pub next: String,
    pub last: String,
    pub reason: Option<String>,
}

pub(super) async fn show(
    State(state): State<Background>,
    viewer: Viewer,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let chosen = STATES.iter().find(|known| known.0 == wanted.state);
    let kind = state
        .titles
        .keys()
        .find(|name| **name == wanted.kind)
        .copied();
    let once = ("recurring".to_owned(), Value::from(false));
    let mut filters = vec![once.clone()];
    filters.extend(kind.map(|kind| ("kind".to_owned(), Value::from(kind))));
    let in_any_state = filters.clone();
    filters.extend(chosen.map(|known| ("state".to_owned(), Value::from(known.0))));
    let scope = viewer.principal.scope(Action::SeeJobs, Kind::Job);
    let asked = Asked {
        filters,
        after: wanted.after,
        ..Asked::default()
    };
    let looked: Result<_, DbError> = read!(&state.app.db, |tx| {
        let page = JOBS.page(tx, &scope, &asked).await?;
        let mut counts = [0; STATES.len()];
        for (count, known) in counts.iter_mut().zip(STATES) {
            let mut filters = in_any_state.clone();
            filters.push(("state".to_owned(), Value::from(known.0)));
            *count = JOBS.count(tx, &scope, &filters, MOST).await?;
        }
        Ok((page, counts, store::recurring(tx, &scope).await?))
    })
    .await;
    let (page, counts, recurring) = looked?;

    let href = |name: &str| address(name, kind, None);
    let mut tabs = vec![Tab {
        text: "All".to_owned(),
        href: href(""),
        active: chosen.is_none(),
    }];
    tabs.extend(STATES.iter().zip(counts).map(|(known, count)| Tab {
        text: format!("{} ({})", known.1, up_to(count)),
        href: href(known.0),
        active: chosen.is_some_and(|chosen| chosen.0 == known.0),
    }));
    let any = Choice {
        value: String::new(),
        text: "Any kind of work".to_owned(),
        selected: kind.is_none(),
    };
    let kinds = state.titles.iter().map(|(name, title)| Choice {
        value: (*name).to_owned(),
        text: (*title).to_owned(),
        selected: kind == Some(*name),
    });
    let context = Context {
        tabs,
        kinds: std::iter::once(any).chain(kinds).collect(),
        state: chosen.map_or_else(String::new, |known| known.0.to_owned()),
        heading: chosen.map_or("All work", |known| known.1).to_owned(),
        rows: page
            .rows
            .iter()
            .map(|row| line(&state, &viewer, row))
            .collect::<Result<_, DbError>>()?,
        recurring: recurring
            .iter()
            .map(|work| RecurringLine {
                title: state.title(&work.kind),
                every: every(work.every_seconds),
                next: match work.due_at {
                    _ if work.running => "Running now".to_owned(),
                    Some(at) => moment(at),
                    None => "Not planned".to_owned(),
                },
                last: work
                    .finished_at
                    .map_or_else(|| "Not yet".to_owned(), moment),
                reason: work.last_error.clone(),
            })
            .collect(),
        next: page
            .next
            .map(|after| address(chosen.map_or("", |known| known.0), kind, Some(after))),
    };
    state
        .app
        .page(&viewer, Page::new(&JOBS_PAGE, "Background work"), &context)
}

fn line(state: &Background, viewer: &Viewer, row: &Row) -> Result<Line, DbError> {
    let id: Uuid = row.get("id")?;
    let name: String = row.get("state")?;
    let due: Option<DateTime<Utc>> = row.get("due_at")?;
    let finished: Option<DateTime<Utc>> = row.get("finished_at")?;
    let (_, words, colour) = STATES
        .into_iter()
        .find(|known| known.0 == name)
        .unwrap_or(("", "Unknown", "grey"));
    let when = match (name.as_str(), due, finished) {
        ("waiting", Some(due), _) => format!("Due {}", moment(due)),
        ("running", ..) => "Now".to_owned(),
        (_, _, Some(finished)) => moment(finished),
        _ => String::new(),
    };
    Ok(Line {
        id,
        title: state.title(&row.get::<String>("kind")?),
        state: words,
        colour,
        put_down: moment(row.get("created_at")?),
        when,
        attempts: row.get("attempts")?,
        reason: row.get("last_error")?,
        manage: name == "failed" && viewer.may(Action::ManageJobs, &Resource::new(Kind::Job, id)),
    })
}

/// An address of this page; kinds are names of the program, so nothing needs escaping.
fn address(state: &str, kind: Option<&str>, after: Option<Uuid>) -> String {
    let state = (!state.is_empty()).then(|| format!("state={state}"));
    let parts: Vec<String> = state
        .into_iter()
        .chain(kind.map(|kind| format!("kind={kind}")))
        .chain(after.map(|after| format!("after={after}")))
        .collect();
    if parts.is_empty() {
        "/jobs".to_owned()
    } else {
        format!("/jobs?{}", parts.join("&"))
    }
}

/// A count that stopped counting: `1,000+`.
fn up_to(count: i64) -> String {
    if count >= MOST {
        format!("{}+", whole(MOST - 1))
    } else {
        whole(count)
    }
}

/// A period in words.
pub(super) fn every(seconds: i64) -> String {
    let words = |number: i64, unit: &str| match number {
        1 => format!("Every {unit}"),
        number => format!("Every {number} {unit}s"),
    };
    match seconds {
        seconds if seconds % 86_400 == 0 => words(seconds / 86_400, "day"),
        seconds if seconds % 3_600 == 0 => words(seconds / 3_600, "hour"),
        seconds if seconds % 60 == 0 => words(seconds / 60, "minute"),
        seconds => words(seconds, "second"),
    }
}

pub(super) async fn retry(
    State(state): State<Background>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    let app = &state.app;
    viewer.must(Action::ManageJobs, &Resource::new(Kind::Job, id))?;
    let outcome = write!(&app.db, &app.clock, &viewer.actor(), |tx| jobs::requeue(
        tx, id
    )
    .await)
    .await;
    answer(
        &state,
        &viewer,
        outcome,
        "It will be tried again in a moment",
    )
    .await
}

pub(super) async fn give_up(
    State(state): State<Background>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    let app = &state.app;
    viewer.must(Action::ManageJobs, &Resource::new(Kind::Job, id))?;
    let outcome = write!(&app.db, &app.clock, &viewer.actor(), |tx| store::give_up(
        tx, id
    )
    .await)
    .await;
    answer(
        &state,
        &viewer,
        outcome,
        "It was given up and will not be tried again",
    )
    .await
}

/// Back to what is laid aside. A second click finds nothing to do, and says so.
async fn answer(
    state: &Background,
    viewer: &Viewer,
    outcome: Result<(), DbError>,
    done: &str,
) -> Result<Response, PageError> {
    let words = match outcome {
        Ok(()) => done,
        Err(DbError::Stale) => {
            "This work is not laid aside any more: it was tried again or given up already"
        }
        Err(error) => return Err(error.into()),
    };
    state.app.flash(viewer, words).await?;
    Ok(Redirect::to("/jobs?state=failed").into_response())
}
