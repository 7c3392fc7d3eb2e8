//! The Open Referral UK 3.0 interface: read-only, public, for any origin. What it serves is what
//! everybody sees. Specification: <https://docs.openreferraluk.org/>, the HSDS API reference for
//! paging and parameters.

mod asked;
pub mod export;
mod openapi;
mod pages;
#[cfg(test)]
pub(crate) mod tests;

use commonweal_access::web::{Routes, Rule};

use super::GoTo;

/// The interface's addresses.
#[must_use]
pub fn routes() -> Routes<GoTo> {
    Routes::new()
        .get("/openreferral", Rule::Public, pages::root)
        .get("/openreferral/", Rule::Public, pages::root)
        .get("/openreferral/openapi.json", Rule::Public, openapi::show)
        .get("/openreferral/services", Rule::Public, pages::services)
        .get("/openreferral/services/{id}", Rule::Public, pages::service)
        .get(
            "/openreferral/organizations",
            Rule::Public,
            pages::organizations,
        )
        .get(
            "/openreferral/organizations/{id}",
            Rule::Public,
            pages::organization,
        )
        .get(
            "/openreferral/service_at_locations",
            Rule::Public,
            pages::places,
        )
        .get(
            "/openreferral/service_at_locations/{id}",
            Rule::Public,
            pages::place,
        )
        .get("/openreferral/taxonomies", Rule::Public, pages::taxonomies)
        .get(
            "/openreferral/taxonomies/{id}",
            Rule::Public,
            pages::taxonomy,
        )
        .get("/openreferral/taxonomy_terms", Rule::Public, pages::terms)
        .get(
            "/openreferral/taxonomy_terms/{id}",
            Rule::Public,
            pages::term,
        )
}
