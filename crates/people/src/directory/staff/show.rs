//! A service as those see it who keep the directory: its state, what is missing, hours and places.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::web::{PageError, Path, Sent, Viewer};
use commonweal_core::{DbError, args, read, sql, write};
use commonweal_govuk::{Language, Page};
use serde::Serialize;
use uuid::Uuid;

use super::people;
use crate::directory::GoTo;
use crate::directory::model::hours_words;
use crate::directory::model::{
    Body as _, Entry, EntryKind, Head, Location, Organisation, Service, State as Shown,
};
use crate::directory::store;

commonweal_govuk::page!(pub(super) SHOW_PAGE, "directory/show.html", "show.html");

/// Opening hours, with the way to change them.
#[derive(Debug, Serialize)]
pub(super) struct HoursRow {
    pub(super) id: Uuid,
    pub(super) words: String,
}

/// A place, with its hours.
#[derive(Debug, Serialize)]
pub(super) struct PlaceRow {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) draft: bool,
    pub(super) hours: Vec<HoursRow>,
}

#[derive(Debug, Serialize)]
pub(super) struct LocationChoice {
    pub(super) value: Uuid,
    pub(super) text: String,
}

#[derive(Debug, Serialize)]
pub(super) struct ShowContext {
    pub(super) id: Uuid,
    pub(super) version: i64,
    pub(super) name: String,
    pub(super) reference: String,
    pub(super) state: Shown,
    pub(super) organisation: String,
    pub(super) organisation_published: bool,
    pub(super) description: String,
    pub(super) terms: Vec<String>,
    pub(super) keeper: String,
    pub(super) assured: Option<String>,
    pub(super) assured_by: Option<String>,
    pub(super) stale: bool,
    pub(super) days: u32,
    pub(super) source: Option<String>,
    pub(super) hours: Vec<HoursRow>,
    pub(super) places: Vec<PlaceRow>,
    pub(super) locations: Vec<LocationChoice>,
    pub(super) editable: bool,
}

fn rows(schedules: &[crate::directory::model::Schedule]) -> Vec<HoursRow> {
    let row = |schedule: &crate::directory::model::Schedule| HoursRow {
        id: schedule.id,
        words: hours_words::one(Language::English, schedule),
    };
    schedules.iter().map(row).collect()
}

pub(super) async fn service(
    State(state): State<GoTo>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    let content = state.content().await?;
    let today = state.app.clock.today();
    let context = read!(&state.app.db, |tx| {
        let entry = store::find::<Service>(tx, id).await.map_err(PageError::from)?;
        people::must_see(&viewer, &entry.head)?;
        let organisation = store::find::<Organisation>(tx, entry.body.organization_id).await.ok();
        let locations: Vec<Entry<Location>> = store::all(tx).await?;
        let text = sql!(
            "select keepers.name as keeper, assurers.name as assurer, directory_sources.name as source from directory_entries
             left join users as keepers on keepers.id = directory_entries.owner
             left join users as assurers on assurers.id = directory_entries.assured_by
             left join directory_imported on directory_imported.entry = directory_entries.id
             left join directory_sources on directory_sources.id = directory_imported.source
             where directory_entries.id = $1"
        );
        let row = tx.one(text, args![id]).await?;
        let (keeper, assurer): (Option<String>, Option<String>) = (row.get("keeper")?, row.get("assurer")?);
        let body = &entry.body;
        let place = |place: &crate::directory::model::Place| {
            let found = locations.iter().find(|location| location.head.id == place.location_id);
            PlaceRow {
                id: place.id,
                name: found.map_or_else(|| "A location that was archived".to_owned(), |location| location.body.name().to_owned()),
                draft: found.is_none_or(|location| location.head.state != Shown::Published),
                hours: rows(&place.schedules),
            }
        };
        Ok::<_, PageError>(ShowContext {
            id,
            version: entry.head.version,
            name: body.name.clone(),
            reference: entry.head.reference.clone(),
            state: entry.head.state,
            organisation: organisation.as_ref().map_or_else(|| "None".to_owned(), |entry| entry.body.name.clone()),
            organisation_published: organisation.is_some_and(|entry| entry.head.state == Shown::Published),
            description: body.description.clone().unwrap_or_default(),
            terms: body.terms.iter().filter_map(|key| content.needs.term(key)).map(|term| term.name.clone()).collect(),
            keeper: keeper.unwrap_or_else(|| "Nobody".to_owned()),
            assured: entry.head.assured_on.map(|date| hours_words::date(Language::English, date)),
            assured_by: assurer,
            stale: content.rules.is_stale(entry.head.assured_on, today),
            days: content.rules.stale_after_days,
            source: row.get("source")?,
            hours: rows(&body.schedules),
            places: body.service_at_locations.iter().map(place).collect(),
            locations: locations
                .iter()
                .filter(|location| !body.service_at_locations.iter().any(|place| place.location_id == location.head.id))
                .filter(|location| location.head.state == Shown::Published || people::may_edit(&viewer, &location.head))
                .map(|location| LocationChoice { value: location.head.id, text: location.body.name().to_owned() })
                .collect(),
            editable: people::may_edit(&viewer, &entry.head),
        })
    })
    .await?;
    let page = Page::new(&SHOW_PAGE, &context.name).breadcrumb("Directory", "/directory");
    state.app.page(&viewer, page, &context)
}

/// Read through and found right: one click, from the list or the page.
pub(super) async fn assure(
    State(state): State<GoTo>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
    Sent(form): Sent,
) -> Result<Response, PageError> {
    let entry = super::service::look(&state, &viewer, id).await?;
    let today = state.app.clock.today();
    write!(&state.app.db, &state.app.clock, &viewer.actor(), |tx| {
        store::assure(tx, id, Some(viewer.user()), today).await
    })
    .await?;
    state
        .app
        .flash(
            &viewer,
            &format!("‘{}’ is assured as of today", entry.body.name),
        )
        .await?;
    let back = commonweal_access::web::local_path(form.raw("back"));
    let back = if back.starts_with("/directory") {
        back.to_owned()
    } else {
        format!("/directory/services/{id}")
    };
    Ok(Redirect::to(&back).into_response())
}

async fn head_of(
    tx: &mut commonweal_core::ReadTx,
    id: Uuid,
) -> Result<(EntryKind, Head, String), DbError> {
    if let Ok(entry) = store::find::<Service>(tx, id).await {
        return Ok((EntryKind::Service, entry.head, entry.body.name));
    }
    if let Ok(entry) = store::find::<Organisation>(tx, id).await {
        return Ok((EntryKind::Organisation, entry.head, entry.body.name));
    }
    let entry = store::find::<Location>(tx, id).await?;
    let name = entry.body.name().to_owned();
    Ok((EntryKind::Location, entry.head, name))
}

/// Publishes, withdraws or archives an entry.
pub(super) async fn set_state(
    State(state): State<GoTo>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
    Sent(form): Sent,
) -> Result<Response, PageError> {
    let (kind, head, name) = read!(&state.app.db, |tx| head_of(tx, id)
        .await
        .map_err(PageError::from))
    .await?;
    people::must_edit(&viewer, &head)?;
    let wanted = Shown::from_name(form.value("state"))
        .ok_or_else(|| PageError::Invalid("There is no such state of an entry.".to_owned()))?;
    let version = form.value("version").parse().unwrap_or(0);
    if head.state != wanted {
        write!(&state.app.db, &state.app.clock, &viewer.actor(), |tx| {
            store::set_state(tx, id, version, wanted).await
        })
        .await?;
    }
    let done = match wanted {
        Shown::Draft => "is a draft now: only those who keep the directory see it",
        Shown::Published => "is published: everybody can see it",
        Shown::Archived => "is archived: nobody finds it any more, and nothing of it is lost",
    };
    state
        .app
        .flash(&viewer, &format!("‘{name}’ {done}"))
        .await?;
    let next = match kind {
        EntryKind::Service => format!("/directory/services/{id}"),
        kind => format!("/directory?kind={}", kind.name()),
    };
    Ok(Redirect::to(&next).into_response())
}
