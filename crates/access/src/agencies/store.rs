//! Agencies in the database.

use commonweal_core::events::Event;
use commonweal_core::{DbError, ReadTx, Tx, args, sql};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

/// The kinds of agency, with their words.
pub const KINDS: &[(&str, &str)] = &[
    ("council", "Council"),
    ("police", "Police"),
    ("housing", "Housing provider"),
    ("fire", "Fire and rescue"),
    ("health", "Health"),
    ("probation", "Probation"),
    ("youth-justice", "Youth justice"),
    ("commissioner", "Police and crime commissioner"),
    ("victim-support", "Victim support"),
    ("voluntary", "Voluntary organisation"),
    ("partnership", "The partnership itself"),
    ("other", "Other"),
];

/// An agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Agency {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its kind: a key of [`KINDS`].
    pub kind: String,
    /// Whether it is in the partnership; otherwise none of its people can sign in.
    pub active: bool,
    /// Its version, for edits.
    pub version: i64,
}

/// The words for a kind.
#[must_use]
pub fn kind_words(kind: &str) -> &str {
    KINDS
        .iter()
        .find(|(key, _)| *key == kind)
        .map_or(kind, |(_, words)| words)
}

/// Adds an agency with an id that the caller made, so that a form sent twice adds one.
///
/// # Errors
/// [`DbError::Duplicate`] where the name (or id) exists.
pub async fn add(tx: &mut Tx, id: Uuid, name: &str, kind: &str) -> Result<(), DbError> {
    let now = tx.now();
    tx.run(
        sql!("insert into agencies (id, name, kind, active, created_at, version) values ($1, $2, $3, true, $4, 1)"),
        args![id, name, kind, now],
    )
    .await?;
    tx.record(Event::new(
        "agency",
        id,
        "agency.added",
        json!({ "name": name, "kind": kind }),
    ));
    Ok(())
}

/// Changes an agency, unless somebody else did since `agency.version`.
///
/// # Errors
/// [`DbError::Stale`]; [`DbError::Duplicate`] where another has the name.
pub async fn change(tx: &mut Tx, agency: &Agency) -> Result<(), DbError> {
    tx.run_versioned(
        sql!("update agencies set name = $3, kind = $4, active = $5, version = version + 1 where id = $1 and version = $2"),
        args![agency.id, agency.version, &agency.name, &agency.kind, agency.active],
    )
    .await?;
    tx.record(Event::new(
        "agency",
        agency.id,
        "agency.changed",
        json!({ "name": agency.name, "kind": agency.kind, "active": agency.active }),
    ));
    Ok(())
}

/// One agency.
///
/// # Errors
/// [`DbError::NotFound`].
pub async fn find(tx: &mut ReadTx, id: Uuid) -> Result<Agency, DbError> {
    let text = sql!("select id, name, kind, active, version from agencies where id = $1");
    from_row(&tx.one(text, args![id]).await?)
}

/// All agencies by name.
///
/// # Errors
/// [`DbError`].
pub async fn all(tx: &mut ReadTx) -> Result<Vec<Agency>, DbError> {
    let text =
        sql!("select id, name, kind, active, version from agencies order by lower(name), id");
    tx.all(text, args![]).await?.iter().map(from_row).collect()
}

pub(super) fn from_row(row: &commonweal_core::Row) -> Result<Agency, DbError> {
    Ok(Agency {
        id: row.get("id")?,
        name: row.get("name")?,
        kind: row.get("kind")?,
        active: row.get("active")?,
        version: row.get("version")?,
    })
}
