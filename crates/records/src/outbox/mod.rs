//! The outbox: messages that wait, were sent, could not be delivered, or are kept here because no
//! mail server is set up.
//!
//! | route | rule |
//! |---|---|
//! | `GET /outbox?state=&after=` | see messages before they are sent |
//! | `GET /outbox/{id}` | the same |
//!
//! Messages speak of people: each look at the list and at a message goes into the access log, with
//! the messages' ids, before the page goes out.

mod pages;
#[cfg(test)]
mod tests;

use commonweal_access::policy::Action;
use commonweal_access::web::{App, Routes, Rule};

use crate::ports::HomeLink;

/// The routes.
#[must_use]
pub fn routes() -> Routes<App> {
    let see = Rule::May(Action::SeeOutbox);
    Routes::new().get("/outbox", see, pages::show_list).get(
        "/outbox/{id}",
        see,
        pages::show_message,
    )
}

/// The link on the home page.
#[must_use]
pub fn home_link() -> HomeLink {
    HomeLink {
        group: "Administration",
        title: "Outbox",
        hint: "Messages that wait, were sent or could not be delivered",
        href: "/outbox",
        rule: Rule::May(Action::SeeOutbox),
    }
}
