use proptest::prelude::*;

use super::*;
use crate::db::Predicate;
use crate::on_both;
use crate::testing::clock;

const KIND: Kind = Kind {
    kind: "job",
    from: "jobs",
    key: "jobs.id",
};

fn entry(clock: &Clock, subject: Uuid, name: &str, text: &str) -> Entry {
    clock.advance(chrono::Duration::seconds(1));
    Entry {
        subject,
        kind: "job",
        at: clock.now(),
        names: vec![name.to_owned()],
        references: Vec::new(),
        telephones: Vec::new(),
        text: text.to_owned(),
    }
}

/// A record with an entry; jobs serve as records, their kind as the agency in the scope.
async fn record(db: &Db, clock: &Clock, agency: &str, make: impl Fn(Uuid) -> Entry) -> Uuid {
    upkeep!(db, clock, |tx| {
        let id = crate::jobs::enqueue(tx, agency, serde_json::json!({})).await?;
        put(tx, &make(id)).await?;
        Ok::<_, DbError>(id)
    })
    .await
    .unwrap()
}

async fn ask(db: &Db, scope: &Predicate, text: &str) -> (Vec<Uuid>, String) {
    let asked = Asked {
        question: Question::read(text).unwrap(),
        after: None,
        limit: 50,
    };
    let found = read!(db, |tx| KIND.find(tx, scope, &asked).await)
        .await
        .unwrap();
    (
        found.hits.iter().map(|hit| hit.subject).collect(),
        found.count.to_string(),
    )
}

on_both! {
    async fn people_are_found_as_they_are_remembered(db: Db) {
        let clock = clock();
        let all = Predicate::everything();
        let reference = crate::ids::Reference::random("C").unwrap();
        let smith = record(&db, &clock, "police", |id| Entry {
            references: vec![reference.to_string(), "CRI/2026 118".to_owned()],
            telephones: vec!["07700 900123".to_owned()],
            ..entry(&clock, id, "Séan O'Smith-Brown", "Noise through the party wall at night.")
        }).await;
        let other = record(&db, &clock, "council", |id| entry(&clock, id, "Kathryn Jones", "The wall was painted over.")).await;
        let typed = reference.as_str().to_lowercase().replace('-', " ");
        for text in ["osmith", "sean brown", "sean bro", "OSMYTH", "+44 7700 900 123", "900123", "cri/2026 118", "party wall", &typed] {
            assert_eq!(ask(&db, &all, text).await, (vec![smith], "1".to_owned()), "{text}");
        }
        assert_eq!(ask(&db, &all, "Catherine").await.0, [other]);
        assert_eq!(ask(&db, &all, "wall").await.0, [other, smith], "newest first");
        for text in ["brown kathryn", "nobody", "wall AND NOT party", "\" or 1=1 --", "wall'|!x"] {
            assert_eq!(ask(&db, &all, text).await.0, Vec::<Uuid>::new(), "{text}");
        }
        // Changed: no trace of the old name. Removed: no trace at all.
        upkeep!(&db, &clock, |tx| put(tx, &entry(&clock, smith, "Ann Green", "")).await).await.unwrap();
        assert_eq!(ask(&db, &all, "osmith").await.0, Vec::<Uuid>::new());
        assert_eq!(ask(&db, &all, "party").await.0, Vec::<Uuid>::new());
        assert_eq!(ask(&db, &all, "green").await.0, [smith]);
        upkeep!(&db, &clock, |tx| remove(tx, smith).await).await.unwrap();
        assert_eq!(ask(&db, &all, "green").await.0, Vec::<Uuid>::new());
    }

    async fn an_outsider_sees_nothing_not_even_a_count(db: Db) {
        let clock = clock();
        let mine = record(&db, &clock, "police", |id| entry(&clock, id, "Green", "door")).await;
        record(&db, &clock, "council", |id| entry(&clock, id, "Green", "door")).await;
        let police = Predicate { sql: "jobs.kind = ?", values: args!["police"] };
        for text in ["green", "door"] {
            assert_eq!(ask(&db, &police, text).await, (vec![mine], "1".to_owned()));
            assert_eq!(ask(&db, &Predicate::nothing(), text).await, (vec![], "0".to_owned()));
        }
    }

    async fn many_answers_come_in_pages_and_are_not_counted_to_the_end(db: Db) {
        let clock = clock();
        upkeep!(&db, &clock, |tx| {
            for n in 0..1_003 {
                let id = crate::jobs::enqueue(tx, "x", serde_json::json!({})).await?;
                put(tx, &entry(&clock, id, if n % 100 == 0 { "Green" } else { "Grey" }, "noise")).await?;
            }
            Ok::<_, DbError>(())
        }).await.unwrap();
        assert_eq!(ask(&db, &Predicate::everything(), "noise").await.1, "1,000+");
        let mut asked = Asked { question: Question::read("green").unwrap(), after: None, limit: 4 };
        let mut pages = Vec::new();
        loop {
            let found = read!(&db, |tx| KIND.find(tx, &Predicate::everything(), &asked).await).await.unwrap();
            pages.extend(found.hits.iter().map(|hit| hit.subject));
            asked.after = found.next;
            if found.next.is_none() {
                break;
            }
        }
        assert_eq!(pages, ask(&db, &Predicate::everything(), "green").await.0);
        assert_eq!(pages.len(), 11);
    }

    async fn it_is_rebuilt_once_from_its_sources(db: Db) {
        let clock = clock();
        let mut subjects: Vec<Uuid> = Vec::new();
        for _ in 0..3 {
            subjects.push(upkeep!(&db, &clock, |tx| crate::jobs::enqueue(tx, "x", serde_json::json!({})).await).await.unwrap());
        }
        subjects.sort();
        let source = {
            let (subjects, clock) = (subjects.clone(), clock.clone());
            Source::new("job", move |_, after| {
                let next = subjects.iter().find(|id| after.is_none_or(|after| **id > after)).copied();
                let entries = next.map(|id| entry(&clock, id, "Green", "")).into_iter().collect();
                async move { Ok(entries) }
            })
        };
        assert_eq!(rebuild_if_new(&db, &clock, std::slice::from_ref(&source)).await.unwrap(), 3);
        assert_eq!(rebuild_if_new(&db, &clock, &[source]).await.unwrap(), 0);
        assert_eq!(ask(&db, &Predicate::everything(), "green").await.0.len(), 3);
        // Another form of the tables: made anew and empty.
        upkeep!(&db, &clock, |tx| tx.run(sql!("update search_state set version = version - 1"), args![]).await).await.unwrap();
        db.migrate().await.unwrap();
        assert_eq!(ask(&db, &Predicate::everything(), "green").await.0, Vec::<Uuid>::new());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_name_is_found_by_its_own_words(name in "\\PC{1,30}") {
        let keys = words::keys(std::slice::from_ref(&name), &[], &[]);
        if let Some(question) = Question::read(&name) {
            for (first, last, sounds) in question.of_names() {
                prop_assert!(keys.iter().any(|key| *key >= first && *key < last));
                prop_assert!(sounds.iter().all(|sound| keys.contains(sound)));
            }
        }
    }
}
