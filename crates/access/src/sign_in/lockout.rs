//! Slowing down guesses: per account and per network address, twice as long each time.
//!
//! An attempt is counted *before* the password is looked at and taken back when it was right, so
//! that a hundred guesses at once count a hundred. An account is counted by what was typed, whether
//! it exists or not: nobody learns from being locked out who has an account.

use chrono::{DateTime, Duration, Utc};
use commonweal_core::{Clock, Db, DbError, Tx, args, sql, upkeep};
use sha2::{Digest as _, Sha256};

use crate::session::Token;
use crate::web::Address;

/// Attempts that are free, before waiting begins.
const FREE_PER_ACCOUNT: i64 = 5;
/// A whole office may share one address.
const FREE_PER_ADDRESS: i64 = 50;
const LONGEST: Duration = Duration::hours(1);
/// An address's count goes down by one in this time, so that an office's daily typing errors never
/// add up; an account's is forgotten after a day.
const ADDRESS_FORGETS: Duration = Duration::minutes(1);

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
    address: Option<String>,
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

    /// An access token that does not hold. Addresses are counted apart from sign-ins, and only for
    /// tokens that nobody has: a map program with a token that has ended asks again and again, and
    /// must not shut its office out.
    #[must_use]
    pub fn token(token: &Token, known: bool, address: &Address) -> Self {
        let target = Self::new("token", &token.hash(), address);
        let address = target.address.filter(|_| !known);
        Self {
            address: address.map(|address| format!("token-{address}")),
            ..target
        }
    }

    fn new(kind: &str, what: &str, address: &Address) -> Self {
        Self {
            account: format!("{kind}:{}", hex::encode(Sha256::digest(what.as_bytes()))),
            address: address.0.as_ref().map(|hash| format!("address:{hash}")),
        }
    }
}

/// Counts an attempt, unless it must wait.
///
/// # Errors
/// [`DbError`].
pub async fn attempt(db: &Db, clock: &Clock, target: &Target) -> Result<Gate, DbError> {
    upkeep!(db, clock, |tx| {
        let account = state(tx, &target.account, None).await?;
        let address = match &target.address {
            Some(key) => state(tx, key, Some(ADDRESS_FORGETS)).await?,
            None => (0, None),
        };
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
        if let Some(key) = &target.address {
            count(tx, key, address.0 + 1, FREE_PER_ADDRESS).await?;
        }
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
    if let Some(key) = &target.address {
        tx.run(
            sql!("update sign_in_attempts set failures = failures - 1, locked_until = null where key = $1"),
            args![key],
        )
        .await?;
    }
    Ok(())
}

/// Failures that count now, and until when it is locked.
async fn state(
    tx: &mut Tx,
    key: &str,
    forgets: Option<Duration>,
) -> Result<(i64, Option<DateTime<Utc>>), DbError> {
    let now = tx.now();
    let text = sql!(
        "select failures, last_at, locked_until from sign_in_attempts where key = $1 and last_at > $2"
    );
    let Some(row) = tx
        .optional(text, args![key, now - Duration::days(1)])
        .await?
    else {
        return Ok((0, None));
    };
    let last: DateTime<Utc> = row.get("last_at")?;
    let forgotten = forgets.map_or(0, |each| {
        (now - last).num_seconds() / each.num_seconds().max(1)
    });
    let failures: i64 = row.get("failures")?;
    Ok(((failures - forgotten).max(0), row.get("locked_until")?))
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

#[cfg(test)]
mod tests {
    use super::*;

    commonweal_core::on_both! {
        async fn an_office_is_slowed_down_but_never_shut_out(db: Db) {
            let clock = commonweal_core::testing::clock();
            let office = Address(Some("office".to_owned()));
            let typing_error = async |number: i64| {
                attempt(&db, &clock, &Target::sign_in(&format!("person{number}@example.org"), &office)).await.unwrap()
            };
            // A typing error every two minutes, all day long: nobody waits.
            for number in 0..400 {
                assert_eq!(typing_error(number).await, Gate::Open);
                clock.advance(Duration::minutes(2));
            }
            // Guessing at many accounts at once: after the free ones, one a minute.
            let mut open = 0;
            for number in 1_000..1_100 {
                open += i64::from(typing_error(number).await == Gate::Open);
            }
            assert_eq!(open, FREE_PER_ADDRESS);
            clock.advance(Duration::seconds(61));
            assert_eq!(typing_error(2_000).await, Gate::Open);
            assert!(matches!(typing_error(2_001).await, Gate::Shut { seconds: 1..=60 }));
            // Where the address is not known, accounts are protected all the same.
            let unknown = Target::sign_in("sam@example.org", &Address(None));
            for _ in 0..FREE_PER_ACCOUNT {
                assert_eq!(attempt(&db, &clock, &unknown).await.unwrap(), Gate::Open);
            }
            assert!(matches!(attempt(&db, &clock, &unknown).await.unwrap(), Gate::Shut { .. }));
        }
    }
}
