//! The description of the interface, for programs.

use axum::response::{IntoResponse as _, Response};
use commonweal_access::web::PageError;
use http::{HeaderValue, header};
use serde_json::{Map, Value, json};

use crate::reporting::People;

fn text(name: &str, place: &str, required: bool, words: &str) -> Value {
    json!({ "name": name, "in": place, "required": required, "description": words, "schema": { "type": "string" } })
}

fn answer(words: &str, schema: &str) -> Value {
    let list =
        json!({ "type": "array", "items": { "$ref": format!("#/components/schemas/{schema}") } });
    json!({ "description": words, "content": { "application/json": { "schema": list }, "text/xml": {} } })
}

fn errors() -> Map<String, Value> {
    let each = [
        (
            "400",
            "Something that was sent is wrong; the answer names it.",
        ),
        ("403", "The key is missing or does not hold."),
        ("404", "There is no such thing, or not for everybody."),
        ("429", "Too many requests."),
    ];
    each.into_iter()
        .map(|(status, words)| (status.to_owned(), answer(words, "Error")))
        .collect()
}

fn responses(status: &str, words: &str, schema: &str) -> Value {
    let mut all = errors();
    all.insert(status.to_owned(), answer(words, schema));
    Value::Object(all)
}

fn get(summary: &str, schema: &str, mut parameters: Vec<Value>) -> Value {
    parameters.push(text(
        "jurisdiction_id",
        "query",
        false,
        "Where the interface serves one.",
    ));
    json!({ "get": { "summary": summary, "parameters": parameters, "responses": responses("200", summary, schema) } })
}

fn strings(names: &[&str]) -> Value {
    let fields = names
        .iter()
        .map(|name| ((*name).to_owned(), json!({ "type": ["string", "null"] })));
    json!({ "type": "object", "properties": fields.collect::<Map<_, _>>() })
}

fn schemas() -> Value {
    let mut request = strings(&[
        "service_request_id",
        "status",
        "status_notes",
        "service_name",
        "service_code",
        "description",
        "agency_responsible",
        "service_notice",
        "requested_datetime",
        "updated_datetime",
        "expected_datetime",
        "address",
        "address_id",
        "zipcode",
        "media_url",
    ]);
    for name in ["lat", "long"] {
        request["properties"][name] = json!({ "type": ["number", "null"] });
    }
    let mut service = strings(&[
        "service_code",
        "service_name",
        "description",
        "type",
        "keywords",
        "group",
    ]);
    service["properties"]["metadata"] = json!({ "type": "boolean" });
    json!({
        "Service": service,
        "Request": request,
        "Made": strings(&["service_request_id", "service_notice", "account_id"]),
        "Token": strings(&["service_request_id", "token"]),
        "Error": { "type": "object", "required": ["code", "description"], "properties": {
            "code": { "type": "integer" }, "description": { "type": "string" } } },
    })
}

/// The document itself; `address` is where the service is reached.
pub(super) fn document(address: &str) -> Value {
    let query = |name, words| text(name, "query", false, words);
    let filters = vec![
        query("service_request_id", "References, with commas."),
        query("service_code", "Services, with commas."),
        query(
            "start_date",
            "From this time, with its zone; 90 days at most.",
        ),
        query("end_date", "Until this time, with its zone."),
        query("status", "open, closed, or both with a comma."),
        query("page", "The page, from 1."),
        query("page_size", "Requests a page, 1,000 at most."),
    ];
    let fields = [
        "service_code",
        "lat",
        "long",
        "address_string",
        "description",
        "email",
        "first_name",
        "last_name",
        "phone",
        "media_url",
        "api_key",
        "jurisdiction_id",
        "attribute[at_home]",
        "attribute[happening]",
        "attribute[when]",
        "attribute[external_id]",
    ];
    let properties: Map<String, Value> = fields
        .iter()
        .map(|name| ((*name).to_owned(), json!({ "type": "string" })))
        .collect();
    let mut paths = Map::new();
    for format in ["json", "xml"] {
        let mut put = |path: &str, what: Value| {
            paths.insert(format!("/{path}.{format}"), what);
        };
        let summary = "Environmental reports in public places: kind, state, agency, and the middle of the cell";
        let mut requests = get(summary, "Request", filters.clone());
        let schema =
            json!({ "type": "object", "required": ["service_code"], "properties": properties });
        requests["post"] = json!({
            "summary": "Sends a report",
            "requestBody": { "required": true, "content": { "application/x-www-form-urlencoded": { "schema": schema } } },
            "responses": responses("201", "The report is stored", "Made"),
        });
        put("requests", requests);
        put(
            "services",
            get("What can be reported", "Service", Vec::new()),
        );
        put(
            "discovery",
            json!({ "get": { "summary": "Where the interface is, and who to ask",
            "responses": { "200": { "description": "Where it is", "content": { "application/json": {}, "text/xml": {} } },
                           "404": answer("Another jurisdiction", "Error") } } }),
        );
        let of = |name: &str, words: &str| vec![text(name, "path", true, words)];
        let mut definition = get(
            "Questions of a service",
            "Service",
            of("service_code", "The service."),
        );
        definition["get"]["responses"]["200"] = json!({ "description": "Questions", "content": { "application/json": { "schema": { "type": "object" } }, "text/xml": {} } });
        put("services/{service_code}", definition);
        put(
            "requests/{service_request_id}",
            get(
                "One request",
                "Request",
                of("service_request_id", "Its reference."),
            ),
        );
        put(
            "tokens/{token}",
            get(
                "The request that a token became",
                "Token",
                of("token", "The token."),
            ),
        );
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Open311 GeoReport v2", "version": "2.0", "description": "Reports from other systems. In an emergency ring 999." },
        "servers": [{ "url": format!("{address}/open311/v2") }],
        "paths": paths,
        "components": { "schemas": schemas() },
    })
}

#[expect(clippy::unused_async, reason = "beside handlers that wait")]
pub(super) async fn show(people: &People) -> Result<Response, PageError> {
    let body = document(&people.app.settings.address).to_string();
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], body).into_response())
}
