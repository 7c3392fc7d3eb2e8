use super::*;
use crate::events::Event;
use crate::{args, read, sql, write};

fn is_send<T: Send>(future: T) -> T {
    future
}

async fn fresh() -> (tempfile::TempDir, Db) {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::sqlite(&dir.path().join("test.db")).await.unwrap();
    db.migrate().await.unwrap();
    (dir, db)
}

#[tokio::test]
async fn a_write_leaves_its_event_and_audit_entry() {
    let (_dir, db) = fresh().await;
    let clock = Clock::System;
    let name = String::from("one");
    let subject = crate::ids::new_uuid(&clock);
    is_send(write!(&db, &clock, &Actor::system("test"), |tx| {
        tx.record(Event::new(
            "thing",
            subject,
            "thing.named",
            serde_json::json!({"name": name}),
        ));
        Ok::<_, DbError>(())
    }))
    .await
    .unwrap();
    let fields: String = is_send(read!(&db, |tx| {
        let row = tx
            .one(
                sql!("select fields from audit_entries where subject_id = $1"),
                args![subject],
            )
            .await?;
        row.get("fields")
    }))
    .await
    .unwrap();
    assert_eq!(fields, "name");
}

#[tokio::test]
async fn a_write_that_records_nothing_is_refused_and_leaves_nothing() {
    let (_dir, db) = fresh().await;
    let clock = Clock::System;
    let refused = write!(&db, &clock, &Actor::system("test"), |tx| {
        let block = args![1_i64, clock.now(), 0_i64, "", ""];
        tx.run(sql!("insert into audit_blocks (number, sealed_at, entries, previous, hash) values ($1, $2, $3, $4, $5)"), block)
            .await?;
        Ok::<_, DbError>(())
    })
    .await;
    assert!(matches!(refused, Err(DbError::Unaudited)));
    let blocks = read!(&db, |tx| tx
        .count(sql!("select count(*) from audit_blocks"), args![])
        .await)
    .await
    .unwrap();
    assert_eq!(blocks, 0);
}

#[tokio::test]
async fn a_read_cannot_write() {
    let (_dir, db) = fresh().await;
    let answer = read!(&db, |tx| tx
        .all(sql!("delete from events returning id"), args![])
        .await)
    .await;
    assert!(answer.is_err());
}
