//! `/intake/mail`: a message that somebody saved becomes a report.

use axum::extract::State;
use axum::response::Response;
use commonweal_access::web::{PageError, Upload, Viewer};
use commonweal_govuk::{Form, Page, page};
use serde::Serialize;

use super::take::{Door, TakeError, Taken, take};
use crate::intake::upload;
use crate::reporting::People;

page!(pub(super) PAGE, "intake/mail.html", "page.html");

#[derive(Debug, Clone, Serialize)]
pub(super) struct Context {
    pub(super) done: Option<Taken>,
}

fn respond(
    people: &People,
    viewer: &Viewer,
    form: &Form,
    done: Option<Taken>,
) -> Result<Response, PageError> {
    let page = Page::new(&PAGE, "Take an email").back("/intake").form(form);
    people.app.page(viewer, page, &Context { done })
}

pub(in crate::intake) async fn ask(
    State(people): State<People>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    respond(&people, &viewer, &Form::default(), None)
}

pub(in crate::intake) async fn receive(
    State(people): State<People>,
    viewer: Viewer,
    sent: Upload,
) -> Result<Response, PageError> {
    let mut form = Form::default();
    let Some((_, _, bytes)) = upload::read(sent, &mut form, super::BYTES).await? else {
        return respond(&people, &viewer, &form, None);
    };
    let rules = people.rules().await?;
    let door = Door {
        db: &people.app.db,
        clock: &people.app.clock,
        files: &people.forms.files,
        rules: &rules,
        actor: &viewer.actor(),
    };
    match take(door, viewer.principal.agency, Some(viewer.user()), bytes).await {
        Ok(done) => respond(&people, &viewer, &form, Some(done)),
        Err(TakeError::Mail(words)) => {
            form.errors.add("file", words.to_string());
            respond(&people, &viewer, &form, None)
        }
        Err(TakeError::Db(error)) => Err(error.into()),
        Err(TakeError::Files(error)) => Err(PageError::Internal(error.to_string())),
    }
}
