//! The words of a search that may name people: sent by POST, kept for a day behind an id, so that
//! no address, history or log ever holds them.

use chrono::Duration;
use commonweal_core::ids::uuid_at;
use commonweal_core::jobs::JobKind;
use commonweal_core::{Clock, Db, DbError, ReadTx, args, sql, upkeep};
use uuid::Uuid;

/// Keeps the words of a search of this kind (such as `people`) for `owner`; returns the id to
/// redirect to.
///
/// # Errors
/// [`DbError`].
pub async fn keep(
    db: &Db,
    clock: &Clock,
    owner: Uuid,
    kind: &str,
    words: &str,
) -> Result<Uuid, DbError> {
    upkeep!(db, clock, |tx| {
        let now = tx.now();
        let id = uuid_at(now);
        tx.run(
            sql!("insert into kept_searches (id, owner, kind, words, created_at) values ($1, $2, $3, $4, $5)"),
            args![id, owner, kind, words, now],
        )
        .await?;
        Ok::<_, DbError>(id)
    })
    .await
}

/// The words of a search: none where it is another's, of another kind, or older than a day.
///
/// # Errors
/// [`DbError`].
pub async fn find(
    tx: &mut ReadTx,
    clock: &Clock,
    owner: Uuid,
    kind: &str,
    id: Uuid,
) -> Result<Option<String>, DbError> {
    let since = clock.now() - Duration::days(1);
    tx.optional(
        sql!("select words from kept_searches where id = $1 and owner = $2 and kind = $3 and created_at > $4"),
        args![id, owner, kind, since],
    )
    .await?
    .map(|row| row.get("words"))
    .transpose()
}

/// The job that forgets searches, `searches.sweep`; to recur every hour. `hours` is the setting
/// `retention.searches_hours`.
#[must_use]
pub fn job(hours: u32) -> JobKind {
    let kept = Duration::hours(i64::from(hours));
    JobKind::new(
        "searches.sweep",
        "Forget the words of searches",
        move |context| async move {
            upkeep!(&context.db, &context.clock, |tx| {
                let before = tx.now() - kept;
                tx.run(
                    sql!("delete from kept_searches where created_at < $1"),
                    args![before],
                )
                .await?;
                Ok::<_, DbError>(())
            })
            .await?;
            Ok(())
        },
    )
}
