//! The interface described by itself: OpenAPI 3.1, from the definitions in force.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{PageError, Viewer};
use http::{HeaderValue, header};
use serde_json::{Map, Value, json};

use super::shape;
use crate::Forms;
use crate::definition::{Definition, Question, QuestionKind, Shared};
use crate::register::list::asked::filters;

mod common;

use common::{common, responses};

/// `GET /api/v1/openapi.json`
pub(super) async fn show(
    State(forms): State<Forms>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let definitions: Vec<Shared> = forms
        .catalogue
        .all()
        .into_iter()
        .filter(|one| viewer.principal.may_enter_records(&one.key, RecordAct::See))
        .collect();
    let settings = &forms.app.settings;
    let base = settings.address.trim_end_matches('/');
    let document = document(base, &settings.partnership_name, &definitions);
    let kind = HeaderValue::from_static("application/vnd.oai.openapi+json;version=3.1");
    Ok(([(header::CONTENT_TYPE, kind)], document.to_string()).into_response())
}

/// A name of a component: what a key may hold is what such a name may hold.
fn name(definition: &Definition, what: &str) -> String {
    format!("{}.{what}", definition.key)
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn content(schema: &Value) -> Value {
    json!({ "application/json": { "schema": schema } })
}

/// The whole document.
pub(super) fn document(base: &str, partnership: &str, definitions: &[Shared]) -> Value {
    let mut paths = Map::new();
    let mut schemas = common();
    paths.insert("/api/v1/registers".to_owned(), json!({
        "get": {
            "operationId": "registers", "summary": "The forms and registers whose records you may see", "tags": ["Registers"],
            "responses": with_errors(json!({ "200": {
                "description": "They",
                "content": content(&json!({ "type": "object", "required": ["registers"], "properties": { "registers": { "type": "array", "items": reference("Register") } } })),
            } }), &["401"]),
        }
    }));
    paths.insert("/api/v1/registers/{key}".to_owned(), json!({
        "parameters": [{ "name": "key", "in": "path", "required": true, "schema": { "type": "string" } }],
        "get": {
            "operationId": "register", "summary": "What a form or register asks, its states and its moves", "tags": ["Registers"],
            "responses": with_errors(json!({ "200": { "description": "It", "content": content(&reference("RegisterInFull")) } }), &["401", "404"]),
        }
    }));
    for definition in definitions {
        schemas.insert(name(definition, "answers"), answers(definition));
        schemas.insert(name(definition, "record"), record(definition));
        let root = format!("/api/v1/registers/{}/records", definition.key);
        paths.insert(root.clone(), many(definition));
        paths.insert(format!("{root}/{{reference}}"), one(definition));
        if !definition.moves.is_empty() {
            paths.insert(format!("{root}/{{reference}}/moves"), moves(definition));
        }
    }
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
        "info": {
            "title": format!("{partnership}: forms and registers"),
            "version": "1",
            "summary": "Records of forms and registers, for programs.",
            "description": "What a program may see and do is what the person may who made its access token, at that moment. Answers that the person may not see are left out and named in withheld.",
        },
        "servers": [{ "url": base }],
        "security": [{ "token": [] }],
        "tags": tags(definitions),
        "paths": paths,
        "components": {
            "securitySchemes": { "token": {
                "type": "http", "scheme": "bearer",
                "description": "An access token, made on the account's page.",
            } },
            "schemas": schemas,
            "responses": responses(),
        },
    })
}

fn tags(definitions: &[Shared]) -> Value {
    let first = json!({ "name": "Registers", "description": "Which there are, and what they ask" });
    let each = definitions.iter().map(
        |definition| json!({ "name": definition.title.en(), "description": definition.about.en() }),
    );
    std::iter::once(first).chain(each).collect()
}

fn with_errors(mut good: Value, statuses: &[&str]) -> Value {
    if let Value::Object(good) = &mut good {
        for status in statuses {
            let link = json!({ "$ref": format!("#/components/responses/{status}") });
            good.insert((*status).to_owned(), link);
        }
    }
    good
}

/// The schema of one question's answers.
pub(super) fn answer(question: &Question) -> Value {
    let mut schema = match &question.kind {
        QuestionKind::Text(limits) | QuestionKind::LongText(limits) => {
            json!({ "type": "string", "maxLength": limits.max })
        }
        QuestionKind::Number {
            min, max, decimals, ..
        } => {
            let kind = if *decimals == 0 { "integer" } else { "number" };
            limited(json!({ "type": kind }), *min, *max)
        }
        QuestionKind::Money { min, max } => {
            let pounds = |pence: &Option<i64>| pence.map(|pence| pence as f64 / 100.0);
            limited(json!({ "type": "number" }), pounds(min), pounds(max))
        }
        QuestionKind::Date { .. } => json!({ "type": "string", "format": "date" }),
        QuestionKind::Time => {
            json!({ "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$" })
        }
        QuestionKind::YesNo { .. } => json!({ "type": "boolean" }),
        QuestionKind::Choice(options) => {
            let values: Vec<&str> = options.iter().map(|option| option.value.as_str()).collect();
            json!({ "type": "string", "enum": values })
        }
        QuestionKind::Choices { options, .. } => {
            let values: Vec<&str> = options.iter().map(|option| option.value.as_str()).collect();
            json!({ "type": "array", "items": { "type": "string", "enum": values }, "uniqueItems": true })
        }
        QuestionKind::Scale {
            from, to, unsure, ..
        } => {
            let point = json!({ "type": "integer", "minimum": from, "maximum": to });
            if *unsure {
                json!({ "oneOf": [point, { "const": crate::answers::UNSURE }] })
            } else {
                point
            }
        }
        QuestionKind::Location => reference("Location"),
        QuestionKind::Address => reference("Address"),
        QuestionKind::Contact => reference("Contact"),
        QuestionKind::Files { .. } => {
            json!({ "type": "array", "items": reference("File"), "readOnly": true })
        }
        QuestionKind::Agency | QuestionKind::Record { .. } | QuestionKind::Person { .. } => {
            json!({ "type": "string", "format": "uuid" })
        }
    };
    if let Value::Object(schema) = &mut schema {
        schema.insert("title".to_owned(), json!(question.label.en()));
        let mut about = question.hint.as_ref().map(|hint| hint.en().to_owned());
        if let QuestionKind::Number {
            unit: Some(unit), ..
        } = &question.kind
        {
            let hint = about.map(|hint| format!("{hint} ")).unwrap_or_default();
            about = Some(format!("{hint}In {}.", unit.en()));
        }
        if let Some(about) = about {
            schema.insert("description".to_owned(), json!(about));
        }
    }
    schema
}

fn limited(mut schema: Value, min: Option<f64>, max: Option<f64>) -> Value {
    if let Value::Object(schema) = &mut schema {
        for (name, limit) in [("minimum", min), ("maximum", max)] {
            if let Some(limit) = limit {
                schema.insert(name.to_owned(), json!(limit));
            }
        }
    }
    schema
}

fn answers(definition: &Definition) -> Value {
    let questions = definition.questions.iter();
    let properties: Map<String, Value> = questions
        .map(|question| (question.id.clone(), answer(question)))
        .collect();
    json!({ "type": "object", "title": definition.title.en(), "properties": properties, "additionalProperties": false })
}

fn record(definition: &Definition) -> Value {
    let states: Vec<&str> = definition
        .states
        .iter()
        .map(|state| state.key.as_str())
        .collect();
    let moment = json!({ "type": "string", "format": "date-time" });
    json!({
        "type": "object",
        "required": ["reference", "register", "questions_version", "title", "state", "version", "answers", "withheld", "created_at", "changed_at"],
        "properties": {
            "reference": { "type": "string", "examples": [format!("{}-7K3M-9QX4", definition.prefix)] },
            "register": { "const": definition.key },
            "questions_version": { "type": "integer" },
            "title": { "type": "string" },
            "state": { "type": "string", "examples": states },
            "agency": reference("Named"), "owner": reference("Named"),
            "wave": { "type": ["string", "null"] },
            "due_on": { "type": ["string", "null"], "format": "date" },
            "created_at": moment, "changed_at": moment,
            "closed_at": { "type": ["string", "null"], "format": "date-time" },
            "version": { "type": "integer" },
            "place": { "type": ["object", "null"], "properties": { "latitude": { "type": "number" }, "longitude": { "type": "number" } } },
            "answers": reference(&name(definition, "answers")),
            "withheld": { "type": "array", "items": { "type": "string" }, "description": "Questions whose answers are there, but not for you" },
            "links": { "type": "object", "additionalProperties": { "type": "string" } },
        },
    })
}

/// What a program sends in place of an answer that is to be taken away is null.
fn sent_answers(definition: &Definition, nullable: bool) -> Value {
    let whole = reference(&name(definition, "answers"));
    if nullable {
        json!({ "type": "object", "description": format!("As {}; null takes an answer away.", name(definition, "answers")) })
    } else {
        whole
    }
}

fn parameter(name: &str, place: &str, schema: &Value, words: &str) -> Value {
    json!({ "name": name, "in": place, "required": place == "path", "schema": schema, "description": words })
}

fn many(definition: &Definition) -> Value {
    let text = json!({ "type": "string" });
    let states: Vec<&str> = definition
        .states
        .iter()
        .map(|state| state.key.as_str())
        .collect();
    let mut parameters = vec![
        parameter(
            "state",
            "query",
            &json!({ "enum": states }),
            "In this state",
        ),
        parameter("owner", "query", &text, "Owned by: me, nobody, or an id"),
        parameter("agency", "query", &text, "Of this agency: mine, or an id"),
        parameter(
            "due",
            "query",
            &json!({ "enum": ["overdue", "soon"] }),
            "Overdue, or due within 14 days",
        ),
        parameter(
            "sort",
            "query",
            &text,
            "newest, oldest, changed, due, title or the id of a listed question; a minus in front turns it round",
        ),
        parameter(
            "limit",
            "query",
            &json!({ "type": "integer", "minimum": 1, "maximum": 500, "default": 50 }),
            "Records at once",
        ),
        parameter(
            "cursor",
            "query",
            &text,
            "Where to go on: part of next of the page before",
        ),
    ];
    for (_, question) in
        filters(definition).filter(|(_, one)| one.personal == crate::definition::Personal::None)
    {
        let field = format!("q-{}", question.id);
        let label = question.label.en();
        match &question.kind {
            QuestionKind::Choice(options) | QuestionKind::Choices { options, .. } => {
                let values: Vec<&str> =
                    options.iter().map(|option| option.value.as_str()).collect();
                parameters.push(parameter(
                    &field,
                    "query",
                    &json!({ "enum": values }),
                    label,
                ));
            }
            QuestionKind::YesNo { .. } => {
                parameters.push(parameter(
                    &field,
                    "query",
                    &json!({ "enum": ["yes", "no"] }),
                    label,
                ));
            }
            QuestionKind::Agency => parameters.push(parameter(&field, "query", &text, label)),
            kind => {
                let schema = match kind {
                    QuestionKind::Date { .. } => json!({ "type": "string", "format": "date" }),
                    _ => json!({ "type": "number" }),
                };
                parameters.push(parameter(&format!("{field}-from"), "query", &schema, label));
                parameters.push(parameter(&format!("{field}-to"), "query", &schema, label));
            }
        }
    }
    let record = reference(&name(definition, "record"));
    let plural = definition.plural.en();
    json!({
        "get": {
            "operationId": format!("{}.list", definition.key), "summary": format!("List {plural}"), "tags": [definition.title.en()],
            "parameters": parameters,
            "responses": with_errors(json!({ "200": {
                "description": "A page of them",
                "content": content(&json!({
                    "type": "object", "required": ["records", "next"],
                    "properties": { "records": { "type": "array", "items": record }, "next": { "type": ["string", "null"], "description": "The address of the next page" } },
                })),
            } }), &["400", "401", "404"]),
        },
        "post": {
            "operationId": format!("{}.add", definition.key), "summary": format!("Add one to {plural}"), "tags": [definition.title.en()],
            "parameters": [parameter("Idempotency-Key", "header", &json!({ "type": "string", "maxLength": 255 }), "A name of this request: sent again it makes no second record")],
            "requestBody": { "required": true, "content": content(&json!({
                "type": "object", "additionalProperties": false, "required": ["answers"],
                "properties": { "answers": sent_answers(definition, false), "agency": { "type": ["string", "null"], "format": "uuid", "description": "Whose it is; your own agency where missing" }, "wave": { "type": ["string", "null"] } },
            })) },
            "responses": with_errors(json!({
                "200": { "description": "The record that this Idempotency-Key made before", "content": content(&record) },
                "201": { "description": "It was added", "content": content(&record), "headers": headers(true) },
            }), &["400", "401", "403", "404", "422"]),
        },
    })
}

fn headers(location: bool) -> Value {
    let text = json!({ "type": "string" });
    let mut headers =
        json!({ "ETag": { "description": "Its version, for If-Match", "schema": text } });
    if location && let Value::Object(headers) = &mut headers {
        headers.insert(
            "Location".to_owned(),
            json!({ "description": "Its address", "schema": text }),
        );
    }
    headers
}

fn if_match() -> Value {
    json!({ "name": "If-Match", "in": "header", "required": true, "schema": { "type": "string" }, "description": "The ETag of the record that you read" })
}

fn path_parameter() -> Value {
    parameter(
        "reference",
        "path",
        &json!({ "type": "string" }),
        "The record's reference",
    )
}

fn one(definition: &Definition) -> Value {
    let record = reference(&name(definition, "record"));
    let singular = definition.singular.en();
    let good = json!({ "200": { "description": "The record", "content": content(&record), "headers": headers(false) } });
    let mut read = good.clone();
    if let Value::Object(read) = &mut read {
        read.insert(
            "304".to_owned(),
            json!({ "description": "It is as the ETag in If-None-Match says" }),
        );
    }
    json!({
        "parameters": [path_parameter()],
        "get": {
            "operationId": format!("{}.read", definition.key), "summary": format!("Read one: {singular}"), "tags": [definition.title.en()],
            "responses": with_errors(read, &["401", "404"]),
        },
        "patch": {
            "operationId": format!("{}.change", definition.key), "summary": format!("Change one: {singular}"), "tags": [definition.title.en()],
            "parameters": [if_match()],
            "requestBody": { "required": true, "content": content(&json!({
                "type": "object", "additionalProperties": false,
                "properties": { "answers": sent_answers(definition, true), "owner": { "type": ["string", "null"], "format": "uuid" }, "note": { "type": ["string", "null"] } },
            })) },
            "responses": with_errors(good, &["400", "401", "403", "404", "409", "412", "422", "428"]),
        },
    })
}

fn moves(definition: &Definition) -> Value {
    let record = reference(&name(definition, "record"));
    let keys: Vec<&str> = definition
        .moves
        .iter()
        .map(|one| one.key.as_str())
        .collect();
    json!({
        "parameters": [path_parameter()],
        "post": {
            "operationId": format!("{}.move", definition.key), "summary": format!("Make a move: {}", definition.singular.en()), "tags": [definition.title.en()],
            "parameters": [if_match()],
            "requestBody": { "required": true, "content": content(&json!({
                "type": "object", "additionalProperties": false, "required": ["move"],
                "properties": { "move": { "enum": keys }, "answers": sent_answers(definition, true), "reason": { "type": ["string", "null"] } },
            })) },
            "responses": with_errors(json!({ "200": { "description": "The record after it", "content": content(&record), "headers": headers(false) } }), &["400", "401", "403", "404", "409", "412", "422", "428"]),
        },
    })
}

/// The kinds of questions as programs name them, for the page.
pub(super) fn kinds(definition: &Definition) -> Vec<(String, &'static str, String)> {
    definition
        .questions
        .iter()
        .map(|question| {
            (
                question.id.clone(),
                shape::kind(&question.kind),
                question.label.en().to_owned(),
            )
        })
        .collect()
}
