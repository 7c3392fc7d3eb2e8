//! The moderators' queue.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::policy::Action;
use commonweal_access::web::{PageError, Path, Query, Sent, Viewer};
use commonweal_core::{DbError, read, write};
use commonweal_govuk::{Form, Page, page};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::{PlacePages, path_of};
use super::model::{Flag, flags};
use super::store::{self, Contribution};

page!(pub(crate) QUEUE, "places/contributions.html", "queue.html");
page!(pub(crate) DECIDE, "places/contribution_decide.html", "decide.html");

/// Why something is not shown, in words for whoever wrote it; 'other' is written by the moderator.
const REASONS: [(&str, &str); 6] = [
    (
        "names",
        "It names somebody, or says enough to know who or which home is meant.",
    ),
    (
        "report",
        "It tells of something that should be reported. Please report it: the page of the place says how.",
    ),
    (
        "abuse",
        "It insults or threatens somebody, or says something that the law forbids.",
    ),
    ("advertising", "It advertises something."),
    ("elsewhere", "It is not about this place or its safety."),
    ("other", "Something else"),
];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    state: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) href: String,
    pub(crate) place: String,
    pub(crate) kind: &'static str,
    pub(crate) start: String,
    pub(crate) came: String,
    pub(crate) flags: usize,
}

#[derive(Debug, Serialize)]
pub(crate) struct Tab {
    pub(crate) text: String,
    pub(crate) href: &'static str,
    pub(crate) active: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct Queue {
    pub(crate) tabs: Vec<Tab>,
    pub(crate) rows: Vec<Row>,
}

fn kind(one: &Contribution) -> &'static str {
    if one.kind == "offer" {
        "Offer of help"
    } else {
        "Comment"
    }
}

async fn known(pages: &PlacePages) -> Result<Vec<String>, PageError> {
    let (_, _, directory) = pages.now().await?;
    Ok(directory
        .places
        .iter()
        .map(|place| place.name.clone())
        .collect())
}

pub(crate) async fn list(
    State(pages): State<PlacePages>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let states = [
        ("waiting", "To read", "/places/contributions"),
        ("approved", "Shown", "/places/contributions?state=approved"),
        ("refused", "Refused", "/places/contributions?state=refused"),
    ];
    let state = states
        .iter()
        .map(|(state, _, _)| *state)
        .find(|state| *state == asked.state)
        .unwrap_or("waiting");
    let app = pages.app();
    let (found, waiting) = read!(&app.db, |tx| {
        Ok::<_, PageError>((store::of_state(tx, state).await?, store::waiting(tx).await?))
    })
    .await?;
    let ids: Vec<Uuid> = found.iter().map(|one| one.id).collect();
    app.access_log
        .record(&app.clock, &viewer, Action::ManagePlacePages, &ids)
        .await?;
    let known = known(&pages).await?;
    let rows = found.iter().map(|one| Row {
        href: format!("/places/contributions/{}", one.id),
        place: one.place_name.clone(),
        kind: kind(one),
        start: start(&one.text),
        came: store::came(one),
        flags: flags(&one.text, &known).len(),
    });
    let context = Queue {
        rows: rows.collect(),
        tabs: states
            .iter()
            .map(|(own, text, href)| Tab {
                text: if *own == "waiting" {
                    format!("{text} ({waiting})")
                } else {
                    (*text).to_owned()
                },
                href,
                active: *own == state,
            })
            .collect(),
    };
    let page = Page::new(&QUEUE, "What residents say").breadcrumb("Places", "/places");
    app.page(&viewer, page, &context)
}

fn start(text: &str) -> String {
    let short: String = text.chars().take(80).collect();
    if short.len() < text.len() {
        format!("{short}…")
    } else {
        short
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Reason {
    pub(crate) value: &'static str,
    pub(crate) text: &'static str,
    pub(crate) checked: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct Decide {
    pub(crate) action: String,
    pub(crate) place: String,
    pub(crate) href: String,
    pub(crate) kind: &'static str,
    pub(crate) came: String,
    pub(crate) text: String,
    pub(crate) contact: Option<String>,
    pub(crate) state: String,
    pub(crate) reason: Option<String>,
    pub(crate) flags: Vec<Flag>,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) version: i64,
    pub(crate) conflict: bool,
}

async fn find(pages: &PlacePages, viewer: &Viewer, id: Uuid) -> Result<Contribution, PageError> {
    let app = pages.app();
    let one = read!(&app.db, |tx| store::find(tx, id)
        .await
        .map_err(PageError::from))
    .await?;
    app.access_log
        .record(&app.clock, viewer, Action::ManagePlacePages, &[id])
        .await?;
    Ok(one)
}

async fn show(
    pages: &PlacePages,
    viewer: &Viewer,
    one: Contribution,
    form: &Form,
    conflict: bool,
) -> Result<Response, PageError> {
    let known = known(pages).await?;
    let context = Decide {
        action: format!("/places/contributions/{}", one.id),
        href: path_of(&one.place),
        kind: kind(&one),
        came: store::came(&one),
        flags: flags(&one.text, &known),
        reasons: REASONS
            .iter()
            .map(|(value, text)| Reason {
                value,
                text,
                checked: form.value("reason") == *value,
            })
            .collect(),
        place: one.place_name,
        text: one.text,
        contact: one.contact,
        state: one.state,
        reason: one.reason,
        version: one.version,
        conflict,
    };
    let mut page = Page::new(&DECIDE, "Decide what is shown")
        .breadcrumb("Places", "/places")
        .breadcrumb("What residents say", "/places/contributions")
        .form(form);
    if conflict {
        page = page.status(StatusCode::CONFLICT);
    }
    pages.app().page(viewer, page, &context)
}

pub(crate) async fn look(
    State(pages): State<PlacePages>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    let one = find(&pages, &viewer, id).await?;
    show(&pages, &viewer, one, &Form::default(), false).await
}

pub(crate) async fn decide(
    State(pages): State<PlacePages>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let one = find(&pages, &viewer, id).await?;
    let approve = match form.value("decision") {
        "approve" => true,
        "refuse" => false,
        _ => {
            form.errors.add("decision", "Select whether it is shown");
            return show(&pages, &viewer, one, &form, false).await;
        }
    };
    let reason = if approve {
        None
    } else {
        let Some(reason) = reason(&mut form) else {
            return show(&pages, &viewer, one, &form, false).await;
        };
        Some(reason)
    };
    let version: i64 = form.value("version").parse().unwrap_or(0);
    let state = if approve { "approved" } else { "refused" };
    let app = pages.app();
    let done = write!(&app.db, &app.clock, &viewer.actor(), |tx| store::decide(
        tx,
        id,
        version,
        state,
        reason.as_deref()
    )
    .await)
    .await;
    match done {
        Ok(()) => {
            let words = if approve {
                "It is on the public page now"
            } else {
                "It is not shown. Whoever wrote it can read why"
            };
            app.flash(&viewer, words).await?;
            Ok(Redirect::to("/places/contributions").into_response())
        }
        Err(DbError::Stale) => {
            let now = find(&pages, &viewer, id).await?;
            show(&pages, &viewer, now, &form, true).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The reason in words; none where it is missing.
fn reason(form: &mut Form) -> Option<String> {
    let chosen = REASONS
        .iter()
        .find(|(value, _)| *value == form.value("reason"));
    match chosen {
        Some(("other", _)) => {
            let own = form.required("other", "Enter the reason");
            if own.chars().count() > 300 {
                form.errors
                    .add("other", "The reason must be 300 characters or fewer");
            }
            form.is_valid().then_some(own)
        }
        Some((_, words)) => Some((*words).to_owned()),
        None => {
            form.errors.add("reason", "Select why it is not shown");
            None
        }
    }
}
