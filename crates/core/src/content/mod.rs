//! Content: what differs between partnerships (forms, letters, measures, texts), as
//! versions with a date from which they hold. A version is never changed: a letter of last
//! year can be shown as it was. Copies of the application follow [`GENERATION`].

mod folder;

use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

pub use folder::{Applied, FolderError, apply, export};

use crate::db::{DbError, ReadTx, Tx};
use crate::events::Event;
use crate::ids::uuid_at;
use crate::{Clock, Db, Row, args, generations, sql, upkeep};

/// The generation that grows with every new version.
pub const GENERATION: &str = "content";

/// A kind of content: a plain value that an area makes and the binary registers.
#[derive(Clone)]
pub struct Kind {
    /// Its name, and its folder's: `forms`, `letters`.
    pub name: &'static str,
    check: Arc<Check>,
}

type Check = dyn Fn(&str, &str) -> Result<(), String> + Send + Sync;

impl Kind {
    /// A kind whose bodies a function checks: it is given key and body, and says what is
    /// wrong, where, and what to do.
    pub fn new(
        name: &'static str,
        check: impl Fn(&str, &str) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            check: Arc::new(check),
        }
    }

    /// Checks a body.
    ///
    /// # Errors
    /// What is wrong with it, in the words of the kind.
    pub fn check(&self, key: &str, body: &str) -> Result<(), String> {
        (self.check)(key, body)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Kind").field(&self.name).finish()
    }
}

/// A piece of content as it is shipped with the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipped {
    /// Its kind's name.
    pub kind: String,
    /// Its key: the file's name, such as `report.toml`.
    pub key: String,
    /// Its text.
    pub body: String,
}

/// A version of a piece of content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its kind's name.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its number, from 1.
    pub version: i64,
    /// Its text.
    pub body: String,
    /// The text's hash.
    pub sha256: String,
    /// Whether it was shipped with the program or is the partnership's own.
    pub shipped: bool,
    /// The first day on which it holds.
    pub effective_from: NaiveDate,
}

impl Version {
    fn read(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            kind: row.get("kind")?,
            key: row.get("key")?,
            version: row.get("version")?,
            body: row.get("body")?,
            sha256: row.get("sha256")?,
            shipped: row.get::<String>("origin")? == "shipped",
            effective_from: row.get("effective_from")?,
        })
    }
}

fn sha256(body: &str) -> String {
    hex::encode(Sha256::digest(body))
}

/// The version that holds on a day.
///
/// # Errors
/// [`DbError`].
pub async fn current(
    tx: &mut ReadTx,
    kind: &str,
    key: &str,
    on: NaiveDate,
) -> Result<Option<Version>, DbError> {
    tx.optional(
        sql!(
            "select kind, key, version, body, sha256, origin, effective_from from content
             where kind = $1 and key = $2 and state = 'published' and effective_from <= $3
             order by effective_from desc, version desc limit 1"
        ),
        args![kind, key, on],
    )
    .await?
    .map(|row| Version::read(&row))
    .transpose()
}

/// A version by its number: what a record was made with.
///
/// # Errors
/// [`DbError::NotFound`] where there is none.
pub async fn version(
    tx: &mut ReadTx,
    kind: &str,
    key: &str,
    version: i64,
) -> Result<Version, DbError> {
    let row = tx
        .one(
            sql!(
                "select kind, key, version, body, sha256, origin, effective_from from content
                 where kind = $1 and key = $2 and version = $3"
            ),
            args![kind, key, version],
        )
        .await?;
    Version::read(&row)
}

/// Everything that holds on a day, by kind and key.
///
/// # Errors
/// [`DbError`].
pub async fn all_current(tx: &mut ReadTx, on: NaiveDate) -> Result<Vec<Version>, DbError> {
    let rows = tx
        .all(
            sql!(
                "select kind, key, version, body, sha256, origin, effective_from from content
                 where state = 'published' and effective_from <= $1
                 and not exists (
                   select 1 from content later where later.kind = content.kind and later.key = content.key
                   and later.state = 'published' and later.effective_from <= $1
                   and (later.effective_from, later.version) > (content.effective_from, content.version))
                 order by kind, key"
            ),
            args![on],
        )
        .await?;
    rows.iter().map(Version::read).collect()
}

/// Publishes a version of the partnership's own, which holds from a day on. The body has
/// passed its kind's check. Returns its number.
///
/// # Errors
/// [`DbError`].
pub async fn publish(
    tx: &mut Tx,
    kind: &str,
    key: &str,
    body: &str,
    effective_from: NaiveDate,
) -> Result<i64, DbError> {
    let (id, version) = add(tx, kind, key, body, "own", "published", effective_from).await?;
    tx.record(Event::new(
        "content",
        id,
        "content.published",
        serde_json::json!({"kind": kind, "key": key, "version": version}),
    ));
    generations::bump(tx, GENERATION).await?;
    Ok(version)
}

/// Withdraws a version: the one before holds again.
///
/// # Errors
/// [`DbError::Stale`] where it is not published any more.
pub async fn withdraw(tx: &mut Tx, kind: &str, key: &str, version: i64) -> Result<(), DbError> {
    let id: Option<Uuid> = tx
        .optional(
            sql!(
                "update content set state = 'withdrawn'
                 where kind = $1 and key = $2 and version = $3 and state = 'published' returning id"
            ),
            args![kind, key, version],
        )
        .await?
        .map(|row| row.at(0))
        .transpose()?;
    let id = id.ok_or(DbError::Stale)?;
    tx.record(Event::new(
        "content",
        id,
        "content.withdrawn",
        serde_json::json!({"kind": kind, "key": key, "version": version}),
    ));
    generations::bump(tx, GENERATION).await?;
    Ok(())
}

async fn add(
    tx: &mut Tx,
    kind: &str,
    key: &str,
    body: &str,
    origin: &str,
    state: &str,
    effective_from: NaiveDate,
) -> Result<(Uuid, i64), DbError> {
    let last = tx
        .count(
            sql!("select coalesce(max(version), 0) from content where kind = $1 and key = $2"),
            args![kind, key],
        )
        .await?;
    let (now, actor) = (tx.now(), tx.actor().user);
    let id = uuid_at(now);
    tx.run(
        sql!(
            "insert into content (id, kind, key, version, body, sha256, origin, state, effective_from, created_at, created_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ),
        args![
            id,
            kind,
            key,
            last + 1,
            body,
            sha256(body),
            origin,
            state,
            effective_from,
            now,
            actor
        ],
    )
    .await?;
    Ok((id, last + 1))
}

/// What [`install`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Installed {
    /// New or changed pieces that now hold.
    pub published: u32,
    /// Changed pieces that wait beside the partnership's own version.
    pub offered: u32,
    /// Pieces that were there already.
    pub unchanged: u32,
}

/// Takes up what the program ships, at start. A shipped text that changed becomes a new
/// version, unless the partnership has its own: then it is only offered.
///
/// # Errors
/// [`DbError`].
pub async fn install(db: &Db, clock: &Clock, shipped: &[Shipped]) -> Result<Installed, DbError> {
    let today = clock.today();
    upkeep!(db, clock, |tx| {
        let mut done = Installed::default();
        for item in shipped {
            let known = tx
                .count(
                    sql!("select count(*) from content where kind = $1 and key = $2 and origin = 'shipped' and sha256 = $3"),
                    args![&item.kind, &item.key, sha256(&item.body)],
                )
                .await?;
            if known > 0 {
                done.unchanged += 1;
                continue;
            }
            let own = current(tx, &item.kind, &item.key, today)
                .await?
                .is_some_and(|version| !version.shipped);
            let state = if own { "offered" } else { "published" };
            add(tx, &item.kind, &item.key, &item.body, "shipped", state, today).await?;
            if own {
                done.offered += 1;
            } else {
                done.published += 1;
            }
        }
        if done.published > 0 {
            generations::bump(tx, GENERATION).await?;
        }
        Ok::<_, DbError>(done)
    })
    .await
}

#[cfg(test)]
mod tests;
