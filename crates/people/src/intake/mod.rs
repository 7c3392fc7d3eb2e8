//! The other doors by which a report comes in: a colleague's page, files of partners, e-mail (PE1, PE2).
//!
//! | route | rule |
//! |---|---|
//! | `GET`, `POST /intake`, `/intake/mail` | take reports |
//! | `GET`, `POST /intake/files` | import data |
//!
//! Whatever the door, a report is received by [`reporting::receive`](crate::reporting::receive()).
//! What a call-taker asks about risk is content: `intake/script.toml`.

pub mod content;
mod done;
pub mod files;
mod form;
mod look;
pub mod mail;
mod pages;
mod same;
#[cfg(test)]
pub(crate) mod tests;
mod upload;

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use commonweal_access::policy::Action;
use commonweal_access::web::{Routes, Rule};
use commonweal_records::ports::HomeLink;

use crate::reporting::People;

pub use content::{content_kind, shipped};
pub(crate) use pages::{already, point_of};

/// The pages on which colleagues take reports.
#[must_use]
pub fn routes(people: &People) -> Routes<()> {
    let take = Rule::May(Action::TakeReports);
    let import = Rule::May(Action::ImportData);
    Routes::<People>::new()
        .get("/intake", take, pages::ask)
        .post("/intake", take, pages::answer)
        .get("/intake/mail", take, mail::ask)
        .post(
            "/intake/mail",
            take,
            mail::receive.layer(DefaultBodyLimit::disable()),
        )
        .get("/intake/files", import, files::ask)
        .post(
            "/intake/files",
            import,
            files::receive.layer(DefaultBodyLimit::disable()),
        )
        .with_state(people.clone())
}

/// Links on the home page.
#[must_use]
pub fn home_links() -> Vec<HomeLink> {
    vec![
        HomeLink {
            group: "Casework",
            title: "Take a report",
            hint: "Write down what somebody tells you on the telephone or in person",
            href: "/intake",
            rule: Rule::May(Action::TakeReports),
        },
        HomeLink {
            group: "Casework",
            title: "Take an email",
            hint: "A message that somebody sent becomes a report",
            href: "/intake/mail",
            rule: Rule::May(Action::TakeReports),
        },
        HomeLink {
            group: "Data",
            title: "Import reports",
            hint: "A partner’s file of complaints, each row a report",
            href: "/intake/files",
            rule: Rule::May(Action::ImportData),
        },
    ]
}
