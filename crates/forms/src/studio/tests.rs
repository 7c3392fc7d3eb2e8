//! Stories of writing definitions and taking records over.

use std::collections::BTreeMap;

use commonweal_access::web::outsider::sees_nothing;
use commonweal_core::events::Actor;
use commonweal_core::ids::new_uuid;
use commonweal_core::jobs::{JobContext, JobError};
use commonweal_core::{Db, DbError, args, on_both, read, sql, stop, write};
use commonweal_govuk::check_page;
use http::StatusCode;
use serde_json::json;

use super::difference::difference;
use super::impact::{Count, Examiner, Impact};
use super::outline::outline;
use super::preview::preview;
use super::{edit, list, migrate, records, show};
use crate::answers::{Answer, Answers};
use crate::definition::testing::{SAMPLE, sample};
use crate::definition::{Definition, DefinitionKind};
use crate::made_up::{self, World};
use crate::register::store::{NewRecord, Record, StoreError, create, load};
use crate::test_stage::Stage;

/// The sample without a question and a state, with a narrower list of options, a new required
/// question, and another label.
fn changed() -> String {
    let text = SAMPLE
        .replace("key = \"working\"\ntitle = \"Being worked on\"", "key = \"active\"\ntitle = \"Active\"")
        .replace("\"working\"", "\"active\"")
        .replace("state:working", "state:active")
        .replace("  { value = \"noise\", text = \"Noise\", score = 2 },\n", "")
        .replace("What is the matter?", "What is wrong?")
        .replace("id = \"at\"\nkind = \"time\"\nlabel = \"At what time?\"", "id = \"street\"\nkind = \"text\"\nshort = \"Street\"\nlabel = \"Which street?\"\nrequired = true");
    assert!(!text.contains("\"working\""));
    text
}

fn next() -> Definition {
    crate::definition::read(DefinitionKind::Register, "sample", 2, &changed()).unwrap()
}

fn counts(list: &[Count]) -> Vec<(&str, u64)> {
    list.iter()
        .map(|one| (one.key.as_str(), one.count))
        .collect()
}

fn given() -> Answers {
    let mut answers = made_up::answers(&sample(), &World::empty("2026-06-01".parse().unwrap()), 3);
    answers.set("at", Some(Answer::Time("09:00:00".parse().unwrap())));
    answers.set("kinds", Some(Answer::Choices(vec!["noise".to_owned()])));
    answers
}

fn impact() -> Impact {
    let next = next();
    let mut examiner = Examiner::new(&next);
    examiner.look("working", &given());
    examiner.finish(
        &sample(),
        [("working".to_owned(), 1), ("found".to_owned(), 4)].into(),
    )
}

#[test]
fn the_difference_names_everything() {
    let sections = difference(&sample(), &next());
    let titles: Vec<&str> = sections.iter().map(|section| section.title).collect();
    assert_eq!(titles, ["Questions", "States", "Moves", "Due dates"]);
    let questions = &sections[0];
    assert_eq!(questions.added, ["Which street? (street)"]);
    assert_eq!(questions.removed, ["At what time? (at)"]);
    let changed: Vec<&str> = questions
        .changed
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(
        changed,
        [
            "What is the matter? (words)",
            "What is wrong with it? (kinds)"
        ]
    );
    assert_eq!(
        questions.changed[1].before,
        ["Option: Noise (noise), scores 2"]
    );
    assert_eq!(sections[1].removed, ["Being worked on (working)"]);
    assert_eq!(difference(&sample(), &sample()), []);
}

#[test]
fn the_impact_counts_what_leaves_what_no_longer_fits_and_what_is_missing() {
    let impact = impact();
    assert_eq!(counts(&impact.states), [("working", 1)]);
    assert_eq!(counts(&impact.leaving), [("at", 1)]);
    assert_eq!(counts(&impact.refused), [("kinds", 1)]);
    assert_eq!(counts(&impact.unanswered), [("street", 1)]);
    assert_eq!(impact.states[0].name, "Being worked on");
}

#[test]
fn the_pages_keep_the_rules() {
    let row = |wrong| list::Row {
        href: "/registers/definitions/sample".to_owned(),
        title: "Sample problems".to_owned(),
        file: "sample.toml".to_owned(),
        version: "3".to_owned(),
        origin: "Shipped",
        since: "1 June 2026".to_owned(),
        records: 12_000,
        older: 3,
        wrong,
    };
    let groups = vec![list::Group {
        id: "registers",
        title: "Registers",
        rows: vec![row(false), row(true)],
    }];
    check_page(&list::PAGE, &list::Context { groups }).unwrap();
    for (moving, readable) in [(true, false), (false, true)] {
        let version = show::VersionRow {
            version: 2,
            href: "/registers/definitions/sample?version=2".to_owned(),
            state: "In force",
            from: "1 June 2026".to_owned(),
            by: "Shipped".to_owned(),
            records: 1,
        };
        let context = show::Context {
            title: "Sample problems".to_owned(),
            file: "data/registers/sample.toml".to_owned(),
            edit: "/registers/definitions/sample/edit".to_owned(),
            records: "/registers/definitions/sample/records".to_owned(),
            version: 2,
            in_force: readable,
            older: 1,
            moving,
            outline: readable.then(|| outline(&sample())),
            faults: if readable {
                vec![]
            } else {
                vec!["line 3: …".to_owned()]
            },
            advice: vec!["retention: …".to_owned()],
            versions: vec![version],
        };
        check_page(&show::PAGE, &context).unwrap();
    }
    for (left, moving) in [(0, false), (5, true), (5, false)] {
        let context = records::Context {
            title: "Sample problems".to_owned(),
            key: "sample".to_owned(),
            version: 2,
            left,
            looked_at: 1,
            moving,
            impact: impact(),
            states: vec![records::Mapping {
                field: "state-working".to_owned(),
                label: "1 record in ‘Being worked on’ go to".to_owned(),
                items: vec![records::Item {
                    value: "found".to_owned(),
                    text: "Found".to_owned(),
                    selected: true,
                }],
            }],
        };
        check_page(&records::PAGE, &context).unwrap();
    }
    for (new, good) in [(true, false), (false, true), (false, false)] {
        let sections = || difference(&sample(), &next());
        let context = edit::Context {
            heading: "Change ‘Sample problems’".to_owned(),
            action: "/registers/definitions/sample/edit".to_owned(),
            cancel: "/registers/definitions/sample".to_owned(),
            new,
            base: 3,
            today: "1 June 2026".to_owned(),
            overtaken: good.then(|| edit::Overtaken {
                version: 4,
                sections: sections(),
            }),
            faults: vec![edit::FaultRow {
                line: Some(3),
                text: "kind = \"gold\"".to_owned(),
                path: "question cost".to_owned(),
                message: "unknown".to_owned(),
            }],
            checked_text: good.then(|| edit::Checked {
                advice: vec!["state done: no move leads to it".to_owned()],
                sections: sections(),
                against: Some(3),
                impact: Some(impact()),
                pages: preview(&sample()),
            }),
        };
        check_page(&edit::PAGE, &context).unwrap();
    }
}

async fn add(stage: &Stage, state: Option<&str>) -> Record {
    let (db, clock) = (&stage.forms.app.db, &stage.clock);
    let definition = stage.forms.catalogue.get("sample").unwrap();
    write!(db, clock, &Actor::system("test"), |tx| {
        let new = NewRecord {
            answers: given(),
            channel: "page",
            ..NewRecord::default()
        };
        let record = create(tx, clock, &definition, new).await?;
        if let Some(state) = state {
            tx.run(
                sql!("update form_records set state = $2 where id = $1"),
                args![record.id, state],
            )
            .await?;
        }
        Ok::<_, StoreError>(record)
    })
    .await
    .unwrap()
}

async fn versions(db: &Db) -> BTreeMap<i64, i64> {
    read!(db, |tx| super::store::counts(tx).await)
        .await
        .unwrap()
        .remove("sample")
        .unwrap_or_default()
}

on_both! {
    async fn a_definition_is_changed_checked_and_published(db: Db) {
        let stage = Stage::new(&db).await;
        let (_, admin) = stage.person(&["administrator"]).await;
        let list = stage.get("/registers/definitions", &admin).await;
        assert!(list.body.contains("Sample problems") && list.body.contains("sample.toml"), "{}", list.body);
        let shown = stage.get("/registers/definitions/sample", &admin).await;
        assert!(shown.body.contains("Shown if tenure == &#x27;unknown&#x27;") || shown.body.contains("Shown if tenure == &#39;unknown&#39;"), "{}", shown.body);
        let edit = stage.get("/registers/definitions/sample/edit", &admin).await;
        assert!(edit.body.contains("prefix = &quot;SA&quot;"));

        // What is wrong is named by its line, and nothing that was typed is lost.
        let bad = SAMPLE.replace("kind = \"money\"", "kind = \"gold\"").replace("Cost\"", "Price\"");
        let path = "/registers/definitions/sample/edit";
        let answer = stage.post(path, &admin, &[("text", &bad), ("base", "1"), ("do", "publish")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("unknown variant `gold`"), "{}", answer.body);
        assert!(answer.body.contains("short = &quot;Price&quot;"));
        let role = SAMPLE.replace("add = { officer", "add = { offcer");
        let answer = stage.post(path, &admin, &[("text", &role), ("base", "1"), ("do", "check")]).await;
        assert!(answer.body.contains("did you mean"), "{}", answer.body);

        let text = changed().replace('\n', "\r\n");
        let checked = stage.post(path, &admin, &[("text", &text), ("base", "1"), ("do", "check")]).await;
        assert_eq!(checked.status, StatusCode::OK);
        for words in ["What changes against version 1", "Which street?", "How its pages look", "Publish"] {
            assert!(checked.body.contains(words), "{words}");
        }
        assert_eq!(stage.forms.catalogue.get("sample").unwrap().version, 1);

        let past = [("text", text.as_str()), ("base", "1"), ("do", "publish"), ("from-day", "1"), ("from-month", "1"), ("from-year", "2020")];
        let answer = stage.post(path, &admin, &past).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let done = stage.post(path, &admin, &[("text", &text), ("base", "1"), ("do", "publish")]).await;
        assert_eq!((done.status, done.location.as_str()), (StatusCode::SEE_OTHER, "/registers/definitions/sample"), "{}", done.body);
        assert_eq!(stage.forms.catalogue.get("sample").unwrap().version, 2);
        let old = read!(&db, |tx| stage.forms.catalogue.version(tx, "sample", 1).await).await.unwrap();
        assert!(old.question("at").is_some());

        // Somebody who began with version 1 is shown what is there now.
        let mine = SAMPLE.replace("Every kind of question once.", "Mine.");
        let answer = stage.post(path, &admin, &[("text", &mine), ("base", "1"), ("do", "publish")]).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert!(answer.body.contains("Somebody published version 2") && answer.body.contains("Mine."), "{}", answer.body);
        assert_eq!(stage.forms.catalogue.get("sample").unwrap().version, 2);
        let answer = stage.post(path, &admin, &[("text", &mine), ("base", "2"), ("do", "publish")]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let shown = stage.get("/registers/definitions/sample?version=2", &admin).await;
        assert!(shown.body.contains("Version 2, not in force"));
        assert_eq!(stage.get("/registers/definitions/nothing", &admin).await.status, StatusCode::NOT_FOUND);
        assert_eq!(stage.get("/registers/definitions/sample?version=9", &admin).await.status, StatusCode::NOT_FOUND);
    }

    async fn a_new_register_is_there_at_once_with_its_grants(db: Db) {
        let stage = Stage::new(&db).await;
        let (_, admin) = stage.person(&["administrator"]).await;
        let ask = stage.get("/registers/definitions/new", &admin).await;
        assert!(ask.body.contains("prefix = &quot;&quot;"));
        let text = SAMPLE.replace("prefix = \"SA\"", "prefix = \"LP\"");
        let path = "/registers/definitions/new";
        let fields = |key, text| [("kind", "registers"), ("key", key), ("text", text), ("base", "0"), ("do", "publish")];
        for (key, text, wanted) in [
            ("sample", text.as_str(), "There is a form or register of this name already"),
            ("", &text, "Enter a file name"),
            ("Litter Picks", &text, "name the file with small letters"),
            ("litter-picks", SAMPLE, "has the prefix"),
        ] {
            let answer = stage.post(path, &admin, &fields(key, text)).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wanted}");
            assert!(answer.body.contains(wanted), "{wanted}: {}", answer.body);
        }
        let done = stage.post(path, &admin, &fields("litter-picks", &text)).await;
        assert_eq!((done.status, done.location.as_str()), (StatusCode::SEE_OTHER, "/registers/definitions/litter-picks"), "{}", done.body);
        let (_, officer) = stage.person(&["officer"]).await;
        assert_eq!(stage.get("/registers/litter-picks", &officer).await.status, StatusCode::OK);
        assert_eq!(stage.get(path, &officer).await.status, StatusCode::FORBIDDEN);
    }

    async fn records_are_taken_over_in_the_background(db: Db) {
        let stage = Stage::new(&db).await;
        let (user, admin) = stage.person(&["administrator"]).await;
        let mut made = Vec::new();
        for number in 0..7 {
            made.push(add(&stage, (number < 2).then_some("working")).await);
        }
        let edit = "/registers/definitions/sample/edit";
        let text = changed();
        let checked = stage.post(edit, &admin, &[("text", &text), ("base", "1"), ("do", "check")]).await;
        assert!(checked.body.contains("7 records were looked at"), "{}", checked.body);
        stage.post(edit, &admin, &[("text", &text), ("base", "1"), ("do", "publish")]).await;
        assert_eq!(versions(&db).await, [(1, 7)].into());
        add(&stage, None).await;
        assert_eq!(versions(&db).await, [(1, 7), (2, 1)].into());

        let path = "/registers/definitions/sample/records";
        let asked = stage.get(path, &admin).await;
        assert!(asked.body.contains("2 records in ‘Being worked on’ go to"), "{}", asked.body);
        assert!(asked.body.contains("Street: 7"), "{}", asked.body);
        let refused = stage.post(path, &admin, &[("version", "2")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("Select where records in ‘Being worked on’ go"));
        let stale = stage.post(path, &admin, &[("version", "1"), ("state-working", "active")]).await;
        assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
        let begun = stage.post(path, &admin, &[("version", "2"), ("state-working", "active")]).await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
        let again = stage.post(path, &admin, &[("version", "2"), ("state-working", "active")]).await;
        assert_eq!(again.status, StatusCode::SEE_OTHER);
        let jobs = read!(&db, |tx| tx.count(sql!("select count(*) from jobs where kind = 'forms.migrate'"), args![]).await);
        let jobs: Result<i64, DbError> = jobs.await;
        assert_eq!(jobs.unwrap(), 1, "one job, however often the button is pressed");

        let (trigger, stop) = stop::channel();
        let payload = json!({"definition": "sample", "version": 2, "states": {"working": "active"}, "by": user, "purpose": "administration"});
        let context = JobContext { db: db.clone(), clock: stage.clock.clone(), id: new_uuid(&stage.clock), payload, attempt: 1, stop };
        trigger.stop();
        let stopped = migrate::run(&stage.forms.catalogue, &context).await;
        assert!(matches!(stopped, Err(JobError::Again(_))));
        assert_eq!(versions(&db).await, [(1, 7), (2, 1)].into());
        let (_trigger, stop) = stop::channel();
        let context = JobContext { stop, ..context };
        migrate::run(&stage.forms.catalogue, &context).await.unwrap();
        migrate::run(&stage.forms.catalogue, &context).await.unwrap();
        assert_eq!(versions(&db).await, [(2, 8)].into());
        let (first, last) = (made[0].id, made[6].id);
        let first = read!(&db, |tx| load(tx, first).await).await.unwrap();
        assert_eq!(first.state, "active");
        assert_eq!(first.answers.get("at"), None, "its question is gone");
        assert!(first.answers.get("kinds").is_some(), "it stays until somebody puts it right");
        let last = read!(&db, |tx| load(tx, last).await).await.unwrap();
        assert_eq!((last.state.as_str(), last.definition_version), ("found", 2));
        let events = read!(&db, |tx| tx.count(sql!("select count(*) from events where kind = 'form_record.migrated'"), args![]).await);
        let events: Result<i64, DbError> = events.await;
        assert_eq!(events.unwrap(), 7);
    }

    async fn an_outsider_sees_nothing(db: Db) {
        let stage = Stage::new(&db).await;
        add(&stage, None).await;
        let routes: Vec<_> = stage.list.iter().filter(|route| route.path.starts_with("/registers/definitions")).cloned().collect();
        assert_eq!(routes.len(), 8);
        let wrong = sees_nothing(&stage.forms.app, &stage.router, &routes, &["Sample problem", "sample"]).await.unwrap();
        assert_eq!(wrong, Vec::<String>::new());
        let (_, officer) = stage.person(&["officer", "manager"]).await;
        for path in ["/registers/definitions", "/registers/definitions/sample", "/registers/definitions/sample/edit", "/registers/definitions/sample/records"] {
            assert_eq!(stage.get(path, &officer).await.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
}
