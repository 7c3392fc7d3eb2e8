//! What programs ask and send.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use commonweal_access::policy::{RecordAct, Resource};
use commonweal_access::web::{PageError, Path, Query, Viewer};
use commonweal_core::ids::new_uuid;
use commonweal_core::{DbError, ReadTx, args, read, sql};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::problem::{Fault, Refusal};
use super::shape;
use crate::Forms;
use crate::answers::Answers;
use crate::definition::{Definition, Personal, QuestionKind, Shared};
use crate::exchange::records::{Versions, enter};
use crate::exchange::selection;
use crate::register::moves::may_move;
use crate::register::store::{self, NewRecord, Record, StoreError};
use crate::register::{self, Visible};

mod changes;

pub(super) use changes::{change, create, make_move};

type Answer = Result<Response, Refusal>;
type Pairs = Vec<(String, String)>;

fn json_answer(value: &Value) -> Response {
    let kind = HeaderValue::from_static("application/json");
    let mut response = ([(header::CONTENT_TYPE, kind)], value.to_string()).into_response();
    let vary = HeaderValue::from_static("authorization, cookie");
    response.headers_mut().append(header::VARY, vary);
    response
}

fn header_of(headers: &HeaderMap, name: impl http::header::AsHeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn put(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// The members of an object that was sent, none of them unknown.
fn object(bytes: &Bytes, known: &[&str]) -> Result<Map<String, Value>, Refusal> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "This is not JSON",
            format!("Line {}, column {}.", error.line(), error.column()),
        )
    })?;
    let Value::Object(object) = value else {
        return Err(Refusal::faults(vec![Fault::new("#", "Send an object")]));
    };
    let unknown: Vec<Fault> = object
        .keys()
        .filter(|name| !known.contains(&name.as_str()))
        .map(|name| {
            let escaped = name.replace('~', "~0").replace('/', "~1");
            Fault::new(
                format!("#/{escaped}"),
                format!("There is no such member. Known are {}", known.join(", ")),
            )
        })
        .collect();
    if unknown.is_empty() {
        Ok(object)
    } else {
        Err(Refusal::faults(unknown))
    }
}

/// A member that must be an object, or nothing.
fn part(object: &Map<String, Value>, name: &str) -> Result<Map<String, Value>, Refusal> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(part)) => Ok(part.clone()),
        Some(_) => Err(Refusal::faults(vec![Fault::new(
            format!("#/{name}"),
            "Send an object",
        )])),
    }
}

/// A member that must be a text, or nothing.
fn text(object: &Map<String, Value>, name: &str, most: usize) -> Result<Option<String>, Refusal> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.chars().count() <= most => {
            Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
        }
        Some(Value::String(_)) => Err(Refusal::faults(vec![Fault::new(
            format!("#/{name}"),
            format!("It must be {most} characters or fewer"),
        )])),
        Some(_) => Err(Refusal::faults(vec![Fault::new(
            format!("#/{name}"),
            "Send a text",
        )])),
    }
}

/// A member that must be an id, or nothing.
fn id(object: &Map<String, Value>, name: &str) -> Result<Option<Uuid>, Refusal> {
    match text(object, name, 100)? {
        None => Ok(None),
        Some(text) => match text.parse() {
            Ok(id) => Ok(Some(id)),
            Err(_) => Err(Refusal::faults(vec![Fault::new(
                format!("#/{name}"),
                "Send an id",
            )])),
        },
    }
}

/// `GET /api/v1/registers`
pub(super) async fn registers(State(forms): State<Forms>, viewer: Viewer) -> Answer {
    let all: Vec<Value> = forms
        .catalogue
        .all()
        .iter()
        .filter(|one| viewer.principal.may_enter_records(&one.key, RecordAct::See))
        .map(|one| shape::summary(one))
        .collect();
    Ok(json_answer(&json!({ "registers": all })))
}

/// `GET /api/v1/registers/{key}`
pub(super) async fn register(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
) -> Answer {
    let definition = enter(&forms, &viewer, &key, RecordAct::See)?;
    Ok(json_answer(&shape::definition(&definition)))
}

/// The names of agencies and owners of records.
async fn names(tx: &mut ReadTx, records: &[&Record]) -> Result<BTreeMap<Uuid, String>, DbError> {
    let mut ids: Vec<Uuid> = records
        .iter()
        .flat_map(|record| [record.agency, record.owner])
        .flatten()
        .collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(store::names(tx, &ids).await?.0)
}

/// `GET /api/v1/registers/{key}/records`
pub(super) async fn list(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Query(pairs): Query<Pairs>,
) -> Answer {
    let definition = enter(&forms, &viewer, &key, RecordAct::See)?;
    let (mut limit, mut after, mut rest) = (50, None, Vec::new());
    for (name, value) in pairs {
        match name.as_str() {
            "limit" => match value.parse() {
                Ok(wanted @ 1..=500) => limit = wanted,
                _ => {
                    return Err(Refusal::new(
                        StatusCode::BAD_REQUEST,
                        "The address is wrong",
                        "limit is a number from 1 to 500.",
                    ));
                }
            },
            "cursor" => match value.parse::<Uuid>() {
                Ok(cursor) => after = Some(cursor),
                Err(_) => {
                    return Err(Refusal::new(
                        StatusCode::BAD_REQUEST,
                        "The address is wrong",
                        "cursor is what the page before gave as next.",
                    ));
                }
            },
            _ => rest.push((name, value)),
        }
    }
    let mut wanted = selection::strict(&definition, &rest)
        .map_err(|words| Refusal::new(StatusCode::BAD_REQUEST, "The address is wrong", words))?;
    wanted.after = after;
    let found: Result<_, DbError> = read!(&forms.app.db, |tx| {
        let asking = selection::Asking {
            forms: &forms,
            viewer: &viewer,
            definition: &definition,
            asked: &wanted,
            cells: None,
            act: RecordAct::See,
            limit,
        };
        let page = asking.page(tx).await?;
        let records: Vec<&Record> = page.records.iter().collect();
        let names = names(tx, &records).await?;
        let mut versions = Versions::default();
        let mut asked_by = Vec::new();
        for record in &page.records {
            asked_by.push(
                versions
                    .of(&forms, tx, &key, record.definition_version)
                    .await?,
            );
        }
        Ok((page, names, asked_by))
    })
    .await;
    let (page, names, asked_by) = found?;
    let (mut values, mut seen) = (Vec::new(), Vec::new());
    for (record, asked_by) in page.records.iter().zip(&asked_by) {
        let (value, visible) = shape::record(&viewer, asked_by, record, &names);
        if visible.personal {
            seen.push(record.id);
        }
        values.push(value);
    }
    register::log_read(&forms.app, &viewer, "api_list", &seen).await?;
    let next = page.next.map(|next| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .extend_pairs(&rest)
            .append_pair("limit", &limit.to_string());
        query.append_pair("cursor", &next.to_string());
        format!("/api/v1/registers/{key}/records?{}", query.finish())
    });
    Ok(json_answer(&json!({ "records": values, "next": next })))
}

/// A record that a viewer may see, with the questions that it was asked by.
struct Found {
    asked_by: Shared,
    record: Record,
    names: BTreeMap<Uuid, String>,
}

impl Found {
    fn shape(&self, viewer: &Viewer) -> (Value, Visible, String) {
        let (value, seen) = shape::record(viewer, &self.asked_by, &self.record, &self.names);
        let etag = shape::etag(&self.record, &seen);
        (value, seen, etag)
    }
}

async fn find(
    forms: &Forms,
    viewer: &Viewer,
    key: &str,
    reference: &str,
) -> Result<Found, Refusal> {
    enter(forms, viewer, key, RecordAct::See)?;
    let looked: Result<_, DbError> = read!(&forms.app.db, |tx| {
        let record = store::by_reference(tx, reference).await?;
        if record.definition != key {
            return Err(DbError::NotFound);
        }
        let names = names(tx, &[&record]).await?;
        let asked_by = forms
            .catalogue
            .version(tx, key, record.definition_version)
            .await?;
        Ok((record, names, asked_by))
    })
    .await;
    let (record, names, asked_by) = looked?;
    viewer.must_record(key, RecordAct::See, &record.resource())?;
    Ok(Found {
        asked_by,
        record,
        names,
    })
}

async fn logged(
    forms: &Forms,
    viewer: &Viewer,
    record: &Record,
    seen: &Visible,
) -> Result<(), Refusal> {
    let ids: &[Uuid] = if seen.personal { &[record.id] } else { &[] };
    Ok(register::log_read(&forms.app, viewer, "api_read", ids).await?)
}

/// `GET /api/v1/registers/{key}/records/{reference}`
pub(super) async fn show(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, reference)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    let found = find(&forms, &viewer, &key, &reference).await?;
    let (value, seen, etag) = found.shape(&viewer);
    let known = header_of(&headers, header::IF_NONE_MATCH);
    if known.is_some_and(|known| known.split(',').any(|one| one.trim() == etag)) {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        put(&mut response, header::ETAG, &etag);
        return Ok(response);
    }
    logged(&forms, &viewer, &found.record, &seen).await?;
    let mut response = json_answer(&value);
    put(&mut response, header::ETAG, &etag);
    Ok(response)
}
