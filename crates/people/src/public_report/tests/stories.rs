//! The whole way: told, sent, confirmed, added to.

use commonweal_core::{DbError, args, on_both, read, sql};
use commonweal_records::matters::{Channel, Happening, Identity, Whom};
use commonweal_records::party::store as parties;

use super::super::facts;
use super::{Stage, YOU, page, step, to_the_end};

on_both! {
    async fn anybody_reports_anonymously_in_six_screens(db: Db) {
        let stage = Stage::new(&db).await;
        let mut browser = stage.browser();
        let start = browser.get("/report").await;
        for words in ["999", "101", "116 123", "0800 1111", "0808 2000 247", "Exit this page", "do not film", "indecent", "/report/person", "/track"] {
            assert!(start.body.to_lowercase().contains(&words.to_lowercase()), "{words}");
        }
        let last = to_the_end(&mut browser, "Shouting", &[("happening", "once"), ("on-day", "14"), ("on-month", "3"), ("on-year", "2026"), ("at", "11pm")]).await;
        let shown = browser.get(&last).await;
        assert!(shown.body.contains("Send now") && shown.body.contains("Exit this page") && shown.body.contains("/report/person"));
        let mut fields = page(YOU, &[("identity", "anonymous")]);
        fields[1].1 = "send";
        let sent = browser.post(&last, &fields).await;
        assert!(sent.location.starts_with("/report/sent/"), "{} {}", sent.location, sent.body);
        // The button pressed twice.
        let twice = browser.post(&last, &fields).await;
        assert_eq!(twice.status, 303);
        assert_eq!(stage.count("reports").await, 1);
        assert_eq!(stage.count("parties").await, 0);
        let (report, matter) = stage.newest().await;
        assert_eq!((report.channel, report.identity, report.whom), (Channel::Public, Identity::Anonymous, Whom::Own));
        assert_eq!((report.description.as_str(), report.happening), ("Shouting", Happening::Once));
        assert_eq!(report.place.point, Some((54.775, -1.57)));
        assert!(report.place.at_home && report.place.words.contains("Number 4"));
        assert_eq!((report.safe_now, report.hate), (Some(true), Some(false)));
        assert!(report.happened_from.is_some());
        assert_eq!(matter.agency, stage.council);
        assert!(!matter.urgent && !matter.title.contains("Number 4"));
        let done = browser.get(&sent.location).await;
        for words in [report.reference.as_str(), "Your report is with The council. They decide what to do by", "/track/", "116 123", "Tell us more"] {
            assert!(done.body.contains(words), "{words}: {}", done.body);
        }
        // The link is shown once; another one only when asked for.
        let again = browser.get(&sent.location).await;
        assert!(!again.body.contains("/track/") && again.body.contains("Show me a new link"));
        assert_eq!(stage.count("links").await, 1);
        let fresh = browser.post(&format!("{}/link", sent.location), &[]).await;
        assert!(fresh.body.contains("/track/"));
        assert_eq!(stage.browser().get(&sent.location).await.status, 404, "another browser");
        stage.outsiders_see_nothing().await;
    }

    async fn more_is_added_to_the_same_report_and_hot_words_alert(db: Db) {
        let stage = Stage::new(&db).await;
        let mut browser = stage.browser();
        let last = to_the_end(&mut browser, "Noise 🎉 <script>alert(1)</script> \u{202e}abc", &[("happening", "repeated"), ("diary", "1/2/2026, 11pm\n2/2/2026\n3 February")]).await;
        let mut fields = page(YOU, &[("identity", "named"), ("contact-name", "Ann Other"), ("contact-telephone", "01632 960 001"), ("contact-email", "ann@example.org"), ("contact_safe", "any"), ("confidential", "open")]);
        fields[1].1 = "send";
        browser.get(&last).await;
        let sent = browser.post(&last, &fields).await;
        assert!(sent.location.starts_with("/report/sent/"), "{}", sent.body);
        let (report, matter) = stage.newest().await;
        assert!(report.description.contains("<script>") && report.description.contains('🎉'));
        assert_eq!(report.identity, Identity::Named);
        assert_eq!(stage.count("incidents").await, 3);
        let party: Result<_, DbError> = read!(&db, |tx| parties::find(tx, report.reporter.unwrap()).await).await;
        let party = party.unwrap();
        assert_eq!((party.details.name().as_str(), party.agency), ("Ann Other", matter.agency));
        assert!(party.contacts.iter().all(|one| one.given.agreed));
        let done = browser.get(&sent.location).await;
        assert!(done.body.contains("sent it to your email address"), "{}", done.body);
        assert_eq!(stage.count("mails").await, 1);
        let begun = browser.post(&format!("{}/more", sent.location), &[]).await;
        assert!(begun.location.ends_with("/affected"), "{}", begun.location);
        let first = browser.get(&begun.location).await;
        assert!(first.body.contains("Skip this page"));
        let mut answer = step(&mut browser, &begun, &page("affected effect effect_words", &[("affected", "children"), ("effect", "much")])).await;
        for asked in ["vulnerable needs", "before before_to before_reference before_times"] {
            answer = step(&mut browser, &answer, &page(asked, &[])).await;
        }
        answer = step(&mut browser, &answer, &page("who who_know", &[("who", "He has a knife")])).await;
        let last = answer.location.replace("/evidence", "/contact");
        browser.get(&last).await;
        let added = browser.post(&last, &[("form.asked", "language interpreter wishes"), ("form.then", "send"), ("interpreter", "yes")]).await;
        assert!(added.location.starts_with("/report/more/"), "{} {}", added.location, added.body);
        assert!(browser.get(&added.location).await.body.contains(&report.reference));
        let (same, matter) = stage.newest().await;
        assert_eq!(same.id, report.id);
        assert!(matter.urgent, "hot words in what was added");
        assert_eq!(stage.count("alerts").await, 1);
        let told: Result<_, DbError> = read!(&db, |tx| facts(tx, &stage.people.forms.catalogue, report.id).await).await;
        let told = told.unwrap();
        assert!(told.iter().any(|fact| fact.answer.contains("knife")));
        assert!(told.iter().all(|fact| !fact.answer.contains("ann@example.org")), "who it is stands with the party");
    }

    async fn who_wants_it_confidential_or_says_nothing_is_kept_so(db: Db) {
        let stage = Stage::new(&db).await;
        let mut browser = stage.browser();
        for (fields, identity, parties) in [
            (&[("identity", "named"), ("contact-name", "Con Fidential"), ("contact-email", "con@example.org")][..], Identity::Confidential, 1),
            (&[("identity", "named")], Identity::Anonymous, 1),
            (&[], Identity::Anonymous, 1),
        ] {
            let last = to_the_end(&mut browser, "Knives in the street", &[("happening", "now")]).await;
            let mut sending = page(YOU, fields);
            sending[1].1 = "send";
            browser.get(&last).await;
            let sent = browser.post(&last, &sending).await;
            assert_eq!(sent.status, 303, "{}", sent.body);
            let (report, matter) = stage.newest().await;
            assert_eq!(report.identity, identity);
            assert_eq!(stage.count("parties").await, parties);
            assert!(matter.urgent);
            assert!(browser.get(&sent.location).await.body.contains("somebody is being told of it now"));
        }
        assert_eq!(stage.count("mails").await, 0, "nobody said that e-mail is safe");
    }

    async fn mistakes_are_named_at_their_fields_in_the_language_chosen(db: Db) {
        let stage = Stage::new(&db).await;
        let mut browser = stage.browser();
        let start = browser.get("/report?lang=pl").await;
        assert!(start.body.contains("Zgłoś zachowanie antyspołeczne") && start.body.contains("lang=\"pl\""));
        // Who it is for need not be said: everything else is asked all the same.
        let unsaid = browser.post("/report", &page("whom who_other other_knows business earlier", &[("language", "pl")])).await;
        assert!(browser.get(&unsaid.location).await.body.contains("Czego to głównie dotyczy?"));
        browser.get("/report?lang=pl").await;
        let begun = browser.post("/report", &page("whom who_other other_knows business earlier", &[("whom", "other"), ("who_other", "moja mama"), ("language", "pl")])).await;
        browser.get(&begun.location).await;
        let wrong = browser.post(&begun.location, &page("kind description", &[])).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.body.contains("Wybierz, czego to głównie dotyczy") && wrong.body.contains("Wystąpił problem"), "{}", wrong.body);
        let long = "ż".repeat(50_000);
        let answer = step(&mut browser, &begun, &page("kind description", &[("kind", "drugs"), ("description", &long)])).await;
        browser.get(&answer.location).await;
        let nowhere = browser.post(&answer.location, &page("place place_words at_home", &[])).await;
        assert!(nowhere.body.contains("Podaj kod pocztowy, ulicę lub miejsce"), "{}", nowhere.body);
        // A place that nobody knows is kept in words.
        let answer = step(&mut browser, &answer, &page("place place_words at_home", &[("place", "Behind the old mill")])).await;
        browser.get(&answer.location).await;
        let wrong = browser.post(&answer.location, &page("happening on at diary", &[("happening", "once"), ("on-day", "31"), ("on-month", "2"), ("on-year", "2026"), ("at", "25:99")])).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.body.contains("Sprawdź odpowiedź: Dzień zdarzenia"), "{}", wrong.body);
        let answer = step(&mut browser, &answer, &page("happening on at diary", &[("happening", "now")])).await;
        let answer = step(&mut browser, &answer, &page("safe_now hate", &[("safe_now", "no")])).await;
        browser.get(&answer.location).await;
        let phone = browser.post(&answer.location, &[("form.asked", YOU), ("form.then", "send"), ("identity", "named"), ("contact-telephone", "ring me")]).await;
        assert_eq!(phone.status, 422, "{}", phone.body);
        let sent = browser.post(&answer.location, &[("form.asked", YOU), ("form.then", "send"), ("identity", "anonymous")]).await;
        let done = browser.get(&sent.location).await;
        assert!(done.body.contains("Mamy Twoje zgłoszenie") && done.body.contains("więcej"), "{}", done.body);
        let (report, matter) = stage.newest().await;
        assert_eq!((report.language.as_str(), report.description.chars().count(), report.whom), ("pl", 50_000, Whom::Other));
        assert_eq!((report.place.words.as_str(), report.place.point), ("Behind the old mill", None));
        assert!(matter.urgent, "not safe now");
        assert_eq!(matter.agency, stage.police, "drugs are for the police to lead on");
    }

    async fn who_reported_before_is_asked_only_what_happened_this_time(db: Db) {
        let stage = Stage::new(&db).await;
        let mut browser = stage.browser();
        let last = to_the_end(&mut browser, "Noise", &[("happening", "now")]).await;
        browser.get(&last).await;
        browser.post(&last, &[("form.asked", YOU), ("form.then", "send")]).await;
        let (first, matter) = stage.newest().await;
        browser.get("/report").await;
        let asked = "whom who_other other_knows business earlier";
        let wrong = browser.post("/report", &page(asked, &[("whom", "again"), ("earlier", "R-0000-0000"), ("language", "en")])).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.body.contains("We do not know this reference"), "{}", wrong.body);
        let typed = first.reference.to_lowercase();
        let begun = browser.post("/report", &page(asked, &[("whom", "again"), ("earlier", &typed), ("language", "en")])).await;
        let answer = step(&mut browser, &begun, &page("description", &[("description", "Again tonight")])).await;
        assert!(answer.location.ends_with("/when"), "{}", answer.location);
        let answer = step(&mut browser, &answer, &page("happening on at diary", &[("happening", "now")])).await;
        browser.get(&answer.location).await;
        let sent = browser.post(&answer.location, &[("form.asked", "safe_now"), ("form.then", "send"), ("safe_now", "yes")]).await;
        assert_eq!(sent.status, 303, "{}", sent.body);
        let (second, same) = stage.newest().await;
        assert_eq!((second.further_to, same.id), (Some(first.id), matter.id));
        assert_eq!((second.kind, second.place), (first.kind, first.place));
        assert!(browser.get(&sent.location).await.status.is_success());
    }

    async fn a_person_calls_back_and_what_somebody_knows_is_kept_apart(db: Db) {
        let stage = Stage::new(&db).await;
        let mut browser = stage.browser();
        let shown = browser.get("/report/person").await;
        let once = shown.body.split("name=\"once\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let wrong = browser.post("/report/person", &[("once", &once), ("phone", "my number"), ("language", "en")]).await;
        assert!(wrong.body.contains("Enter a telephone number, like"), "{}", wrong.body);
        for _ in 0..2 {
            let done = browser.post("/report/person", &[("once", &once), ("phone", "07700 900 982"), ("when", "after 6pm"), ("about", "I want to kill myself"), ("language", "en")]).await;
            assert!(done.body.contains("We will call you"), "{}", done.body);
        }
        assert_eq!((stage.count("reports").await, stage.count("parties").await), (1, 1));
        let (report, matter) = stage.newest().await;
        assert_eq!(report.identity, Identity::Confidential);
        assert!(matter.urgent && matter.title.contains("call back"));

        let begun = browser.get("/report/tell-us").await;
        assert!(begun.body.contains("Tell us what you know"));
        let begun = browser.post("/report/tell-us", &page("told how", &[("told", "They deal at the bridge"), ("language", "pl")])).await;
        let sent = browser.get(&begun.location).await;
        assert_eq!(sent.status, 200, "{}", begun.body);
        let sent = browser.post(&begun.location, &[("form.asked", "place place_words happened"), ("form.then", "send"), ("place", "54.7, -1.5")]).await;
        assert_eq!(sent.location, "/report/told?lang=pl", "{}", sent.body);
        assert!(browser.get(&sent.location).await.body.contains("Mamy Twoją informację"));
        let row: Result<_, DbError> = read!(&db, |tx| tx.one(sql!("select told, agency, source_grade from intelligence"), args![]).await).await;
        let row = row.unwrap();
        assert_eq!(row.get::<String>("told").unwrap(), "They deal at the bridge");
        assert_eq!(row.get::<uuid::Uuid>("agency").unwrap(), stage.police);
        assert_eq!(stage.count("reports").await, 1, "it is no report");
    }

    async fn the_usual_pages_of_forms_lead_to_our_own_and_show_nothing(db: Db) {
        let stage = Stage::new(&db).await;
        let mut browser = stage.browser();
        for (key, to) in [("report", "/report"), ("report-more", "/report"), ("tell-us-what-you-know", "/report/tell-us")] {
            assert_eq!(browser.get(&format!("/forms/{key}")).await.location, to);
        }
        let last = to_the_end(&mut browser, "Secret words", &[("happening", "now")]).await;
        browser.get(&last).await;
        browser.post(&last, &[("form.asked", YOU), ("form.then", "send")]).await;
        let roles = ["manager", "analyst", "supervisor", "officer", "data-protection-officer", "administrator"];
        let (_, token) = commonweal_access::web::outsider::signed_in(&stage.app, &roles).await.unwrap();
        for path in ["/registers", "/registers/report", "/registers/report/map", "/registers/report/results", "/registers/report/export", "/api/v1/registers/report/records"] {
            use tower::ServiceExt as _;
            let request = commonweal_access::web::outsider::request(&stage.app, &http::Method::GET, path, Some(&token), "");
            let Ok(response) = stage.router.clone().oneshot(request).await;
            let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
            let body = String::from_utf8_lossy(&bytes);
            assert!(!body.contains("Secret words") && !body.contains("RF-"), "{path}");
        }
    }
}
