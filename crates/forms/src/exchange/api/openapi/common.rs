//! What all definitions share.

use super::*;

/// Answers of failure, each under its status.
pub(super) fn responses() -> Value {
    let problem = |words: &str| json!({ "description": words, "content": { "application/problem+json": { "schema": reference("Problem") } } });
    json!({
        "400": problem("The address or what was sent makes no sense"),
        "401": problem("There is no access token, or it does not hold"),
        "403": problem("You may not do this"),
        "404": problem("There is no such thing, or you may not see it"),
        "409": problem("The state of the record does not allow it"),
        "412": problem("Somebody changed the record; current holds what is there now"),
        "422": problem("What was sent cannot be taken; errors point to each field"),
        "428": problem("If-Match is missing"),
    })
}

/// The schemas that all definitions share.
pub(super) fn common() -> Map<String, Value> {
    let text = json!({ "type": "string" });
    let schemas = json!({
        "Problem": {
            "type": "object", "required": ["type", "title", "status"],
            "properties": {
                "type": text, "title": text, "status": { "type": "integer" }, "detail": text,
                "errors": { "type": "array", "items": {
                    "type": "object", "required": ["pointer", "detail"],
                    "properties": { "pointer": { "type": "string", "description": "A JSON pointer into what was sent" }, "detail": text },
                } },
                "current": { "type": "object", "description": "The record as it is now" },
            },
        },
        "Named": {
            "type": ["object", "null"], "required": ["id", "name"],
            "properties": { "id": { "type": "string", "format": "uuid" }, "name": { "type": ["string", "null"] } },
        },
        "Register": {
            "type": "object", "required": ["key", "title", "kind", "version", "links"],
            "properties": {
                "key": text, "title": text, "kind": { "enum": ["form", "register"] }, "version": { "type": "integer" },
                "links": { "type": "object", "additionalProperties": text },
            },
        },
        "RegisterInFull": {
            "allOf": [reference("Register")],
            "type": "object", "required": ["questions", "states", "moves"],
            "properties": {
                "about": text,
                "questions": { "type": "array", "items": {
                    "type": "object", "required": ["id", "label", "kind", "required", "personal"],
                    "properties": {
                        "id": text, "label": text, "kind": text, "required": { "type": "boolean" }, "personal": { "type": "boolean" },
                        "options": { "type": "array", "items": { "type": "object", "properties": { "value": text, "text": text } } },
                    },
                } },
                "states": { "type": "array", "items": { "type": "object", "required": ["key", "title", "closed"], "properties": { "key": text, "title": text, "closed": { "type": "boolean" } } } },
                "moves": { "type": "array", "items": { "type": "object", "required": ["key", "title", "from", "to"], "properties": { "key": text, "title": text, "from": { "type": "array", "items": text }, "to": text, "reason": { "type": "boolean" } } } },
            },
        },
        "Location": {
            "type": "object", "required": ["latitude", "longitude"],
            "properties": {
                "latitude": { "type": "number", "minimum": -90, "maximum": 90 }, "longitude": { "type": "number", "minimum": -180, "maximum": 180 },
                "how": { "enum": ["pin", "device", "postcode", "name", "coordinates"] }, "text": text,
                "accuracy": { "type": ["number", "null"], "description": "Metres" },
            },
        },
        "Address": { "type": "object", "properties": { "line1": text, "line2": text, "town": text, "postcode": text, "uprn": text } },
        "Contact": { "type": "object", "properties": { "name": text, "telephone": text, "email": text, "safe": text } },
        "File": {
            "type": "object", "readOnly": true,
            "properties": { "id": { "type": "string", "format": "uuid" }, "sha256": text, "name": text, "media_type": text, "size": { "type": "integer" } },
        },
    });
    match schemas {
        Value::Object(schemas) => schemas,
        _ => Map::new(),
    }
}
