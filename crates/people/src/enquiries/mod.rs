//! Enquiries of councillors and members of Parliament (PE1): a reference of their own, the resident's authority
//! on record, a clock in working days, a drafted reply without details beyond that authority.
//!
//! | route | rule |
//! |---|---|
//! | `GET /enquiries`, `/enquiries/{reference}` | see enquiries; members see their own |
//! | `GET`, `POST /enquiries/new`, `POST /enquiries/{reference}` | answer enquiries |

mod model;
mod pages;
mod show;
mod store;
#[cfg(test)]
mod tests;

use commonweal_access::policy::Action;
use commonweal_access::web::{Routes, Rule};
use commonweal_records::ports::{HomeCard, HomeLink};

use crate::reporting::People;

pub use model::Drafts;

/// The content's key.
pub(crate) const FILE: &str = "enquiries.toml";

/// The pages.
#[must_use]
pub fn routes(people: &People) -> Routes<()> {
    let see = Rule::May(Action::SeeEnquiries);
    let answer = Rule::May(Action::AnswerEnquiries);
    Routes::<People>::new()
        .get("/enquiries", see, pages::list)
        .get("/enquiries/new", answer, pages::ask)
        .post("/enquiries/new", answer, pages::put)
        .get("/enquiries/{reference}", see, show::show)
        .post("/enquiries/{reference}", answer, show::answer)
        .with_state(people.clone())
}

/// The link on the home page.
#[must_use]
pub fn home_links() -> Vec<HomeLink> {
    vec![HomeLink {
        group: "Casework",
        title: "Members’ enquiries",
        hint: "What councillors and members of Parliament ask, and by when it is answered",
        href: "/enquiries",
        rule: Rule::May(Action::SeeEnquiries),
    }]
}

/// The card on the home page: enquiries that wait for an answer.
#[must_use]
pub fn home_cards(people: &People) -> Vec<HomeCard> {
    let people = people.clone();
    let rule = Rule::May(Action::AnswerEnquiries);
    vec![
        HomeCard::new("Members’ enquiries", rule, move |_, viewer| {
            let people = people.clone();
            async move { pages::card(&people, &viewer).await }
        })
        .more("All enquiries", "/enquiries"),
    ]
}
