//! Asking for a place file: a form that is sent, so that no address names anybody's home.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::web::{Basemap, PageError, Sent, Viewer};
use commonweal_core::read;
use commonweal_govuk::{Form, Page, page};
use commonweal_records::searches;
use serde::Serialize;

use super::PlaceFiles;
use super::model::{Asked, MONTHS, PURPOSES, RADIUS, Where, corners, point, postcode, radius};
use crate::cube::Snapshot;
use crate::map::frame_of_home;
use crate::place_page::directory::{Directory, point_of};
use crate::place_page::policy::Policy;

page!(pub(super) ASK, "places/place_file_ask.html", "ask.html");

/// The kind of what is kept, for `records::searches`.
pub(super) const KIND: &str = "place_file";

/// A choice of a select or of radios.
#[derive(Debug, Serialize)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) text: String,
    pub(super) selected: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) purposes: Vec<Choice>,
    pub(super) months: Vec<Choice>,
    pub(super) areas: Vec<Choice>,
    pub(super) least: u32,
    pub(super) most: u32,
    pub(super) usual: u32,
    pub(super) bounds: Option<String>,
    pub(super) tiles: Option<Basemap>,
}

/// The areas that have pages, and the others of the same sets.
async fn directory(files: &PlaceFiles, snapshot: &Snapshot) -> Result<Directory, PageError> {
    let today = files.app().clock.today();
    let policy = read!(&files.app().db, |tx| Policy::load(tx, today)
        .await
        .map_err(PageError::from))
    .await?;
    Ok(Directory::new(snapshot, &policy))
}

async fn show(files: &PlaceFiles, viewer: &Viewer, form: &Form) -> Result<Response, PageError> {
    let app = files.app();
    let snapshot = files.places.cube.snapshot();
    let directory = directory(files, &snapshot).await?;
    let choice = |field: &str, value: String, text: &str, usual: bool| Choice {
        selected: if form.value(field).is_empty() {
            usual
        } else {
            form.value(field) == value
        },
        text: text.to_owned(),
        value,
    };
    let mut areas = vec![choice("area", String::new(), "Choose one", true)];
    areas.extend(directory.places.iter().map(|place| {
        choice(
            "area",
            format!("{}:{}", place.set.slug(), place.code()),
            &format!("{} ({})", place.name, place.kind.name),
            false,
        )
    }));
    let context = Context {
        purposes: PURPOSES
            .iter()
            .map(|(value, text)| {
                choice(
                    "purpose",
                    (*value).to_owned(),
                    text,
                    *value == viewer.purpose,
                )
            })
            .collect(),
        months: MONTHS
            .iter()
            .map(|(value, text)| choice("months", value.to_string(), text, *value == 12))
            .collect(),
        areas,
        least: RADIUS.0,
        most: RADIUS.1,
        usual: RADIUS.2,
        bounds: frame_of_home(&snapshot)
            .map(|frame| frame.map(|degrees| format!("{degrees:.5}")).join(",")),
        tiles: app.settings.basemap.clone(),
    };
    let page = Page::new(&ASK, "Place file")
        .script("map.js")
        .style("map.css")
        .form(form);
    app.page(viewer, page, &context)
}

pub(super) async fn ask(
    State(files): State<PlaceFiles>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    show(&files, &viewer, &Form::default()).await
}

pub(super) async fn send(
    State(files): State<PlaceFiles>,
    viewer: Viewer,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let at = place(&files, &mut form).await?;
    let months = MONTHS
        .iter()
        .map(|(months, _)| *months)
        .find(|months| form.value("months") == months.to_string());
    if months.is_none() {
        form.errors.add("months", "Select how far back");
    }
    let purpose = form.value("purpose").to_owned();
    if !PURPOSES.iter().any(|(value, _)| *value == purpose) {
        form.errors
            .add("purpose", "Select why you open this place file");
    }
    let (Some(at), Some(months), true) = (at, months, form.is_valid()) else {
        return show(&files, &viewer, &form).await;
    };
    let asked = Asked {
        at,
        months,
        purpose,
    };
    let words =
        serde_json::to_string(&asked).map_err(|error| PageError::Internal(error.to_string()))?;
    let app = files.app();
    let id = searches::keep(&app.db, &app.clock, viewer.user(), KIND, &words).await?;
    Ok(Redirect::to(&format!("/place-file/{id}")).into_response())
}

/// Where, of the way that was chosen; what is wrong stands at its field.
async fn place(files: &PlaceFiles, form: &mut Form) -> Result<Option<Where>, PageError> {
    match form.value("how") {
        "postcode" => around_postcode(files, form).await,
        "point" => {
            let at = kept(form, "point", point);
            let metres = kept(form, "point_radius", radius);
            Ok(at
                .zip(metres)
                .map(|((latitude, longitude), metres)| Where::Point {
                    latitude,
                    longitude,
                    metres,
                }))
        }
        "drawn" => Ok(kept(form, "corners", corners).map(|corners| Where::Drawn { corners })),
        "area" => {
            let snapshot = files.places.cube.snapshot();
            let found = form.value("area").split_once(':').filter(|(set, code)| {
                snapshot
                    .areas
                    .get(*set)
                    .is_some_and(|set| set.by_code.contains_key(*code))
            });
            let found = found.map(|(set, code)| Where::Area {
                set: set.to_owned(),
                code: code.to_owned(),
            });
            if found.is_none() {
                form.errors.add("area", "Choose an area from the list");
            }
            Ok(found)
        }
        _ => {
            form.errors.add("how", "Select how you name the place");
            Ok(None)
        }
    }
}

fn kept<T>(form: &mut Form, field: &str, read: fn(&str) -> Result<T, String>) -> Option<T> {
    match read(form.value(field)) {
        Ok(value) => Some(value),
        Err(why) => {
            form.errors.add(field, why);
            None
        }
    }
}

async fn around_postcode(files: &PlaceFiles, form: &mut Form) -> Result<Option<Where>, PageError> {
    let code = kept(form, "postcode", postcode);
    let metres = kept(form, "radius", radius);
    let address = form.value("address").to_owned();
    if address.chars().count() > 200 {
        form.errors.add(
            "address",
            "House and street must be 200 characters or fewer",
        );
    }
    let (Some(code), Some(metres), true) = (code, metres, form.is_valid()) else {
        return Ok(None);
    };
    let found = read!(&files.app().db, |tx| point_of(tx, &code)
        .await
        .map_err(PageError::from))
    .await?;
    let Some((latitude, longitude)) = found else {
        form.errors.add(
            "postcode",
            "This postcode is not in the directory that was imported. Check it, or give a point",
        );
        return Ok(None);
    };
    Ok(Some(Where::Postcode {
        postcode: code.as_str().to_owned(),
        address,
        latitude,
        longitude,
        metres,
    }))
}
