//! Files that may be indecent images of a child (PE1): whoever may see a file can mark it. From then on
//! nobody is given its content, under whatever record it is named: `core::files` itself refuses, so that
//! no page can forget to. The data protection officers and the police contact are told that there is such
//! a file, never what it shows; nothing of it is sent. Only a data protection officer can release it, with
//! a reason.
//!
//! | route | rule |
//! |---|---|
//! | `GET`, `POST /report-image/{file}`, `GET /report-image/{file}/steps` | whoever may see the file |
//! | `GET /marked-files`, `/marked-files/{reference}`, `POST /marked-files/{reference}` | release marked files |
//!
//! `{file}` is the id of a use in `file_uses`. Pages that list files link to
//! [`mark_href`](commonweal_forms::register::seen_file::mark_href) and name what was stopped by
//! [`blocked_among`](commonweal_core::files::blocked_among).

mod pages;
mod release;
mod store;
#[cfg(test)]
mod tests;

use axum::extract::FromRef;
use commonweal_access::policy::Action;
use commonweal_access::web::{App, Routes, Rule};
use commonweal_records::ports::HomeLink;

use crate::reporting::People;

/// Who of the police is told of a marked file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Police {
    /// Where the alert goes; none where the partnership named nobody.
    pub mail: Option<String>,
    /// Whom to call, and on which number, as the page says it.
    pub contact: Option<String>,
}

/// The state of these pages.
#[derive(Debug, Clone)]
struct MarkedImages {
    people: People,
    police: Police,
}

impl FromRef<MarkedImages> for App {
    fn from_ref(state: &MarkedImages) -> Self {
        state.people.app.clone()
    }
}

/// The pages.
#[must_use]
pub fn routes(people: &People, police: &Police) -> Routes<()> {
    let release = Rule::May(Action::ReleaseMarkedFiles);
    Routes::<MarkedImages>::new()
        .get("/report-image/{file}", Rule::SignedIn, pages::ask)
        .post("/report-image/{file}", Rule::SignedIn, pages::mark)
        .get("/report-image/{file}/steps", Rule::SignedIn, pages::steps)
        .get("/marked-files", release, release::list)
        .get("/marked-files/{reference}", release, release::show)
        .post("/marked-files/{reference}", release, release::release)
        .with_state(MarkedImages {
            people: people.clone(),
            police: police.clone(),
        })
}

/// The link on the home page.
#[must_use]
pub fn home_link() -> HomeLink {
    HomeLink {
        group: "Administration",
        title: "Stopped files",
        hint: "Files that somebody marked as perhaps illegal: nobody can open them",
        href: "/marked-files",
        rule: Rule::May(Action::ReleaseMarkedFiles),
    }
}
