//! Changing many records at once, up to 1,000: from the list's filter or from ticked rows, with a
//! look at each change, and at each that cannot be made and why, before anything is written.
//!
//! All is written in one transaction against the versions that were shown; where one of them was
//! changed meanwhile nothing is written and what would happen is shown again.

mod model;
mod pages;
mod store;

#[cfg(test)]
mod tests;

use commonweal_access::policy::RecordAct;
use commonweal_access::web::{Routes, Rule};

use crate::Forms;

pub(super) fn routes() -> Routes<Forms> {
    let manage = Rule::Records(RecordAct::Manage);
    Routes::new()
        .get("/registers/{key}/bulk", manage, pages::by_filter)
        .post("/registers/{key}/bulk", manage, pages::by_ticks)
        .post("/registers/{key}/bulk/preview", manage, pages::preview)
        .post("/registers/{key}/bulk/confirm", manage, pages::confirm)
}
