//! Files that were sent and wait, run or have ended.

use std::path::PathBuf;

use chrono::{DateTime, Duration, Utc};
use commonweal_core::events::{Actor, Event};
use commonweal_core::{Db, DbError, args, read, sql, upkeep, write};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::Imports;

/// How long a running import may stay silent before it is taken for dead.
pub(super) const LEASE: Duration = Duration::seconds(60);
/// How long a file waits for its confirmation.
const KEPT: Duration = Duration::days(2);

/// A file that was sent.
#[derive(Debug, Clone)]
pub(super) struct Uploaded {
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) bytes: i64,
    /// `waiting`, `running`, `done` or `failed`.
    pub(super) state: String,
    /// What was answered: field to value.
    pub(super) answers: Json,
    pub(super) result: Json,
    pub(super) rows: i64,
    lease_until: Option<DateTime<Utc>>,
}

impl Uploaded {
    /// Whether a process is at it.
    pub(super) fn running(&self, now: DateTime<Utc>) -> bool {
        self.state == "running" && self.lease_until.is_some_and(|until| until >= now)
    }

    /// What was answered, as the pairs of a form.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        let fields = self.answers.as_object().into_iter().flatten();
        fields
            .filter_map(|(field, value)| Some((field.clone(), value.as_str()?.to_owned())))
            .collect()
    }
}

/// Where a file lies.
pub(super) fn path(imports: &Imports, id: Uuid) -> PathBuf {
    imports.spool.join(id.to_string())
}

/// Notes a file that has arrived.
pub(super) async fn add(
    imports: &Imports,
    actor: &Actor,
    id: Uuid,
    user: Uuid,
    kind: &str,
    name: &str,
    bytes: i64,
) -> Result<(), DbError> {
    write!(&imports.app.db, &imports.app.clock, actor, |tx| {
        let now = tx.now();
        tx.run(
            sql!(
                "insert into import_uploads (id, kind, name, bytes, state, answers, result, rows, by_user, created_at)
                 values ($1, $2, $3, $4, 'waiting', $5, $5, 0, $6, $7)"
            ),
            args![id, kind, name, bytes, json!({}), user, now],
        )
        .await?;
        let data = json!({"kind": kind, "name": name, "bytes": bytes});
        tx.record(Event::new("import_upload", id, "import_upload.received", data));
        Ok::<_, DbError>(())
    })
    .await
}

/// A file that this user sent.
pub(super) async fn of(db: &Db, id: Uuid, user: Uuid) -> Result<Uploaded, DbError> {
    read!(db, |tx| {
        let row = tx
            .one(
                sql!(
                    "select id, kind, name, bytes, state, answers, result, rows, lease_until
                     from import_uploads where id = $1 and by_user = $2"
                ),
                args![id, user],
            )
            .await?;
        Ok(Uploaded {
            id: row.get("id")?,
            kind: row.get("kind")?,
            name: row.get("name")?,
            bytes: row.get("bytes")?,
            state: row.get("state")?,
            answers: row.get("answers")?,
            result: row.get("result")?,
            rows: row.get("rows")?,
            lease_until: row.get("lease_until")?,
        })
    })
    .await
}

/// Keeps what was answered.
pub(super) async fn answer(imports: &Imports, id: Uuid, answers: Json) -> Result<(), DbError> {
    upkeep!(&imports.app.db, &imports.app.clock, |tx| {
        tx.run(
            sql!("update import_uploads set answers = $2 where id = $1"),
            args![id, answers.clone()],
        )
        .await?;
        Ok::<_, DbError>(())
    })
    .await
}

/// Takes a file up: false where somebody is at it already.
pub(super) async fn take(imports: &Imports, id: Uuid) -> Result<bool, DbError> {
    upkeep!(&imports.app.db, &imports.app.clock, |tx| {
        let now = tx.now();
        let taken = tx
            .run(
                sql!(
                    "update import_uploads set state = 'running', rows = 0, lease_until = $2
                     where id = $1 and (state in ('waiting', 'failed') or (state = 'running' and lease_until < $3))"
                ),
                args![id, now + LEASE, now],
            )
            .await?;
        Ok::<_, DbError>(taken == 1)
    })
    .await
}

/// Says that the work goes on, and how far it is.
pub(super) async fn beat(imports: &Imports, id: Uuid, rows: u64) -> Result<(), DbError> {
    upkeep!(&imports.app.db, &imports.app.clock, |tx| {
        let until = tx.now() + LEASE;
        tx.run(
            sql!("update import_uploads set rows = $2, lease_until = $3 where id = $1 and state = 'running'"),
            args![id, i64::try_from(rows).unwrap_or(i64::MAX), until],
        )
        .await?;
        Ok::<_, DbError>(())
    })
    .await
}

/// Notes how it ended.
pub(super) async fn end(
    imports: &Imports,
    id: Uuid,
    state: &str,
    result: Json,
) -> Result<(), DbError> {
    upkeep!(&imports.app.db, &imports.app.clock, |tx| {
        tx.run(
            sql!("update import_uploads set state = $2, result = $3, lease_until = null where id = $1"),
            args![id, state, result.clone()],
        )
        .await?;
        Ok::<_, DbError>(())
    })
    .await
}

/// Drops a file that was not imported.
pub(super) async fn drop_it(imports: &Imports, actor: &Actor, id: Uuid) -> Result<(), DbError> {
    write!(&imports.app.db, &imports.app.clock, actor, |tx| {
        tx.run(sql!("delete from import_uploads where id = $1"), args![id])
            .await?;
        tx.record(Event::new(
            "import_upload",
            id,
            "import_upload.dropped",
            json!({}),
        ));
        Ok::<_, DbError>(())
    })
    .await?;
    remove_file(imports, id).await;
    Ok(())
}

/// Removes a file from the spool; one that is gone already is as good.
pub(super) async fn remove_file(imports: &Imports, id: Uuid) {
    if let Err(error) = tokio::fs::remove_file(path(imports, id)).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, %id, "a file of the spool could not be removed");
    }
}

/// Takes away what was sent two days ago or more and is not being imported: its row, and its
/// file. Returns how many.
///
/// # Errors
/// [`DbError`].
pub async fn sweep(imports: &Imports) -> Result<u64, DbError> {
    let ids: Vec<Uuid> = upkeep!(&imports.app.db, &imports.app.clock, |tx| {
        let now = tx.now();
        let rows = tx
            .all(
                sql!(
                    "delete from import_uploads where created_at < $1
                     and (lease_until is null or lease_until < $2) returning id"
                ),
                args![now - KEPT, now],
            )
            .await?;
        rows.iter()
            .map(|row| row.get("id"))
            .collect::<Result<_, DbError>>()
    })
    .await?;
    for id in &ids {
        remove_file(imports, *id).await;
    }
    Ok(ids.len() as u64)
}
