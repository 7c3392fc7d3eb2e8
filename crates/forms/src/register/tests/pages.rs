//! Stories of the pages.

use commonweal_access::web::outsider::sees_nothing;
use commonweal_core::{args, on_both, read, sql};
use http::StatusCode;

use super::Stage;
use crate::answers::{Answer, Answers};

fn answers() -> Answers {
    let mut answers = Answers::default();
    answers.set("code", Some(Answer::Text("S-1".to_owned())));
    answers.set("name", Some(Answer::Text("Markermill".to_owned())));
    answers.set("tenure", Some(Answer::Choice("private".to_owned())));
    answers.set(
        "email",
        Some(Answer::Text("marjorie@secret.example".to_owned())),
    );
    answers
}

on_both! {
    async fn an_outsider_sees_nothing(db: Db) {
        let stage = Stage::new(&db).await;
        stage.record(answers(), None, None).await;
        let wrong = sees_nothing(&stage.forms.app, &stage.router, &stage.list, &["Markermill", "marjorie", "SA-"]).await.unwrap();
        assert_eq!(wrong, Vec::<String>::new());
    }

    async fn personal_answers_are_withheld_and_their_reading_is_logged(db: Db) {
        let stage = Stage::new(&db).await;
        let officer = stage.person(&["officer"]).await;
        let analyst = stage.person(&["analyst"]).await;
        let record = stage.record(answers(), Some(officer.agency), Some(officer.user)).await;
        let reads = async || read!(&db, |tx| tx.count(sql!("select count(*) from access_log where action = 'see_personal'"), args![]).await).await.unwrap();
        for path in [record.href(), format!("{}/history", record.href())] {
            let page = stage.get(&path, &analyst).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            assert!(page.body.contains("Withheld") && page.body.contains("Markermill") && !page.body.contains("marjorie"), "{path}");
        }
        assert_eq!(reads().await, 0);
        let page = stage.get(&record.href(), &officer).await;
        assert!(page.body.contains("marjorie@secret.example") && !page.body.contains("Withheld"));
        assert_eq!(reads().await, 1);
        let list = stage.get("/registers/sample", &analyst).await;
        assert!(list.body.contains("Markermill") && list.body.contains("1 sample problem"));
        let all = stage.get("/registers", &analyst).await;
        assert!(all.body.contains("Sample problems"));
        assert_eq!(stage.get("/registers/no-such", &analyst).await.status, StatusCode::NOT_FOUND);
        let edit = stage.get(&format!("{}/moves/start", record.href()), &analyst).await;
        assert_eq!(edit.status, StatusCode::FORBIDDEN);
    }

    async fn a_search_leaves_no_words_in_the_address(db: Db) {
        let stage = Stage::new(&db).await;
        let officer = stage.person(&["officer"]).await;
        let record = stage.record(answers(), Some(officer.agency), None).await;
        let sent = stage.post("/registers/sample", &officer, &[("words", "marjorie"), ("state", "found"), ("q-tenure", "private"), ("sort", "title")]).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER);
        assert!(sent.location.contains("search=") && sent.location.contains("q-tenure=private") && !sent.location.contains("marjorie"), "{}", sent.location);
        let found = stage.get(&sent.location, &officer).await;
        assert!(found.body.contains(&record.reference), "{}", found.body);
        let lost = stage.get(&sent.location, &stage.person(&["officer"]).await).await;
        assert!(lost.body.contains("no longer kept"));
        let none = stage.get("/registers/sample?state=done", &officer).await;
        assert!(none.body.contains("Nothing fits"));
    }

    async fn views_are_ones_own_or_the_agencys(db: Db) {
        let stage = Stage::new(&db).await;
        let officer = stage.person(&["officer"]).await;
        let colleague = stage.colleague(&officer, &["officer"]).await;
        let other = stage.person(&["officer"]).await;
        let saved = stage.post("/registers/sample/views", &officer, &[("name", "Private ones"), ("query", "q-tenure=private&sort=title"), ("share", "yes")]).await;
        assert!(saved.location.contains("view="), "{}", saved.location);
        assert!(stage.get("/registers/sample", &colleague).await.body.contains("Private ones"));
        assert!(!stage.get("/registers/sample", &other).await.body.contains("Private ones"));
        let shown = stage.get(&saved.location, &officer).await;
        assert!(shown.body.contains("A private owner") && shown.body.contains("Remove the view"));
        let view = saved.location.split("view=").nth(1).unwrap().to_owned();
        stage.post(&format!("/registers/sample/views/{view}/remove"), &colleague, &[]).await;
        assert!(stage.get("/registers/sample", &officer).await.body.contains("Private ones"), "only its owner removes it");
        stage.post(&format!("/registers/sample/views/{view}/remove"), &officer, &[]).await;
        assert!(!stage.get("/registers/sample", &officer).await.body.contains("Private ones"));
    }

    async fn a_move_is_asked_made_once_and_told_to_the_second_mover(db: Db) {
        let stage = Stage::new(&db).await;
        let officer = stage.person(&["officer"]).await;
        let second = stage.colleague(&officer, &["officer"]).await;
        let record = stage.record(answers(), Some(officer.agency), Some(officer.user)).await;
        let path = format!("{}/moves/start", record.href());
        assert!(stage.get(&record.href(), &officer).await.body.contains("Start work"));
        assert!(stage.get(&path, &officer).await.body.contains("When is it visited?"));
        let wrong = stage.post(&path, &officer, &[("version", "1"), ("visit_on-day", "40"), ("visit_on-month", "6"), ("visit_on-year", "2026")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
        let form = [("version", "1"), ("visit_on-day", "20"), ("visit_on-month", "6"), ("visit_on-year", "2026")];
        let made = stage.post(&path, &officer, &form).await;
        assert_eq!((made.status, made.location.as_str()), (StatusCode::SEE_OTHER, record.href().as_str()), "{}", made.body);
        // The button pressed twice.
        assert_eq!(stage.post(&path, &officer, &form).await.status, StatusCode::SEE_OTHER);
        let late = stage.post(&path, &second, &form).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert!(late.body.contains("changed this record on") && late.body.contains("Being worked on") && late.body.contains("value=\"20\""), "{}", late.body);
        let page = stage.get(&record.href(), &officer).await;
        assert!(page.body.contains("Being worked on") && page.body.contains("20 June 2026"));
        let finish = format!("{}/moves/finish", record.href());
        let refused = stage.post(&finish, &officer, &[("version", "2")]).await;
        assert!(refused.body.contains("Write why"), "{}", refused.body);
        let done = stage.post(&finish, &officer, &[("version", "2"), ("outcome", "Sold"), ("move-reason", "It was sold")]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let page = stage.get(&record.href(), &officer).await;
        assert!(page.body.contains("It was sold"));
        let reopen = stage.get(&format!("{}/moves/reopen", record.href()), &officer).await;
        assert_eq!(reopen.status, StatusCode::FORBIDDEN, "only managers");
    }

    async fn notes_and_owners_are_written_once(db: Db) {
        let stage = Stage::new(&db).await;
        let officer = stage.person(&["officer"]).await;
        let colleague = stage.colleague(&officer, &["officer"]).await;
        let record = stage.record(answers(), Some(officer.agency), None).await;
        let note = [("id", "018f0000-0000-7000-8000-000000000001"), ("text", "Looked through the <window>")];
        for _ in 0..2 {
            assert_eq!(stage.post(&format!("{}/notes", record.href()), &officer, &note).await.status, StatusCode::SEE_OTHER);
        }
        let page = stage.get(&record.href(), &officer).await;
        assert_eq!(page.body.matches("Looked through the &lt;window&gt;").count(), 1, "{}", page.body);
        let (agency, user) = (officer.agency.to_string(), colleague.user.to_string());
        let path = format!("{}/hand-over", record.href());
        assert!(stage.get(&path, &officer).await.body.contains("Who answers for it"));
        let wrong = stage.post(&path, &officer, &[("version", "1"), ("agency", ""), ("owner", &user)]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let given = stage.post(&path, &officer, &[("version", "1"), ("agency", &agency), ("owner", &user)]).await;
        assert_eq!(given.status, StatusCode::SEE_OTHER);
        let stale = stage.post(&path, &officer, &[("version", "1"), ("agency", &agency), ("owner", "")]).await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
        assert!(stale.body.contains("It is now with Outsider"));
        let mine = stage.get("/registers/sample?owner=me", &colleague).await;
        assert!(mine.body.contains(&record.reference));
    }

    async fn every_shipped_definition_has_its_pages(db: Db) {
        let stage = Stage::new(&db).await;
        let person = stage.person(&["manager", "analyst", "supervisor", "officer", "data-protection-officer", "youth-worker"]).await;
        for definition in stage.forms.catalogue.all() {
            let key = &definition.key;
            let made = stage.made_up(&definition, 5);
            let record = stage.create(&definition, crate::register::store::NewRecord { answers: made, agency: Some(person.agency), owner: Some(person.user), channel: "page", ..Default::default() }).await;
            let list = stage.get(&format!("/registers/{key}"), &person).await;
            if definition.workflow {
                // What an area works on stands on no page of registers, whoever looks.
                assert_eq!(list.status, StatusCode::NOT_FOUND, "{key}");
                assert_eq!(stage.get(&record.href(), &person).await.status, StatusCode::NOT_FOUND, "{key}");
                for part in ["map", "export", "results", "results/texts", "import", "due.ics"] {
                    let answer = stage.get(&format!("/registers/{key}/{part}"), &person).await;
                    assert!(answer.status.is_client_error(), "{key}/{part}: {}", answer.status);
                    assert!(!answer.body.contains(&record.reference), "{key}/{part}");
                }
                assert!(!stage.get("/registers", &person).await.body.contains(&format!("/registers/{key}")), "{key}");
                continue;
            }
            assert_eq!(list.status, StatusCode::OK, "{key}");
            assert!(list.body.contains(&record.reference), "{key}");
            let page = stage.get(&record.href(), &person).await;
            assert_eq!(page.status, StatusCode::OK, "{key}");
            assert!(page.body.contains(&record.reference), "{key}");
            for one in definition.moves_from(&record.state) {
                let shown = stage.get(&format!("{}/moves/{}", record.href(), one.key), &person).await;
                assert!([StatusCode::OK, StatusCode::FORBIDDEN].contains(&shown.status), "{key} {} {}", one.key, shown.status);
            }
            if definition.place.is_some() {
                assert_eq!(stage.get(&format!("/registers/{key}/map"), &person).await.status, StatusCode::OK, "{key}");
            }
        }
    }
}
