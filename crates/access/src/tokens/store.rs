//! Tokens and subscription addresses in the database.

use chrono::{DateTime, Duration, Utc};
use commonweal_core::events::Event;
use commonweal_core::ids::uuid_at;
use commonweal_core::{Clock, Db, DbError, ReadTx, Tx, args, sql, upkeep};
use serde_json::json;
use uuid::Uuid;

use crate::session::{self, Token};

/// A token or subscription as its user sees it in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its id.
    pub(crate) id: Uuid,
    /// A token's name, or a subscription's feed.
    pub(crate) name: String,
    /// When it was made.
    pub(crate) created_at: DateTime<Utc>,
    /// When it ends; subscriptions have no end.
    pub(crate) expires_at: Option<DateTime<Utc>>,
    /// Its last use, to the minute.
    pub(crate) last_used_at: Option<DateTime<Utc>>,
}

/// What a secret stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) id: Uuid,
    pub(crate) user: Uuid,
    pub(crate) purpose: String,
    pub(crate) last_used_at: Option<DateTime<Utc>>,
    /// Whether it can still be used.
    pub(crate) open: bool,
}

impl Found {
    /// It as a session of this one request, so that the access log can name it.
    pub(crate) fn session(&self, now: DateTime<Utc>) -> session::Session {
        session::Session {
            id: self.id,
            user: self.user,
            purpose: self.purpose.clone(),
            used_at: self.last_used_at.unwrap_or(now),
            flash: None,
            open: self.open,
        }
    }

    /// Whether its last use should be noted anew.
    pub(crate) fn stale(&self, now: DateTime<Utc>) -> bool {
        self.last_used_at
            .is_none_or(|last| now - last >= Duration::minutes(1))
    }
}

/// Makes a token of a user, for a time, under the purpose of the user's first role.
pub(crate) async fn add(
    tx: &mut Tx,
    user: Uuid,
    name: &str,
    lasts: Duration,
) -> Result<Token, DbError> {
    let (now, token) = (tx.now(), Token::random()?);
    let (id, purpose) = (uuid_at(now), session::purpose_of(tx, user).await?);
    tx.run(
        sql!("insert into api_tokens (id, user_id, name, token, purpose, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)"),
        args![id, user, name, token.hash(), purpose, now, now + lasts],
    )
    .await?;
    tx.record(Event::new(
        "user",
        user,
        "user.token_made",
        json!({ "token": id, "name": name, "expires_at": now + lasts }),
    ));
    Ok(token)
}

/// A user's tokens that can still be used, newest first.
pub(crate) async fn of_user(
    tx: &mut ReadTx,
    user: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<Listed>, DbError> {
    let rows = tx
        .all(
            sql!("select id, name, created_at, expires_at, last_used_at from api_tokens where user_id = $1 and revoked_at is null and expires_at > $2 order by created_at desc, id"),
            args![user, now],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Listed {
                id: row.get("id")?,
                name: row.get("name")?,
                created_at: row.get("created_at")?,
                expires_at: Some(row.get("expires_at")?),
                last_used_at: row.get("last_used_at")?,
            })
        })
        .collect()
}

/// Revokes a token of a user; [`DbError::NotFound`] where it is not this user's or was revoked.
pub(crate) async fn revoke(tx: &mut Tx, user: Uuid, id: Uuid) -> Result<(), DbError> {
    let now = tx.now();
    let revoked = tx
        .run(
            sql!("update api_tokens set revoked_at = $3 where id = $1 and user_id = $2 and revoked_at is null"),
            args![id, user, now],
        )
        .await?;
    if revoked == 0 {
        return Err(DbError::NotFound);
    }
    tx.record(Event::new(
        "user",
        user,
        "user.token_revoked",
        json!({ "token": id }),
    ));
    Ok(())
}

/// What a token stands for, whether it still holds or not.
pub(crate) async fn find(
    tx: &mut ReadTx,
    token: &Token,
    now: DateTime<Utc>,
) -> Result<Option<Found>, DbError> {
    let found = tx
        .optional(
            sql!("select id, user_id, purpose, expires_at, last_used_at, revoked_at from api_tokens where token = $1"),
            args![token.hash()],
        )
        .await?;
    let Some(row) = found else { return Ok(None) };
    let revoked: Option<DateTime<Utc>> = row.get("revoked_at")?;
    Ok(Some(Found {
        id: row.get("id")?,
        user: row.get("user_id")?,
        purpose: row.get("purpose")?,
        last_used_at: row.get("last_used_at")?,
        open: revoked.is_none() && now < row.get::<DateTime<Utc>>("expires_at")?,
    }))
}

/// Notes that a token is in use; the caller does so at most once a minute.
pub(crate) async fn touch(db: &Db, clock: &Clock, id: Uuid) -> Result<(), DbError> {
    upkeep!(db, clock, |tx| {
        let now = tx.now();
        tx.run(
            sql!("update api_tokens set last_used_at = $2 where id = $1"),
            args![id, now],
        )
        .await?;
        Ok::<_, DbError>(())
    })
    .await
}
