//! The one way to write: one transaction with its events and audit entries, done again
//! when another write got in the way.

use std::time::Duration;

use super::{Db, DbError, Tx};
use crate::Clock;
use crate::events::Actor;

/// How often a write is done before it gives up.
const TRIES: u32 = 5;

/// The attempts at one write; used by [`write!`](crate::write) only.
#[doc(hidden)]
pub struct Attempts {
    db: Db,
    clock: Clock,
    actor: Actor,
    upkeep: bool,
    done: u32,
}

impl Attempts {
    #[must_use]
    pub fn new(db: &Db, clock: &Clock, actor: &Actor) -> Self {
        Self {
            db: db.clone(),
            clock: clock.clone(),
            actor: actor.clone(),
            upkeep: false,
            done: 0,
        }
    }

    #[must_use]
    pub fn upkeep(db: &Db, clock: &Clock) -> Self {
        Self {
            upkeep: true,
            ..Self::new(db, clock, &Actor::system("upkeep"))
        }
    }

    pub async fn begin(&mut self) -> Result<Tx, DbError> {
        loop {
            self.done += 1;
            match self.db.begin_writing(&self.clock, &self.actor).await {
                Err(DbError::Busy) if self.done < TRIES => self.pause().await,
                begun => return begun,
            }
        }
    }

    /// Ends an attempt: the answer of the write, or none where it is to be done again.
    pub async fn end<T, E: From<DbError>>(
        &mut self,
        tx: Tx,
        outcome: Result<T, E>,
    ) -> Option<Result<T, E>> {
        let answer = match outcome {
            Ok(_) if !(self.upkeep || tx.audited) => return Some(Err(DbError::Unaudited.into())),
            Ok(answer) => answer,
            Err(error) if !tx.retry || self.done >= TRIES => return Some(Err(error)),
            Err(_) => {
                drop(tx);
                self.pause().await;
                return None;
            }
        };
        match tx.finish(&self.clock).await {
            Ok(()) => Some(Ok(answer)),
            Err(DbError::Busy) if self.done < TRIES => {
                self.pause().await;
                None
            }
            Err(error) => Some(Err(error.into())),
        }
    }

    /// Waits a little longer each time, so that two writers do not keep in step.
    async fn pause(&self) {
        tokio::time::sleep(Duration::from_millis(u64::from(self.done) * 7)).await;
    }
}

/// Runs a body in a writing transaction, appends its events and audit entries, and commits.
/// The body is run again, up to five times, when another write got in the way, so effects
/// outside the database belong in the outbox. Evaluates to a future of the body's result;
/// the error type must be `From<DbError>`. [`DbError::Unaudited`](crate::DbError) where the
/// body recorded no event. See [`db`](crate::db) for an example.
#[macro_export]
macro_rules! write {
    ($db:expr, $clock:expr, $actor:expr, |$tx:ident| $body:expr) => {
        $crate::write!(@attempts $crate::db::Attempts::new($db, $clock, $actor), $tx, $body)
    };
    (@attempts $attempts:expr, $tx:ident, $body:expr) => {
        async {
            let mut attempts = $attempts;
            loop {
                let mut transaction = match attempts.begin().await {
                    Ok(transaction) => transaction,
                    Err(error) => break Err(::std::convert::From::from(error)),
                };
                let outcome = {
                    let $tx: &mut $crate::db::Tx = &mut transaction;
                    async { $body }.await
                };
                if let Some(answer) = attempts.end(transaction, outcome).await {
                    break answer;
                }
            }
        }
    };
}

/// A write of the house's own book-keeping, that says nothing about any person or record:
/// job leases, a session's last use, sealed blocks, rows of an import that is not visible yet.
/// Otherwise as [`write!`](crate::write), without the clock's actor: `upkeep!(db, clock, |tx| …)`.
#[macro_export]
macro_rules! upkeep {
    ($db:expr, $clock:expr, |$tx:ident| $body:expr) => {
        $crate::write!(@attempts $crate::db::Attempts::upkeep($db, $clock), $tx, $body)
    };
}

/// Runs a body in a transaction that cannot write and sees one state throughout:
/// `read!(db, |tx| …).await?`. The error type must be `From<DbError>`.
#[macro_export]
macro_rules! read {
    ($db:expr, |$tx:ident| $body:expr) => {
        async {
            let mut transaction = match $crate::db::Db::begin_reading($db).await {
                Ok(transaction) => transaction,
                Err(error) => return Err(::std::convert::From::from(error)),
            };
            let outcome = {
                let $tx: &mut $crate::db::ReadTx = &mut transaction;
                async { $body }.await
            };
            transaction.close().await;
            outcome
        }
    };
}
