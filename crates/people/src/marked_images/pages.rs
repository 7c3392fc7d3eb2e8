//! Marking a file, and what to do then.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::policy::Action;
use commonweal_access::web::{PageError, Path, Sent, Viewer};
use commonweal_core::{DbError, read, write};
use commonweal_forms::register::seen_file;
use commonweal_govuk::{Page, page};
use commonweal_records::matters;
use serde::Serialize;
use uuid::Uuid;

use super::MarkedImages;
use super::store::{self, Use};

page!(pub(super) ASK, "marked_images/ask.html", "ask.html");
page!(pub(super) STEPS, "marked_images/steps.html", "steps.html");

#[derive(Debug, Clone, Serialize)]
pub(super) struct AskContext {
    pub(super) action: String,
    pub(super) back: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct StepsContext {
    pub(super) reference: String,
    pub(super) when: String,
    pub(super) officers: i64,
    pub(super) police_told: bool,
    pub(super) police_contact: Option<String>,
    pub(super) back: String,
}

/// A file that the viewer may see, and the page that lists it. Others get the same answer as where there
/// is none.
async fn seen(
    state: &MarkedImages,
    viewer: &Viewer,
    file: Uuid,
) -> Result<(Use, String), PageError> {
    let people = &state.people;
    let one = read!(&people.app.db, |tx| store::file_use(tx, file)
        .await
        .map_err(PageError::from))
    .await?;
    let (kind, subject) = (one.subject_kind.as_str(), one.subject);
    let report = read!(&people.app.db, |tx| store::report_of(tx, &one)
        .await
        .map_err(PageError::from))
    .await?;
    let back = match (report, kind) {
        (Some(report), _) => {
            let (matter, resource) = read!(&people.app.db, |tx| {
                let matter = matters::matter_of_report(tx, report).await?;
                let resource = matters::resource(tx, &matter).await?;
                Ok::<_, PageError>((matter, resource))
            })
            .await?;
            if !viewer.may(Action::SeeReports, &resource) {
                return Err(PageError::NotFound);
            }
            format!("{}/messages", matter.href())
        }
        (None, "form_record" | "form_attachment") => {
            let record = seen_file::record_of(&people.forms, viewer, kind, subject, file).await?;
            record.href()
        }
        // What somebody has not sent yet is seen by themselves alone.
        _ if one.created_by == Some(viewer.user()) => "/".to_owned(),
        _ => return Err(PageError::NotFound),
    };
    Ok((one, back))
}

/// `GET /report-image/{file}`. The page shows nothing of the file, not even its name.
pub(super) async fn ask(
    State(state): State<MarkedImages>,
    viewer: Viewer,
    Path(file): Path<Uuid>,
) -> Result<Response, PageError> {
    let (one, back) = seen(&state, &viewer, file).await?;
    let app = &state.people.app;
    let stopped = read!(&app.db, |tx| store::of_content(tx, &one.sha256)
        .await
        .map_err(PageError::from))
    .await?
    .is_some_and(|marked| marked.released_at.is_none());
    let action = seen_file::mark_href(file);
    if stopped {
        return Ok(Redirect::to(&format!("{action}/steps")).into_response());
    }
    let context = AskContext {
        action,
        back: back.clone(),
    };
    let title = "Report an image that may be illegal";
    app.page(&viewer, Page::new(&ASK, title).back(back), &context)
}

/// `POST /report-image/{file}`: stops it at once.
pub(super) async fn mark(
    State(state): State<MarkedImages>,
    viewer: Viewer,
    Path(file): Path<Uuid>,
    Sent(_): Sent,
) -> Result<Response, PageError> {
    let (one, _) = seen(&state, &viewer, file).await?;
    let app = &state.people.app;
    write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        let address = &app.settings.address;
        store::mark(tx, viewer.user(), &one, &state.police, address).await
    })
    .await
    .map_err(|error: DbError| PageError::from(error))?;
    let steps = format!("{}/steps", seen_file::mark_href(file));
    Ok(Redirect::to(&steps).into_response())
}

/// `GET /report-image/{file}/steps`: what to do, what not, and who was told.
pub(super) async fn steps(
    State(state): State<MarkedImages>,
    viewer: Viewer,
    Path(file): Path<Uuid>,
) -> Result<Response, PageError> {
    let (one, back) = seen(&state, &viewer, file).await?;
    let app = &state.people.app;
    let marked = read!(&app.db, |tx| store::of_content(tx, &one.sha256)
        .await
        .map_err(PageError::from))
    .await?;
    let Some(marked) = marked.filter(|marked| marked.released_at.is_none()) else {
        return Ok(Redirect::to(&seen_file::mark_href(file)).into_response());
    };
    let context = StepsContext {
        reference: marked.reference,
        when: moment(marked.marked_at),
        officers: marked.officers,
        police_told: marked.police,
        police_contact: state.police.contact.clone(),
        back,
    };
    app.page(&viewer, Page::new(&STEPS, "The file was stopped"), &context)
}

/// Day and time by the clock of the place.
pub(super) fn moment(at: chrono::DateTime<chrono::Utc>) -> String {
    at.with_timezone(&chrono_tz::Europe::London)
        .format("%-d %B %Y, %H:%M")
        .to_string()
}
