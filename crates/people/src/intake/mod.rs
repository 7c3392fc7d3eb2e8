//! The other doors by which a report comes in: a colleague's page, files of partners, e-mail (PE1, PE2).
//!
//! | route | rule |
//! |---|---|
//! | `GET`, `POST /intake` | take reports |
//!
//! Whatever the door, a report is received by [`reporting::receive`](crate::reporting::receive()).
//! What a call-taker asks about risk is content: `intake/script.toml`.

pub mod content;
mod done;
mod form;
mod look;
mod pages;
mod same;
#[cfg(test)]
mod tests;

use commonweal_access::policy::Action;
use commonweal_access::web::{Routes, Rule};
use commonweal_records::ports::HomeLink;

use crate::reporting::People;

pub use content::{content_kind, shipped};

/// The pages on which colleagues take reports.
#[must_use]
pub fn routes(people: &People) -> Routes<()> {
    let take = Rule::May(Action::TakeReports);
    Routes::<People>::new()
        .get("/intake", take, pages::ask)
        .post("/intake", take, pages::answer)
        .with_state(people.clone())
}

/// Links on the home page.
#[must_use]
pub fn home_links() -> Vec<HomeLink> {
    vec![HomeLink {
        group: "Casework",
        title: "Take a report",
        hint: "Write down what somebody tells you on the telephone or in person",
        href: "/intake",
        rule: Rule::May(Action::TakeReports),
    }]
}
