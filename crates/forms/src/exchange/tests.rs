//! Stories of everything that goes out and comes in, over every definition that ships.

use commonweal_access::web::outsider;
use commonweal_core::db::Engine;
use commonweal_core::on_both;
use commonweal_core::testing::story;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::download::Format;
use super::stage::{Person, Stage, figure};
use crate::answers::{Answer as Given, Answers};
use crate::definition::{Definition, Personal, QuestionKind};
use crate::made_up;

/// Words that only personal answers hold.
const MARK: &str = "zebrafinch";

/// Made-up answers whose personal texts hold [`MARK`].
fn marked(definition: &Definition, stage: &Stage, person: &Person, seed: u64) -> Answers {
    let mut answers = made_up::answers(definition, &stage.world(person), seed);
    for question in &definition.questions {
        if question.personal == Personal::None || answers.get(&question.id).is_none() {
            continue;
        }
        match &question.kind {
            QuestionKind::Text(limits) if limits.format == crate::definition::TextFormat::Any => {
                answers.set(&question.id, Some(Given::Text(MARK.to_owned())));
            }
            QuestionKind::LongText(_) => {
                answers.set(&question.id, Some(Given::Text(MARK.to_owned())));
            }
            _ => {}
        }
        match answers.0.get_mut(&question.id) {
            Some(Given::Address(address)) => address.line1 = format!("1 {MARK} Street"),
            Some(Given::Contact(contact)) => contact.name = format!("Ms {MARK}"),
            _ => {}
        }
    }
    answers
}

on_both! {
    async fn an_export_comes_back_unchanged_for_every_definition(db: Db) {
        let stage = Stage::new(&db).await;
        let person = stage.everything().await;
        for definition in stage.forms.catalogue.all() {
            for seed in 0..4 {
                let mut answers = made_up::answers(&definition, &stage.world(&person), seed);
                // A key that two records share could not find one of them again.
                if let Some(key) = definition.import_key.and_then(|key| definition.get(key))
                    && let Some(Given::Text(text)) = answers.0.get_mut(&key.id)
                {
                    *text = format!("{}", 1000 + seed);
                }
                stage.record(&definition, &person, answers).await;
            }
            let key = definition.key.as_str();
            for format in Format::ALL {
                let name = format!("records.{}", format.ending());
                let file = stage.get(&person, &format!("/registers/{key}/export.{}", format.ending())).await;
                assert_eq!(file.status, StatusCode::OK, "{key} {name}: {}", file.text());
                let (place, page) = stage.import(&person, key, &name, &file.bytes).await;
                let dropped = stage.post(&person, &format!("{place}/drop"), &[]).await;
                assert_eq!(dropped.status, StatusCode::SEE_OTHER);
                let figures = ["Rows", "New", "Changed", "Unchanged", "Rejected"].map(|label| figure(&page, label));
                assert_eq!(figures, ["4", "0", "0", "4", "0"], "{key} {name}: {}", page.text());
                if db.engine() == Engine::Postgres {
                    break;
                }
            }
        }
    }

    async fn a_record_goes_in_and_out_by_json_for_every_definition(db: Db) {
        let stage = Stage::new(&db).await;
        let person = stage.everything().await;
        for definition in stage.forms.catalogue.all() {
            let key = definition.key.as_str();
            let mut answers = made_up::answers(&definition, &stage.world(&person), 7);
            for question in &definition.questions {
                if matches!(question.kind, QuestionKind::Files { .. } | QuestionKind::Person { staff: false }) {
                    answers.set(&question.id, None);
                }
            }
            // Answers of later states come with their moves.
            let shown = crate::answers::shown(&definition, &answers);
            for (id, question) in definition.all() {
                if !shown.question(id) {
                    answers.set(&question.id, None);
                }
            }
            let missing = crate::answers::check(&definition, &answers, stage.clock.today());
            let sent: serde_json::Map<String, Value> = definition
                .questions
                .iter()
                .filter_map(|question| Some((question.id.clone(), crate::answers::json(question, answers.get(&question.id)?))))
                .collect();
            let root = format!("/api/v1/registers/{key}/records");
            let made = stage.json(&person, Method::POST, &root, &[("idempotency-key", "one")], &json!({"answers": sent})).await;
            if !missing.is_empty() {
                assert_eq!(made.status, StatusCode::UNPROCESSABLE_ENTITY, "{key}: {}", made.text());
                assert!(made.json()["errors"][0]["pointer"].as_str().unwrap().starts_with("#/answers/"));
                continue;
            }
            assert_eq!(made.status, StatusCode::CREATED, "{key}: {}", made.text());
            let value = made.json();
            assert_eq!(value["answers"], Value::Object(sent.clone()), "{key}");
            let again = stage.json(&person, Method::POST, &root, &[("idempotency-key", "one")], &json!({"answers": sent})).await;
            assert_eq!(again.json()["reference"], value["reference"], "{key}");
            let read = stage.json(&person, Method::GET, &made.location(), &[], &Value::Null).await;
            assert_eq!((read.status, read.json()["answers"].clone()), (StatusCode::OK, Value::Object(sent)), "{key}");
            let list = stage.json(&person, Method::GET, &root, &[], &Value::Null).await;
            assert_eq!(list.json()["records"].as_array().unwrap().len(), 1, "{key}");
            assert_eq!(list.json()["records"][0], read.json(), "{key}");
        }
    }

    /// Each route, each format, as somebody who may see and take out everything but what is personal.
    async fn whoever_may_not_see_personal_answers_gets_none_of_them(db: Db) {
        let stage = Stage::new(&db).await;
        let sample = stage.sample();
        let team = stage.person(&["officer", "manager"]).await;
        let analyst = stage.person(&["analyst"]).await;
        let mut references = Vec::new();
        for seed in 0..30 {
            let record = stage.record(&sample, &team, marked(&sample, &stage, &team, seed)).await;
            references.push(record.reference);
        }
        let seen = stage.get(&team, "/registers/sample/export.csv").await.text();
        assert!(seen.contains(MARK), "the team sees them");
        let mut paths: Vec<String> = stage
            .list
            .iter()
            .filter(|route| route.method == Method::GET)
            .map(|route| {
                let path = route.path.replace("{key}", "sample").replace("{reference}", &references[0]);
                path.replace("{question}", "health").replace("{id}", "018f0000-0000-7000-8000-000000000000")
            })
            .collect();
        paths.push("/registers/sample/results?year=2026".to_owned());
        paths.push("/registers/sample/results/answers/words".to_owned());
        paths.push("/api/v1/registers/sample/records?limit=500".to_owned());
        let mut shown = 0;
        for path in &paths {
            let answer = stage.get(&analyst, path).await;
            shown += usize::from(answer.status == StatusCode::OK);
            assert!(!answer.text().contains(MARK), "{path} shows a personal answer");
        }
        assert!(shown > 12, "{shown} of {} pages opened", paths.len());
        for format in [Format::Ods, Format::Xlsx] {
            let file = stage.get(&analyst, &format!("/registers/sample/export.{}", format.ending())).await;
            let sheet = commonweal_documents::spreadsheet::read(&file.bytes, "export").unwrap();
            assert_eq!(sheet.rows.len(), 30);
            let words: Vec<&str> = sheet.rows.iter().flat_map(|row| &row.cells).map(String::as_str).collect();
            assert!(words.contains(&"Withheld") && !words.iter().any(|cell| cell.contains(MARK)));
        }
        // Nor by writing: what is withheld cannot be set, compared or guessed.
        let table = format!("Reference,Owner's e-mail\r\n{},guess@example.org\r\n", references[0]);
        let (_, page) = stage.import(&analyst, "sample", "guess.csv", table.as_bytes()).await;
        let had = stage.load(&references[0]).await.answers.get("email").is_some();
        assert_eq!(figure(&page, "Rejected"), "1", "{had} {}", page.text());
        let path = format!("/api/v1/registers/sample/records/{}", references[0]);
        let tried = stage.json(&analyst, Method::PATCH, &path, &[("if-match", "\"1-part\"")], &json!({"answers": {"email": "a@example.org"}})).await;
        assert_eq!(tried.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", tried.text());
    }

    async fn outsiders_get_nothing(db: Db) {
        let stage = Stage::new(&db).await;
        let sample = stage.sample();
        let team = stage.person(&["officer", "manager"]).await;
        let record = stage.record(&sample, &team, marked(&sample, &stage, &team, 1)).await;
        let wrong = outsider::sees_nothing(&stage.forms.app, &stage.router, &stage.list, &[MARK, &record.reference, "Sample problems"]).await.unwrap();
        assert_eq!(wrong, Vec::<String>::new());
        // A role that may do all of it with other registers, and nothing with this one.
        let other = stage.person(&["warden"]).await;
        for route in &stage.list {
            let path = route.path.replace("{key}", "sample").replace("{reference}", &record.reference);
            let path = path.replace("{question}", "words").replace("{id}", "018f0000-0000-7000-8000-000000000000");
            let answer = match route.method {
                Method::GET => stage.get(&other, &path).await,
                Method::POST if path.starts_with("/api") => stage.json(&other, Method::POST, &path, &[("if-match", "\"1\"")], &json!({"move": "start", "answers": {}})).await,
                Method::POST => stage.post(&other, &path, &[("record", &record.reference)]).await,
                _ => stage.json(&other, Method::PATCH, &path, &[("if-match", "\"1\"")], &json!({"note": "x"})).await,
            };
            let text = answer.text();
            assert!(!text.contains(MARK) && !text.contains(&record.reference), "{} {path}", route.method);
            if path.contains("sample") {
                assert!(!answer.status.is_success(), "{} {path} answers {}", route.method, answer.status);
            }
        }
        assert_eq!(stage.load(&record.reference).await, record);
    }

    async fn every_statement_is_good(db: Db) {
        assert_eq!(commonweal_core::testing::prepare_every_statement(&db).await, Vec::<String>::new());
    }
}

/// Reading pages of a thousand records stays within the time that people wait.
#[test]
fn a_large_export_is_quick() {
    story(Engine::Sqlite, |db| async move {
        let stage = Stage::new(&db).await;
        let sample = stage.sample();
        let team = stage.person(&["officer", "manager"]).await;
        for seed in 0..1_200 {
            stage
                .record(
                    &sample,
                    &team,
                    made_up::answers(&sample, &stage.world(&team), seed),
                )
                .await;
        }
        let started = std::time::Instant::now();
        let file = stage.get(&team, "/registers/sample/export.csv").await;
        println!("1,200 records as CSV in {:?}", started.elapsed());
        let sheet = commonweal_documents::spreadsheet::read(&file.bytes, "export.csv").unwrap();
        assert_eq!(sheet.rows.len(), 1_200);
        let mut references: Vec<&str> =
            sheet.rows.iter().map(|row| row.cells[0].as_str()).collect();
        references.sort_unstable();
        references.dedup();
        assert_eq!(references.len(), 1_200, "each once");
        let started = std::time::Instant::now();
        let page = stage.get(&team, "/registers/sample/results").await;
        println!("1,200 records counted in {:?}", started.elapsed());
        assert_eq!(page.status, StatusCode::OK);
    });
}
