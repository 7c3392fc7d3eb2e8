//! What everything stands on: ids, clock, database, events, audit, jobs, files,
//! mail, search, errors and configuration. Uses nothing else of ours.

pub mod audit;
pub mod clock;
pub mod config;
pub mod content;
pub mod db;
pub mod events;
pub mod files;
pub mod generations;
pub mod health;
pub mod ids;
pub mod jobs;
pub mod leases;
pub mod logging;
pub mod mail;
pub mod metrics;
pub mod retention;
pub mod search;
pub mod stop;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use clock::Clock;
pub use db::{Db, DbError, ReadTx, Row, Tx, Value};

/// Re-exported for the [`sql!`] family of macros.
#[doc(hidden)]
pub use inventory;
