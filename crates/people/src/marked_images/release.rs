//! For data protection officers: what was stopped, where it is named, and giving it free again.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::web::{PageError, Path, Query, Sent, Viewer};
use commonweal_core::db::{Asked, Predicate};
use commonweal_core::{DbError, ReadTx, args, read, sql, write};
use commonweal_govuk::{Form, Page, page};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::MarkedImages;
use super::pages::moment;
use super::store::{self, MARKED, Marked};

page!(pub(super) LIST, "marked_images/list.html", "list.html");
page!(pub(super) SHOW, "marked_images/show.html", "show.html");

/// The longest reason, in characters.
const LONGEST: usize = 2_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    after: Option<Uuid>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Line {
    pub(super) reference: String,
    pub(super) when: String,
    pub(super) released: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct ListContext {
    pub(super) rows: Vec<Line>,
    pub(super) next: Option<String>,
}

/// Where a stopped content is named.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Named {
    pub(super) what: &'static str,
    pub(super) reference: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct ShowContext {
    pub(super) reference: String,
    pub(super) sha256: String,
    pub(super) when: String,
    pub(super) who: String,
    pub(super) officers: i64,
    pub(super) police: bool,
    pub(super) named: Vec<Named>,
    pub(super) version: i64,
    pub(super) longest: usize,
    pub(super) released: Option<Released>,
    pub(super) stale: bool,
}

/// How it was given free.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Released {
    pub(super) when: String,
    pub(super) who: String,
    pub(super) reason: String,
}

/// `GET /marked-files`.
pub(super) async fn list(
    State(state): State<MarkedImages>,
    viewer: Viewer,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let app = &state.people.app;
    let asked = Asked {
        sort: Some("newest".to_owned()),
        after: wanted.after,
        ..Asked::default()
    };
    // Whoever has the grant sees them all: the route asked for it.
    let found: Result<_, DbError> = read!(&app.db, |tx| MARKED
        .page(tx, &Predicate::everything(), &asked)
        .await)
    .await;
    let found = found?;
    let mut rows = Vec::new();
    for row in &found.rows {
        let marked = Marked::from_row(row)?;
        rows.push(Line {
            when: moment(marked.marked_at),
            released: marked.released_at.is_some(),
            reference: marked.reference,
        });
    }
    let context = ListContext {
        rows,
        next: found
            .next
            .map(|after| format!("/marked-files?after={after}")),
    };
    app.page(&viewer, Page::new(&LIST, "Stopped files"), &context)
}

async fn name_of(tx: &mut ReadTx, user: Uuid) -> Result<String, DbError> {
    let row = tx
        .optional(sql!("select name from users where id = $1"), args![user])
        .await?;
    row.map_or_else(
        || Ok("Somebody without an account now".to_owned()),
        |row| row.get("name"),
    )
}

/// The records that name a content, by reference.
async fn named(tx: &mut ReadTx, sha256: &str) -> Result<Vec<Named>, DbError> {
    let mut all = Vec::new();
    for (kind, subject) in store::uses(tx, sha256).await? {
        let (what, text) = match kind.as_str() {
            "form_record" | "form_attachment" => (
                "Record",
                Some(sql!("select reference from form_records where id = $1")),
            ),
            "report" => (
                "Report",
                Some(sql!("select reference from reports where id = $1")),
            ),
            "form_draft" => ("A form that was not sent yet", None),
            _ => ("An upload that was not sent yet", None),
        };
        let reference = match text {
            Some(text) => match tx.optional(text, args![subject]).await? {
                Some(row) => row.get("reference")?,
                None => "no longer kept".to_owned(),
            },
            None => String::new(),
        };
        all.push(Named { what, reference });
    }
    Ok(all)
}

async fn respond(
    state: &MarkedImages,
    viewer: &Viewer,
    reference: &str,
    form: &Form,
    stale: bool,
) -> Result<Response, PageError> {
    let app = &state.people.app;
    let found: Result<_, DbError> = read!(&app.db, |tx| {
        let marked = store::by_reference(tx, reference).await?;
        let who = name_of(tx, marked.marked_by).await?;
        let released = match (marked.released_at, marked.released_by) {
            (Some(at), Some(by)) => Some(Released {
                when: moment(at),
                who: name_of(tx, by).await?,
                reason: marked.reason.clone(),
            }),
            _ => None,
        };
        let named = named(tx, &marked.sha256).await?;
        Ok((marked, who, released, named))
    })
    .await;
    let (marked, who, released, named) = found?;
    let title = format!("Stopped file {}", marked.reference);
    let context = ShowContext {
        when: moment(marked.marked_at),
        who,
        officers: marked.officers,
        police: marked.police,
        named,
        version: marked.version,
        longest: LONGEST,
        released,
        stale,
        reference: marked.reference,
        sha256: marked.sha256,
    };
    let page = Page::new(&SHOW, title).back("/marked-files").form(form);
    app.page(viewer, page, &context)
}

/// `GET /marked-files/{reference}`.
pub(super) async fn show(
    State(state): State<MarkedImages>,
    viewer: Viewer,
    Path(reference): Path<String>,
) -> Result<Response, PageError> {
    respond(&state, &viewer, &reference, &Form::default(), false).await
}

/// `POST /marked-files/{reference}`: gives it free again, with a reason.
pub(super) async fn release(
    State(state): State<MarkedImages>,
    viewer: Viewer,
    Path(reference): Path<String>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let app = &state.people.app;
    let reason = form.required(
        "reason",
        "Enter why it may be given again, and who decided it",
    );
    if reason.chars().count() > LONGEST {
        let message = format!("It must be {LONGEST} characters or fewer");
        form.errors.add("reason", message);
    }
    let version = form.value("version").parse::<i64>().ok();
    let (Some(version), true) = (version, form.is_valid()) else {
        return respond(&state, &viewer, &reference, &form, false).await;
    };
    let done = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        let marked = store::by_reference(tx, &reference).await?;
        store::release(tx, viewer.user(), &marked, version, &reason).await
    })
    .await;
    match done {
        Ok(()) => {
            app.flash(&viewer, "The file can be opened again").await?;
            Ok(Redirect::to(&format!("/marked-files/{reference}")).into_response())
        }
        Err(DbError::Stale) => respond(&state, &viewer, &reference, &form, true).await,
        Err(error) => Err(error.into()),
    }
}
