//! Sessions of our own: a random token in a cookie, its hash in the database.

use chrono::{DateTime, Duration, Utc};
use commonweal_core::events::Event;
use commonweal_core::ids::new_uuid;
use commonweal_core::{Clock, Db, DbError, ReadTx, Tx, args, sql, upkeep};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// A secret of 256 random bits, in hexadecimal; the database only ever holds its hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A new secret from the operating system.
    ///
    /// # Errors
    /// Where the operating system has no randomness to give.
    pub fn random() -> Result<Self, DbError> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes)
            .map_err(|_| DbError::Setup("the system gives no random numbers".to_owned()))?;
        Ok(Self(hex::encode(bytes)))
    }

    /// A new secret of 128 bits, for addresses that people copy.
    ///
    /// # Errors
    /// As [`Token::random`].
    pub fn short() -> Result<Self, DbError> {
        let mut whole = Self::random()?;
        whole.0.truncate(32);
        Ok(whole)
    }

    /// A secret that somebody sent.
    #[must_use]
    pub fn sent(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// What is stored of it: SHA-256, enough for a secret that cannot be guessed.
    #[must_use]
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }

    /// The secret itself, for the cookie or link.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// How long sessions last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Without use.
    pub idle: Duration,
    /// In all.
    pub longest: Duration,
}

impl Default for Terms {
    /// An hour without use, a working day in all.
    fn default() -> Self {
        Self {
            idle: Duration::hours(1),
            longest: Duration::hours(12),
        }
    }
}

/// A session as the database holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id (not its secret).
    pub id: Uuid,
    /// Whose it is.
    pub user: Uuid,
    /// The purpose that its work is recorded under.
    pub purpose: String,
    /// When it was last used, to the minute.
    pub used_at: DateTime<Utc>,
    /// A message for the next page.
    pub flash: Option<String>,
    /// Whether it can still be used.
    pub open: bool,
}

/// Finds the session of a token, open or ended.
///
/// # Errors
/// [`DbError`].
pub async fn find(
    tx: &mut ReadTx,
    token: &Token,
    now: DateTime<Utc>,
) -> Result<Option<Session>, DbError> {
    let found = tx
        .optional(
            sql!("select id, user_id, purpose, used_at, idle_until, ends_at, ended_at, flash from sessions where token = $1"),
            args![token.hash()],
        )
        .await?;
    let Some(row) = found else { return Ok(None) };
    let ended: Option<DateTime<Utc>> = row.get("ended_at")?;
    let idle_until: DateTime<Utc> = row.get("idle_until")?;
    let ends_at: DateTime<Utc> = row.get("ends_at")?;
    Ok(Some(Session {
        id: row.get("id")?,
        user: row.get("user_id")?,
        purpose: row.get("purpose")?,
        used_at: row.get("used_at")?,
        flash: row.get("flash")?,
        open: ended.is_none() && now < idle_until && now < ends_at,
    }))
}

/// What a new session is started with.
#[derive(Debug, Clone)]
pub struct Start<'a> {
    /// Who signed in.
    pub user: Uuid,
    /// The browser, in a few words.
    pub browser: &'a str,
    /// How: `password`, `password and code`, `passkey`, `organisation`, `link`.
    pub method: &'static str,
    /// The session that this browser had before: it ends, so that no token outlives a sign-in.
    pub before: Option<&'a Token>,
}

/// Starts a session with a new token. Its purpose is that of the user's first role.
///
/// # Errors
/// [`DbError`].
pub async fn start(
    tx: &mut Tx,
    clock: &Clock,
    terms: Terms,
    start: &Start<'_>,
) -> Result<Token, DbError> {
    let now = tx.now();
    if let Some(before) = start.before {
        tx.run(
            sql!("update sessions set ended_at = $2 where token = $1 and ended_at is null"),
            args![before.hash(), now],
        )
        .await?;
    }
    let purpose = purpose_of(tx, start.user).await?;
    let token = Token::random()?;
    let id = new_uuid(clock);
    tx.run(
        sql!("insert into sessions (id, token, user_id, purpose, browser, method, created_at, used_at, idle_until, ends_at) values ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9)"),
        args![id, token.hash(), start.user, purpose, start.browser, start.method, now, now + terms.idle, now + terms.longest],
    )
    .await?;
    tx.run(
        sql!("update users set last_sign_in = $2 where id = $1"),
        args![start.user, now],
    )
    .await?;
    tx.record(Event::new(
        "user",
        start.user,
        "user.signed_in",
        json!({ "method": start.method, "session": id }),
    ));
    Ok(token)
}

/// The purpose of a user's first role, which work is recorded under unless another is stated.
pub(crate) async fn purpose_of(tx: &mut ReadTx, user: Uuid) -> Result<String, DbError> {
    let found = tx
        .optional(
            sql!("select roles.purpose from user_roles join roles on roles.key = user_roles.role where user_roles.user_id = $1 order by roles.position, roles.key limit 1"),
            args![user],
        )
        .await?;
    let purpose = found.map(|row| row.get("purpose")).transpose()?;
    Ok(purpose.unwrap_or_else(|| "own account".to_owned()))
}

/// Notes that a session is in use; the caller does so at most once a minute.
///
/// # Errors
/// [`DbError`].
pub async fn touch(db: &Db, clock: &Clock, terms: Terms, session: Uuid) -> Result<(), DbError> {
    upkeep!(db, clock, |tx| {
        let now = tx.now();
        tx.run(
            sql!("update sessions set used_at = $2, idle_until = $3 where id = $1 and ended_at is null"),
            args![session, now, now + terms.idle],
        )
        .await?;
        Ok::<_, DbError>(())
    })
    .await
}

/// Sets or clears the message for the next page.
///
/// # Errors
/// [`DbError`].
pub async fn set_flash(
    db: &Db,
    clock: &Clock,
    session: Uuid,
    text: Option<&str>,
) -> Result<(), DbError> {
    let text = text.map(str::to_owned);
    upkeep!(db, clock, |tx| {
        tx.run(
            sql!("update sessions set flash = $2 where id = $1"),
            args![session, text.clone()],
        )
        .await?;
        Ok::<_, DbError>(())
    })
    .await
}

/// An open session as its user sees it in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its id.
    pub id: Uuid,
    /// The browser, in a few words.
    pub browser: String,
    /// How it was signed in.
    pub method: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Last use, to the minute.
    pub used_at: DateTime<Utc>,
}

/// A user's open sessions, last used first.
///
/// # Errors
/// [`DbError`].
pub async fn open(tx: &mut ReadTx, user: Uuid, now: DateTime<Utc>) -> Result<Vec<Listed>, DbError> {
    let rows = tx
        .all(
            sql!("select id, browser, method, created_at, used_at from sessions where user_id = $1 and ended_at is null and idle_until > $2 and ends_at > $2 order by used_at desc, id"),
            args![user, now],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Listed {
                id: row.get("id")?,
                browser: row.get("browser")?,
                method: row.get("method")?,
                created_at: row.get("created_at")?,
                used_at: row.get("used_at")?,
            })
        })
        .collect()
}

/// Ends one session of a user.
///
/// # Errors
/// [`DbError::NotFound`] where it is not this user's or has ended.
pub async fn end(tx: &mut Tx, user: Uuid, session: Uuid) -> Result<(), DbError> {
    let now = tx.now();
    let ended = tx
        .run(
            sql!("update sessions set ended_at = $3 where id = $1 and user_id = $2 and ended_at is null"),
            args![session, user, now],
        )
        .await?;
    if ended == 0 {
        return Err(DbError::NotFound);
    }
    tx.record(Event::new(
        "user",
        user,
        "user.session_ended",
        json!({ "session": session }),
    ));
    Ok(())
}

/// Ends all sessions of a user, but for one where the user goes on in it.
///
/// # Errors
/// [`DbError`].
pub async fn end_all(tx: &mut Tx, user: Uuid, except: Option<Uuid>) -> Result<(), DbError> {
    let now = tx.now();
    let except = except.unwrap_or(Uuid::nil());
    let ended = tx
        .run(
            sql!("update sessions set ended_at = $2 where user_id = $1 and ended_at is null and id <> $3"),
            args![user, now, except],
        )
        .await?;
    tx.record(Event::new(
        "user",
        user,
        "user.sessions_ended",
        json!({ "sessions": ended }),
    ));
    Ok(())
}

/// Removes what has served its time: ended sessions and access tokens after 30 days, kept forms and counts of failed
/// sign-ins after a day, steps and links past their end. To be called now and then by a job.
///
/// # Errors
/// [`DbError`].
pub async fn sweep(db: &Db, clock: &Clock) -> Result<(), DbError> {
    upkeep!(db, clock, |tx| {
        let now = tx.now();
        let (day, month) = (now - Duration::days(1), now - Duration::days(30));
        tx.run(
            sql!("delete from sessions where ends_at < $1"),
            args![month],
        )
        .await?;
        tx.run(
            sql!("delete from api_tokens where expires_at < $1"),
            args![month],
        )
        .await?;
        tx.run(
            sql!("delete from kept_forms where created_at < $1"),
            args![day],
        )
        .await?;
        tx.run(
            sql!("delete from sign_in_attempts where last_at < $1"),
            args![day],
        )
        .await?;
        tx.run(
            sql!("delete from sign_in_steps where expires_at < $1"),
            args![now],
        )
        .await?;
        tx.run(
            sql!("delete from one_time_links where expires_at < $1"),
            args![month],
        )
        .await?;
        Ok::<_, DbError>(())
    })
    .await
}

/// A browser in a few words, from its `User-Agent`: enough to know one's own sessions apart.
#[must_use]
pub fn browser(agent: &str) -> String {
    let first = |names: &[(&str, &'static str)], other| {
        names
            .iter()
            .find(|(sign, _)| agent.contains(sign))
            .map_or(other, |(_, name)| *name)
    };
    let browser = first(
        &[
            ("Edg", "Edge"),
            ("OPR/", "Opera"),
            ("Firefox/", "Firefox"),
            ("Chrome/", "Chrome"),
            ("Safari/", "Safari"),
            ("curl/", "curl"),
        ],
        "Unknown browser",
    );
    let system = first(
        &[
            ("Windows", "Windows"),
            ("Android", "Android"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Mac OS", "Mac"),
            ("Linux", "Linux"),
        ],
        "unknown system",
    );
    format!("{browser} on {system}")
}
