//! Stories of the public report, on both databases.

mod rules;
mod stories;

use axum::Router;
use commonweal_access::policy::roles;
use commonweal_access::sign_in::SignIn;
use commonweal_access::web::browser::{Answer, Browser};
use commonweal_access::web::{App, Listed, Routes, Settings, outsider};
use commonweal_core::content::publish;
use commonweal_core::events::{Actor, Event};
use commonweal_core::files::Files;
use commonweal_core::testing::{self, TempDir};
use commonweal_core::{Db, DbError, args, read, sql, write};
use commonweal_forms::catalogue::{self, Catalogue};
use commonweal_forms::{Forms, Workflows};
use commonweal_records::matters::{self, Matter, Report};
use uuid::Uuid;

use super::{Limits, MORE, PublicReport, REPORT, TELL, routes, workflows};
use crate::reporting::People;

/// The pages of the report and of the forms over a database, with a council and the police.
pub(super) struct Stage {
    pub(super) app: App,
    pub(super) people: People,
    pub(super) council: Uuid,
    pub(super) police: Uuid,
    pub(super) router: Router,
    pub(super) list: Vec<Listed>,
    _folder: TempDir,
}

impl Stage {
    pub(super) async fn new(db: &Db) -> Self {
        let clock = testing::clock();
        roles::load_shipped(db, &clock).await.unwrap();
        let ids = [(); 2].map(|()| commonweal_core::ids::new_uuid(&clock));
        let today = clock.today();
        write!(db, &clock, &Actor::system("test"), |tx| {
            let now = tx.now();
            for (id, kind) in ids.iter().zip(["council", "police"]) {
                tx.run(
                    sql!("insert into agencies (id, name, kind, active, created_at, version) values ($1, $2, $3, true, $4, 1)"),
                    args![*id, format!("The {kind}"), kind, now],
                )
                .await?;
                tx.record(Event::new("agency", *id, "agency.added", serde_json::json!({})));
            }
            for file in catalogue::shipped() {
                let ours = [REPORT, MORE, TELL].map(catalogue::file_name);
                if ours.contains(&file.key) {
                    publish(tx, &file.kind, &file.key, &file.body, today).await?;
                }
            }
            Ok::<_, DbError>(())
        })
        .await
        .unwrap();
        catalogue::take_up(db, &clock).await.unwrap();
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
            workflows: Workflows::new(workflows()),
        };
        let people = People::new(&forms);
        let ours = routes(&PublicReport::new(&people, Limits::default()));
        let list = ours.list().to_vec();
        let all: Routes<()> = ours.merge(commonweal_forms::routes().with_state(forms));
        let [council, police] = ids;
        Self {
            router: app.serve(all),
            app,
            people,
            council,
            police,
            list,
            _folder: folder,
        }
    }

    pub(super) fn browser(&self) -> Browser {
        Browser::new(&self.router)
    }

    pub(super) async fn count(&self, what: &'static str) -> i64 {
        let text = match what {
            "reports" => sql!("select count(*) from reports"),
            "parties" => sql!("select count(*) from parties"),
            "incidents" => sql!("select count(*) from reported_incidents"),
            "links" => sql!("select count(*) from tracking_links"),
            "alerts" => sql!("select count(*) from jobs where kind = 'reporting.alert'"),
            "mails" => sql!("select count(*) from outbox"),
            _ => sql!("select count(*) from intelligence"),
        };
        let counted: Result<i64, DbError> =
            read!(&self.app.db, |tx| tx.count(text, args![]).await).await;
        counted.unwrap()
    }

    /// The newest report with its matter.
    pub(super) async fn newest(&self) -> (Report, Matter) {
        let found: Result<_, DbError> = read!(&self.app.db, |tx| {
            let row = tx
                .one(
                    sql!("select id from reports order by received_at desc, id desc limit 1"),
                    args![],
                )
                .await?;
            let id = matters::ReportId(row.get("id")?);
            let report = matters::report(tx, id).await?;
            Ok((report, matters::matter_of_report(tx, id).await?))
        })
        .await;
        // What comes next is newer.
        self.app.clock.advance(chrono::Duration::seconds(1));
        found.unwrap()
    }

    pub(super) async fn outsiders_see_nothing(&self) {
        let wrong = outsider::sees_nothing(&self.app, &self.router, &self.list, &["R-"])
            .await
            .unwrap();
        assert_eq!(wrong, Vec::<String>::new());
    }
}

/// The value of the hidden field that says what a page asks, with more fields.
pub(super) fn page<'a>(asked: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![("form.asked", asked), ("form.then", "on")];
    fields.extend(more);
    fields
}

/// Goes from the start to the last page; gives its address.
pub(super) async fn to_the_end(
    browser: &mut Browser,
    description: &str,
    when: &[(&str, &str)],
) -> String {
    let start = browser.get("/report").await;
    assert_eq!(start.status, 200, "{}", start.body);
    let begun = browser
        .post(
            "/report",
            &page(
                "whom who_other other_knows business earlier",
                &[("whom", "self"), ("language", "en")],
            ),
        )
        .await;
    assert_eq!(begun.status, 303, "{}", begun.body);
    let what = page(
        "kind description",
        &[("kind", "noise"), ("description", description)],
    );
    let answer = step(browser, &begun, &what).await;
    let place = page(
        "place place_words at_home",
        &[
            ("place", "54.775, -1.57"),
            ("place_words", "Number 4"),
            ("at_home", "yes"),
        ],
    );
    let answer = step(browser, &answer, &place).await;
    let answer = step(browser, &answer, &page("happening on at diary", when)).await;
    let answer = step(
        browser,
        &answer,
        &page("safe_now hate", &[("safe_now", "yes"), ("hate", "no")]),
    )
    .await;
    assert!(answer.location.ends_with("/you"), "{}", answer.location);
    answer.location
}

/// Opens the page that an answer leads to and sends it.
pub(super) async fn step(browser: &mut Browser, led: &Answer, fields: &[(&str, &str)]) -> Answer {
    let shown = browser.get(&led.location).await;
    assert_eq!(shown.status, 200, "{}: {}", led.location, shown.body);
    let sent = browser.post(&led.location, fields).await;
    assert_eq!(sent.status, 303, "{}: {}", led.location, sent.body);
    sent
}

/// What the last page asks.
pub(super) const YOU: &str = "identity contact contact_safe confidential";
