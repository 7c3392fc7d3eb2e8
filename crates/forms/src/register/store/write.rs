//! Writing records: each function in the caller's transaction, with events, index, dates and search.

use commonweal_core::events::Event;
use commonweal_core::ids::{Reference, new_uuid, uuid_at};
use commonweal_core::{Clock, DbError, Tx, args, generations, sql};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::follow::{adopt, difference, follow, parent_of, save, to_json};
use super::{GENERATION, Record, SUBJECT, StoreError, derive, read};
use crate::answers::{Answer, Answers};
use crate::definition::Definition;

/// A record to be made.
#[derive(Debug, Clone, Default)]
pub struct NewRecord {
    /// Its answers, checked.
    pub answers: Answers,
    /// Whose it is.
    pub agency: Option<Uuid>,
    /// Who answers for it.
    pub owner: Option<Uuid>,
    /// Who makes it.
    pub created_by: Option<Uuid>,
    /// The record that it belongs to, where its answers do not name it.
    pub parent: Option<Uuid>,
    /// The point in time at which somebody was asked.
    pub wave: Option<String>,
    /// How it came: `page`, `offline`, `import`, `api`, `invitation` or `public`.
    pub channel: &'static str,
    /// Names what a device sent: the same again gives the record that it made.
    pub delivery: Option<String>,
}

/// Makes a record. The same delivery twice gives the first record back, unchanged.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn create(
    tx: &mut Tx,
    clock: &Clock,
    definition: &Definition,
    new: NewRecord,
) -> Result<Record, StoreError> {
    let now = tx.now();
    let mut answers = new.answers;
    let parent = parent_of(definition, &answers).or(new.parent);
    if let (Some(relation), Some(parent)) = (&definition.parent, parent)
        && let Some(question) = definition.get(relation.question)
    {
        answers.set(&question.id, Some(Answer::Record(parent)));
    }
    let mut record = Record {
        id: new_uuid(clock),
        definition: definition.key.clone(),
        definition_version: definition.version,
        reference: fresh_reference(tx, &definition.prefix).await?,
        state: definition
            .first_state()
            .map_or_else(|| "received".to_owned(), |state| state.key.clone()),
        title: String::new(),
        place: derive::place(tx, definition, &answers).await?,
        answers,
        agency: new.agency,
        owner: new.owner,
        created_by: new.created_by,
        parent,
        wave: new.wave,
        channel: new.channel.to_owned(),
        due_on: None,
        state_since: Some(now),
        closed_at: None,
        erased_at: None,
        created_at: now,
        changed_at: now,
        version: 1,
    };
    if definition
        .state(&record.state)
        .is_some_and(|state| state.closed)
    {
        record.closed_at = Some(now);
    }
    record.title = derive::title(tx, definition, &record).await?;
    // On PostgreSQL a delivery that arrives twice at the same time makes the second try again.
    let made = tx
        .run(
            sql!(
                "insert into form_records (id, definition, definition_version, reference, state, title, answers, agency,
                     owner, created_by, parent, wave, channel, delivery, latitude, longitude, cell, due_on, state_since,
                     closed_at, created_at, changed_at, version)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, null, $18, $19, $18, $18, 1)
                 on conflict (delivery) do nothing"
            ),
            args![
                record.id,
                &record.definition,
                record.definition_version,
                &record.reference,
                &record.state,
                &record.title,
                to_json(&record.answers)?,
                record.agency,
                record.owner,
                record.created_by,
                record.parent,
                record.wave.clone(),
                &record.channel,
                new.delivery.clone(),
                record.place.map(|place| place.0),
                record.place.map(|place| place.1),
                derive::cell(record.place),
                now,
                record.closed_at
            ],
        )
        .await?;
    if made == 0 {
        let row = tx
            .one(
                sql!("select id from form_records where delivery = $1"),
                args![new.delivery],
            )
            .await?;
        let first = read::load(tx, row.at(0)?).await?;
        tx.record(Event::new(
            SUBJECT,
            first.id,
            "form_record.delivered_again",
            json!({}),
        ));
        return Ok(first);
    }
    adopt(tx, &record).await?;
    let none = Answers::default();
    tx.record(Event::new(
        SUBJECT,
        record.id,
        "form_record.added",
        difference(&none, &record.answers)?,
    ));
    follow(tx, definition, &mut record).await?;
    Ok(record)
}

/// Changes a record's answers: `answers` is all that it shall hold. `note` is kept beside them.
///
/// # Errors
/// [`StoreError::Stale`] with what is there now, unless that is what was wanted; [`StoreError::Db`].
pub async fn change(
    tx: &mut Tx,
    definition: &Definition,
    id: Uuid,
    expected: i64,
    answers: &Answers,
    note: Option<&str>,
) -> Result<Record, StoreError> {
    let before = read::load(tx, id).await?;
    if before.version != expected {
        // The same form sent twice is no quarrel.
        if before.answers == *answers && before.version == expected + 1 {
            tx.record(Event::new(SUBJECT, id, "form_record.sent_again", json!({})));
            return Ok(before);
        }
        return Err(StoreError::Stale(Box::new(before)));
    }
    let mut record = before.clone();
    record.answers = answers.clone();
    save(tx, definition, &before, &mut record, false).await?;
    if let Some(text) = note.map(str::trim).filter(|text| !text.is_empty()) {
        write_note(tx, id, text).await?;
    }
    Ok(record)
}

/// Makes a move: the record's answers with `asks` among them, then the new state.
///
/// Who may make it is asked before; see `register::moves`. What the definition demands of the
/// record is asked here.
///
/// # Errors
/// [`StoreError::Stale`], [`StoreError::NoSuchMove`], [`StoreError::Unmet`], [`StoreError::Db`].
pub async fn make_move(
    tx: &mut Tx,
    definition: &Definition,
    id: Uuid,
    expected: i64,
    move_key: &str,
    asks: &Answers,
    reason: Option<&str>,
) -> Result<Record, StoreError> {
    let before = read::load(tx, id).await?;
    if before.version != expected {
        return Err(StoreError::Stale(Box::new(before)));
    }
    let one = definition
        .moves_from(&before.state)
        .find(|one| one.key == move_key)
        .ok_or(StoreError::NoSuchMove)?;
    let state = definition.state(&one.to).ok_or(StoreError::NoSuchMove)?;
    let mut record = before.clone();
    for question in one.asks.iter().filter_map(|id| definition.get(*id)) {
        if let Some(answer) = asks.get(&question.id) {
            record.answers.set(&question.id, Some(answer.clone()));
        }
    }
    let unmet = crate::register::moves::unmet(definition, one, &record, "en");
    if !unmet.is_empty() {
        return Err(StoreError::Unmet(unmet));
    }
    let now = tx.now();
    record.state.clone_from(&state.key);
    record.state_since = Some(now);
    record.closed_at = state.closed.then_some(now);
    let mut data = json!({ "move": one.key, "state": { "was": before.state, "is": record.state } });
    if let (Some(reason), Json::Object(data)) = (reason, &mut data) {
        data.insert("reason".to_owned(), Json::from(reason));
    }
    tx.record(Event::new(SUBJECT, id, "form_record.moved", data));
    save(tx, definition, &before, &mut record, true).await?;
    Ok(record)
}

/// Gives a record to somebody, or to nobody.
///
/// # Errors
/// [`StoreError::Stale`], [`StoreError::Db`].
pub async fn set_owner(
    tx: &mut Tx,
    id: Uuid,
    expected: i64,
    owner: Option<Uuid>,
) -> Result<Record, StoreError> {
    let before = read::load(tx, id).await?;
    hand_over(tx, before.agency, owner, &before, expected).await
}

/// Hands a record over to an agency, and to somebody there or nobody yet.
///
/// # Errors
/// [`StoreError::Stale`], [`StoreError::Db`].
pub async fn set_agency(
    tx: &mut Tx,
    id: Uuid,
    expected: i64,
    agency: Option<Uuid>,
    owner: Option<Uuid>,
) -> Result<Record, StoreError> {
    let before = read::load(tx, id).await?;
    hand_over(tx, agency, owner, &before, expected).await
}

async fn hand_over(
    tx: &mut Tx,
    agency: Option<Uuid>,
    owner: Option<Uuid>,
    before: &Record,
    expected: i64,
) -> Result<Record, StoreError> {
    if before.version != expected {
        return Err(StoreError::Stale(Box::new(before.clone())));
    }
    let now = tx.now();
    tx.run_versioned(
        sql!(
            "update form_records set agency = $3, owner = $4, changed_at = $5, version = version + 1
             where id = $1 and version = $2"
        ),
        args![before.id, expected, agency, owner, now],
    )
    .await?;
    let mut data = Map::new();
    if before.owner != owner {
        data.insert(
            "owner".to_owned(),
            json!({ "was": before.owner, "is": owner }),
        );
    }
    if before.agency != agency {
        data.insert(
            "agency".to_owned(),
            json!({ "was": before.agency, "is": agency }),
        );
    }
    tx.record(Event::new(
        SUBJECT,
        before.id,
        "form_record.handed_over",
        Json::Object(data),
    ));
    generations::bump(tx, GENERATION).await?;
    Ok(Record {
        agency,
        owner,
        changed_at: now,
        version: before.version + 1,
        ..before.clone()
    })
}

/// Writes a note beside a record. An id made by the page keeps a form sent twice from writing two.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn note(tx: &mut Tx, note: Uuid, record: Uuid, text: &str) -> Result<(), StoreError> {
    let (now, actor) = (tx.now(), tx.actor().user);
    let made = tx
        .run(
            sql!(
                "insert into form_notes (id, record, text, written_by, written_at) values ($1, $2, $3, $4, $5)
                 on conflict (id) do nothing"
            ),
            args![note, record, text, actor, now],
        )
        .await?;
    if made > 0 {
        touch(tx, record).await?;
    }
    // The words lie in the note's own row; the event says that there is one.
    tx.record(Event::new(
        SUBJECT,
        record,
        "form_record.noted",
        json!({ "note": note }),
    ));
    Ok(())
}

async fn write_note(tx: &mut Tx, record: Uuid, text: &str) -> Result<(), StoreError> {
    let id = uuid_at(tx.now());
    note(tx, id, record, text).await
}

/// Moves the time of a record's last change on, without another version: notes and files do not
/// get in the way of somebody who edits its answers.
pub(crate) async fn touch(tx: &mut Tx, record: Uuid) -> Result<(), DbError> {
    let now = tx.now();
    tx.run(
        sql!("update form_records set changed_at = $2 where id = $1"),
        args![record, now],
    )
    .await?;
    generations::bump(tx, GENERATION).await?;
    Ok(())
}

/// Takes a record over to another version of its definition, with answers made to fit.
///
/// # Errors
/// [`StoreError::Stale`], [`StoreError::Db`].
pub async fn migrate_to(
    tx: &mut Tx,
    definition: &Definition,
    id: Uuid,
    expected: i64,
    state: &str,
    answers: &Answers,
) -> Result<Record, StoreError> {
    let before = read::load(tx, id).await?;
    if before.version != expected {
        return Err(StoreError::Stale(Box::new(before)));
    }
    let mut record = before.clone();
    record.answers = answers.clone();
    record.definition_version = definition.version;
    if record.state != state {
        let now = tx.now();
        state.clone_into(&mut record.state);
        record.state_since = Some(now);
        let closed = definition.state(state).is_some_and(|state| state.closed);
        record.closed_at = closed.then(|| before.closed_at.unwrap_or(now));
    }
    tx.record(Event::new(
        SUBJECT,
        id,
        "form_record.migrated",
        json!({
            "definition_version": { "was": before.definition_version, "is": definition.version },
            "state": { "was": before.state, "is": record.state },
        }),
    ));
    save(tx, definition, &before, &mut record, true).await?;
    Ok(record)
}

/// A reference that no record has yet.
async fn fresh_reference(tx: &mut Tx, prefix: &str) -> Result<String, DbError> {
    loop {
        let reference = Reference::random(prefix)
            .map_err(|error| DbError::Setup(format!("no randomness to be had: {error}")))?;
        let taken = tx
            .count(
                sql!("select count(*) from form_records where reference = $1"),
                args![reference.as_str()],
            )
            .await?;
        if taken == 0 {
            return Ok(reference.as_str().to_owned());
        }
    }
}
