//! Slowing down somebody unknown who does something too often.

use chrono::Duration;
use commonweal_core::{DbError, Tx, args, sql};
use sha2::{Digest as _, Sha256};

/// How often something may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How often.
    pub times: i64,
    /// In how long; a day at most, since marks are kept no longer.
    pub within: Duration,
}

/// Notes that `who` does `what`, and says whether it is within the limit. Of `who` (an address, a
/// network address' hash) only a hash is kept.
///
/// # Errors
/// [`DbError`].
pub async fn within(tx: &mut Tx, what: &str, who: &str, limit: Limit) -> Result<bool, DbError> {
    let now = tx.now();
    let key = hex::encode(Sha256::digest(format!("{what}\n{who}").as_bytes()));
    let done = tx
        .count(
            sql!("select count(*) from flood_marks where key = $1 and at > $2"),
            args![&key, now - limit.within],
        )
        .await?;
    if done >= limit.times {
        return Ok(false);
    }
    tx.run(
        sql!("insert into flood_marks (id, key, at) values ($1, $2, $3)"),
        args![commonweal_core::ids::uuid_at(now), key, now],
    )
    .await?;
    Ok(true)
}
