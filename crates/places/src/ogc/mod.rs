//! `/ogc`: OGC API - Features - Part 1: Core (OGC 17-069r4), with GeoJSON, HTML and OpenAPI 3.0,
//! in CRS84, so that QGIS and GDAL open areas, cells and counts.
//!
//! Collections: each area set (`lsoa-2021`), cells with incidents (`cells-8`, `cells-9`), and
//! counts by each of them (`counts-lsoa-2021`, `counts-cells-9`), which take `type`,
//! `qualifier` and `source` beside `bbox` and `datetime`. Counts are by month: a `datetime`
//! means every month that it touches. Errors are problem details, as everywhere under `/ogc`.

mod asked;
mod collections;
mod features;
mod openapi;
mod pages;
#[cfg(test)]
mod tests;

use commonweal_access::policy::Action;
use commonweal_access::web::{Routes, Rule};

use crate::Places;

/// The classes of conformance that are kept.
pub(crate) const CONFORMANCE: [&str; 4] = [
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
];

/// The reference system of every coordinate: longitude and latitude, WGS 84.
pub(crate) const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

/// The routes of the interface.
#[must_use]
pub fn routes() -> Routes<Places> {
    let rule = Rule::May(Action::SeeIncidents);
    Routes::new()
        .get("/ogc", rule, pages::landing)
        .get("/ogc/", rule, pages::landing)
        .get("/ogc/conformance", rule, pages::conformance)
        .get("/ogc/api", rule, pages::api)
        .get("/ogc/collections", rule, pages::collections)
        .get("/ogc/collections/{collection}", rule, pages::collection)
        .get("/ogc/collections/{collection}/items", rule, features::items)
        .get(
            "/ogc/collections/{collection}/items/{feature}",
            rule,
            features::item,
        )
}
