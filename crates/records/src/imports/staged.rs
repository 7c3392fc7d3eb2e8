//! What the imports of areas, postcodes and context figures share: one file in, rows put down
//! where nobody reads them, and the end of an import in the transaction that shows its rows.

use std::path::Path;

use chrono::Duration;
use commonweal_core::db::{Insert, Value};
use commonweal_core::events::Event;
use commonweal_core::{Clock, Db, DbError, Tx, args, sql, upkeep};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::load::{self, LoadError, Progress};
use super::read::source::{self, Limits, Source, Wanted};
use super::read::{ReadError, RejectReport};

/// Rows in one transaction.
const ROWS: usize = 5_000;
/// Rows that one transaction of the sweep takes away.
const SWEPT: i64 = 20_000;
/// How many rejects a report shows; the rest are with the import.
pub(crate) const SHOWN_REJECTS: usize = 100;

/// A file by its path, and by the name that the person gave it where that differs.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// Where it lies.
    pub path: &'a Path,
    /// What the person calls it; the path's last part if not said.
    pub name: Option<&'a str>,
}

impl<'a> From<&'a Path> for Given<'a> {
    fn from(path: &'a Path) -> Self {
        Self { path, name: None }
    }
}

impl Given<'_> {
    fn shown(&self) -> String {
        self.name.map_or_else(
            || {
                let last = self.path.file_name();
                last.map_or_else(
                    || self.path.to_string_lossy(),
                    |last| last.to_string_lossy(),
                )
                .into_owned()
            },
            str::to_owned,
        )
    }
}

/// Opens the one file that is meant, compressed or not, with the hash of its content.
pub(crate) async fn one_file(
    given: Given<'_>,
    limits: &Limits,
) -> Result<(Source, String), LoadError> {
    let (path, name, limits) = (given.path.to_path_buf(), given.shown(), *limits);
    blocking(move || {
        let plan = source::plan_upload(&path, &name, Wanted::Csv, &limits).map_err(refused)?;
        let mut sources = plan.sources.into_iter();
        let (Some(source), None) = (sources.next(), sources.next()) else {
            return Err(LoadError::File(format!(
                "{name}: it holds several files. Give them one by one"
            )));
        };
        let sha256 = hex::encode(source.sha256().map_err(refused)?);
        Ok((source, sha256))
    })
    .await
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "used as a function for map_err"
)]
pub(crate) fn refused(error: ReadError) -> LoadError {
    LoadError::File(error.to_string())
}

/// Runs reading and parsing on a thread that may wait.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LoadError> + Send + 'static,
) -> Result<T, LoadError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| LoadError::File(format!("reading stopped unexpectedly: {error}")))?
}

/// Takes rows from a parsing thread.
pub(crate) struct Stage {
    /// None where nothing is to be written.
    sender: Option<mpsc::Sender<(Vec<Value>, usize)>>,
    values: Vec<Value>,
    rows: usize,
    batch: usize,
}

impl Stage {
    /// A stage that writes nothing, for a dry run.
    pub(crate) fn nowhere() -> Self {
        Self {
            sender: None,
            values: Vec::new(),
            rows: 0,
            batch: ROWS,
        }
    }

    /// Takes one row; waits while the database is behind.
    pub(crate) fn push(&mut self, row: Vec<Value>) -> Result<(), LoadError> {
        if self.sender.is_none() {
            return Ok(());
        }
        self.values.extend(row);
        self.rows += 1;
        if self.rows >= self.batch {
            self.send()
        } else {
            Ok(())
        }
    }

    fn send(&mut self) -> Result<(), LoadError> {
        let rows = std::mem::take(&mut self.rows);
        let values = std::mem::take(&mut self.values);
        match &self.sender {
            Some(sender) if rows > 0 => sender
                .blocking_send((values, rows))
                .map_err(|_| LoadError::File("the import was stopped".to_owned())),
            _ => Ok(()),
        }
    }
}

/// Writes rows as `parse`, on a thread of its own, gives them, where nobody reads them yet.
pub(crate) async fn write_rows<T: Send + 'static>(
    db: &Db,
    clock: &Clock,
    import: Uuid,
    insert: Insert,
    batch: usize,
    progress: Option<Progress>,
    parse: impl FnOnce(&mut Stage) -> Result<T, LoadError> + Send + 'static,
) -> Result<T, LoadError> {
    let (sender, mut receiver) = mpsc::channel(2);
    let parsing = tokio::task::spawn_blocking(move || {
        let mut stage = Stage {
            sender: Some(sender),
            values: Vec::new(),
            rows: 0,
            batch: batch.clamp(1, ROWS),
        };
        let parsed = parse(&mut stage)?;
        stage.send()?;
        Ok::<_, LoadError>(parsed)
    });
    let mut written = 0_u64;
    let mut outcome = Ok(());
    while let Some((values, rows)) = receiver.recv().await {
        written += rows as u64;
        outcome = write_batch(db, clock, import, insert, &values, written).await;
        if outcome.is_err() {
            break;
        }
        if let Some(progress) = &progress {
            progress(written);
        }
    }
    drop(receiver);
    let parsed = parsing
        .await
        .map_err(|error| LoadError::File(format!("reading stopped unexpectedly: {error}")))?;
    outcome?;
    parsed
}

async fn write_batch(
    db: &Db,
    clock: &Clock,
    import: Uuid,
    insert: Insert,
    values: &[Value],
    written: u64,
) -> Result<(), DbError> {
    upkeep!(db, clock, |tx| {
        tx.insert_many(insert, values.to_vec()).await?;
        let lease = tx.now() + Duration::seconds(60);
        tx.run(
            sql!("update imports set lease_until = $2, rows = $3 where id = $1"),
            args![import, lease, i64::try_from(written).unwrap_or(i64::MAX)],
        )
        .await?;
        Ok::<_, DbError>(())
    })
    .await
}

/// Ends an import in the transaction that shows its rows, or that holds it back.
///
/// # Errors
/// [`DbError::Stale`] where somebody took it for dead and swept it.
pub(crate) async fn end(
    tx: &mut Tx,
    import: Uuid,
    rows: i64,
    rejects: &RejectReport,
    notes: &serde_json::Value,
) -> Result<(), DbError> {
    load::write_rejects(tx, import, rejects).await?;
    let now = tx.now();
    let rejected = i64::try_from(rejects.count).unwrap_or(i64::MAX);
    let state = if rejected == 0 { "visible" } else { "rejected" };
    let changed = tx
        .run(
            sql!(
                "update imports set state = $2, finished_at = $3, rows = $4, rejected = $5, notes = $6, lease_until = null
                 where id = $1 and state = 'loading'"
            ),
            args![import, state, now, rows, rejected, notes.clone()],
        )
        .await?;
    if changed == 0 {
        return Err(DbError::Stale);
    }
    let data = serde_json::json!({"rows": rows, "rejected": rejected, "state": state});
    tx.record(Event::new("import", import, "import.finished", data));
    Ok(())
}

/// Takes away what killed, failed and rejected imports of areas, postcodes and figures left.
pub(super) async fn sweep(db: &Db, clock: &Clock) -> Result<u64, DbError> {
    let postcodes = sql!(
        "delete from staged_postcodes where (import, postcode) in
         (select s.import, s.postcode from staged_postcodes s join imports i on i.id = s.import
          where i.state <> 'loading' limit $1)"
    );
    let figures = sql!(
        "delete from staged_figures where (import, measure, period, area_code) in
         (select s.import, s.measure, s.period, s.area_code from staged_figures s join imports i on i.id = s.import
          where i.state <> 'loading' limit $1)"
    );
    let areas = sql!(
        "delete from areas where (area_set, number) in
         (select a.area_set, a.number from areas a join area_sets s on s.id = a.area_set
          join imports i on i.id = s.import where s.state = 'loading' and i.state <> 'loading' limit $1)"
    );
    let mut taken = 0;
    for statement in [postcodes, figures, areas] {
        loop {
            let deleted = upkeep!(db, clock, |tx| tx.run(statement, args![SWEPT]).await).await?;
            taken += deleted;
            if deleted == 0 {
                break;
            }
        }
    }
    upkeep!(db, clock, |tx| {
        tx.run(
            sql!(
                "delete from area_sets where state = 'loading'
                 and import in (select id from imports where state <> 'loading')"
            ),
            args![],
        )
        .await
    })
    .await?;
    Ok(taken)
}
