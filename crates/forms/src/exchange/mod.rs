//! Records that go out and come in: files, imports, changes of many at once, the interface for
//! programs, feeds.
//!
//! Everything that leaves goes through [`crate::register::visible`]: whoever may not see personal
//! answers gets 'Withheld' in their place, whatever the form of the file.

mod api;
mod bulk;
mod columns;
pub(crate) mod download;
mod export;
mod feeds;
mod import;
mod records;
mod selection;
#[cfg(test)]
pub(crate) mod stage;
#[cfg(test)]
mod tests;

use commonweal_access::policy::RecordAct;
use commonweal_access::web::{Routes, Rule};

use crate::Forms;

/// All routes of this folder.
#[must_use]
pub fn routes() -> Routes<Forms> {
    let export = Rule::Records(RecordAct::Export);
    Routes::new()
        .get("/registers/{key}/export.csv", export, export::csv)
        .get("/registers/{key}/export.ods", export, export::ods)
        .get("/registers/{key}/export.xlsx", export, export::xlsx)
        .merge(api::routes())
        .merge(bulk::routes())
        .merge(feeds::routes())
        .merge(import::routes())
}
