//! What every area's pages stand on: the application's state, who is looking, routes that cannot
//! be made without a rule, and what happens when something goes wrong.
//!
//! # How an area makes its routes
//!
//! ```
//! use axum::extract::{FromRef, State};
//! use axum::response::Response;
//! use commonweal_access::policy::Action;
//! use commonweal_access::web::{App, PageError, Routes, Rule, Viewer};
//! use commonweal_govuk::Page;
//!
//! // An area's own state holds the application's.
//! #[derive(Clone)]
//! struct Places { app: App }
//! impl FromRef<Places> for App {
//!     fn from_ref(places: &Places) -> App { places.app.clone() }
//! }
//!
//! commonweal_govuk::page!(MAP, "docs/map.html", "../../../govuk/templates/error.html");
//!
//! async fn map(State(places): State<Places>, viewer: Viewer) -> Result<Response, PageError> {
//!     let scope = viewer.principal.scope(Action::SeeIncidents, commonweal_access::policy::Kind::Incidents);
//!     # let _ = scope;
//!     places.app.page(&viewer, Page::new(&MAP, "Map"), &serde_json::json!({}))
//! }
//!
//! fn routes() -> Routes<Places> {
//!     Routes::new().get("/map", Rule::May(Action::SeeIncidents), map)
//! }
//! # routes();
//! ```
//!
//! The binary merges the routes of all areas (`Routes::with_state`, `Routes::merge`) and calls
//! [`App::serve`], which adds sessions, protection against forged requests, error pages and headers.
//! [`Routes::list`] names every method, path and rule, for the router test and
//! `outsider::sees_nothing` (feature `testing`).

mod app;
#[cfg(any(test, feature = "testing"))]
pub mod browser;
mod error;
mod extract;
mod forgery;
pub mod kept;
#[cfg(any(test, feature = "testing"))]
pub mod outsider;
mod routes;
mod serve;
mod viewer;

pub use app::{App, Basemap, NavEntry, Settings};
pub use error::PageError;
pub use extract::{Path, Query, Sent, Upload};
pub use routes::{Listed, Routes, Rule};
pub use serve::local_path;
pub use viewer::{Address, Reader, Viewer, Visit};

#[cfg(test)]
mod tests;
