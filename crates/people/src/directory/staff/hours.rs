//! Where a service is and when it is open. Both belong to the service, so that a change there is a
//! change of the service, with its version.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::NaiveDate;
use commonweal_access::web::{PageError, Path, Query, Sent, Viewer};
use commonweal_core::ids::new_uuid;
use commonweal_core::{DbError, read, write};
use commonweal_govuk::{Form, Language};
use serde::Deserialize;
use uuid::Uuid;

use super::fields::{self, Field, FormContext, Item, Theirs};
use super::service::look;
use crate::directory::GoTo;
use crate::directory::model::hours::{self, DAYS};
use crate::directory::model::{
    Body as _, Entry, Figure, Location, Place, Schedule, Service, hours_words,
};
use crate::directory::store;

const NAMES: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

fn day_items() -> Vec<Item> {
    DAYS.iter()
        .zip(NAMES)
        .map(|((value, _), name)| Item::new(*value, name))
        .collect()
}

fn questions(places: Vec<Item>) -> Vec<Field> {
    let weeks = vec![
        Item::new("weekly", "Every week"),
        Item::new("fortnightly", "Every second week"),
        Item::new("1", "The first of each month"),
        Item::new("2", "The second of each month"),
        Item::new("3", "The third of each month"),
        Item::new("4", "The fourth of each month"),
        Item::new("-1", "The last of each month"),
    ];
    vec![
        Field::select("place", "Where", places),
        Field::checkboxes("days", "Days", day_items()),
        Field::select("freq", "How often", weeks),
        Field::narrow("opens", "Opens at").hint("Such as 09:00"),
        Field::narrow("closes", "Closes at").hint("Such as 17:00; 00:00 to 00:00 is the whole day"),
        Field::narrow("from", "From (optional)")
            .hint("The first day, such as 2026-06-01; every second week counts from here"),
        Field::narrow("to", "Until (optional)").hint("The last day"),
        Field::input("notes", "Notes (optional)").hint("Such as ‘closed over lunch’"),
    ]
}

fn form_of(place: Option<Uuid>, schedule: &Schedule) -> Form {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let date = |date: Option<NaiveDate>| date.map(|date| date.to_string()).unwrap_or_default();
    let days = schedule
        .byday
        .as_deref()
        .and_then(hours::by_day)
        .unwrap_or_default();
    let freq = if schedule.is_monthly() {
        days.first()
            .and_then(|(number, _)| *number)
            .map_or_else(|| "1".to_owned(), |number| number.to_string())
    } else if schedule.every() == 2 {
        "fortnightly".to_owned()
    } else {
        "weekly".to_owned()
    };
    let mut form = fields::filled(&[
        ("place", place.map(|id| id.to_string()).unwrap_or_default()),
        ("freq", freq),
        ("opens", text(&schedule.opens_at)),
        ("closes", text(&schedule.closes_at)),
        ("from", date(schedule.valid_from.or(schedule.dtstart))),
        ("to", date(schedule.valid_to)),
        ("notes", text(&schedule.notes)),
    ]);
    form.set_all(
        "days",
        days.iter()
            .filter_map(|(_, day)| DAYS.iter().find(|(_, known)| known == day))
            .map(|(name, _)| (*name).to_owned()),
    );
    form
}

fn time(form: &mut Form, name: &'static str) -> Option<String> {
    let text = form.value(name).to_owned();
    match hours::minutes(&text) {
        Some(minutes) => Some(format!("{:02}:{:02}", minutes / 60, minutes % 60)),
        None => {
            form.errors.add(name, "Enter a time, like 09:00");
            None
        }
    }
}

fn date(form: &mut Form, name: &'static str) -> Option<NaiveDate> {
    let text = form.value(name).to_owned();
    if text.is_empty() {
        return None;
    }
    let date = text.parse().ok();
    if date.is_none() {
        form.errors.add(name, "Enter a date, like 2026-06-01");
    }
    date
}

fn read_form(form: &mut Form, schedule: &mut Schedule) -> Option<Uuid> {
    let days: Vec<String> = form
        .choices("days")
        .filter(|day| DAYS.iter().any(|(known, _)| known == day))
        .map(str::to_owned)
        .collect();
    if days.is_empty() {
        form.errors.add("days", "Select at least one day");
    }
    let freq = form.value("freq").to_owned();
    schedule.opens_at = time(form, "opens");
    schedule.closes_at = time(form, "closes");
    schedule.valid_from = date(form, "from");
    schedule.valid_to = date(form, "to");
    if let (Some(first), Some(last)) = (schedule.valid_from, schedule.valid_to)
        && first > last
    {
        form.errors
            .add("to", "The last day must not be before the first");
    }
    schedule.dtstart = None;
    schedule.interval = None;
    schedule.bymonthday = None;
    schedule.description = None;
    match freq
        .parse::<i32>()
        .ok()
        .filter(|number| [1, 2, 3, 4, -1].contains(number))
    {
        Some(number) => {
            schedule.freq = Some("MONTHLY".to_owned());
            schedule.byday = Some(
                days.iter()
                    .map(|day| format!("{number}{day}"))
                    .collect::<Vec<_>>()
                    .join(","),
            );
        }
        None => {
            schedule.freq = Some("WEEKLY".to_owned());
            schedule.byday = Some(days.join(","));
            if freq == "fortnightly" {
                schedule.interval = Some(Figure(2.0));
                schedule.dtstart = schedule.valid_from;
                if schedule.valid_from.is_none() {
                    form.errors.add(
                        "from",
                        "Enter the first day: every second week counts from it",
                    );
                }
            }
        }
    }
    schedule.notes = fields::optional(form, "notes", 500);
    form.value("place").parse().ok()
}

/// Where hours can be: everywhere, or at one of the service's places.
async fn place_items(state: &GoTo, service: &Service) -> Result<Vec<Item>, PageError> {
    let locations: Vec<Entry<Location>> = read!(&state.app.db, |tx| store::all(tx)
        .await
        .map_err(PageError::from))
    .await?;
    let mut items = vec![Item::new(
        "",
        "Wherever: by telephone, online or at every place",
    )];
    for place in &service.service_at_locations {
        let found = locations
            .iter()
            .find(|location| location.head.id == place.location_id);
        items.push(Item::new(
            place.id.to_string(),
            found.map_or("A location that was archived", |found| found.body.name()),
        ));
    }
    Ok(items)
}

fn find(service: &Service, id: Uuid) -> Option<(Option<Uuid>, Schedule)> {
    let own = service
        .schedules
        .iter()
        .find(|schedule| schedule.id == id)
        .map(|schedule| (None, schedule.clone()));
    own.or_else(|| {
        service.service_at_locations.iter().find_map(|place| {
            let schedule = place.schedules.iter().find(|schedule| schedule.id == id)?;
            Some((Some(place.id), schedule.clone()))
        })
    })
}

fn take_out(service: &mut Service, id: Uuid) {
    service.schedules.retain(|schedule| schedule.id != id);
    for place in &mut service.service_at_locations {
        place.schedules.retain(|schedule| schedule.id != id);
    }
}

fn put(service: &mut Service, place: Option<Uuid>, schedule: Schedule) {
    take_out(service, schedule.id);
    let at = place.and_then(|id| {
        service
            .service_at_locations
            .iter_mut()
            .find(|place| place.id == id)
    });
    match at {
        Some(place) => place.schedules.push(schedule),
        None => service.schedules.push(schedule),
    }
}

fn page(
    entry: &Entry<Service>,
    schedule: Option<Uuid>,
    new_id: Uuid,
    places: Vec<Item>,
    theirs: Vec<Theirs>,
) -> FormContext {
    let id = entry.head.id;
    let own = schedule.map_or_else(|| "new".to_owned(), |schedule| schedule.to_string());
    FormContext {
        title: if schedule.is_some() {
            "Change opening hours"
        } else {
            "Add opening hours"
        }
        .to_owned(),
        action: format!("/directory/services/{id}/hours/{own}"),
        back: format!("/directory/services/{id}"),
        id: schedule.unwrap_or(new_id).to_string(),
        version: entry.head.version,
        fields: questions(places),
        button: if theirs.is_empty() {
            "Save"
        } else {
            "Save all the same"
        },
        theirs,
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct At {
    place: Option<Uuid>,
}

pub(super) async fn ask_new(
    State(state): State<GoTo>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
    Query(at): Query<At>,
) -> Result<Response, PageError> {
    let entry = look(&state, &viewer, id).await?;
    let places = place_items(&state, &entry.body).await?;
    let form = form_of(at.place, &Schedule::default());
    let page = page(&entry, None, new_uuid(&state.app.clock), places, Vec::new());
    fields::show(&state, &viewer, &page, &form)
}

pub(super) async fn ask_edit(
    State(state): State<GoTo>,
    viewer: Viewer,
    Path((id, schedule)): Path<(Uuid, Uuid)>,
) -> Result<Response, PageError> {
    let entry = look(&state, &viewer, id).await?;
    let (place, found) = find(&entry.body, schedule).ok_or(PageError::NotFound)?;
    let places = place_items(&state, &entry.body).await?;
    fields::show(
        &state,
        &viewer,
        &page(&entry, Some(schedule), schedule, places, Vec::new()),
        &form_of(place, &found),
    )
}

pub(super) async fn add(
    State(state): State<GoTo>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
    Sent(form): Sent,
) -> Result<Response, PageError> {
    save(&state, &viewer, id, None, form).await
}

pub(super) async fn edit(
    State(state): State<GoTo>,
    viewer: Viewer,
    Path((id, schedule)): Path<(Uuid, Uuid)>,
    Sent(form): Sent,
) -> Result<Response, PageError> {
    save(&state, &viewer, id, Some(schedule), form).await
}

async fn save(
    state: &GoTo,
    viewer: &Viewer,
    id: Uuid,
    known: Option<Uuid>,
    mut form: Form,
) -> Result<Response, PageError> {
    let mut entry = look(state, viewer, id).await?;
    let before = entry.clone();
    let new_id = form
        .value("id")
        .parse()
        .unwrap_or_else(|_| new_uuid(&state.app.clock));
    let mut schedule = match known {
        Some(known) => find(&entry.body, known).ok_or(PageError::NotFound)?.1,
        None => Schedule {
            id: new_id,
            ..Schedule::default()
        },
    };
    let place = read_form(&mut form, &mut schedule);
    let places = place_items(state, &entry.body).await?;
    if !form.is_valid() {
        return fields::show(
            state,
            viewer,
            &page(&entry, known, new_id, places, Vec::new()),
            &form,
        );
    }
    put(&mut entry.body, place, schedule);
    entry.body.extra.remove("last_modified");
    entry.head.version = form.value("version").parse().unwrap_or(0);
    match change(state, viewer, &entry).await {
        Ok(()) => {}
        Err(DbError::Stale) => {
            // Both at once: what is stored now, and what was typed.
            let lines: Vec<String> = crate::directory::model::search::all_hours(&before.body)
                .iter()
                .map(|schedule| hours_words::one(Language::English, schedule))
                .collect();
            let stored = if lines.is_empty() {
                "None".to_owned()
            } else {
                lines.join("; ")
            };
            let theirs = vec![Theirs {
                label: "Opening hours".to_owned(),
                value: stored,
            }];
            return fields::show(
                state,
                viewer,
                &page(&before, known, new_id, places, theirs),
                &form,
            );
        }
        Err(error) => return Err(error.into()),
    }
    state
        .app
        .flash(viewer, "The opening hours were saved")
        .await?;
    Ok(Redirect::to(&format!("/directory/services/{id}")).into_response())
}

async fn change(state: &GoTo, viewer: &Viewer, entry: &Entry<Service>) -> Result<(), DbError> {
    let body = entry.body.clone();
    write!(&state.app.db, &state.app.clock, &viewer.actor(), |tx| {
        store::change(tx, entry, &body).await
    })
    .await
}

pub(super) async fn remove(
    State(state): State<GoTo>,
    viewer: Viewer,
    Path((id, schedule)): Path<(Uuid, Uuid)>,
    Sent(form): Sent,
) -> Result<Response, PageError> {
    let mut entry = look(&state, &viewer, id).await?;
    take_out(&mut entry.body, schedule);
    entry.head.version = form.value("version").parse().unwrap_or(0);
    change(&state, &viewer, &entry).await?;
    state
        .app
        .flash(&viewer, "The opening hours were taken away")
        .await?;
    Ok(Redirect::to(&format!("/directory/services/{id}")).into_response())
}

pub(super) async fn add_place(
    State(state): State<GoTo>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
    Sent(form): Sent,
) -> Result<Response, PageError> {
    let mut entry = look(&state, &viewer, id).await?;
    let location: Uuid = form
        .value("location")
        .parse()
        .map_err(|_| PageError::NotFound)?;
    read!(&state.app.db, |tx| store::find::<Location>(tx, location)
        .await
        .map_err(PageError::from))
    .await?;
    if !entry
        .body
        .service_at_locations
        .iter()
        .any(|place| place.location_id == location)
    {
        let place = Place {
            id: new_uuid(&state.app.clock),
            location_id: location,
            ..Place::default()
        };
        entry.body.service_at_locations.push(place);
        entry.head.version = form.value("version").parse().unwrap_or(0);
        change(&state, &viewer, &entry).await?;
        state.app.flash(&viewer, "The place was added").await?;
    }
    Ok(Redirect::to(&format!("/directory/services/{id}")).into_response())
}

pub(super) async fn remove_place(
    State(state): State<GoTo>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
    Sent(form): Sent,
) -> Result<Response, PageError> {
    let mut entry = look(&state, &viewer, id).await?;
    let place: Uuid = form
        .value("place")
        .parse()
        .map_err(|_| PageError::NotFound)?;
    entry
        .body
        .service_at_locations
        .retain(|known| known.id != place);
    entry.head.version = form.value("version").parse().unwrap_or(0);
    change(&state, &viewer, &entry).await?;
    state.app.flash(&viewer, "The place was taken away").await?;
    Ok(Redirect::to(&format!("/directory/services/{id}")).into_response())
}
