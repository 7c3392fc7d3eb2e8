//! Erasing personal answers, and removing records.

use std::collections::BTreeSet;

use commonweal_core::events::Event;
use commonweal_core::{DbError, Tx, args, generations, search, sql};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::follow::{follow, store_row};
use super::{GENERATION, Record, SUBJECT, StoreError, derive, read};
use crate::answers::Answer;
use crate::definition::{Definition, Personal};

/// Erases a record's personal answers, everywhere where they lie: the record, its index, search, and
/// what its events hold of them. That it was done, and of which questions, stays.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn erase_personal(
    tx: &mut Tx,
    definition: &Definition,
    id: Uuid,
) -> Result<Record, StoreError> {
    let before = read::load(tx, id).await?;
    let personal: BTreeSet<String> = before
        .answers
        .0
        .keys()
        .filter(|id| is_personal(definition, id))
        .cloned()
        .collect();
    let mut record = before.clone();
    record.answers.0.retain(|id, _| !personal.contains(id));
    record.erased_at = Some(tx.now());
    detach_files(tx, &before, &personal).await?;
    redact_events(tx, definition, id).await?;
    if definition.is_personal() {
        // Notes and files are free words about the record: they go with what is personal in it.
        tx.run(
            sql!("update form_notes set text = '' where record = $1"),
            args![id],
        )
        .await?;
        tx.run(
            sql!("delete from file_uses where subject_kind = 'form_attachment' and subject = $1"),
            args![id],
        )
        .await?;
    }
    store_row(tx, definition, &before, &mut record).await?;
    let erased: Map<String, Json> = personal
        .into_iter()
        .map(|id| (id, json!("erased")))
        .collect();
    tx.record(Event::new(
        SUBJECT,
        id,
        "form_record.erased",
        Json::Object(erased),
    ));
    follow(tx, definition, &mut record).await?;
    Ok(record)
}

/// Removes a record and all that hangs on it; its events stay, without values.
///
/// # Errors
/// [`StoreError::Db`]; [`DbError::Refused`] where other records still belong to it.
pub async fn remove(tx: &mut Tx, definition: &Definition, id: Uuid) -> Result<(), StoreError> {
    let record = read::load(tx, id).await?;
    let children = tx
        .count(
            sql!("select count(*) from form_records where parent = $1"),
            args![id],
        )
        .await?;
    if children > 0 {
        return Err(DbError::Refused("other records belong to this one".to_owned()).into());
    }
    let row = tx
        .one(
            sql!("select personal_entry from form_records where id = $1"),
            args![id],
        )
        .await?;
    search::remove(tx, id).await?;
    if let Some(subject) = row.get::<Option<Uuid>>("personal_entry")? {
        search::remove(tx, subject).await?;
    }
    derive::forget_index(tx, id).await?;
    for text in [
        sql!("delete from file_uses where subject_kind = 'form_record' and subject = $1"),
        sql!("delete from file_uses where subject_kind = 'form_attachment' and subject = $1"),
        sql!("delete from form_notes where record = $1"),
        sql!("delete from form_dues where record = $1"),
        sql!("update form_invitations set record = null where record = $1"),
        sql!("delete from form_drafts where record = $1 or sent = $1 or parent = $1"),
        sql!("delete from form_records where id = $1"),
    ] {
        tx.run(text, args![id]).await?;
    }
    blank_events(tx, id).await?;
    tx.record(Event::new(
        SUBJECT,
        id,
        "form_record.removed",
        json!({ "reference": record.reference, "definition": definition.key }),
    ));
    generations::bump(tx, GENERATION).await?;
    Ok(())
}

/// Takes away the files of some questions.
async fn detach_files(
    tx: &mut Tx,
    record: &Record,
    questions: &BTreeSet<String>,
) -> Result<(), StoreError> {
    for (_, answer) in record
        .answers
        .0
        .iter()
        .filter(|(id, _)| questions.contains(*id))
    {
        if let Answer::Files(files) = answer {
            for file in files {
                tx.run(sql!("delete from file_uses where id = $1"), args![file.id])
                    .await?;
            }
        }
    }
    Ok(())
}

/// Takes the values of personal answers out of a record's events; the names of the fields stay.
async fn redact_events(tx: &mut Tx, definition: &Definition, id: Uuid) -> Result<(), StoreError> {
    let rows = tx
        .all(
            sql!("select id, kind, data from events where subject_id = $1 and subject_kind = 'form_record'"),
            args![id],
        )
        .await?;
    for row in rows {
        let event: Uuid = row.get("id")?;
        let kind: String = row.get("kind")?;
        let mut data: Json = row.get("data")?;
        let Json::Object(fields) = &mut data else {
            continue;
        };
        let of_answers = ["form_record.added", "form_record.changed"].contains(&kind.as_str());
        let mut touched = false;
        for (field, value) in fields.iter_mut() {
            let personal = if of_answers {
                is_personal(definition, field)
            } else {
                field == "reason"
            };
            if personal {
                *value = json!("erased");
                touched = true;
            }
        }
        if touched {
            tx.run(
                sql!("update events set data = $2 where id = $1"),
                args![event, data],
            )
            .await?;
        }
    }
    Ok(())
}

/// Takes every value out of a record's events.
async fn blank_events(tx: &mut Tx, id: Uuid) -> Result<(), StoreError> {
    tx.run(
        sql!("update events set data = $2 where subject_id = $1 and subject_kind = 'form_record'"),
        args![id, json!({})],
    )
    .await?;
    Ok(())
}

fn is_personal(definition: &Definition, question: &str) -> bool {
    definition
        .question(question)
        .is_none_or(|(_, question)| question.personal != Personal::None)
}
