//! Drafts in the database: answers that are not sent yet.

use chrono::{DateTime, Duration, Utc};
use commonweal_core::db::Statement;
use commonweal_core::events::Event;
use commonweal_core::ids::uuid_at;
use commonweal_core::{DbError, ReadTx, Row, Tx, args, sql};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::answers::Answers;

/// Days for which a draft is kept after its last change, unless the partnership sets another number.
pub const DAYS: i64 = 30;

/// A draft.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Its id.
    pub id: Uuid,
    /// The definition's key.
    pub definition: String,
    /// The version that it was begun with, and stays with.
    pub definition_version: i64,
    /// Whose it is: `user:…` or `visit:…`.
    pub owner: String,
    /// The record that is edited.
    pub record: Option<Uuid>,
    /// The version of the record that was read.
    pub record_version: Option<i64>,
    /// The record that the new one will belong to.
    pub parent: Option<Uuid>,
    /// The invitation that it answers.
    pub invitation: Option<Uuid>,
    /// The answers so far.
    pub answers: Answers,
    /// The answers with which it began: those of the record that is edited.
    pub base: Answers,
    /// The record that it became.
    pub sent: Option<Uuid>,
    /// How it arrives: `page`, `offline`, `public`, `invitation`.
    pub channel: String,
    /// The language that it is filled in.
    pub language: String,
    /// When it was last changed.
    pub changed_at: DateTime<Utc>,
    /// Until when it is kept.
    pub expires_at: DateTime<Utc>,
    /// Its version.
    pub version: i64,
}

/// What a new draft is made of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewDraft {
    /// The definition's key.
    pub definition: String,
    /// Its version.
    pub definition_version: i64,
    /// Whose it is.
    pub owner: String,
    /// The record that is edited, with the version that was read.
    pub record: Option<(Uuid, i64)>,
    /// The record that the new one will belong to.
    pub parent: Option<Uuid>,
    /// The invitation that it answers.
    pub invitation: Option<Uuid>,
    /// The answers to begin with.
    pub answers: Answers,
    /// How it arrives.
    pub channel: String,
    /// The language.
    pub language: String,
}

/// Answers as the database keeps them.
///
/// # Errors
/// [`DbError::Setup`] where they cannot be written as JSON, which no answer can bring about.
pub(crate) fn to_json(answers: &Answers) -> Result<serde_json::Value, DbError> {
    serde_json::to_value(answers).map_err(|error| DbError::Setup(error.to_string()))
}

fn from_row(row: &Row) -> Result<Draft, DbError> {
    let answers: serde_json::Value = row.get("answers")?;
    Ok(Draft {
        id: row.get("id")?,
        definition: row.get("definition")?,
        definition_version: row.get("definition_version")?,
        owner: row.get("owner")?,
        record: row.get("record")?,
        record_version: row.get("record_version")?,
        parent: row.get("parent")?,
        invitation: row.get("invitation")?,
        answers: serde_json::from_value(answers)
            .map_err(|error| DbError::Setup(format!("a draft's answers: {error}")))?,
        base: match row.get::<Option<serde_json::Value>>("base")? {
            Some(base) => serde_json::from_value(base)
                .map_err(|error| DbError::Setup(format!("a draft's first answers: {error}")))?,
            None => Answers::default(),
        },
        sent: row.get("sent")?,
        channel: row
            .get::<Option<String>>("channel")?
            .unwrap_or_else(|| "page".to_owned()),
        language: row
            .get::<Option<String>>("language")?
            .unwrap_or_else(|| "en".to_owned()),
        changed_at: row.get("changed_at")?,
        expires_at: row.get("expires_at")?,
        version: row.get("version")?,
    })
}

/// Makes a draft.
///
/// # Errors
/// [`DbError`].
pub async fn add(tx: &mut Tx, new: &NewDraft, days: i64) -> Result<Uuid, DbError> {
    let now = tx.now();
    let id = uuid_at(now);
    tx.run(
        sql!(
            "insert into form_drafts (id, definition, definition_version, owner, record, record_version, parent,
             invitation, answers, created_at, changed_at, expires_at, version, channel, language, base)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, $13, $14, $15)"
        ),
        args![
            id,
            &new.definition,
            new.definition_version,
            &new.owner,
            new.record.map(|(record, _)| record),
            new.record.map(|(_, version)| version),
            new.parent,
            new.invitation,
            to_json(&new.answers)?,
            now,
            now,
            now + Duration::days(days),
            &new.channel,
            &new.language,
            to_json(&new.answers)?
        ],
    )
    .await?;
    tx.record(Event::new(
        "form_draft",
        id,
        "form_draft.begun",
        json!({ "definition": new.definition, "definition_version": new.definition_version }),
    ));
    Ok(id)
}

/// A draft that is still kept.
///
/// # Errors
/// [`DbError::NotFound`].
pub async fn load(tx: &mut ReadTx, id: Uuid, now: DateTime<Utc>) -> Result<Draft, DbError> {
    let text = sql!(
        "select id, definition, definition_version, owner, record, record_version, parent, invitation, answers,
         sent, channel, language, base, changed_at, expires_at, version from form_drafts where id = $1 and expires_at > $2"
    );
    from_row(&tx.one(text, args![id, now]).await?)
}

/// The unsent draft in which somebody edits a record.
///
/// # Errors
/// [`DbError`].
pub async fn of_record(
    tx: &mut ReadTx,
    owner: &str,
    record: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Draft>, DbError> {
    let text = sql!(
        "select id, definition, definition_version, owner, record, record_version, parent, invitation, answers,
         sent, channel, language, base, changed_at, expires_at, version from form_drafts
         where owner = $1 and record = $2 and sent is null and expires_at > $3 order by changed_at desc limit 1"
    );
    tx.optional(text, args![owner, record, now])
        .await?
        .as_ref()
        .map(from_row)
        .transpose()
}

/// The unsent draft of an invitation, so that its link leads back to what was begun.
///
/// # Errors
/// [`DbError`].
pub async fn of_invitation(
    tx: &mut ReadTx,
    owner: &str,
    invitation: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Draft>, DbError> {
    let text = sql!(
        "select id, definition, definition_version, owner, record, record_version, parent, invitation, answers,
         sent, channel, language, base, changed_at, expires_at, version from form_drafts
         where owner = $1 and invitation = $2 and expires_at > $3 order by changed_at desc limit 1"
    );
    tx.optional(text, args![owner, invitation, now])
        .await?
        .as_ref()
        .map(from_row)
        .transpose()
}

/// The unsent drafts of an owner, newest first; of one definition where that is named.
///
/// # Errors
/// [`DbError`].
pub async fn of_owner(
    tx: &mut ReadTx,
    owner: &str,
    definition: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Vec<Draft>, DbError> {
    let text = sql!(
        "select id, definition, definition_version, owner, record, record_version, parent, invitation, answers,
         sent, channel, language, base, changed_at, expires_at, version from form_drafts
         where owner = $1 and sent is null and expires_at > $2 order by changed_at desc, id desc limit 200"
    );
    let drafts: Vec<Draft> = tx
        .all(text, args![owner, now])
        .await?
        .iter()
        .map(from_row)
        .collect::<Result<_, _>>()?;
    Ok(drafts
        .into_iter()
        .filter(|draft| definition.is_none_or(|key| draft.definition == key))
        .collect())
}

/// Saves answers.
///
/// # Errors
/// [`DbError::Stale`] where another tab saved meanwhile, or it was sent.
pub async fn save(tx: &mut Tx, draft: &Draft, answers: &Answers, days: i64) -> Result<(), DbError> {
    let now = tx.now();
    tx.run_versioned(
        sql!(
            "update form_drafts set answers = $3, changed_at = $4, expires_at = $5, version = version + 1
             where id = $1 and version = $2 and sent is null"
        ),
        args![
            draft.id,
            draft.version,
            to_json(answers)?,
            now,
            now + Duration::days(days)
        ],
    )
    .await?;
    // Names of questions only: answers that were not sent are nobody's to read later.
    let fields: serde_json::Map<String, serde_json::Value> = answers
        .0
        .iter()
        .filter(|(id, answer)| draft.answers.get(id) != Some(answer))
        .map(|(id, _)| (id.clone(), true.into()))
        .collect();
    tx.record(Event::new(
        "form_draft",
        draft.id,
        "form_draft.saved",
        serde_json::Value::Object(fields),
    ));
    Ok(())
}

/// Notes the record that a draft became; its answers are the record's from now on. `apart` takes
/// the invitation away, where answers are anonymous.
///
/// # Errors
/// [`DbError::Stale`] where it was sent already.
pub async fn mark_sent(
    tx: &mut Tx,
    draft: &Draft,
    record: Uuid,
    apart: bool,
) -> Result<(), DbError> {
    let text: Statement = if apart {
        sql!(
            "update form_drafts set sent = $2, answers = $3, base = $3, invitation = null, version = version + 1 where id = $1 and sent is null"
        )
    } else {
        sql!(
            "update form_drafts set sent = $2, answers = $3, base = $3, version = version + 1 where id = $1 and sent is null"
        )
    };
    tx.run_versioned(text, args![draft.id, record, json!({})])
        .await
}

/// Removes a draft and takes its files away.
///
/// # Errors
/// [`DbError`].
pub async fn remove(tx: &mut Tx, id: Uuid) -> Result<(), DbError> {
    tx.run(
        sql!("delete from file_uses where subject_kind = 'form_draft' and subject = $1"),
        args![id],
    )
    .await?;
    tx.run(sql!("delete from form_drafts where id = $1"), args![id])
        .await?;
    tx.record(Event::new(
        "form_draft",
        id,
        "form_draft.removed",
        json!({}),
    ));
    Ok(())
}

/// Gives a draft a link to come back by; an earlier link no longer works.
///
/// # Errors
/// [`DbError::Stale`] where it was sent.
pub async fn set_resume(tx: &mut Tx, id: Uuid, secret: &str) -> Result<(), DbError> {
    tx.run_versioned(
        sql!("update form_drafts set resume = $2 where id = $1 and sent is null"),
        args![id, hash(secret)],
    )
    .await?;
    tx.record(Event::new(
        "form_draft",
        id,
        "form_draft.link_made",
        json!({}),
    ));
    Ok(())
}

/// The draft of a resume link.
///
/// # Errors
/// [`DbError::NotFound`].
pub async fn by_resume(
    tx: &mut ReadTx,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<Draft, DbError> {
    let text = sql!(
        "select id, definition, definition_version, owner, record, record_version, parent, invitation, answers,
         sent, channel, language, base, changed_at, expires_at, version from form_drafts where resume = $1 and expires_at > $2"
    );
    from_row(&tx.one(text, args![hash(secret), now]).await?)
}

/// Gives a draft to the browser that came by its link.
///
/// # Errors
/// [`DbError`].
pub async fn hand_over(tx: &mut Tx, id: Uuid, owner: &str) -> Result<(), DbError> {
    tx.run(
        sql!("update form_drafts set owner = $2 where id = $1"),
        args![id, owner],
    )
    .await?;
    tx.record(Event::new(
        "form_draft",
        id,
        "form_draft.resumed",
        json!({}),
    ));
    Ok(())
}

/// Removes drafts whose time is over, with their files; returns how many.
///
/// # Errors
/// [`DbError`].
pub async fn sweep(tx: &mut Tx) -> Result<u64, DbError> {
    let now = tx.now();
    tx.run(
        sql!(
            "delete from file_uses where subject_kind = 'form_draft'
             and subject in (select id from form_drafts where expires_at <= $1)"
        ),
        args![now],
    )
    .await?;
    tx.run(
        sql!("delete from form_drafts where expires_at <= $1"),
        args![now],
    )
    .await
}

/// What is stored of a secret.
#[must_use]
pub(crate) fn hash(secret: &str) -> String {
    hash_of(&plain(secret))
}

/// The SHA-256 of a text.
#[must_use]
pub(crate) fn hash_of(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// A secret as people may type it from a letter: case, hyphens and spaces do not matter, nor
/// whether O or 0, I, L or 1 was meant.
fn plain(secret: &str) -> String {
    secret
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| match letter.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect()
}

/// A new secret of 130 bits, in the 32 letters and digits that survive a letter: 26 characters.
///
/// # Errors
/// [`DbError::Setup`] where the system gives no randomness.
pub(crate) fn secret() -> Result<String, DbError> {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut bytes = [0_u8; 26];
    getrandom::fill(&mut bytes).map_err(|error| DbError::Setup(error.to_string()))?;
    Ok(bytes
        .iter()
        .filter_map(|byte| LETTERS.get(usize::from(byte % 32)))
        .map(|letter| char::from(*letter))
        .collect())
}

/// Counts what comes from one network address; says whether it is too much for an hour. Where
/// the address is not known nothing is counted.
///
/// # Errors
/// [`DbError`].
pub(crate) async fn flooded(
    tx: &mut Tx,
    what: &str,
    address: Option<&str>,
    most: i64,
) -> Result<Option<u32>, DbError> {
    let Some(address) = address else {
        return Ok(None);
    };
    let now = tx.now();
    tx.run(
        sql!("delete from form_floods where since <= $1"),
        args![now - Duration::hours(1)],
    )
    .await?;
    let row = tx
        .one(
            sql!(
                "insert into form_floods (key, since, count) values ($1, $2, 1)
                 on conflict (key) do update set count = form_floods.count + 1 returning count, since"
            ),
            args![format!("{what}:{address}"), now],
        )
        .await?;
    let (count, since): (i64, DateTime<Utc>) = (row.get("count")?, row.get("since")?);
    if count <= most {
        return Ok(None);
    }
    let left = (since + Duration::hours(1) - now).num_seconds().max(1);
    Ok(Some(u32::try_from(left).unwrap_or(3_600)))
}
