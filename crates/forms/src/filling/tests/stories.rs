//! What goes wrong, and what nobody may see.

use chrono::Duration;
use commonweal_access::web::outsider;
use commonweal_core::events::Actor;
use commonweal_core::{DbError, args, content, read, sql, upkeep, write};
use http::{StatusCode, header};
use uuid::Uuid;

use super::stage::{Browser, Stage};
use crate::answers::{Answer, Answers};
use crate::filling::exif::tests::photograph;
use crate::filling::{drafts, invitations};
use crate::register::store::{self, NewRecord, StoreError};

const LITTER: &str = r#"
title = "Litter"
singular = "litter report"
plural = "litter reports"
prefix = "LT"
group = "Samples"
about = "Tell us about litter."
audience = "public"
layout = "sections"
record_title = "{what}"
[access]
see = { officer = "all" }
change = { officer = "all" }
[[page]]
key = "what"
title = "What it is"
[[page.question]]
id = "what"
kind = "text"
label = "What is it?"
required = true
max = 40
[[page.question]]
id = "bags"
kind = "number"
label = "How many bags?"
[[page.question]]
id = "lorry"
kind = "text"
label = "Can a lorry get there?"
required = true
shown_if = "bags > 5"
[[page.question]]
id = "danger"
kind = "yes_no"
label = "Is it dangerous?"
[[page.question]]
id = "why"
kind = "text"
label = "Why is it dangerous?"
shown_if = "danger"
required = true
[[page]]
key = "more"
title = "More"
[[page.question]]
id = "where"
kind = "location"
label = "Where is it?"
[[page.question]]
id = "pictures"
kind = "files"
label = "Photographs"
types = "photographs"
most = 2
megabytes = 1
[[page.question]]
id = "phone"
kind = "text"
label = "Your telephone number"
personal = "personal"
"#;

const ASKED: &str = r#"
title = "How did we do?"
singular = "answer"
plural = "answers"
prefix = "HD"
group = "Samples"
about = "We want to do better."
audience = "invited"
layout = "one_per_page"
anonymous = true
record_title = "{rating}"
[access]
see = { officer = "all" }
add = { officer = "all" }
[[page]]
key = "score"
title = "Your answer"
[[page.question]]
id = "rating"
kind = "scale"
label = "How satisfied are you?"
from = 1
to = 5
low = "Not at all"
high = "Very"
required = true
[[wave]]
key = "closure"
title = "At closure"
after_days = 0
open_days = 28
"#;

const MORE: &[(&str, &str, &str)] = &[("forms", "litter", LITTER), ("forms", "asked", ASKED)];

/// Begins the litter form and returns the address of its draft.
async fn begin(browser: &mut Browser) -> String {
    browser.get("/forms/litter").await;
    let begun = browser.post("/forms/litter", &[]).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
    browser.get(&begun.location).await;
    begun.location.trim_end_matches("/what").to_owned()
}

fn draft_of(base: &str) -> Uuid {
    base.rsplit('/').next().unwrap().parse().unwrap()
}

async fn answers_of(stage: &Stage, base: &str) -> Answers {
    let (id, now) = (draft_of(base), stage.clock.now());
    read!(&stage.db, |tx| drafts::load(tx, id, now).await)
        .await
        .unwrap()
        .answers
}

/// Stops a content as perhaps illegal, or gives it free.
async fn stop(stage: &Stage, sha256: &str, on: bool) {
    let done: Result<(), DbError> = upkeep!(&stage.db, &stage.clock, |tx| {
        let now = tx.now();
        tx.run(sql!("delete from blocked_files where sha256 = $1"), args![sha256])
            .await?;
        if on {
            tx.run(
                sql!("insert into blocked_files (sha256, id, reference, marked_at, marked_by, file_use, subject_kind, subject, officers, police, reason, version) values ($1, $2, 'F', $3, $2, $2, '', $2, 0, false, '', 1)"),
                args![sha256, Uuid::from_u128(1), now],
            )
            .await?;
        }
        Ok(())
    })
    .await;
    done.unwrap();
}

commonweal_core::on_both! {
    async fn what_is_wrong_is_said_and_nothing_typed_is_lost(db: Db) {
        let stage = Stage::new(&db, MORE).await;
        let mut one = stage.visitor();
        let base = begin(&mut one).await;
        let page = format!("{base}/what");
        let sent = one.post(&page, &[("bags", "many"), ("then", "on")]).await;
        assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(sent.body.contains("<title>Error:") && sent.body.contains("href=\"#what\""), "{}", sent.body);
        assert!(sent.body.contains("value=\"many\""));
        // Six bags bring up a question on the same page; danger reveals one without asking the server.
        let sent = one.post(&page, &[("what", "Tyres"), ("bags", "6"), ("danger", "no"), ("then", "on")]).await;
        assert_eq!(sent.status, StatusCode::OK, "{}", sent.body);
        assert!(sent.body.contains("Can a lorry get there?") && sent.body.contains("bring up one more"));
        assert!(sent.body.contains("value=\"Tyres\""));
        let sent = one.post(&page, &[("what", "Tyres"), ("bags", "6"), ("lorry", ""), ("danger", "no"), ("why", "x"), ("then", "on")]).await;
        assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
        let sent = one.post(&page, &[("what", "Tyres"), ("bags", "6"), ("lorry", "Yes"), ("danger", "no"), ("why", ""), ("then", "on")]).await;
        assert_eq!(sent.location, format!("{base}/more"));
        // A place that nobody knows, and a pair of figures that is a place.
        one.get(&format!("{base}/more")).await;
        let sent = one.post(&format!("{base}/more"), &[("where", "Atlantis"), ("phone", "0191 496 0000"), ("then", "on")]).await;
        assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(sent.body.contains("We do not know this place") && sent.body.contains("0191 496 0000"));
        let sent = one.post(&format!("{base}/more"), &[("where", "54.77, -1.57"), ("then", "find:where")]).await;
        assert!(sent.status == StatusCode::OK && sent.body.contains("latitude and longitude that were typed"), "{}", sent.body);
        let sent = one.post(&format!("{base}/more"), &[("where", "54.77, -1.57"), ("phone", ""), ("then", "on")]).await;
        assert_eq!(sent.location, format!("{base}/check"));
        assert_eq!(stage.count("litter").await, 0);
        let check = one.get(&sent.location).await;
        assert!(check.body.contains("Tyres") && !check.body.contains("Why is it dangerous?"));
        let sent = one.post(&format!("{base}/check"), &[("then", "send")]).await;
        assert_eq!(sent.location, format!("{base}/sent"));
        assert_eq!(stage.count("litter").await, 1);
    }

    async fn nobody_sees_the_drafts_of_others(db: Db) {
        let stage = Stage::new(&db, MORE).await;
        let mut one = stage.visitor();
        let base = begin(&mut one).await;
        one.post(&format!("{base}/what"), &[("what", "Marker tyres"), ("then", "on")]).await;
        let mut two = stage.visitor();
        two.get("/forms/litter").await;
        let (_, mut three) = stage.person(&["warden"]).await;
        for path in ["what", "more", "check", "sent"] {
            for other in [&mut two, &mut three] {
                let answer = other.get(&format!("{base}/{path}")).await;
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
                let answer = other.post(&format!("{base}/{path}"), &[("what", "x")]).await;
                assert!([StatusCode::NOT_FOUND, StatusCode::FORBIDDEN].contains(&answer.status) || answer.status.is_client_error(), "{path}");
            }
        }
        let id = draft_of(&base);
        assert_eq!(three.post(&format!("/forms/drafts/{id}/delete"), &[]).await.status, StatusCode::NOT_FOUND);
        // What only colleagues fill in is not there for others, nor what people are invited to.
        assert_eq!(two.get("/forms/asked").await.status, StatusCode::NOT_FOUND);
        assert!(two.get("/forms/sample").await.location.starts_with("/sign-in"));
        let (_, mut outsider) = stage.person(&[]).await;
        assert_eq!(outsider.get("/forms/sample").await.status, StatusCode::NOT_FOUND);
        stage.outsiders_see_nothing(&["Marker"]).await;
    }

    async fn two_tabs_show_both_and_ask(db: Db) {
        let stage = Stage::new(&db, MORE).await;
        let mut one = stage.visitor();
        let base = begin(&mut one).await;
        let page = format!("{base}/what");
        let mut two = one.clone();
        one.post(&page, &[("what", "Tyres"), ("then", "on")]).await;
        let sent = two.post(&page, &[("what", "Mattress"), ("then", "on")]).await;
        assert_eq!(sent.status, StatusCode::CONFLICT);
        assert!(sent.body.contains("Tyres") && sent.body.contains("value=\"Mattress\""), "{}", sent.body);
        let mut three = two.clone();
        let kept = three.post(&page, &[("what", "Mattress"), ("then", "keep")]).await;
        assert_eq!(kept.status, StatusCode::SEE_OTHER);
        assert_eq!(answers_of(&stage, &base).await.get("what"), Some(&Answer::Text("Tyres".to_owned())));
        let over = two.post(&page, &[("what", "Mattress"), ("then", "over")]).await;
        assert_eq!(over.status, StatusCode::SEE_OTHER, "{}", over.body);
        assert_eq!(answers_of(&stage, &base).await.get("what"), Some(&Answer::Text("Mattress".to_owned())));
        // The same typed twice is no quarrel, and another page is none either.
        let mut four = one.clone();
        four.get(&page).await;
        one.get(&format!("{base}/more")).await;
        one.post(&format!("{base}/more"), &[("phone", "1"), ("then", "on")]).await;
        assert_eq!(four.post(&page, &[("what", "Rubble"), ("then", "on")]).await.status, StatusCode::SEE_OTHER);
        let all = answers_of(&stage, &base).await;
        assert!(all.get("phone").is_some() && all.get("what") == Some(&Answer::Text("Rubble".to_owned())));
    }

    async fn a_draft_survives_an_expired_sign_in_and_a_new_version(db: Db) {
        let stage = Stage::new(&db, MORE).await;
        let (user, mut one) = stage.person(&["warden"]).await;
        let base = begin(&mut one).await;
        let page = format!("{base}/what");
        one.post(&page, &[("what", "Tyres"), ("then", "on")]).await;
        // A new version comes into force: the draft stays with its own.
        let today = stage.clock.today();
        let body = LITTER.replace("What is it?", "What did you find?");
        write!(&db, &stage.clock, &Actor::system("test"), |tx| content::publish(tx, "forms", "litter.toml", &body, today).await).await.map_err(|error: DbError| error).unwrap();
        stage.forms.catalogue.refresh().await.unwrap();
        let shown = one.get(&page).await;
        assert!(shown.body.contains("What is it?") && shown.body.contains("value=\"Tyres\""));
        stage.clock.advance(Duration::days(2));
        let sent = one.post(&page, &[("what", "Rubble"), ("then", "on")]).await;
        assert!(sent.location.starts_with("/sign-in"), "{} {}", sent.status, sent.location);
        assert!(sent.location.contains("kept"), "what was typed is kept: {}", sent.location);
        let token = upkeep!(&db, &stage.clock, |tx| {
            let terms = commonweal_access::session::Terms { idle: Duration::days(1), longest: Duration::days(1) };
            let start = commonweal_access::session::Start { user, browser: "Test", method: "password", before: None };
            commonweal_access::session::start(tx, &stage.clock, terms, &start).await
        }).await.map_err(|error: DbError| error).unwrap();
        let mut again = stage.signed_in(&token);
        let drafts = again.get("/forms/drafts").await;
        assert!(drafts.body.contains("Litter") && drafts.body.contains(&base), "{}", drafts.body);
        let shown = again.get(&page).await;
        assert!(shown.body.contains("value=\"Tyres\""), "{}", shown.body);
        again.post(&page, &[("what", "Rubble"), ("then", "on")]).await;
        again.get(&format!("{base}/check")).await;
        let sent = again.post(&format!("{base}/check"), &[("then", "send")]).await;
        assert_eq!(sent.location, format!("{base}/sent"), "{}", sent.body);
        let version: i64 = read!(&db, |tx| tx.one(sql!("select definition_version from form_records where definition = 'litter'"), args![]).await).await.unwrap().at(0).unwrap();
        assert_eq!(version, 1);
        // Its time over, a draft goes with its files.
        stage.clock.advance(Duration::days(40));
        let gone = upkeep!(&db, &stage.clock, |tx| drafts::sweep(tx).await).await.map_err(|error: DbError| error).unwrap();
        assert_eq!(gone, 1);
    }

    async fn files_are_judged_by_content_and_lose_what_they_tell(db: Db) {
        let stage = Stage::new(&db, MORE).await;
        let mut one = stage.visitor();
        let base = begin(&mut one).await;
        one.post(&format!("{base}/what"), &[("what", "Tyres"), ("then", "on")]).await;
        let page = format!("{base}/more");
        one.get(&page).await;
        let program = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0".repeat(20);
        let drawing = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec();
        let large = [photograph(), vec![0; 1_200_000]].concat();
        for (name, content) in [("lamp.jpg", &program), ("lamp.svg", &drawing), ("large.jpg", &large)] {
            let sent = one.upload(&page, &[("phone", "0191 496 0000"), ("then", "on")], &[("pictures", name, content)]).await;
            assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
            assert!(sent.body.contains(&format!("{name}: ")) && sent.body.contains("0191 496 0000"), "{name}: {}", sent.body);
        }
        assert!(answers_of(&stage, &base).await.get("pictures").is_none());
        // The same photograph twice is kept once; two are the most.
        let picture = photograph();
        let sent = one.upload(&page, &[("then", "on")], &[("pictures", "a.jpg", &picture), ("pictures", "b.jpg", &picture)]).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
        let Some(Answer::Files(files)) = answers_of(&stage, &base).await.get("pictures").cloned() else { panic!("no files") };
        assert_eq!(files.len(), 1);
        let shown = one.get(&page).await;
        let href = format!("{base}/files/{}", files[0].id);
        assert!(shown.body.contains(&href));
        let file = one.get(&href).await;
        assert_eq!(file.status, StatusCode::OK);
        assert!(!file.bytes.windows(4).any(|part| part == b"Exif"), "the place is gone");
        assert_eq!(file.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert!(file.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("sandbox"));
        // Stopped as perhaps illegal, nobody is given it: neither the page's small picture nor the file.
        stop(&stage, &files[0].sha256, true).await;
        let file = one.get(&href).await;
        assert!(file.status == StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS && file.body.contains("was stopped"));
        let shown = one.get(&page).await;
        assert!(shown.body.contains("stopped, because it may be illegal") && !shown.body.contains(&href));
        stop(&stage, &files[0].sha256, false).await;
        assert_eq!(one.get(&href).await.status, StatusCode::OK);
        let mut two = stage.visitor();
        two.get("/forms/litter").await;
        assert_eq!(two.get(&href).await.status, StatusCode::NOT_FOUND);
        let then = format!("remove:{}", files[0].id);
        let sent = one.upload(&page, &[("then", &then)], &[]).await;
        assert_eq!(sent.status, StatusCode::OK, "{}", sent.body);
        assert!(answers_of(&stage, &base).await.get("pictures").is_none());
        assert_eq!(one.get(&href).await.status, StatusCode::NOT_FOUND);
        // Sent, the file is the record's, for colleagues who may see it.
        one.upload(&page, &[("then", "on")], &[("pictures", "a.jpg", &picture)]).await;
        one.get(&format!("{base}/check")).await;
        one.post(&format!("{base}/check"), &[("then", "send")]).await;
        let id: Uuid = read!(&db, |tx| tx.one(sql!("select id from form_records where definition = 'litter'"), args![]).await).await.unwrap().at(0).unwrap();
        let record = read!(&db, |tx| store::load(tx, id).await).await.unwrap();
        let Some(Answer::Files(files)) = record.answers.get("pictures") else { panic!("no files") };
        let href = format!("{}/files/{}", record.href(), files[0].id);
        let (_, mut warden) = stage.person(&["warden"]).await;
        assert_eq!(warden.get(&href).await.status, StatusCode::OK);
        stop(&stage, &files[0].sha256, true).await;
        assert_eq!(warden.get(&href).await.status, StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS);
        assert!(warden.get(&record.href()).await.body.contains("stopped, because it may be illegal"));
        assert_ne!(two.get(&href).await.status, StatusCode::OK);
        let uses = read!(&db, |tx| tx.count(sql!("select count(*) from file_uses where subject_kind = 'form_record'"), args![]).await).await;
        assert_eq!(uses.map_err(|error: DbError| error).unwrap(), 1);
    }

    async fn a_stale_edit_shows_both_versions_and_asks(db: Db) {
        let stage = Stage::new(&db, MORE).await;
        let definition = stage.forms.catalogue.get("litter").unwrap();
        let mut answers = Answers::default();
        answers.set("what", Some(Answer::Text("Tyres".to_owned())));
        answers.set("phone", Some(Answer::Text("0191 496 0000".to_owned())));
        let new = NewRecord { answers, agency: None, owner: None, created_by: None, parent: None, wave: None, channel: "public", delivery: None };
        let record = write!(&db, &stage.clock, &Actor::system("test"), |tx| store::create(tx, &stage.clock, &definition, new.clone()).await).await.map_err(|error: StoreError| error).unwrap();
        let (_, mut one) = stage.person(&["warden"]).await;
        let (_, mut two) = stage.person(&["warden"]).await;
        // An officer may change it, but not see who told us.
        let (_, mut officer) = stage.person(&["officer"]).await;
        let edit = format!("{}/edit", record.href());
        assert_eq!(officer.get(&format!("{edit}/more")).await.body.matches("0191 496 0000").count(), 0);
        assert!(!officer.get(&format!("{edit}/more")).await.body.contains("Your telephone number"));
        for (browser, what) in [(&mut one, "Old tyres"), (&mut two, "Lorry tyres"), (&mut officer, "Tyres")] {
            let page = browser.get(&format!("{edit}/what")).await;
            assert!(page.body.contains("value=\"Tyres\""), "{}", page.body);
            let bags = if what == "Tyres" { "4" } else { "" };
            let sent = browser.post(&format!("{edit}/what"), &[("what", what), ("bags", bags), ("danger", ""), ("why", ""), ("then", "on")]).await;
            assert_eq!(sent.location, format!("{edit}/check"), "{}", sent.body);
            let check = browser.get(&sent.location).await;
            assert!(check.status == StatusCode::OK, "{}", check.body);
        }
        let saved = one.post(&format!("{edit}/check"), &[("then", "send")]).await;
        assert_eq!(saved.location, record.href(), "{}", saved.body);
        assert_eq!(one.post(&format!("{edit}/check"), &[("then", "send")]).await.status, StatusCode::SEE_OTHER, "pressed twice");
        let stale = two.post(&format!("{edit}/check"), &[("then", "send")]).await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
        assert!(stale.body.contains("Old tyres") && stale.body.contains("Lorry tyres"), "{}", stale.body);
        let unsure = two.post(&format!("{edit}/check"), &[("then", "send")]).await;
        assert!(unsure.status.is_client_error() && unsure.body.contains("Choose which answer is right"), "{}", unsure.body);
        let chosen = two.post(&format!("{edit}/check"), &[("keep-what", "mine"), ("then", "send")]).await;
        assert_eq!(chosen.location, record.href(), "{}", chosen.body);
        // Another answer changed meanwhile is no quarrel, but it is shown before it is saved.
        let stale = officer.post(&format!("{edit}/check"), &[("then", "send")]).await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
        let saved = officer.post(&format!("{edit}/check"), &[("then", "send")]).await;
        assert_eq!(saved.location, record.href(), "{}", saved.body);
        let id = record.id;
        let now = read!(&db, |tx| store::load(tx, id).await).await.unwrap();
        assert_eq!(now.answers.get("what"), Some(&Answer::Text("Lorry tyres".to_owned())));
        assert_eq!(now.answers.get("bags"), Some(&Answer::Number(4.0)));
        assert_eq!(now.answers.get("phone"), Some(&Answer::Text("0191 496 0000".to_owned())));
    }

    async fn an_invitation_works_once_and_anonymous_answers_lead_to_nobody(db: Db) {
        let stage = Stage::new(&db, MORE).await;
        let (_, mut warden) = stage.person(&["warden"]).await;
        let list = "/registers/asked/invitations";
        warden.get(list).await;
        let wrong = warden.post(list, &[("whom", "a@example.org\nnobody")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("Line 2"), "{}", wrong.body);
        let sent = warden.post(list, &[("wave", "closure"), ("whom", "a@example.org\nb@example.org"), ("letters", "A. Body, 1 High Street")]).await;
        assert!(sent.status == StatusCode::OK && sent.body.contains("1 High Street") && sent.body.contains("Print this page"), "{}", sent.body);
        let mails = read!(&db, |tx| tx.all(sql!("select body from outbox where kind = 'forms.invitation' order by id"), args![]).await).await.map_err(|error: DbError| error).unwrap();
        assert_eq!(mails.len(), 2);
        let body: String = mails[0].get("body").unwrap();
        let link = body.split("/forms/invited/").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        let mut one = stage.visitor();
        let path = format!("/forms/invited/{}", link.to_uppercase());
        let start = one.get(&path).await;
        assert!(start.body.contains("How did we do?") && start.body.contains("anonymous"), "{}", start.body);
        let begun = one.post(&path, &[]).await;
        let page = one.get(&begun.location).await;
        assert!(page.body.contains("How satisfied are you?") && page.body.matches("<h1").count() == 1);
        let at = begun.location.clone();
        assert_eq!(one.post(&at, &[("rating", "4"), ("then", "on")]).await.status, StatusCode::SEE_OTHER);
        let check = at.replace("/rating", "/check");
        one.get(&check).await;
        let done = one.post(&check, &[("then", "send")]).await;
        let done = one.get(&done.location).await;
        assert!(done.body.contains("govuk-panel") && !done.body.contains("HD-"), "{}", done.body);
        let again = stage.visitor().get(&path).await;
        assert!(again.body.contains("answered already"), "{}", again.body);
        let linked = read!(&db, |tx| tx.count(sql!("select count(*) from form_invitations where record is not null"), args![]).await).await.map_err(|error: DbError| error).unwrap();
        let drafts = read!(&db, |tx| tx.count(sql!("select count(*) from form_drafts where invitation is not null"), args![]).await).await.map_err(|error: DbError| error).unwrap();
        assert_eq!((linked, drafts), (0, 0));
        let shown = warden.get(list).await;
        assert!(shown.body.contains("33%") && shown.body.contains("6% to 79%"), "{}", shown.body);
        // One reminder, to whom has not answered, a week later; its link works as the first does.
        stage.clock.advance(Duration::hours(23));
        warden.get(list).await;
        let rates = read!(&db, |tx| invitations::store::rates(tx, "asked").await).await.unwrap();
        assert_eq!((rates[0].sent, rates[0].answered), (3, 1));
        stage.clock.advance(Duration::days(8));
        let (_, mut warden) = stage.person(&["warden"]).await;
        warden.get(list).await;
        for _ in 0..2 {
            warden.post(&format!("{list}/remind"), &[]).await;
        }
        let mails = read!(&db, |tx| tx.all(sql!("select body from outbox where kind = 'forms.reminder'"), args![]).await).await.map_err(|error: DbError| error).unwrap();
        assert_eq!(mails.len(), 1);
        let body: String = mails[0].get("body").unwrap();
        let link = body.split("/forms/invited/").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        assert!(stage.visitor().get(&format!("/forms/invited/{link}")).await.body.contains("Start now"));
        stage.clock.advance(Duration::days(30));
        assert!(stage.visitor().get(&format!("/forms/invited/{link}")).await.body.contains("time to answer is over"));
        assert!(stage.visitor().get("/forms/invited/aaaa").await.body.contains("not right"));
        let today = stage.clock.today();
        upkeep!(&db, &stage.clock, |tx| invitations::store::forget(tx, today).await).await.map_err(|error: DbError| error).unwrap();
        let known = read!(&db, |tx| tx.count(sql!("select count(*) from form_invitations where email is not null or letter is not null"), args![]).await).await.map_err(|error: DbError| error).unwrap();
        assert_eq!(known, 0);
    }

    async fn a_link_leads_back_on_another_device(db: Db) {
        let stage = Stage::new(&db, MORE).await;
        let mut one = stage.visitor();
        let base = begin(&mut one).await;
        let later = one.post(&format!("{base}/what"), &[("what", "Tyres"), ("bags", "x"), ("then", "later")]).await;
        assert_eq!(later.status, StatusCode::OK, "{}", later.body);
        let link = later.body.split("/forms/resume/").nth(1).unwrap().split('<').next().unwrap().split('"').next().unwrap().to_owned();
        let mailed = one.post(&format!("{base}/later"), &[("email", "a@example.org")]).await;
        assert!(mailed.body.contains("on its way"), "{}", mailed.body);
        let mails = read!(&db, |tx| tx.count(sql!("select count(*) from outbox where kind = 'forms.resume'"), args![]).await).await.map_err(|error: DbError| error).unwrap();
        assert_eq!(mails, 1);
        let mut two = stage.visitor();
        let path = format!("/forms/resume/{link}");
        assert!(two.get(&path).await.body.contains("Litter"));
        let on = two.post(&path, &[]).await;
        let page = two.open(&on.location).await;
        assert!(page.status == StatusCode::OK, "{}", page.body);
        assert!(two.get(&format!("{base}/what")).await.body.contains("value=\"Tyres\""));
        assert_eq!(one.get(&format!("{base}/what")).await.status, StatusCode::NOT_FOUND, "it is on one device at a time");
        assert_eq!(stage.visitor().get("/forms/resume/aaaa").await.status, StatusCode::NOT_FOUND);
    }

    async fn one_address_cannot_flood_a_form(db: Db) {
        let stage = Stage::new(&db, &[]).await;
        let count = async || upkeep!(&db, &stage.clock, |tx| drafts::flooded(tx, "sent", Some("a"), 3).await).await.map_err(|error: DbError| error).unwrap();
        for _ in 0..3 {
            assert_eq!(count().await, None);
        }
        assert!(count().await.is_some_and(|seconds| (1..=3_600).contains(&seconds)));
        stage.clock.advance(Duration::minutes(61));
        assert_eq!(count().await, None);
        let _ = outsider::signed_in;
    }
}

#[test]
fn a_secret_is_long_and_read_as_people_type_it() {
    let secret = drafts::secret().unwrap();
    assert_eq!(secret.len(), 26);
    let typed = secret.to_uppercase().replace('0', "O").replace('1', "l");
    let typed = format!("{} -{}", &typed[..10], &typed[10..]);
    assert_eq!(drafts::hash(&typed), drafts::hash(&secret));
    assert_ne!(drafts::secret().unwrap(), secret);
}
