//! Links that work once: the first administrator's, and those that set a new password.

use chrono::Duration;
use commonweal_core::events::Event;
use commonweal_core::{Clock, Db, DbError, ReadTx, Tx, args, sql, upkeep};
use serde_json::json;
use uuid::Uuid;

use super::codes;
use crate::session::{self, Token};
use crate::tokens;

/// What a reset resets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    /// The password, when the link is used; until then the old one holds.
    Password,
    /// At once the password, the second factor, passkeys and all sessions: for a lost phone or
    /// a stolen password.
    Everything,
}

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Creating the first administrator.
    First,
    /// Setting a password of this user.
    Reset(Uuid),
}

/// The path of a link's page, to follow the service's address.
#[must_use]
pub fn path(token: &Token) -> String {
    format!("/link/{}", token.secret())
}

/// A link that creates the first administrator, good for a day, as long as nobody has an account;
/// none as soon as somebody has. A new link makes the earlier ones void.
///
/// # Errors
/// [`DbError`].
pub async fn first_run_link(db: &Db, clock: &Clock) -> Result<Option<Token>, DbError> {
    upkeep!(db, clock, |tx| {
        if tx
            .count(sql!("select count(*) from users"), args![])
            .await?
            > 0
        {
            return Ok(None);
        }
        tx.run(
            sql!("delete from one_time_links where kind = 'first'"),
            args![],
        )
        .await?;
        make(tx, "first", None, Duration::days(1)).await.map(Some)
    })
    .await
}

/// A link that sets a user's password, good for three days. Earlier ones are void.
///
/// # Errors
/// [`DbError`].
pub async fn make_reset(tx: &mut Tx, user: Uuid, reset: Reset) -> Result<Token, DbError> {
    tx.run(
        sql!("delete from one_time_links where user_id = $1 and used_at is null"),
        args![user],
    )
    .await?;
    if reset == Reset::Everything {
        tx.run(
            sql!("update users set password = null where id = $1"),
            args![user],
        )
        .await?;
        tx.run(sql!("delete from passkeys where user_id = $1"), args![user])
            .await?;
        codes::turn_off(tx, user).await?;
        session::end_all(tx, user, None).await?;
        tokens::revoke_all(tx, user).await?;
    }
    tx.record(Event::new(
        "user",
        user,
        "user.reset",
        json!({ "everything": reset == Reset::Everything }),
    ));
    make(tx, "reset", Some(user), Duration::days(3)).await
}

async fn make(
    tx: &mut Tx,
    kind: &str,
    user: Option<Uuid>,
    good_for: Duration,
) -> Result<Token, DbError> {
    let token = Token::random()?;
    let now = tx.now();
    tx.run(
        sql!("insert into one_time_links (token, kind, user_id, created_at, expires_at) values ($1, $2, $3, $4, $5)"),
        args![token.hash(), kind, user, now, now + good_for],
    )
    .await?;
    Ok(token)
}

/// What an unused link is for; none where it is unknown, used, or has expired.
///
/// # Errors
/// [`DbError`].
pub async fn find(
    tx: &mut ReadTx,
    token: &Token,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Option<Link>, DbError> {
    let row = tx
        .optional(
            sql!("select kind, user_id from one_time_links where token = $1 and used_at is null and expires_at > $2"),
            args![token.hash(), now],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let user: Option<Uuid> = row.get("user_id")?;
    let kind: String = row.get("kind")?;
    if kind == "first" {
        let users = tx
            .count(sql!("select count(*) from users"), args![])
            .await?;
        return Ok((users == 0).then_some(Link::First));
    }
    let Some(user) = user else { return Ok(None) };
    let active = tx
        .count(
            sql!("select count(*) from users join agencies on agencies.id = users.agency where users.id = $1 and users.active and agencies.active"),
            args![user],
        )
        .await?;
    Ok((active == 1).then_some(Link::Reset(user)))
}

/// Uses a link up.
///
/// # Errors
/// [`DbError::NotFound`] where somebody was quicker.
pub async fn use_up(tx: &mut Tx, token: &Token) -> Result<(), DbError> {
    let now = tx.now();
    let used = tx
        .run(
            sql!("update one_time_links set used_at = $2 where token = $1 and used_at is null and expires_at > $2"),
            args![token.hash(), now],
        )
        .await?;
    if used == 1 {
        Ok(())
    } else {
        Err(DbError::NotFound)
    }
}
