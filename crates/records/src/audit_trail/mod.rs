//! The audit trail: who changed what and for what purpose, whether that is sealed, and who read
//! personal data.
//!
//! | route | rule |
//! |---|---|
//! | `GET /audit?actor=&action=&from=&to=&subject=&after=` | see who did what and when |
//! | `GET /audit/reads?…` (the same) | the same |
//!
//! An entry holds names of fields, never values. Both pages show what people did at work, so each
//! look at them goes into the access log too. A grant that reaches only the own agency shows what
//! that agency's people did and read, and nothing about sealing, which counts everybody's entries.

mod filter;
mod pages;
mod store;
#[cfg(test)]
mod tests;

use commonweal_access::policy::Action;
use commonweal_access::web::{App, Routes, Rule};

use crate::ports::HomeLink;

/// The routes.
#[must_use]
pub fn routes() -> Routes<App> {
    let see = Rule::May(Action::SeeAudit);
    Routes::new().get("/audit", see, pages::show_changes).get(
        "/audit/reads",
        see,
        pages::show_reads,
    )
}

/// The link on the home page.
#[must_use]
pub fn home_link() -> HomeLink {
    HomeLink {
        group: "Administration",
        title: "Audit",
        hint: "Who did what and when, and who read personal data",
        href: "/audit",
        rule: Rule::May(Action::SeeAudit),
    }
}
