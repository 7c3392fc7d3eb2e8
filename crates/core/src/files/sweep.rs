//! Sweeping files that no record names.

use std::collections::BTreeSet;

use chrono::Duration;
use futures::TryStreamExt as _;
use object_store::{ObjectStore as _, ObjectStoreExt as _};

use super::{FileId, Files, FilesError};
use crate::db::DbError;
use crate::jobs::{JobError, JobKind};
use crate::{Db, args, read, sql, upkeep};

impl Files {
    /// Removes files that no record names and that are older than `grace`, and what broken
    /// uploads left; returns how many. What was stopped stays.
    ///
    /// # Errors
    /// [`JobError`]; what was not removed is removed the next time.
    pub async fn sweep(&self, db: &Db, grace: Duration) -> Result<u32, JobError> {
        let before = self.clock.now() - grace;
        let store =
            |error: object_store::Error| JobError::Again(FilesError::from(error).to_string());
        let (used, unused) = read!(db, |tx| {
            let mut used = BTreeSet::new();
            let mut unused = Vec::new();
            let files = sql!(
                "select sha256, created_at, exists (select 1 from file_uses where file_uses.sha256 = files.sha256) as used
                 from files where not exists (select 1 from blocked_files where blocked_files.sha256 = files.sha256
                   and blocked_files.released_at is null)"
            );
            tx.each(files, args![], |row| {
                let file: String = row.at(0)?;
                let created: chrono::DateTime<chrono::Utc> = row.at(1)?;
                if !row.at::<bool>(2)? && created < before {
                    unused.push(file.clone());
                }
                used.insert(file);
                Ok(())
            })
            .await?;
            let kept = sql!("select sha256 from blocked_files where released_at is null");
            tx.each(kept, args![], |row| {
                used.insert(row.at(0)?);
                Ok(())
            })
            .await?;
            Ok::<_, DbError>((used, unused))
        })
        .await?;
        let mut old: BTreeSet<String> = unused.into_iter().collect();
        let mut removed = 0;
        let mut objects = self.store.list(None);
        while let Some(object) = objects.try_next().await.map_err(store)? {
            if object.last_modified >= before {
                continue;
            }
            match object.location.filename() {
                Some(name) if name.parse::<FileId>().is_ok() => {
                    if !used.contains(name) {
                        old.insert(name.to_owned());
                    }
                }
                _ => {
                    self.store.delete(&object.location).await.map_err(store)?;
                    removed += 1;
                }
            }
        }
        for name in old {
            let Ok(file) = name.parse::<FileId>() else {
                continue;
            };
            removed += u32::from(self.remove(db, &file, before).await?);
        }
        Ok(removed)
    }

    /// Removes one file, unless a record names it by now. The row is made and taken away
    /// around the removal, so that a record that comes to name the file at this moment waits
    /// for the end of this transaction and then finds the file gone, never half there.
    async fn remove(
        &self,
        db: &Db,
        file: &FileId,
        before: chrono::DateTime<chrono::Utc>,
    ) -> Result<bool, JobError> {
        let path = file.path();
        upkeep!(db, &self.clock, |tx| {
            let uses = tx
                .count(
                    sql!(
                        "select (select count(*) from file_uses where sha256 = $1)
                           + (select count(*) from blocked_files where sha256 = $1 and released_at is null)"
                    ),
                    args![file.as_str()],
                )
                .await?;
            if uses > 0 {
                return Ok(false);
            }
            let now = tx.now();
            tx.run(
                sql!(
                    "insert into files (sha256, size, media_type, created_at) values ($1, 0, '', $2)
                     on conflict (sha256) do nothing"
                ),
                args![file.as_str(), now],
            )
            .await?;
            tx.run(
                sql!("delete from files where sha256 = $1"),
                args![file.as_str()],
            )
            .await?;
            match self.store.head(&path).await {
                // Uploaded anew since it was listed: a record is about to name it.
                Ok(object) if object.last_modified >= before => {
                    return Err(JobError::Again("a file was uploaded meanwhile".to_owned()));
                }
                Ok(_) => self
                    .store
                    .delete(&path)
                    .await
                    .map_err(|error| JobError::Again(error.to_string()))?,
                Err(_) => {}
            }
            Ok::<_, JobError>(true)
        })
        .await
    }

    /// The sweep as a recurring job; put it down with `jobs::every(tx, "files.sweep", …)`.
    #[must_use]
    pub fn job(self, grace: Duration) -> JobKind {
        JobKind::new(
            "files.sweep",
            "Remove uploads that no record names",
            move |context| {
                let files = self.clone();
                async move { files.sweep(&context.db, grace).await.map(drop) }
            },
        )
    }
}
