//! What was stopped.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{FileId, FilesError};
use crate::db::{DbError, ReadTx};
use crate::{Db, args, read, sql};

/// Whether nobody may have a file's content: one look-up by the primary key.
pub(super) async fn is_blocked(db: &Db, id: &FileId) -> Result<bool, FilesError> {
    read!(db, |tx| {
        let found = tx
            .count(
                sql!(
                    "select count(*) from blocked_files where sha256 = $1 and released_at is null"
                ),
                args![id.as_str()],
            )
            .await?;
        Ok::<_, DbError>(found > 0)
    })
    .await
    .map_err(FilesError::Unasked)
}

/// Whether the content of a use was stopped.
pub(super) async fn is_blocked_use(tx: &mut ReadTx, file_use: Uuid) -> Result<bool, DbError> {
    let found = tx
        .count(
            sql!(
                "select count(*) from file_uses join blocked_files on blocked_files.sha256 = file_uses.sha256
                 where file_uses.id = $1 and blocked_files.released_at is null"
            ),
            args![file_use],
        )
        .await?;
    Ok(found > 0)
}

/// Which files of a record (or draft, report, delivery) were stopped, by the id of their use: for pages
/// that list them.
///
/// # Errors
/// [`DbError`].
pub async fn blocked_among(tx: &mut ReadTx, subject: Uuid) -> Result<BTreeSet<Uuid>, DbError> {
    tx.all(
        sql!(
            "select file_uses.id from file_uses join blocked_files on blocked_files.sha256 = file_uses.sha256
             where file_uses.subject = $1 and blocked_files.released_at is null"
        ),
        args![subject],
    )
    .await?
    .iter()
    .map(|row| row.at(0))
    .collect()
}
