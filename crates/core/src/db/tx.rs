//! Transactions over either engine, and the few verbs that slices use.

use std::ops::{Deref, DerefMut};

use chrono::{DateTime, Utc};
use futures::TryStreamExt as _;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Postgres, SqlSafeStr, SqlStr, Sqlite, Transaction};

use super::row::Inner as RowInner;
use super::{DbError, Engine, Insert, Row, Statement, Value};
use crate::events::{Actor, Event};

/// A transaction that can read. [`Tx`] derefs to it, so a function that only reads takes
/// `&mut ReadTx` and serves both.
pub struct ReadTx {
    pub(super) inner: Inner,
    pub(super) retry: bool,
}

pub(super) enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A transaction that writes; made by [`write!`](crate::write) and [`upkeep!`](crate::upkeep).
pub struct Tx {
    read: ReadTx,
    pub(super) actor: Actor,
    pub(super) now: DateTime<Utc>,
    pub(crate) events: Vec<Event>,
    pub(super) audited: bool,
}

macro_rules! bind_values {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Value::Bool(v) => query.bind(v),
                Value::Int(v) => query.bind(v),
                Value::Float(v) => query.bind(v),
                Value::Text(v) => query.bind(v),
                Value::Bytes(v) => query.bind(v),
                Value::Uuid(v) => query.bind(v),
                Value::Time(v) => query.bind(v),
                Value::Date(v) => query.bind(v),
                Value::Json(v) => query.bind(v),
            };
        }
        query
    }};
}

fn sqlite(
    text: SqlStr,
    values: Vec<Value>,
) -> Query<'static, Sqlite, sqlx::sqlite::SqliteArguments> {
    bind_values!(sqlx::query::<Sqlite>(text), values)
}

fn postgres(
    text: SqlStr,
    values: Vec<Value>,
) -> Query<'static, Postgres, sqlx::postgres::PgArguments> {
    bind_values!(sqlx::query::<Postgres>(text), values)
}

impl ReadTx {
    /// All rows of an answer.
    ///
    /// # Errors
    /// [`DbError`], as every method here.
    pub async fn all(
        &mut self,
        statement: Statement,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, DbError> {
        self.all_text(statement.text.into_sql_str(), values).await
    }

    /// The one row of an answer.
    ///
    /// # Errors
    /// [`DbError::NotFound`] where there is none.
    pub async fn one(&mut self, statement: Statement, values: Vec<Value>) -> Result<Row, DbError> {
        self.optional(statement, values)
            .await?
            .ok_or(DbError::NotFound)
    }

    /// The first row of an answer, if any.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn optional(
        &mut self,
        statement: Statement,
        values: Vec<Value>,
    ) -> Result<Option<Row>, DbError> {
        let text = statement.text.into_sql_str();
        let answer = match &mut self.inner {
            Inner::Sqlite(tx) => sqlite(text, values)
                .fetch_optional(&mut **tx)
                .await
                .map(|row| row.map(|row| Row(RowInner::Sqlite(row)))),
            Inner::Postgres(tx) => postgres(text, values)
                .fetch_optional(&mut **tx)
                .await
                .map(|row| row.map(|row| Row(RowInner::Postgres(row)))),
        };
        self.seen(answer)
    }

    /// The first column of the one row, for counts.
    ///
    /// # Errors
    /// [`DbError::NotFound`] where there is no row.
    pub async fn count(
        &mut self,
        statement: Statement,
        values: Vec<Value>,
    ) -> Result<i64, DbError> {
        self.one(statement, values).await?.at(0)
    }

    /// Calls `each` with every row as it arrives, so that large answers need no memory.
    ///
    /// # Errors
    /// [`DbError`], and what `each` returns.
    pub async fn each(
        &mut self,
        statement: Statement,
        values: Vec<Value>,
        mut each: impl FnMut(&Row) -> Result<(), DbError> + Send,
    ) -> Result<(), DbError> {
        let text = statement.text.into_sql_str();
        let answer = match &mut self.inner {
            Inner::Sqlite(tx) => {
                let mut rows = sqlite(text, values).fetch(&mut **tx);
                loop {
                    match rows.try_next().await {
                        Ok(Some(row)) => each(&Row(RowInner::Sqlite(row)))?,
                        Ok(None) => break Ok(()),
                        Err(error) => break Err(error),
                    }
                }
            }
            Inner::Postgres(tx) => {
                let mut rows = postgres(text, values).fetch(&mut **tx);
                loop {
                    match rows.try_next().await {
                        Ok(Some(row)) => each(&Row(RowInner::Postgres(row)))?,
                        Ok(None) => break Ok(()),
                        Err(error) => break Err(error),
                    }
                }
            }
        };
        self.seen(answer)
    }

    /// Which engine this is; for the few places inside core where they differ.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match self.inner {
            Inner::Sqlite(_) => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
    }

    pub(crate) async fn all_text(
        &mut self,
        text: SqlStr,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, DbError> {
        let answer = match &mut self.inner {
            Inner::Sqlite(tx) => sqlite(text, values).fetch_all(&mut **tx).await.map(|rows| {
                rows.into_iter()
                    .map(|row| Row(RowInner::Sqlite(row)))
                    .collect()
            }),
            Inner::Postgres(tx) => postgres(text, values)
                .fetch_all(&mut **tx)
                .await
                .map(|rows| {
                    rows.into_iter()
                        .map(|row| Row(RowInner::Postgres(row)))
                        .collect()
                }),
        };
        self.seen(answer)
    }

    pub(crate) async fn run_text(
        &mut self,
        text: SqlStr,
        values: Vec<Value>,
    ) -> Result<u64, DbError> {
        let answer = match &mut self.inner {
            Inner::Sqlite(tx) => sqlite(text, values)
                .execute(&mut **tx)
                .await
                .map(|done| done.rows_affected()),
            Inner::Postgres(tx) => postgres(text, values)
                .execute(&mut **tx)
                .await
                .map(|done| done.rows_affected()),
        };
        self.seen(answer)
    }

    /// Notes whether an error means 'try the whole transaction again'.
    fn seen<T>(&mut self, answer: Result<T, sqlx::Error>) -> Result<T, DbError> {
        answer.map_err(|error| {
            let error = DbError::from(error);
            self.retry |= error.retryable();
            error
        })
    }

    /// Ends a reading transaction; a failure here loses nothing.
    #[doc(hidden)]
    pub async fn close(self) {
        let _ = self.commit().await;
    }

    pub(crate) async fn commit(self) -> Result<(), DbError> {
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

impl Tx {
    pub(super) fn new(read: ReadTx, actor: Actor, now: DateTime<Utc>) -> Self {
        Self {
            read,
            actor,
            now,
            events: Vec::new(),
            audited: false,
        }
    }

    pub(crate) fn into_read(self) -> ReadTx {
        self.read
    }

    /// The moment of this write: one for all that it records.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Who writes, and for what purpose.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Runs a statement that answers no rows; returns how many it touched.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn run(&mut self, statement: Statement, values: Vec<Value>) -> Result<u64, DbError> {
        self.read
            .run_text(statement.text.into_sql_str(), values)
            .await
    }

    /// Runs an update guarded by `version`: no row touched means that the record changed.
    ///
    /// # Errors
    /// [`DbError::Stale`] where the version no longer fits.
    pub async fn run_versioned(
        &mut self,
        statement: Statement,
        values: Vec<Value>,
    ) -> Result<(), DbError> {
        if self.run(statement, values).await? == 0 {
            Err(DbError::Stale)
        } else {
            Ok(())
        }
    }

    /// Inserts many rows with multi-row `values`; `values` holds them one after another.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn insert_many(
        &mut self,
        insert: Insert,
        values: Vec<Value>,
    ) -> Result<u64, DbError> {
        // SQLite takes 32,766 parameters a statement, PostgreSQL 65,535. Few shapes of
        // statement keep the statement caches small: full chunks, then one rest.
        let width = insert.width();
        let chunk = (32_000 / width).min(1_000) * width;
        let mut touched = 0;
        let mut values = values.into_iter();
        loop {
            let part: Vec<Value> = values.by_ref().take(chunk).collect();
            if part.is_empty() {
                return Ok(touched);
            }
            let text = insert.text(part.len() / width, self.engine());
            touched += self
                .read
                .run_text(AssertSqlSafe(text).into_sql_str(), part)
                .await?;
        }
    }

    /// Records a change of state; the audit entry follows from it at commit.
    pub fn record(&mut self, event: Event) {
        self.audited = true;
        self.events.push(event);
    }
}

impl Deref for Tx {
    type Target = ReadTx;
    fn deref(&self) -> &ReadTx {
        &self.read
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut ReadTx {
        &mut self.read
    }
}
