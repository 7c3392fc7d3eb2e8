//! The home page, `GET /`: for whoever is signed in, what they may do and what is new; for everybody
//! else, what this service is and the way to sign in.
//!
//! Areas add to it through [`ports`](crate::ports): links, and cards whose functions say what is new
//! to this viewer. A link or card is shown to those whom its rule lets in, so the page tells nobody
//! that there is something they may not open.

mod pages;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use commonweal_access::web::{App, Routes, Rule};

use crate::ports::{HomeCard, HomeLink};

/// What the home page is made of.
#[derive(Clone)]
pub struct Home {
    app: App,
    cards: Arc<[HomeCard]>,
    links: Arc<[HomeLink]>,
}

impl Home {
    /// The page's state: cards and links in the order in which they are shown.
    #[must_use]
    pub fn new(app: &App, cards: Vec<HomeCard>, links: Vec<HomeLink>) -> Self {
        Self {
            app: app.clone(),
            cards: cards.into(),
            links: links.into(),
        }
    }
}

/// The route; open to everybody, who see different things.
#[must_use]
pub fn routes() -> Routes<Home> {
    Routes::new().get("/", Rule::Public, pages::show)
}
