//! Invitations in the database.

use chrono::{DateTime, NaiveDate, Utc};
use commonweal_core::events::Event;
use commonweal_core::ids::uuid_at;
use commonweal_core::{DbError, ReadTx, Row, Tx, args, sql};
use serde_json::json;
use uuid::Uuid;

use crate::filling::drafts;

/// An invitation.
#[derive(Debug, Clone, PartialEq)]
pub struct Invitation {
    /// Its id.
    pub id: Uuid,
    /// The definition's key.
    pub definition: String,
    /// The point in time at which somebody is asked.
    pub wave: Option<String>,
    /// The person in `records::party` who is asked.
    pub party: Option<Uuid>,
    /// The agency that asks.
    pub agency: Option<Uuid>,
    /// The last day on which it can be answered.
    pub due_on: NaiveDate,
    /// The e-mail address, while it is still needed.
    pub email: Option<String>,
    /// When it was sent or printed.
    pub sent_at: Option<DateTime<Utc>>,
    /// When the reminder went out.
    pub reminded_at: Option<DateTime<Utc>>,
    /// Whether it was answered.
    pub answered: bool,
    /// The answers; none where they are anonymous.
    pub record: Option<Uuid>,
}

/// What a new invitation is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewInvitation {
    /// The definition's key.
    pub definition: String,
    /// The point in time.
    pub wave: Option<String>,
    /// The person.
    pub party: Option<Uuid>,
    /// What it is about, such as a case: its kind and id.
    pub subject: Option<(&'static str, Uuid)>,
    /// The agency that asks.
    pub agency: Option<Uuid>,
    /// The last day.
    pub due_on: NaiveDate,
    /// The e-mail address.
    pub email: Option<String>,
    /// Name and address of a letter.
    pub letter: Option<String>,
}

/// How many were asked and answered at one point in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// The point in time; none where the definition has none.
    pub wave: Option<String>,
    /// Asked.
    pub sent: i64,
    /// Answered.
    pub answered: i64,
}

impl Rate {
    /// The share that answered, with the limits of its 95 % interval (Wilson 1927), all between 0
    /// and 1; none where nobody was asked.
    #[must_use]
    pub fn share(&self) -> Option<(f64, f64, f64)> {
        #[expect(clippy::cast_precision_loss, reason = "counts of people")]
        let (n, k) = (self.sent as f64, self.answered as f64);
        if n < 1.0 {
            return None;
        }
        let (p, z) = (k / n, 1.959_964);
        let z2 = z * z;
        let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n);
        Some((p, (middle - half).max(0.0), (middle + half).min(1.0)))
    }
}

fn from_row(row: &Row) -> Result<Invitation, DbError> {
    Ok(Invitation {
        id: row.get("id")?,
        definition: row.get("definition")?,
        wave: row.get("wave")?,
        party: row.get("party")?,
        agency: row.get("agency")?,
        due_on: row.get("due_on")?,
        email: row.get("email")?,
        sent_at: row.get("sent_at")?,
        reminded_at: row.get("reminded_at")?,
        answered: row.get::<Option<DateTime<Utc>>>("answered_at")?.is_some(),
        record: row.get("record")?,
    })
}

/// Makes an invitation; `secret` is that of its link.
///
/// # Errors
/// [`DbError`].
pub async fn add(tx: &mut Tx, new: &NewInvitation, secret: &str) -> Result<Uuid, DbError> {
    let (now, actor) = (tx.now(), tx.actor().user);
    let id = uuid_at(now);
    tx.run(
        sql!(
            "insert into form_invitations (id, definition, wave, secret, party, subject_kind, subject, agency,
             due_on, sent_at, created_by, created_at, email, letter)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        ),
        args![
            id,
            &new.definition,
            new.wave.clone(),
            drafts::hash(secret),
            new.party,
            new.subject.map(|(kind, _)| kind.to_owned()),
            new.subject.map(|(_, subject)| subject),
            new.agency,
            new.due_on,
            now,
            actor,
            now,
            new.email.clone(),
            new.letter.clone()
        ],
    )
    .await?;
    tx.record(Event::new(
        "form_invitation",
        id,
        "form_invitation.made",
        json!({ "definition": new.definition, "wave": new.wave, "due_on": new.due_on }),
    ));
    Ok(id)
}

/// An invitation.
///
/// # Errors
/// [`DbError::NotFound`].
pub async fn load(tx: &mut ReadTx, id: Uuid) -> Result<Invitation, DbError> {
    let text = sql!(
        "select id, definition, wave, party, agency, due_on, email, sent_at, reminded_at, answered_at, record
         from form_invitations where id = $1"
    );
    from_row(&tx.one(text, args![id]).await?)
}

/// The invitation of a link, the first or the reminder's.
///
/// # Errors
/// [`DbError::NotFound`].
pub async fn by_secret(tx: &mut ReadTx, secret: &str) -> Result<Invitation, DbError> {
    let text = sql!(
        "select id, definition, wave, party, agency, due_on, email, sent_at, reminded_at, answered_at, record
         from form_invitations where secret = $1 or reminder = $1"
    );
    from_row(&tx.one(text, args![drafts::hash(secret)]).await?)
}

/// The invitations to a form, newest first, 500 at most.
///
/// # Errors
/// [`DbError`].
pub async fn of(tx: &mut ReadTx, definition: &str) -> Result<Vec<Invitation>, DbError> {
    let text = sql!(
        "select id, definition, wave, party, agency, due_on, email, sent_at, reminded_at, answered_at, record
         from form_invitations where definition = $1 order by created_at desc, id desc limit 500"
    );
    tx.all(text, args![definition])
        .await?
        .iter()
        .map(from_row)
        .collect()
}

/// How many were asked and answered, by point in time.
///
/// # Errors
/// [`DbError`].
pub async fn rates(tx: &mut ReadTx, definition: &str) -> Result<Vec<Rate>, DbError> {
    let text = sql!(
        "select wave, count(*) as sent, count(answered_at) as answered from form_invitations
         where definition = $1 group by wave order by wave"
    );
    tx.all(text, args![definition])
        .await?
        .iter()
        .map(|row| {
            Ok(Rate {
                wave: row.get("wave")?,
                sent: row.get("sent")?,
                answered: row.get("answered")?,
            })
        })
        .collect()
}

/// Notes that an invitation was answered, once. Without a record the answers are anonymous: then
/// not even the moment is kept, which would lead to them.
///
/// # Errors
/// [`DbError::Stale`] where it was answered already.
pub async fn answer(tx: &mut Tx, id: Uuid, record: Option<Uuid>) -> Result<(), DbError> {
    let now = tx.now();
    match record {
        Some(record) => {
            tx.run_versioned(
                sql!(
                    "update form_invitations set answered_at = $2, record = $3, email = null, letter = null
                     where id = $1 and answered_at is null"
                ),
                args![id, now, record],
            )
            .await
        }
        None => {
            tx.run_versioned(
                sql!(
                    "update form_invitations set answered_at = created_at, email = null, letter = null
                     where id = $1 and answered_at is null"
                ),
                args![id],
            )
            .await
        }
    }
}

/// Invitations that may have their one reminder: unanswered, still open, sent before `since`.
///
/// # Errors
/// [`DbError`].
pub async fn to_remind(
    tx: &mut ReadTx,
    definition: &str,
    since: DateTime<Utc>,
    today: NaiveDate,
) -> Result<Vec<Invitation>, DbError> {
    let text = sql!(
        "select id, definition, wave, party, agency, due_on, email, sent_at, reminded_at, answered_at, record
         from form_invitations where definition = $1 and answered_at is null and reminded_at is null
         and sent_at <= $2 and due_on >= $3 and (email is not null or party is not null) order by created_at, id"
    );
    tx.all(text, args![definition, since, today])
        .await?
        .iter()
        .map(from_row)
        .collect()
}

/// Notes the one reminder, with the secret of its link.
///
/// # Errors
/// [`DbError::Stale`] where it was reminded or answered meanwhile.
pub async fn reminded(tx: &mut Tx, id: Uuid, secret: &str) -> Result<(), DbError> {
    let now = tx.now();
    tx.run_versioned(
        sql!(
            "update form_invitations set reminded_at = $2, reminder = $3
             where id = $1 and reminded_at is null and answered_at is null"
        ),
        args![id, now, drafts::hash(secret)],
    )
    .await?;
    tx.record(Event::new(
        "form_invitation",
        id,
        "form_invitation.reminded",
        json!({}),
    ));
    Ok(())
}

/// Erases to whom invitations went whose time is over; returns how many.
///
/// # Errors
/// [`DbError`].
pub async fn forget(tx: &mut Tx, today: NaiveDate) -> Result<u64, DbError> {
    tx.run(
        sql!(
            "update form_invitations set email = null, letter = null
             where due_on < $1 and (email is not null or letter is not null)"
        ),
        args![today],
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_has_its_interval() {
        let rate = |sent, answered| {
            Rate {
                wave: None,
                sent,
                answered,
            }
            .share()
        };
        assert_eq!(rate(0, 0), None);
        // Wilson's interval for 10 of 50, as in Newcombe (1998).
        let (share, low, high) = rate(50, 10).unwrap();
        assert!((share - 0.2).abs() < 1e-9);
        assert!(
            (low - 0.1124).abs() < 1e-3 && (high - 0.3304).abs() < 1e-3,
            "{low} {high}"
        );
        let (_, low, high) = rate(5, 0).unwrap();
        assert!(low == 0.0 && high > 0.4);
    }
}
