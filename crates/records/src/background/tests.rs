use std::sync::atomic::{AtomicU32, Ordering};

use commonweal_core::jobs::{self, JobError, Options, Worker};
use commonweal_core::mail::{self, Deliver, Mail};
use commonweal_core::{DbError, args, on_both, read, sql, upkeep};
use serde_json::json;
use uuid::Uuid;

use super::pages::{Choice, Context, JOBS_PAGE, Line, RecurringLine, Tab, every};
use super::*;
use crate::test_app::{Served, Stage};

const PRIVATE: &str = "0000-private-payload";

/// Work of two kinds: one that always fails for good, and one that recurs.
async fn world(stage: &Stage) -> (Worker, Served, Arc<AtomicU32>) {
    let tries = Arc::new(AtomicU32::new(0));
    let counted = tries.clone();
    let failing = JobKind::new("test.fail", "Count the swans", move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        async { Err(JobError::Never("4711 swans are too many".to_owned())) }
    });
    let recurring = JobKind::new("test.tidy", "Tidy the attic", |_| async { Ok(()) });
    let refused = Deliver::by(|_| async { Err(JobError::Again("no answer".to_owned())) });
    let options = Options {
        tries: 1,
        ..Options::default()
    };
    let worker = Worker::new(
        &stage.app.db,
        &stage.clock,
        [failing, recurring, mail::job(refused)],
        options,
    );
    upkeep!(&stage.app.db, &stage.clock, |tx| {
        jobs::enqueue(tx, "test.fail", json!({ "note": PRIVATE })).await?;
        jobs::every(tx, "test.tidy", chrono::Duration::hours(2)).await
    })
    .await
    .unwrap();
    worker.run_due().await.unwrap();
    let state = Background::new(&stage.app, worker.kinds());
    let served = stage.serve(routes().with_state(state));
    (worker, served, tries)
}

async fn jobs_in(stage: &Stage, state: &str) -> Vec<Uuid> {
    read!(&stage.app.db, |tx| {
        let text =
            sql!("select id from jobs where state = $1 and every_seconds is null order by id");
        let rows = tx.all(text, args![state]).await?;
        rows.iter()
            .map(|row| row.at(0))
            .collect::<Result<_, DbError>>()
    })
    .await
    .unwrap()
}

on_both! {
    async fn what_was_laid_aside_is_tried_again_once_and_given_up_once(db: Db) {
        let stage = Stage::new(&db).await;
        let (worker, served, tries) = world(&stage).await;
        let (_, token) = stage.person(&["administrator"]).await;
        let page = served.get("/jobs?state=failed", Some(&token)).await;
        assert_eq!(page.status, 200);
        for words in ["Count the swans", "4711 swans are too many", "Laid aside (1)", "Tidy the attic", "Every 2 hours"] {
            assert!(page.body.contains(words), "{words}");
        }
        assert!(!page.body.contains(PRIVATE), "what a job was put down with is not shown");
        let none = served.get("/jobs?state=waiting", Some(&token)).await;
        assert!(!none.body.contains("4711 swans"));

        let id = jobs_in(&stage, "failed").await[0];
        let retry = format!("/jobs/{id}/retry");
        for _ in 0..2 {
            let answer = served.post(&retry, &token).await;
            assert_eq!((answer.status.as_u16(), answer.location.as_str()), (303, "/jobs?state=failed"));
        }
        assert_eq!(jobs_in(&stage, "waiting").await, [id], "a double click puts it down once");
        let told = served.get("/jobs?state=failed", Some(&token)).await;
        assert!(told.body.contains("not laid aside any more"));
        worker.run_due().await.unwrap();
        assert_eq!(tries.load(Ordering::SeqCst), 2);

        let drop = format!("/jobs/{id}/drop");
        assert_eq!(served.post(&drop, &token).await.status, 303);
        assert!(served.get("/jobs", Some(&token)).await.body.contains("will not be tried again"));
        assert_eq!(served.post(&drop, &token).await.status, 303);
        assert_eq!(jobs_in(&stage, "failed").await, Vec::<Uuid>::new());
        let decisions = read!(&db, |tx| tx.count(sql!("select count(*) from audit_entries where subject_kind = 'job' and actor is not null"), args![]).await).await.unwrap();
        assert_eq!(decisions, 2, "each decision is in the audit, once");
    }

    async fn a_message_whose_delivery_is_given_up_does_not_wait_for_ever(db: Db) {
        let stage = Stage::new(&db).await;
        let (worker, served, _) = world(&stage).await;
        upkeep!(&db, &stage.clock, |tx| {
            let mail = Mail { to: "a@example.org".to_owned(), subject: "s".to_owned(), text: "t".to_owned(), kind: "test" };
            tx.send_mail(mail).await
        }).await.unwrap();
        let (_, token) = stage.person(&["administrator"]).await;
        let before = jobs_in(&stage, "failed").await;
        worker.run_due().await.unwrap();
        let failed = jobs_in(&stage, "failed").await;
        let id = failed.iter().find(|id| !before.contains(id)).unwrap();
        served.post(&format!("/jobs/{id}/drop"), &token).await;
        let state = read!(&db, |tx| tx.one(sql!("select state, error from outbox"), args![]).await).await.unwrap();
        assert_eq!((state.at::<String>(0).unwrap(), state.at::<String>(1).unwrap()), ("failed".to_owned(), "no answer".to_owned()));
    }

    async fn who_may_only_look_has_no_buttons_and_outsiders_see_nothing(db: Db) {
        let stage = Stage::new(&db).await;
        let (_, served, _) = world(&stage).await;
        let (_, token) = stage.person(&["auditor"]).await;
        let page = served.get("/jobs?state=failed", Some(&token)).await;
        assert!(page.body.contains("4711 swans") && !page.body.contains("/retry"));
        let id = jobs_in(&stage, "failed").await[0];
        assert_eq!(served.post(&format!("/jobs/{id}/retry"), &token).await.status, 403);
        assert_eq!(served.get("/jobs?state=odd&kind=odd", Some(&token)).await.status, 200);
        served.outsiders_see_nothing(&["4711 swans", "swans", "attic"]).await;
    }

    async fn the_list_goes_on_where_the_page_ended(db: Db) {
        let stage = Stage::new(&db).await;
        let (_, served, _) = world(&stage).await;
        upkeep!(&db, &stage.clock, |tx| {
            for _ in 0..60 {
                jobs::enqueue(tx, "test.later", json!({})).await?;
            }
            Ok::<_, DbError>(())
        }).await.unwrap();
        let (_, token) = stage.person(&["administrator"]).await;
        let first = served.get("/jobs?state=waiting", Some(&token)).await;
        assert_eq!(first.body.matches(">test.later</th>").count(), 50);
        let next = first.body.split("href=\"/jobs?state=waiting&amp;after=").nth(1).unwrap();
        let after = next.split('"').next().unwrap();
        let second = served.get(&format!("/jobs?state=waiting&after={after}"), Some(&token)).await;
        assert_eq!(second.body.matches(">test.later</th>").count(), 10);
    }
}

#[test]
fn the_page_keeps_the_rules() {
    let text = || "Text".to_owned();
    let line = |manage| Line {
        id: if manage { Uuid::nil() } else { Uuid::max() },
        title: "A <b> of work".to_owned(),
        state: "Laid aside",
        colour: "red",
        put_down: text(),
        when: text(),
        attempts: 8,
        reason: manage.then(text),
        manage,
    };
    let sample = Context {
        tabs: vec![
            Tab {
                text: text(),
                href: "/jobs".to_owned(),
                active: true,
            },
            Tab {
                text: text(),
                href: "/jobs?state=done".to_owned(),
                active: false,
            },
        ],
        kinds: vec![Choice {
            value: String::new(),
            text: text(),
            selected: true,
        }],
        state: "failed".to_owned(),
        heading: text(),
        rows: vec![line(true), line(false)],
        recurring: vec![RecurringLine {
            title: text(),
            every: text(),
            next: text(),
            last: text(),
            reason: Some(text()),
        }],
        next: Some("/jobs?after=x".to_owned()),
    };
    let html = commonweal_govuk::check_page(&JOBS_PAGE, &sample).unwrap();
    assert!(!html.contains("<b>"), "titles are escaped");
}

#[test]
fn periods_read_as_people_say_them() {
    let read = [10, 60, 300, 3_600, 7_200, 86_400].map(every);
    let expected = [
        "Every 10 seconds",
        "Every minute",
        "Every 5 minutes",
        "Every hour",
        "Every 2 hours",
        "Every day",
    ];
    assert_eq!(read, expected);
}
