//! The tables of contributions.

use chrono::{DateTime, Duration, Utc};
use commonweal_access::session::Token;
use commonweal_access::web::Address;
use commonweal_core::events::Event;
use commonweal_core::{DbError, ReadTx, Row, Tx, args, ids, sql};
use commonweal_records::subscriptions::{Limit, within};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::super::day;

/// Contributions from one network address.
const PER_NETWORK: Limit = Limit {
    times: 5,
    within: Duration::hours(1),
};

/// What somebody sends.
#[derive(Debug, Clone)]
pub(super) struct New {
    pub(super) place: String,
    pub(super) place_name: String,
    /// `comment` or `offer`.
    pub(super) kind: String,
    pub(super) text: String,
    pub(super) contact: Option<String>,
}

/// A contribution.
#[derive(Debug, Clone)]
pub(super) struct Contribution {
    pub(super) id: Uuid,
    pub(super) place: String,
    pub(super) place_name: String,
    pub(super) kind: String,
    pub(super) text: String,
    pub(super) state: String,
    pub(super) reason: Option<String>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) version: i64,
    pub(super) contact: Option<String>,
}

impl Contribution {
    fn read(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get("id")?,
            place: row.get("place")?,
            place_name: row.get("place_name")?,
            kind: row.get("kind")?,
            text: row.get("text")?,
            state: row.get("state")?,
            reason: row.get("reason")?,
            created_at: row.get("created_at")?,
            version: row.get("version")?,
            contact: row.get("contact")?,
        })
    }
}

/// What the public page shows of one.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Said {
    /// The words.
    pub(crate) text: String,
    /// The month, since a day might say who was there.
    pub(crate) when: String,
}

/// What was approved of a place, newest first, ten at most.
pub(crate) async fn said(tx: &mut ReadTx, place: &str) -> Result<Vec<Said>, DbError> {
    tx.all(
        sql!("select text, created_at from place_contributions where place = $1 and state = 'approved' order by decided_at desc, id limit 10"),
        args![place],
    )
    .await?
    .iter()
    .map(|row| {
        let at: DateTime<Utc> = row.get("created_at")?;
        Ok(Said {
            text: row.get("text")?,
            when: at.format("%B %Y").to_string(),
        })
    })
    .collect()
}

/// Puts one into the queue; false where too many came from there.
pub(super) async fn add(
    tx: &mut Tx,
    new: &New,
    secret: &Token,
    network: &Address,
) -> Result<bool, DbError> {
    let now = tx.now();
    let id = ids::uuid_at(now);
    let data = json!({ "place": new.place, "kind": new.kind });
    tx.record(Event::new(
        "place_contribution",
        id,
        "place_contribution.sent",
        data,
    ));
    if let Some(network) = &network.0
        && !within(tx, "contribute", network, PER_NETWORK).await?
    {
        return Ok(false);
    }
    tx.run(
        sql!("insert into place_contributions (id, place, place_name, kind, text, state, secret_hash, created_at, version) values ($1, $2, $3, $4, $5, 'waiting', $6, $7, 1)"),
        args![id, &new.place, &new.place_name, &new.kind, &new.text, secret.hash(), now],
    )
    .await?;
    if let Some(contact) = &new.contact {
        tx.run(
            sql!("insert into place_contribution_contacts (contribution, contact) values ($1, $2)"),
            args![id, contact],
        )
        .await?;
    }
    Ok(true)
}

/// The one that a secret belongs to.
pub(super) async fn of_secret(
    tx: &mut ReadTx,
    secret: &Token,
) -> Result<Option<Contribution>, DbError> {
    tx.optional(
        sql!("select id, place, place_name, kind, text, state, reason, created_at, version, cast(null as text) as contact from place_contributions where secret_hash = $1"),
        args![secret.hash()],
    )
    .await?
    .map(|row| Contribution::read(&row))
    .transpose()
}

/// The one of an id, with how to reach its writer.
pub(super) async fn find(tx: &mut ReadTx, id: Uuid) -> Result<Contribution, DbError> {
    let row = tx
        .one(
            sql!("select id, place, place_name, kind, text, state, reason, created_at, version, contact from place_contributions left join place_contribution_contacts on contribution = id where id = $1"),
            args![id],
        )
        .await?;
    Contribution::read(&row)
}

/// Those of a state, the longest waiting first; 100 at most.
pub(super) async fn of_state(tx: &mut ReadTx, state: &str) -> Result<Vec<Contribution>, DbError> {
    tx.all(
        sql!("select id, place, place_name, kind, text, state, reason, created_at, version, contact from place_contributions left join place_contribution_contacts on contribution = id where state = $1 order by created_at, id limit 100"),
        args![state],
    )
    .await?
    .iter()
    .map(Contribution::read)
    .collect()
}

/// How many wait.
pub(super) async fn waiting(tx: &mut ReadTx) -> Result<i64, DbError> {
    tx.count(
        sql!("select count(*) from place_contributions where state = 'waiting'"),
        args![],
    )
    .await
}

/// Approves or refuses one in the version that was looked at.
pub(super) async fn decide(
    tx: &mut Tx,
    id: Uuid,
    version: i64,
    state: &'static str,
    reason: Option<&str>,
) -> Result<(), DbError> {
    let now = tx.now();
    let by = tx.actor().user;
    tx.run_versioned(
        sql!("update place_contributions set state = $3, reason = $4, decided_at = $5, decided_by = $6, version = version + 1 where id = $1 and version = $2 and state <> 'withdrawn'"),
        args![id, version, state, reason, now, by],
    )
    .await?;
    let kind = if state == "approved" {
        "place_contribution.approved"
    } else {
        "place_contribution.refused"
    };
    let data = json!({ "reason": reason });
    tx.record(Event::new("place_contribution", id, kind, data));
    Ok(())
}

/// Whoever wrote it takes it back: the words and the way to reach them go.
pub(super) async fn withdraw(tx: &mut Tx, id: Uuid) -> Result<(), DbError> {
    let now = tx.now();
    tx.run(
        sql!("delete from place_contribution_contacts where contribution = $1"),
        args![id],
    )
    .await?;
    tx.run(
        sql!("update place_contributions set state = 'withdrawn', text = '', reason = null, decided_at = $2, version = version + 1 where id = $1"),
        args![id, now],
    )
    .await?;
    tx.record(Event::new(
        "place_contribution",
        id,
        "place_contribution.withdrawn",
        json!({}),
    ));
    Ok(())
}

/// The day on which it came, in words.
pub(super) fn came(one: &Contribution) -> String {
    day(one
        .created_at
        .with_timezone(&chrono_tz::Europe::London)
        .date_naive())
}
