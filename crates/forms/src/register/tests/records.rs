//! Stories of the store.

use chrono::Duration;
use commonweal_core::events::Actor;
use commonweal_core::jobs::{self, Options, Worker};
use commonweal_core::{DbError, args, on_both, read, sql, upkeep, write};

use super::Stage;
use crate::answers::{Answer, Answers, Contact};
use crate::register::store::{self, NewRecord, StoreError};

fn answers(pairs: &[(&str, Answer)]) -> Answers {
    let mut answers = Answers::default();
    for (id, answer) in pairs {
        answers.set(id, Some(answer.clone()));
    }
    answers
}

fn sample() -> Answers {
    answers(&[
        ("code", Answer::Text("S-12".to_owned())),
        ("name", Answer::Text("Old mill".to_owned())),
        ("tenure", Answer::Choice("private".to_owned())),
        (
            "kinds",
            Answer::Choices(vec!["rubbish".to_owned(), "fire".to_owned()]),
        ),
        (
            "contact",
            Answer::Contact(Contact {
                name: "Marjorie Secretname".to_owned(),
                ..Contact::default()
            }),
        ),
    ])
}

on_both! {
    async fn every_statement_is_good(db: Db) {
        assert_eq!(commonweal_core::testing::prepare_every_statement(&db).await, Vec::<String>::new());
    }

    async fn a_record_is_made_once_for_each_delivery(db: Db) {
        let stage = Stage::new(&db).await;
        let new = NewRecord { answers: sample(), channel: "offline", delivery: Some("phone-1".to_owned()), ..NewRecord::default() };
        let first = stage.create(&stage.sample, new.clone()).await;
        let second = stage.create(&stage.sample, NewRecord { answers: Answers::default(), ..new }).await;
        assert_eq!(first, second);
        assert_eq!(first.state, "found");
        assert_eq!(first.title, "Old mill");
        assert!(first.reference.starts_with("SA-"));
        // Ten working days after Monday 1 June 2026.
        assert_eq!(first.due_on, Some("2026-06-15".parse().unwrap()));
        let found = read!(&db, |tx| store::by_reference(tx, &first.reference.to_lowercase()).await).await.unwrap();
        assert_eq!(found, first);
        let index = read!(&db, |tx| tx.count(sql!("select count(*) from answer_index where record = $1"), args![first.id]).await).await.unwrap();
        assert_eq!(index, 5, "code, name, tenure and two kinds");
        let fields = read!(&db, |tx| tx.one(sql!("select fields from audit_entries where subject_id = $1 and action = 'form_record.added'"), args![first.id]).await?.get::<String>("fields")).await;
        let fields: Result<String, DbError> = fields;
        assert_eq!(fields.unwrap(), "code,contact,kinds,name,tenure");
    }

    async fn a_stale_change_shows_what_is_there_now(db: Db) {
        let stage = Stage::new(&db).await;
        let record = stage.record(sample(), None, None).await;
        let mut mine = sample();
        mine.set("name", Some(Answer::Text("New mill".to_owned())));
        let change = async |answers: &Answers| {
            write!(&db, &stage.clock, &Actor::system("test"), |tx| store::change(tx, &stage.sample, record.id, 1, answers, Some("Seen today")).await).await
        };
        let changed = change(&mine).await.unwrap();
        assert_eq!((changed.version, changed.title.as_str()), (2, "New mill"));
        // The same again is no quarrel; something else is.
        assert_eq!(change(&mine).await.unwrap().version, 2);
        match change(&sample()).await {
            Err(StoreError::Stale(now)) => assert_eq!(now.title, "New mill"),
            other => panic!("{other:?}"),
        }
        let notes = read!(&db, |tx| store::notes(tx, record.id).await).await.unwrap();
        assert_eq!(notes.len(), 1, "{notes:?}");
        let changes = read!(&db, |tx| store::changes(tx, record.id).await).await.unwrap();
        let one = changes.iter().find(|change| change.kind == "form_record.changed").unwrap();
        assert_eq!(one.data["name"]["was"]["value"], "Old mill");
        assert!(one.data.get("tenure").is_none());
    }

    async fn two_people_move_one_record_and_the_second_is_told(db: Db) {
        let stage = Stage::new(&db).await;
        let record = stage.record(sample(), None, None).await;
        let go = async |key: &str, version: i64| {
            write!(&db, &stage.clock, &Actor::system("test"), |tx| store::make_move(tx, &stage.sample, record.id, version, key, &answers(&[("visit_on", Answer::Date("2026-06-20".parse().unwrap()))]), Some("Because")).await).await
        };
        let (one, two) = tokio::join!(go("start", 1), go("start", 1));
        let won = [&one, &two].iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(won, 1);
        let lost = if one.is_ok() { two } else { one };
        assert!(matches!(lost, Err(StoreError::Stale(now)) if now.state == "working"));
        let dues = read!(&db, |tx| store::dues(tx, record.id).await).await.unwrap();
        let open: Vec<_> = dues.iter().filter(|due| due.done_at.is_none()).map(|due| (due.due.as_str(), due.due_on.to_string())).collect();
        assert_eq!(open, [("visit", "2026-06-20".to_owned()), ("review", "2026-09-01".to_owned())]);
        let done = go("finish", 2).await.unwrap();
        assert_eq!(done.state, "done");
        assert!(done.closed_at.is_some());
        assert_eq!(done.due_on, None);
        assert!(matches!(go("start", 3).await, Err(StoreError::NoSuchMove)));
    }

    async fn a_move_waits_for_what_it_needs(db: Db) {
        let stage = Stage::new(&db).await;
        let mut given = sample();
        given.set("tenure", None);
        let record = stage.record(given, None, None).await;
        let moved = write!(&db, &stage.clock, &Actor::system("test"), |tx| store::make_move(tx, &stage.sample, record.id, 1, "start", &Answers::default(), None).await).await;
        assert!(matches!(moved, Err(StoreError::Unmet(why)) if why == ["First answer ‘Who owns it?’."]));
    }

    async fn owners_are_reminded_once_a_day_that_is_named(db: Db) {
        let stage = Stage::new(&db).await;
        let owner = stage.person(&["officer"]).await;
        stage.record(sample(), Some(owner.agency), Some(owner.user)).await;
        stage.record(sample(), Some(owner.agency), None).await;
        let worker = Worker::new(&db, &stage.clock, crate::register::jobs(&stage.forms), Options::default());
        upkeep!(&db, &stage.clock, |tx| jobs::every(tx, "registers.remind", Duration::hours(1)).await).await.unwrap();
        let mails = async || {
            worker.run_due().await.unwrap();
            read!(&db, |tx| tx.count(sql!("select count(*) from outbox where kind = 'register.due'"), args![]).await).await.unwrap()
        };
        assert_eq!(mails().await, 0);
        stage.clock.advance(Duration::days(12));
        assert_eq!(mails().await, 1, "two days before 15 June");
        stage.clock.advance(Duration::hours(2));
        assert_eq!(mails().await, 1);
        stage.clock.advance(Duration::days(2));
        assert_eq!(mails().await, 2, "on the day");
        let body = read!(&db, |tx| tx.one(sql!("select body from outbox where kind = 'register.due' limit 1"), args![]).await?.get::<String>("body")).await;
        let body: Result<String, DbError> = body;
        let body = body.unwrap();
        assert!(body.contains("/registers/sample/records/SA-") && !body.contains("Secretname") && !body.contains("mill"), "{body}");
    }

    async fn what_was_kept_long_enough_is_erased_everywhere(db: Db) {
        let stage = Stage::new(&db).await;
        let record = stage.record(sample(), None, None).await;
        for (key, version) in [("start", 1), ("finish", 2)] {
            write!(&db, &stage.clock, &Actor::system("test"), |tx| store::make_move(tx, &stage.sample, record.id, version, key, &Answers::default(), Some("Marjorie Secretname asked")).await).await.unwrap();
        }
        let worker = Worker::new(&db, &stage.clock, crate::register::jobs(&stage.forms), Options::default());
        upkeep!(&db, &stage.clock, |tx| jobs::every(tx, "registers.retention", Duration::hours(24)).await).await.unwrap();
        stage.clock.advance(Duration::days(700));
        worker.run_due().await.unwrap();
        assert!(read!(&db, |tx| store::load(tx, record.id).await).await.unwrap().erased_at.is_none(), "not yet 24 months");
        stage.clock.advance(Duration::days(40));
        worker.run_due().await.unwrap();
        let after = read!(&db, |tx| store::load(tx, record.id).await).await.unwrap();
        assert!(after.erased_at.is_some());
        assert!(after.answers.get("contact").is_none() && after.answers.get("name").is_some());
        let all: Vec<String> = read!(&db, |tx| {
            let rows = tx.all(sql!("select data from events where subject_id = $1"), args![record.id]).await?;
            rows.iter().map(|row| Ok(row.get::<serde_json::Value>("data")?.to_string())).collect::<Result<Vec<_>, DbError>>()
        }).await.unwrap();
        assert!(all.iter().all(|data| !data.contains("Secretname")), "{all:?}");
        let keys = read!(&db, |tx| tx.count(sql!("select count(*) from search_keys where key = 'nsecretname'"), args![]).await).await.unwrap();
        assert_eq!(keys, 0);
    }

    async fn a_removed_record_leaves_only_that_it_was(db: Db) {
        let stage = Stage::new(&db).await;
        let record = stage.record(sample(), None, None).await;
        write!(&db, &stage.clock, &Actor::system("retention"), |tx| store::remove(tx, &stage.sample, record.id).await).await.unwrap();
        let gone: Result<_, DbError> = read!(&db, |tx| store::load(tx, record.id).await).await;
        assert!(matches!(gone, Err(DbError::NotFound)));
        let events = read!(&db, |tx| store::changes(tx, record.id).await).await.unwrap();
        assert!(events.iter().any(|event| event.kind == "form_record.removed"));
        assert!(events.iter().all(|event| !event.data.to_string().contains("mill")));
        let left = read!(&db, |tx| tx.count(sql!("select count(*) from search_entries"), args![]).await).await.unwrap();
        assert_eq!(left, 0);
    }

    async fn every_shipped_definition_keeps_records(db: Db) {
        let stage = Stage::new(&db).await;
        let all = stage.forms.catalogue.all();
        assert!(all.len() > 20);
        for definition in all {
            for seed in 0..3 {
                let made = stage.made_up(&definition, seed);
                let record = stage.create(&definition, NewRecord { answers: made.clone(), channel: "page", ..NewRecord::default() }).await;
                assert!(!record.title.is_empty(), "{}", definition.key);
                let again = read!(&db, |tx| store::load(tx, record.id).await).await.unwrap();
                assert_eq!(again.answers, record.answers, "{}", definition.key);
                assert_eq!(record.state, definition.first_state().map_or("received", |state| state.key.as_str()));
                let other = stage.made_up(&definition, seed + 100);
                let changed = write!(&db, &stage.clock, &Actor::system("test"), |tx| store::change(tx, &definition, record.id, 1, &other, None).await).await.unwrap();
                assert_eq!(changed.version, 2);
                for one in definition.moves_from(&changed.state) {
                    let moved = write!(&db, &stage.clock, &Actor::system("test"), |tx| store::make_move(tx, &definition, record.id, 2, &one.key, &Answers::default(), None).await).await;
                    match moved {
                        Ok(moved) => { assert_eq!(moved.state, one.to); break; }
                        Err(StoreError::Unmet(why)) => assert!(!why.is_empty()),
                        Err(error) => panic!("{}: {error}", definition.key),
                    }
                }
                if definition.is_personal() {
                    write!(&db, &stage.clock, &Actor::system("retention"), |tx| store::erase_personal(tx, &definition, record.id).await).await.unwrap();
                }
            }
        }
    }
}
