//! Records in the database.

mod derive;
mod erase;
mod follow;
mod read;
mod write;

use chrono::{DateTime, NaiveDate, Utc};
use commonweal_access::policy::Resource;
use commonweal_access::web::PageError;
use commonweal_core::DbError;
use uuid::Uuid;

pub(crate) use derive::{FOUND, FOUND_PERSONAL, entry};
pub use derive::{MISSING, TITLE, sort_key};
pub use erase::{erase_personal, remove};
pub(crate) use read::from_row;
pub use read::{
    Change, Note, Timed, by_reference, changes, children, dues, load, many, named, names, notes,
    uses,
};
pub(crate) use write::touch;
pub use write::{NewRecord, change, create, make_move, migrate_to, note, set_agency, set_owner};

use crate::answers::Answers;

/// What events and audit call a record.
pub const SUBJECT: &str = "form_record";

/// The generation that rises with each write of a record.
pub const GENERATION: &str = "forms";

/// A record of a form or register.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its id.
    pub id: Uuid,
    /// The key of its definition.
    pub definition: String,
    /// The version of the definition that its answers belong to.
    pub definition_version: i64,
    /// What people call it, such as `EH-7K3M-9QX4`.
    pub reference: String,
    /// The key of its state.
    pub state: String,
    /// Its line in lists. May hold personal answers: show [`super::Visible::title`] instead.
    pub title: String,
    /// Its answers. Show what [`super::visible()`] gives instead.
    pub answers: Answers,
    /// Whose it is.
    pub agency: Option<Uuid>,
    /// Who answers for it.
    pub owner: Option<Uuid>,
    /// Who made it; none where it came from the public or a program.
    pub created_by: Option<Uuid>,
    /// The record that it belongs to.
    pub parent: Option<Uuid>,
    /// The point in time at which somebody was asked.
    pub wave: Option<String>,
    /// How it came: `page`, `offline`, `import`, `api`, `invitation` or `public`.
    pub channel: String,
    /// Latitude and longitude, WGS84.
    pub place: Option<(f64, f64)>,
    /// The first open due date.
    pub due_on: Option<NaiveDate>,
    /// When it came into its state.
    pub state_since: Option<DateTime<Utc>>,
    /// When it came into a closed state.
    pub closed_at: Option<DateTime<Utc>>,
    /// When its personal answers were erased.
    pub erased_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub changed_at: DateTime<Utc>,
    /// Its version, for edits.
    pub version: i64,
}

impl Record {
    /// What policies are asked about.
    #[must_use]
    pub fn resource(&self) -> Resource {
        Resource::record(self.id, self.agency, self.owner)
    }

    /// The address of its page.
    #[must_use]
    pub fn href(&self) -> String {
        format!("/registers/{}/records/{}", self.definition, self.reference)
    }
}

/// Why a record was not written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody changed it since it was read; this is what is there now.
    #[error("somebody changed this record while you were working on it")]
    Stale(Box<Record>),
    /// The definition has no such move, or it does not leave the record's state.
    #[error("this move does not lead on from the record's state")]
    NoSuchMove,
    /// What must be done before the move, in words for the reader.
    #[error("{}", .0.join(" "))]
    Unmet(Vec<String>),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stale(_) => Self::Conflict,
            StoreError::NoSuchMove => Self::NotFound,
            unmet @ StoreError::Unmet(_) => Self::Invalid(unmet.to_string()),
            StoreError::Db(error) => error.into(),
        }
    }
}
