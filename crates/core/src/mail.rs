//! Mail: put into the outbox in the transaction that causes it, delivered by a job. Without
//! a mail server it stays in the outbox, where an administrator reads it.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use uuid::Uuid;

use crate::db::{DbError, Filter, List, Sort, Tx};
use crate::ids::uuid_at;
use crate::jobs::{self, JobContext, JobError, JobKind};
use crate::{args, list, read, sql, upkeep};

/// The name of the job that delivers.
pub const DELIVER: &str = "mail.deliver";

/// The outbox as administrators see it.
pub static OUTBOX: List = List {
    columns: "outbox.id, outbox.kind, outbox.to_address, outbox.subject, outbox.body, outbox.state, \
              outbox.created_at, outbox.ended_at, outbox.error",
    from: "outbox",
    key: "outbox.id",
    filters: &[
        Filter {
            name: "state",
            sql: "outbox.state = ?",
        },
        Filter {
            name: "kind",
            sql: "outbox.kind = ?",
        },
    ],
    sorts: &[Sort {
        name: "newest",
        by: "outbox.created_at",
        descending: true,
    }],
};
list!(OUTBOX);

/// A finished mail: its words are final.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The address, as `name@host`.
    pub to: String,
    /// The subject line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// What it is for, such as `sign_in.reset`: for the outbox page and counting.
    pub kind: &'static str,
}

/// A mail on its way to the mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its id, the same at each try: good for a `Message-ID`, so that a repeat is recognised.
    pub id: Uuid,
    /// The address.
    pub to: String,
    /// The subject line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// Where one click ends what it was sent for (RFC 8058), of mail to a list.
    pub unsubscribe: Option<String>,
}

/// Delivers mail: an asynchronous function, or 'keep it in the outbox'.
#[derive(Clone, Default)]
pub enum Deliver {
    /// Mail stays in the outbox.
    #[default]
    Keep,
    /// A function that hands a mail to a server. [`JobError::Never`] for an address that the
    /// server refuses for good; the error's text names no address.
    By(By),
}

/// The function that delivers.
pub type By = Arc<dyn Fn(Outgoing) -> BoxFuture<'static, Result<(), JobError>> + Send + Sync>;

impl Deliver {
    /// Delivery by a function.
    pub fn by<F, Fut>(function: F) -> Self
    where
        F: Fn(Outgoing) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), JobError>> + Send + 'static,
    {
        Self::By(Arc::new(move |mail| Box::pin(function(mail))))
    }
}

impl fmt::Debug for Deliver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Keep => "Keep",
            Self::By(_) => "By",
        })
    }
}

/// Why a mail cannot be put into the outbox.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The address is not `name@host`, or holds a line break.
    #[error("this is not a mail address")]
    Address,
    /// The subject line is empty or holds a line break.
    #[error("this mail has no proper subject line")]
    Subject,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<MailError> for DbError {
    fn from(error: MailError) -> Self {
        match error {
            MailError::Db(error) => error,
            other => Self::Refused(other.to_string()),
        }
    }
}

/// Whether a text can be a mail address: one `@`, both sides there, nothing that could
/// smuggle a second header or address in.
#[must_use]
pub fn is_address(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>,;:\"()[]\\".contains(c);
    match text.split_once('@') {
        Some((name, host)) => {
            !name.is_empty()
                && !host.is_empty()
                && text.len() <= 254
                && !host.contains('@')
                && !host.starts_with('.')
                && !host.ends_with('.')
                && !text.contains(odd)
        }
        None => false,
    }
}

impl Tx {
    /// Puts a mail into the outbox; it is delivered once this transaction is committed.
    ///
    /// # Errors
    /// [`MailError`].
    pub async fn send_mail(&mut self, mail: Mail) -> Result<Uuid, MailError> {
        self.put_mail(mail, None).await
    }

    /// As [`Tx::send_mail`], for mail that somebody subscribed to: `unsubscribe` is the address that
    /// ends the subscription at one POST (RFC 8058), which goes out as `List-Unsubscribe`.
    ///
    /// # Errors
    /// [`MailError`].
    pub async fn send_list_mail(
        &mut self,
        mail: Mail,
        unsubscribe: &str,
    ) -> Result<Uuid, MailError> {
        self.put_mail(mail, Some(unsubscribe)).await
    }

    async fn put_mail(&mut self, mail: Mail, unsubscribe: Option<&str>) -> Result<Uuid, MailError> {
        if !is_address(&mail.to) {
            return Err(MailError::Address);
        }
        if mail.subject.trim().is_empty() || mail.subject.contains(['\r', '\n']) {
            return Err(MailError::Subject);
        }
        let id = uuid_at(self.now());
        let now = self.now();
        self.run(
            sql!(
                "insert into outbox (id, kind, to_address, subject, body, state, created_at, unsubscribe)
                 values ($1, $2, $3, $4, $5, 'waiting', $6, $7)"
            ),
            args![
                id,
                mail.kind,
                mail.to,
                mail.subject,
                mail.text,
                now,
                unsubscribe
            ],
        )
        .await?;
        jobs::enqueue(self, DELIVER, serde_json::json!({ "mail": id.to_string() })).await?;
        Ok(id)
    }
}

/// The job that delivers; register it with the worker.
#[must_use]
pub fn job(deliver: Deliver) -> JobKind {
    JobKind::new(DELIVER, "Send a mail", move |context| {
        let deliver = deliver.clone();
        async move { run(&context, &deliver).await }
    })
}

async fn run(context: &JobContext, deliver: &Deliver) -> Result<(), JobError> {
    let id = context.id("mail")?;
    let outgoing = read!(&context.db, |tx| {
        let row = tx
            .optional(
                // Failed, where an administrator has its job done again.
                sql!("select to_address, subject, body, unsubscribe from outbox where id = $1 and state in ('waiting', 'failed')"),
                args![id],
            )
            .await?;
        row.map(|row| {
            Ok::<_, DbError>(Outgoing {
                id,
                to: row.get("to_address")?,
                subject: row.get("subject")?,
                text: row.get("body")?,
                unsubscribe: row.get("unsubscribe")?,
            })
        })
        .transpose()
    })
    .await?;
    // Sent by a worker that died before it could say so, or taken away.
    let Some(outgoing) = outgoing else {
        return Ok(());
    };
    let (state, outcome) = match deliver {
        Deliver::Keep => ("kept", Ok(())),
        Deliver::By(function) => match function(outgoing).await {
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

/// A mail whose job an administrator gives up is not waiting any more.
///
/// # Errors
/// [`DbError`].
pub async fn give_up(tx: &mut Tx, id: Uuid) -> Result<(), DbError> {
    let now = tx.now();
    tx.run(
        sql!(
            "update outbox set state = 'failed', ended_at = $2 where id = $1 and state = 'waiting'"
        ),
        args![id, now],
    )
    .await?;
    Ok(())
}

/// Takes everything of some kinds to an address out of the outbox, sent or not: somebody does not want
/// to be known there any more. A name in `kinds` stands for all kinds that begin with it.
///
/// # Errors
/// [`DbError`].
pub async fn forget(tx: &mut Tx, address: &str, kinds: &str) -> Result<u64, DbError> {
    tx.run(
        sql!("delete from outbox where to_address = $1 and kind like $2"),
        args![address, format!("{kinds}%")],
    )
    .await
}

/// Removes mail that was sent or kept before a moment; returns how many.
///
/// # Errors
/// [`DbError`].
pub async fn sweep(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, DbError> {
    tx.run(
        sql!("delete from outbox where state in ('sent', 'kept') and ended_at < $1"),
        args![before],
    )
    .await
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::jobs::{Options, Worker};
    use crate::testing::clock;
    use crate::{Clock, Db, on_both};

    fn mail(to: &str) -> Mail {
        Mail {
            to: to.to_owned(),
            subject: "Your case".to_owned(),
            text: "There is news.".to_owned(),
            kind: "test",
        }
    }

    async fn state(db: &Db) -> Vec<(String, Option<String>)> {
        read!(db, |tx| {
            let rows = tx
                .all(sql!("select state, error from outbox order by id"), args![])
                .await?;
            rows.iter()
                .map(|row| Ok((row.at(0)?, row.at(1)?)))
                .collect::<Result<_, DbError>>()
        })
        .await
        .unwrap()
    }

    async fn send(db: &Db, clock: &Clock) {
        upkeep!(db, clock, |tx| tx.send_mail(mail("a@example.org")).await)
            .await
            .unwrap();
    }

    on_both! {
        async fn mail_goes_once_even_after_a_failure(db: Db) {
            let clock = clock();
            let sent = Arc::new(Mutex::new(Vec::new()));
            let box_of_server = sent.clone();
            let deliver = Deliver::by(move |mail| {
                let mut sent = box_of_server.lock().unwrap();
                sent.push(mail);
                let first = sent.len() == 1;
                async move { if first { Err(JobError::Again("no answer".to_owned())) } else { Ok(()) } }
            });
            let worker = Worker::new(&db, &clock, [job(deliver)], Options::default());
            send(&db, &clock).await;
            worker.run_due().await.unwrap();
            assert_eq!(state(&db).await, [("waiting".to_owned(), Some("no answer".to_owned()))]);
            clock.advance(chrono::Duration::minutes(1));
            worker.run_due().await.unwrap();
            assert_eq!(state(&db).await, [("sent".to_owned(), None)]);
            let sent = sent.lock().unwrap();
            assert_eq!(sent.len(), 2);
            assert_eq!(sent[0].id, sent[1].id);
        }

        async fn without_a_server_it_is_kept_and_a_refusal_is_final(db: Db) {
            let clock = clock();
            send(&db, &clock).await;
            Worker::new(&db, &clock, [job(Deliver::Keep)], Options::default()).run_due().await.unwrap();
            assert_eq!(state(&db).await[0].0, "kept");
            send(&db, &clock).await;
            let refuse = Deliver::by(|_| async { Err(JobError::Never("refused".to_owned())) });
            Worker::new(&db, &clock, [job(refuse)], Options::default()).run_due().await.unwrap();
            let states: Vec<_> = state(&db).await.into_iter().map(|(state, _)| state).collect();
            assert!(states.contains(&"failed".to_owned()) && states.contains(&"kept".to_owned()));
            let swept = upkeep!(&db, &clock, |tx| { let later = tx.now() + chrono::Duration::days(1); sweep(tx, later).await }).await.unwrap();
            assert_eq!(swept, 1);
        }

        async fn what_was_refused_goes_when_its_job_is_tried_again(db: Db) {
            let clock = clock();
            send(&db, &clock).await;
            let refuse = Deliver::by(|_| async { Err(JobError::Never("refused".to_owned())) });
            Worker::new(&db, &clock, [job(refuse)], Options::default()).run_due().await.unwrap();
            assert_eq!(state(&db).await, [("failed".to_owned(), Some("refused".to_owned()))]);
            upkeep!(&db, &clock, |tx| {
                let row = tx.one(sql!("select id from jobs where state = 'failed'"), args![]).await?;
                jobs::requeue(tx, row.at(0)?).await
            }).await.unwrap();
            Worker::new(&db, &clock, [job(Deliver::by(|_| async { Ok(()) }))], Options::default()).run_due().await.unwrap();
            assert_eq!(state(&db).await, [("sent".to_owned(), None)]);
        }

        async fn nothing_goes_out_when_the_transaction_does_not_commit(db: Db) {
            let clock = clock();
            let outcome = upkeep!(&db, &clock, |tx| {
                tx.send_mail(mail("a@example.org")).await?;
                Err::<(), _>(DbError::Stale)
            }).await;
            assert!(outcome.is_err());
            assert_eq!(state(&db).await, []);
        }
    }

    #[test]
    fn an_address_can_smuggle_nothing_in() {
        for good in ["a@example.org", "o'neil+x@council.gov.uk"] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b",
            "a@",
            "a@b@c",
            "a@b\r\nBcc: c@d",
            "a@b, c@d",
            "<a@b>",
            "a b@c",
            "a@.b",
        ] {
            assert!(!is_address(bad), "{bad:?}");
        }
    }
}
