//! The description of the interface, for programs.

use axum::extract::State;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::pages::{answer, base};
use crate::directory::GoTo;

/// Where the standard's schemas are published.
const SCHEMAS: &str = "https://raw.githubusercontent.com/OpenReferralUK/uk-profile/main/schema";

/// The parameters: name, type, words.
const PARAMETERS: [(&str, &str, &str); 16] = [
    ("page", "integer", "The page of the result, from 1."),
    (
        "per_page",
        "integer",
        "Entries a page, 50 unless said, 500 at most.",
    ),
    (
        "search",
        "string",
        "Words, also as people say what they need.",
    ),
    ("taxonomy_term_id", "string", "With this taxonomy term."),
    ("taxonomy_id", "string", "With any term of this taxonomy."),
    ("organization_id", "string", "Of this organisation."),
    (
        "minimum_age",
        "number",
        "With a minimum age of at least this.",
    ),
    (
        "maximum_age",
        "number",
        "With a maximum age of at most this.",
    ),
    (
        "start_time",
        "string",
        "Opening at this time or later, such as 09:00.",
    ),
    ("end_time", "string", "Closing at this time or earlier."),
    ("day", "string", "Open on this day, such as MO."),
    ("postcode", "string", "Covering this postcode."),
    (
        "proximity",
        "number",
        "At a location within so many metres of the postcode, in a straight line.",
    ),
    ("modified_after", "string", "Changed at this time or later."),
    (
        "full",
        "boolean",
        "With everything that belongs to each entry.",
    ),
    (
        "minimal",
        "boolean",
        "Only id and last_modified of each service.",
    ),
];

fn list(summary: &str, schema: &str, parameters: &[&str]) -> Value {
    let parameters: Vec<Value> = PARAMETERS
        .iter()
        .filter(|(name, ..)| ["page", "per_page"].contains(name) || parameters.contains(name))
        .map(|(name, kind, words)| {
            json!({ "name": name, "in": "query", "required": false, "description": words, "schema": { "type": kind } })
        })
        .collect();
    let contents = json!({ "contents": { "type": "array", "items": { "$ref": format!("{SCHEMAS}/{schema}") } } });
    let schema =
        json!({ "allOf": [{ "$ref": "#/components/schemas/Page" }], "properties": contents });
    json!({ "get": { "summary": summary, "parameters": parameters, "responses": {
        "200": { "description": summary, "content": { "application/json": { "schema": schema } } },
        "400": { "description": "A parameter is wrong; the answer names it (application/problem+json)." },
    } } })
}

fn one(summary: &str, schema: &str) -> Value {
    let id = json!([{ "name": "id", "in": "path", "required": true, "schema": { "type": "string", "format": "uuid" } }]);
    let schema = json!({ "$ref": format!("{SCHEMAS}/{schema}") });
    json!({ "get": { "summary": summary, "parameters": id, "responses": {
        "200": { "description": summary, "content": { "application/json": { "schema": schema } } },
        "404": { "description": "There is no such entry." },
    } } })
}

pub(super) async fn show(State(state): State<GoTo>) -> Response {
    let all: Vec<&str> = PARAMETERS.iter().map(|(name, ..)| *name).collect();
    let mut paths = Map::new();
    let mut add = |path: &str, value: Value| {
        paths.insert(path.to_owned(), value);
    };
    add(
        "/",
        json!({ "get": { "summary": "What this interface is", "responses": { "200": { "description": "Version, profile, this document." } } } }),
    );
    add(
        "/services",
        list("Services", "compiled/service_list.json", &all),
    );
    add(
        "/services/{id}",
        one(
            "A service with everything that belongs to it",
            "compiled/service.json",
        ),
    );
    add(
        "/organizations",
        list("Organisations", "organization.json", &["search", "full"]),
    );
    add(
        "/organizations/{id}",
        one(
            "An organisation with its services",
            "compiled/organization.json",
        ),
    );
    add(
        "/service_at_locations",
        list(
            "Services at locations",
            "compiled/service_at_location_list.json",
            &all,
        ),
    );
    add(
        "/service_at_locations/{id}",
        one(
            "A service at a location",
            "compiled/service_at_location.json",
        ),
    );
    add("/taxonomies", list("Taxonomies", "taxonomy.json", &[]));
    add(
        "/taxonomies/{id}",
        one("A taxonomy with its terms", "taxonomy.json"),
    );
    add(
        "/taxonomy_terms",
        list("Terms of taxonomies", "taxonomy_term.json", &[]),
    );
    add("/taxonomy_terms/{id}", one("A term", "taxonomy_term.json"));
    let property = |kind: &str| json!({ "type": kind });
    answer(&json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("Directory of {}", state.app.settings.partnership_name),
            "version": "3.0",
            "description": "Open Referral UK 3.0, read-only and open to everybody. Parameters add up.",
        },
        "servers": [{ "url": base(&state) }],
        "paths": paths,
        "components": { "schemas": { "Page": { "type": "object", "properties": {
            "total_items": property("integer"), "total_pages": property("integer"), "page_number": property("integer"),
            "size": property("integer"), "first_page": property("boolean"), "last_page": property("boolean"), "empty": property("boolean"),
        } } } },
    }))
}
