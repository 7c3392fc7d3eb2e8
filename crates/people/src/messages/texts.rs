//! Text messages: put into the outbox in the transaction that causes them, handed on by a job.
//! Without a service that sends them they stay in the outbox, where an administrator reads them.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use commonweal_core::ids::uuid_at;
use commonweal_core::jobs::{self, JobContext, JobError, JobKind};
use commonweal_core::{DbError, Tx, args, read, sql, upkeep};
use uuid::Uuid;

/// The job that hands a text message on.
pub const DELIVER: &str = "messages.text";

/// A text message on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its id, the same at each try.
    pub id: Uuid,
    /// The number, in E.164.
    pub to: String,
    /// Its words.
    pub words: String,
}

type Handed = Pin<Box<dyn Future<Output = Result<(), JobError>> + Send>>;

/// Hands text messages on: an asynchronous function, or 'keep them in the outbox'.
#[derive(Clone, Default)]
pub enum Texts {
    /// They stay in the outbox.
    #[default]
    Keep,
    /// A function that hands one to a service. [`JobError::Never`] where the service refuses it for
    /// good; the error's text names no number.
    By(Arc<dyn Fn(Outgoing) -> Handed + Send + Sync>),
}

impl Texts {
    /// Handed on by a function.
    pub fn by<F, Fut>(function: F) -> Self
    where
        F: Fn(Outgoing) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), JobError>> + Send + 'static,
    {
        Self::By(Arc::new(move |text| Box::pin(function(text))))
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Keep => "Keep",
            Self::By(_) => "By",
        })
    }
}

/// Puts a text message into the outbox; returns its id there.
///
/// # Errors
/// [`DbError`].
pub(crate) async fn put(
    tx: &mut Tx,
    to: &str,
    words: &str,
    kind: &'static str,
) -> Result<Uuid, DbError> {
    let now = tx.now();
    let id = uuid_at(now);
    tx.run(
        sql!(
            "insert into outbox (id, kind, to_address, subject, body, state, created_at)
             values ($1, $2, $3, 'Text message', $4, 'waiting', $5)"
        ),
        args![id, kind, to, words, now],
    )
    .await?;
    jobs::enqueue(tx, DELIVER, serde_json::json!({ "text": id.to_string() })).await?;
    Ok(id)
}

/// The job of [`DELIVER`].
#[must_use]
pub fn job(texts: Texts) -> JobKind {
    JobKind::new(DELIVER, "Send a text message", move |context| {
        let texts = texts.clone();
        async move { run(&context, &texts).await }
    })
}

async fn run(context: &JobContext, texts: &Texts) -> Result<(), JobError> {
    let id = context.id("text")?;
    let found = read!(&context.db, |tx| {
        let row = tx
            .optional(
                sql!("select to_address, body from outbox where id = $1 and state in ('waiting', 'failed')"),
                args![id],
            )
            .await?;
        row.map(|row| {
            Ok::<_, DbError>(Outgoing {
                id,
                to: row.get("to_address")?,
                words: row.get("body")?,
            })
        })
        .transpose()
    })
    .await?;
    // Handed on by a worker that died before it could say so, or taken away.
    let Some(outgoing) = found else {
        return Ok(());
    };
    let (state, outcome) = match texts {
        Texts::Keep => ("kept", Ok(())),
        Texts::By(function) => match function(outgoing).await {
            Ok(()) => ("sent", Ok(())),
            Err(JobError::Again(error)) => ("waiting", Err(JobError::Again(error))),
            Err(JobError::Never(error)) => ("failed", Err(JobError::Never(error))),
        },
    };
    let error = outcome.as_ref().err().map(ToString::to_string);
    upkeep!(&context.db, &context.clock, |tx| {
        let ended = (state != "waiting").then(|| tx.now());
        tx.run(
            sql!("update outbox set state = $2, ended_at = $3, error = $4 where id = $1"),
            args![id, state, ended, error.clone()],
        )
        .await
    })
    .await?;
    outcome
}
