//! Stories of somebody who reported, on both databases and through real requests.

use chrono::Duration;
use commonweal_core::mail::Deliver;
use commonweal_core::{DbError, on_both, read};
use commonweal_records::matters::{Channel, Identity, State};
use commonweal_records::party::contact::Means;
use commonweal_records::party::rules::Rules;
use http::{StatusCode, header};

use super::stage::{Stage, agreed};
use crate::messages;

on_both! {
    async fn the_link_alone_shows_little_and_a_code_opens_the_rest(db: Db) {
        let stage = Stage::new(&db).await;
        let (_, _, agency) = stage.person(&["officer"]).await;
        let party = stage.party(agency, "Mary Ridley", vec![agreed(Means::Email, "mary@example.org")], Rules::default()).await;
        let (report, matter) = stage.report(agency, Identity::Named, Some(party), None).await;
        stage.message(report.id, "accepted", "", None, None).await;
        let link = stage.link(report.id).await;
        let mut browser = stage.browser();
        let page = browser.get(&link).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains(&report.reference) && page.body.contains("Received"));
        assert!(page.body.contains("decide who deals with it"));
        for hidden in ["Mary", "Marker", "Loud", "deals with your report.", &matter.reference, "Write to us"] {
            assert!(!page.body.contains(hidden), "{hidden}");
        }
        assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
        assert_eq!(page.headers[header::REFERRER_POLICY], "no-referrer");
        // What needs a code is refused without one.
        for path in ["messages", "again", "how-did-we-do"] {
            let refused = browser.post(&format!("{link}/{path}"), &[("words", "Hello"), ("when", "today")]).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
        }
        assert_eq!(browser.get(&format!("{link}/again")).await.status, StatusCode::FORBIDDEN);
        let asked = browser.post(&format!("{link}/code"), &[]).await;
        assert_eq!(asked.status, StatusCode::OK);
        let code = stage.code().await;
        assert!(!asked.body.contains(&code) && !asked.body.contains("mary@"));
        let mail = stage.outbox().await.into_iter().rfind(|mail| mail[0] == "tracking.code").unwrap();
        assert_eq!((mail[1].as_str(), mail[2].as_str()), ("mary@example.org", "Your code"));
        assert!(!mail[3].contains(&report.reference) && !mail[3].contains("track"));
        let entered = browser.post(&format!("{link}/enter"), &[("code", &code)]).await;
        assert_eq!(entered.location, link);
        let open = browser.get(&link).await;
        assert!(open.body.contains("An officer now deals with your report.") && open.body.contains("You told us."));
        // Another browser with the same link sees as little as before, and the code works once.
        let mut other = stage.browser();
        assert!(!other.get(&link).await.body.contains("Write to us"));
        let again = other.post(&format!("{link}/enter"), &[("code", &code)]).await;
        assert!(again.status == StatusCode::UNPROCESSABLE_ENTITY && again.body.contains("not right"));
        // A message, twice sent, is one; its words are only words.
        let words = "<script>alert(1)</script>\r\nBcc: everybody@example.org";
        let once = "018f0000-0000-7000-8000-000000000001";
        for _ in 0..2 {
            let sent = browser.post(&format!("{link}/messages"), &[("words", words), ("once", once)]).await;
            assert_eq!(sent.location, format!("{link}?done=message"));
        }
        let open = browser.get(&format!("{link}?done=message")).await;
        assert!(open.body.contains("We have your message.") && !open.body.contains("<script>alert"));
        let stored: Result<_, DbError> = read!(&db, |tx| messages::of_report(tx, report.id).await).await;
        let received: Vec<_> = stored.unwrap().into_iter().filter(|one| one.direction == "in").collect();
        assert_eq!(received.len(), 1);
        assert!(received[0].to_do());
        // Two taps: it joins the same matter, once, and counts.
        assert!(browser.get(&format!("{link}/again")).await.body.contains("It happened again"));
        for _ in 0..2 {
            let sent = browser.post(&format!("{link}/again"), &[("when", "today"), ("once", once)]).await;
            assert_eq!(sent.location, format!("{link}?done=again"));
        }
        let (_, matter) = stage.found(report.id).await;
        assert_eq!(matter.reports, 2);
        let reports: Result<_, DbError> = read!(&db, |tx| commonweal_records::matters::reports_of(tx, matter.id).await).await;
        let further = reports.unwrap().into_iter().find(|one| one.channel == Channel::Tracking).unwrap();
        assert_eq!((further.channel, further.further_to, further.reporter), (Channel::Tracking, Some(report.id), Some(party)));
        assert!(browser.get(&link).await.body.contains("Reports from you in the last six months: 2"));
        let wrong = browser.post(&format!("{link}/again"), &[("when", "other"), ("day", "31/12/2090")]).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.body.contains("last six months"));
        // An hour later a new code is asked for; leaving ends it at once.
        stage.clock.advance(Duration::minutes(61));
        assert!(!browser.get(&link).await.body.contains("Write to us"));
        browser.post(&format!("{link}/code"), &[]).await;
        let code = stage.code().await;
        browser.post(&format!("{link}/enter"), &[("code", &code)]).await;
        assert!(browser.get(&link).await.body.contains("Write to us"));
        assert!(browser.post(&format!("{link}/leave"), &[]).await.body.contains("You have left the page"));
        assert!(!browser.get(&link).await.body.contains("Write to us"));
    }

    async fn codes_end_after_some_tries_some_minutes_and_some_requests(db: Db) {
        let stage = Stage::new(&db).await;
        let (_, _, agency) = stage.person(&["officer"]).await;
        let party = stage.party(agency, "Mary Ridley", vec![agreed(Means::Email, "mary@example.org")], Rules::default()).await;
        let (report, _) = stage.report(agency, Identity::Named, Some(party), None).await;
        let link = stage.link(report.id).await;
        let mut browser = stage.browser();
        browser.get(&link).await;
        browser.post(&format!("{link}/code"), &[]).await;
        let code = stage.code().await;
        let wrong = if code == "000000" { "000001" } else { "000000" };
        for _ in 0..5 {
            assert!(browser.post(&format!("{link}/enter"), &[("code", wrong)]).await.body.contains("not right"));
        }
        assert!(browser.post(&format!("{link}/enter"), &[("code", &code)]).await.body.contains("not right"));
        // Too old.
        browser.post(&format!("{link}/code"), &[]).await;
        let code = stage.code().await;
        stage.clock.advance(Duration::minutes(11));
        assert!(browser.post(&format!("{link}/enter"), &[("code", &code)]).await.body.contains("not right"));
        // A new code ends the one before.
        browser.post(&format!("{link}/code"), &[]).await;
        let first = stage.code().await;
        browser.post(&format!("{link}/code"), &[]).await;
        let second = stage.code().await;
        if first != second {
            assert!(browser.post(&format!("{link}/enter"), &[("code", &first)]).await.body.contains("not right"));
        }
        // Spaces do no harm.
        let spaced = format!(" {} {} ", &second[..3], &second[3..]);
        assert_eq!(browser.post(&format!("{link}/enter"), &[("code", &spaced)]).await.location, link);
        // Five codes an hour for one report; more wrong ones in a day shut even a good one out.
        browser.post(&format!("{link}/code"), &[]).await;
        assert_eq!(browser.post(&format!("{link}/code"), &[]).await.status, StatusCode::TOO_MANY_REQUESTS);
        stage.clock.advance(Duration::hours(2));
        for _ in 0..10 {
            browser.post(&format!("{link}/enter"), &[("code", wrong)]).await;
        }
        stage.clock.advance(Duration::hours(2));
        browser.post(&format!("{link}/code"), &[]).await;
        let code = stage.code().await;
        assert!(browser.post(&format!("{link}/enter"), &[("code", &code)]).await.body.contains("too many wrong codes"));
        // Nothing that was sent lies about for long.
        stage.clock.advance(Duration::hours(2));
        stage.work(Deliver::Keep).await;
        stage.clock.advance(Duration::hours(2));
        stage.work(Deliver::Keep).await;
        assert!(stage.outbox().await.iter().all(|mail| mail[0] != "tracking.code"));
    }

    async fn guesses_are_slowed_down_and_lead_nowhere(db: Db) {
        let stage = Stage::new(&db).await;
        let (_, _, agency) = stage.person(&["officer"]).await;
        let (report, _) = stage.report(agency, Identity::Anonymous, None, None).await;
        let link = stage.link(report.id).await;
        let mut browser = stage.browser();
        for number in 0..20 {
            let guessed = browser.get(&format!("/track/{number:032x}")).await;
            assert!(guessed.status == StatusCode::NOT_FOUND && guessed.body.contains("does not work"));
        }
        assert_eq!(browser.get("/track/x").await.status, StatusCode::TOO_MANY_REQUESTS);
        // Whoever has a good link is never held up by a neighbour's guesses.
        assert_eq!(browser.get(&link).await.status, StatusCode::OK);
        stage.clock.advance(Duration::minutes(61));
        assert_eq!(browser.get("/track/x").await.status, StatusCode::NOT_FOUND);
    }

    async fn an_anonymous_reporter_takes_a_code_once_and_reads_there(db: Db) {
        let stage = Stage::new(&db).await;
        let (_, _, agency) = stage.person(&["officer"]).await;
        // Even where a door gives one, an anonymous report is linked to nobody.
        let party = stage.party(agency, "Mary Ridley", vec![agreed(Means::Email, "mary@example.org")], Rules::default()).await;
        let (report, _) = stage.report(agency, Identity::Anonymous, Some(party), None).await;
        assert_eq!(report.reporter, None);
        let outcome = stage.message(report.id, "answer", "Thank you, that helps.", None, None).await;
        assert!(matches!(outcome, messages::Outcome::PageOnly(_)));
        assert_eq!(stage.outbox().await, Vec::<[String; 4]>::new());
        let link = stage.link(report.id).await;
        let mut browser = stage.browser();
        assert!(browser.get(&link).await.body.contains("Show me a code to keep"));
        let kept = browser.post(&format!("{link}/keep"), &[]).await;
        let code = kept.body.split("Your code is <strong>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        assert_eq!(code.len(), 9);
        // Once: whoever comes later gets none.
        let mut other = stage.browser();
        assert!(!other.get(&link).await.body.contains("Show me a code"));
        let later = other.post(&format!("{link}/keep"), &[]).await;
        assert!(!later.body.contains("Your code is <strong>"));
        let entered = browser.post(&format!("{link}/enter"), &[("code", &code.to_lowercase())]).await;
        assert_eq!(entered.location, link);
        let open = browser.get(&link).await;
        assert!(open.body.contains("Thank you, that helps.") && open.body.contains("on this page") && !open.body.contains("{link}"));
        // It may be used again another day.
        stage.clock.advance(Duration::hours(30));
        assert_eq!(browser.post(&format!("{link}/enter"), &[("code", &code)]).await.location, link);
    }

    async fn a_lost_link_goes_to_the_known_contact_and_nobody_learns_who_is_known(db: Db) {
        let stage = Stage::new(&db).await;
        let (_, _, agency) = stage.person(&["officer"]).await;
        let contacts = vec![agreed(Means::Email, "mary@example.org"), agreed(Means::Phone, "+447700900123")];
        let party = stage.party(agency, "Mary Ridley", contacts, Rules::default()).await;
        let (report, _) = stage.report(agency, Identity::Confidential, Some(party), None).await;
        let mut browser = stage.browser();
        browser.get("/track").await;
        let known = browser.post("/track", &[("contact", " Mary@Example.org ")]).await;
        let unknown = browser.post("/track", &[("contact", "nobody@example.org")]).await;
        let plain = |body: &str| body.split("csrf_token").next().unwrap_or_default().to_owned();
        assert_eq!((known.status, plain(&known.body)), (unknown.status, plain(&unknown.body)));
        // The address' host is not sensitive to case, its name is: this one is not known.
        assert_eq!(stage.outbox().await, Vec::<[String; 4]>::new());
        browser.post("/track", &[("contact", "mary@EXAMPLE.org")]).await;
        browser.post("/track", &[("contact", "07700 900 123")]).await;
        let mut outbox = stage.outbox().await;
        assert_eq!(outbox.len(), 2);
        outbox.sort_by_key(|mail| mail[1].starts_with('+'));
        assert_eq!((outbox[0][1].as_str(), outbox[1][1].as_str()), ("mary@example.org", "+447700900123"));
        assert!(!outbox[0][2].contains("report") && !outbox[0][3].contains(&report.reference));
        let link = outbox[0][3].split_whitespace().find(|word| word.contains("/track/")).unwrap();
        let link = link.trim_start_matches("http://localhost:8080");
        assert!(browser.get(link).await.body.contains(&report.reference));
        let wrong = browser.post("/track", &[("contact", "a b")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        // Three a day for one contact, with the same answer.
        for _ in 0..4 {
            assert_eq!(browser.post("/track", &[("contact", "mary@example.org")]).await.status, StatusCode::OK);
        }
        assert_eq!(stage.outbox().await.len(), 4);
    }

    async fn satisfaction_is_asked_at_the_right_time_and_once(db: Db) {
        let stage = Stage::new(&db).await;
        let (_, _, agency) = stage.person(&["officer"]).await;
        let party = stage.party(agency, "Mary Ridley", vec![agreed(Means::Email, "mary@example.org")], Rules::default()).await;
        let (report, mut matter) = stage.report(agency, Identity::Named, Some(party), None).await;
        let now = stage.clock.now();
        assert_eq!(super::model::wave(&matter, now), None);
        matter.state = State::Accepted;
        assert_eq!(super::model::wave(&matter, now + Duration::days(11)), Some("first-response"));
        matter.state = State::Closed;
        matter.closed_at = Some(now);
        assert_eq!(super::model::wave(&matter, now), Some("closure"));
        assert_eq!(super::model::wave(&matter, now + Duration::days(60)), None);
        assert_eq!(super::model::wave(&matter, now + Duration::days(91)), Some("later"));
        let closed: Result<_, DbError> = commonweal_core::upkeep!(&db, &stage.clock, |tx| {
            let now = tx.now();
            tx.run(commonweal_core::sql!("update matters set state = 'closed', closed_at = $2 where id = $1"), commonweal_core::args![matter.id, now]).await
        }).await;
        closed.unwrap();
        let link = stage.link(report.id).await;
        let mut browser = stage.browser();
        browser.get(&link).await;
        browser.post(&format!("{link}/code"), &[]).await;
        let code = stage.code().await;
        browser.post(&format!("{link}/enter"), &[("code", &code)]).await;
        assert!(browser.get(&link).await.body.contains("Answer the questions"));
        let asked = browser.post(&format!("{link}/how-did-we-do"), &[]).await;
        if asked.location.is_empty() {
            // Without the shipped definitions in this database there is nothing to ask.
            assert!(asked.body.contains("no questions"));
        } else {
            assert!(asked.location.starts_with("/forms/invited/"));
            assert_eq!(browser.get(&asked.location).await.status, StatusCode::OK);
            assert!(!browser.get(&link).await.body.contains("Answer the questions"));
        }
    }

    async fn evidence_is_kept_told_to_the_owner_and_judged_by_content(db: Db) {
        let stage = Stage::new(&db).await;
        let (_, token, agency) = stage.person(&["officer"]).await;
        let (report, matter) = stage.report(agency, Identity::Anonymous, None, None).await;
        let link = stage.link(report.id).await;
        let mut browser = stage.browser();
        browser.get(&link).await;
        let kept = browser.post(&format!("{link}/keep"), &[]).await;
        let code = kept.body.split("Your code is <strong>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        browser.post(&format!("{link}/enter"), &[("code", &code)]).await;
        browser.get(&link).await;
        let png = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &[0; 64]].concat();
        let sent = browser.upload(&format!("{link}/evidence"), "files", "../../noise \"at\" night.png", &png).await;
        assert_eq!(sent.location, format!("{link}?done=evidence"), "{}", sent.body);
        let open = browser.get(&link).await;
        assert!(open.body.contains("night.png") && !open.body.contains("../"));
        let wrong = browser.upload(&format!("{link}/evidence"), "files", "x.png", b"MZ this is a program").await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.body.contains("type of file"));
        let thread = format!("{}/messages/{}", matter.href(), report.reference);
        let (_, page) = stage.get(&thread, &token).await;
        assert!(page.contains("One file was added.") && page.contains("night.png"));
        let file = page.split("/files/").nth(1).unwrap().split('"').next().unwrap();
        let (status, _) = stage.get(&format!("{thread}/files/{file}"), &token).await;
        assert_eq!(status, StatusCode::OK);
    }
}
