//! Records of forms and registers: their store, lists, pages, moves and dates.
//!
//! [`store`] is the only writer: each write is one transaction with its events, audit, index,
//! dates and search. [`visible()`] says what of a record somebody may see; everything that shows,
//! exports or sends answers asks it.

pub mod attachments;
pub mod dues;
pub mod found;
pub mod home;
pub mod list;
pub mod moves;
mod notes;
pub mod ports;
mod record_page;
pub mod retention;
pub mod seen_file;
pub mod store;
#[cfg(test)]
mod tests;
pub mod views;
mod visible;
mod words;

use commonweal_access::web::Routes;
use commonweal_core::jobs::JobKind;
use commonweal_core::search::Source;
use commonweal_records::ports::{HomeCard, MapLayer, PlaceSection, PublicPlaceSection};

pub use visible::{Sight, Visible, log_read, visible, visible_to};

use crate::{Catalogue, Forms};

/// The routes of registers.
#[must_use]
pub fn routes() -> Routes<Forms> {
    Routes::new()
        .merge(home::routes())
        .merge(list::routes())
        .merge(record_page::routes())
        .merge(moves::routes())
        .merge(notes::routes())
        .merge(attachments::routes())
}

/// Work in the background; see [`RECURRING`] for how often.
#[must_use]
pub fn jobs(forms: &Forms) -> Vec<JobKind> {
    vec![dues::job(forms), retention::job(forms)]
}

/// Jobs that recur, with how many hours lie between.
pub const RECURRING: &[(&str, i64)] = &[(dues::REMIND, 1), (retention::RETENTION, 24)];

/// Cards of the home page.
#[must_use]
pub fn home_cards(forms: &Forms) -> Vec<HomeCard> {
    vec![home::card(&forms.catalogue)]
}

/// Sections of the place file.
#[must_use]
pub fn place_sections(forms: &Forms) -> Vec<PlaceSection> {
    vec![ports::place_section(&forms.catalogue)]
}

/// Lines of the public pages of places.
#[must_use]
pub fn public_place_sections(catalogue: &Catalogue) -> Vec<PublicPlaceSection> {
    ports::public_sections(catalogue)
}

/// Layers of the map.
#[must_use]
pub fn map_layers(forms: &Forms) -> Vec<MapLayer> {
    vec![ports::map_layer(&forms.catalogue)]
}

/// What search is made anew from.
#[must_use]
pub fn search_sources(catalogue: &Catalogue) -> Vec<Source> {
    found::sources(catalogue)
}
