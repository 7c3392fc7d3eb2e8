//! Slowing down guesses: per account and per network address, twice as long each time.
//!
//! An attempt is counted *before* the password is looked at and taken back when it was right, so
//! that a hundred guesses at once count a hundred. An account is counted by what was typed, whether
//! it exists or not: nobody learns from being locked out who has an account.

use chrono::{DateTime, Duration, Utc};
use commonweal_core::{Clock, Db, DbError, Tx, args, sql, upkeep};
use sha2::{Digest as _, Sha256};

use crate::web::Address;

/// Attempts that are free, before waiting begins.
const FREE_PER_ACCOUNT: i64 = 5;
/// A whole office may share one address.
const FREE_PER_ADDRESS: i64 = 50;
const LONGEST: Duration = Duration::hours(1);

/// Whether an attempt may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// It may.
    Open,
    /// Not for so many seconds.
    Shut {
        /// How long.
        seconds: i64,
    },
}

/// What is guessed at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    account: String,
    address: String,
}

impl Target {
    /// A sign-in with this e-mail address from this network address.
    #[must_use]
    pub fn sign_in(email: &str, address: &Address) -> Self {
        Self::new("account", &email.trim().to_lowercase(), address)
    }

    /// The second factor of a user.
    #[must_use]
    pub fn code(user: uuid::Uuid, address: &Address) -> Self {
        Self::new("code", &user.to_string(), address)
    }

    fn new(kind: &str, what: &str, address: &Address) -> Self {
        Self {
            account: format!("{kind}:{}", hex::encode(Sha256::digest(what.as_bytes()))),
            address: format!("address:{}", address.0),
        }
    }
}

/// Counts an attempt, unless it must wait.
///
/// # Errors
/// [`DbError`].
pub async fn attempt(db: &Db, clock: &Clock, target: &Target) -> Result<Gate, DbError> {
    upkeep!(db, clock, |tx| {
        let account = state(tx, &target.account).await?;
        let address = state(tx, &target.address).await?;
        let now = tx.now();
        let locked = account
            .1
            .into_iter()
            .chain(address.1)
            .filter(|until| *until > now)
            .max();
        if let Some(until) = locked {
            return Ok(Gate::Shut {
                seconds: (until - now).num_seconds().max(1),
            });
        }
        count(tx, &target.account, account.0 + 1, FREE_PER_ACCOUNT).await?;
        count(tx, &target.address, address.0 + 1, FREE_PER_ADDRESS).await?;
        Ok::<_, DbError>(Gate::Open)
    })
    .await
}

/// Takes a counted attempt back, because it was right. The account's count is forgotten; the
/// address's goes down by one only, since its other guesses may be at other accounts.
///
/// # Errors
/// [`DbError`].
pub async fn succeeded(tx: &mut Tx, target: &Target) -> Result<(), DbError> {
    tx.run(
        sql!("delete from sign_in_attempts where key = $1"),
        args![&target.account],
    )
    .await?;
    tx.run(
        sql!("update sign_in_attempts set failures = failures - 1, locked_until = null where key = $1"),
        args![&target.address],
    )
    .await?;
    Ok(())
}

/// Failures within the last day, and until when it is locked.
async fn state(tx: &mut Tx, key: &str) -> Result<(i64, Option<DateTime<Utc>>), DbError> {
    let since = tx.now() - Duration::days(1);
    let text =
        sql!("select failures, locked_until from sign_in_attempts where key = $1 and last_at > $2");
    match tx.optional(text, args![key, since]).await? {
        Some(row) => Ok((row.get("failures")?, row.get("locked_until")?)),
        None => Ok((0, None)),
    }
}

async fn count(tx: &mut Tx, key: &str, failures: i64, free: i64) -> Result<(), DbError> {
    let now = tx.now();
    let doublings = u32::try_from(failures - free).ok().map(|more| more.min(10));
    let wait = doublings.map(|more| (Duration::minutes(1) * (1 << more)).min(LONGEST));
    tx.run(
        sql!("insert into sign_in_attempts (key, failures, last_at, locked_until) values ($1, $2, $3, $4) on conflict (key) do update set failures = excluded.failures, last_at = excluded.last_at, locked_until = excluded.locked_until"),
        args![key, failures, now, wait.map(|wait| now + wait)],
    )
    .await?;
    Ok(())
}
