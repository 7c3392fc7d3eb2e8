//! Reading records.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use commonweal_core::{DbError, ReadTx, Row, args, sql};
use serde_json::Value as Json;
use uuid::Uuid;

use super::Record;
use crate::answers::{Answer, Answers, Names};

/// A record from a row that has all columns of the table but `delivery`, `cell` and `personal_entry`.
pub(crate) fn from_row(row: &Row) -> Result<Record, DbError> {
    let answers: Json = row.get("answers")?;
    let place = row
        .get::<Option<f64>>("latitude")?
        .zip(row.get::<Option<f64>>("longitude")?);
    Ok(Record {
        id: row.get("id")?,
        definition: row.get("definition")?,
        definition_version: row.get("definition_version")?,
        reference: row.get("reference")?,
        state: row.get("state")?,
        title: row.get("title")?,
        answers: serde_json::from_value(answers)
            .map_err(|error| DbError::Setup(format!("the answers of a record: {error}")))?,
        agency: row.get("agency")?,
        owner: row.get("owner")?,
        created_by: row.get("created_by")?,
        parent: row.get("parent")?,
        wave: row.get("wave")?,
        channel: row.get("channel")?,
        place,
        due_on: row.get("due_on")?,
        state_since: row.get("state_since")?,
        closed_at: row.get("closed_at")?,
        erased_at: row.get("erased_at")?,
        created_at: row.get("created_at")?,
        changed_at: row.get("changed_at")?,
        version: row.get("version")?,
    })
}

/// One record.
///
/// # Errors
/// [`DbError::NotFound`].
pub async fn load(tx: &mut ReadTx, id: Uuid) -> Result<Record, DbError> {
    let text = sql!(
        "select id, definition, definition_version, reference, state, title, answers, agency, owner, created_by,
                parent, wave, channel, latitude, longitude, due_on, state_since, closed_at, erased_at,
                created_at, changed_at, version
         from form_records where id = $1"
    );
    from_row(&tx.one(text, args![id]).await?)
}

/// One record by its reference, as people type it.
///
/// # Errors
/// [`DbError::NotFound`].
pub async fn by_reference(tx: &mut ReadTx, reference: &str) -> Result<Record, DbError> {
    let read = reference.parse::<commonweal_core::ids::Reference>();
    let reference = read.map_err(|_| DbError::NotFound)?;
    let text = sql!(
        "select id, definition, definition_version, reference, state, title, answers, agency, owner, created_by,
                parent, wave, channel, latitude, longitude, due_on, state_since, closed_at, erased_at,
                created_at, changed_at, version
         from form_records where reference = $1"
    );
    from_row(&tx.one(text, args![reference]).await?)
}

/// Those of several records that there are, in the order of the ids.
///
/// # Errors
/// [`DbError`].
pub async fn many(tx: &mut ReadTx, ids: &[Uuid]) -> Result<Vec<Record>, DbError> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        match load(tx, *id).await {
            Ok(record) => found.push(record),
            Err(DbError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// The records that belong to one, oldest first, 500 at most.
///
/// # Errors
/// [`DbError`].
pub async fn children(tx: &mut ReadTx, parent: Uuid) -> Result<Vec<Record>, DbError> {
    let text = sql!(
        "select id, definition, definition_version, reference, state, title, answers, agency, owner, created_by,
                parent, wave, channel, latitude, longitude, due_on, state_since, closed_at, erased_at,
                created_at, changed_at, version
         from form_records where parent = $1 order by created_at, id limit 500"
    );
    let rows = tx.all(text, args![parent]).await?;
    rows.iter().map(from_row).collect()
}

/// The records whose answers name this agency, person or record, newest first, 100 at most.
///
/// # Errors
/// [`DbError`].
pub async fn uses(tx: &mut ReadTx, linked: Uuid) -> Result<Vec<Record>, DbError> {
    let text = sql!(
        "select id, definition, definition_version, reference, state, title, answers, agency, owner, created_by,
                parent, wave, channel, latitude, longitude, due_on, state_since, closed_at, erased_at,
                created_at, changed_at, version
         from form_records where id in (select record from answer_index where linked = $1)
         order by created_at desc, id desc limit 100"
    );
    let rows = tx.all(text, args![linked]).await?;
    rows.iter().map(from_row).collect()
}

/// The names of agencies and users, and the references of records, by id. What is none of these has
/// no name here. A record is named by its reference: its title may hold personal answers.
///
/// # Errors
/// [`DbError`].
pub async fn names(tx: &mut ReadTx, ids: &[Uuid]) -> Result<Names, DbError> {
    let mut names = BTreeMap::new();
    for id in ids {
        if names.contains_key(id) {
            continue;
        }
        let row = tx
            .optional(
                sql!(
                    "select name from agencies where id = $1
                     union all select name from users where id = $1
                     union all select reference as name from form_records where id = $1"
                ),
                args![*id],
            )
            .await?;
        if let Some(row) = row {
            names.insert(*id, row.get("name")?);
        }
    }
    Ok(Names(names))
}

/// The ids that answers name: agencies, people, records.
#[must_use]
pub fn named(answers: &Answers) -> Vec<Uuid> {
    answers
        .0
        .values()
        .filter_map(|answer| match answer {
            Answer::Agency(id) | Answer::Person(id) | Answer::Record(id) => Some(*id),
            _ => None,
        })
        .collect()
}

/// A due date of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timed {
    /// The due date's key in the definition.
    pub due: String,
    /// The day.
    pub due_on: NaiveDate,
    /// When it was done or ceased to apply; none while it is open.
    pub done_at: Option<DateTime<Utc>>,
    /// The day of the last reminder.
    pub reminded_on: Option<NaiveDate>,
}

/// The due dates of a record, earliest first.
///
/// # Errors
/// [`DbError`].
pub async fn dues(tx: &mut ReadTx, record: Uuid) -> Result<Vec<Timed>, DbError> {
    let text = sql!(
        "select due, due_on, done_at, reminded_on from form_dues where record = $1 order by due_on, due"
    );
    let rows = tx.all(text, args![record]).await?;
    rows.iter()
        .map(|row| {
            Ok(Timed {
                due: row.get("due")?,
                due_on: row.get("due_on")?,
                done_at: row.get("done_at")?,
                reminded_on: row.get("reminded_on")?,
            })
        })
        .collect()
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its id.
    pub id: Uuid,
    /// What was written.
    pub text: String,
    /// Who wrote it.
    pub written_by: Option<Uuid>,
    /// When.
    pub written_at: DateTime<Utc>,
}

/// The notes of a record, newest first, 500 at most.
///
/// # Errors
/// [`DbError`].
pub async fn notes(tx: &mut ReadTx, record: Uuid) -> Result<Vec<Note>, DbError> {
    let text = sql!(
        "select id, text, written_by, written_at from form_notes where record = $1
         order by written_at desc, id desc limit 500"
    );
    let rows = tx.all(text, args![record]).await?;
    rows.iter()
        .map(|row| {
            Ok(Note {
                id: row.get("id")?,
                text: row.get("text")?,
                written_by: row.get("written_by")?,
                written_at: row.get("written_at")?,
            })
        })
        .collect()
}

/// Something that happened to a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What happened, such as `form_record.moved`.
    pub kind: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it; none where the system or the public did.
    pub actor: Option<Uuid>,
    /// What changed: for answers, by question, an object with `was` and `is`.
    pub data: Json,
}

/// What happened to a record, newest first, 1,000 at most.
///
/// # Errors
/// [`DbError`].
pub async fn changes(tx: &mut ReadTx, record: Uuid) -> Result<Vec<Change>, DbError> {
    let text = sql!(
        "select kind, recorded_at, actor, data from events where subject_id = $1 and subject_kind = 'form_record'
         order by recorded_at desc, id desc limit 1000"
    );
    let rows = tx.all(text, args![record]).await?;
    rows.iter()
        .map(|row| {
            Ok(Change {
                kind: row.get("kind")?,
                at: row.get("recorded_at")?,
                actor: row.get("actor")?,
                data: row.get("data")?,
            })
        })
        .collect()
}
