//! What every write of a record does: its row, what changed, and all that follows from it.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use commonweal_core::events::Event;
use commonweal_core::{DbError, Tx, args, generations, sql};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{GENERATION, Record, SUBJECT, StoreError, derive, read};
use crate::answers::{Answer, Answers};
use crate::definition::Definition;
use crate::register::dues;

/// Writes what changed between two states of a record, and all that follows. `told`: an event says
/// already that something happened.
pub(super) async fn save(
    tx: &mut Tx,
    definition: &Definition,
    before: &Record,
    record: &mut Record,
    told: bool,
) -> Result<(), StoreError> {
    store_row(tx, definition, before, record).await?;
    let changed = difference(&before.answers, &record.answers)?;
    // A move and a migration have events of their own.
    if before.answers != record.answers || !told {
        tx.record(Event::new(
            SUBJECT,
            record.id,
            "form_record.changed",
            changed,
        ));
    }
    follow(tx, definition, record).await
}

/// Writes a record's row, guarded by the version of `before`.
pub(super) async fn store_row(
    tx: &mut Tx,
    definition: &Definition,
    before: &Record,
    record: &mut Record,
) -> Result<(), StoreError> {
    let now = tx.now();
    record.place = derive::place(tx, definition, &record.answers).await?;
    if let Some(parent) = parent_of(definition, &record.answers) {
        record.parent = Some(parent);
    }
    record.title = derive::title(tx, definition, record).await?;
    record.changed_at = now;
    record.version = before.version + 1;
    tx.run_versioned(
        sql!(
            "update form_records set definition_version = $3, state = $4, title = $5, answers = $6, parent = $7,
                 latitude = $8, longitude = $9, cell = $10, state_since = $11, closed_at = $12, erased_at = $13,
                 changed_at = $14, version = version + 1
             where id = $1 and version = $2"
        ),
        args![
            record.id,
            before.version,
            record.definition_version,
            &record.state,
            &record.title,
            to_json(&record.answers)?,
            record.parent,
            record.place.map(|place| place.0),
            record.place.map(|place| place.1),
            derive::cell(record.place),
            record.state_since,
            record.closed_at,
            record.erased_at,
            now
        ],
    )
    .await?;
    adopt(tx, record).await
}

/// Everything that follows from a record: index, dates, search, and the generation.
pub(super) async fn follow(
    tx: &mut Tx,
    definition: &Definition,
    record: &mut Record,
) -> Result<(), StoreError> {
    derive::index(tx, definition, record).await?;
    record.due_on = follow_dues(tx, definition, record).await?;
    derive::found(tx, definition, record).await?;
    generations::bump(tx, GENERATION).await?;
    Ok(())
}

/// Brings a record's due dates in line with its state and answers; returns the first open one.
async fn follow_dues(
    tx: &mut Tx,
    definition: &Definition,
    record: &Record,
) -> Result<Option<NaiveDate>, StoreError> {
    let now = tx.now();
    let kept = read::dues(tx, record.id).await?;
    let wanted = dues::wanted(definition, record, &kept);
    for (due, on) in &wanted {
        let known = kept.iter().find(|one| one.due == due.key);
        if known.is_some_and(|one| one.due_on == *on && one.done_at.is_none()) {
            continue;
        }
        tx.run(
            sql!(
                "insert into form_dues (record, due, due_on) values ($1, $2, $3)
                 on conflict (record, due) do update set due_on = excluded.due_on, done_at = null, reminded_on = null"
            ),
            args![record.id, &due.key, *on],
        )
        .await?;
    }
    for one in kept.iter().filter(|one| one.done_at.is_none()) {
        if !wanted.iter().any(|(due, _)| due.key == one.due) {
            tx.run(
                sql!("update form_dues set done_at = $3 where record = $1 and due = $2"),
                args![record.id, &one.due, now],
            )
            .await?;
        }
    }
    let first = wanted.iter().map(|(_, on)| *on).min();
    tx.run(
        sql!("update form_records set due_on = $2 where id = $1"),
        args![record.id, first],
    )
    .await?;
    Ok(first)
}

/// Makes the files that answers name the record's own: before, they were a draft's.
pub(super) async fn adopt(tx: &mut Tx, record: &Record) -> Result<(), StoreError> {
    for answer in record.answers.0.values() {
        if let Answer::Files(files) = answer {
            for file in files {
                tx.run(
                    sql!("update file_uses set subject_kind = 'form_record', subject = $2 where id = $1"),
                    args![file.id, record.id],
                )
                .await?;
            }
        }
    }
    Ok(())
}

pub(super) fn parent_of(definition: &Definition, answers: &Answers) -> Option<Uuid> {
    let question = definition.get(definition.parent.as_ref()?.question)?;
    match answers.get(&question.id)? {
        Answer::Record(id) => Some(*id),
        _ => None,
    }
}

pub(super) fn to_json(answers: &Answers) -> Result<Json, DbError> {
    serde_json::to_value(answers)
        .map_err(|error| DbError::Setup(format!("answers cannot be written: {error}")))
}

/// By question, what an answer was and is; only where they differ.
pub(super) fn difference(before: &Answers, after: &Answers) -> Result<Json, DbError> {
    let mut changed = Map::new();
    let ids: BTreeSet<&String> = before.0.keys().chain(after.0.keys()).collect();
    for id in ids {
        let (was, is) = (before.get(id), after.get(id));
        if was == is {
            continue;
        }
        let mut both = Map::new();
        for (name, answer) in [("was", was), ("is", is)] {
            if let Some(answer) = answer {
                let value = serde_json::to_value(answer)
                    .map_err(|error| DbError::Setup(format!("an answer: {error}")))?;
                both.insert(name.to_owned(), value);
            }
        }
        changed.insert(id.clone(), Json::Object(both));
    }
    Ok(Json::Object(changed))
}
