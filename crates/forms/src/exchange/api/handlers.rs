//! What programs ask and send.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use commonweal_access::policy::{RecordAct, Resource};
use commonweal_access::web::{PageError, Path, Query, Viewer};
use commonweal_core::ids::new_uuid;
use commonweal_core::{DbError, ReadTx, args, read, sql, write};
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
        let see = RecordAct::See;
        let page =
            selection::page(&forms, tx, &viewer, &definition, &wanted, None, see, limit).await?;
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

/// What answers name must be there, and be something that the viewer may name.
async fn check_links(
    forms: &Forms,
    viewer: &Viewer,
    definition: &Definition,
    before: Option<&Answers>,
    after: &Answers,
) -> Result<(), Refusal> {
    let links: Vec<_> = shape::links(definition, before, after).collect();
    if links.is_empty() {
        return Ok(());
    }
    let checked: Result<Vec<Fault>, DbError> = read!(&forms.app.db, |tx| {
        let mut faults = Vec::new();
        for (question, id) in &links {
            let (there, what) = match &question.kind {
                QuestionKind::Record { register } => {
                    let there = match store::load(tx, *id).await {
                        Ok(record) => {
                            record.definition == *register
                                && viewer.principal.may_record(
                                    register,
                                    RecordAct::See,
                                    &record.resource(),
                                )
                        }
                        Err(DbError::NotFound) => false,
                        Err(error) => return Err(error),
                    };
                    (there, "record")
                }
                QuestionKind::Agency => {
                    let text = sql!("select count(*) from agencies where id = $1 and active");
                    (tx.count(text, args![*id]).await? > 0, "agency")
                }
                _ => {
                    let text = sql!("select count(*) from users where id = $1 and active");
                    (tx.count(text, args![*id]).await? > 0, "colleague")
                }
            };
            if !there {
                faults.push(Fault::answer(
                    &question.id,
                    format!("There is no such {what}"),
                ));
            }
        }
        Ok(faults)
    })
    .await;
    let faults = checked?;
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Refusal::faults(faults))
    }
}

/// `POST /api/v1/registers/{key}/records`
pub(super) async fn create(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Answer {
    let definition = enter(&forms, &viewer, &key, RecordAct::Add)?;
    let sent = object(&bytes, &["answers", "agency", "wave"])?;
    let agency = id(&sent, "agency")?.unwrap_or(viewer.principal.agency);
    let resource = Resource::record(Uuid::nil(), Some(agency), None);
    if !viewer.principal.may_record(&key, RecordAct::Add, &resource) {
        return Err(Refusal::faults(vec![Fault::new(
            "#/agency",
            "You may not add records for this agency",
        )]));
    }
    let known: Result<i64, DbError> = read!(&forms.app.db, |tx| {
        tx.count(
            sql!("select count(*) from agencies where id = $1 and active"),
            args![agency],
        )
        .await
    })
    .await;
    if known? == 0 {
        return Err(Refusal::faults(vec![Fault::new(
            "#/agency",
            "There is no such agency",
        )]));
    }
    let wave = text(&sent, "wave", 100)?;
    if let Some(wave) = &wave
        && !definition.waves.iter().any(|one| one.key == *wave)
    {
        return Err(Refusal::faults(vec![Fault::new(
            "#/wave",
            "There is no such point in time",
        )]));
    }
    let answers = shape::merge(
        &definition,
        &Answers::default(),
        &part(&sent, "answers")?,
        |_| true,
    )
    .map_err(Refusal::faults)?;
    let state = definition.first_state().map(|state| state.key.as_str());
    let today = forms.app.clock.today();
    let faults = shape::check(
        &definition,
        None,
        &answers,
        state.unwrap_or_default(),
        today,
    );
    if !faults.is_empty() {
        return Err(Refusal::faults(faults));
    }
    check_links(&forms, &viewer, &definition, None, &answers).await?;
    let delivery = match header_of(&headers, "idempotency-key").map(str::trim) {
        None | Some("") => None,
        Some(given) if given.len() > 255 => {
            return Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "The Idempotency-Key is too long",
                "It may have 255 characters.",
            ));
        }
        Some(given) => {
            // Of one person and one register: nobody meets another's key.
            let mut hash = Sha256::new();
            hash.update(viewer.user().as_bytes());
            hash.update(key.as_bytes());
            hash.update([0]);
            hash.update(given.as_bytes());
            Some(format!("api:{}", hex::encode(hash.finalize())))
        }
    };
    let started = forms.app.clock.now();
    let made: Result<Record, StoreError> =
        write!(&forms.app.db, &forms.app.clock, &viewer.actor(), |tx| {
            let new = NewRecord {
                answers: answers.clone(),
                agency: Some(agency),
                created_by: Some(viewer.user()),
                wave: wave.clone(),
                channel: "api",
                delivery: delivery.clone(),
                ..NewRecord::default()
            };
            store::create(tx, &forms.app.clock, &definition, new).await
        })
        .await;
    let record = made?;
    let again = delivery.is_some() && record.created_at < started;
    // The same key with something else in it is a mistake of the program.
    if delivery.is_some() && record.version == 1 && record.answers != answers {
        return Err(Refusal::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "This Idempotency-Key was used for something else",
            "Use a new one for each record.",
        ));
    }
    // Who may add need not be one who may see; then there is nothing but the reference.
    let mut response = if viewer
        .principal
        .may_record(&key, RecordAct::See, &record.resource())
    {
        let found = find(&forms, &viewer, &key, &record.reference).await?;
        let (value, seen, etag) = found.shape(&viewer);
        logged(&forms, &viewer, &found.record, &seen).await?;
        let mut response = json_answer(&value);
        put(&mut response, header::ETAG, &etag);
        response
    } else {
        json_answer(&json!({ "reference": record.reference, "register": key }))
    };
    *response.status_mut() = if again {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let place = format!("/api/v1/registers/{key}/records/{}", record.reference);
    put(&mut response, header::LOCATION, &place);
    Ok(response)
}

/// The version that a change is meant for.
fn expected(headers: &HeaderMap) -> Result<i64, Refusal> {
    let Some(sent) = header_of(headers, header::IF_MATCH) else {
        return Err(Refusal::new(
            StatusCode::PRECONDITION_REQUIRED,
            "Say which version you change",
            "Send If-Match with the ETag of the record that you read.",
        ));
    };
    shape::version_of(sent).ok_or_else(|| {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "If-Match makes no sense",
            "Send the one ETag of the record that you read.",
        )
    })
}

/// The refusal of a change to a version that is no longer there.
async fn stale(
    forms: &Forms,
    viewer: &Viewer,
    key: &str,
    reference: &str,
) -> Result<Refusal, Refusal> {
    let found = find(forms, viewer, key, reference).await?;
    let (value, seen, etag) = found.shape(viewer);
    logged(forms, viewer, &found.record, &seen).await?;
    Ok(Refusal::stale(value, etag))
}

/// The record after a change.
async fn changed(forms: &Forms, viewer: &Viewer, key: &str, reference: &str) -> Answer {
    let found = find(forms, viewer, key, reference).await?;
    let (value, seen, etag) = found.shape(viewer);
    logged(forms, viewer, &found.record, &seen).await?;
    let mut response = json_answer(&value);
    put(&mut response, header::ETAG, &etag);
    Ok(response)
}

/// `PATCH /api/v1/registers/{key}/records/{reference}`
pub(super) async fn change(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, reference)): Path<(String, String)>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Answer {
    let found = find(&forms, &viewer, &key, &reference).await?;
    let resource = found.record.resource();
    if !viewer
        .principal
        .may_record(&key, RecordAct::Change, &resource)
    {
        return Err(PageError::Forbidden.into());
    }
    let expected = expected(&headers)?;
    let sent = object(&bytes, &["answers", "owner", "note"])?;
    if found.record.version != expected {
        return Err(stale(&forms, &viewer, &key, &reference).await?);
    }
    if found.record.closed_at.is_some() && sent.contains_key("answers") {
        return Err(Refusal::new(
            StatusCode::CONFLICT,
            "This record is closed",
            "Open it again by a move first.",
        ));
    }
    let sees_personal = viewer
        .principal
        .may_record(&key, RecordAct::SeePersonal, &resource);
    let may_change = |question: &crate::definition::Question| {
        sees_personal || question.personal == Personal::None
    };
    let before = &found.record.answers;
    let answers = shape::merge(
        &found.asked_by,
        before,
        &part(&sent, "answers")?,
        may_change,
    )
    .map_err(Refusal::faults)?;
    let (state, today) = (found.record.state.as_str(), forms.app.clock.today());
    let faults = shape::check(&found.asked_by, Some(before), &answers, state, today);
    if !faults.is_empty() {
        return Err(Refusal::faults(faults));
    }
    check_links(&forms, &viewer, &found.asked_by, Some(before), &answers).await?;
    let note = text(&sent, "note", 10_000)?;
    let owner = match sent.get("owner") {
        None => None,
        Some(_) => Some(id(&sent, "owner")?),
    };
    if let Some(Some(owner)) = owner {
        let known: Result<i64, DbError> = read!(&forms.app.db, |tx| {
            tx.count(
                sql!("select count(*) from users where id = $1 and active"),
                args![owner],
            )
            .await
        })
        .await;
        if known? == 0 {
            return Err(Refusal::faults(vec![Fault::new(
                "#/owner",
                "There is no such colleague",
            )]));
        }
    }
    let note_id = new_uuid(&forms.app.clock);
    let record = &found.record;
    let written: Result<(), StoreError> =
        write!(&forms.app.db, &forms.app.clock, &viewer.actor(), |tx| {
            let mut version = expected;
            if answers != record.answers {
                let after =
                    store::change(tx, &found.asked_by, record.id, version, &answers, None).await?;
                version = after.version;
            }
            if let Some(owner) = owner.filter(|owner| *owner != record.owner) {
                version = store::set_owner(tx, record.id, version, owner)
                    .await?
                    .version;
            }
            // A request that changes nothing still must not pass over somebody else's change.
            let now = store::load(tx, record.id).await?;
            if now.version != version {
                return Err(StoreError::Stale(Box::new(now)));
            }
            if let Some(note) = &note {
                store::note(tx, note_id, record.id, note).await?;
            } else if version == expected {
                tx.record(commonweal_core::events::Event::new(
                    store::SUBJECT,
                    record.id,
                    "form_record.sent_again",
                    json!({}),
                ));
            }
            Ok(())
        })
        .await;
    match written {
        Ok(()) => changed(&forms, &viewer, &key, &reference).await,
        Err(StoreError::Stale(_)) => Err(stale(&forms, &viewer, &key, &reference).await?),
        Err(error) => Err(error.into()),
    }
}

/// `POST /api/v1/registers/{key}/records/{reference}/moves`
pub(super) async fn make_move(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, reference)): Path<(String, String)>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Answer {
    let found = find(&forms, &viewer, &key, &reference).await?;
    let expected = expected(&headers)?;
    let sent = object(&bytes, &["move", "answers", "reason"])?;
    if found.record.version != expected {
        return Err(stale(&forms, &viewer, &key, &reference).await?);
    }
    let wanted = text(&sent, "move", 100)?.unwrap_or_default();
    let Some(one) = found.asked_by.moves.iter().find(|one| one.key == wanted) else {
        return Err(Refusal::faults(vec![Fault::new(
            "#/move",
            "There is no such move",
        )]));
    };
    if !may_move(&viewer, &found.asked_by, one, &found.record) {
        return Err(PageError::Forbidden.into());
    }
    let asked: Vec<&str> = one
        .asks
        .iter()
        .filter_map(|id| found.asked_by.get(*id))
        .map(|question| question.id.as_str())
        .collect();
    let answers = part(&sent, "answers")?;
    let strangers: Vec<Fault> = answers
        .keys()
        .filter(|id| !asked.contains(&id.as_str()))
        .map(|id| Fault::answer(id, "This move does not ask this"))
        .collect();
    if !strangers.is_empty() {
        return Err(Refusal::faults(strangers));
    }
    let before = &found.record.answers;
    let after =
        shape::merge(&found.asked_by, before, &answers, |_| true).map_err(Refusal::faults)?;
    // What a move asks may be a question of the state that it leads to.
    let today = forms.app.clock.today();
    let mut faults = shape::check(&found.asked_by, Some(before), &after, &one.to, today);
    let here = shape::check(
        &found.asked_by,
        Some(before),
        &after,
        &found.record.state,
        today,
    );
    faults.retain(|fault| here.contains(fault));
    let shown = crate::answers::shown_in(&found.asked_by, &after, &one.to);
    for (id, question) in one
        .asks
        .iter()
        .filter_map(|id| Some((*id, found.asked_by.get(*id)?)))
    {
        if question.required && shown.question(id) && after.get(&question.id).is_none() {
            faults.push(Fault::answer(
                &question.id,
                crate::answers::missing(question),
            ));
        }
    }
    let reason = text(&sent, "reason", 10_000)?;
    if one.reason && reason.is_none() {
        faults.push(Fault::new("#/reason", "Say why"));
    }
    if !faults.is_empty() {
        return Err(Refusal::faults(faults));
    }
    check_links(&forms, &viewer, &found.asked_by, Some(before), &after).await?;
    let mut asks = Answers::default();
    for id in asked {
        asks.set(id, after.get(id).cloned());
    }
    let made: Result<Record, StoreError> =
        write!(&forms.app.db, &forms.app.clock, &viewer.actor(), |tx| {
            store::make_move(
                tx,
                &found.asked_by,
                found.record.id,
                expected,
                &one.key,
                &asks,
                reason.as_deref(),
            )
            .await
        })
        .await;
    match made {
        Ok(_) => changed(&forms, &viewer, &key, &reference).await,
        Err(StoreError::Stale(_)) => Err(stale(&forms, &viewer, &key, &reference).await?),
        Err(error) => Err(error.into()),
    }
}
