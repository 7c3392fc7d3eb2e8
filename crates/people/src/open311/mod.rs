//! Open311 GeoReport v2: other systems send reports here (K5).
//! Specification: <https://wiki.open311.org/GeoReport_v2>.
//!
//! | route | who |
//! |---|---|
//! | `GET /open311/v2/discovery.{format}`, `services`, `services/{code}` | everybody |
//! | `POST /open311/v2/requests.{format}` | who has a key; without one where the partnership says so |
//! | `GET /open311/v2/requests`, `requests/{id}`, `tokens/{token}` | everybody |
//! | `GET /open311/v2/openapi.json` | everybody |
//!
//! What everybody can read holds only environmental reports in public places: kind, state, agency and the
//! middle of the cell; no words that anybody wrote, no address, no person. XML and JSON come from one tree.

mod asked;
pub mod config;
mod openapi;
mod pages;
mod submit;
#[cfg(test)]
mod tests;
mod tree;

use commonweal_access::web::{Routes, Rule};

use crate::reporting::People;

/// The interface's addresses.
#[must_use]
pub fn routes(people: &People) -> Routes<()> {
    Routes::<People>::new()
        .get("/open311/v2/{file}", Rule::Public, pages::top)
        .post("/open311/v2/{file}", Rule::Public, submit::requests)
        .get("/open311/v2/services/{file}", Rule::Public, pages::service)
        .get("/open311/v2/requests/{file}", Rule::Public, pages::request)
        .get("/open311/v2/tokens/{file}", Rule::Public, pages::token)
        .with_state(people.clone())
}
