//! What is known of imports: for result pages, the command line and data quality.

use chrono::{DateTime, Utc};
use commonweal_core::{Db, DbError, args, read, sql};
use uuid::Uuid;

use super::read::Reject;

/// An import as people see it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Import {
    /// Its key.
    pub id: Uuid,
    /// What kind: `police-uk`, `areas`, `postcodes`, `context` or `records`.
    pub kind: String,
    /// The file's name.
    pub name: String,
    /// `loading`, `visible`, `rejected` or `failed`.
    pub state: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Rows read.
    pub rows: i64,
    /// Rows refused.
    pub rejected: i64,
    /// What people should know: `notes`, `replaced`, `failed`.
    pub notes: serde_json::Value,
}

/// The newest imports, at most `limit`.
///
/// # Errors
/// [`DbError`].
pub async fn newest(db: &Db, limit: i64) -> Result<Vec<Import>, DbError> {
    read!(db, |tx| {
        let rows = tx
            .all(
                sql!(
                    "select id, kind, name, state, started_at, finished_at, rows, rejected, notes
                     from imports order by started_at desc, id desc limit $1"
                ),
                args![limit],
            )
            .await?;
        rows.iter().map(import).collect()
    })
    .await
}

/// One import.
///
/// # Errors
/// [`DbError::NotFound`].
pub async fn by_id(db: &Db, id: Uuid) -> Result<Import, DbError> {
    read!(db, |tx| {
        let row = tx
            .one(
                sql!(
                    "select id, kind, name, state, started_at, finished_at, rows, rejected, notes
                     from imports where id = $1"
                ),
                args![id],
            )
            .await?;
        import(&row)
    })
    .await
}

fn import(row: &commonweal_core::Row) -> Result<Import, DbError> {
    Ok(Import {
        id: row.get("id")?,
        kind: row.get("kind")?,
        name: row.get("name")?,
        state: row.get("state")?,
        started_at: row.get("started_at")?,
        finished_at: row.get("finished_at")?,
        rows: row.get("rows")?,
        rejected: row.get("rejected")?,
        notes: row.get("notes")?,
    })
}

/// The first rejects of an import, in the order of the file.
///
/// # Errors
/// [`DbError`].
pub async fn rejects(db: &Db, import: Uuid, limit: i64) -> Result<Vec<Reject>, DbError> {
    read!(db, |tx| {
        let rows = tx
            .all(
                sql!(
                    "select row, column_name, reason, value from import_rejects where import = $1
                     order by number limit $2"
                ),
                args![import, limit],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Reject {
                    line: u64::try_from(row.get::<i64>("row")?).unwrap_or(0),
                    column: row.get("column_name")?,
                    reason: row.get("reason")?,
                    value: row.get("value")?,
                })
            })
            .collect()
    })
    .await
}
