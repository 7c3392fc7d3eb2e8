//! The intelligence log: what people know and tell, apart from reports, with its own access (PE2).
//!
//! | route | rule |
//! |---|---|
//! | `GET /intelligence`, `/intelligence/{reference}` | see the intelligence log |
//! | `GET`, `POST /intelligence/new`, `POST /intelligence/{reference}` | grade intelligence |
//!
//! An entry is graded 3x5x2: how far its source can be relied on (1 to 3), how far it is known to be so
//! (A to E), and whether it may be handed on freely or with conditions (P or C). What may be shared is the
//! sanitised version, which does not show where it comes from. Entries are in no search, no list of matters,
//! no figures, no place file.

mod model;
mod pages;
mod store;
#[cfg(test)]
mod tests;

use commonweal_access::policy::Action;
use commonweal_access::web::{Routes, Rule};
use commonweal_records::ports::HomeLink;

use crate::reporting::People;

pub use model::{Grade, HANDLING, INTELLIGENCE_GRADES, SOURCE_GRADES};
pub use store::{Added, NewIntelligence, SUBJECT, add};

/// The pages.
#[must_use]
pub fn routes(people: &People) -> Routes<()> {
    let see = Rule::May(Action::SeeIntelligence);
    let grade = Rule::May(Action::GradeIntelligence);
    Routes::<People>::new()
        .get("/intelligence", see, pages::list)
        .get("/intelligence/new", grade, pages::ask)
        .post("/intelligence/new", grade, pages::put)
        .get("/intelligence/{reference}", see, pages::show)
        .post("/intelligence/{reference}", grade, pages::grade)
        .with_state(people.clone())
}

/// The link on the home page.
#[must_use]
pub fn home_links() -> Vec<HomeLink> {
    vec![HomeLink {
        group: "Casework",
        title: "Intelligence",
        hint: "What people know and told, graded, with what may be shared",
        href: "/intelligence",
        rule: Rule::May(Action::SeeIntelligence),
    }]
}
