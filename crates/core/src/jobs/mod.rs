//! Work in the background: put down in the transaction that asks for it, done by any copy
//! of the application, tried again with growing pauses, laid aside for an administrator
//! when it keeps failing. A copy that dies is replaced when its lease ends, so a job may be
//! done twice: what it does must bear that.

mod queue;
mod worker;

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::Value as Json;
use uuid::Uuid;

pub use queue::{JOBS, Job, discard, enqueue, enqueue_at, every, move_unique, requeue, sweep};
pub use worker::{Options, Worker};

use crate::db::DbError;
use crate::stop::Stop;
use crate::{Clock, Db};

/// Why a job did not succeed. The text is shown to administrators and logged: no personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// It may succeed later.
    #[error("{0}")]
    Again(String),
    /// It can never succeed as it is.
    #[error("{0}")]
    Never(String),
}

impl From<DbError> for JobError {
    fn from(error: DbError) -> Self {
        Self::Again(error.to_string())
    }
}

/// What a job is given.
#[derive(Clone)]
pub struct JobContext {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// The job.
    pub id: Uuid,
    /// What it was put down with.
    pub payload: Json,
    /// Which try this is, from 1.
    pub attempt: i64,
    /// Long jobs look here and return [`JobError::Again`] at a place where they can go on.
    pub stop: Stop,
}

impl JobContext {
    /// A text of the payload.
    ///
    /// # Errors
    /// [`JobError::Never`] where there is none.
    pub fn text(&self, key: &str) -> Result<&str, JobError> {
        self.payload
            .get(key)
            .and_then(Json::as_str)
            .ok_or_else(|| JobError::Never(format!("the job has no {key}")))
    }

    /// An id of the payload.
    ///
    /// # Errors
    /// [`JobError::Never`] where there is none.
    pub fn id(&self, key: &str) -> Result<Uuid, JobError> {
        self.text(key)?
            .parse()
            .map_err(|_| JobError::Never(format!("the job has no {key}")))
    }
}

type Run = Arc<dyn Fn(JobContext) -> BoxFuture<'static, Result<(), JobError>> + Send + Sync>;

/// A kind of job: a plain value that an area makes and the binary registers.
#[derive(Clone)]
pub struct JobKind {
    /// Its name in the table, such as `mail.deliver`.
    pub name: &'static str,
    /// What administrators read, such as 'Send a mail'.
    pub title: &'static str,
    run: Run,
}

impl JobKind {
    /// A kind of job, done by an asynchronous function.
    pub fn new<F, Fut>(name: &'static str, title: &'static str, run: F) -> Self
    where
        F: Fn(JobContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), JobError>> + Send + 'static,
    {
        Self {
            name,
            title,
            run: Arc::new(move |context| Box::pin(run(context))),
        }
    }
}

impl fmt::Debug for JobKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JobKind").field(&self.name).finish()
    }
}

#[cfg(test)]
mod tests;
