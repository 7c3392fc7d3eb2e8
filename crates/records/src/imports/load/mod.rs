//! Writing an import: rows go in under parts that nobody sees, in small transactions, and
//! become visible all at once when the file has ended well. A killed import leaves nothing
//! that can be seen; [`sweep()`] takes its rows away.

mod batch;
mod finish;
mod sweep;

use chrono::{DateTime, Duration, Utc};
use commonweal_core::events::{Actor, Event};
use commonweal_core::{Clock, Db, DbError, ReadTx, args, insert, read, sql, upkeep, write};
use serde::Serialize;
use tokio::sync::mpsc;
use uuid::Uuid;

pub use batch::PartCounts;
use batch::{Batch, Builder};
pub(crate) use batch::{location_key, outcome_key};
pub use finish::{Finished, Replaced};
pub(crate) use finish::{Tally, would_replace, write_rejects};
pub use sweep::sweep;

use super::read::RejectReport;
use crate::incidents::NewIncident;

/// How long an import may stay silent before others take it for dead.
const LEASE: Duration = Duration::seconds(60);
/// A file about to be imported.
#[derive(Debug, Clone, Serialize)]
pub struct FileToImport {
    /// What kind of import: `police-uk`, `records`, `areas`, `postcodes` or `context`.
    pub kind: &'static str,
    /// The file's name.
    pub name: String,
    /// SHA-256 of its content, decompressed, in hexadecimal.
    pub sha256: String,
}

/// The visible import of the same content, if there is one and nothing has replaced it.
///
/// # Errors
/// [`DbError`].
pub async fn already_here(db: &Db, file: &FileToImport) -> Result<Option<Uuid>, DbError> {
    read!(db, |tx| {
        let row = tx
            .optional(
                sql!(
                    "select i.id from imports i where i.kind = $1 and i.sha256 = $2 and i.state = 'visible'
                     and not exists (select 1 from import_parts p where p.import = i.id and p.state <> 'visible')"
                ),
                args![file.kind, &file.sha256],
            )
            .await?;
        row.map(|row| row.get("id")).transpose()
    })
    .await
}

/// Opens an import in state `loading`.
///
/// # Errors
/// [`DbError`].
pub async fn open(
    db: &Db,
    clock: &Clock,
    actor: &Actor,
    file: &FileToImport,
) -> Result<Uuid, DbError> {
    let id = commonweal_core::ids::new_uuid(clock);
    write!(db, clock, actor, |tx| {
        let now = tx.now();
        tx.run(
            sql!(
                "insert into imports (id, kind, name, sha256, state, started_at, by_user, lease_until, rows, rejected, notes)
                 values ($1, $2, $3, $4, 'loading', $5, $6, $7, 0, 0, $8)"
            ),
            args![id, file.kind, &file.name, &file.sha256, now, actor.user, now + LEASE, serde_json::json!({})],
        )
        .await?;
        let data = serde_json::json!({"kind": file.kind, "name": file.name, "sha256": file.sha256});
        tx.record(Event::new("import", id, "import.started", data));
        Ok::<_, DbError>(())
    })
    .await?;
    Ok(id)
}

/// What a parsing thread hands to the database.
enum Message {
    Batch(Batch),
    Done(Box<Builder>, Outcome),
}

/// How the reading of a file ended.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Rows that were refused.
    pub rejects: RejectReport,
    /// What people should know: the encoding, the month the file's name tells of.
    pub notes: Vec<String>,
    /// What the rows were put together with, which must still stand when they become visible.
    pub basis: Option<Basis>,
}

/// The visible parts of a source that an import was merged with.
#[derive(Debug, Clone, Default)]
pub struct Basis {
    /// The source.
    pub source: i64,
    /// Its visible parts, sorted.
    pub parts: Vec<i64>,
}

impl Basis {
    /// Whether the parts are still those.
    ///
    /// # Errors
    /// [`DbError::Stale`] where another import of the source has become visible meanwhile.
    async fn check(&self, tx: &mut ReadTx) -> Result<(), DbError> {
        let rows = tx
            .all(
                sql!("select part from import_parts where source = $1 and state = 'visible' order by part"),
                args![self.source],
            )
            .await?;
        let parts: Result<Vec<i64>, _> = rows.iter().map(|row| row.get("part")).collect();
        if parts? == self.parts {
            Ok(())
        } else {
            Err(DbError::Stale)
        }
    }
}

/// Takes incidents from a parsing thread.
pub struct Sink {
    builder: Builder,
    sender: mpsc::Sender<Message>,
}

/// The database side has gone; the parsing thread may stop.
#[derive(Debug, thiserror::Error)]
#[error("the import was stopped")]
pub struct Stopped;

impl Sink {
    /// Takes one incident; waits while the database is behind.
    ///
    /// # Errors
    /// [`Stopped`] where nobody writes any more.
    pub fn push(&mut self, incident: &NewIncident<'_>) -> Result<(), Stopped> {
        match self.builder.push(incident) {
            Some(batch) => self
                .sender
                .blocking_send(Message::Batch(batch))
                .map_err(|_| Stopped),
            None => Ok(()),
        }
    }
}

/// Progress of an import, for a terminal or a page.
pub type Progress = std::sync::Arc<dyn Fn(u64) + Send + Sync>;

/// Why an import did not end well.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read as what it should be; the message is for people.
    #[error("{0}")]
    File(String),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Loads incidents under an open import: `parse` runs on a thread of its own and pushes
/// into the sink; rows are written as they come and become visible together at the end.
/// With rejects nothing becomes visible.
///
/// # Errors
/// What `parse` returns, as [`LoadError::File`]; [`LoadError::Db`].
pub async fn incidents(
    db: &Db,
    clock: &Clock,
    actor: &Actor,
    import: Uuid,
    progress: Option<Progress>,
    parse: impl FnOnce(&mut Sink) -> Result<Outcome, LoadError> + Send + 'static,
) -> Result<Finished, LoadError> {
    let (sender, mut receiver) = mpsc::channel(2);
    let parsing = tokio::task::spawn_blocking(move || {
        let mut sink = Sink {
            builder: Builder::new(import),
            sender,
        };
        let outcome = parse(&mut sink)?;
        let last = sink.builder.take();
        let Sink { builder, sender } = sink;
        // A closed channel means that the writer failed, and says why itself.
        let _ = sender.blocking_send(Message::Batch(last));
        let _ = sender.blocking_send(Message::Done(Box::new(builder), outcome));
        Ok::<_, LoadError>(())
    });
    let mut rows = 0;
    let written: Result<Option<(Box<Builder>, Outcome)>, LoadError> = async {
        while let Some(message) = receiver.recv().await {
            match message {
                Message::Batch(batch) => {
                    rows += batch.rows as u64;
                    let begun = std::time::Instant::now();
                    write_batch(db, clock, import, &batch).await?;
                    give_way(db, begun.elapsed()).await;
                    if let Some(progress) = &progress {
                        progress(rows);
                    }
                }
                Message::Done(builder, outcome) => return Ok(Some((builder, outcome))),
            }
        }
        Ok(None)
    }
    .await;
    drop(receiver);
    let parsed = parsing
        .await
        .map_err(|error| LoadError::File(format!("reading stopped unexpectedly: {error}")))?;
    let outcome: Result<Finished, LoadError> = async {
        let written = written?;
        parsed?;
        let (builder, outcome) =
            written.ok_or_else(|| LoadError::File("reading stopped unexpectedly".to_owned()))?;
        Ok(finish::finish(db, clock, actor, import, builder.parts, outcome).await?)
    }
    .await;
    if let Err(error) = &outcome {
        give_up(db, clock, actor, import, &error.to_string()).await?;
    }
    outcome
}

/// Leaves SQLite's one writing lock alone for as long as it was just held: another process that
/// waits for it looks only now and then, and a resident's report must not wait for an import.
/// PostgreSQL lets both write.
async fn give_way(db: &Db, held: std::time::Duration) {
    if db.engine() == commonweal_core::db::Engine::Sqlite {
        tokio::time::sleep(held.min(std::time::Duration::from_millis(50))).await;
    }
}

async fn write_batch(db: &Db, clock: &Clock, import: Uuid, batch: &Batch) -> Result<(), DbError> {
    if batch.rows == 0 {
        return Ok(());
    }
    upkeep!(db, clock, |tx| {
        let batch = batch.clone();
        let rows = i64::try_from(batch.rows).unwrap_or(0);
        tx.insert_many(insert!("sources", "id, code, name", "on conflict (id) do nothing"), batch.sources).await?;
        tx.insert_many(
            insert!("categories", "id, code, label, asb, known", "on conflict (id) do nothing"),
            batch.categories,
        )
        .await?;
        tx.insert_many(insert!("outcomes", "id, label", "on conflict (id) do nothing"), batch.outcomes).await?;
        tx.insert_many(
            insert!("locations", "id, longitude, latitude, cell, name, lsoa", "on conflict (id) do nothing"),
            batch.locations,
        )
        .await?;
        tx.insert_many(
            insert!(
                "incidents",
                "part, row, category, qualifier, precision, occurred_at, location, outcome, source_key"
            ),
            batch.incidents,
        )
        .await?;
        let lease: DateTime<Utc> = tx.now() + LEASE;
        tx.run(
            sql!("update imports set lease_until = $2, rows = rows + $3 where id = $1"),
            args![import, lease, rows],
        )
        .await?;
        Ok::<_, DbError>(())
    })
    .await
}

/// Marks an import as failed, with the reason; its rows are swept later.
pub(crate) async fn give_up(
    db: &Db,
    clock: &Clock,
    actor: &Actor,
    import: Uuid,
    why: &str,
) -> Result<(), DbError> {
    write!(db, clock, actor, |tx| {
        let now = tx.now();
        tx.run(
            sql!("update imports set state = 'failed', finished_at = $2, notes = $3 where id = $1"),
            args![import, now, serde_json::json!({"failed": why})],
        )
        .await?;
        tx.record(Event::new(
            "import",
            import,
            "import.failed",
            serde_json::json!({"reason": why}),
        ));
        Ok::<_, DbError>(())
    })
    .await
}
