//! Where administrators read and write definitions: list, outline, editing with faults by line, what
//! a change would mean for records, publishing, and taking records over to a new version.
//!
//! | route | rule |
//! |---|---|
//! | `GET /registers/definitions` | change forms, letters and other content |
//! | `GET`, `POST /registers/definitions/new` | the same |
//! | `GET /registers/definitions/{key}` | the same |
//! | `GET`, `POST /registers/definitions/{key}/edit` | the same |
//! | `GET`, `POST /registers/definitions/{key}/records` | the same |
//!
//! Nothing here shows an answer: of records there are counts alone.

mod difference;
mod edit;
mod impact;
mod list;
pub mod migrate;
mod outline;
mod preview;
mod records;
mod show;
mod store;
#[cfg(test)]
mod tests;

use commonweal_access::policy::Action;
use commonweal_access::web::{Routes, Rule};
use commonweal_records::ports::HomeLink;

use crate::Forms;

/// The rule of every page here.
const MANAGE: Rule = Rule::May(Action::ManageContent);

/// The address of the list.
const LIST: &str = "/registers/definitions";

/// The routes.
#[must_use]
pub fn routes() -> Routes<Forms> {
    Routes::new()
        .get("/registers/definitions", MANAGE, list::show)
        .get("/registers/definitions/new", MANAGE, edit::ask_new)
        .post("/registers/definitions/new", MANAGE, edit::send_new)
        .get("/registers/definitions/{key}", MANAGE, show::show)
        .get("/registers/definitions/{key}/edit", MANAGE, edit::ask)
        .post("/registers/definitions/{key}/edit", MANAGE, edit::send)
        .get("/registers/definitions/{key}/records", MANAGE, records::ask)
        .post(
            "/registers/definitions/{key}/records",
            MANAGE,
            records::send,
        )
}

/// The link on the home page.
#[must_use]
pub fn home_link() -> HomeLink {
    HomeLink {
        group: "Administration",
        title: "Forms and registers",
        hint: "Change questions, lists, life cycles and who may see what",
        href: LIST,
        rule: MANAGE,
    }
}

fn address(key: &str) -> String {
    format!("{LIST}/{key}")
}
