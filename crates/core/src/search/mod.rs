//! Search: names, references, telephone numbers and free text, derived from the records and
//! rebuilt whenever its form changes. Answers come newest first and only from what the
//! viewer's scope allows: the scope is joined before anything is counted or cut off.

mod ask;
mod words;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use uuid::Uuid;

pub use ask::{Asked, Count, Found, Hit, Kind, subjects};
pub use words::{Question, normalised};

use crate::db::{DbError, Engine, Tx, sql_on};
use crate::{Clock, Db, args, insert, read, sql, upkeep};

/// The form of the derived tables: another number makes them anew.
const VERSION: i64 = 1;
const SQLITE: &str = include_str!("sqlite.sql");
const POSTGRES: &str = include_str!("postgres.sql");
const DROP: &str = "drop table if exists search_state; drop table if exists search_keys; \
                    drop table if exists search_text; drop table if exists search_entries;";

/// The tables' definition, which names the template of test databases.
#[cfg(any(test, feature = "testing"))]
pub(crate) const SCHEMA: &str = include_str!("postgres.sql");

/// What search knows of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The record.
    pub subject: Uuid,
    /// Its kind, such as `case`.
    pub kind: &'static str,
    /// What 'newest' means for it.
    pub at: DateTime<Utc>,
    /// Names of people, places and organisations in it, also former and other names.
    pub names: Vec<String>,
    /// Its own reference and those of other agencies.
    pub references: Vec<String>,
    /// Telephone numbers in it.
    pub telephones: Vec<String>,
    /// Free text.
    pub text: String,
}

/// Where the entries of a kind come from when search is rebuilt: a plain value that an area
/// makes and the binary registers.
#[derive(Clone)]
pub struct Source {
    /// The kind of record.
    pub kind: &'static str,
    read: Read,
}

type Read =
    Arc<dyn Fn(Db, Option<Uuid>) -> BoxFuture<'static, Result<Vec<Entry>, DbError>> + Send + Sync>;

impl Source {
    /// A source that gives entries in the order of their subjects, some hundreds at a time,
    /// after the subject that it is given; none at the end.
    pub fn new<F, Fut>(kind: &'static str, read: F) -> Self
    where
        F: Fn(Db, Option<Uuid>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<Entry>, DbError>> + Send + 'static,
    {
        Self {
            kind,
            read: Arc::new(move |db, after| Box::pin(read(db, after))),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.kind).finish()
    }
}

/// Makes the derived tables where they are absent or of another form.
pub(crate) async fn prepare(db: &Db) -> Result<(), DbError> {
    let make = match db.engine() {
        Engine::Sqlite => SQLITE,
        Engine::Postgres => POSTGRES,
    };
    db.script(make).await?;
    if read!(db, |tx| built(tx).await)
        .await?
        .is_some_and(|version| version != VERSION)
    {
        db.script(DROP).await?;
        db.script(make).await?;
    }
    Ok(())
}

async fn built(tx: &mut crate::ReadTx) -> Result<Option<i64>, DbError> {
    tx.optional(
        sql!("select version from search_state order by version desc limit 1"),
        args![],
    )
    .await?
    .map(|row| row.at(0))
    .transpose()
}

/// Rebuilds everything where the tables are new; returns the number of entries, 0 where
/// they are not.
///
/// # Errors
/// [`DbError`].
pub async fn rebuild_if_new(db: &Db, clock: &Clock, sources: &[Source]) -> Result<u64, DbError> {
    if read!(db, |tx| built(tx).await).await?.is_some() {
        return Ok(0);
    }
    rebuild(db, clock, sources).await
}

/// Takes every entry up again; searching goes on meanwhile. Returns the number of entries.
///
/// # Errors
/// [`DbError`].
pub async fn rebuild(db: &Db, clock: &Clock, sources: &[Source]) -> Result<u64, DbError> {
    let mut done = 0;
    for source in sources {
        let mut after = None;
        loop {
            let entries = (source.read)(db.clone(), after).await?;
            let Some(last) = entries.last() else { break };
            after = Some(last.subject);
            done += entries.len() as u64;
            upkeep!(db, clock, |tx| {
                for entry in &entries {
                    put(tx, entry).await?;
                }
                Ok::<_, DbError>(())
            })
            .await?;
        }
    }
    upkeep!(db, clock, |tx| {
        let now = tx.now();
        tx.run(
            sql!(
                "insert into search_state (version, built_at) values ($1, $2)
                 on conflict (version) do update set built_at = excluded.built_at"
            ),
            args![VERSION, now],
        )
        .await
    })
    .await?;
    Ok(done)
}

/// Takes an entry up, in the transaction that makes or changes the record.
///
/// # Errors
/// [`DbError`].
pub async fn put(tx: &mut Tx, entry: &Entry) -> Result<(), DbError> {
    let number: i64 = tx
        .one(
            sql!(
                "insert into search_entries (subject, kind, at) values ($1, $2, $3)
                 on conflict (subject) do update set kind = excluded.kind, at = excluded.at
                 returning number"
            ),
            args![entry.subject, entry.kind, entry.at],
        )
        .await?
        .at(0)?;
    clear(tx, number).await?;
    let keys = words::keys(&entry.names, &entry.references, &entry.telephones);
    let rows = keys
        .into_iter()
        .flat_map(|key| args![key, number])
        .collect();
    tx.insert_many(insert!("search_keys", "key, number"), rows)
        .await?;
    let all: Vec<&str> = entry
        .names
        .iter()
        .map(String::as_str)
        .chain([entry.text.as_str()])
        .collect();
    let engine = tx.engine();
    tx.run(
        sql_on!(
            engine,
            sqlite: "insert into search_text (rowid, words) values ($1, $2)",
            postgres: "update search_entries set words = to_tsvector('simple', $2) where number = $1",
        ),
        args![number, normalised(&all.join(" "))],
    )
    .await?;
    Ok(())
}

/// Forgets a record, in the transaction that erases it.
///
/// # Errors
/// [`DbError`].
pub async fn remove(tx: &mut Tx, subject: Uuid) -> Result<(), DbError> {
    let row = tx
        .optional(
            sql!("select number from search_entries where subject = $1"),
            args![subject],
        )
        .await?;
    if let Some(row) = row {
        let number = row.at(0)?;
        clear(tx, number).await?;
        tx.run(
            sql!("delete from search_entries where number = $1"),
            args![number],
        )
        .await?;
    }
    Ok(())
}

async fn clear(tx: &mut Tx, number: i64) -> Result<(), DbError> {
    tx.run(
        sql!("delete from search_keys where number = $1"),
        args![number],
    )
    .await?;
    if tx.engine() == Engine::Sqlite {
        tx.run(
            sql_on!(
                Engine::Sqlite,
                sqlite: "delete from search_text where rowid = $1",
                postgres: "update search_entries set words = null where number = $1",
            ),
            args![number],
        )
        .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
