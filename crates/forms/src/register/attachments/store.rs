//! Files of a record in the database.

use chrono::{DateTime, Utc};
use commonweal_core::events::Event;
use commonweal_core::files::{self, Files, Stored};
use commonweal_core::{DbError, ReadTx, Row, Tx, args, sql};
use serde_json::json;
use uuid::Uuid;

use crate::register::store::{SUBJECT, touch};

/// What `core::files` calls the subject of a file beside the answers; files that are answers belong
/// to `form_record`.
const KIND: &str = "form_attachment";

/// A file beside the answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its use in `core::files`.
    pub id: Uuid,
    /// The hash that it is stored under.
    pub sha256: String,
    /// Its name.
    pub name: String,
    /// Its type, by content.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// When it was added.
    pub at: DateTime<Utc>,
    /// Who added it.
    pub by: Option<Uuid>,
}

impl Attachment {
    /// Its size in words.
    #[must_use]
    pub fn size_words(&self) -> String {
        match self.size {
            size if size >= 1_000_000 => format!("{}.{} MB", size / 1_000_000, size / 100_000 % 10),
            size => format!("{} kB", (size / 1_000).max(1)),
        }
    }

    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get("id")?,
            sha256: row.get("sha256")?,
            name: row.get("name")?,
            media_type: row.get("media_type")?,
            size: row.get("size")?,
            at: row.get("created_at")?,
            by: row.get("created_by")?,
        })
    }
}

/// The files of a record, newest first.
///
/// # Errors
/// [`DbError`].
pub async fn of(tx: &mut ReadTx, record: Uuid) -> Result<Vec<Attachment>, DbError> {
    let rows = tx
        .all(
            sql!(
                "select file_uses.id, file_uses.sha256, file_uses.name, files.media_type, files.size,
                        file_uses.created_at, file_uses.created_by
                 from file_uses join files on files.sha256 = file_uses.sha256
                 where file_uses.subject = $1 and file_uses.subject_kind = 'form_attachment'
                 order by file_uses.created_at desc, file_uses.id desc"
            ),
            args![record],
        )
        .await?;
    rows.iter().map(Attachment::from_row).collect()
}

/// Names a stored file beside a record's answers. The same content twice is one file.
///
/// # Errors
/// [`DbError`].
pub async fn add(
    tx: &mut Tx,
    files: &Files,
    record: Uuid,
    stored: &Stored,
    name: &str,
) -> Result<(), DbError> {
    let known = of(tx, record).await?;
    if known.iter().any(|file| file.sha256 == stored.id.as_str()) {
        tx.record(Event::new(
            SUBJECT,
            record,
            "form_record.sent_again",
            json!({}),
        ));
        return Ok(());
    }
    let id = files.attach(tx, stored, KIND, record, name).await?;
    tx.record(Event::new(
        SUBJECT,
        record,
        "form_record.attached",
        json!({ "file": id }),
    ));
    touch(tx, record).await
}

/// Takes a file away from a record; once gone it stays gone.
///
/// # Errors
/// [`DbError`].
pub async fn remove(tx: &mut Tx, record: Uuid, file: Uuid) -> Result<(), DbError> {
    if of(tx, record).await?.iter().any(|one| one.id == file) {
        files::detach(tx, file).await?;
    }
    tx.record(Event::new(
        SUBJECT,
        record,
        "form_record.detached",
        json!({ "file": file }),
    ));
    touch(tx, record).await
}
