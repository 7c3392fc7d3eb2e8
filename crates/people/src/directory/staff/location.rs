//! Adding and changing locations.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::web::{PageError, Path, Sent, Viewer};
use commonweal_core::ids::new_uuid;
use commonweal_core::{DbError, read, write};
use commonweal_govuk::Form;
use commonweal_records::geography::postcode::Postcode;
use serde_json::json;
use uuid::Uuid;

use super::fields::{self, Field, FormContext, Theirs};
use super::organisation::{add_once, blank, keep};
use super::people::{self, Keeper};
use crate::directory::GoTo;
use crate::directory::model::{Address, Entry, Figure, Location, State as Shown};
use crate::directory::store::{self, New, places};

fn questions(keepers: &[Keeper]) -> Vec<Field> {
    vec![
        Field::input("name", "Name").hint("Such as ‘Peterlee Leisure Centre’"),
        Field::input("street", "Building and street"),
        Field::input("town", "Town"),
        Field::input("county", "County"),
        Field::narrow("postcode", "Postcode"),
        Field::narrow("latitude", "Latitude (optional)")
            .hint("Leave both empty to take the postcode’s"),
        Field::narrow("longitude", "Longitude (optional)"),
        Field::text("description", "How to find it (optional)", 2),
        Field::text("access", "Getting in (optional)", 2)
            .hint("Step-free? Accessible toilet? Induction loop?"),
        Field::select("owner", "Who keeps this entry", people::items(keepers)),
    ]
}

fn form_of(entry: &Entry<Location>) -> Form {
    let body = &entry.body;
    let blank = Address::default();
    let address = body.addresses.first().unwrap_or(&blank);
    let number = |figure: Option<Figure>| {
        figure
            .map(|figure| figure.0.to_string())
            .unwrap_or_default()
    };
    fields::filled(&[
        ("name", body.name.clone()),
        ("street", address.address_1.clone()),
        ("town", address.city.clone()),
        ("county", address.state_province.clone()),
        ("postcode", address.postal_code.clone()),
        ("latitude", number(body.latitude)),
        ("longitude", number(body.longitude)),
        ("description", body.description.clone().unwrap_or_default()),
        ("access", body.access().join("\n")),
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

fn degrees(form: &mut Form, name: &'static str, most: f64) -> Option<f64> {
    let text = form.value(name).to_owned();
    if text.is_empty() {
        return None;
    }
    let number = text
        .parse::<f64>()
        .ok()
        .filter(|number| number.abs() <= most);
    if number.is_none() {
        form.errors.add(
            name,
            format!("Enter degrees between -{most} and {most}, such as 54.77"),
        );
    }
    number
}

/// Reads the form; the postcode is given back where its position is to be taken.
fn read_form(
    state: &GoTo,
    form: &mut Form,
    entry: &mut Entry<Location>,
    keepers: &[Keeper],
) -> Option<Postcode> {
    let body = &mut entry.body;
    let before = body
        .addresses
        .first()
        .map(|address| address.postal_code.clone());
    body.name = fields::required(form, "name", "Enter a name", 200);
    let street = fields::required(form, "street", "Enter building and street", 300);
    let town = fields::required(form, "town", "Enter the town", 100);
    let county = fields::optional(form, "county", 100).unwrap_or_default();
    let typed = fields::required(form, "postcode", "Enter the postcode", 12);
    let postcode: Option<Postcode> = typed.parse().ok();
    if !typed.is_empty() && postcode.is_none() {
        form.errors
            .add("postcode", "Enter a full postcode, like DH1 5UL");
    }
    let (latitude, longitude) = (
        degrees(form, "latitude", 90.0),
        degrees(form, "longitude", 180.0),
    );
    if latitude.is_some() != longitude.is_some() {
        form.errors
            .add("latitude", "Enter both latitude and longitude, or neither");
    }
    let moved = before
        .as_deref()
        .is_some_and(|before| postcode.as_ref().is_some_and(|new| new.as_str() != before));
    let untouched = body.latitude.map(|figure| figure.0) == latitude
        && body.longitude.map(|figure| figure.0) == longitude;
    body.latitude = latitude.map(Figure);
    body.longitude = longitude.map(Figure);
    body.description = fields::optional(form, "description", 2_000);
    let access = fields::optional(form, "access", 2_000);
    if access.as_deref() != Some(body.access().join("\n").as_str()) {
        let item = |text: String| json!({ "id": new_uuid(&state.app.clock), "description": text });
        body.accessibility = access.map(item).into_iter().collect();
    }
    if body.location_type.is_empty() {
        "physical".clone_into(&mut body.location_type);
    }
    if body.addresses.is_empty() {
        body.addresses.push(Address {
            id: new_uuid(&state.app.clock),
            country: "GB".to_owned(),
            address_type: "physical".to_owned(),
            ..Address::default()
        });
    }
    if let Some(address) = body.addresses.first_mut() {
        address.address_1 = street;
        address.city = town;
        address.state_province = county;
        address.postal_code = postcode.as_ref().map_or(typed, ToString::to_string);
    }
    keep(form, &mut entry.head, keepers);
    postcode.filter(|_| latitude.is_none() || (moved && untouched))
}

async fn position(
    state: &GoTo,
    form: &mut Form,
    entry: &mut Entry<Location>,
    postcode: Option<Postcode>,
) -> Result<(), PageError> {
    let Some(postcode) = postcode else {
        return Ok(());
    };
    let found = read!(&state.app.db, |tx| places::postcode(tx, &postcode)
        .await
        .map_err(PageError::from))
    .await?;
    match found {
        Some((longitude, latitude)) => {
            entry.body.longitude = Some(Figure(longitude));
            entry.body.latitude = Some(Figure(latitude));
        }
        None => form.errors.add(
            "postcode",
            "We do not know where this postcode is. Check it, or enter latitude and longitude",
        ),
    }
    Ok(())
}

fn page(
    entry: &Entry<Location>,
    new: bool,
    keepers: &[Keeper],
    theirs: Vec<Theirs>,
) -> FormContext {
    let id = entry.head.id;
    FormContext {
        title: if new {
            "Add a location"
        } else {
            "Change a location"
        }
        .to_owned(),
        action: if new {
            "/directory/locations/new".to_owned()
        } else {
            format!("/directory/locations/{id}")
        },
        back: "/directory?kind=location".to_owned(),
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

async fn keepers(state: &GoTo, viewer: &Viewer) -> Result<Vec<Keeper>, PageError> {
    Ok(read!(&state.app.db, |tx| people::keepers(tx, viewer).await)
        .await
        .map_err(|error: DbError| error)?)
}

pub(super) async fn ask_new(
    State(state): State<GoTo>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let entry = blank::<Location>(&state, &viewer, None);
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
    let mut entry = blank::<Location>(&state, &viewer, form.value("id").parse().ok());
    let keepers = keepers(&state, &viewer).await?;
    let postcode = read_form(&state, &mut form, &mut entry, &keepers);
    position(&state, &mut form, &mut entry, postcode).await?;
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
        "The location was added",
        "/directory?kind=location",
    )
    .await
}

async fn look(state: &GoTo, viewer: &Viewer, id: Uuid) -> Result<Entry<Location>, PageError> {
    let entry = read!(&state.app.db, |tx| store::find::<Location>(tx, id)
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
    let postcode = read_form(&state, &mut form, &mut entry, &keepers);
    position(&state, &mut form, &mut entry, postcode).await?;
    entry.head.version = form.value("version").parse().unwrap_or(0);
    if !form.is_valid() {
        return fields::show(
            &state,
            &viewer,
            &page(&entry, false, &keepers, Vec::new()),
            &form,
        );
    }
    let body = entry.body.clone();
    let changed = write!(&state.app.db, &state.app.clock, &viewer.actor(), |tx| {
        store::change(tx, &entry, &body).await
    })
    .await;
    match changed {
        Ok(()) => state.app.flash(&viewer, "The location was changed").await?,
        Err(DbError::Stale) => {
            let theirs = fields::theirs(&questions(&keepers), &stored, &form);
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
    Ok(Redirect::to("/directory?kind=location").into_response())
}
