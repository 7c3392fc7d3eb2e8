//! What can go wrong with the database, by what the caller can do about it.

/// An error of the database layer. Its text never holds values, only names.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// Another write got in the way; `db.write` tries again by itself.
    #[error("the database is busy")]
    Busy,
    /// A value that must be unique exists already.
    #[error("a record with this value exists already")]
    Duplicate,
    /// A rule of the schema (foreign key, not null, check) refused the write.
    #[error("the database refused the record: {0}")]
    Refused(String),
    /// The record is not there.
    #[error("there is no such record")]
    NotFound,
    /// Somebody changed the record since it was read; the caller shows both versions.
    #[error("somebody changed this record while you were working on it")]
    Stale,
    /// A write reached its end without an event or audit entry: a mistake in our code.
    #[error("a write recorded nothing for the audit")]
    Unaudited,
    /// The list was asked for a filter or sort it does not have, or a broken cursor.
    #[error("this list has no such {0}")]
    NoSuch(&'static str),
    /// The database cannot be used as it is set up.
    #[error("{0}")]
    Setup(String),
    /// Anything else that the driver says.
    #[error("database error: {0}")]
    Driver(sqlx::Error),
}

impl DbError {
    /// Whether the same work may succeed when done again.
    #[must_use]
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Busy)
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::error::ErrorKind;
        match &error {
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::Database(inner) => {
                let code = inner.code().unwrap_or_default();
                // SQLITE_BUSY and its extended codes share the low byte 5; SQLITE_LOCKED is 6.
                let sqlite_busy = code
                    .parse::<i64>()
                    .is_ok_and(|code| [5, 6].contains(&(code & 0xff)))
                    && inner
                        .try_downcast_ref::<sqlx::sqlite::SqliteError>()
                        .is_some();
                if sqlite_busy || ["40001", "40P01"].contains(&code.as_ref()) {
                    return Self::Busy;
                }
                match inner.kind() {
                    ErrorKind::UniqueViolation => Self::Duplicate,
                    ErrorKind::ForeignKeyViolation
                    | ErrorKind::NotNullViolation
                    | ErrorKind::CheckViolation => Self::Refused(
                        inner
                            .constraint()
                            .unwrap_or("a rule of the schema")
                            .to_owned(),
                    ),
                    _ => Self::Driver(error),
                }
            }
            _ => Self::Driver(error),
        }
    }
}
