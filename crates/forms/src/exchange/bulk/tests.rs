//! Many records at once.

use commonweal_core::on_both;
use http::{Method, StatusCode};
use serde_json::json;

use crate::answers::{Answer, Answers};
use crate::exchange::stage::{Stage, figure};

fn answers(code: &str, tenure: &str) -> Answers {
    let mut answers = Answers::default();
    answers.set("code", Some(Answer::Text(code.to_owned())));
    answers.set("name", Some(Answer::Text("Name".to_owned())));
    answers.set("tenure", Some(Answer::Choice(tenure.to_owned())));
    answers.set(
        "trace",
        (tenure == "unknown").then(|| Answer::Text("Asked".to_owned())),
    );
    answers
}

on_both! {
    async fn many_are_changed_after_a_look_at_each(db: Db) {
        let stage = Stage::new(&db).await;
        let sample = stage.sample();
        let person = stage.person(&["officer", "manager"]).await;
        let other = stage.person(&["officer"]).await;
        let one = stage.record(&sample, &person, answers("S-1", "private")).await;
        let two = stage.record(&sample, &person, answers("S-2", "probate")).await;
        let theirs = stage.record(&sample, &other, answers("S-3", "private")).await;
        let page = stage.get(&person, "/registers/sample/bulk?q-tenure=private").await;
        assert_eq!(page.field("record"), one.reference, "only what the filter leaves and is theirs: {}", page.text());
        assert!(!page.text().contains(&theirs.reference));
        let ticked = [("record", one.reference.as_str()), ("record", two.reference.as_str()), ("record", theirs.reference.as_str())];
        let ask = |more: &[(&'static str, &'static str)]| -> Vec<(&str, &str)> { ticked.iter().copied().chain(more.iter().copied()).collect() };
        let nothing = stage.post(&person, "/registers/sample/bulk/preview", &ask(&[])).await;
        assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
        let wrong = stage.post(&person, "/registers/sample/bulk/preview", &ask(&[("act", "answer"), ("question", "tenure"), ("words", "castle")])).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let look = stage.post(&person, "/registers/sample/bulk/preview", &ask(&[("act", "answer"), ("question", "tenure"), ("words", "It is in probate")])).await;
        let figures = ["Would change", "Are so already", "Cannot be changed"].map(|label| figure(&look, label));
        assert_eq!(figures, ["1", "1", "1"], "{}", look.text());
        assert_eq!(stage.load(&one.reference).await, one, "nothing is written yet");
        let confirmed = format!("{}:1", one.reference);
        let fields = [("record", confirmed.as_str()), ("act", "answer"), ("question", "tenure"), ("words", "It is in probate")];
        let done = stage.post(&person, "/registers/sample/bulk/confirm", &fields).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        assert_eq!(stage.load(&one.reference).await.answers.get("tenure"), Some(&Answer::Choice("probate".to_owned())));
        // What is confirmed for a record that is not theirs is not done.
        let forced = format!("{}:1", theirs.reference);
        let refused = stage.post(&person, "/registers/sample/bulk/confirm", &[("record", &forced), ("act", "note"), ("note", "x")]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert_eq!(stage.load(&theirs.reference).await, theirs);
    }

    async fn one_that_changed_meanwhile_stops_all(db: Db) {
        let stage = Stage::new(&db).await;
        let sample = stage.sample();
        let person = stage.person(&["officer", "manager"]).await;
        let one = stage.record(&sample, &person, answers("S-1", "private")).await;
        let two = stage.record(&sample, &person, answers("S-2", "private")).await;
        let path = format!("/api/v1/registers/sample/records/{}", two.reference);
        stage.json(&person, Method::PATCH, &path, &[("if-match", "\"1\"")], &json!({"answers": {"name": "New"}})).await;
        let (first, second) = (format!("{}:1", one.reference), format!("{}:1", two.reference));
        let fields = [("record", first.as_str()), ("record", second.as_str()), ("act", "owner"), ("owner", "nobody"), ("seed", "018f0000-0000-7000-8000-000000000000")];
        let stopped = stage.post(&person, "/registers/sample/bulk/confirm", &fields).await;
        assert_eq!(stopped.status, StatusCode::CONFLICT);
        assert_eq!(stage.load(&one.reference).await.owner, Some(person.user), "all or nothing");
        assert!(stopped.text().contains(&format!("{}:2", two.reference)), "and the next look is at what is there now");
    }

    async fn owners_notes_and_moves(db: Db) {
        let stage = Stage::new(&db).await;
        let sample = stage.sample();
        let person = stage.person(&["officer", "manager"]).await;
        let record = stage.record(&sample, &person, answers("S-1", "private")).await;
        let owner = person.user.to_string();
        let mut version = 1;
        for (act, fields) in [
            ("owner", vec![("owner", "nobody")]),
            ("owner", vec![("owner", owner.as_str())]),
            ("note", vec![("note", "Rang twice")]),
        ] {
            let confirmed = format!("{}:{version}", record.reference);
            let mut sent = vec![("record", confirmed.as_str()), ("act", act)];
            sent.extend(fields);
            let done = stage.post(&person, "/registers/sample/bulk/confirm", &sent).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{act}: {}", done.text());
            version = stage.load(&record.reference).await.version;
        }
        // A move that asks something of each record is not made for many.
        let look = stage.post(&person, "/registers/sample/bulk/preview", &[("record", &record.reference), ("act", "move"), ("move", "start")]).await;
        assert_eq!(look.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(stage.load(&record.reference).await.state, "found");
    }
}
