//! Stories of the database layer that must come out the same on both engines.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::ids::new_uuid;
use crate::testing::clock;
use crate::{args, insert, list, on_both, read, sql, upkeep};

on_both! {
    async fn every_statement_is_good(db: Db) {
        assert_eq!(crate::testing::prepare_every_statement(&db).await, Vec::<String>::new());
    }

    async fn concurrent_increments_lose_nothing(db: Db) {
        let clock = Clock::System;
        upkeep!(&db, &clock, |tx| {
            tx.run(sql!("insert into audit_blocks (number, sealed_at, entries, previous, hash) values (1, $1, 0, '', '')"), args![tx.now()]).await
        }).await.unwrap();
        let mut tasks = Vec::new();
        for _ in 0..4 {
            let (db, clock) = (db.clone(), clock.clone());
            tasks.push(tokio::spawn(async move {
                let mut done = 0_i64;
                for _ in 0..25 {
                    let outcome = upkeep!(&db, &clock, |tx| {
                        // Read, then write what was read: lost unless the engine notices.
                        let entries = tx.count(sql!("select entries from audit_blocks where number = 1"), args![]).await?;
                        tokio::task::yield_now().await;
                        tx.run(sql!("update audit_blocks set entries = $1 where number = 1"), args![entries + 1]).await
                    })
                    .await;
                    match outcome {
                        Ok(_) => done += 1,
                        // Given up after five tries, and said so.
                        Err(error) => assert!(error.retryable(), "{error}"),
                    }
                }
                done
            }));
        }
        let mut done = 0;
        for task in tasks {
            done += task.await.unwrap();
        }
        let entries = read!(&db, |tx| tx.count(sql!("select entries from audit_blocks where number = 1"), args![]).await).await.unwrap();
        assert_eq!(entries, done);
        assert!(done >= 80, "only {done} of 100 increments got through");
    }

    async fn a_stale_version_is_refused(db: Db) {
        let clock = clock();
        let set = async |version: i64| {
            upkeep!(&db, &clock, |tx| tx.run_versioned(
                sql!("update audit_blocks set entries = entries + 1 where number = 1 and entries = $1"),
                args![version],
            ).await)
            .await
        };
        upkeep!(&db, &clock, |tx| {
            tx.run(sql!("insert into audit_blocks (number, sealed_at, entries, previous, hash) values (1, $1, 0, '', '')"), args![tx.now()]).await
        }).await.unwrap();
        set(0).await.unwrap();
        assert!(matches!(set(0).await, Err(DbError::Stale)));
        set(1).await.unwrap();
    }

    async fn all_pages_together_are_the_whole_list(db: Db) {
        let clock = clock();
        let subject = new_uuid(&clock);
        let mut rows = Vec::new();
        for n in 0..230_i64 {
            let at = clock.now() + chrono::Duration::microseconds(n * 7919 % 40 * 250_000);
            rows.extend(args![new_uuid(&clock), at, ["a", "b", "c"][usize::try_from(n % 3).unwrap()], "p", format!("k{}", n % 7), subject, ""]);
        }
        upkeep!(&db, &clock, |tx| {
            tx.insert_many(insert!("audit_entries", "id, at, action, purpose, subject_kind, subject_id, fields"), rows.clone()).await
        }).await.unwrap();
        let asked = (
            proptest::option::of(proptest::sample::select(vec!["a", "b", "c", "z"])),
            proptest::option::of(0..7_u8),
            proptest::sample::select(vec![None, Some("newest"), Some("oldest"), Some("action"), Some("kind")]),
            1..90_u32,
            any::<bool>(),
        );
        let mut runner = TestRunner::new_with_rng(
            Config::default(),
            proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
        );
        for _ in 0..40 {
            let (action, kind, sort, limit, scoped) = asked.new_tree(&mut runner).unwrap().current();
            let mut filters = Vec::new();
            filters.extend(action.map(|action| ("action".to_owned(), Value::from(action))));
            filters.extend(kind.map(|kind| ("kind".to_owned(), Value::from(format!("k{kind}")))));
            let scope = if scoped {
                Predicate { sql: "audit_entries.action <> ?", values: args!["b"] }
            } else {
                Predicate::everything()
            };
            let pages = async |limit: u32| {
                let mut ids: Vec<uuid::Uuid> = Vec::new();
                let mut asked = Asked { filters: filters.clone(), sort: sort.map(str::to_owned), after: None, limit: Some(limit) };
                loop {
                    let page = read!(&db, |tx| ENTRIES.page(tx, &scope, &asked).await).await?;
                    for row in &page.rows {
                        ids.push(row.get("id")?);
                    }
                    if page.next.is_none() {
                        break Ok::<_, DbError>(ids);
                    }
                    asked.after = page.next;
                }
            };
            let whole = pages(500).await.unwrap();
            assert_eq!(pages(limit).await.unwrap(), whole, "{filters:?} {sort:?} {limit} {scoped}");
            assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), whole.len());
            let count = read!(&db, |tx| ENTRIES.count(tx, &scope, &filters, 1_000).await).await.unwrap();
            assert_eq!(usize::try_from(count).unwrap(), whole.len());
        }
    }

    async fn a_list_has_only_its_own_filters_and_orders(db: Db) {
        let strange = Asked { filters: vec![("colour".to_owned(), Value::from("red"))], ..Asked::default() };
        let page = read!(&db, |tx| ENTRIES.page(tx, &Predicate::everything(), &strange).await).await;
        assert!(matches!(page, Err(DbError::NoSuch("filter"))));
        let strange = Asked { sort: Some("colour".to_owned()), ..Asked::default() };
        let page = read!(&db, |tx| ENTRIES.page(tx, &Predicate::everything(), &strange).await).await;
        assert!(matches!(page, Err(DbError::NoSuch("order"))));
    }

    async fn types_and_nulls_come_back_as_they_went(db: Db) {
        let clock = Clock::System;
        let id = new_uuid(&clock);
        let now = clock.now();
        upkeep!(&db, &clock, |tx| tx.run(
            sql!("insert into events (id, subject_kind, subject_id, kind, valid_at, recorded_at, actor, purpose, data) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"),
            args![id, "thing", id, "thing.made", now, now, None::<uuid::Uuid>, "test", serde_json::json!({"name": "Å ", "n": 1.5})],
        ).await).await.unwrap();
        let row = read!(&db, |tx| tx.one(sql!("select * from events where id = $1 and recorded_at = $2"), args![id, now]).await).await.unwrap();
        assert_eq!(row.get::<uuid::Uuid>("id").unwrap(), id);
        assert_eq!(row.get::<Option<uuid::Uuid>>("actor").unwrap(), None);
        assert_eq!(row.get::<chrono::DateTime<chrono::Utc>>("valid_at").unwrap(), now);
        assert_eq!(row.get::<serde_json::Value>("data").unwrap(), serde_json::json!({"name": "Å ", "n": 1.5}));
        assert!(row.get::<i64>("no_such_column").is_err());
    }
}

static ENTRIES: List = List {
    columns: "audit_entries.id, audit_entries.at",
    from: "audit_entries",
    key: "audit_entries.id",
    filters: &[
        Filter {
            name: "action",
            sql: "audit_entries.action = ?",
        },
        Filter {
            name: "kind",
            sql: "audit_entries.subject_kind = ?",
        },
    ],
    sorts: &[
        Sort {
            name: "newest",
            by: "audit_entries.at",
            descending: true,
        },
        Sort {
            name: "oldest",
            by: "audit_entries.at",
            descending: false,
        },
        Sort {
            name: "action",
            by: "audit_entries.action",
            descending: false,
        },
        Sort {
            name: "kind",
            by: "audit_entries.subject_kind",
            descending: true,
        },
    ],
};
list!(ENTRIES);
