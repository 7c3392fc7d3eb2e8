//! Readers: files in, typed rows and named rejects out. Nothing here knows a database, a clock
//! or the network; today's date is an argument.
//!
//! A reader fails as a whole with a [`ReadError`] (the file cannot be used: what is wrong and what
//! to do), or hands out rows one by one, each either good or a [`Reject`] that names line, column
//! and reason. Whether a file with rejects may be imported is the caller's choice; our commands
//! import it only when it has none, unless told otherwise.

pub mod context;
pub mod csv_text;
mod error;
pub mod mapping;
pub mod police_uk;
pub mod postcodes;
pub mod profile;
pub mod source;
mod stream;

pub(crate) use error::shorten;
pub use error::{Problem, ReadError, Reject, RejectReport};

/// One step of a reader over rows.
#[derive(Debug)]
pub enum Step<T> {
    /// A good row.
    Row(T),
    /// A row that cannot be used, and why.
    Reject(Reject),
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::shared as shared_data;
