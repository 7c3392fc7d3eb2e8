//! One way to read and one way to write, over SQLite and PostgreSQL.
//!
//! ```no_run
//! # use commonweal_core::{Clock, Db, DbError, args, read, sql, write, events::{Actor, Event}};
//! # async fn example(db: &Db, clock: &Clock, actor: &Actor, id: uuid::Uuid) -> Result<(), DbError> {
//! write!(db, clock, actor, |tx| {
//!     tx.run(sql!("update agencies set name = $2 where id = $1"), args![id, "Wardens"]).await?;
//!     tx.record(Event::new("agency", id, "agency.renamed", serde_json::json!({"name": "Wardens"})));
//!     Ok::<_, DbError>(())
//! })
//! .await?;
//! let count = read!(db, |tx| tx.count(sql!("select count(*) from agencies"), args![]).await).await?;
//! # let _ = count; Ok(())
//! # }
//! ```
//!
//! `write!` and `read!` are macros, not functions that take an async closure: on today's
//! compiler such a function's future is not seen to be `Send` (rust-lang/rust#110338),
//! and every handler of the web server must be.

mod error;
#[cfg(any(test, feature = "testing"))]
pub(crate) mod fresh;
mod list;
mod listing;
mod row;
mod statement;
mod tx;
mod value;
mod write;

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, PgPool, SqlitePool};

pub use error::DbError;
pub(crate) use list::numbered;
pub use list::{Asked, Filter, List, Listed, Predicate, Sort};
pub use listing::{Condition, Listing};
pub use row::{Row, Scalar};
#[doc(hidden)]
pub use statement::Registered;
pub(crate) use statement::sql_on;
pub use statement::{Insert, Statement};
pub use tx::{ReadTx, Tx};
pub use value::Value;
pub use write::Attempts;

use crate::Clock;
use crate::events::Actor;
use tx::Inner;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");

/// The versions of all migrations that this program knows.
pub(crate) fn migrations() -> impl Iterator<Item = i64> {
    MIGRATIONS.iter().map(|migration| migration.version)
}

/// Which database this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, a file in the data folder.
    Sqlite,
    /// A server.
    Postgres,
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db(Pools);

#[derive(Clone)]
enum Pools {
    /// One connection writes, so that writers queue in order instead of failing; others read.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

impl Db {
    /// Opens (and makes, where absent) the SQLite database in a file.
    ///
    /// # Errors
    /// Where the file cannot be made or is not a database.
    pub async fn sqlite(file: &Path) -> Result<Self, DbError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // An acknowledged report must survive a power cut, not only a killed process.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .statement_cache_capacity(300)
            .pragma("temp_store", "memory")
            .disable_statement_logging();
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(8)
            .connect_with(options.pragma("query_only", "on"))
            .await?;
        Ok(Self(Pools::Sqlite { writer, readers }))
    }

    /// Connects to PostgreSQL.
    ///
    /// # Errors
    /// Where the address is wrong, the server does not answer, or its collation is not `C`
    /// (sort order must be the same on both engines).
    pub async fn postgres(url: &str) -> Result<Self, DbError> {
        Self::postgres_with(PgConnectOptions::from_str(url)?, 16).await
    }

    async fn postgres_with(options: PgConnectOptions, connections: u32) -> Result<Self, DbError> {
        let options = options.disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options)
            .await?;
        Ok(Self(Pools::Postgres(pool)))
    }

    /// The collation of the database; `commonweal check` refuses any but `C`.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn collation(&self) -> Result<String, DbError> {
        match &self.0 {
            Pools::Sqlite { .. } => Ok("C".to_owned()),
            Pools::Postgres(pool) => Ok(sqlx::query_scalar::<_, String>(
                "select datcollate::text from pg_database where datname = current_database()",
            )
            .fetch_one(pool)
            .await?),
        }
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// Where a migration fails or one that ran before was changed.
    pub async fn migrate(&self) -> Result<(), DbError> {
        let done = match &self.0 {
            Pools::Sqlite { writer, .. } => MIGRATIONS.run(writer).await,
            Pools::Postgres(pool) => MIGRATIONS.run(pool).await,
        };
        done.map_err(|error| {
            DbError::Setup(format!(
                "the database could not be brought up to date: {error}"
            ))
        })?;
        crate::search::prepare(self).await
    }

    /// Runs a script of fixed SQL in one transaction: for tables that are derived.
    pub(crate) async fn script(&self, text: &'static str) -> Result<(), DbError> {
        match &self.0 {
            Pools::Sqlite { writer, .. } => {
                let mut tx = writer.begin_with("begin immediate").await?;
                sqlx::raw_sql(text).execute(&mut *tx).await?;
                tx.commit().await?;
            }
            // Sent as one message, which PostgreSQL runs as one transaction.
            Pools::Postgres(pool) => {
                sqlx::raw_sql(text).execute(pool).await?;
            }
        }
        Ok(())
    }

    /// Which engine this is.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match self.0 {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres(_) => Engine::Postgres,
        }
    }

    /// Begins a transaction that cannot write; [`read!`](crate::read) is how slices use it.
    ///
    /// # Errors
    /// Where no connection is to be had.
    pub async fn begin_reading(&self) -> Result<ReadTx, DbError> {
        let inner = match &self.0 {
            Pools::Sqlite { readers, .. } => Inner::Sqlite(readers.begin().await?),
            Pools::Postgres(pool) => Inner::Postgres(
                pool.begin_with("begin isolation level repeatable read read only")
                    .await?,
            ),
        };
        Ok(ReadTx {
            inner,
            retry: false,
        })
    }

    pub(crate) async fn begin_writing(&self, clock: &Clock, actor: &Actor) -> Result<Tx, DbError> {
        let inner = match &self.0 {
            Pools::Sqlite { writer, .. } => {
                Inner::Sqlite(writer.begin_with("begin immediate").await?)
            }
            Pools::Postgres(pool) => Inner::Postgres(
                pool.begin_with("begin isolation level serializable")
                    .await?,
            ),
        };
        Ok(Tx::new(
            ReadTx {
                inner,
                retry: false,
            },
            actor.clone(),
            clock.now(),
        ))
    }

    /// Closes all connections after the work in hand.
    pub async fn close(&self) {
        match &self.0 {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// Prepares every registered statement, insert and list; returns those that fail.
    /// For the test that keeps one SQL text good on both engines.
    #[doc(hidden)]
    pub async fn prepare_all(&self) -> Vec<String> {
        use sqlx::{AssertSqlSafe, Executor as _, SqlSafeStr as _};
        let mut failed = Vec::new();
        for entry in inventory::iter::<Registered> {
            let texts = match entry {
                Registered::Statement(text) => vec![(*text).to_owned()],
                Registered::Only(engine, text) if *engine == self.engine() => {
                    vec![(*text).to_owned()]
                }
                Registered::Only(..) => Vec::new(),
                Registered::Insert(insert) => vec![insert.text(2, self.engine())],
                Registered::List(list) => list.texts(),
                Registered::Listing(listing) => vec![listing.text(&[], true)],
            };
            for text in texts {
                let sql = AssertSqlSafe(text.clone()).into_sql_str();
                let done = match &self.0 {
                    Pools::Sqlite { readers, .. } => readers.prepare(sql).await.map(drop),
                    Pools::Postgres(pool) => pool.prepare(sql).await.map(drop),
                };
                if let Err(error) = done {
                    failed.push(format!("{error}: {text}"));
                }
            }
        }
        failed
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_both;
