//! `/place-file`: for staff, everything in the product about an address, a drawn area or a ward that
//! the reader may see there. Each area of the code adds its section as a [`PlaceSection`].
//!
//! What was asked may say where somebody lives, so it is in no address: it is sent, kept for a day for
//! whoever asked (`records::searches`), and read back by its id. Each reading is in the access log with
//! the purpose that the reader stated.

mod ask;
mod counts;
mod document;
mod hot;
mod model;
mod pages;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::extract::FromRef;
use commonweal_access::policy::Action;
use commonweal_access::web::{App, Routes, Rule};
use commonweal_records::ports::{HomeLink, PlaceSection};

use crate::Places;

pub use counts::section as incidents_section;
pub use hot::{HotSpots, layer as hot_spots_layer, section as hot_spots_section};

/// State of the place file.
#[derive(Clone)]
pub struct PlaceFiles {
    places: Places,
    sections: Arc<[PlaceSection]>,
}

impl FromRef<PlaceFiles> for App {
    fn from_ref(files: &PlaceFiles) -> Self {
        files.places.app.clone()
    }
}

impl PlaceFiles {
    /// The place file with these sections, in this order.
    #[must_use]
    pub fn new(places: &Places, sections: Vec<PlaceSection>) -> Self {
        Self {
            places: places.clone(),
            sections: sections.into(),
        }
    }

    fn app(&self) -> &App {
        &self.places.app
    }
}

/// The routes of the place file.
#[must_use]
pub fn routes() -> Routes<PlaceFiles> {
    let see = Rule::May(Action::SeePlaceFiles);
    Routes::new()
        .get("/place-file", see, ask::ask)
        .post("/place-file", see, ask::send)
        .get("/place-file/{id}", see, pages::file)
        .get("/place-file/{id}/document.pdf", see, document::pdf)
}

/// The link on the home page.
#[must_use]
pub fn home_link() -> HomeLink {
    HomeLink {
        group: "Figures",
        title: "Place file",
        hint: "Everything that is known of an address, a street or an area",
        href: "/place-file",
        rule: Rule::May(Action::SeePlaceFiles),
    }
}
