//! Stories of a file that somebody marks, on both databases.

use commonweal_access::policy::roles;
use commonweal_access::session::Token;
use commonweal_access::web::outsider;
use commonweal_core::events::Actor;
use commonweal_core::files::{FilesError, Limits, Stored};
use commonweal_core::{Db, DbError, args, content, on_both, read, sql, testing, write};
use commonweal_forms::answers::{Answer, Answers, FileAnswer};
use commonweal_forms::catalogue;
use commonweal_forms::register::store::{self as records, NewRecord, Record, StoreError};
use commonweal_govuk::check_page;
use commonweal_records::matters::Identity;
use http::StatusCode;
use uuid::Uuid;

use super::pages::{ASK, AskContext, STEPS, StepsContext};
use super::release::{LIST, Line, ListContext, Named, Released, SHOW, ShowContext};
use crate::tracking::stage::Stage;

const STOPPED: StatusCode = StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS;

#[test]
fn the_pages_keep_the_rules() {
    let ask = AskContext {
        action: "/report-image/x".to_owned(),
        back: "/".to_owned(),
    };
    check_page(&ASK, &ask).unwrap();
    for officers in 0..3 {
        let steps = StepsContext {
            reference: "F-7K3M-9QX4".to_owned(),
            when: "1 May 2026, 10:00".to_owned(),
            officers,
            police_told: officers == 1,
            police_contact: (officers == 1).then(|| "<b>Ann</b>, 01234 567890".to_owned()),
            back: "/".to_owned(),
        };
        let html = check_page(&STEPS, &steps).unwrap();
        assert!(!html.contains("<b>Ann"));
    }
    for full in [true, false] {
        let list = ListContext {
            rows: (0..2)
                .filter(|_| full)
                .map(|number| Line {
                    reference: "F-1".to_owned(),
                    when: "1 May 2026, 10:00".to_owned(),
                    released: number == 1,
                })
                .collect(),
            next: full.then(|| "/marked-files?after=x".to_owned()),
        };
        check_page(&LIST, &list).unwrap();
        let show = ShowContext {
            reference: "F-1".to_owned(),
            sha256: "0".repeat(64),
            when: "1 May 2026, 10:00".to_owned(),
            who: "<b>Ann</b>".to_owned(),
            officers: 1,
            police: full,
            named: [("Record", "CA-1"), ("A form that was not sent yet", "")]
                .into_iter()
                .filter(|_| full)
                .map(|(what, reference)| Named {
                    what,
                    reference: reference.to_owned(),
                })
                .collect(),
            version: 1,
            longest: 2_000,
            released: full.then(|| Released {
                when: "2 May 2026, 10:00".to_owned(),
                who: "Bo".to_owned(),
                reason: "The police said so.".to_owned(),
            }),
            stale: full,
        };
        let html = check_page(&SHOW, &show).unwrap();
        assert!(!html.contains("<b>Ann"));
    }
}

/// Records and a report that name the same file.
struct World {
    stage: Stage,
    token: Token,
    stored: Stored,
    /// The use that is an answer of a record.
    answer: Uuid,
    /// Every address that gives the file.
    routes: Vec<String>,
    /// The pages that list it.
    pages: Vec<String>,
}

async fn attach(stage: &Stage, stored: &Stored, kind: &str, subject: Uuid) -> Uuid {
    let made: Result<Uuid, DbError> =
        write!(&stage.app.db, &stage.clock, &Actor::system("test"), |tx| {
            tx.record(commonweal_core::events::Event::new(
                "test",
                subject,
                "test.attached",
                serde_json::json!({}),
            ));
            let files = &stage.people.forms.files;
            files.attach(tx, stored, kind, subject, "marker.png").await
        })
        .await;
    made.unwrap()
}

async fn record(stage: &Stage, agency: Uuid, answers: &Answers) -> Record {
    let cameras = stage.people.forms.catalogue.get("cameras").unwrap();
    let made: Result<Record, StoreError> =
        write!(&stage.app.db, &stage.clock, &Actor::system("test"), |tx| {
            let new = NewRecord {
                answers: answers.clone(),
                agency: Some(agency),
                channel: "page",
                ..NewRecord::default()
            };
            records::create(tx, &stage.clock, &cameras, new).await
        })
        .await;
    made.unwrap()
}

async fn world(db: &Db) -> World {
    let clock = testing::clock();
    roles::load_shipped(db, &clock).await.unwrap();
    content::install(db, &clock, &catalogue::shipped())
        .await
        .unwrap();
    catalogue::take_up(db, &clock).await.unwrap();
    let stage = Stage::new(db).await;
    let (_, token, agency) = stage.person(&["supervisor"]).await;
    let png = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &[0; 64]].concat();
    let files = &stage.people.forms.files;
    let stored = files.put(png, &Limits::evidence(1)).await.unwrap();
    let answer = attach(&stage, &stored, "form_draft", Uuid::from_u128(1)).await;
    let mut answers = Answers::default();
    let given = FileAnswer {
        id: answer,
        sha256: stored.id.as_str().to_owned(),
        name: "marker.png".to_owned(),
        media_type: "application/pdf".to_owned(),
        size: stored.size,
    };
    answers.set("dpia", Some(Answer::Files(vec![given])));
    let first = record(&stage, agency, &answers).await;
    let second = record(&stage, agency, &Answers::default()).await;
    let beside = attach(&stage, &stored, "form_attachment", second.id).await;
    let (report, matter) = stage.report(agency, Identity::Anonymous, None, None).await;
    let sent = attach(&stage, &stored, "report", report.id.0).await;
    let thread = format!("{}/messages/{}", matter.href(), report.reference);
    World {
        routes: vec![
            format!("{}/files/{answer}", first.href()),
            format!("{}/attachments/{beside}", second.href()),
            format!("{thread}/files/{sent}"),
        ],
        pages: vec![first.href(), second.href(), thread],
        stage,
        token,
        stored,
        answer,
    }
}

impl World {
    async fn all_answer(&self, wanted: StatusCode) {
        for route in &self.routes {
            let (status, body) = self.stage.get(route, &self.token).await;
            assert_eq!(status, wanted, "{route}");
            assert_eq!(body.contains("was stopped"), wanted == STOPPED, "{route}");
            assert!(wanted != STOPPED || !body.contains("marker.png"));
        }
    }

    /// What was written down, by kind.
    async fn events(&self) -> Vec<String> {
        let rows = read!(&self.stage.app.db, |tx| tx
            .all(
                sql!("select kind from events where subject_kind = 'blocked_file' order by kind"),
                args![]
            )
            .await)
        .await
        .unwrap();
        rows.iter().map(|row| row.get("kind").unwrap()).collect()
    }
}

on_both! {
    async fn a_marked_file_is_given_to_nobody_on_any_route_until_it_is_released(db: Db) {
        let world = world(&db).await;
        let (stage, token) = (&world.stage, &world.token);
        let (_, officer, _) = stage.person(&["data-protection-officer"]).await;
        world.all_answer(StatusCode::OK).await;
        let mark = format!("/report-image/{}", world.answer);
        for page in &world.pages {
            let (_, body) = stage.get(page, token).await;
            assert!(body.contains("Report this image"), "{page}");
        }

        // Whoever cannot see the file learns nothing of it and marks nothing.
        let (_, stranger, _) = stage.person(&["elected-member"]).await;
        for who in [&stranger] {
            assert_eq!(stage.get(&mark, who).await.0, StatusCode::NOT_FOUND);
            assert_eq!(stage.post(&mark, who, "").await.0, StatusCode::NOT_FOUND);
            assert_eq!(stage.get(&format!("{mark}/steps"), who).await.0, StatusCode::NOT_FOUND);
        }
        assert_eq!(stage.get("/report-image/018f0000-0000-7000-8000-000000000000", token).await.0, StatusCode::NOT_FOUND);
        world.all_answer(StatusCode::OK).await;

        let (status, body) = stage.get(&mark, token).await;
        assert!(status == StatusCode::OK && body.contains("Do not look at it again") && !body.contains("marker.png"));
        // A double click.
        for _ in 0..2 {
            assert_eq!(stage.post(&mark, token, "").await.0, StatusCode::SEE_OTHER);
        }
        world.all_answer(STOPPED).await;
        assert!(matches!(stage.people.forms.files.get(&world.stored.id).await, Err(FilesError::Stopped)));
        let alerts: Vec<_> = stage.outbox().await.into_iter().filter(|mail| mail[0] == "files.stopped").collect();
        assert_eq!(alerts.len(), 2, "one officer, one police contact, once");
        assert!(alerts.iter().any(|mail| mail[1] == "police@example.org"));
        for mail in &alerts {
            assert!(!mail[3].contains("marker.png") && !mail[3].contains(world.stored.id.as_str()));
        }
        let (_, steps) = stage.get(&format!("{mark}/steps"), token).await;
        assert!(steps.contains("One data protection officer") && steps.contains("The police contact, by email"));
        assert!(steps.contains("Control room, 01234 567890"));
        for page in &world.pages {
            let (_, body) = stage.get(page, token).await;
            assert!(body.contains("stopped, because it may be illegal") && !body.contains("Report this image"), "{page}");
        }

        // Only a data protection officer sees which there are, and gives them free.
        assert_eq!(stage.get("/marked-files", token).await.0, StatusCode::FORBIDDEN);
        let (_, list) = stage.get("/marked-files", &officer).await;
        let reference = list.split("/marked-files/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let one = format!("/marked-files/{reference}");
        assert_eq!(stage.post(&one, token, "version=1&reason=Mine").await.0, StatusCode::FORBIDDEN);
        let (_, shown) = stage.get(&one, &officer).await;
        assert!(shown.contains("Record CA-") && shown.contains("Report R-") && !shown.contains("marker.png"));
        assert!(stage.post(&one, &officer, "version=1&reason=").await.1.contains("Enter why it may be given again"));
        assert!(stage.post(&one, &officer, "version=7&reason=No").await.1.contains("Somebody else changed this"));
        world.all_answer(STOPPED).await;
        assert_eq!(stage.post(&one, &officer, "version=1&reason=Police%3A+no+offence").await.0, StatusCode::SEE_OTHER);
        world.all_answer(StatusCode::OK).await;
        assert!(stage.get(&one, &officer).await.1.contains("Police: no offence"));

        // Marked once more, it is stopped once more.
        assert_eq!(stage.post(&mark, token, "").await.0, StatusCode::SEE_OTHER);
        world.all_answer(STOPPED).await;
        assert_eq!(world.events().await, ["file.marked", "file.marked", "file.marked_again", "file.released"]);
    }

    async fn outsiders_see_no_marked_file(db: Db) {
        let world = world(&db).await;
        let mark = format!("/report-image/{}", world.answer);
        assert_eq!(world.stage.post(&mark, &world.token, "").await.0, StatusCode::SEE_OTHER);
        let routes = super::routes(&world.stage.people, &super::Police::default());
        let wrong = outsider::sees_nothing(&world.stage.app, &world.stage.router, routes.list(), &["marker.png", world.stored.id.as_str()]).await.unwrap();
        assert_eq!(wrong, Vec::<String>::new());
    }
}
