//! Floods: what comes from one network address is counted under a hash that nobody can undo once its key
//! is gone, apart from all reports, for a day at most. Nobody is asked anything before the first reports;
//! then a sum, then a wait.

use chrono::{DateTime, Duration, Utc};
use commonweal_access::session::Token;
use commonweal_access::web::{Address, PageError, Visit};
use commonweal_core::{DbError, Tx, args, sql, upkeep};
use commonweal_govuk::{Form, Language, text};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::state::PublicReport;

/// How much may come from one network address in an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Reports that may be begun without a question in between.
    pub free: u32,
    /// Reports that may be begun at all.
    pub most: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            free: 20,
            most: 300,
        }
    }
}

/// The field of the question.
pub(super) const FIELD: &str = "sum";
const TOKEN: &str = "sum-token";

/// The question that a flood is asked: a sum in words, right once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Challenge {
    pub(super) token: String,
    pub(super) question: String,
}

fn hash(parts: &[&str]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    digest.finalize().into()
}

fn short(parts: &[&str]) -> String {
    hex::encode(hash(parts)).chars().take(16).collect()
}

/// The two numbers of a question, from 1 to 9.
fn numbers(key: &str, nonce: &str) -> (usize, usize) {
    let [a, b, ..] = hash(&[key, "numbers", nonce]);
    (usize::from(a % 9) + 1, usize::from(b % 9) + 1)
}

fn challenge(key: &str, language: Language) -> Result<Challenge, DbError> {
    let nonce = Token::short()?.secret().to_owned();
    let (a, b) = numbers(key, &nonce);
    let words = text::t(language, "report.sum_numbers");
    let words: Vec<&str> = words.split(' ').collect();
    let word = |number: usize| {
        let word = words.get(number - 1).copied();
        word.map_or_else(|| number.to_string(), str::to_owned)
    };
    let question = super::words::say(
        language,
        "report.sum_question",
        &[("a", &word(a)), ("b", &word(b))],
    );
    Ok(Challenge {
        token: format!("{nonce}-{}", short(&[key, "asked", &nonce])),
        question,
    })
}

/// Whether an answer is right: to a question of ours, and not given before.
async fn solved(tx: &mut Tx, key: &str, form: &Form) -> Result<bool, DbError> {
    let Some((nonce, proof)) = form.value(TOKEN).split_once('-') else {
        return Ok(false);
    };
    let (a, b) = numbers(key, nonce);
    let said: Option<usize> = form.value(FIELD).parse().ok();
    if proof != short(&[key, "asked", nonce]) || said != Some(a + b) {
        return Ok(false);
    }
    let now = tx.now();
    let fresh = tx
        .run(
            sql!(
                "insert into report_floods (key, since, count) values ($1, $2, 1) on conflict (key) do nothing"
            ),
            args![format!("answered:{nonce}"), now],
        )
        .await?;
    Ok(fresh == 1)
}

/// What becomes of something that comes from an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Welcome,
    Asked(Challenge),
    Wait(u32),
}

/// Counts something that begins, of a visitor. Gives the question where one is to be answered first; what
/// is wrong with an answer then stands in the form.
///
/// # Errors
/// [`PageError::TooMany`].
pub(super) async fn count(
    state: &PublicReport,
    visit: &Visit,
    address: &Address,
    language: Language,
    form: &mut Form,
) -> Result<Option<Challenge>, PageError> {
    let (Some(address), None) = (&address.0, &visit.viewer) else {
        return Ok(None);
    };
    let app = &state.people.app;
    let verdict = upkeep!(&app.db, &app.clock, |tx| {
        weigh(tx, state.limits, address, language, form).await
    })
    .await
    .map_err(|error: DbError| PageError::from(error))?;
    match verdict {
        Verdict::Welcome => Ok(None),
        Verdict::Wait(seconds) => Err(PageError::TooMany { seconds }),
        Verdict::Asked(challenge) => {
            let key = if form.value(FIELD).is_empty() {
                "report.sum_needed"
            } else {
                "report.sum_wrong"
            };
            form.errors.add(FIELD, text::t(language, key).into_owned());
            form.forget(FIELD);
            Ok(Some(challenge))
        }
    }
}

pub(super) async fn weigh(
    tx: &mut Tx,
    limits: Limits,
    address: &str,
    language: Language,
    form: &Form,
) -> Result<Verdict, DbError> {
    let now = tx.now();
    let key = key(tx, now).await?;
    let name = format!("begun:{}", short(&[&key, address]));
    tx.run(
        sql!("delete from report_floods where key = $1 and since <= $2"),
        args![&name, now - Duration::hours(1)],
    )
    .await?;
    let row = tx
        .one(
            sql!(
                "insert into report_floods (key, since, count) values ($1, $2, 1)
                 on conflict (key) do update set count = report_floods.count + 1 returning count, since"
            ),
            args![&name, now],
        )
        .await?;
    let (count, since): (i64, DateTime<Utc>) = (row.get("count")?, row.get("since")?);
    if count > i64::from(limits.most) {
        let left = (since + Duration::hours(1) - now).num_seconds().max(1);
        return Ok(Verdict::Wait(u32::try_from(left).unwrap_or(3_600)));
    }
    if count <= i64::from(limits.free) || solved(tx, &key, form).await? {
        return Ok(Verdict::Welcome);
    }
    challenge(&key, language).map(Verdict::Asked)
}

/// The key of these hours. Without it nobody can find out which address a count belongs to.
async fn key(tx: &mut Tx, now: DateTime<Utc>) -> Result<String, DbError> {
    let known = tx
        .optional(
            sql!(
                "select secret from report_flood_keys where made_at > $1 order by made_at desc, secret limit 1"
            ),
            args![now - Duration::hours(12)],
        )
        .await?;
    if let Some(row) = known {
        return row.get("secret");
    }
    let secret = Token::short()?.secret().to_owned();
    tx.run(
        sql!("insert into report_flood_keys (secret, made_at) values ($1, $2)"),
        args![&secret, now],
    )
    .await?;
    Ok(secret)
}

/// Forgets counts and keys: nothing of them is older than a day, also where this runs once an hour.
///
/// # Errors
/// [`DbError`].
pub(super) async fn sweep(tx: &mut Tx) -> Result<(), DbError> {
    let before = tx.now() - Duration::hours(23);
    tx.run(
        sql!("delete from report_floods where since <= $1"),
        args![before],
    )
    .await?;
    tx.run(
        sql!("delete from report_flood_keys where made_at <= $1"),
        args![before],
    )
    .await?;
    Ok(())
}
