//! Triage (PE1, PA1): what becomes of a report, decided by the agency whose matter it is.
//!
//! | route | rule |
//! |---|---|
//! | `GET /triage` | see reports |
//! | `GET /matters/{matter}` | see reports |
//! | `POST /matters/{matter}/{act}` | see reports; each act asks for what it needs |
//!
//! Every act is one transaction with its event, and holds only for the version of the matter that the
//! page showed. Nothing is lost: a merge can be undone, a closed matter opened again, and a matter that
//! another agency was asked to take stays the first's until the other accepts.
//!
//! * [`model`]: flags, outcomes, what each act needs. [`store`]: the acts. `merge`: two matters that are
//!   one. `queue`, `show` with `view` and `told`, `act`: pages. [`home_card`]: what waits.

mod act;
mod home;
pub mod merge;
pub mod model;
mod queue;
mod show;
pub mod store;
#[cfg(test)]
mod tests;
mod told;
mod view;

use commonweal_access::policy::Action;
use commonweal_access::web::{Routes, Rule};

use crate::reporting::People;

pub use home::{home_card, home_link};
pub use model::contact_stopped;

/// The routes.
#[must_use]
pub fn routes(people: &People) -> Routes<()> {
    let see = Rule::May(Action::SeeReports);
    Routes::new()
        .get("/triage", see, queue::page)
        .get("/matters/{matter}", see, show::page)
        .post("/matters/{matter}/{act}", see, act::receive)
        .with_state(people.clone())
}
