//! Sealing.

use std::path::{Path, PathBuf};

use chrono::Duration;
use uuid::Uuid;

use super::{BEFORE_ALL, BlockHash, Head, heads};
use crate::db::{DbError, Tx};
use crate::ids::new_uuid;
use crate::jobs::{JobError, JobKind};
use crate::{Clock, Db, args, leases, read, sql, upkeep};

/// Entries a block, at most.
const LARGEST: i64 = 5_000;

/// Seals what is not in a block yet, whatever its id, into one more block; none where there
/// is nothing to seal. The caller holds the lease ([`Sealer`] does).
///
/// # Errors
/// [`DbError`].
pub async fn seal(tx: &mut Tx) -> Result<Option<Head>, DbError> {
    let last = tx
        .optional(
            sql!("select number, hash from audit_blocks order by number desc limit 1"),
            args![],
        )
        .await?;
    let (number, previous) = match last {
        Some(row) => (row.get::<i64>("number")? + 1, row.get("hash")?),
        None => (1, BEFORE_ALL.to_owned()),
    };
    let taken = tx
        .run(
            sql!(
                "update audit_entries set block = $1 where id in
                 (select id from audit_entries where block is null order by at, id limit $2)"
            ),
            args![number, LARGEST],
        )
        .await?;
    if taken == 0 {
        return Ok(None);
    }
    let now = tx.now();
    let mut block = BlockHash::new(number, &previous, now);
    let rows = tx
        .all(
            sql!("select id, at, actor, action, purpose, subject_kind, subject_id, fields, event_id from audit_entries where block = $1 order by id"),
            args![number],
        )
        .await?;
    for row in &rows {
        block.entry(row)?;
    }
    let (entries, hash) = block.finish();
    tx.run(
        sql!(
            "insert into audit_blocks (number, sealed_at, entries, previous, hash) values ($1, $2, $3, $4, $5)"
        ),
        args![number, now, entries, previous, &hash],
    )
    .await?;
    Ok(Some(Head { number, hash }))
}

/// Seals under the lease `audit.seal`, and writes the block heads outside the database.
#[derive(Clone)]
pub struct Sealer {
    db: Db,
    clock: Clock,
    holder: Uuid,
    file: PathBuf,
}

impl Sealer {
    /// A sealer that writes heads to `audit-heads.log` in the data folder.
    #[must_use]
    pub fn new(db: &Db, clock: &Clock, data_dir: &Path) -> Self {
        Self {
            db: db.clone(),
            clock: clock.clone(),
            holder: new_uuid(clock),
            file: data_dir.join(heads::FILE),
        }
    }

    /// Seals all that is unsealed; returns the number of new blocks, 0 also where another
    /// copy holds the lease.
    ///
    /// # Errors
    /// [`JobError`], also where the file of heads disagrees with the database: then nothing
    /// is written to it, since somebody must look.
    pub async fn run(&self) -> Result<u32, JobError> {
        let mut sealed = 0;
        loop {
            let head = upkeep!(&self.db, &self.clock, |tx| {
                if leases::take(tx, "audit.seal", self.holder, Duration::seconds(60)).await? {
                    seal(tx).await
                } else {
                    Ok(None)
                }
            })
            .await?;
            let Some(head) = head else { break };
            sealed += 1;
            tracing::info!(block = head.number, hash = head.hash, "audit sealed");
        }
        self.write_heads().await?;
        Ok(sealed)
    }

    /// Appends the heads that the file lacks: those of other copies, or of a killed one.
    async fn write_heads(&self) -> Result<(), JobError> {
        let again = |error: &dyn std::fmt::Display| JobError::Again(error.to_string());
        let known = heads::read(&self.file)
            .map_err(|error| again(&error))?
            .into_iter()
            .max();
        let after = known.as_ref().map_or(0, |head| head.number);
        let rows = read!(&self.db, |tx| tx
            .all(
                sql!("select number, hash from audit_blocks where number >= $1 order by number"),
                args![after],
            )
            .await)
        .await?;
        let mut found = rows
            .iter()
            .map(|row| {
                Ok(Head {
                    number: row.get("number")?,
                    hash: row.get("hash")?,
                })
            })
            .collect::<Result<Vec<_>, DbError>>()?;
        if let Some(known) = known {
            if found.first() != Some(&known) {
                tracing::error!(
                    block = known.number,
                    "the audit's block is not the one whose head was written down: run `commonweal audit verify`"
                );
                return Err(JobError::Again(format!(
                    "audit block {} is not the one whose head was written to {}",
                    known.number,
                    self.file.display()
                )));
            }
            found.remove(0);
        }
        if !found.is_empty() {
            heads::append(&self.file, &found).map_err(|error| again(&error))?;
        }
        Ok(())
    }

    /// The sealer as a recurring job; put it down with `jobs::every(tx, "audit.seal", …)`.
    #[must_use]
    pub fn job(self) -> JobKind {
        JobKind::new("audit.seal", "Seal the audit", move |_| {
            let sealer = self.clone();
            async move { sealer.run().await.map(drop) }
        })
    }
}
