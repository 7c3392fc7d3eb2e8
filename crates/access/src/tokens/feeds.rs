//! Subscription addresses: `/feeds/{secret}/{feed}`.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use commonweal_core::events::Event;
use commonweal_core::ids::uuid_at;
use commonweal_core::{DbError, ReadTx, Tx, args, read, sql, upkeep};
use serde_json::json;
use uuid::Uuid;

use super::store::{Found, Listed};
use crate::session::{self, Token};
use crate::web::{App, PageError, Viewer, Visit};

const ROOT: &str = "/feeds/";

/// The secret of a subscription address: 128 random bits. Only its hash is kept, so it is shown
/// when it is made and never again.
#[derive(Clone, PartialEq, Eq)]
pub struct FeedSecret {
    secret: Token,
    feed: String,
}

impl FeedSecret {
    /// The address's path, such as `/feeds/0f3c…/tasks.ics`; before it stands
    /// [`Settings::address`](crate::web::Settings::address).
    #[must_use]
    pub fn path(&self) -> String {
        format!("{ROOT}{}/{}", self.secret.secret(), self.feed)
    }
}

impl std::fmt::Debug for FeedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FeedSecret({})", self.feed)
    }
}

/// Makes a subscription address of a user for one feed (`tasks.ics`: its path after the secret).
/// A person may have several for one feed, such as one for each device.
///
/// # Errors
/// [`DbError`].
pub async fn feed_secret(tx: &mut Tx, user: Uuid, feed: &str) -> Result<FeedSecret, DbError> {
    let (now, secret) = (tx.now(), Token::short()?);
    let (id, purpose) = (uuid_at(now), session::purpose_of(tx, user).await?);
    tx.run(
        sql!("insert into feed_secrets (id, user_id, feed, secret, purpose, created_at) values ($1, $2, $3, $4, $5, $6)"),
        args![id, user, feed, secret.hash(), purpose, now],
    )
    .await?;
    tx.record(Event::new(
        "user",
        user,
        "user.subscription_made",
        json!({ "subscription": id, "feed": feed }),
    ));
    Ok(FeedSecret {
        secret,
        feed: feed.to_owned(),
    })
}

/// Whose subscription it is, with the rights that its user has now; none where the secret does not
/// open this feed: wrong, revoked, or of somebody who may no longer sign in. The answer then is
/// 'not found'. Guessing 128 bits is hopeless, so guesses are not slowed down.
///
/// # Errors
/// [`PageError`] where the database does not answer.
pub async fn feed_viewer(app: &App, secret: &str, feed: &str) -> Result<Option<Viewer>, PageError> {
    let (now, token) = (app.clock.now(), Token::sent(secret));
    let visit = Visit::new(&format!("{ROOT}…/{feed}"), None, None);
    let looked: Result<_, DbError> = read!(&app.db, |tx| {
        let Some(found) = find(tx, &token, feed).await? else {
            return Ok(None);
        };
        let viewer = Viewer::load(tx, &found.session(now), &visit).await?;
        Ok(viewer.map(|viewer| (found, viewer)))
    })
    .await;
    let Some((found, viewer)) = looked? else {
        return Ok(None);
    };
    if found.stale(now) {
        let noted = upkeep!(&app.db, &app.clock, |tx| {
            let now = tx.now();
            tx.run(
                sql!("update feed_secrets set last_used_at = $2 where id = $1"),
                args![found.id, now],
            )
            .await?;
            Ok::<_, DbError>(())
        })
        .await;
        if let Err(error) = noted {
            tracing::warn!(%error, "a subscription's last use was not noted");
        }
    }
    Ok(Some(viewer))
}

async fn find(tx: &mut ReadTx, secret: &Token, feed: &str) -> Result<Option<Found>, DbError> {
    let found = tx
        .optional(
            sql!("select id, user_id, purpose, last_used_at, revoked_at from feed_secrets where secret = $1 and feed = $2"),
            args![secret.hash(), feed],
        )
        .await?;
    let Some(row) = found else { return Ok(None) };
    let revoked: Option<DateTime<Utc>> = row.get("revoked_at")?;
    Ok(Some(Found {
        id: row.get("id")?,
        user: row.get("user_id")?,
        purpose: row.get("purpose")?,
        last_used_at: row.get("last_used_at")?,
        open: revoked.is_none(),
    }))
}

/// A user's subscriptions that can still be used, newest first.
pub(super) async fn of_user(tx: &mut ReadTx, user: Uuid) -> Result<Vec<Listed>, DbError> {
    let rows = tx
        .all(
            sql!("select id, feed, created_at, last_used_at from feed_secrets where user_id = $1 and revoked_at is null order by created_at desc, id"),
            args![user],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Listed {
                id: row.get("id")?,
                name: row.get("feed")?,
                created_at: row.get("created_at")?,
                expires_at: None,
                last_used_at: row.get("last_used_at")?,
            })
        })
        .collect()
}

/// Revokes a subscription; [`DbError::NotFound`] where it is not this user's or was revoked.
pub(super) async fn revoke(tx: &mut Tx, user: Uuid, id: Uuid) -> Result<(), DbError> {
    let now = tx.now();
    let revoked = tx
        .run(
            sql!("update feed_secrets set revoked_at = $3 where id = $1 and user_id = $2 and revoked_at is null"),
            args![id, user, now],
        )
        .await?;
    if revoked == 0 {
        return Err(DbError::NotFound);
    }
    tx.record(Event::new(
        "user",
        user,
        "user.subscription_revoked",
        json!({ "subscription": id }),
    ));
    Ok(())
}

/// Where the private links of those who reported lead.
const TRACK: &str = "/track/";

/// A request's path as it may stand in logs: without the secret of a subscription or a private link.
pub(crate) fn shown_path(path: &str) -> Cow<'_, str> {
    for root in [ROOT, TRACK] {
        if let Some(rest) = path.strip_prefix(root) {
            let after = rest.split_once('/').map_or("", |(_, after)| after);
            return Cow::Owned(format!("{root}…/{after}"));
        }
    }
    Cow::Borrowed(path)
}

/// A subscription address of somebody, for the page of what it is a feed of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id, to revoke it by.
    pub id: Uuid,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When a program last fetched it, to the hour or so.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A user's addresses of one feed that still open it, newest first.
///
/// # Errors
/// [`DbError`].
pub async fn subscriptions(
    tx: &mut ReadTx,
    user: Uuid,
    feed: &str,
) -> Result<Vec<Subscription>, DbError> {
    let all = of_user(tx, user).await?.into_iter();
    Ok(all
        .filter(|listed| listed.name == feed)
        .map(|listed| Subscription {
            id: listed.id,
            created_at: listed.created_at,
            last_used_at: listed.last_used_at,
        })
        .collect())
}

/// Revokes an address of a user at once.
///
/// # Errors
/// [`DbError::NotFound`] where it is not this user's or was revoked before.
pub async fn end_subscription(tx: &mut Tx, user: Uuid, id: Uuid) -> Result<(), DbError> {
    revoke(tx, user, id).await
}
