//! Background work: what waits, runs, was done or was laid aside because it kept failing, and the
//! administrators' two decisions about the last: try it again, or give it up.
//!
//! | route | rule |
//! |---|---|
//! | `GET /jobs?state=&kind=&after=` | see background work |
//! | `POST /jobs/{id}/retry`, `POST /jobs/{id}/drop` | retry or drop background work |
//!
//! What a job was put down with is never shown: it may name a person's record.

mod pages;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use commonweal_access::policy::Action;
use commonweal_access::web::{App, Routes, Rule};
use commonweal_core::jobs::JobKind;

use crate::ports::HomeLink;

/// What these pages need.
#[derive(Clone)]
pub struct Background {
    app: App,
    titles: Arc<BTreeMap<&'static str, &'static str>>,
}

impl Background {
    /// The pages' state: `kinds` are those of the worker, for their titles
    /// (`Background::new(&app, worker.kinds())`).
    pub fn new<'a>(app: &App, kinds: impl IntoIterator<Item = &'a JobKind>) -> Self {
        let titles = kinds.into_iter().map(|kind| (kind.name, kind.title));
        Self {
            app: app.clone(),
            titles: Arc::new(titles.collect()),
        }
    }

    /// What administrators read for a kind; its name where this copy does not know it.
    fn title(&self, kind: &str) -> String {
        self.titles
            .get(kind)
            .map_or_else(|| kind.to_owned(), |title| (*title).to_owned())
    }
}

/// The routes.
#[must_use]
pub fn routes() -> Routes<Background> {
    let manage = Rule::May(Action::ManageJobs);
    Routes::new()
        .get("/jobs", Rule::May(Action::SeeJobs), pages::show)
        .post("/jobs/{id}/retry", manage, pages::retry)
        .post("/jobs/{id}/drop", manage, pages::give_up)
}

/// The link on the home page.
#[must_use]
pub fn home_link() -> HomeLink {
    HomeLink {
        group: "Administration",
        title: "Background work",
        hint: "What runs beside the pages, and what was laid aside because it kept failing",
        href: "/jobs",
        rule: Rule::May(Action::SeeJobs),
    }
}
