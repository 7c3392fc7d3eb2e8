//! The audit's proof: entries are sealed into blocks, each linked to the one before by its
//! hash. Changing, removing, adding or re-ordering what is sealed breaks a hash; rewriting
//! every block consistently, or cutting the end off, shows against a block head kept
//! outside the database: each also goes to the log and to an append-only file.

mod heads;
mod seal;
mod verify;

pub use heads::{FILE, Head, HeadsError, append, read};
pub use seal::{Sealer, seal};
pub use verify::{Finding, Report, verify};

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::db::{DbError, Row};

/// The hash that stands before the first block.
const BEFORE_ALL: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The hash of an entry over a canonical encoding: fixed-width integers and uuids, a byte
/// that says whether an optional value is there, and texts with their length before them,
/// so that no two entries share an encoding.
fn entry_hash(row: &Row) -> Result<[u8; 32], DbError> {
    let mut hash = Sha256::new();
    let text = |hash: &mut Sha256, text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    };
    let optional = |hash: &mut Sha256, id: Option<Uuid>| match id {
        None => hash.update([0]),
        Some(id) => {
            hash.update([1]);
            hash.update(id.as_bytes());
        }
    };
    hash.update(row.get::<Uuid>("id")?.as_bytes());
    hash.update(
        row.get::<DateTime<Utc>>("at")?
            .timestamp_micros()
            .to_be_bytes(),
    );
    optional(&mut hash, row.get("actor")?);
    text(&mut hash, &row.get::<String>("action")?);
    text(&mut hash, &row.get::<String>("purpose")?);
    text(&mut hash, &row.get::<String>("subject_kind")?);
    optional(&mut hash, row.get("subject_id")?);
    text(&mut hash, &row.get::<String>("fields")?);
    optional(&mut hash, row.get("event_id")?);
    Ok(hash.finalize().into())
}

/// Builds the hash of a block from its number, the hash before it, its moment and its
/// entries in the order of their ids.
struct BlockHash {
    hash: Sha256,
    entries: i64,
}

impl BlockHash {
    fn new(number: i64, previous: &str, sealed_at: DateTime<Utc>) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"commonweal audit block 1\n");
        hash.update(number.to_be_bytes());
        hash.update((previous.len() as u64).to_be_bytes());
        hash.update(previous.as_bytes());
        hash.update(sealed_at.timestamp_micros().to_be_bytes());
        Self { hash, entries: 0 }
    }

    fn entry(&mut self, row: &Row) -> Result<(), DbError> {
        self.hash.update(entry_hash(row)?);
        self.entries += 1;
        Ok(())
    }

    fn finish(mut self) -> (i64, String) {
        self.hash.update(self.entries.to_be_bytes());
        (self.entries, hex::encode(self.hash.finalize()))
    }
}

#[cfg(test)]
mod tests;
