use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::*;
use crate::events::Actor;
use crate::testing::clock;
use crate::{args, on_both, read, sql, upkeep, write};

fn counting(name: &'static str, count: &Arc<AtomicU32>, fail_first: u32) -> JobKind {
    let count = count.clone();
    JobKind::new(name, "Count", move |_| {
        let count = count.clone();
        async move {
            if count.fetch_add(1, Ordering::SeqCst) < fail_first {
                Err(JobError::Again("not yet".to_owned()))
            } else {
                Ok(())
            }
        }
    })
}

async fn states(db: &Db) -> Vec<(String, i64, Option<String>)> {
    read!(db, |tx| {
        let rows = tx
            .all(
                sql!("select state, attempts, last_error from jobs order by id"),
                args![],
            )
            .await?;
        rows.iter()
            .map(|row| Ok((row.at(0)?, row.at(1)?, row.at(2)?)))
            .collect::<Result<_, DbError>>()
    })
    .await
    .unwrap()
}

on_both! {
    async fn a_job_is_done_once_and_retried_with_growing_pauses(db: Db) {
        let (clock, count) = (clock(), Arc::new(AtomicU32::new(0)));
        upkeep!(&db, &clock, |tx| enqueue(tx, "count", serde_json::json!({})).await).await.unwrap();
        let worker = Worker::new(&db, &clock, [counting("count", &count, 2)], Options::default());
        assert_eq!(worker.run_due().await.unwrap(), 1);
        assert_eq!(states(&db).await[0], ("waiting".to_owned(), 1, Some("not yet".to_owned())));
        assert_eq!(worker.run_due().await.unwrap(), 0, "it pauses");
        clock.advance(chrono::Duration::seconds(12));
        assert_eq!(worker.run_due().await.unwrap(), 1);
        clock.advance(chrono::Duration::seconds(12));
        assert_eq!(worker.run_due().await.unwrap(), 0, "it pauses longer");
        clock.advance(chrono::Duration::seconds(12));
        assert_eq!(worker.run_due().await.unwrap(), 1);
        assert_eq!(states(&db).await[0], ("done".to_owned(), 3, None));
        clock.advance(chrono::Duration::days(1));
        assert_eq!(worker.run_due().await.unwrap(), 0);
        assert_eq!(count.load(Ordering::SeqCst), 3);
    }

    async fn what_keeps_failing_is_laid_aside_and_can_be_tried_again_or_given_up(db: Db) {
        let (clock, count) = (clock(), Arc::new(AtomicU32::new(0)));
        let options = Options { tries: 3, ..Options::default() };
        let never = JobKind::new("never", "Never", |_| async { Err(JobError::Never("wrong".to_owned())) });
        let panics = JobKind::new("panics", "Panics", |context: JobContext| async move {
            assert!(context.payload.is_null(), "on purpose");
            Ok(())
        });
        let worker = Worker::new(&db, &clock, [counting("count", &count, 99), never, panics], options);
        let mut ids = Vec::new();
        for kind in ["count", "never", "panics", "unknown"] {
            ids.push(upkeep!(&db, &clock, |tx| enqueue(tx, kind, serde_json::json!({})).await).await.unwrap());
        }
        for _ in 0..4 {
            worker.run_due().await.unwrap();
            clock.advance(chrono::Duration::hours(1));
        }
        let mut failed: Vec<_> = states(&db).await;
        failed.sort();
        assert!(failed.iter().all(|(state, ..)| state == "failed"), "{failed:?}");
        assert_eq!(count.load(Ordering::SeqCst), 3);
        let admin = Actor::user(ids[0], "administration");
        write!(&db, &clock, &admin, |tx| requeue(tx, ids[0]).await).await.unwrap();
        assert!(matches!(write!(&db, &clock, &admin, |tx| requeue(tx, ids[0]).await).await, Err(DbError::Stale)));
        write!(&db, &clock, &admin, |tx| discard(tx, ids[1]).await).await.unwrap();
        assert_eq!(worker.run_due().await.unwrap(), 1);
        assert_eq!(count.load(Ordering::SeqCst), 4);
        assert_eq!(states(&db).await.len(), 3);
    }

    async fn a_dead_workers_job_is_taken_over_when_its_lease_ends(db: Db) {
        let (clock, count) = (clock(), Arc::new(AtomicU32::new(0)));
        upkeep!(&db, &clock, |tx| enqueue(tx, "count", serde_json::json!({})).await).await.unwrap();
        let dead = crate::ids::new_uuid(&clock);
        let taken = upkeep!(&db, &clock, |tx| queue::take(tx, dead, chrono::Duration::seconds(60)).await).await.unwrap();
        assert!(taken.is_some());
        let worker = Worker::new(&db, &clock, [counting("count", &count, 0)], Options::default());
        assert_eq!(worker.run_due().await.unwrap(), 0);
        clock.advance(chrono::Duration::seconds(60));
        assert_eq!(worker.run_due().await.unwrap(), 1);
        assert_eq!(states(&db).await[0].0, "done");
        // The dead worker wakes and finds that the job is no longer its own.
        let id = taken.unwrap().id;
        let kept = upkeep!(&db, &clock, |tx| queue::end(tx, id, dead, &queue::Ending::Failed("late".to_owned())).await).await.unwrap();
        assert!(!kept);
    }

    async fn a_reminder_moves_and_a_recurring_job_is_there_once(db: Db) {
        let (clock, count) = (clock(), Arc::new(AtomicU32::new(0)));
        let later = clock.now() + chrono::Duration::hours(2);
        for at in [Some(clock.now()), Some(later)] {
            upkeep!(&db, &clock, |tx| move_unique(tx, "review:1", "count", serde_json::json!({}), at).await).await.unwrap();
        }
        upkeep!(&db, &clock, |tx| move_unique(tx, "review:2", "count", serde_json::json!({}), Some(later)).await).await.unwrap();
        upkeep!(&db, &clock, |tx| move_unique(tx, "review:2", "count", serde_json::json!({}), None).await).await.unwrap();
        let worker = Worker::new(&db, &clock, [counting("count", &count, 0)], Options::default());
        assert_eq!(worker.run_due().await.unwrap(), 0);
        clock.advance(chrono::Duration::hours(2));
        assert_eq!(worker.run_due().await.unwrap(), 1);
        for _ in 0..2 {
            upkeep!(&db, &clock, |tx| every(tx, "count", chrono::Duration::minutes(5)).await).await.unwrap();
        }
        assert_eq!(worker.run_due().await.unwrap(), 1);
        assert_eq!(worker.run_due().await.unwrap(), 0);
        clock.advance(chrono::Duration::minutes(5));
        assert_eq!(worker.run_due().await.unwrap(), 1);
        clock.advance(chrono::Duration::days(60));
        let swept = upkeep!(&db, &clock, |tx| { let now = tx.now(); sweep(tx, now).await }).await.unwrap();
        assert_eq!(swept, 1, "the recurring one stays");
    }

    async fn many_workers_do_each_job_once_and_finish_what_is_in_hand(db: Db) {
        let (clock, count) = (Clock::System, Arc::new(AtomicU32::new(0)));
        for _ in 0..20 {
            upkeep!(&db, &clock, |tx| enqueue(tx, "slow", serde_json::json!({})).await).await.unwrap();
        }
        let slow = {
            let count = count.clone();
            JobKind::new("slow", "Slow", move |_| {
                let count = count.clone();
                async move {
                    tokio::time::sleep(Duration::from_millis(30)).await;
                    count.fetch_add(1, Ordering::SeqCst);
                    Ok(())
                }
            })
        };
        let options = Options { workers: 4, poll: Duration::from_millis(20), ..Options::default() };
        let worker = Worker::new(&db, &clock, [slow], options);
        let (trigger, stop) = crate::stop::channel();
        let running = tokio::spawn(async move { worker.run(&stop).await });
        while count.load(Ordering::SeqCst) < 6 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        trigger.stop();
        running.await.unwrap();
        let states = states(&db).await;
        let done = states.iter().filter(|(state, ..)| state == "done").count();
        assert_eq!(done, count.load(Ordering::SeqCst) as usize);
        assert!(states.iter().all(|(state, ..)| state != "running"), "{states:?}");
    }
}
