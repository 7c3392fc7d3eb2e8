//! People and organisations that every area shares: names, age, language, adjustments, ways of
//! reaching them, and their wishes about safe contact.
//!
//! | route | rule |
//! |---|---|
//! | `GET /people`, `POST /people` | see people and organisations |
//! | `GET /people/{reference}` | the same |
//! | `GET`, `POST /people/new` | add and change people and organisations |
//! | `GET`, `POST /people/{reference}/edit` | the same |
//! | `GET`, `POST /people/{reference}/contacts/{contact}`, `POST …/remove` | the same |
//! | `GET`, `POST /people/{reference}/safe-contact` | the same |
//!
//! A party belongs to the agency that added it; grants on the own agency reach it, and nobody else
//! learns that it exists. Each look goes into the access log before the page goes out. What
//! somebody searches for is sent by POST and kept behind an id ([`searches`](crate::searches)).
//!
//! Whether somebody may be reached is decided in one place, [`rules::may_contact`]; mail goes
//! through [`mail_to`]. Forms use [`pick`].

pub mod contact;
mod mail;
mod model;
mod pages;
pub mod pick;
pub mod rules;
pub mod search;
pub mod store;
#[cfg(test)]
mod tests;

use commonweal_access::policy::Action;
use commonweal_access::web::{App, Routes, Rule};

pub use mail::{PartyMail, Sent, mail_to};
pub use model::{
    Age, Brief, Contact, ContactId, Details, NewContact, NewParty, PREFIX, Party, PartyId,
    PartyKind,
};

use crate::ports::HomeLink;

/// The routes.
#[must_use]
pub fn routes() -> Routes<App> {
    let see = Rule::May(Action::SeeParties);
    let edit = Rule::May(Action::EditParties);
    Routes::new()
        .get("/people", see, pages::search::show)
        .post("/people", see, pages::search::ask)
        .get("/people/new", edit, pages::edit::ask_new)
        .post("/people/new", edit, pages::edit::add)
        .get("/people/{reference}", see, pages::show::show)
        .get("/people/{reference}/edit", edit, pages::edit::ask)
        .post("/people/{reference}/edit", edit, pages::edit::change)
        .get(
            "/people/{reference}/contacts/{contact}",
            edit,
            pages::contacts::ask,
        )
        .post(
            "/people/{reference}/contacts/{contact}",
            edit,
            pages::contacts::put,
        )
        .post(
            "/people/{reference}/contacts/{contact}/remove",
            edit,
            pages::contacts::remove,
        )
        .get("/people/{reference}/safe-contact", edit, pages::safe::ask)
        .post(
            "/people/{reference}/safe-contact",
            edit,
            pages::safe::change,
        )
}

/// The link on the home page.
#[must_use]
pub fn home_link() -> HomeLink {
    HomeLink {
        group: "Casework",
        title: "People and organisations",
        hint: "Find somebody, and see how they may be contacted",
        href: "/people",
        rule: Rule::May(Action::SeeParties),
    }
}
