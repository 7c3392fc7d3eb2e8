//! Taking records of earlier versions over: what it would mean, then the job.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::web::{PageError, Path, Sent, Viewer};
use commonweal_core::events::Event;
use commonweal_core::{DbError, read, write};
use commonweal_govuk::{Form, Page, page};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::impact::Impact;
use super::{LIST, address, migrate, store};
use crate::Forms;
use crate::definition::{Definition, Shared};

page!(pub(super) PAGE, "forms/studio-records.html", "records.html");

#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) title: String,
    pub(super) key: String,
    pub(super) version: i64,
    pub(super) left: i64,
    pub(super) looked_at: u64,
    pub(super) moving: bool,
    pub(super) impact: Impact,
    pub(super) states: Vec<Mapping>,
}

/// A state that vanishes, and where its records go.
#[derive(Debug, Serialize)]
pub(super) struct Mapping {
    pub(super) field: String,
    pub(super) label: String,
    pub(super) items: Vec<Item>,
}

#[derive(Debug, Serialize)]
pub(super) struct Item {
    pub(super) value: String,
    pub(super) text: String,
    pub(super) selected: bool,
}

/// What is known before anything is done.
struct Seen {
    definition: Shared,
    impact: Impact,
    left: i64,
    moving: bool,
}

async fn look(forms: &Forms, key: &str) -> Result<Seen, PageError> {
    let definition = forms.catalogue.get(key).ok_or(PageError::NotFound)?;
    let (app, version) = (&forms.app, definition.version);
    let (left, moving, before) = read!(&app.db, |tx| {
        let left = store::elsewhere(tx, key, version).await?;
        let moving = store::is_moving(tx, key).await?;
        let old = store::old(tx, key, version, Uuid::nil(), 1).await?;
        // Names of what vanishes: of the version that the first such record was made with.
        let before = match old.first() {
            Some(old) => forms.catalogue.version(tx, key, old.made_with).await?,
            None => definition.clone(),
        };
        Ok::<_, DbError>((left, moving, before))
    })
    .await?;
    let impact = store::impact(&app.db, &before, &definition, Some(version)).await?;
    Ok(Seen {
        definition,
        impact,
        left,
        moving,
    })
}

fn field(state: &str) -> String {
    format!("state-{state}")
}

fn mappings(definition: &Definition, impact: &Impact, form: &Form) -> Vec<Mapping> {
    let mapping = |state: &super::impact::Count| {
        let field = field(&state.key);
        let chosen = form.value(&field).to_owned();
        let first = Item {
            value: String::new(),
            text: "Choose a state".to_owned(),
            selected: chosen.is_empty(),
        };
        let items = definition.states.iter().map(|one| Item {
            value: one.key.clone(),
            text: one.title.en().to_owned(),
            selected: one.key == chosen,
        });
        let records = if state.count == 1 {
            "record"
        } else {
            "records"
        };
        Mapping {
            label: format!("{} {records} in ‘{}’ go to", state.count, state.name),
            items: std::iter::once(first).chain(items).collect(),
            field,
        }
    };
    impact.states.iter().map(mapping).collect()
}

fn page(
    forms: &Forms,
    viewer: &Viewer,
    key: &str,
    seen: Seen,
    form: &Form,
) -> Result<Response, PageError> {
    let definition = &seen.definition;
    let context = Context {
        title: definition.title.en().to_owned(),
        key: key.to_owned(),
        version: definition.version,
        left: seen.left,
        looked_at: seen.impact.records,
        moving: seen.moving,
        states: mappings(definition, &seen.impact, form),
        impact: seen.impact,
    };
    let page = Page::new(&PAGE, "Take records over")
        .breadcrumb("Definitions", LIST)
        .breadcrumb(definition.title.en(), address(key))
        .form(form);
    forms.app.page(viewer, page, &context)
}

pub(super) async fn ask(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
) -> Result<Response, PageError> {
    let seen = look(&forms, &key).await?;
    page(&forms, &viewer, &key, seen, &Form::default())
}

pub(super) async fn send(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let seen = look(&forms, &key).await?;
    let definition = &seen.definition;
    let mut states = BTreeMap::new();
    for state in &seen.impact.states {
        let field = field(&state.key);
        let chosen = form.value(&field).to_owned();
        if definition.state(&chosen).is_some() {
            states.insert(state.key.clone(), chosen);
        } else {
            let message = format!("Select where records in ‘{}’ go", state.name);
            form.errors.add(field, message);
        }
    }
    // The version that was looked at: another may have been published meanwhile.
    if form.value("version") != definition.version.to_string() {
        let message = "A new version was published meanwhile. Look at what it means, then press the button again";
        form.errors.add("take-over", message);
    }
    if !form.is_valid() {
        return page(&forms, &viewer, &key, seen, &form);
    }
    if seen.left == 0 || seen.moving {
        return Ok(Redirect::to(&address(&key)).into_response());
    }
    let version = definition.version;
    write!(&forms.app.db, &forms.app.clock, &viewer.actor(), |tx| {
        let job = migrate::begin(tx, &key, version, &states).await?;
        tx.record(Event::new(
            "definition",
            job,
            "definition.records_taken_over",
            json!({"definition": key, "version": version, "states": states}),
        ));
        Ok::<_, DbError>(())
    })
    .await?;
    let words = "Records are being taken over in the background";
    forms.app.flash(&viewer, words).await?;
    Ok(Redirect::to(&address(&key)).into_response())
}
