//! A colleague's own drafts.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::{DateTime, Utc};
use chrono_tz::Europe::London;
use commonweal_access::web::{PageError, Path, Viewer, Visit};
use commonweal_core::{DbError, read, write};
use commonweal_govuk::{Page, page};
use commonweal_records::ports::HomeLink;
use serde::Serialize;
use std::collections::BTreeSet;
use uuid::Uuid;

use super::journey::{self, Journey};
use super::{drafts, edit};
use crate::Forms;
use crate::register::store;

page!(pub(super) MINE, "forms/mine.html", "mine.html");

/// A list of drafts.
#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) days: i64,
    pub(super) rows: Vec<Row>,
}

/// A draft.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) href: String,
    pub(super) title: String,
    pub(super) note: Option<String>,
    pub(super) changed: String,
    pub(super) until: String,
    pub(super) remove: String,
}

/// The link of the home page.
#[must_use]
pub fn home_link() -> HomeLink {
    HomeLink {
        group: "Forms and registers",
        title: "Your drafts",
        hint: "Forms that you have begun and not sent",
        href: "/forms/drafts",
        rule: commonweal_access::web::Rule::Records(commonweal_access::policy::RecordAct::Add),
    }
}

/// A moment as people read it: `1 June 2026, 13:00`.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    at.with_timezone(&London)
        .format("%-d %B %Y, %H:%M")
        .to_string()
}

/// A day as people read it: `1 June 2026`.
pub(crate) fn day(at: DateTime<Utc>) -> String {
    at.with_timezone(&London).format("%-d %B %Y").to_string()
}

/// `GET /forms/drafts`.
pub(super) async fn list(
    State(forms): State<Forms>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let app = &forms.app;
    let (owner, now) = (format!("user:{}", viewer.user()), app.clock.now());
    let found = read!(&app.db, |tx| drafts::of_owner(tx, &owner, None, now)
        .await
        .map_err(PageError::from))
    .await?;
    let mut rows = Vec::new();
    for draft in found {
        let key = draft.definition.clone();
        let Ok(definition) = journey::version(&forms, &key, draft.definition_version).await else {
            continue;
        };
        let (changed, until, remove) = (
            moment(draft.changed_at),
            day(draft.expires_at),
            format!("/forms/drafts/{}/delete", draft.id),
        );
        let title = definition.title.en().to_owned();
        let (href, note) = match draft.record {
            Some(record) => {
                let record = read!(&app.db, |tx| store::load(tx, record)
                    .await
                    .map_err(PageError::from))
                .await?;
                (
                    edit::check_href(&record),
                    Some(format!("Changes to {}", record.reference)),
                )
            }
            None => {
                let note = (draft.channel == "offline").then(|| "A paper copy".to_owned());
                let journey = Journey {
                    definition,
                    base: format!("/forms/{key}/drafts/{}", draft.id),
                    draft,
                    record: None,
                    withheld: BTreeSet::new(),
                    state: None,
                };
                (journey.next_to_do(app.clock.today()), note)
            }
        };
        rows.push(Row {
            href,
            title,
            note,
            changed,
            until,
            remove,
        });
    }
    app.page(
        &viewer,
        Page::new(&MINE, "Your drafts").breadcrumb("Home", "/"),
        &Context {
            days: drafts::DAYS,
            rows,
        },
    )
}

/// `POST /forms/drafts/{draft}/delete`.
pub(super) async fn delete(
    State(forms): State<Forms>,
    visit: Visit,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    let app = &forms.app;
    let now = app.clock.now();
    let draft = read!(&app.db, |tx| drafts::load(tx, id, now)
        .await
        .map_err(PageError::from))
    .await;
    match draft {
        // A second press of the button: it is gone already.
        Err(PageError::NotFound) => {}
        Err(error) => return Err(error),
        Ok(draft) if !journey::owners(&visit).contains(&draft.owner) => {
            return Err(PageError::NotFound);
        }
        Ok(_) => {
            write!(&app.db, &app.clock, &viewer.actor(), |tx| {
                drafts::remove(tx, id).await
            })
            .await
            .map_err(|error: DbError| PageError::from(error))?;
            app.flash(&viewer, "The draft was deleted").await?;
        }
    }
    Ok(Redirect::to("/forms/drafts").into_response())
}
