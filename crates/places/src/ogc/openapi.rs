//! The interface in OpenAPI 3.0.

use serde_json::{Value, json};

use super::asked::MOST;

/// The media type.
pub(super) const MEDIA_TYPE: &str = "application/vnd.oai.openapi+json;version=3.0";

/// The document. `ids` are the collections.
pub(super) fn document(base: &str, partnership: &str, ids: &[String]) -> Value {
    let parameter = |name: &str| json!({ "$ref": format!("#/components/parameters/{name}") });
    let answer = |kind: &str, schema: Value| {
        json!({
            "200": { "description": "The document", "content": {
                kind: { "schema": schema }, "text/html": { "schema": { "type": "string" } } } },
            "400": { "$ref": "#/components/responses/Problem" },
            "401": { "$ref": "#/components/responses/Problem" },
            "403": { "$ref": "#/components/responses/Problem" },
            "404": { "$ref": "#/components/responses/Problem" },
            "500": { "$ref": "#/components/responses/Problem" }
        })
    };
    let get = |id: &str, summary: &str, parameters: &[&str], kind: &str, schema: &str| {
        json!({ "get": {
            "operationId": id,
            "summary": summary,
            "parameters": parameters.iter().map(|name| parameter(name)).collect::<Vec<_>>(),
            "responses": answer(kind, json!({ "type": "object", "required": [schema] })),
        } })
    };
    let geo = "application/geo+json";
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": format!("{partnership}: areas, cells and counts"),
            "version": env!("CARGO_PKG_VERSION"),
            "description": "OGC API - Features - Part 1. Coordinates are longitude and latitude (CRS84). Counts are by month.",
            "license": { "name": "Open Government Licence v3.0",
                "url": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/" }
        },
        "servers": [{ "url": base }],
        "security": [{ "session": [] }],
        "paths": {
            "/": get("landing", "Where to begin", &["f"], "application/json", "links"),
            "/conformance": get("conformance", "What it conforms to", &["f"], "application/json", "conformsTo"),
            "/api": get("api", "This document", &["f"], MEDIA_TYPE, "openapi"),
            "/collections": get("collections", "The collections", &["f"], "application/json", "collections"),
            "/collections/{collection}":
                get("collection", "One collection", &["collection", "f"], "application/json", "id"),
            "/collections/{collection}/items": get(
                "items",
                "Its features; type, qualifier and source only for counts",
                &["collection", "f", "limit", "offset", "bbox", "datetime", "type", "qualifier", "source"],
                geo,
                "features",
            ),
            "/collections/{collection}/items/{feature}": get(
                "item",
                "One feature; datetime, type, qualifier and source only for counts",
                &["collection", "feature", "f", "datetime", "type", "qualifier", "source"],
                geo,
                "properties",
            ),
        },
        "components": { "parameters": parameters(ids), "responses": { "Problem": {
            "description": "What is wrong (RFC 9457)",
            "content": { "application/problem+json": { "schema": { "type": "object", "properties": {
                "type": { "type": "string" }, "title": { "type": "string" }, "status": { "type": "integer" },
                "detail": { "type": "string" } } } } } } },
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" },
                "session": { "type": "apiKey", "in": "cookie", "name": "session" } } },
    })
}

fn parameters(ids: &[String]) -> Value {
    let query = |name: &str, description: &str, schema: Value| {
        json!({ "name": name, "in": "query", "required": false, "description": description, "schema": schema,
            "style": "form", "explode": false })
    };
    let numbers = |count: u8| json!({ "type": "array", "minItems": count, "maxItems": count, "items": { "type": "number" } });
    json!({
        "collection": { "name": "collection", "in": "path", "required": true, "schema": { "type": "string", "enum": ids } },
        "feature": { "name": "feature", "in": "path", "required": true, "schema": { "type": "string" } },
        "f": query("f", "The format", json!({ "type": "string", "enum": ["json", "html"] })),
        "limit": query("limit", "Features on a page",
            json!({ "type": "integer", "minimum": 1, "maximum": MOST, "default": 100 })),
        "offset": query("offset", "Features to leave out before the first", json!({ "type": "integer", "minimum": 0, "default": 0 })),
        "bbox": query("bbox", "West, south, east, north in degrees; 6 numbers have heights, which are ignored",
            json!({ "oneOf": [numbers(4), numbers(6)] })),
        "datetime": query("datetime", "A moment, day or month, or two with a slash between; '..' is open. Counts are of every month that it touches",
            json!({ "type": "string" })),
        "type": query("type", "asb (all anti-social behaviour), all, or a category's code", json!({ "type": "string", "default": "asb" })),
        "qualifier": query("qualifier", "Whom it affects", json!({ "type": "string", "enum": ["personal", "nuisance", "environmental"] })),
        "source": query("source", "The name of who recorded it", json!({ "type": "string" })),
    })
}
