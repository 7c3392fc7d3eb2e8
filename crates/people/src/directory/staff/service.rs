//! Adding and changing services.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::web::{PageError, Path, Sent, Viewer};
use commonweal_core::{DbError, read, write};
use commonweal_govuk::Form;
use uuid::Uuid;

use super::fields::{self, FormContext, Theirs};
use super::organisation::{add_once, blank};
use super::people;
use super::service_form::{self, Choices};
use crate::directory::GoTo;
use crate::directory::model::{Entry, Organisation, Service, State as Shown};
use crate::directory::store::{self, New, places};

async fn choices(state: &GoTo, viewer: &Viewer) -> Result<Choices, PageError> {
    let content = state.content().await?;
    let kinds = content.rules.area_kinds.clone();
    let (organisations, areas, keepers) = read!(&state.app.db, |tx| {
        let mut organisations = store::all::<Organisation>(tx).await?;
        // A draft of another agency's is not to be seen here.
        organisations.retain(|entry| {
            entry.head.state == Shown::Published || people::may_edit(viewer, &entry.head)
        });
        Ok::<_, DbError>((
            organisations,
            places::areas(tx, &kinds).await?,
            people::keepers(tx, viewer).await?,
        ))
    })
    .await?;
    Ok(Choices {
        content,
        organisations,
        areas,
        keepers,
    })
}

fn page(entry: &Entry<Service>, new: bool, choices: &Choices, theirs: Vec<Theirs>) -> FormContext {
    let id = entry.head.id;
    FormContext {
        title: if new {
            "Add a service"
        } else {
            "Change a service"
        }
        .to_owned(),
        action: if new {
            "/directory/services/new".to_owned()
        } else {
            format!("/directory/services/{id}/edit")
        },
        back: if new {
            "/directory".to_owned()
        } else {
            format!("/directory/services/{id}")
        },
        id: id.to_string(),
        version: entry.head.version,
        fields: service_form::questions(choices),
        button: match (new, theirs.is_empty()) {
            (true, _) => "Add as a draft",
            (false, true) => "Save",
            (false, false) => "Save mine over it",
        },
        theirs,
    }
}

pub(super) async fn ask_new(
    State(state): State<GoTo>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let entry = blank::<Service>(&state, &viewer, None);
    let choices = choices(&state, &viewer).await?;
    let form = service_form::form_of(&entry);
    fields::show(
        &state,
        &viewer,
        &page(&entry, true, &choices, Vec::new()),
        &form,
    )
}

pub(super) async fn add(
    State(state): State<GoTo>,
    viewer: Viewer,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let mut entry = blank::<Service>(&state, &viewer, form.value("id").parse().ok());
    let choices = choices(&state, &viewer).await?;
    service_form::read(&mut form, &mut entry, &choices, &state.app.clock);
    if !form.is_valid() {
        return fields::show(
            &state,
            &viewer,
            &page(&entry, true, &choices, Vec::new()),
            &form,
        );
    }
    let (head, body) = (entry.head, entry.body);
    let next = format!("/directory/services/{}", head.id);
    let new = New {
        id: head.id,
        body,
        state: Shown::Draft,
        agency: head.agency,
        owner: head.owner,
        assured_on: None,
    };
    add_once(
        &state,
        &viewer,
        &new,
        "The service was added as a draft. Add places and opening hours, then publish it",
        &next,
    )
    .await
}

/// A service that the viewer may change.
pub(super) async fn look(
    state: &GoTo,
    viewer: &Viewer,
    id: Uuid,
) -> Result<Entry<Service>, PageError> {
    let entry = read!(&state.app.db, |tx| store::find::<Service>(tx, id)
        .await
        .map_err(PageError::from))
    .await?;
    people::must_edit(viewer, &entry.head)?;
    Ok(entry)
}

pub(super) async fn ask_edit(
    State(state): State<GoTo>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    let entry = look(&state, &viewer, id).await?;
    let choices = choices(&state, &viewer).await?;
    let form = service_form::form_of(&entry);
    fields::show(
        &state,
        &viewer,
        &page(&entry, false, &choices, Vec::new()),
        &form,
    )
}

pub(super) async fn edit(
    State(state): State<GoTo>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let mut entry = look(&state, &viewer, id).await?;
    let choices = choices(&state, &viewer).await?;
    let (stored, now): (Form, i64) = (service_form::form_of(&entry), entry.head.version);
    service_form::read(&mut form, &mut entry, &choices, &state.app.clock);
    entry.head.version = form.value("version").parse().unwrap_or(0);
    if !form.is_valid() {
        return fields::show(
            &state,
            &viewer,
            &page(&entry, false, &choices, Vec::new()),
            &form,
        );
    }
    let body = entry.body.clone();
    let changed = write!(&state.app.db, &state.app.clock, &viewer.actor(), |tx| {
        store::change(tx, &entry, &body).await
    })
    .await;
    match changed {
        Ok(()) => state.app.flash(&viewer, "The service was changed").await?,
        Err(DbError::Stale) => {
            let theirs = fields::theirs(&service_form::questions(&choices), &stored, &form);
            if !theirs.is_empty() {
                entry.head.version = now;
                return fields::show(
                    &state,
                    &viewer,
                    &page(&entry, false, &choices, theirs),
                    &form,
                );
            }
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Redirect::to(&format!("/directory/services/{id}")).into_response())
}
