//! Takes away what killed and rejected imports left: rows that nobody can see.

use commonweal_core::events::{Actor, Event};
use commonweal_core::{Clock, Db, DbError, args, read, sql, upkeep, write};
use uuid::Uuid;

/// How many rows one transaction takes away.
const ROWS: i64 = 20_000;

/// Marks imports whose process has gone silent as failed, and deletes rows that belong to
/// no part (the parts are only written when an import becomes visible). Returns how many
/// imports were found dead and how many rows were taken away.
///
/// # Errors
/// [`DbError`].
pub async fn sweep(db: &Db, clock: &Clock) -> Result<(u64, u64), DbError> {
    let dead: Vec<Uuid> = read!(db, |tx| {
        let rows = tx
            .all(
                sql!("select id from imports where state = 'loading' and lease_until < $1"),
                args![clock.now()],
            )
            .await?;
        rows.iter().map(|row| row.get("id")).collect()
    })
    .await?;
    for import in &dead {
        write!(db, clock, &Actor::system("upkeep"), |tx| {
            let now = tx.now();
            let changed = tx
                .run(
                    sql!("update imports set state = 'failed', finished_at = $2 where id = $1 and state = 'loading'"),
                    args![*import, now],
                )
                .await?;
            let data = serde_json::json!({"reason": "the process ended before the import did", "changed": changed});
            tx.record(Event::new("import", *import, "import.failed", data));
            Ok::<_, DbError>(())
        })
        .await?;
    }
    let mut taken = crate::imports::staged::sweep(db, clock).await?;
    for part in orphan_parts(db).await? {
        loop {
            let deleted = upkeep!(db, clock, |tx| {
                tx.run(
                    sql!(
                        "delete from incidents where part = $1 and row in
                         (select row from incidents where part = $1 order by row limit $2)"
                    ),
                    args![part, ROWS],
                )
                .await
            })
            .await?;
            taken += deleted;
            if deleted == 0 {
                break;
            }
        }
    }
    Ok((dead.len() as u64, taken))
}

/// Parts that hold rows but are no import's, once nothing is loading any more. Steps from
/// one part to the next over the primary key, so that it stays quick with millions of rows.
async fn orphan_parts(db: &Db) -> Result<Vec<i64>, DbError> {
    read!(db, |tx| {
        let loading = tx
            .count(
                sql!("select count(*) from imports where state = 'loading'"),
                args![],
            )
            .await?;
        let mut orphans = Vec::new();
        if loading > 0 {
            return Ok(orphans);
        }
        let mut last = i64::MIN;
        loop {
            let next = tx
                .optional(
                    sql!("select part from incidents where part > $1 order by part limit 1"),
                    args![last],
                )
                .await?;
            let Some(row) = next else { break };
            last = row.get("part")?;
            let known = tx
                .count(
                    sql!("select count(*) from import_parts where part = $1"),
                    args![last],
                )
                .await?;
            if known == 0 {
                orphans.push(last);
            }
        }
        Ok::<_, DbError>(orphans)
    })
    .await
}
