//! Records of forms and registers: their store, lists, pages, moves and dates.
//!
//! [`store`] is the only writer: each write is one transaction with its events, audit, index,
//! dates and search. [`visible`] says what of a record somebody may see; everything that shows,
//! exports or sends answers asks it.

pub mod attachments;
pub mod dues;
pub mod home;
pub mod list;
pub mod moves;
mod notes;
pub mod ports;
mod record_page;
pub mod retention;
pub mod store;
#[cfg(test)]
mod tests;
pub mod views;
mod visible;
mod words;

use commonweal_access::web::Routes;
use commonweal_core::jobs::JobKind;

pub use visible::{Sight, Visible, log_read, visible, visible_to};

use crate::Forms;

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
