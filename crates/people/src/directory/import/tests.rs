use std::path::Path;

use commonweal_core::events::Actor;
use commonweal_core::{Clock, Db, on_both, read, write};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Reject;
use super::feed::Document;
use super::pages::{PREVIEW_PAGE, PreviewContext, SEND_PAGE};
use super::run::{Line, Options, Report, import};
use crate::directory::model::{Entry, EntryKind, Organisation, Service};
use crate::directory::open_referral::export;
use crate::directory::open_referral::tests::{faults, schema};
use crate::directory::store;
use crate::directory::tests_support::content;

fn document(value: Value) -> Document {
    Document {
        name: "feed.json".to_owned(),
        value,
    }
}

fn feed(name: &str, description: &str) -> Value {
    json!({ "contents": [{
        "id": Uuid::from_u128(100), "name": name, "description": description, "status": "active", "fees": null,
        "organization": { "id": Uuid::from_u128(200), "name": "Elsewhere", "description": "Far" },
        "service_at_locations": [{ "id": Uuid::from_u128(300), "location": { "id": Uuid::from_u128(400), "location_type": "physical", "name": "Hall" } }],
    }] })
}

async fn run(db: &Db, value: Value, options: Options) -> Report {
    let options = Options {
        source: "other".to_owned(),
        publish: true,
        ..options
    };
    import(
        db,
        &Clock::System,
        &Actor::system("test"),
        &content().needs,
        &[document(value)],
        &options,
    )
    .await
    .unwrap()
}

async fn stored(db: &Db) -> Entry<Service> {
    read!(db, |tx| store::find::<Service>(tx, Uuid::from_u128(100))
        .await)
    .await
    .unwrap()
}

fn official(name: &str) -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/official")
        .join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        commonweal_core::testing::skipped(&format!("{} is absent", path.display()));
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

/// Every part of `a` that `b` lacks or has otherwise.
fn lost(path: &str, a: &Value, b: &Value, found: &mut Vec<String>) {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, value) in a {
                match b.get(key) {
                    Some(other) => lost(&format!("{path}.{key}"), value, other, found),
                    None => found.push(format!("{path}.{key}")),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() <= b.len() => {
            for (number, (a, b)) in a.iter().zip(b).enumerate() {
                lost(&format!("{path}[{number}]"), a, b, found);
            }
        }
        (a, b) if a != b => found.push(format!("{path}: {a} became {b}")),
        _ => {}
    }
}

on_both! {
    async fn a_feed_comes_in_once_and_our_own_edits_stay(db: Db) {
        let trial = run(&db, feed("Quiet", "First"), Options { dry_run: true, ..Options::default() }).await;
        assert_eq!((trial.new.len(), trial.rejects.len()), (3, 0), "{trial:?}");
        assert!(read!(&db, |tx| store::find::<Service>(tx, Uuid::from_u128(100)).await).await.is_err(), "nothing was written");
        let first = run(&db, feed("Quiet", "First"), Options::default()).await;
        assert_eq!(first.new.len(), 3);
        assert_eq!(stored(&db).await.body.service_at_locations[0].location_id, Uuid::from_u128(400));
        let again = run(&db, feed("Quiet", "First"), Options::default()).await;
        assert_eq!((again.new.len(), again.changed.len(), again.unchanged), (0, 0, 3));
        assert_eq!(stored(&db).await.head.version, 1, "the same feed again changes nothing");

        let entry = stored(&db).await;
        let ours = Service { description: Some("Ours".to_owned()), alert: Some("Ours".to_owned()), ..entry.body.clone() };
        write!(&db, &Clock::System, &Actor::system("test"), |tx| store::change(tx, &entry, &ours).await).await.unwrap();
        let newer = run(&db, feed("Quiet nights", "Theirs"), Options::default()).await;
        assert_eq!(newer.changed.iter().map(|line| line.field.as_str()).collect::<Vec<_>>(), ["name"]);
        assert_eq!(newer.conflicts.len(), 1);
        assert_eq!((newer.conflicts[0].before.as_str(), newer.conflicts[0].after.as_str()), ("Ours", "Theirs"));
        let now = stored(&db).await.body;
        assert_eq!((now.name.as_str(), now.description.as_deref(), now.alert.as_deref()), ("Quiet nights", Some("Ours"), Some("Ours")));
        let still = run(&db, feed("Quiet nights", "Theirs"), Options::default()).await;
        assert_eq!((still.changed.len(), still.conflicts.len()), (0, 1), "named until somebody decides");
        let take = [still.conflicts[0].key.clone()].into();
        run(&db, feed("Quiet nights", "Theirs"), Options { take, ..Options::default() }).await;
        assert_eq!(stored(&db).await.body.description.as_deref(), Some("Theirs"));
        let gone = run(&db, json!([]), Options::default()).await;
        assert_eq!(gone.rejects[0].reason, "holds no service");
    }

    async fn what_is_wrong_is_named_and_nothing_comes_in(db: Db) {
        let mut value = feed("Good", "Good");
        let bad = json!({
            "id": "7", "name": "", "status": "open", "url": "javascript:alert(1)", "minimum_age": 20, "maximum_age": 10, "assured_date": "soon",
            "schedules": [{ "id": Uuid::from_u128(1), "opens_at": "nine", "freq": "DAILY", "byday": "XX" }, 7],
            "service_at_locations": [{ "id": Uuid::from_u128(2), "location": { "id": Uuid::from_u128(3), "location_type": "tent", "addresses": [{ "id": "x" }] } }],
        });
        value["contents"].as_array_mut().unwrap().push(bad);
        let report = run(&db, value, Options::default()).await;
        let paths: Vec<&str> = report.rejects.iter().map(|reject| reject.path.as_str()).collect();
        for path in [".id", ".name", ".status", ".url", ".maximum_age", ".assured_date", ".organization", ".schedules[0].opens_at", ".schedules[0].freq", ".schedules[0].byday", ".schedules[1]", ".service_at_locations[0].location.location_type", ".service_at_locations[0].location.addresses[0].id", ".service_at_locations[0].location.addresses[0].city"] {
            assert!(paths.contains(&format!("feed.json: contents[1]{path}").as_str()), "{path}: {paths:?}");
        }
        assert!(read!(&db, |tx| store::all::<Organisation>(tx).await).await.unwrap().is_empty(), "all or nothing");
        for value in [json!(7), json!("x"), json!({"contents": 7}), json!({"contents": [null]}), json!([[]])] {
            assert!(!run(&db, value.clone(), Options::default()).await.rejects.is_empty(), "{value}");
        }
    }

    async fn the_standards_examples_come_in_and_go_out_as_they_were(db: Db) {
        let Some(schema) = schema() else { return };
        let needs = content().needs;
        for name in ["openreferral_uk_3.0_example_service_full.json", "openreferral_uk_3.0_example_organization_full.json", "openreferral_uk_3.0_example_service_list.json", "openreferral_uk_3.0_example_service_at_location_full.json"] {
            let Some(example) = official(name) else { return };
            let report = run(&db, example.clone(), Options { take_all: true, ..Options::default() }).await;
            assert_eq!(report.rejects, Vec::<Reject>::new(), "{name}");
            let directory = read!(&db, |tx| store::published(tx).await).await.unwrap();
            assert_eq!(directory.services.len(), 1, "{name}");
            let service = export::service(&needs, &directory, &directory.services[0]);
            assert_eq!(faults(&schema, &service), Vec::<String>::new(), "{name}");
            let mut found = Vec::new();
            match name {
                "openreferral_uk_3.0_example_service_full.json" => lost("", &example, &service, &mut found),
                "openreferral_uk_3.0_example_organization_full.json" => {
                    let organization = directory.organisations.values().next().unwrap();
                    lost("", &example, &export::organization_full(&needs, &directory, organization), &mut found);
                }
                "openreferral_uk_3.0_example_service_list.json" => {
                    lost("", &example["contents"][0], &export::service_row(&directory, &directory.services[0]), &mut found);
                }
                _ => {
                    let entry = &directory.services[0];
                    let place = export::place(&needs, &directory, entry, &entry.body.service_at_locations[0], true).unwrap();
                    lost("", &example, &place, &mut found);
                }
            }
            assert_eq!(found, Vec::<String>::new(), "{name}");
            if name.contains("service_full") {
                assert_eq!(report.warnings.len(), 1, "the example's latitude of 100 is named: {:?}", report.warnings);
            }
        }
    }
}

#[test]
fn the_pages_keep_the_rules() {
    commonweal_govuk::check_page(&SEND_PAGE, &json!({ "sources": ["Elsewhere"] })).unwrap();
    let line = || Line {
        key: "service:1:name".to_owned(),
        kind: EntryKind::Service,
        name: "Quiet <b>".to_owned(),
        field: "name".to_owned(),
        before: "a".to_owned(),
        after: "b".to_owned(),
    };
    let reject = || Reject {
        path: "$".to_owned(),
        reason: "wrong".to_owned(),
    };
    let lines = || {
        vec![
            line(),
            Line {
                key: "service:2:name".to_owned(),
                ..line()
            },
        ]
    };
    let full = Report {
        new: lines(),
        changed: lines(),
        conflicts: lines(),
        gone: lines(),
        warnings: vec![reject()],
        ..Report::default()
    };
    let wrong = Report {
        rejects: vec![reject()],
        ..full.clone()
    };
    for report in [full, wrong, Report::default()] {
        let html = commonweal_govuk::check_page(
            &PREVIEW_PAGE,
            &PreviewContext::new(Uuid::nil(), "feed.json", report),
        )
        .unwrap();
        assert!(!html.contains("<b>"));
    }
}
