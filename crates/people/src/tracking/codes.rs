//! Codes that open more than the link alone, and the browsers that entered one.
//!
//! A code is sent to the safe contact, holds for some minutes and takes few tries. Somebody whom
//! nobody can reach, because they gave no contact, gets a longer one to keep, once.

use chrono::{DateTime, Duration, Utc};
use commonweal_access::session::Token;
use commonweal_core::events::Event;
use commonweal_core::ids::{Reference, uuid_at};
use commonweal_core::{Clock, Db, DbError, ReadTx, Tx, args, sql, upkeep};
use commonweal_records::matters::{Identity, REPORT_SUBJECT, Report, ReportId};
use commonweal_records::party::store as parties;
use commonweal_records::subscriptions::{Limit, within};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::model::{CODE_MINUTES, SESSION, TRIES};
use crate::messages::merge::{Fields, Value};
use crate::messages::{Channel, Choice, choose, deliver, takes_texts, templates};

/// The kind of mail and texts with a code.
pub(crate) const KIND: &str = "tracking.code";
/// Codes for one report.
const SENT: Limit = Limit {
    times: 5,
    within: Duration::hours(1),
};
/// Wrong codes for one report, over all its codes.
const WRONG: Limit = Limit {
    times: 15,
    within: Duration::days(1),
};

fn hash(report: ReportId, code: &str) -> String {
    hex::encode(Sha256::digest(format!("{}\n{code}", report.0).as_bytes()))
}

/// A code as somebody typed it: without spaces and hyphens, in capitals.
fn normal(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .take(20)
        .map(|letter| letter.to_ascii_uppercase())
        .collect()
}

/// Six random digits.
fn digits() -> Result<String, DbError> {
    let token = Token::random()?;
    let head = token.secret().get(..15).unwrap_or_default();
    let number = u64::from_str_radix(head, 16).unwrap_or_default() % 1_000_000;
    Ok(format!("{number:06}"))
}

/// How somebody gets a code for a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It is sent to a contact that they gave.
    Sent,
    /// Nobody can reach them: they take one from the page, once, and keep it.
    Kept,
    /// They have taken theirs.
    Taken,
    /// They are known, but not by e-mail or mobile: staff give them one.
    Asked,
}

/// How somebody gets a code for a report.
///
/// # Errors
/// [`DbError`].
pub async fn way(tx: &mut ReadTx, report: &Report) -> Result<Way, DbError> {
    let known = report
        .reporter
        .filter(|_| report.identity != Identity::Anonymous);
    if let Some(party) = known {
        use commonweal_records::party::contact::Means;
        let party = parties::find(tx, party).await?;
        let sendable = party.contacts.iter().any(|contact| {
            contact.given.agreed
                && match contact.given.means {
                    Means::Email => true,
                    Means::Phone => takes_texts(&contact.given.value),
                    Means::Post | Means::Other => false,
                }
        });
        return Ok(if sendable { Way::Sent } else { Way::Asked });
    }
    let taken = tx
        .count(
            sql!("select count(*) from tracking_codes where report = $1 and kind = 'kept'"),
            args![report.id],
        )
        .await?;
    Ok(if taken > 0 { Way::Taken } else { Way::Kept })
}

async fn add(
    tx: &mut Tx,
    report: ReportId,
    kind: &'static str,
    code: &str,
    ends_at: Option<DateTime<Utc>>,
) -> Result<(), DbError> {
    let now = tx.now();
    // A new code ends those before it.
    tx.run(
        sql!("delete from tracking_codes where report = $1 and kind = $2"),
        args![report, kind],
    )
    .await?;
    tx.run(
        sql!(
            "insert into tracking_codes (id, report, kind, code_hash, tries, created_at, ends_at)
             values ($1, $2, $3, $4, 0, $5, $6)"
        ),
        args![uuid_at(now), report, kind, hash(report, code), now, ends_at],
    )
    .await?;
    tx.record(Event::new(
        REPORT_SUBJECT,
        report.0,
        "report.code_made",
        json!({ "kind": kind }),
    ));
    Ok(())
}

/// Sends a one-time code to the safe contact of whoever sent a report, if it may be used now. False
/// where there were too many.
///
/// # Errors
/// [`DbError`].
pub async fn send(tx: &mut Tx, report: &Report) -> Result<bool, DbError> {
    tx.record(Event::new(
        REPORT_SUBJECT,
        report.id.0,
        "report.code_asked",
        json!({}),
    ));
    if !within(tx, "tracking code", &report.id.0.to_string(), SENT).await? {
        return Ok(false);
    }
    let Some(party) = report
        .reporter
        .filter(|_| report.identity != Identity::Anonymous)
    else {
        return Ok(true);
    };
    let party = parties::find(tx, party).await?;
    // Now or not at all: a code that comes hours later opens nothing and disturbs.
    let Choice::Now(way) = choose(&party, None, tx.now()) else {
        return Ok(true);
    };
    let code = digits()?;
    let ends = tx.now() + Duration::minutes(CODE_MINUTES);
    add(tx, report.id, "sent", &code, Some(ends)).await?;
    let today = tx
        .now()
        .with_timezone(&chrono_tz::Europe::London)
        .date_naive();
    let template = templates::load(tx, "code", today).await?;
    let fields = Fields::from([
        ("code", Value::Text(code)),
        ("minutes", Value::Text(CODE_MINUTES.to_string())),
    ]);
    let words = match way.channel {
        Channel::Text => template.text.fill(&fields),
        _ => template.body.fill(&fields),
    };
    let words = words.map_err(|error| DbError::Setup(format!("messages/code.toml: {error}")))?;
    deliver(tx, &way, template.subject, words, KIND).await?;
    Ok(true)
}

/// A code to keep, for somebody whom nobody can reach by e-mail or text; it ends an earlier one. To be
/// shown once.
///
/// # Errors
/// [`DbError`].
pub async fn give(tx: &mut Tx, report: ReportId) -> Result<String, DbError> {
    let reference = Reference::random("K")
        .map_err(|_| DbError::Setup("the system gives no random numbers".to_owned()))?;
    let code = reference.as_str().trim_start_matches("K-").to_owned();
    add(tx, report, "kept", &normal(&code), None).await?;
    Ok(code)
}

/// What became of a code that somebody entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entered {
    /// It is right: the browser may read on.
    Right,
    /// It is wrong, too old or used.
    Wrong,
    /// Too many wrong ones came for this report.
    TooMany,
}

/// Tries a code; a right one opens the report for this browser.
///
/// # Errors
/// [`DbError`].
pub async fn enter(
    tx: &mut Tx,
    report: ReportId,
    typed: &str,
    owner: &str,
) -> Result<Entered, DbError> {
    let now = tx.now();
    let given = hash(report, &normal(typed));
    let row = tx
        .optional(
            sql!(
                "select id, kind from tracking_codes where report = $1 and code_hash = $2 and tries < $3
                 and used_at is null and (ends_at is null or ends_at > $4)"
            ),
            args![report, given, TRIES, now],
        )
        .await?;
    let wrong_before = marks(tx, report).await?;
    let Some(row) = row.filter(|_| wrong_before < WRONG.times) else {
        // Every live code has one try less, so that nobody guesses at several at once. One that is
        // kept does not end by somebody else's guesses, which are counted over the day.
        tx.run(
            sql!("update tracking_codes set tries = tries + 1 where report = $1 and kind = 'sent'"),
            args![report],
        )
        .await?;
        let open = within(tx, "tracking wrong", &report.0.to_string(), WRONG).await?;
        tx.record(Event::new(
            REPORT_SUBJECT,
            report.0,
            "report.code_wrong",
            json!({}),
        ));
        return Ok(if open {
            Entered::Wrong
        } else {
            Entered::TooMany
        });
    };
    let (id, kind): (uuid::Uuid, String) = (row.get("id")?, row.get("kind")?);
    if kind == "sent" {
        tx.run(
            sql!("update tracking_codes set used_at = $2 where id = $1"),
            args![id, now],
        )
        .await?;
    }
    tx.run(
        sql!(
            "insert into tracking_sessions (id, report, owner, started_at, ends_at) values ($1, $2, $3, $4, $5)"
        ),
        args![uuid_at(now), report, owner, now, now + SESSION],
    )
    .await?;
    tx.record(Event::new(
        REPORT_SUBJECT,
        report.0,
        "report.opened_by_code",
        json!({ "kind": kind }),
    ));
    Ok(Entered::Right)
}

/// How many wrong codes came for a report within a day.
async fn marks(tx: &mut Tx, report: ReportId) -> Result<i64, DbError> {
    let key = hex::encode(Sha256::digest(
        format!("tracking wrong\n{}", report.0).as_bytes(),
    ));
    let since = tx.now() - WRONG.within;
    tx.count(
        sql!("select count(*) from flood_marks where key = $1 and at > $2"),
        args![key, since],
    )
    .await
}

/// Whether this browser entered a code for a report not long ago.
///
/// # Errors
/// [`DbError`].
pub async fn is_open(
    tx: &mut ReadTx,
    report: ReportId,
    owner: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    if owner.is_empty() {
        return Ok(false);
    }
    let open = tx
        .count(
            sql!(
                "select count(*) from tracking_sessions where owner = $1 and report = $2 and ends_at > $3"
            ),
            args![owner, report, now],
        )
        .await?;
    Ok(open > 0)
}

/// Ends what this browser may read of a report.
///
/// # Errors
/// [`DbError`].
pub async fn leave(tx: &mut Tx, report: ReportId, owner: &str) -> Result<(), DbError> {
    tx.run(
        sql!("delete from tracking_sessions where owner = $1 and report = $2"),
        args![owner, report],
    )
    .await?;
    tx.record(Event::new(
        REPORT_SUBJECT,
        report.0,
        "report.page_left",
        json!({}),
    ));
    Ok(())
}

/// Forgets ended codes and browsers, and the mail and texts that held a code.
///
/// # Errors
/// [`DbError`].
pub async fn sweep(db: &Db, clock: &Clock) -> Result<(), DbError> {
    upkeep!(db, clock, |tx| {
        let now = tx.now();
        tx.run(
            sql!("delete from tracking_sessions where ends_at < $1"),
            args![now],
        )
        .await?;
        tx.run(
            sql!("delete from tracking_codes where kind = 'sent' and ends_at < $1"),
            args![now - Duration::days(1)],
        )
        .await?;
        tx.run(
            sql!("delete from outbox where kind = 'tracking.code' and state <> 'waiting' and created_at < $1"),
            args![now - Duration::hours(1)],
        )
        .await?;
        Ok::<_, DbError>(())
    })
    .await
}
