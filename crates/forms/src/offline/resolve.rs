//! What a device could not look up: places by postcode, colleagues by name, records that were
//! themselves waiting.

use commonweal_access::policy::RecordAct;
use commonweal_access::web::Viewer;
use commonweal_core::{DbError, ReadTx, args, sql};
use serde_json::Value as Json;
use uuid::Uuid;

use super::deliveries::key_of;
use crate::answers::{Answer, FileAnswer, from_json};
use crate::definition::{Question, QuestionKind};
use crate::filling::places::{Meant, meant};
use crate::register::store;

/// What was sent for one question: an answer, none, or what is wrong with it.
pub(super) type Read = Result<Option<Answer>, String>;

/// Who sends, and what.
pub(super) struct Sender<'a> {
    pub(super) viewer: &'a Viewer,
    /// The delivery's key.
    pub(super) delivery: Uuid,
    /// The record that is changed, where it is not a new one.
    pub(super) record: Option<Uuid>,
}

/// Reads one answer as the script sends it.
///
/// # Errors
/// [`DbError`].
pub(super) async fn read(
    tx: &mut ReadTx,
    sender: &Sender<'_>,
    question: &Question,
    value: &Json,
) -> Result<Read, DbError> {
    match (&question.kind, value) {
        (QuestionKind::Files { .. }, Json::Array(given)) => files(tx, sender, given).await,
        (QuestionKind::Location, Json::Object(place)) if !place.contains_key("latitude") => {
            let text = place.get("text").and_then(Json::as_str).unwrap_or_default();
            location(tx, text).await
        }
        (QuestionKind::Person { staff: true }, Json::String(text)) => {
            colleague(tx, text.trim()).await
        }
        (QuestionKind::Record { register }, value) => {
            record(tx, sender.viewer, register, value).await
        }
        _ => Ok(from_json(question, value)),
    }
}

/// A place that was typed: a postcode, or the name of a street or area.
async fn location(tx: &mut ReadTx, text: &str) -> Result<Read, DbError> {
    if text.trim().is_empty() {
        return Ok(Ok(None));
    }
    Ok(match meant(tx, text).await? {
        Meant::One(place) => Ok(Some(Answer::Location(place))),
        Meant::Several(places) => {
            let lines: Vec<&str> = places.iter().map(|(_, line)| line.as_str()).collect();
            Err(format!(
                "‘{text}’ may be several places: {}. Enter a full postcode, or co-ordinates like 54.777, -1.575",
                lines.join("; ")
            ))
        }
        Meant::UnknownPostcode | Meant::Unknown => Err(format!(
            "‘{text}’ is not a place that we know. Enter a full postcode, or co-ordinates like 54.777, -1.575"
        )),
    })
}

/// A colleague by id, whole name or e-mail address.
async fn colleague(tx: &mut ReadTx, text: &str) -> Result<Read, DbError> {
    if text.is_empty() {
        return Ok(Ok(None));
    }
    let by_id: Option<Uuid> = text.parse().ok();
    let rows = tx
        .all(
            sql!(
                "select users.id from users join agencies on agencies.id = users.agency
                 where users.active and agencies.active
                   and (users.id = $1 or lower(users.name) = $2 or lower(users.email) = $2)
                 order by users.id limit 2"
            ),
            args![by_id, text.to_lowercase()],
        )
        .await?;
    Ok(match rows.as_slice() {
        [one] => Ok(Some(Answer::Person(one.at(0)?))),
        [] => Err(format!(
            "There is no colleague ‘{text}’. Enter the whole name, or the email address"
        )),
        _ => Err(format!(
            "There are several colleagues called ‘{text}’. Enter the email address"
        )),
    })
}

/// A record by its id, or by the key under which this viewer delivered it.
async fn record(
    tx: &mut ReadTx,
    viewer: &Viewer,
    register: &str,
    value: &Json,
) -> Result<Read, DbError> {
    let unknown = || Ok(Err("Select a record that you may see".to_owned()));
    let parsed = |value: &Json| value.as_str().and_then(|text| text.parse::<Uuid>().ok());
    let id = match value {
        Json::Null => return Ok(Ok(None)),
        Json::String(text) if text.is_empty() => return Ok(Ok(None)),
        Json::Object(waiting) => {
            let Some(delivery) = waiting.get("delivery").and_then(parsed) else {
                return unknown();
            };
            let row = tx
                .optional(
                    sql!("select record from offline_deliveries where delivery = $1"),
                    args![key_of(viewer.user(), delivery)],
                )
                .await?;
            match row {
                Some(row) => row.at(0)?,
                None => {
                    return Ok(Err(
                        "The record that this belongs to has not arrived yet".to_owned()
                    ));
                }
            }
        }
        other => match parsed(other) {
            Some(id) => id,
            None => return unknown(),
        },
    };
    match store::load(tx, id).await {
        Ok(found)
            if found.definition == register
                && viewer
                    .principal
                    .may_record(register, RecordAct::See, &found.resource()) =>
        {
            Ok(Ok(Some(Answer::Record(id))))
        }
        Ok(_) | Err(DbError::NotFound) => unknown(),
        Err(error) => Err(error),
    }
}

/// Photographs that this viewer sent for this delivery, or that the record has already.
async fn files(tx: &mut ReadTx, sender: &Sender<'_>, given: &[Json]) -> Result<Read, DbError> {
    let mut files = Vec::new();
    for one in given {
        let id = one.get("id").and_then(Json::as_str);
        let id: Option<Uuid> = id.and_then(|id| id.parse().ok());
        let row = tx
            .optional(
                sql!(
                    "select file_uses.id, file_uses.sha256, file_uses.name, files.media_type, files.size from file_uses
                     join files on files.sha256 = file_uses.sha256
                     where file_uses.id = $1
                       and ((file_uses.subject_kind = 'offline_upload' and file_uses.subject = $2 and file_uses.created_by = $3)
                         or (file_uses.subject_kind = 'form_record' and file_uses.subject = $4))"
                ),
                args![id, sender.delivery, sender.viewer.user(), sender.record],
            )
            .await?;
        let Some(row) = row else {
            return Ok(Err(
                "A photograph has not arrived. It is sent again.".to_owned()
            ));
        };
        let size: i64 = row.at(4)?;
        files.push(FileAnswer {
            id: row.at(0)?,
            sha256: row.at(1)?,
            name: row.at(2)?,
            media_type: row.at(3)?,
            size: u64::try_from(size).unwrap_or(0),
        });
    }
    Ok(Ok((!files.is_empty()).then_some(Answer::Files(files))))
}
