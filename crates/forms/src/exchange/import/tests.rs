//! What a table does, and what it must not do.

use commonweal_core::on_both;
use commonweal_core::testing::{server, skipped};
use http::StatusCode;

use super::model::{Matching, REFERENCE};
use crate::answers::{Answer, Answers};
use crate::definition::testing::sample;
use crate::exchange::stage::{Stage, figure};

fn answers(code: &str, name: &str) -> Answers {
    let mut answers = Answers::default();
    answers.set("code", Some(Answer::Text(code.to_owned())));
    answers.set("name", Some(Answer::Text(name.to_owned())));
    answers.set("tenure", Some(Answer::Choice("private".to_owned())));
    answers
}

#[test]
fn columns_are_matched_by_id_heading_and_label() {
    let headings = [
        "Reference",
        "code",
        "NAME ",
        "Who owns it?",
        "Cost (£)",
        "Title",
        "Code",
        "Nonsense",
    ];
    let headings: Vec<String> = headings.map(str::to_owned).to_vec();
    let matching = Matching::guess(&sample(), &headings);
    assert_eq!(
        matching.columns,
        [REFERENCE, "code", "name", "tenure", "cost", "", "", ""]
    );
    assert!(matching.faults(&sample()).is_empty());
    let twice = Matching {
        columns: vec!["code".to_owned(), "code".to_owned()],
        ..Matching::default()
    };
    assert_eq!(
        twice.faults(&sample()),
        ["Two columns are matched with 'What is its code?'"]
    );
}

on_both! {
    async fn a_table_makes_changes_and_leaves_alone(db: Db) {
        let stage = Stage::new(&db).await;
        let sample = stage.sample();
        let person = stage.person(&["officer", "manager"]).await;
        let one = stage.record(&sample, &person, answers("S-1", "One")).await;
        let two = stage.record(&sample, &person, answers("S-2", "Two")).await;
        let table = "Code,Name,Who owns it?,Cost\r\nS-1,One,A private owner,\r\nS-2,Second,A private owner,\"1,200.50\"\r\nS-3,Three,probate,5\r\n";
        let (place, page) = stage.import(&person, "sample", "a.csv", table.as_bytes()).await;
        let figures = ["Rows", "New", "Changed", "Unchanged", "Rejected"].map(|label| figure(&page, label));
        assert_eq!(figures, ["3", "1", "1", "1", "0"], "{}", page.text());
        assert!(page.text().contains("Second") && page.text().contains("1200.50") && page.text().contains("no answer"));
        assert_eq!(stage.load(&two.reference).await, two, "nothing is written before somebody confirms");
        let digest = page.field("digest");
        let done = stage.post(&person, &format!("{place}/confirm"), &[("digest", &digest)]).await;
        assert_eq!((done.status, done.location().as_str()), (StatusCode::SEE_OTHER, "/registers/sample"), "{}", done.text());
        let after = stage.load(&two.reference).await;
        assert_eq!(after.answers.get("cost"), Some(&Answer::Money(120_050)));
        assert_eq!(stage.load(&one.reference).await, one);
        assert_eq!(stage.count().await, 3);
        // The same button again, and the same file again.
        stage.post(&person, &format!("{place}/confirm"), &[("digest", &digest)]).await;
        assert_eq!(stage.count().await, 3);
        let (_, page) = stage.import(&person, "sample", "a.csv", table.as_bytes()).await;
        assert_eq!(figure(&page, "Unchanged"), "3", "{}", page.text());
        assert!(!page.text().contains("/confirm"));
    }

    async fn what_cannot_be_taken_is_named_and_nothing_is_written(db: Db) {
        let stage = Stage::new(&db).await;
        let sample = stage.sample();
        let person = stage.person(&["officer", "manager"]).await;
        let other = stage.person(&["officer"]).await;
        stage.record(&sample, &person, answers("S-1", "One")).await;
        stage.record(&sample, &person, answers("S-1", "Another one")).await;
        stage.record(&sample, &other, answers("S-9", "Theirs")).await;
        let table = "Reference,Code,Name,Tenure,Cost,Found\n\
            ,S-1,Which?,private,,\n\
            ,S-4,Four,private,,\n\
            ,S-4,Four again,private,,\n\
            ,S-5,,private,,\n\
            ,S-6,Six,castle,,\n\
            ,S-7,Seven,private,200000,\n\
            ,S-8,Eight,private,,31/2/2026\n\
            ,S-9,Not mine,private,,\n\
            SA-0000-0000,S-2,Nobody,private,,\n\
            ,S-10,Good,private,7,1/5/2026\n";
        let (place, page) = stage.import(&person, "sample", "bad.csv", table.as_bytes()).await;
        let text = page.text();
        assert_eq!(figure(&page, "Rejected"), "9", "{text}");
        assert_eq!(figure(&page, "New"), "1");
        for words in ["2 records have this", "Rows 3, 4 mean the same record", "You may not change this record", "There is no record with this reference"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(!text.contains("/confirm"), "all or nothing");
        let forced = stage.post(&person, &format!("{place}/confirm"), &[("digest", &page.field("digest"))]).await;
        assert_eq!(forced.status, StatusCode::CONFLICT);
        assert_eq!(stage.count().await, 3);
        // Another person finds neither the file nor its name.
        let theirs = stage.person(&["officer", "manager"]).await;
        assert_eq!(stage.get(&theirs, &format!("{place}/preview")).await.status, StatusCode::NOT_FOUND);
    }

    async fn a_record_that_changed_meanwhile_is_shown_again(db: Db) {
        let stage = Stage::new(&db).await;
        let sample = stage.sample();
        let person = stage.person(&["officer", "manager"]).await;
        let record = stage.record(&sample, &person, answers("S-1", "One")).await;
        let (place, page) = stage.import(&person, "sample", "a.csv", b"Code,Name\nS-1,Uno\n").await;
        let path = format!("/api/v1/registers/sample/records/{}", record.reference);
        let patched = stage
            .json(&person, http::Method::PATCH, &path, &[("if-match", "\"1\"")], &serde_json::json!({"answers": {"name": "Eins"}}))
            .await;
        assert_eq!(patched.status, StatusCode::OK, "{}", patched.text());
        let refused = stage.post(&person, &format!("{place}/confirm"), &[("digest", &page.field("digest"))]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(refused.text().contains("Eins") && refused.text().contains("Uno"), "both are shown");
        assert_eq!(stage.load(&record.reference).await.answers.get("name"), Some(&Answer::Text("Eins".to_owned())));
        let done = stage.post(&person, &format!("{place}/confirm"), &[("digest", &refused.field("digest"))]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        assert_eq!(stage.load(&record.reference).await.answers.get("name"), Some(&Answer::Text("Uno".to_owned())));
    }

    async fn bad_files_are_said_and_formulas_come_to_nothing(db: Db) {
        let stage = Stage::new(&db).await;
        let sample = stage.sample();
        let person = stage.person(&["officer", "manager"]).await;
        for (name, bytes) in [("a.pdf", b"%PDF-1.7".as_slice()), ("b.csv", b""), ("c.csv", b"Code,Code\n1,2\n")] {
            let sent = stage.upload(&person, "/registers/sample/import", name, bytes).await;
            assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
            assert!(sent.text().contains("There is a problem"), "{name}");
        }
        stage.record(&sample, &person, answers("S-1", "=HYPERLINK(\"http://evil\")")).await;
        let file = stage.get(&person, "/registers/sample/export.csv").await;
        assert!(file.text().contains("'=HYPERLINK"), "{}", file.text());
        let (_, page) = stage.import(&person, "sample", "back.csv", &file.bytes).await;
        assert_eq!(figure(&page, "Unchanged"), "1");
        if server().is_none() {
            skipped("no PostgreSQL");
        }
    }
}
