//! Proving what is sealed.

use std::fmt;

use chrono::{DateTime, Utc};

use super::{BEFORE_ALL, BlockHash, Head};
use crate::db::{DbError, ReadTx};
use crate::{Db, args, read, sql};

/// Something that is not as it was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A block that should be there is not.
    MissingBlock(i64),
    /// A block does not follow on the one before.
    BrokenLink(i64),
    /// A block's entries were changed, removed, added or put elsewhere; counts sealed and found.
    Changed {
        /// The block.
        block: i64,
        /// Entries when it was sealed.
        sealed: i64,
        /// Entries now.
        found: i64,
    },
    /// Entries say that they are in a block that does not exist.
    Strays(i64),
    /// A head kept outside names another hash: the block was rewritten.
    Rewritten(i64),
    /// A head kept outside names a block beyond the last one: the end was cut off.
    CutOff(i64),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingBlock(block) => write!(f, "block {block} is missing"),
            Self::BrokenLink(block) => {
                write!(f, "block {block} does not follow on the block before it")
            }
            Self::Changed {
                block,
                sealed,
                found,
            } => write!(
                f,
                "block {block} is not as it was sealed ({sealed} entries then, {found} now)"
            ),
            Self::Strays(entries) => {
                write!(f, "{entries} entries name a block that does not exist")
            }
            Self::Rewritten(block) => write!(f, "block {block} is not the one whose head was kept"),
            Self::CutOff(block) => {
                write!(
                    f,
                    "block {block}, whose head was kept, is gone: the end was cut off"
                )
            }
        }
    }
}

/// What `commonweal audit verify` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Blocks checked.
    pub blocks: i64,
    /// Entries in them.
    pub sealed: i64,
    /// Entries that no block proves yet.
    pub unsealed: i64,
    /// Heads from outside that were compared.
    pub heads: usize,
    /// The last block: keep it elsewhere, and a later check finds any change up to here.
    pub last: Option<Head>,
    /// What is wrong; empty where everything sealed is proven.
    pub findings: Vec<Finding>,
}

/// Checks every sealed entry and block, and compares the `heads` that were kept outside.
///
/// # Errors
/// [`DbError`].
pub async fn verify(db: &Db, heads: &[Head]) -> Result<Report, DbError> {
    read!(db, |tx| check(tx, heads).await).await
}

async fn check(tx: &mut ReadTx, heads: &[Head]) -> Result<Report, DbError> {
    let rows = tx
        .all(
            sql!("select number, sealed_at, entries, previous, hash from audit_blocks order by number"),
            args![],
        )
        .await?;
    let mut report = Report {
        blocks: 0,
        sealed: 0,
        unsealed: tx
            .count(
                sql!("select count(*) from audit_entries where block is null"),
                args![],
            )
            .await?,
        heads: heads.len(),
        last: None,
        findings: Vec::new(),
    };
    let mut previous = BEFORE_ALL.to_owned();
    let mut expected = 1;
    let mut kept = heads.to_vec();
    kept.sort();
    for row in &rows {
        let number: i64 = row.get("number")?;
        while expected < number {
            report.findings.push(Finding::MissingBlock(expected));
            expected += 1;
        }
        expected = number + 1;
        let (names, hash): (String, String) = (row.get("previous")?, row.get("hash")?);
        if names != previous {
            report.findings.push(Finding::BrokenLink(number));
        }
        let sealed_at: DateTime<Utc> = row.get("sealed_at")?;
        let mut block = BlockHash::new(number, &names, sealed_at);
        tx.each(
            sql!("select id, at, actor, action, purpose, subject_kind, subject_id, fields, event_id from audit_entries where block = $1 order by id"),
            args![number],
            |row| block.entry(row),
        )
        .await?;
        let (found, computed) = block.finish();
        let sealed: i64 = row.get("entries")?;
        if computed != hash || found != sealed {
            report.findings.push(Finding::Changed {
                block: number,
                sealed,
                found,
            });
        }
        if kept
            .iter()
            .any(|head| head.number == number && head.hash != hash)
        {
            report.findings.push(Finding::Rewritten(number));
        }
        report.blocks += 1;
        report.sealed += found;
        previous.clone_from(&hash);
        report.last = Some(Head { number, hash });
    }
    let end = report.last.as_ref().map_or(0, |head| head.number);
    if let Some(head) = kept.last().filter(|head| head.number > end) {
        report.findings.push(Finding::CutOff(head.number));
    }
    let strays = tx
        .count(
            sql!(
                "select count(*) from audit_entries where block is not null
                 and block not in (select number from audit_blocks)"
            ),
            args![],
        )
        .await?;
    if strays > 0 {
        report.findings.push(Finding::Strays(strays));
    }
    Ok(report)
}
