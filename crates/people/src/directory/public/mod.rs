//! What everybody sees: the search, its results, the page of a service. Works without a script.

mod result;
mod results;
mod search;
mod service;
#[cfg(test)]
mod tests;
pub(crate) mod view;

use commonweal_access::web::{Routes, Rule};

pub use view::PhoneView;

use super::GoTo;

/// The public pages.
#[must_use]
pub fn routes() -> Routes<GoTo> {
    Routes::new()
        .get("/go-to", Rule::Public, search::ask)
        .post("/go-to", Rule::Public, search::answer)
        .get("/go-to/all", Rule::Public, results::all)
        .get("/go-to/needs/{key}", Rule::Public, results::need)
        .get("/go-to/searches/{id}", Rule::Public, results::kept)
        .get("/go-to/{reference}", Rule::Public, service::show)
}
