//! `/map`: incidents by cell or area, drawn by the server and made livelier by a script, with
//! the same figures as a table; the figures for the script; the partnership's outline.
//!
//! What the script and the page ask for again and again is kept, ready to be sent, for as long
//! as the cube stands still (module `kept`).

mod data;
mod draw;
pub(crate) mod figures;
pub(crate) mod kept;
mod layers;
mod pages;
pub(crate) mod shapes;
#[cfg(test)]
pub(crate) mod stage;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::extract::FromRef;
use commonweal_access::policy::Action;
use commonweal_access::web::{App, PageError, Routes, Rule};
use commonweal_records::ports::MapLayer;

use crate::Places;
use crate::view::View;

pub(crate) use draw::frame_of_home;
pub(crate) use figures::{missing_months, names};
pub(crate) use pages::missing;

/// State of the map's pages.
#[derive(Clone)]
struct Maps {
    places: Places,
    kept: Arc<kept::Kept>,
    layers: Arc<[MapLayer]>,
}

impl FromRef<Maps> for App {
    fn from_ref(maps: &Maps) -> Self {
        maps.places.app.clone()
    }
}

impl FromRef<Maps> for Places {
    fn from_ref(maps: &Maps) -> Self {
        maps.places.clone()
    }
}

/// The routes of the map, with the layers that areas lay over it.
#[must_use]
pub fn routes<S: Clone + Send + Sync + 'static>(
    places: &Places,
    layers: Vec<MapLayer>,
) -> Routes<S> {
    let rule = Rule::May(Action::SeeIncidents);
    Routes::new()
        .get("/map", rule, pages::map)
        .get("/map/data", rule, data::figures)
        .get("/map/outline", rule, data::outline)
        .get("/map/layers/{name}", rule, layers::data)
        .with_state(Maps {
            places: places.clone(),
            kept: Arc::default(),
            layers: layers.into(),
        })
}

/// Refuses an address with a wrong value, where no page could say so at its field.
pub(crate) fn clear(view: &View) -> Result<(), PageError> {
    if view.problems.is_empty() {
        return Ok(());
    }
    let all: Vec<String> = view
        .problems
        .iter()
        .map(|(field, why)| format!("{field}: {why}."))
        .collect();
    Err(PageError::Invalid(all.join(" ")))
}
