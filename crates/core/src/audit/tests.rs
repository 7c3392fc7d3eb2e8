use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::*;
use crate::events::{Actor, Event};
use crate::ids::new_uuid;
use crate::testing::clock;
use crate::{Clock, Db, args, on_both, read, sql, upkeep, write};

async fn act(db: &Db, clock: &Clock, times: usize) {
    let subject = new_uuid(clock);
    for n in 0..times {
        write!(db, clock, &Actor::user(subject, "test"), |tx| {
            tx.record(Event::new(
                "thing",
                subject,
                "thing.changed",
                serde_json::json!({"name": n, "size": 1}),
            ));
            Ok::<_, DbError>(())
        })
        .await
        .unwrap();
        clock.advance(chrono::Duration::milliseconds(3));
    }
}

/// Three blocks of four entries, and two entries unsealed.
async fn sealed(db: &Db) -> Vec<Head> {
    let clock = clock();
    let mut heads = Vec::new();
    for _ in 0..3 {
        act(db, &clock, 4).await;
        heads.push(
            upkeep!(db, &clock, |tx| seal(tx).await)
                .await
                .unwrap()
                .unwrap(),
        );
    }
    act(db, &clock, 2).await;
    heads
}

/// One thing that somebody with the database in hand might do to sealed rows.
#[derive(Debug, Clone)]
enum Tamper {
    Text(&'static str, usize),
    Time(usize),
    Actor(usize),
    Subject(usize),
    Delete(usize),
    Unseal(usize),
    SwapTimes(usize, usize),
    SwapBlocks(usize, usize),
    SealUnsealed(usize),
    BlockHash(i64),
    BlockTime(i64),
    BlockCount(i64),
    DropBlock(i64),
}

fn tampering() -> impl Strategy<Value = Tamper> {
    let row = 0..12_usize;
    prop_oneof![
        (
            proptest::sample::select(vec!["action", "purpose", "subject_kind", "fields"]),
            row.clone()
        )
            .prop_map(|(c, r)| Tamper::Text(c, r)),
        row.clone().prop_map(Tamper::Time),
        row.clone().prop_map(Tamper::Actor),
        row.clone().prop_map(Tamper::Subject),
        row.clone().prop_map(Tamper::Delete),
        row.clone().prop_map(Tamper::Unseal),
        (row.clone(), 1..12_usize).prop_map(|(a, by)| Tamper::SwapTimes(a, (a + by) % 12)),
        (row.clone(), 4..9_usize).prop_map(|(a, by)| Tamper::SwapBlocks(a, (a + by) % 12)),
        (0..2_usize).prop_map(Tamper::SealUnsealed),
        (1..4_i64).prop_map(Tamper::BlockHash),
        (1..4_i64).prop_map(Tamper::BlockTime),
        (1..4_i64).prop_map(Tamper::BlockCount),
        (1..4_i64).prop_map(Tamper::DropBlock),
    ]
}

async fn tamper(db: &Db, how: &Tamper) {
    let clock = clock();
    let ids = read!(db, |tx| {
        let rows = tx
            .all(
                sql!("select id from audit_entries order by block is null, block, id"),
                args![],
            )
            .await?;
        rows.iter()
            .map(|row| row.at(0))
            .collect::<Result<Vec<Uuid>, DbError>>()
    })
    .await
    .unwrap();
    upkeep!(db, &clock, |tx| {
        match how {
            Tamper::Text("action", r) => tx.run(sql!("update audit_entries set action = action || 'x' where id = $1"), args![ids[*r]]).await,
            Tamper::Text("purpose", r) => tx.run(sql!("update audit_entries set purpose = 'other' where id = $1"), args![ids[*r]]).await,
            Tamper::Text("fields", r) => tx.run(sql!("update audit_entries set fields = 'name' where id = $1"), args![ids[*r]]).await,
            // Moves a character over the border between two fields.
            Tamper::Text(_, r) => tx.run(sql!("update audit_entries set subject_kind = 't', purpose = purpose || 'hing' where id = $1"), args![ids[*r]]).await,
            Tamper::Time(r) => tx.run(sql!("update audit_entries set at = $2 where id = $1"), args![ids[*r], clock.now() - chrono::Duration::microseconds(1)]).await,
            Tamper::Actor(r) => tx.run(sql!("update audit_entries set actor = null where id = $1"), args![ids[*r]]).await,
            Tamper::Subject(r) => tx.run(sql!("update audit_entries set subject_id = id where id = $1"), args![ids[*r]]).await,
            Tamper::Delete(r) => tx.run(sql!("delete from audit_entries where id = $1"), args![ids[*r]]).await,
            Tamper::Unseal(r) => tx.run(sql!("update audit_entries set block = null where id = $1"), args![ids[*r]]).await,
            Tamper::SwapTimes(a, b) => {
                let at = sql!("select at from audit_entries where id = $1");
                let of_a: DateTime<Utc> = tx.one(at, args![ids[*a]]).await?.at(0)?;
                let of_b: DateTime<Utc> = tx.one(at, args![ids[*b]]).await?.at(0)?;
                let set = sql!("update audit_entries set at = $2 where id = $1");
                tx.run(set, args![ids[*a], of_b]).await?;
                tx.run(set, args![ids[*b], of_a]).await
            }
            Tamper::SwapBlocks(a, b) => {
                let block = async |tx: &mut crate::Tx, id: Uuid| tx.count(sql!("select block from audit_entries where id = $1"), args![id]).await;
                let (of_a, of_b) = (block(tx, ids[*a]).await?, block(tx, ids[*b]).await?);
                assert_ne!(of_a, of_b);
                tx.run(sql!("update audit_entries set block = $2 where id = $1"), args![ids[*a], of_b]).await?;
                tx.run(sql!("update audit_entries set block = $2 where id = $1"), args![ids[*b], of_a]).await
            }
            Tamper::SealUnsealed(r) => tx.run(sql!("update audit_entries set block = 2 where id = $1"), args![ids[12 + r]]).await,
            Tamper::BlockHash(n) => tx.run(sql!("update audit_blocks set hash = previous where number = $1 and number > 1 or number = $1 and hash <> previous"), args![*n]).await,
            Tamper::BlockTime(n) => tx.run(sql!("update audit_blocks set sealed_at = $2 where number = $1"), args![*n, clock.now() - chrono::Duration::days(1)]).await,
            Tamper::BlockCount(n) => tx.run(sql!("update audit_blocks set entries = entries + 1 where number = $1"), args![*n]).await,
            Tamper::DropBlock(n) => tx.run(sql!("delete from audit_blocks where number = $1"), args![*n]).await,
        }
    })
    .await
    .unwrap();
}

on_both! {
    async fn what_is_sealed_is_proven_and_the_rest_counted(db: Db) {
        let heads = sealed(&db).await;
        let report = verify(&db, &heads).await.unwrap();
        assert_eq!(report.findings, []);
        assert_eq!((report.blocks, report.sealed, report.unsealed, report.heads), (3, 12, 2, 3));
        assert_eq!(report.last.as_ref(), heads.last());
    }

    async fn a_late_row_with_an_old_id_is_sealed_all_the_same(db: Db) {
        sealed(&db).await;
        let early = clock();
        act(&db, &early, 1).await;
        let head = upkeep!(&db, &early, |tx| seal(tx).await).await.unwrap().unwrap();
        let report = verify(&db, &[head]).await.unwrap();
        assert_eq!((report.findings, report.unsealed), (vec![], 0));
    }

    async fn cutting_the_end_off_or_rewriting_shows_against_a_kept_head(db: Db) {
        let heads = sealed(&db).await;
        let clock = clock();
        upkeep!(&db, &clock, |tx| {
            tx.run(sql!("delete from audit_entries where block = 3"), args![]).await?;
            tx.run(sql!("delete from audit_blocks where number = 3"), args![]).await
        }).await.unwrap();
        assert_eq!(verify(&db, &[]).await.unwrap().findings, [], "nothing inside tells");
        assert_eq!(verify(&db, &heads).await.unwrap().findings, [Finding::CutOff(3)]);
        // Rewritten consistently: an entry removed and everything sealed again.
        upkeep!(&db, &clock, |tx| {
            tx.run(sql!("delete from audit_entries where block = 2"), args![]).await?;
            tx.run(sql!("delete from audit_blocks where number = 2"), args![]).await?;
            seal(tx).await
        }).await.unwrap().unwrap();
        assert_eq!(verify(&db, &[]).await.unwrap().findings, []);
        assert_eq!(verify(&db, &heads).await.unwrap().findings, [Finding::Rewritten(2), Finding::CutOff(3)]);
    }

    async fn heads_go_to_a_file_that_a_disagreeing_database_cannot_extend(db: Db) {
        let (folder, clock) = (crate::testing::folder().unwrap(), clock());
        let sealer = Sealer::new(&db, &clock, folder.path());
        let other = Sealer::new(&db, &clock, folder.path());
        act(&db, &clock, 3).await;
        assert_eq!(sealer.run().await.unwrap(), 1);
        act(&db, &clock, 1).await;
        assert_eq!(other.run().await.unwrap(), 0, "the first holds the lease");
        clock.advance(chrono::Duration::minutes(2));
        assert_eq!(other.run().await.unwrap(), 1);
        let file = folder.path().join(FILE);
        let heads = heads::read(&file).unwrap();
        assert_eq!(heads.len(), 2);
        assert_eq!(verify(&db, &heads).await.unwrap().findings, []);
        // A torn last line is written again.
        std::fs::write(&file, format!("{}\n2 ab", heads[0])).unwrap();
        assert_eq!(heads::read(&file).unwrap(), heads[..1]);
        upkeep!(&db, &clock, |tx| tx.run(sql!("update audit_blocks set hash = previous where number = 1"), args![]).await).await.unwrap();
        assert!(sealer.run().await.is_err());
        assert_eq!(heads::read(&file).unwrap().len(), 1);
    }
}

/// Every kind of tampering on fresh copies of one sealed database.
#[test]
fn any_single_tampering_is_found() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (db, folder) = crate::testing::sqlite().await.unwrap();
        sealed(&db).await;
        db.close().await;
        let file = folder.path().join("commonweal.db");
        let copy = folder.path().join("copy.db");
        let mut runner = TestRunner::deterministic();
        for _ in 0..120 {
            let how = tampering().new_tree(&mut runner).unwrap().current();
            std::fs::copy(&file, &copy).unwrap();
            let db = Db::sqlite(&copy).await.unwrap();
            tamper(&db, &how).await;
            let report = verify(&db, &[]).await.unwrap();
            assert!(!report.findings.is_empty(), "{how:?} went unnoticed");
            db.close().await;
        }
    });
}
