//! `/places`: a public page for each ward and town, with safe figures, what is being done there, links
//! to local communities, news by e-mail or Atom, and what residents say once somebody has read it.
//!
//! Everything here is for everybody, so everything here is published: counts through `suppress`, lines
//! through the ports, words of residents after moderation. What areas publish they register as
//! [`PublicPlaceSection`]s; what changes is remembered by the job [`news::job`], from which feed and
//! weekly mail are made.

mod contributions;
pub(crate) mod directory;
mod feed;
mod figures;
mod links;
pub mod news;
mod pages;
pub mod policy;
mod subscribe;
pub mod suppress;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;

use axum::extract::FromRef;
use commonweal_access::policy::Action;
use commonweal_access::web::{App, Routes, Rule};
use commonweal_core::{DbError, read};
use commonweal_govuk::{Language, text};
use commonweal_records::ports::{HomeLink, PublicPlaceSection};

use crate::Places;
use crate::cube::Snapshot;
use directory::Directory;
use policy::Policy;

/// State of the public pages.
#[derive(Clone)]
pub struct PlacePages {
    places: Places,
    sections: Arc<[PublicPlaceSection]>,
}

impl FromRef<PlacePages> for App {
    fn from_ref(pages: &PlacePages) -> Self {
        pages.places.app.clone()
    }
}

impl PlacePages {
    /// The public pages with what areas publish on them.
    #[must_use]
    pub fn new(places: &Places, sections: Vec<PublicPlaceSection>) -> Self {
        Self {
            places: places.clone(),
            sections: sections.into(),
        }
    }

    fn app(&self) -> &App {
        &self.places.app
    }

    /// The figures as they stand, what may be shown of them, and which places there are.
    async fn now(&self) -> Result<(Arc<Snapshot>, Policy, Directory), DbError> {
        let snapshot = self.places.cube.snapshot();
        let today = self.app().clock.today();
        let policy = read!(&self.app().db, |tx| Policy::load(tx, today).await).await?;
        let directory = Directory::new(&snapshot, &policy);
        Ok((snapshot, policy, directory))
    }
}

/// The routes of the public pages, and those of the staff who look after them.
#[must_use]
pub fn routes() -> Routes<PlacePages> {
    let manage = Rule::May(Action::ManagePlacePages);
    Routes::new()
        .get("/places", Rule::Public, pages::index)
        .post("/places", Rule::Public, pages::find)
        .get("/places/{slug}", Rule::Public, pages::place)
        .get("/places/{slug}/feed.atom", Rule::Public, feed::feed)
        .post(
            "/places/{slug}/subscribe",
            Rule::Public,
            subscribe::subscribe,
        )
        .get(
            "/places/{slug}/contribute",
            Rule::Public,
            contributions::pages::ask,
        )
        .post(
            "/places/{slug}/contribute",
            Rule::Public,
            contributions::pages::send,
        )
        .get(
            "/places/contribution/{secret}",
            Rule::Public,
            contributions::pages::own,
        )
        .post(
            "/places/contribution/{secret}",
            Rule::Public,
            contributions::pages::withdraw,
        )
        .get("/places/contributions", manage, contributions::queue::list)
        .get(
            "/places/contributions/{id}",
            manage,
            contributions::queue::look,
        )
        .post(
            "/places/contributions/{id}",
            manage,
            contributions::queue::decide,
        )
        .get("/places/{slug}/links", manage, links::list)
        .post("/places/{slug}/links", manage, links::add)
        .get("/places/{slug}/links/{id}", manage, links::ask)
        .post("/places/{slug}/links/{id}", manage, links::change)
}

/// A text of the catalogue with its places filled.
fn say(language: Language, key: &str, values: &[(&str, String)]) -> String {
    let pattern = text::t(language, key);
    let values: HashMap<String, String> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    text::fill(&pattern, &values).unwrap_or_else(|_| pattern.into_owned())
}

/// A day as people write it: `3 April 2026`.
pub(crate) fn day(date: impl Into<chrono::NaiveDate>) -> String {
    date.into().format("%-d %B %Y").to_string()
}

/// The place's page, for links.
fn path_of(slug: impl Display) -> String {
    format!("/places/{slug}")
}

/// The links on the home page.
#[must_use]
pub fn home_links() -> Vec<HomeLink> {
    vec![
        HomeLink {
            group: "Figures",
            title: "Public pages of places",
            hint: "What everybody can read about a ward or town",
            href: "/places",
            rule: Rule::SignedIn,
        },
        HomeLink {
            group: "Administration",
            title: "What residents say",
            hint: "Comments and offers on the public pages of places, before they show",
            href: "/places/contributions",
            rule: Rule::May(Action::ManagePlacePages),
        },
    ]
}
