//! `/intake/files`: a partner's file is sent and taken.

use axum::extract::State;
use axum::response::Response;
use commonweal_access::web::{PageError, Upload, Viewer};
use commonweal_core::{DbError, read};
use commonweal_govuk::{Form, Page, page};
use serde::Serialize;

use super::run::{BYTES, ImportError, Outcome, import, profiles};
use crate::intake::upload;
use crate::reporting::People;

page!(pub(super) PAGE, "intake/files.html", "page.html");

#[derive(Debug, Clone, Serialize)]
pub(super) struct Item {
    pub(super) value: String,
    pub(super) text: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Context {
    pub(super) profiles: Vec<Item>,
    pub(super) done: Option<Outcome>,
}

async fn respond(
    people: &People,
    viewer: &Viewer,
    form: &Form,
    done: Option<Outcome>,
) -> Result<Response, PageError> {
    let today = people.app.clock.today();
    let found: Result<_, DbError> = read!(&people.app.db, |tx| profiles(tx, today).await).await;
    let items = found?.into_iter().map(|(value, text)| Item { value, text });
    let context = Context {
        profiles: items.collect(),
        done,
    };
    let page = Page::new(&PAGE, "Import reports")
        .back("/imports")
        .form(form);
    people.app.page(viewer, page, &context)
}

pub(in crate::intake) async fn ask(
    State(people): State<People>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    respond(&people, &viewer, &Form::default(), None).await
}

pub(in crate::intake) async fn receive(
    State(people): State<People>,
    viewer: Viewer,
    sent: Upload,
) -> Result<Response, PageError> {
    let mut form = Form::default();
    let file = upload::read(sent, &mut form, BYTES).await?;
    let key = form.required("profile", "Select whose file it is");
    let (Some((name, _, bytes)), true) = (file, form.is_valid()) else {
        return respond(&people, &viewer, &form, None).await;
    };
    let rules = people.rules().await?;
    let by = Some(viewer.user());
    let done = import(
        &people.app.db,
        &people.app.clock,
        &rules,
        &viewer.actor(),
        &key,
        by,
        &name,
        bytes,
    )
    .await;
    match done {
        Ok(outcome) => respond(&people, &viewer, &form, Some(outcome)).await,
        Err(ImportError::Db(error)) => Err(error.into()),
        Err(error @ (ImportError::NoProfile(_) | ImportError::NoAgency(_))) => {
            form.errors.add("profile", error.to_string());
            respond(&people, &viewer, &form, None).await
        }
        Err(error) => {
            form.errors.add("file", error.to_string());
            respond(&people, &viewer, &form, None).await
        }
    }
}
