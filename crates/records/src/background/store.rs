//! Recurring work, and the decisions about what was laid aside.

use chrono::{DateTime, Utc};
use commonweal_core::db::Predicate;
use commonweal_core::{DbError, ReadTx, Tx, args, jobs, mail, sql};
use serde_json::Value as Json;
use uuid::Uuid;

/// Work that is done again and again.
#[derive(Debug)]
pub(super) struct Recurring {
    /// Its kind's name.
    pub kind: String,
    /// Seconds between two runs.
    pub every_seconds: i64,
    /// Whether it runs now.
    pub running: bool,
    /// When it is next due; while it runs, when another copy may take it over.
    pub due_at: Option<DateTime<Utc>>,
    /// When it last ended well.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why its last run failed.
    pub last_error: Option<String>,
}

/// All recurring work, by kind: as many rows as the program has kinds. `scope` lets in all or none.
pub(super) async fn recurring(
    tx: &mut ReadTx,
    scope: &Predicate,
) -> Result<Vec<Recurring>, DbError> {
    if *scope == Predicate::nothing() {
        return Ok(Vec::new());
    }
    let rows = tx
        .all(
            sql!(
                "select kind, every_seconds, state, due_at, finished_at, last_error from jobs
                 where every_seconds is not null order by kind, id"
            ),
            args![],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Recurring {
                kind: row.get("kind")?,
                every_seconds: row.get("every_seconds")?,
                running: row.get::<String>("state")? == "running",
                due_at: row.get("due_at")?,
                finished_at: row.get("finished_at")?,
                last_error: row.get("last_error")?,
            })
        })
        .collect()
}

/// Gives up work that was laid aside; where it was to deliver a message, that message is shown as
/// not delivered from now on, not as waiting for ever.
///
/// # Errors
/// [`DbError::Stale`] where it is not laid aside any more.
pub(super) async fn give_up(tx: &mut Tx, id: Uuid) -> Result<(), DbError> {
    let row = tx
        .optional(
            sql!("select kind, payload from jobs where id = $1 and state = 'failed'"),
            args![id],
        )
        .await?;
    jobs::discard(tx, id).await?;
    let Some(row) = row else { return Ok(()) };
    if row.get::<String>("kind")? == mail::DELIVER {
        let payload: Json = row.get("payload")?;
        let message = payload.get("mail").and_then(Json::as_str);
        if let Some(message) = message.and_then(|text| text.parse().ok()) {
            mail::give_up(tx, message).await?;
        }
    }
    Ok(())
}
