//! Workers: take a job, keep its lease while it runs, write down how it ended.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use uuid::Uuid;

use super::queue::{self, Ending, Job};
use super::{JobContext, JobError, JobKind};
use crate::db::DbError;
use crate::ids::new_uuid;
use crate::stop::Stop;
use crate::{Clock, Db, upkeep};

/// How workers work.
#[derive(Debug, Clone)]
pub struct Options {
    /// Jobs done at the same time.
    pub workers: u32,
    /// How often a job is tried before it is laid aside.
    pub tries: u32,
    /// How long a worker may be silent before another takes its job.
    pub lease: Duration,
    /// How often the table is looked at when there is nothing to do.
    pub poll: Duration,
    /// How long jobs in hand get to finish at shutdown.
    pub grace: Duration,
    /// Spreads the pauses between tries, so that copies do not keep in step.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            workers: 2,
            tries: 8,
            lease: Duration::from_secs(60),
            poll: Duration::from_secs(1),
            grace: Duration::from_secs(30),
            seed: 0,
        }
    }
}

/// Does the jobs of the kinds that it knows. Cheap to clone.
#[derive(Clone)]
pub struct Worker {
    db: Db,
    clock: Clock,
    kinds: Arc<HashMap<&'static str, JobKind>>,
    options: Options,
    holder: Uuid,
}

impl Worker {
    /// A worker for some kinds of job.
    #[must_use]
    pub fn new(
        db: &Db,
        clock: &Clock,
        kinds: impl IntoIterator<Item = JobKind>,
        options: Options,
    ) -> Self {
        Self {
            db: db.clone(),
            clock: clock.clone(),
            kinds: Arc::new(kinds.into_iter().map(|kind| (kind.name, kind)).collect()),
            options,
            holder: new_uuid(clock),
        }
    }

    /// The kinds of job, for the administrators' page.
    pub fn kinds(&self) -> impl Iterator<Item = &JobKind> {
        self.kinds.values()
    }

    /// Works until it is told to stop, then finishes what is in hand.
    pub async fn run(&self, stop: &Stop) {
        let loops = (0..self.options.workers).map(|_| {
            let (worker, stop) = (self.clone(), stop.clone());
            tokio::spawn(async move { worker.one(stop).await })
        });
        for done in futures::future::join_all(loops).await {
            if let Err(error) = done {
                tracing::error!(%error, "a worker stopped unexpectedly");
            }
        }
    }

    async fn one(&self, mut stop: Stop) {
        while !stop.requested() {
            match self.next(&stop).await {
                Ok(true) => {}
                Ok(false) => stop.sleep(self.options.poll).await,
                Err(error) => {
                    tracing::warn!(%error, "jobs cannot be taken at the moment");
                    stop.sleep(self.options.poll * 5).await;
                }
            }
        }
    }

    /// Does every job that is due, one after another, and returns how many: for tests and
    /// for commands that must leave nothing undone.
    ///
    /// # Errors
    /// [`DbError`] where the table cannot be used; a job's own failure is in the table.
    pub async fn run_due(&self) -> Result<u32, DbError> {
        let (_trigger, stop) = crate::stop::channel();
        let mut done = 0;
        while self.next(&stop).await? {
            done += 1;
        }
        Ok(done)
    }

    /// Takes and does one job; false where none is due.
    async fn next(&self, stop: &Stop) -> Result<bool, DbError> {
        let lease = self.lease();
        let taken = upkeep!(&self.db, &self.clock, |tx| queue::take(
            tx,
            self.holder,
            lease
        )
        .await)
        .await?;
        let Some(job) = taken else {
            return Ok(false);
        };
        let ending = self.outcome(&job, stop).await;
        if let Some(ending) = ending {
            let kept = upkeep!(&self.db, &self.clock, |tx| queue::end(
                tx,
                job.id,
                self.holder,
                &ending
            )
            .await)
            .await?;
            if !kept {
                tracing::warn!(job = %job.id, kind = job.kind, "another worker took the job over");
            }
        }
        Ok(true)
    }

    fn lease(&self) -> chrono::Duration {
        chrono::Duration::from_std(self.options.lease).unwrap_or(chrono::Duration::seconds(60))
    }

    /// Runs a job and judges the result; none where the job is no longer ours.
    async fn outcome(&self, job: &Job, stop: &Stop) -> Option<Ending> {
        let tries = i64::from(self.options.tries);
        if job.attempts > tries {
            // It never came to an end: each time the worker died with it.
            return Some(self.after(
                job,
                &JobError::Never(format!("it was begun {tries} times and never ended")),
            ));
        }
        let Some(kind) = self.kinds.get(job.kind.as_str()) else {
            // A newer copy beside this one may know it.
            return Some(self.after(
                job,
                &JobError::Again("this kind of job is not known here".to_owned()),
            ));
        };
        let context = JobContext {
            db: self.db.clone(),
            clock: self.clock.clone(),
            id: job.id,
            payload: job.payload.clone(),
            attempt: job.attempts,
            stop: stop.clone(),
        };
        let mut work = AssertUnwindSafe((kind.run)(context)).catch_unwind();
        let mut renew = tokio::time::interval(self.options.lease / 3);
        renew.tick().await;
        let mut overtime = std::pin::pin!(overtime(stop.clone(), self.options.grace));
        let result = loop {
            tokio::select! {
                result = &mut work => break result,
                () = &mut overtime => return Some(Ending::Released),
                _ = renew.tick() => {
                    let lease = self.lease();
                    match upkeep!(&self.db, &self.clock, |tx| queue::renew(tx, job.id, self.holder, lease).await).await {
                        Ok(true) => {}
                        Ok(false) => return None,
                        Err(error) => tracing::warn!(%error, job = %job.id, "a lease could not be renewed"),
                    }
                }
            }
        };
        Some(match result {
            Ok(Ok(())) => Ending::Done(
                job.every_seconds
                    .map(|every| self.clock.now() + chrono::Duration::seconds(every)),
            ),
            Ok(Err(error)) => self.after(job, &error),
            Err(_) => self.after(job, &JobError::Again("it stopped unexpectedly".to_owned())),
        })
    }

    /// What follows from a failure.
    fn after(&self, job: &Job, error: &JobError) -> Ending {
        let last =
            job.attempts >= i64::from(self.options.tries) || matches!(error, JobError::Never(_));
        tracing::warn!(job = %job.id, kind = job.kind, attempt = job.attempts, %error, last, "a job failed");
        let error = error.to_string();
        match (job.every_seconds, last) {
            // What recurs is never laid aside: the next time may be better.
            (Some(every), true) => Ending::Again {
                at: self.clock.now() + chrono::Duration::seconds(every),
                error,
                attempts: 0,
            },
            (None, true) => Ending::Failed(error),
            (_, false) => Ending::Again {
                at: self.clock.now() + pause(job.attempts, job.id, self.options.seed),
                error,
                attempts: job.attempts,
            },
        }
    }
}

/// Ends when stopping was asked for and the time for finishing is over.
async fn overtime(mut stop: Stop, grace: Duration) {
    stop.wait().await;
    tokio::time::sleep(grace).await;
}

/// The pause after a try: 10 seconds, doubled each time, 6 hours at most, and up to a fifth
/// more by chance.
fn pause(attempt: i64, id: Uuid, seed: u64) -> chrono::Duration {
    let doublings = u32::try_from((attempt - 1).clamp(0, 12)).unwrap_or(0);
    let milliseconds = (10_000_u64 << doublings).min(6 * 3_600_000);
    // SplitMix64, Steele, Lea and Flood 2014: spreads neighbouring inputs.
    let (high, low) = id.as_u64_pair();
    let mut mixed = high ^ low ^ seed ^ (u64::from(doublings) << 32);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    let jitter = mixed % (milliseconds / 5 + 1);
    chrono::Duration::milliseconds(i64::try_from(milliseconds + jitter).unwrap_or(i64::MAX))
}
