//! Adding and changing organisations.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::web::{PageError, Path, Sent, Viewer};
use commonweal_core::ids::new_uuid;
use commonweal_core::{DbError, read, write};
use commonweal_govuk::Form;
use uuid::Uuid;

use super::fields::{self, Field, FormContext, Theirs};
use super::people::{self, Keeper};
use crate::directory::GoTo;
use crate::directory::model::{Entry, Organisation, State as Shown};
use crate::directory::store::{self, New};

fn questions(keepers: &[Keeper]) -> Vec<Field> {
    vec![
        Field::input("name", "Name"),
        Field::text("description", "What it is", 3).hint("One or two sentences, for everybody"),
        Field::input("website", "Website"),
        Field::input("email", "Email address").hint("One that everybody may see"),
        Field::select("owner", "Who keeps this entry", people::items(keepers)),
    ]
}

fn form_of(entry: &Entry<Organisation>) -> Form {
    let body = &entry.body;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    fields::filled(&[
        ("name", body.name.clone()),
        ("description", body.description.clone()),
        ("website", text(&body.website)),
        ("email", text(&body.email)),
        (
            "owner",
            entry
                .head
                .owner
                .map(|id| id.to_string())
                .unwrap_or_default(),
        ),
    ])
}

fn read_form(form: &mut Form, entry: &mut Entry<Organisation>, keepers: &[Keeper]) {
    let body = &mut entry.body;
    body.name = fields::required(form, "name", "Enter the organisation’s name", 200);
    body.description = fields::optional(form, "description", 5_000).unwrap_or_default();
    body.website = fields::web(form, "website");
    body.email = fields::email(form, "email");
    keep(form, &mut entry.head, keepers);
}

/// Takes the chosen keeper, and the keeper's agency with them.
pub(super) fn keep(form: &mut Form, head: &mut crate::directory::model::Head, keepers: &[Keeper]) {
    let chosen = form.value("owner").to_owned();
    match keepers
        .iter()
        .find(|keeper| keeper.id.to_string() == chosen)
    {
        Some(keeper) => {
            head.owner = Some(keeper.id);
            head.agency = Some(keeper.agency);
        }
        // Whoever kept it until now may have left: then it stays as it is until somebody is chosen.
        None if head.owner.is_some_and(|owner| owner.to_string() == chosen) => {}
        None => form.errors.add("owner", "Select who keeps this entry"),
    }
}

fn page(
    entry: &Entry<Organisation>,
    new: bool,
    keepers: &[Keeper],
    theirs: Vec<Theirs>,
) -> FormContext {
    let id = entry.head.id;
    FormContext {
        title: if new {
            "Add an organisation"
        } else {
            "Change an organisation"
        }
        .to_owned(),
        action: if new {
            "/directory/organisations/new".to_owned()
        } else {
            format!("/directory/organisations/{id}")
        },
        back: "/directory?kind=organisation".to_owned(),
        id: id.to_string(),
        version: entry.head.version,
        fields: questions(keepers),
        button: if theirs.is_empty() {
            "Save"
        } else {
            "Save mine over it"
        },
        theirs,
    }
}

/// An entry that is not there yet.
pub(super) fn blank<T: Default>(state: &GoTo, viewer: &Viewer, id: Option<Uuid>) -> Entry<T> {
    Entry {
        head: crate::directory::model::Head {
            id: id.unwrap_or_else(|| new_uuid(&state.app.clock)),
            reference: String::new(),
            state: Shown::Draft,
            agency: Some(viewer.principal.agency),
            owner: Some(viewer.user()),
            assured_on: None,
            changed_at: state.app.clock.now(),
            version: 0,
        },
        body: T::default(),
    }
}

async fn keepers(state: &GoTo, viewer: &Viewer) -> Result<Vec<Keeper>, PageError> {
    Ok(read!(&state.app.db, |tx| people::keepers(tx, viewer).await)
        .await
        .map_err(|error: DbError| error)?)
}

pub(super) async fn ask_new(
    State(state): State<GoTo>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let entry = blank::<Organisation>(&state, &viewer, None);
    let keepers = keepers(&state, &viewer).await?;
    fields::show(
        &state,
        &viewer,
        &page(&entry, true, &keepers, Vec::new()),
        &form_of(&entry),
    )
}

pub(super) async fn add(
    State(state): State<GoTo>,
    viewer: Viewer,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let mut entry = blank::<Organisation>(&state, &viewer, form.value("id").parse().ok());
    let keepers = keepers(&state, &viewer).await?;
    read_form(&mut form, &mut entry, &keepers);
    if !form.is_valid() {
        return fields::show(
            &state,
            &viewer,
            &page(&entry, true, &keepers, Vec::new()),
            &form,
        );
    }
    let (head, body) = (entry.head, entry.body);
    let new = New {
        id: head.id,
        body,
        state: Shown::Published,
        agency: head.agency,
        owner: head.owner,
        assured_on: None,
    };
    add_once(
        &state,
        &viewer,
        &new,
        "The organisation was added",
        "/directory?kind=organisation",
    )
    .await
}

/// Adds an entry; the same form sent twice adds one.
pub(super) async fn add_once<T: crate::directory::model::Body + Send + Sync>(
    state: &GoTo,
    viewer: &Viewer,
    new: &New<T>,
    words: &str,
    next: &str,
) -> Result<Response, PageError> {
    let added = write!(&state.app.db, &state.app.clock, &viewer.actor(), |tx| {
        store::add(tx, new).await
    })
    .await;
    match added {
        Ok(_) => state.app.flash(viewer, words).await?,
        Err(DbError::Duplicate) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(Redirect::to(next).into_response())
}

async fn look(state: &GoTo, viewer: &Viewer, id: Uuid) -> Result<Entry<Organisation>, PageError> {
    let entry = read!(&state.app.db, |tx| store::find::<Organisation>(tx, id)
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
    let keepers = keepers(&state, &viewer).await?;
    fields::show(
        &state,
        &viewer,
        &page(&entry, false, &keepers, Vec::new()),
        &form_of(&entry),
    )
}

pub(super) async fn edit(
    State(state): State<GoTo>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let mut entry = look(&state, &viewer, id).await?;
    let keepers = keepers(&state, &viewer).await?;
    let stored = form_of(&entry);
    let now = entry.head.version;
    read_form(&mut form, &mut entry, &keepers);
    if !form.is_valid() {
        entry.head.version = form.value("version").parse().unwrap_or(0);
        return fields::show(
            &state,
            &viewer,
            &page(&entry, false, &keepers, Vec::new()),
            &form,
        );
    }
    entry.head.version = form.value("version").parse().unwrap_or(0);
    let body = entry.body.clone();
    let changed = write!(&state.app.db, &state.app.clock, &viewer.actor(), |tx| {
        store::change(tx, &entry, &body).await
    })
    .await;
    match changed {
        Ok(()) => {
            state
                .app
                .flash(&viewer, "The organisation was changed")
                .await?;
        }
        Err(DbError::Stale) => {
            let questions = questions(&keepers);
            let theirs = fields::theirs(&questions, &stored, &form);
            if !theirs.is_empty() {
                entry.head.version = now;
                return fields::show(
                    &state,
                    &viewer,
                    &page(&entry, false, &keepers, theirs),
                    &form,
                );
            }
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Redirect::to("/directory?kind=organisation").into_response())
}
