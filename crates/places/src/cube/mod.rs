//! The cube: all incidents that can be seen, as dense numbers in memory, about four bytes a
//! row. Map, ranking, trend and quality read it; nothing else holds incident counts.
//!
//! A [`Snapshot`] is immutable. [`Cube::refresh`] makes the next one when imports or area
//! sets changed, sharing every segment that did not.

mod areas;
mod load;
mod population;
mod query;
#[cfg(test)]
pub(crate) mod samples;
mod snapshot;
#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError, RwLock};

use commonweal_core::{Db, DbError};
use tokio::sync::Mutex;

pub use load::codes_of;
pub use population::{DEPRIVATION, POPULATION, Share};
pub use query::{By, Counts, Filter, Kind, MonthCount};
pub use snapshot::{
    Area, AreaSet, Category, Cells, Location, NONE, Run, Segment, Snapshot, Source,
};

/// The cube of a process.
pub struct Cube {
    db: Db,
    current: RwLock<Arc<Snapshot>>,
    seen: Mutex<load::Seen>,
}

impl Cube {
    /// An empty cube; [`Cube::refresh`] fills it.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self {
            db,
            current: RwLock::default(),
            seen: Mutex::default(),
        }
    }

    /// The state of this moment.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Carries the cube on to what the database shows now; says whether anything changed.
    ///
    /// # Errors
    /// [`DbError`]; the state stays as it was.
    pub async fn refresh(&self) -> Result<bool, DbError> {
        let mut seen = self.seen.lock().await;
        let before = self.snapshot();
        let Some((next, now)) = load::next(&self.db, &before, &seen).await? else {
            return Ok(false);
        };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        *seen = now;
        Ok(true)
    }
}
