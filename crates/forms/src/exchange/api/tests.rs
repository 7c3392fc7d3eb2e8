//! What programs may count on.

use std::sync::Arc;

use commonweal_core::on_both;
use http::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::openapi;
use crate::definition::{Shared, testing::sample};
use crate::exchange::stage::Stage;

const ROOT: &str = "/api/v1/registers/sample/records";

on_both! {
    async fn a_record_is_made_read_changed_and_moved(db: Db) {
        let stage = Stage::new(&db).await;
        let person = stage.person(&["officer", "manager"]).await;
        let body = json!({"answers": {"code": "S-1", "name": "One", "tenure": "private", "cost": 12.5, "kinds": ["fire"], "email": "a@example.org"}});
        let made = stage.json(&person, Method::POST, ROOT, &[], &body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        let (place, first) = (made.location(), made.header(header::ETAG));
        assert_eq!((first.as_str(), &made.json()["answers"]["cost"]), ("\"1\"", &json!(12.5)));
        let same = stage.json(&person, Method::GET, &place, &[("if-none-match", &first)], &Value::Null).await;
        assert_eq!(same.status, StatusCode::NOT_MODIFIED);
        let without = stage.json(&person, Method::PATCH, &place, &[], &json!({"note": "x"})).await;
        assert_eq!(without.status, StatusCode::PRECONDITION_REQUIRED);
        let changed = stage.json(&person, Method::PATCH, &place, &[("if-match", &first)], &json!({"answers": {"name": "Uno", "cost": null}, "note": "Rang the owner", "owner": person.user})).await;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
        assert_eq!(changed.json()["answers"].get("cost"), None);
        assert_eq!(changed.json()["owner"]["name"], "Outsider");
        let stale = stage.json(&person, Method::PATCH, &place, &[("if-match", &first)], &json!({"answers": {"name": "Eins"}})).await;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
        assert_eq!(stale.header(header::CONTENT_TYPE), "application/problem+json");
        assert_eq!(stale.json()["current"]["answers"]["name"], "Uno");
        assert_eq!(stale.header(header::ETAG), changed.header(header::ETAG));
        let now = changed.header(header::ETAG);
        let moves = format!("{place}/moves");
        let unknown = stage.json(&person, Method::POST, &moves, &[("if-match", &now)], &json!({"move": "fly"})).await;
        assert_eq!(unknown.json()["errors"][0]["pointer"], "#/move");
        let early = stage.json(&person, Method::POST, &moves, &[("if-match", &now)], &json!({"move": "finish", "reason": "Done"})).await;
        assert_eq!(early.status, StatusCode::CONFLICT, "{}", early.text());
        let moved = stage.json(&person, Method::POST, &moves, &[("if-match", &now)], &json!({"move": "start", "answers": {"visit_on": "2026-06-05"}})).await;
        assert_eq!((moved.status, &moved.json()["state"]), (StatusCode::OK, &json!("working")), "{}", moved.text());
        let now = moved.header(header::ETAG);
        let silent = stage.json(&person, Method::POST, &moves, &[("if-match", &now)], &json!({"move": "finish"})).await;
        assert_eq!(silent.json()["errors"][0]["pointer"], "#/reason");
    }

    async fn what_is_wrong_is_pointed_to(db: Db) {
        let stage = Stage::new(&db).await;
        let person = stage.person(&["officer", "manager"]).await;
        for (body, pointer) in [
            (json!({"answers": {"code": "S-1", "name": "One", "tenure": "castle"}}), "#/answers/tenure"),
            (json!({"answers": {"code": "S-1", "name": "One"}}), "#/answers/tenure"),
            (json!({"answers": {"code": "S-1", "name": "One", "tenure": "private", "a/b": 1}}), "#/answers/a~1b"),
            (json!({"answers": {"code": "S-1", "name": "One", "tenure": "private", "trace": "x"}}), "#/answers/trace"),
            (json!({"answers": {"code": "S-1", "name": "One", "tenure": "private", "before": uuid::Uuid::nil()}}), "#/answers/before"),
            (json!({"answers": {"code": "S-1", "name": "One", "tenure": "private", "person": uuid::Uuid::nil()}}), "#/answers/person"),
            (json!({"answers": {"code": "S-1", "name": "One", "tenure": "private", "pictures": [{"id": uuid::Uuid::nil(), "sha256": "00", "name": "a", "media_type": "image/png", "size": 1}]}}), "#/answers/pictures"),
            (json!({"answers": [], "agency": null}), "#/answers"),
            (json!({"answer": {}}), "#/answer"),
            (json!([]), "#"),
        ] {
            let refused = stage.json(&person, Method::POST, ROOT, &[], &body).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {}", refused.text());
            assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{}", refused.text());
        }
        assert_eq!(stage.count().await, 0);
        for (query, status) in [
            ("state=found&sort=changed&limit=1", StatusCode::OK),
            ("q-tenure=private&q-found_on-from=2026-01-01", StatusCode::OK),
            ("state=nowhere", StatusCode::BAD_REQUEST),
            ("q-email=a", StatusCode::BAD_REQUEST),
            ("words=Smith", StatusCode::BAD_REQUEST),
            ("limit=0", StatusCode::BAD_REQUEST),
        ] {
            let list = stage.json(&person, Method::GET, &format!("{ROOT}?{query}"), &[], &Value::Null).await;
            assert_eq!(list.status, status, "{query}: {}", list.text());
        }
    }

    async fn pages_of_a_list_hold_each_record_once(db: Db) {
        let stage = Stage::new(&db).await;
        let person = stage.person(&["officer", "manager"]).await;
        for number in 0..7 {
            let body = json!({"answers": {"code": format!("S-{number}"), "name": "One", "tenure": "private"}});
            stage.json(&person, Method::POST, ROOT, &[], &body).await;
        }
        let (mut path, mut codes) = (format!("{ROOT}?limit=3&sort=newest"), Vec::new());
        loop {
            let page = stage.json(&person, Method::GET, &path, &[], &Value::Null).await.json();
            codes.extend(page["records"].as_array().unwrap().iter().map(|record| record["answers"]["code"].clone().to_string()));
            match page["next"].as_str() {
                Some(next) => next.clone_into(&mut path),
                None => break,
            }
        }
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), 7);
    }
}

/// Every schema of every definition, against what the interface gives; and the document against the
/// schema of OpenAPI 3.1 where it is at hand (see `docs/guide/api.md` for the other validator).
#[test]
fn the_document_describes_what_is_sent() {
    let shipped = crate::catalogue::shipped()
        .into_iter()
        .filter_map(|shipped| {
            let kind = crate::catalogue::definition_kind(&shipped.kind)?;
            let key = crate::catalogue::key_of(&shipped.key)?;
            crate::definition::read(kind, key, 1, &shipped.body)
                .ok()
                .map(Arc::new)
        });
    let all: Vec<Shared> = shipped.chain([Arc::new(sample())]).collect();
    assert!(all.len() > 20);
    let document = openapi::document("https://asb.example.org", "Durham", &all);
    let text = document.to_string();
    let mut links = std::collections::BTreeSet::new();
    for part in text.split("\"$ref\":\"#").skip(1) {
        links.insert(part.split('"').next().unwrap().to_owned());
    }
    for link in links {
        assert!(document.pointer(&link).is_some(), "{link} leads nowhere");
    }
    let world = crate::made_up::World::empty(chrono::NaiveDate::from_ymd_opt(2026, 6, 1).unwrap());
    for definition in &all {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$ref": format!("#/components/schemas/{}.answers", definition.key),
            "components": document["components"].clone(),
        });
        let validator = jsonschema::validator_for(&schema).unwrap();
        for seed in 0..20 {
            let answers = crate::made_up::answers(definition, &world, seed);
            let plain: serde_json::Map<String, Value> = definition
                .questions
                .iter()
                .filter_map(|question| {
                    Some((
                        question.id.clone(),
                        crate::answers::json(question, answers.get(&question.id)?),
                    ))
                })
                .collect();
            let plain = Value::Object(plain);
            let faults: Vec<String> = validator
                .iter_errors(&plain)
                .map(|fault| format!("{fault} at {}", fault.instance_path()))
                .collect();
            assert!(faults.is_empty(), "{}: {faults:?}", definition.key);
        }
    }
}
