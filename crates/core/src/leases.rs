//! Leases: what only one copy of the application does at a time, such as sealing the audit.
//! A holder that dies is replaced when its lease ends.

use chrono::Duration;
use uuid::Uuid;

use crate::db::{DbError, Tx};
use crate::{args, sql};

/// Takes or renews a lease for `holder`; false where another holds it.
///
/// # Errors
/// [`DbError`].
pub async fn take(
    tx: &mut Tx,
    name: &str,
    holder: Uuid,
    duration: Duration,
) -> Result<bool, DbError> {
    let now = tx.now();
    let touched = tx
        .run(
            sql!(
                "insert into leases (name, holder, expires_at) values ($1, $2, $3)
                 on conflict (name) do update set holder = $2, expires_at = $3
                 where leases.holder = $2 or leases.expires_at <= $4"
            ),
            args![name, holder, now + duration, now],
        )
        .await?;
    Ok(touched == 1)
}

/// Gives a lease back before its end.
///
/// # Errors
/// [`DbError`].
pub async fn release(tx: &mut Tx, name: &str, holder: Uuid) -> Result<(), DbError> {
    tx.run(
        sql!("delete from leases where name = $1 and holder = $2"),
        args![name, holder],
    )
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::new_uuid;
    use crate::testing::clock;
    use crate::{on_both, upkeep};

    on_both! {
        async fn one_holds_until_the_lease_ends_or_is_released(db: Db) {
            let clock = clock();
            let (a, b) = (new_uuid(&clock), new_uuid(&clock));
            let take = async |who| {
                upkeep!(&db, &clock, |tx| take(tx, "x", who, Duration::seconds(30)).await).await.unwrap()
            };
            assert!(take(a).await);
            assert!(!take(b).await);
            assert!(take(a).await);
            clock.advance(Duration::seconds(30));
            assert!(take(b).await);
            assert!(!take(a).await);
            upkeep!(&db, &clock, |tx| release(tx, "x", b).await).await.unwrap();
            assert!(take(a).await);
        }
    }
}
