//! The table of jobs.

use chrono::{DateTime, Duration, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::db::{DbError, Filter, List, Sort, Tx};
use crate::events::Event;
use crate::ids::uuid_at;
use crate::{args, list, sql};

/// The jobs as administrators see them; `state` `failed` is what was laid aside.
pub static JOBS: List = List {
    columns: "jobs.id, jobs.kind, jobs.state, jobs.attempts, jobs.due_at, jobs.every_seconds, \
              jobs.last_error, jobs.created_at, jobs.finished_at",
    from: "jobs",
    key: "jobs.id",
    filters: &[
        Filter {
            name: "state",
            sql: "jobs.state = ?",
        },
        Filter {
            name: "kind",
            sql: "jobs.kind = ?",
        },
        Filter {
            name: "recurring",
            sql: "(jobs.every_seconds is not null) = ?",
        },
    ],
    sorts: &[
        Sort {
            name: "newest",
            by: "jobs.created_at",
            descending: true,
        },
        Sort {
            name: "kind",
            by: "jobs.kind",
            descending: false,
        },
    ],
};
list!(JOBS);

/// A job that a worker has taken.
#[derive(Debug, Clone)]
pub struct Job {
    /// The job.
    pub id: Uuid,
    /// Its kind's name.
    pub kind: String,
    /// What it was put down with.
    pub payload: Json,
    /// Which try this is, from 1.
    pub attempts: i64,
    /// Seconds between two runs, of a recurring job.
    pub every_seconds: Option<i64>,
}

/// Puts a job down, to be done as soon as possible once the transaction is committed.
/// `payload` is an object; ids in it, not personal data.
///
/// # Errors
/// [`DbError`].
pub async fn enqueue(tx: &mut Tx, kind: &str, payload: Json) -> Result<Uuid, DbError> {
    let now = tx.now();
    enqueue_at(tx, kind, payload, now).await
}

/// Puts a job down to be done at a time.
///
/// # Errors
/// [`DbError`].
pub async fn enqueue_at(
    tx: &mut Tx,
    kind: &str,
    payload: Json,
    at: DateTime<Utc>,
) -> Result<Uuid, DbError> {
    let id = uuid_at(tx.now());
    tx.run(
        sql!(
            "insert into jobs (id, kind, payload, state, due_at, attempts, created_at)
             values ($1, $2, $3, 'waiting', $4, 0, $5)"
        ),
        args![id, kind, payload, at, tx.now()],
    )
    .await?;
    Ok(id)
}

/// A reminder: puts down the one job of a `key`, or moves it where it is waiting already;
/// with no time, takes it away. A job that has started no longer has its key.
///
/// # Errors
/// [`DbError`].
pub async fn move_unique(
    tx: &mut Tx,
    key: &str,
    kind: &str,
    payload: Json,
    at: Option<DateTime<Utc>>,
) -> Result<(), DbError> {
    let now = tx.now();
    if let Some(at) = at {
        tx.run(
            sql!(
                "insert into jobs (id, kind, unique_key, payload, state, due_at, attempts, created_at)
                 values ($1, $2, $3, $4, 'waiting', $5, 0, $6)
                 on conflict (unique_key) do update
                 set kind = excluded.kind, payload = excluded.payload, due_at = excluded.due_at, attempts = 0"
            ),
            args![uuid_at(now), kind, key, payload, at, now],
        )
        .await?;
    } else {
        tx.run(
            sql!("delete from jobs where unique_key = $1 and state = 'waiting'"),
            args![key],
        )
        .await?;
    }
    Ok(())
}

/// Sees to it that a job recurs: the first time now, then so long after each end.
/// Every copy of the application calls it at start; the job is there once.
///
/// # Errors
/// [`DbError`].
pub async fn every(tx: &mut Tx, kind: &str, period: Duration) -> Result<(), DbError> {
    let now = tx.now();
    tx.run(
        sql!(
            "insert into jobs (id, kind, unique_key, every_seconds, payload, state, due_at, attempts, created_at)
             values ($1, $2, $3, $4, $5, 'waiting', $6, 0, $6)
             on conflict (unique_key) do update set every_seconds = excluded.every_seconds"
        ),
        args![
            uuid_at(now),
            kind,
            format!("every:{kind}"),
            period.num_seconds().max(1),
            serde_json::json!({}),
            now
        ],
    )
    .await?;
    Ok(())
}

/// An administrator has a failed job tried again.
///
/// # Errors
/// [`DbError::Stale`] where it is not laid aside any more.
pub async fn requeue(tx: &mut Tx, id: Uuid) -> Result<(), DbError> {
    let now = tx.now();
    tx.run_versioned(
        sql!(
            "update jobs set state = 'waiting', due_at = $2, attempts = 0, finished_at = null
             where id = $1 and state = 'failed'"
        ),
        args![id, now],
    )
    .await?;
    tx.record(Event::new("job", id, "job.requeued", serde_json::json!({})));
    Ok(())
}

/// An administrator gives a failed job up.
///
/// # Errors
/// [`DbError::Stale`] where it is not laid aside any more.
pub async fn discard(tx: &mut Tx, id: Uuid) -> Result<(), DbError> {
    tx.run_versioned(
        sql!("delete from jobs where id = $1 and state = 'failed'"),
        args![id],
    )
    .await?;
    tx.record(Event::new(
        "job",
        id,
        "job.discarded",
        serde_json::json!({}),
    ));
    Ok(())
}

/// Removes what was done before a moment; returns how many.
///
/// # Errors
/// [`DbError`].
pub async fn sweep(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, DbError> {
    tx.run(
        sql!("delete from jobs where state = 'done' and finished_at < $1"),
        args![before],
    )
    .await
}

/// Takes the job that has been due longest, if any: waiting, or running under a lease that ended.
pub(super) async fn take(
    tx: &mut Tx,
    holder: Uuid,
    lease: Duration,
) -> Result<Option<Job>, DbError> {
    let now = tx.now();
    let row = tx
        .optional(
            sql!(
                "update jobs set state = 'running', holder = $1, due_at = $2, attempts = attempts + 1,
                   unique_key = case when every_seconds is null then null else unique_key end
                 where id = (select id from jobs where due_at <= $3 order by due_at, id limit 1)
                 returning id, kind, payload, attempts, every_seconds"
            ),
            args![holder, now + lease, now],
        )
        .await?;
    row.map(|row| {
        Ok(Job {
            id: row.get("id")?,
            kind: row.get("kind")?,
            payload: row.get("payload")?,
            attempts: row.get("attempts")?,
            every_seconds: row.get("every_seconds")?,
        })
    })
    .transpose()
}

/// Renews the lease of a running job; false where another has taken it over.
pub(super) async fn renew(
    tx: &mut Tx,
    id: Uuid,
    holder: Uuid,
    lease: Duration,
) -> Result<bool, DbError> {
    let until = tx.now() + lease;
    let touched = tx
        .run(
            sql!("update jobs set due_at = $3 where id = $1 and holder = $2 and state = 'running'"),
            args![id, holder, until],
        )
        .await?;
    Ok(touched == 1)
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    /// Done; a recurring job waits until the time.
    Done(Option<DateTime<Utc>>),
    /// To be tried again at a time. A recurring job whose tries are used up starts counting anew.
    Again {
        at: DateTime<Utc>,
        error: String,
        attempts: i64,
    },
    /// Laid aside.
    Failed(String),
    /// Given back untried, at shutdown.
    Released,
}

/// Writes down how a run ended; false where another has taken the job over meanwhile.
pub(super) async fn end(
    tx: &mut Tx,
    id: Uuid,
    holder: Uuid,
    ending: &Ending,
) -> Result<bool, DbError> {
    let now = tx.now();
    let touched = match ending {
        Ending::Done(None) => {
            tx.run(
                sql!(
                    "update jobs set state = 'done', due_at = null, holder = null, last_error = null, finished_at = $3
                     where id = $1 and holder = $2 and state = 'running'"
                ),
                args![id, holder, now],
            )
            .await?
        }
        Ending::Done(Some(next)) => {
            tx.run(
                sql!(
                    "update jobs set state = 'waiting', due_at = $4, holder = null, last_error = null, attempts = 0, finished_at = $3
                     where id = $1 and holder = $2 and state = 'running'"
                ),
                args![id, holder, now, *next],
            )
            .await?
        }
        Ending::Again {
            at,
            error,
            attempts,
        } => {
            tx.run(
                sql!(
                    "update jobs set state = 'waiting', due_at = $3, holder = null, last_error = $4, attempts = $5
                     where id = $1 and holder = $2 and state = 'running'"
                ),
                args![id, holder, *at, error, *attempts],
            )
            .await?
        }
        Ending::Failed(error) => {
            tx.run(
                sql!(
                    "update jobs set state = 'failed', due_at = null, holder = null, last_error = $4, finished_at = $3
                     where id = $1 and holder = $2 and state = 'running'"
                ),
                args![id, holder, now, error],
            )
            .await?
        }
        Ending::Released => {
            tx.run(
                sql!(
                    "update jobs set state = 'waiting', due_at = $3, holder = null, attempts = attempts - 1
                     where id = $1 and holder = $2 and state = 'running'"
                ),
                args![id, holder, now],
            )
            .await?
        }
    };
    Ok(touched == 1)
}
