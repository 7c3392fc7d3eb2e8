use chrono::Duration;
use commonweal_access::session::Token;
use commonweal_core::events::{Actor, Event};
use commonweal_core::{DbError, args, audit, on_both, read, sql, upkeep, write};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::filter::{Asked, Subject};
use super::pages::{
    Around, CHANGES_PAGE, Change, ChangesContext, Choice, FILTERS, LastBlock, READS_PAGE, ReadLine,
    ReadsContext, Seal, Tab,
};
use super::*;
use crate::test_app::{Served, Stage};

struct World {
    stage: Stage,
    served: Served,
    officer: (Uuid, Token),
    record: Uuid,
}

/// An officer changed a record, whose value is secret; that is sealed. A day later the system
/// changed another, which is not.
async fn world(db: &Db) -> World {
    let stage = Stage::new(db).await;
    let officer = stage.person(&["officer"]).await;
    let record = Uuid::from_u128(0x4711);
    let change = |subject: Uuid| {
        Event::new(
            "thing",
            subject,
            "thing.changed",
            json!({ "colour": "ultramarine", "size": 3 }),
        )
    };
    let actor = Actor::user(officer.0, "casework");
    write!(db, &stage.clock, &actor, |tx| {
        tx.record(change(record));
        Ok::<_, DbError>(())
    })
    .await
    .unwrap();
    upkeep!(db, &stage.clock, |tx| audit::seal(tx).await)
        .await
        .unwrap();
    stage.clock.advance(Duration::days(1));
    write!(db, &stage.clock, &Actor::system("upkeep"), |tx| {
        tx.record(Event::new(
            "other",
            Uuid::from_u128(0x4712),
            "other.swept",
            json!({}),
        ));
        Ok::<_, DbError>(())
    })
    .await
    .unwrap();
    let served = stage.serve(routes().with_state(stage.app.clone()));
    World {
        stage,
        served,
        officer,
        record,
    }
}

use commonweal_core::Db;

async fn reads_of_subject(db: &Db, subject: Uuid) -> usize {
    read!(db, |tx| {
        let rows = tx
            .all(sql!("select subjects from access_log order by id"), args![])
            .await?;
        let mut found = 0;
        for row in rows {
            let subjects: Json = row.at(0)?;
            found += usize::from(subjects.to_string().contains(&subject.to_string()));
        }
        Ok::<_, DbError>(found)
    })
    .await
    .unwrap()
}

on_both! {
    async fn an_auditor_sees_who_changed_what_and_how_far_it_is_sealed(db: Db) {
        let World { stage, served, officer, record } = world(&db).await;
        let (_, token) = stage.person(&["auditor"]).await;
        let all = served.get("/audit", Some(&token)).await;
        assert_eq!(all.status, 200);
        for words in ["thing.changed", "colour, size", "casework", "other.swept", "The system", "Not sealed yet", "Entries not sealed yet"] {
            assert!(all.body.contains(words), "{words}");
        }
        assert!(!all.body.contains("ultramarine"), "values are not in the audit");
        let newest = all.body.find("other.swept").unwrap();
        assert!(newest < all.body.find("thing.changed").unwrap());
        assert!(all.body.contains(">1</td>"), "the block of what is sealed");
        assert_eq!(reads_of_subject(&db, record).await, 1, "auditors are written down too");

        for (query, shown) in [
            (format!("actor={}", officer.0), true),
            ("action=thing.changed".to_owned(), true),
            ("action=THING.changed".to_owned(), true),
            ("action=other.swept".to_owned(), false),
            (format!("subject={record}"), true),
            (format!("subject={}", Uuid::from_u128(0x4712)), false),
            ("from=2000-01-01&to=2099-12-31".to_owned(), true),
            ("to=2000-01-01".to_owned(), false),
            ("actor=&action=&from=&to=&subject=".to_owned(), true),
        ] {
            let page = served.get(&format!("/audit?{query}"), Some(&token)).await;
            assert_eq!(page.status, 200, "{query}");
            assert_eq!(page.body.contains("colour, size"), shown, "{query}");
        }
        for query in ["from=yesterday", "subject=4711", "action=%27or%201", "from=2026-02-01&to=2026-01-01"] {
            let page = served.get(&format!("/audit?{query}"), Some(&token)).await;
            assert_eq!(page.status, 422, "{query}");
            assert!(page.body.contains("There is a problem") && !page.body.contains("colour, size"));
        }
    }

    async fn reads_are_listed_by_reader_and_by_what_was_read(db: Db) {
        let World { stage, served, record, .. } = world(&db).await;
        let (reader, token) = stage.person(&["auditor"]).await;
        served.get(&format!("/audit?subject={record}"), Some(&token)).await;
        for (query, shown) in [
            (String::new(), true),
            (format!("actor={reader}"), true),
            (format!("actor={}", Uuid::from_u128(5)), false),
            (format!("subject={record}"), true),
            (format!("subject={}", Uuid::from_u128(5)), false),
            ("action=see_audit".to_owned(), true),
            ("action=see_outbox".to_owned(), false),
            ("from=2000-01-01".to_owned(), true),
        ] {
            let page = served.get(&format!("/audit/reads?{query}"), Some(&token)).await;
            assert_eq!(page.status, 200, "{query}");
            assert_eq!(page.body.contains(&format!("?subject={record}\"")), shown, "{query}");
        }
        let log = served.get("/audit/reads", Some(&token)).await;
        assert!(log.body.contains("see who did what and when") && log.body.contains("/audit/reads</td>"), "this page is logged too");
    }

    async fn a_manager_sees_the_own_agency_only_and_no_count_of_the_rest(db: Db) {
        let World { stage, served, officer, record } = world(&db).await;
        let (auditor, token) = stage.person(&["auditor"]).await;
        served.get(&format!("/audit?subject={record}"), Some(&token)).await;
        let (manager, token) = stage.person(&["manager"]).await;
        for path in ["/audit", "/audit/reads"] {
            let page = served.get(path, Some(&token)).await;
            assert_eq!(page.status, 200);
            assert!(page.body.contains("No entry fits these filters"), "{path}");
            for hidden in ["thing.changed", "other.swept", "Sealed blocks"] {
                assert!(!page.body.contains(hidden), "{path}: {hidden}");
            }
            for hidden in [officer.0, auditor, record] {
                assert!(!page.body.contains(&hidden.to_string()), "{path}: no name of another agency to choose");
            }
            assert!(page.body.contains(&manager.to_string()));
            let asked = served.get(&format!("{path}?actor={}", officer.0), Some(&token)).await;
            assert!(asked.body.contains("No entry fits these filters"));
        }
        // An officer of the manager's own agency is seen.
        let agency = read!(&db, |tx| tx.one(sql!("select agency from users where id = $1"), args![manager]).await).await.unwrap();
        let agency: Uuid = agency.at(0).unwrap();
        upkeep!(&db, &stage.clock, |tx| tx.run(sql!("update users set agency = $2 where id = $1"), args![officer.0, agency]).await).await.unwrap();
        let page = served.get("/audit", Some(&token)).await;
        assert!(page.body.contains("thing.changed") && !page.body.contains("other.swept"));
    }

    async fn outsiders_see_nothing(db: Db) {
        let World { stage, served, record, .. } = world(&db).await;
        served.outsiders_see_nothing(&[&record.to_string(), "thing.changed", "other.swept"]).await;
        let (_, token) = stage.person(&["administrator", "analyst"]).await;
        assert_eq!(served.get("/audit", Some(&token)).await.status, 403);
    }

    async fn the_list_goes_on_with_its_filters(db: Db) {
        let World { stage, served, .. } = world(&db).await;
        write!(&db, &stage.clock, &Actor::system("upkeep"), |tx| {
            for number in 0..60 {
                tx.record(Event::new("star", Uuid::from_u128(number), "star.counted", json!({})));
            }
            Ok::<_, DbError>(())
        }).await.unwrap();
        let (_, token) = stage.person(&["auditor"]).await;
        let first = served.get("/audit?action=star.counted&actor=", Some(&token)).await.body;
        let rows = |page: &str| page.matches(">star <a").count();
        assert_eq!(rows(&first), 50);
        assert!(first.contains("60 entries"));
        let after = first.split("href=\"/audit?action=star.counted&amp;after=").nth(1).unwrap().split('"').next().unwrap();
        let second = served.get(&format!("/audit?action=star.counted&after={after}"), Some(&token)).await.body;
        assert_eq!(rows(&second), 10);
    }
}

#[test]
fn days_begin_at_midnight_here() {
    let pairs = vec![
        ("from".to_owned(), "2026-07-01".to_owned()),
        ("to".to_owned(), "2026-07-01".to_owned()),
    ];
    let asked = Asked::read(pairs, Subject::Column);
    let moments: Vec<String> = asked
        .filters
        .iter()
        .map(|(_, value)| format!("{value:?}"))
        .collect();
    assert!(
        moments[0].contains("2026-06-30T23:00:00Z") && moments[1].contains("2026-07-01T23:00:00Z"),
        "{moments:?}"
    );
    assert_eq!(
        asked.address("/audit", None),
        "/audit?from=2026-07-01&to=2026-07-01"
    );
}

#[test]
fn the_pages_keep_the_rules() {
    let text = || "Text".to_owned();
    let around = || Around {
        tabs: vec![Tab {
            text: "Changes",
            href: "/audit",
            active: true,
        }],
        people: vec![Choice {
            value: String::new(),
            text: "Anybody".to_owned(),
            selected: true,
        }],
        count: text(),
        next: Some("/audit?after=x".to_owned()),
        path: "/audit",
    };
    let change = |actor: Option<Uuid>| Change {
        at: text(),
        actor,
        who: text(),
        action: text(),
        purpose: text(),
        subject_kind: text(),
        subject: actor,
        fields: text(),
        block: actor.map(|_| 7),
    };
    for last in [
        None,
        Some(LastBlock {
            number: 7,
            hash: "ab".repeat(32),
            at: text(),
        }),
    ] {
        let sample = ChangesContext {
            around: around(),
            sealing: Some(Seal {
                blocks: text(),
                unsealed: text(),
                last,
            }),
            rows: vec![change(None), change(Some(Uuid::nil()))],
        };
        commonweal_govuk::check_page(&CHANGES_PAGE, &sample).unwrap();
    }
    let line = |subjects| ReadLine {
        at: text(),
        reader: Uuid::nil(),
        who: text(),
        action: text(),
        purpose: text(),
        path: "/outbox".to_owned(),
        subjects,
    };
    let sample = ReadsContext {
        around: around(),
        rows: vec![line(Vec::new()), line(vec![Uuid::nil()])],
    };
    commonweal_govuk::check_page(&READS_PAGE, &sample).unwrap();
    assert!(FILTERS.source.contains("around.path"));
}
