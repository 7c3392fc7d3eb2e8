//! Stories of messages, on both databases: safe contact, failures, confidentiality, the switch.

use chrono::{Duration, NaiveTime};
use commonweal_core::jobs::JobError;
use commonweal_core::mail::Deliver;
use commonweal_core::{DbError, args, on_both, read, sql, upkeep};
use commonweal_records::matters::Identity;
use commonweal_records::party::contact::Means;
use commonweal_records::party::rules::{Hours, Rules};
use http::StatusCode;

use super::{Channel, Message, Outcome, of_report, panel, takes_texts};
use crate::tracking;
use crate::tracking::stage::{Stage, agreed};

async fn messages(stage: &Stage, report: commonweal_records::matters::ReportId) -> Vec<Message> {
    let found: Result<_, DbError> = read!(&stage.app.db, |tx| of_report(tx, report).await).await;
    found.unwrap()
}

fn hours(from: u32, until: u32) -> Option<Hours> {
    let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    Some(Hours {
        from: at(from),
        until: at(until),
    })
}

#[test]
fn a_text_never_goes_to_a_landline() {
    for mobile in ["+447700900123", "+447624123456", "+33612345678"] {
        assert!(takes_texts(mobile), "{mobile}");
    }
    for other in [
        "+441913750000",
        "+447012345678",
        "+447640123456",
        "01913750000",
    ] {
        assert!(!takes_texts(other), "{other}");
    }
}

on_both! {
    async fn a_report_is_acknowledged_once_where_it_is_safe(db: Db) {
        let stage = Stage::new(&db).await;
        let (_, _, agency) = stage.person(&["officer"]).await;
        let mail = || vec![agreed(Means::Email, "mary@example.org")];
        let safe = stage.party(agency, "Mary Ridley", mail(), Rules::default()).await;
        let hidden = stage.party(agency, "Ann Ridley", vec![agreed(Means::Email, "ann@example.org")], Rules { hide_caller: true, ..Rules::default() }).await;
        let (first, _) = stage.report(agency, Identity::Named, Some(safe), None).await;
        let (second, _) = stage.report(agency, Identity::Confidential, Some(hidden), None).await;
        let (third, _) = stage.report(agency, Identity::Anonymous, None, None).await;
        stage.work(Deliver::Keep).await;
        stage.work(Deliver::Keep).await;
        let mut outbox = stage.outbox().await;
        assert_eq!(outbox.len(), 2, "{outbox:?}");
        outbox.sort_by_key(|mail| mail[1].starts_with("ann"));
        assert_eq!(outbox[0][1], "mary@example.org");
        assert!(outbox[0][3].contains(&first.reference) && outbox[0][3].contains("/track/"));
        // Whoever may look over a shoulder learns nothing, not even from the link.
        assert_eq!((outbox[1][1].as_str(), outbox[1][2].as_str()), ("ann@example.org", "A message for you"));
        assert!(!outbox[1][3].contains("track") && !outbox[1][3].contains(&second.reference) && !outbox[1][3].contains("artnership"));
        for mail in &outbox {
            assert!(!mail[2].to_lowercase().contains("report") && !mail[2].contains(['\r', '\n']));
        }
        assert!(messages(&stage, third.id).await.is_empty());
        // What is stored holds no secret, and the line stands on the page.
        let stored = messages(&stage, first.id).await;
        assert!(stored[0].body.contains("{link}") && !stored[0].body.contains("/track/"));
        let (report, matter) = stage.found(first.id).await;
        let lines: Result<_, DbError> = read!(&db, |tx| tracking::lines(tx, matter.id, Some(report.id)).await).await;
        assert!(lines.unwrap()[0].words.starts_with("We have your report."));
        stage.clock.advance(Duration::minutes(2));
        stage.work(Deliver::Keep).await;
        assert_eq!(messages(&stage, first.id).await[0].state, "sent");
    }

    async fn a_message_waits_for_the_hours_that_are_safe(db: Db) {
        let stage = Stage::new(&db).await;
        let (_, _, agency) = stage.person(&["officer"]).await;
        let rules = Rules { hours: hours(18, 20), ..Rules::default() };
        let party = stage.party(agency, "Mary Ridley", vec![agreed(Means::Phone, "+447700900123")], rules).await;
        let (report, _) = stage.report(agency, Identity::Named, Some(party), None).await;
        let Outcome::Waits(at, why) = stage.message(report.id, "answer", "Secret words", None, Some("once")).await else {
            panic!("it must wait");
        };
        assert!(why.contains("18:00") && at > stage.clock.now());
        assert_eq!(stage.message(report.id, "answer", "Secret words", None, Some("once")).await, Outcome::Again);
        stage.work(Deliver::Keep).await;
        assert_eq!(stage.outbox().await, Vec::<[String; 4]>::new());
        stage.clock.advance(at - stage.clock.now() + Duration::minutes(1));
        stage.work(Deliver::Keep).await;
        let outbox = stage.outbox().await;
        // The acknowledgement waited, too. No message may be left, so a screen shows only a notice.
        assert_eq!(outbox.len(), 2, "{outbox:?}");
        assert!(outbox.iter().all(|text| text[1] == "+447700900123" && !text[3].contains("Secret")));
    }

    async fn nothing_goes_where_nobody_agreed_or_a_home_must_not_be_written_to(db: Db) {
        let stage = Stage::new(&db).await;
        let (_, _, agency) = stage.person(&["officer"]).await;
        let mut unwanted = agreed(Means::Email, "mary@example.org");
        unwanted.agreed = false;
        let contacts = vec![unwanted, agreed(Means::Phone, "+441913750000"), agreed(Means::Post, "14 Marker Street")];
        let rules = Rules { never_write_home: true, ..Rules::default() };
        let party = stage.party(agency, "Mary Ridley", contacts, rules).await;
        let (report, _) = stage.report(agency, Identity::Named, Some(party), None).await;
        for channel in [Channel::Email, Channel::Text, Channel::Letter] {
            let outcome = stage.message(report.id, "answer", "Words", Some(channel), None).await;
            assert!(matches!(outcome, Outcome::Refused(_)), "{channel:?} {outcome:?}");
        }
        let outcome = stage.message(report.id, "answer", "Words", None, None).await;
        assert!(matches!(outcome, Outcome::PageOnly(_)), "{outcome:?}");
        assert_eq!(stage.outbox().await, Vec::<[String; 4]>::new());
        assert_eq!(messages(&stage, report.id).await.len(), 1);
    }

    async fn a_failure_comes_back_to_the_owner(db: Db) {
        let stage = Stage::new(&db).await;
        let (owner, token, agency) = stage.person(&["officer"]).await;
        let party = stage.party(agency, "Mary Ridley", vec![agreed(Means::Email, "mary@example.org")], Rules::default()).await;
        let (report, matter) = stage.report(agency, Identity::Named, Some(party), None).await;
        let owned: Result<_, DbError> = upkeep!(&db, &stage.clock, |tx| tx.run(sql!("update matters set owner = $2 where id = $1"), args![matter.id, owner]).await).await;
        owned.unwrap();
        stage.message(report.id, "answer", "Words", Some(Channel::Email), None).await;
        let refuse = Deliver::by(|_| async { Err(JobError::Never("550".to_owned())) });
        stage.work(refuse).await;
        stage.clock.advance(Duration::minutes(2));
        stage.work(Deliver::Keep).await;
        let failed: Vec<Message> = messages(&stage, report.id).await.into_iter().filter(|one| one.state == "failed").collect();
        assert!(!failed.is_empty() && failed.iter().all(Message::to_do));
        let told = stage.outbox().await.into_iter().find(|mail| mail[0] == "messages.owner").expect("the owner is told");
        assert!(told[2].contains(&matter.reference) && !told[3].contains("Mary") && !told[3].contains("Words"));
        let seen: Result<_, DbError> = read!(&db, |tx| panel(tx, &matter).await).await;
        assert!(seen.unwrap().attention);
        let thread = format!("{}/messages/{}", matter.href(), report.reference);
        let (_, page) = stage.get(&thread, &token).await;
        assert!(page.contains("Could not be delivered") && page.contains("Mary Ridley"));
        for one in failed {
            let (status, _) = stage.post(&format!("{thread}/{}/handled", one.id.0), &token, "").await;
            assert_eq!(status, StatusCode::SEE_OTHER);
        }
        let seen: Result<_, DbError> = read!(&db, |tx| panel(tx, &matter).await).await;
        assert!(!seen.unwrap().attention);
    }

    async fn one_move_switches_page_and_messages_off(db: Db) {
        let stage = Stage::new(&db).await;
        let (_, token, agency) = stage.person(&["officer"]).await;
        let party = stage.party(agency, "Mary Ridley", vec![agreed(Means::Email, "mary@example.org")], Rules::default()).await;
        let (report, matter) = stage.report(agency, Identity::Named, Some(party), None).await;
        let link = stage.link(report.id).await;
        let mut browser = stage.browser();
        assert_eq!(browser.get(&link).await.status, StatusCode::OK);
        let base = format!("{}/messages", matter.href());
        let (status, _) = stage.post(&format!("{base}/switch"), &token, "off=yes&version=0").await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (status, _) = stage.post(&format!("{base}/switch"), &token, "off=no&version=0").await;
        assert_eq!(status, StatusCode::CONFLICT);
        // As a link that nobody has.
        let unknown = browser.get("/track/00000000000000000000000000000000").await;
        let off = browser.get(&link).await;
        assert_eq!((off.status, off.body.contains(&report.reference)), (unknown.status, false));
        assert!(matches!(stage.message(report.id, "answer", "Words", None, None).await, Outcome::Refused(_)));
        stage.work(Deliver::Keep).await;
        assert_eq!(stage.outbox().await, Vec::<[String; 4]>::new());
        browser.get("/track").await;
        browser.post("/track", &[("contact", "mary@example.org")]).await;
        assert_eq!(stage.outbox().await, Vec::<[String; 4]>::new());
        let (_, page) = stage.get(&base, &token).await;
        assert!(page.contains("are switched off since"));
        stage.post(&format!("{base}/switch"), &token, "off=no&version=1").await;
        assert_eq!(browser.get(&link).await.status, StatusCode::OK);
        // What was not sent stays unsent.
        stage.clock.advance(Duration::minutes(5));
        stage.work(Deliver::Keep).await;
        assert_eq!(stage.outbox().await, Vec::<[String; 4]>::new());
    }

    async fn a_confidential_reporter_is_written_to_without_being_known(db: Db) {
        let stage = Stage::new(&db).await;
        let (_, officer, agency) = stage.person(&["officer"]).await;
        let rules = Rules { note: "My sister Marker knows".to_owned(), ..Rules::default() };
        let party = stage.party(agency, "Mary Ridley", vec![agreed(Means::Email, "mary@example.org")], rules).await;
        let (report, matter) = stage.report(agency, Identity::Confidential, Some(party), None).await;
        let (other, _) = stage.report(agency, Identity::Named, Some(party), Some(report.id)).await;
        let base = format!("{}/messages", matter.href());
        let thread = format!("{base}/{}", report.reference);
        // The officer does not own the matter, and so may not know.
        let (status, page) = stage.get(&thread, &officer).await;
        assert_eq!(status, StatusCode::OK);
        for hidden in ["Ridley", "mary@", "Marker", "Letter", "Note the call"] {
            assert!(!page.contains(hidden), "{hidden}");
        }
        let form = "template=answer&channel=auto&words=Hello%0D%0ABcc%3A+x%40example.org";
        let (status, _) = stage.post(&thread, &officer, form).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let outbox = stage.outbox().await;
        assert_eq!((outbox[0][1].as_str(), outbox[0][2].as_str()), ("mary@example.org", "A message for you"));
        let (status, _) = stage.post(&thread, &officer, "template=answer&channel=letter&words=x").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(stage.post(&format!("{thread}/call"), &officer, "note=x").await.0, StatusCode::NOT_FOUND);
        assert_eq!(stage.post(&format!("{thread}/code"), &officer, "").await.0, StatusCode::NOT_FOUND);
        // Whoever may know sees the name; a colleague of another agency sees nothing at all.
        let (user, token, _) = stage.person(&["supervisor"]).await;
        assert_eq!(stage.get(&thread, &token).await.0, StatusCode::NOT_FOUND);
        let moved: Result<_, DbError> = upkeep!(&db, &stage.clock, |tx| tx.run(sql!("update users set agency = $2 where id = $1"), args![user, agency]).await).await;
        moved.unwrap();
        let (_, page) = stage.get(&thread, &token).await;
        assert!(page.contains("Mary Ridley (confidential)") && page.contains("My sister Marker knows"));
        // A line that names somebody, or a day to come, is not released.
        for line in ["We+spoke+to+Ridley", "We+come+tomorrow", "14+High+Street"] {
            let (status, _) = stage.post(&format!("{base}/release"), &token, &format!("line={line}&checked=yes")).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{line}");
        }
        let (status, _) = stage.post(&format!("{base}/release"), &token, "line=We+look+into+it").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let only = format!("line=We+look+into+it&checked=yes&whose={}", other.reference);
        assert_eq!(stage.post(&format!("{base}/release"), &token, &only).await.0, StatusCode::SEE_OTHER);
        let for_one: Result<_, DbError> = read!(&db, |tx| tracking::lines(tx, matter.id, Some(report.id)).await).await;
        assert!(for_one.unwrap().iter().all(|line| line.words != "We look into it"));
        let for_other: Result<_, DbError> = read!(&db, |tx| tracking::lines(tx, matter.id, Some(other.id)).await).await;
        let line = for_other.unwrap().into_iter().find(|line| line.words == "We look into it").expect("released");
        let (status, _) = stage.post(&format!("{base}/lines/{}/withdraw", line.id), &token, "").await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        stage.outsiders_see_nothing(&["Mary", "Ridley", "Marker", &matter.reference]).await;
    }

    async fn a_letter_is_printed_and_a_code_is_told(db: Db) {
        let stage = Stage::new(&db).await;
        let (_, token, agency) = stage.person(&["supervisor"]).await;
        let contacts = vec![agreed(Means::Post, "14 Marker Street\nPeterlee"), agreed(Means::Phone, "+441913750000")];
        let party = stage.party(agency, "Mary Ridley", contacts, Rules::default()).await;
        let (report, matter) = stage.report(agency, Identity::Named, Some(party), None).await;
        let thread = format!("{}/messages/{}", matter.href(), report.reference);
        let (status, _) = stage.post(&thread, &token, "template=answer&channel=letter&words=Dear+you").await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page) = stage.get(&thread, &token).await;
        let letter = page.split(&format!("{thread}/")).find_map(|part| part.split('"').next().filter(|rest| rest.ends_with("/letter"))).unwrap();
        let (status, pdf) = stage.get(&format!("{thread}/{letter}"), &token).await;
        assert!(status == StatusCode::OK && pdf.starts_with("%PDF-"));
        let handled = letter.replace("/letter", "/handled");
        assert_eq!(stage.post(&format!("{thread}/{handled}"), &token, "").await.0, StatusCode::SEE_OTHER);
        assert_eq!(stage.post(&format!("{thread}/{handled}"), &token, "").await.0, StatusCode::CONFLICT);
        assert_eq!(stage.post(&format!("{thread}/call"), &token, "note=She+agreed").await.0, StatusCode::SEE_OTHER);
        let (_, page) = stage.post(&format!("{thread}/code"), &token, "").await;
        let code = page.split("The code is <strong>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let link = stage.link(report.id).await;
        let mut browser = stage.browser();
        assert!(browser.get(&link).await.body.contains("Ask for a code"));
        assert_eq!(browser.post(&format!("{link}/enter"), &[("code", &code)]).await.location, link);
        let open = browser.get(&link).await;
        assert!(open.body.contains("Dear you") && !open.body.contains("She agreed"));
        // Words that somebody must see now put the matter at the top and alert.
        browser.post(&format!("{link}/messages"), &[("words", "He has a knife")]).await;
        let (_, matter) = stage.found(report.id).await;
        assert!(matter.urgent);
    }
}
