//! The list of messages, and one message.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use commonweal_access::account::moment;
use commonweal_access::policy::{Action, Kind, Resource};
use commonweal_access::web::{App, PageError, Path, Query, Viewer};
use commonweal_core::db::{Asked, Row};
use commonweal_core::mail::OUTBOX;
use commonweal_core::{DbError, Value, args, read, sql};
use commonweal_govuk::format::whole;
use commonweal_govuk::{Page, page};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

page!(pub(super) LIST_PAGE, "records/outbox.html", "list.html");
page!(pub(super) MESSAGE_PAGE, "records/message.html", "message.html");

/// Counts go no further.
const MOST: i64 = 1_001;

/// The states: name in the table, on tabs, colour of the badge.
const STATES: [(&str, &str, &str); 4] = [
    ("waiting", "Waiting", "blue"),
    ("kept", "Kept here", "grey"),
    ("sent", "Sent", "green"),
    ("failed", "Not delivered", "red"),
];

#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    state: String,
    after: Option<Uuid>,
}

#[derive(Debug, Serialize)]
pub(super) struct ListContext {
    pub tabs: Vec<Tab>,
    pub rows: Vec<Line>,
    pub heading: String,
    pub next: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Tab {
    pub text: String,
    pub href: String,
    pub active: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub id: Uuid,
    pub subject: String,
    pub to: String,
    pub kind: String,
    pub state: &'static str,
    pub colour: &'static str,
    pub written: String,
    pub ended: Option<String>,
    pub error: Option<String>,
}

impl Line {
    fn of(row: &Row) -> Result<Self, DbError> {
        let name: String = row.get("state")?;
        let known = STATES.into_iter().find(|known| known.0 == name);
        let (_, state, colour) = known.unwrap_or(("", "Unknown", "grey"));
        let ended: Option<DateTime<Utc>> = row.get("ended_at")?;
        Ok(Self {
            id: row.get("id")?,
            subject: row.get("subject")?,
            to: row.get("to_address")?,
            kind: row.get("kind")?,
            state,
            colour,
            written: moment(row.get("created_at")?),
            ended: ended.map(moment),
            error: row.get("error")?,
        })
    }
}

/// What the page of one message shows.
#[derive(Debug, Serialize)]
pub(super) struct MessageContext {
    pub message: Line,
    /// Its paragraphs, each of lines.
    pub paragraphs: Vec<Vec<String>>,
}

pub(super) async fn show_list(
    State(app): State<App>,
    viewer: Viewer,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let chosen = STATES.iter().find(|known| known.0 == wanted.state);
    let in_state = |name: &str| vec![("state".to_owned(), Value::from(name))];
    let scope = viewer.principal.scope(Action::SeeOutbox, Kind::Message);
    let asked = Asked {
        filters: chosen.map(|known| in_state(known.0)).unwrap_or_default(),
        after: wanted.after,
        ..Asked::default()
    };
    let looked: Result<_, DbError> = read!(&app.db, |tx| {
        let page = OUTBOX.page(tx, &scope, &asked).await?;
        let mut counts = [0; STATES.len()];
        for (count, known) in counts.iter_mut().zip(STATES) {
            *count = OUTBOX.count(tx, &scope, &in_state(known.0), MOST).await?;
        }
        Ok((page, counts))
    })
    .await;
    let (page, counts) = looked?;
    let rows: Vec<Line> = page
        .rows
        .iter()
        .map(Line::of)
        .collect::<Result<_, DbError>>()?;
    if !rows.is_empty() {
        let shown: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        app.access_log
            .record(&app.clock, &viewer, Action::SeeOutbox, &shown)
            .await?;
    }
    let mut tabs = vec![Tab {
        text: "All".to_owned(),
        href: "/outbox".to_owned(),
        active: chosen.is_none(),
    }];
    tabs.extend(STATES.iter().zip(counts).map(|(known, count)| Tab {
        text: match count {
            MOST.. => format!("{} ({}+)", known.1, whole(MOST - 1)),
            count => format!("{} ({})", known.1, whole(count)),
        },
        href: format!("/outbox?state={}", known.0),
        active: chosen.is_some_and(|chosen| chosen.0 == known.0),
    }));
    let context = ListContext {
        tabs,
        rows,
        heading: chosen.map_or("All messages", |known| known.1).to_owned(),
        next: page.next.map(|after| match chosen {
            Some(known) => format!("/outbox?state={}&after={after}", known.0),
            None => format!("/outbox?after={after}"),
        }),
    };
    app.page(&viewer, Page::new(&LIST_PAGE, "Outbox"), &context)
}

pub(super) async fn show_message(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    viewer.must(Action::SeeOutbox, &Resource::new(Kind::Message, id))?;
    let found: Result<_, DbError> = read!(&app.db, |tx| {
        tx.one(
            sql!(
                "select id, kind, to_address, subject, body, state, created_at, ended_at, error
                 from outbox where id = $1"
            ),
            args![id],
        )
        .await
    })
    .await;
    let row = found?;
    let context = MessageContext {
        message: Line::of(&row)?,
        paragraphs: paragraphs(&row.get::<String>("body")?),
    };
    app.access_log
        .record(&app.clock, &viewer, Action::SeeOutbox, &[id])
        .await?;
    let page = Page::new(&MESSAGE_PAGE, "Message").breadcrumb("Outbox", "/outbox");
    app.page(&viewer, page, &context)
}

/// Plain text as paragraphs of lines.
pub(super) fn paragraphs(text: &str) -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    for line in text.lines() {
        if line.trim().is_empty() {
            all.push(Vec::new());
        } else if let Some(last) = all.last_mut() {
            last.push(line.to_owned());
        }
    }
    all.retain(|paragraph| !paragraph.is_empty());
    all
}
