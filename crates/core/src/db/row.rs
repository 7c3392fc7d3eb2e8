//! The erased row: what a slice reads, without naming a driver.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::DbError;

/// One row of an answer.
pub struct Row(pub(super) Inner);

pub(super) enum Inner {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// What a column can be read as: a closed set, so that drivers' code is expanded once, here.
pub trait Scalar: Sized + sealed::Sealed {
    #[doc(hidden)]
    fn read(row: &Row, column: &str) -> Result<Self, DbError>;
    #[doc(hidden)]
    fn read_at(row: &Row, index: usize) -> Result<Self, DbError>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! scalar {
    ($($type:ty),+ $(,)?) => {$(
        impl sealed::Sealed for $type {}
        impl sealed::Sealed for Option<$type> {}
        scalar!(@one $type);
        scalar!(@one Option<$type>);
    )+};
    (@one $type:ty) => {
        impl Scalar for $type {
            fn read(row: &Row, column: &str) -> Result<Self, DbError> {
                // SQLite types values, not columns: an expression has no declared type to check.
                match &row.0 {
                    Inner::Sqlite(row) => row.try_get_unchecked(column),
                    Inner::Postgres(row) => row.try_get(column),
                }
                .map_err(DbError::from)
            }
            fn read_at(row: &Row, index: usize) -> Result<Self, DbError> {
                match &row.0 {
                    Inner::Sqlite(row) => row.try_get_unchecked(index),
                    Inner::Postgres(row) => row.try_get(index),
                }
                .map_err(DbError::from)
            }
        }
    };
}
scalar!(
    bool,
    i64,
    f64,
    String,
    Vec<u8>,
    Uuid,
    DateTime<Utc>,
    NaiveDate,
    serde_json::Value
);

impl Row {
    /// The value of a column by name.
    ///
    /// # Errors
    /// When there is no such column, or it holds another type, or null where `T` is not optional.
    pub fn get<T: Scalar>(&self, column: &str) -> Result<T, DbError> {
        T::read(self, column)
    }

    /// The value of a column by position, from 0: for hot loops.
    ///
    /// # Errors
    /// As [`Row::get`].
    pub fn at<T: Scalar>(&self, index: usize) -> Result<T, DbError> {
        T::read_at(self, index)
    }
}
