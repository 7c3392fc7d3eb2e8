//! Stories of a colleague who takes a report, on both databases.

use axum::Router;
use axum::body::to_bytes;
use chrono::NaiveDate;
use commonweal_access::policy::roles;
use commonweal_access::session::Token;
use commonweal_access::sign_in::SignIn;
use commonweal_access::web::{App, Listed, Routes, Settings, outsider};
use commonweal_core::events::{Actor, Event};
use commonweal_core::files::Files;
use commonweal_core::testing::TempDir;
use commonweal_core::{Clock, Db, DbError, args, on_both, read, sql, testing, write};
use commonweal_forms::{Catalogue, Forms, Workflows};
use commonweal_govuk::check_page;
use commonweal_records::matters;
use http::{Method, StatusCode, header};
use proptest::prelude::*;
use tower::ServiceExt as _;
use uuid::Uuid;

use super::content::Script;
use super::done::{Context as Done, DONE};
use super::form::moment;
use super::look::{Choice, Found, Spot};
use super::pages::{Ask, Context, Item, PAGE};
use crate::reporting::People;

/// Pages over a database.
pub(crate) struct Stage {
    pub(crate) people: People,
    pub(crate) app: App,
    pub(crate) clock: Clock,
    pub(crate) folder: TempDir,
    router: Router,
    list: Vec<Listed>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) location: String,
    pub(crate) body: String,
}

impl Stage {
    pub(crate) async fn new(db: &Db, routes: impl FnOnce(&People) -> Routes<()>) -> Self {
        let clock = testing::clock();
        roles::load_shipped(db, &clock).await.unwrap();
        let app = App::new(
            db.clone(),
            clock.clone(),
            Settings::default(),
            SignIn::new(),
            Vec::new(),
        );
        let folder = testing::folder().unwrap();
        let forms = Forms {
            app: app.clone(),
            catalogue: Catalogue::load(db, &clock).await.unwrap(),
            files: Files::local(&folder.path().join("files"), db, &clock).unwrap(),
            workflows: Workflows::default(),
        };
        let people = People::new(&forms);
        let routes = routes(&people);
        let list = routes.list().to_vec();
        Self {
            router: app.serve(routes),
            people,
            app,
            clock,
            folder,
            list,
        }
    }

    pub(crate) async fn send(
        &self,
        method: &Method,
        path: &str,
        token: Option<&Token>,
        form: &str,
    ) -> Answer {
        self.ask(outsider::request(&self.app, method, path, token, form))
            .await
    }

    pub(crate) async fn ask(&self, request: http::Request<axum::body::Body>) -> Answer {
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let location = parts
            .headers
            .get(header::LOCATION)
            .map(|value| value.to_str().unwrap().to_owned());
        let bytes = to_bytes(body, 10 << 20).await.unwrap();
        Answer {
            status: parts.status,
            location: location.unwrap_or_default(),
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    pub(crate) async fn get(&self, path: &str, token: Option<&Token>) -> Answer {
        self.send(&Method::GET, path, token, "").await
    }

    pub(crate) async fn post(&self, path: &str, token: &Token, form: &str) -> Answer {
        self.send(&Method::POST, path, Some(token), form).await
    }

    pub(crate) async fn person(&self, roles: &[&str]) -> (Uuid, Token) {
        outsider::signed_in(&self.app, roles).await.unwrap()
    }

    pub(crate) async fn outsiders_see_nothing(&self, markers: &[&str]) {
        let wrong = outsider::sees_nothing(&self.app, &self.router, &self.list, markers)
            .await
            .unwrap();
        assert_eq!(wrong, Vec::<String>::new());
    }

    pub(crate) async fn count(&self, what: &'static str) -> i64 {
        let text = match what {
            "reports" => sql!("select count(*) from reports"),
            "matters" => sql!("select count(*) from matters"),
            _ => sql!("select count(*) from parties"),
        };
        let counted: Result<i64, DbError> =
            read!(&self.app.db, |tx| tx.count(text, args![]).await).await;
        counted.unwrap()
    }

    /// An agency that can be given matters.
    pub(crate) async fn agency(&self, name: &str, kind: &str) -> Uuid {
        let id = commonweal_core::ids::new_uuid(&self.clock);
        let made: Result<(), DbError> =
            write!(&self.app.db, &self.clock, &Actor::system("test"), |tx| {
                let now = tx.now();
                tx.run(
                    sql!("insert into agencies (id, name, kind, active, created_at, version) values ($1, $2, $3, true, $4, 1)"),
                    args![id, name, kind, now],
                )
                .await?;
                tx.record(Event::new("agency", id, "agency.added", serde_json::json!({})));
                Ok(())
            })
            .await;
        made.unwrap();
        id
    }
}

#[test]
fn the_pages_keep_the_rules() {
    let found = |words| Found {
        choices: vec![Choice {
            value: "a".to_owned(),
            text: "<b>A</b>".to_owned(),
            hint: "hint".to_owned(),
        }],
        words,
    };
    let item = || Item {
        value: "noise".to_owned(),
        text: "Noise".to_owned(),
    };
    let context = Context {
        id: Uuid::nil().to_string(),
        kinds: vec![item()],
        landlords: vec![item()],
        script: vec![Ask {
            name: "ask-safe".to_owned(),
            ask: "Are you safe?".to_owned(),
            hint: Some("If no: 999".to_owned()),
        }],
        people: found(None),
        places: found(None),
        same: found(None),
        look: true,
        looked: Some("same"),
    };
    let html = check_page(&PAGE, &context).unwrap();
    assert!(!html.contains("<b>A"));
    let bare = Context {
        landlords: Vec::new(),
        people: Found {
            choices: Vec::new(),
            words: Some("Nobody"),
        },
        places: Found::default(),
        same: Found::default(),
        look: false,
        ..context
    };
    check_page(&PAGE, &bare).unwrap();
    for full in [true, false] {
        let done = Done {
            reference: "R-1".to_owned(),
            again: full,
            joined: full,
            urgent: full,
            link: full.then(|| "https://x/track/1".to_owned()),
            agency: "Council".to_owned(),
            next: full.then(|| ("Decide".to_owned(), "Monday".to_owned())),
            matter: full.then(|| ("M-1".to_owned(), "/matters/M-1".to_owned())),
            mapped: !full,
        };
        check_page(&DONE, &done).unwrap();
    }
}

#[test]
fn dates_are_read_as_people_say_them() {
    let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    let read = |text: &str| moment(text, today);
    let day = |text: &str| read(text).map(|one| one.on.to_string());
    assert_eq!(day("today").as_deref(), Some("2026-11-23"));
    assert_eq!(day("Yesterday at 10pm").as_deref(), Some("2026-11-22"));
    assert_eq!(day("3/11/2026").as_deref(), Some("2026-11-03"));
    assert_eq!(day("2026-11-03T22:30:00").as_deref(), Some("2026-11-03"));
    let at = read("3.11.2026 22.30").unwrap().at.unwrap();
    assert_eq!(at.to_rfc3339(), "2026-11-03T22:30:00+00:00");
    // Summer time.
    let at = read("2026-07-01 09:05").unwrap().at.unwrap();
    assert_eq!(at.to_rfc3339(), "2026-07-01T08:05:00+00:00");
    for bad in [
        "",
        "31/2/2026",
        "soon",
        "3/11",
        "2026-13-01",
        "today 25:00",
        "1/1/2026 noonish",
        "13pm",
    ] {
        assert_eq!(read(bad), None, "{bad}");
    }
}

proptest! {
    #[test]
    fn no_text_breaks_the_readers(text in "\\PC{0,60}") {
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let _ = moment(&text, today);
        let _ = Spot::from_value(&text);
        let _ = Script::parse(&text);
    }
}

#[test]
fn the_script_is_checked() {
    let good = "[[question]]\nkey='a'\nask='A?'\nnote='a'";
    assert!(Script::parse(good).is_ok());
    for (bad, words) in [
        (format!("{good}\n{good}"), "twice"),
        ("[[question]]\nkey='a'\nask='A?'".to_owned(), "note"),
        (
            "[[question]]\nkey='A b'\nask='A?'\nnote='a'".to_owned(),
            "small letters",
        ),
    ] {
        assert!(Script::parse(&bad).unwrap_err().contains(words), "{bad}");
    }
}

const TOLD: &str = "do=save&channel=telephone&kind=noise&happening=repeated&when=yesterday+22%3A30%2C+1%2F11%2F2025\
    &description=Bass+until+four.+He+has+a+knife.&where=54.775%2C-1.57&at_home=yes&whom=self";

on_both! {
async fn takes_a_report(db: Db) {
    let stage = Stage::new(&db, super::routes).await;
    stage.agency("Durham County Council", "council").await;
    let (_, token) = stage.person(&["officer"]).await;
    let page = stage.get("/intake", Some(&token)).await;
    assert_eq!(page.status, StatusCode::OK);
    let id = Uuid::from_u128(7);
    let form = format!(
        "id={id}&identity=named&new_name=Ann+Other&new_phone=07700+900123&new_by=phone&ask-safe=no&ask-children=yes&{TOLD}"
    );
    let done = stage.post("/intake", &token, &form).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    assert!(done.body.contains("R-") && done.body.contains("/track/"));
    assert!(done.body.contains("at the top of the list"));
    // Sent twice it stands there once, and nobody is added twice.
    let again = stage.post("/intake", &token, &form).await;
    assert!(again.body.contains("saved before") && !again.body.contains("/track/"));
    assert_eq!(
        (stage.count("reports").await, stage.count("parties").await),
        (1, 1)
    );
    let report: Result<_, DbError> = read!(&stage.app.db, |tx| {
        let row = tx.one(sql!("select id from reports"), args![]).await?;
        matters::report(tx, matters::ReportId(row.get("id")?)).await
    })
    .await;
    let report = report.unwrap();
    assert!(
        report
            .description
            .ends_with("children are affected or involved.")
    );
    assert_eq!(report.safe_now, Some(false));
    assert_eq!(report.hot_words.first().unwrap().group, "weapons");
    assert!(report.reporter.is_some() && report.place.at_home);
    // Who calls next is told that it is known, and can be joined to it.
    let near = stage
        .post(
            "/intake",
            &token,
            &format!(
                "do=same&id={}&kind=noise&where=54.7751%2C-1.5701&description=Kept+words",
                Uuid::from_u128(8)
            ),
        )
        .await;
    assert_eq!(near.status, StatusCode::OK);
    assert!(near.body.contains("Reported around there") && near.body.contains("Kept words"));
    let form = format!(
        "id={}&identity=anonymous&same={}&{TOLD}",
        Uuid::from_u128(8),
        report.id.0
    );
    let done = stage.post("/intake", &token, &form).await;
    assert!(
        done.body.contains("together with what others reported"),
        "{}",
        done.body
    );
    assert_eq!(
        (stage.count("reports").await, stage.count("matters").await),
        (2, 1)
    );
    // Another agency's people neither see it there nor can they join it.
    let (_, other) = stage.person(&["officer"]).await;
    let near = stage
        .post(
            "/intake",
            &other,
            "do=same&kind=noise&where=54.7751%2C-1.5701",
        )
        .await;
    assert!(near.body.contains("Nothing that you may see"));
    let form = format!(
        "id={}&identity=anonymous&same={}&{TOLD}",
        Uuid::from_u128(9),
        report.id.0
    );
    assert_eq!(
        stage.post("/intake", &other, &form).await.status,
        StatusCode::NOT_FOUND
    );
    stage
        .outsiders_see_nothing(&["Bass until four", "Ann Other"])
        .await;
}
}

on_both! {
async fn nothing_typed_is_lost(db: Db) {
    let stage = Stage::new(&db, super::routes).await;
    let (_, token) = stage.person(&["call-taker"]).await;
    let wrong = stage
        .post("/intake", &token, "do=save&description=Told+us+this&where=Somewhere&when=31%2F2%2F2026&identity=named&new_phone=letters&kind=nonsense&happening=once")
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in [
        "Told us this",
        "Somewhere",
        "letters",
        "is no date",
        "Enter a name",
        "Select what it is about",
    ] {
        assert!(wrong.body.contains(words), "{words}");
    }
    let later = stage
        .post("/intake", &token, "do=save&description=x&where=y&when=23%2F11%2F2096&identity=anonymous&kind=noise&happening=once")
        .await;
    assert!(later.body.contains("must be in the past"));
    // Somebody is found by name; the look is in the access log.
    let saved = format!(
        "id={}&identity=confidential&new_name=Zebedee+Quill&{TOLD}",
        Uuid::from_u128(1)
    );
    assert_eq!(
        stage.post("/intake", &token, &saved).await.status,
        StatusCode::OK
    );
    let found = stage
        .post("/intake", &token, "do=person&person=Zebedee")
        .await;
    assert!(found.body.contains("Zebedee Quill") && found.body.contains("Somebody new"));
    let looks: Result<i64, DbError> = read!(&stage.app.db, |tx| {
        tx.count(
            sql!("select count(*) from access_log where action = 'see_parties'"),
            args![],
        )
        .await
    })
    .await;
    assert_eq!(looks.unwrap(), 1);
    let nobody = stage
        .post("/intake", &token, "do=person&person=Xylophone")
        .await;
    assert!(nobody.body.contains("Nobody was found"));
    let lost = stage
        .post("/intake", &token, "do=place&where=Xyzzy+Lane")
        .await;
    assert!(lost.body.contains("does not know these words"));
    let long = format!(
        "id={}&identity=anonymous&{}&description={}",
        Uuid::from_u128(2),
        TOLD.replace("description", "x"),
        "a".repeat(50_001)
    );
    assert!(
        stage
            .post("/intake", &token, &long)
            .await
            .body
            .contains("50,000 characters")
    );
}
}
