//! What a device sends: checked as any form is, and written once, however often it arrives.

use std::collections::BTreeMap;

use axum::extract::{Request, State};
use axum::response::Response;
use chrono::{DateTime, Duration, Utc};
use commonweal_access::policy::{RecordAct, Resource};
use commonweal_access::web::{PageError, Path, Viewer};
use commonweal_core::events::Event;
use commonweal_core::{DbError, ReadTx, Tx, args, read, sql, write};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::catalogue::plain;
use super::{answer, body, resolve};
use crate::Forms;
use crate::answers::{self, Answers};
use crate::definition::{Definition, Shared};
use crate::register::store::{self, NewRecord, Record, SUBJECT, StoreError};
use crate::register::{log_read, visible};

/// The header in which a device says what its clock shows, in milliseconds since 1970.
const DEVICE_CLOCK: &str = "x-device-clock";

/// What a device sends.
#[derive(Debug, Deserialize)]
struct Delivery {
    /// Its key, made by the device.
    delivery: Uuid,
    /// Who entered it: never sent under another name.
    user: Uuid,
    definition: String,
    /// The version of the definition that asked the questions.
    version: i64,
    answers: Map<String, Json>,
    /// When it was entered, by the device's clock.
    written_at: DateTime<Utc>,
    /// The record that is changed; a new one where none.
    record: Option<Uuid>,
    /// The version of that record that was read.
    expected: Option<i64>,
}

/// Why a delivery was not written.
enum Refusal {
    /// What is wrong, by question; `_` for what concerns no question.
    Answers(BTreeMap<String, String>),
    /// Somebody changed the record meanwhile.
    Stale(Box<Record>),
    Page(PageError),
    Db(DbError),
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<PageError> for Refusal {
    fn from(error: PageError) -> Self {
        Self::Page(error)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stale(now) => Self::Stale(now),
            StoreError::Db(error) => Self::Db(error),
            other => Self::Page(other.into()),
        }
    }
}

impl Refusal {
    fn whole(message: &str) -> Self {
        Self::Answers(BTreeMap::from([("_".to_owned(), message.to_owned())]))
    }
}

/// How deliveries are kept apart: a key that another user made is never found.
pub(super) fn key_of(user: Uuid, delivery: Uuid) -> String {
    format!("{user}:{delivery}")
}

/// `POST /offline/deliveries`.
pub(super) async fn receive(
    State(forms): State<Forms>,
    viewer: Viewer,
    request: Request,
) -> Result<Response, PageError> {
    let device: Option<i64> = request
        .headers()
        .get(DEVICE_CLOCK)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let body = body(request).await?;
    let sent: Delivery = serde_json::from_slice(&body)
        .map_err(|_| PageError::Invalid("What was sent could not be read.".to_owned()))?;
    if sent.user != viewer.user() {
        // Somebody else has signed in since it was entered: it waits for its author.
        return Err(PageError::Forbidden);
    }
    let received = hex::encode(Sha256::digest(&body));
    let app = &forms.app;
    let definition = read!(&app.db, |tx| {
        let version = forms.catalogue.version(tx, &sent.definition, sent.version);
        version.await.map_err(PageError::from)
    })
    .await?;
    if !definition.offline {
        return Err(PageError::NotFound);
    }
    if sent.record.is_none() {
        viewer.must_record(&definition.key, RecordAct::Add, &Resource::door())?;
    }
    let written_at = put_right(sent.written_at, device, app.clock.now());
    let outcome: Result<Record, Refusal> = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        take(
            &forms,
            tx,
            &viewer,
            &definition,
            &sent,
            &received,
            written_at,
        )
        .await
    })
    .await;
    match outcome {
        Ok(record) => {
            let kept = read!(&app.db, |tx| receipt(tx, viewer.user(), sent.delivery)
                .await)
            .await?;
            Ok(answer(StatusCode::OK, &told(&record, &kept)))
        }
        Err(Refusal::Answers(errors)) => Ok(answer(
            StatusCode::UNPROCESSABLE_ENTITY,
            &json!({ "errors": errors }),
        )),
        Err(Refusal::Stale(now)) => stale(&forms, &viewer, &now).await,
        Err(Refusal::Page(error)) => Err(error),
        Err(Refusal::Db(error)) => Err(error.into()),
    }
}

/// Both versions: the device has its own and gets the other.
async fn stale(forms: &Forms, viewer: &Viewer, now: &Record) -> Result<Response, PageError> {
    let definition = read!(&forms.app.db, |tx| {
        let version = forms
            .catalogue
            .version(tx, &now.definition, now.definition_version);
        version.await.map_err(PageError::from)
    })
    .await?;
    let visible = visible(viewer, &definition, now);
    if visible.personal {
        log_read(&forms.app, viewer, "form_record.seen", &[now.id]).await?;
    }
    let body = json!({
        "version": now.version,
        "definition_version": now.definition_version,
        "changed_at": now.changed_at,
        "answers": plain(&definition, &visible.answers),
    });
    Ok(answer(StatusCode::CONFLICT, &body))
}

/// When something was entered, with the error of the device's clock taken out; never ahead of ours,
/// and not before any device could have kept it.
fn put_right(written: DateTime<Utc>, device: Option<i64>, now: DateTime<Utc>) -> DateTime<Utc> {
    let shown = device.and_then(DateTime::from_timestamp_millis);
    let off = shown.map_or_else(Duration::zero, |shown| now - shown);
    let earliest = now - Duration::days(400);
    let right = written
        .max(earliest - Duration::days(1))
        .checked_add_signed(off);
    right.unwrap_or(now).clamp(earliest, now)
}

async fn take(
    forms: &Forms,
    tx: &mut Tx,
    viewer: &Viewer,
    definition: &Shared,
    sent: &Delivery,
    received: &str,
    written_at: DateTime<Utc>,
) -> Result<Record, Refusal> {
    let key = key_of(viewer.user(), sent.delivery);
    let known = tx
        .optional(
            sql!("select record from offline_deliveries where delivery = $1"),
            args![&key],
        )
        .await?;
    if let Some(row) = known {
        // The answer to the first was lost on its way.
        let record = store::load(tx, row.at(0)?).await?;
        tx.record(Event::new(
            SUBJECT,
            record.id,
            "form_record.delivered_again",
            json!({}),
        ));
        return Ok(record);
    }
    let (given, mut errors) = read_answers(tx, viewer, definition, sent).await?;
    let record = match sent.record {
        None => {
            let mut all = given;
            answers::shown(definition, &all).strip(&mut all);
            check(forms, definition, &all, None, &mut errors)?;
            let new = NewRecord {
                answers: all,
                agency: Some(viewer.principal.agency),
                owner: Some(viewer.user()),
                created_by: Some(viewer.user()),
                channel: "offline",
                delivery: Some(key.clone()),
                ..NewRecord::default()
            };
            store::create(tx, &forms.app.clock, definition, new).await?
        }
        Some(id) => {
            let before = store::load(tx, id).await?;
            may_change(viewer, definition, &before)?;
            let expected = sent.expected.unwrap_or(0);
            if before.version == expected && before.definition_version != definition.version {
                return Err(Refusal::whole(
                    "This record has moved to a newer version of its questions. Open it with a signal and enter the change there",
                ));
            }
            if before.version != expected {
                return Err(Refusal::Stale(Box::new(before)));
            }
            let all = merged(viewer, definition, &before, given);
            check(forms, definition, &all, Some(&before.state), &mut errors)?;
            store::change(tx, definition, id, expected, &all, None).await?
        }
    };
    tx.run(
        sql!(
            "insert into offline_deliveries (delivery, user_id, record, received, written_at, received_at)
             values ($1, $2, $3, $4, $5, $6)"
        ),
        args![
            &key,
            viewer.user(),
            record.id,
            received,
            written_at,
            tx.now()
        ],
    )
    .await?;
    tx.record(
        Event::new(
            SUBJECT,
            record.id,
            "form_record.delivered",
            json!({ "channel": "offline" }),
        )
        .valid_at(written_at),
    );
    Ok(record)
}

fn may_change(viewer: &Viewer, definition: &Definition, record: &Record) -> Result<(), PageError> {
    if record.definition != definition.key {
        return Err(PageError::NotFound);
    }
    let resource = record.resource();
    viewer.must_record(&definition.key, RecordAct::See, &resource)?;
    viewer.must_record(&definition.key, RecordAct::Change, &resource)
}

async fn read_answers(
    tx: &mut ReadTx,
    viewer: &Viewer,
    definition: &Definition,
    sent: &Delivery,
) -> Result<(Answers, BTreeMap<String, String>), DbError> {
    let (mut given, mut errors) = (Answers::default(), BTreeMap::new());
    for (id, value) in &sent.answers {
        let Some((_, question)) = definition.question(id) else {
            let message = format!("The form has no question ‘{id}’");
            errors.insert("_".to_owned(), message);
            continue;
        };
        let owner = resolve::Sender {
            viewer,
            delivery: sent.delivery,
            record: sent.record,
        };
        match resolve::read(tx, &owner, question, value).await? {
            Ok(answer) => given.set(id, answer),
            Err(message) => {
                errors.insert(id.clone(), message);
            }
        }
    }
    Ok((given, errors))
}

/// Everything that the record shall hold: what the device could not see stays as it was; what the
/// change has hidden goes.
fn merged(viewer: &Viewer, definition: &Definition, before: &Record, given: Answers) -> Answers {
    let withheld = visible(viewer, definition, before).withheld;
    let mut all = given;
    for (id, answer) in &before.answers.0 {
        if withheld.contains(id) || definition.question(id).is_none() {
            all.set(id, Some(answer.clone()));
        }
    }
    answers::shown_in(definition, &all, &before.state).strip(&mut all);
    all
}

fn check(
    forms: &Forms,
    definition: &Definition,
    all: &Answers,
    state: Option<&str>,
    errors: &mut BTreeMap<String, String>,
) -> Result<(), Refusal> {
    let today = forms.app.clock.today();
    let wrong = match state {
        Some(state) => answers::check_in(definition, all, state, today),
        None => answers::check(definition, all, today),
    };
    for (id, message) in wrong {
        if let Some(question) = definition.get(id) {
            errors.entry(question.id.clone()).or_insert(message);
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Answers(std::mem::take(errors)))
    }
}

/// The record that a delivery became, and the hash of what arrived.
struct Receipt {
    record: Uuid,
    received: String,
}

async fn receipt(tx: &mut ReadTx, user: Uuid, delivery: Uuid) -> Result<Receipt, PageError> {
    let row = tx
        .one(
            sql!("select record, received from offline_deliveries where delivery = $1"),
            args![key_of(user, delivery)],
        )
        .await?;
    Ok(Receipt {
        record: row.at(0)?,
        received: row.at(1)?,
    })
}

fn told(record: &Record, receipt: &Receipt) -> Json {
    json!({
        "reference": record.reference,
        "href": record.href(),
        "record": record.id,
        "received": receipt.received,
    })
}

/// `GET /offline/deliveries/{delivery}`: what became of a delivery of the viewer's own.
pub(super) async fn confirm(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(delivery): Path<Uuid>,
) -> Result<Response, PageError> {
    let (record, kept) = read!(&forms.app.db, |tx| {
        let kept = receipt(tx, viewer.user(), delivery).await?;
        let record = store::load(tx, kept.record).await?;
        Ok::<_, PageError>((record, kept))
    })
    .await?;
    Ok(answer(StatusCode::OK, &told(&record, &kept)))
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;

    use super::*;

    #[test]
    fn a_wrong_clock_is_put_right() {
        let at = |hour| Utc.with_ymd_and_hms(2026, 5, 4, hour, 0, 0).unwrap();
        let device = Some(at(20).timestamp_millis());
        // The device is eight hours ahead and says that it was written two hours ago.
        assert_eq!(put_right(at(18), device, at(12)), at(10));
        assert_eq!(put_right(at(18), None, at(12)), at(12));
        let never = DateTime::<Utc>::MIN_UTC;
        let earliest = at(12) - Duration::days(400);
        assert_eq!(put_right(never, None, at(12)), earliest);
        assert_eq!(put_right(DateTime::<Utc>::MAX_UTC, device, at(12)), at(12));
    }
}
