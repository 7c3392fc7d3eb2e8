//! Stories over the whole directory, on both databases.

use axum::Router;
use axum::body::to_bytes;
use commonweal_access::policy::roles;
use commonweal_access::session::Token;
use commonweal_access::sign_in::SignIn;
use commonweal_access::web::{App, Listed, Settings, outsider};
use commonweal_core::events::Actor;
use commonweal_core::{Clock, Db, DbError, args, on_both, read, sql, testing, write};
use http::{Method, StatusCode, header};
use tower::ServiceExt as _;
use uuid::Uuid;

use super::model::{Body, Location, Organisation, Service, State};
use super::store::{self, New};
use super::tests_support::{full_service, sample};
use super::{GoTo, keeping, routes};

/// The directory's pages over a database.
pub(super) struct Stage {
    pub(super) app: App,
    pub(super) clock: Clock,
    router: Router,
    list: Vec<Listed>,
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) location: String,
    pub(super) headers: http::HeaderMap,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Stage {
    pub(super) async fn new(db: &Db) -> Self {
        let clock = testing::clock();
        roles::load_shipped(db, &clock).await.unwrap();
        let app = App::new(
            db.clone(),
            clock.clone(),
            Settings::default(),
            SignIn::new(),
            Vec::new(),
        );
        let routes = routes(&GoTo::new(&app));
        let list = routes.list().to_vec();
        Self {
            router: app.serve(routes),
            app,
            clock,
            list,
        }
    }

    pub(super) async fn send(
        &self,
        method: &Method,
        path: &str,
        token: Option<&Token>,
        form: &str,
    ) -> Answer {
        let request = outsider::request(&self.app, method, path, token, form);
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
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    pub(super) async fn get(&self, path: &str, token: Option<&Token>) -> Answer {
        self.send(&Method::GET, path, token, "").await
    }

    /// Sends a form as a visitor: with the cookie and token that the first page gave.
    async fn ask(&self, form: &str) -> Answer {
        let first = self.get("/go-to", None).await;
        let cookie = first
            .headers
            .get(header::SET_COOKIE)
            .unwrap()
            .to_str()
            .unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let token = first.body.split("name=\"csrf_token\" value=\"").nth(1);
        let token = token
            .or_else(|| first.body.split("value=\"").find(|part| part.len() > 40))
            .unwrap();
        let token = token.split('"').next().unwrap().to_owned();
        let body = format!("{form}&{}={token}", commonweal_govuk::csrf::FIELD);
        let request = http::Request::builder()
            .method("POST")
            .uri("/go-to")
            .header(header::ACCEPT, "text/html")
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, cookie)
            .body(axum::body::Body::from(body))
            .unwrap();
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
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

async fn put<T: Body + Send + Sync>(
    db: &Db,
    clock: &Clock,
    id: u128,
    body: T,
    state: State,
    keeper: (Option<Uuid>, Option<Uuid>),
) -> String {
    let new = New {
        id: Uuid::from_u128(id),
        body,
        state,
        agency: keeper.0,
        owner: keeper.1,
        assured_on: None,
    };
    write!(db, clock, &Actor::system("test"), |tx| store::add(tx, &new)
        .await)
    .await
    .unwrap()
}

/// The small directory of the other tests, kept by somebody: its service's reference.
pub(super) async fn fill(stage: &Stage, keeper: (Option<Uuid>, Option<Uuid>)) -> String {
    let (db, clock) = (&stage.app.db, &stage.clock);
    let directory = sample();
    for (id, entry) in directory.organisations {
        put::<Organisation>(
            db,
            clock,
            id.as_u128(),
            entry.body,
            State::Published,
            keeper,
        )
        .await;
    }
    for (id, entry) in directory.locations {
        put::<Location>(
            db,
            clock,
            id.as_u128(),
            entry.body,
            State::Published,
            keeper,
        )
        .await;
    }
    put::<Service>(
        db,
        clock,
        13,
        Service {
            name: "Marker draft".to_owned(),
            ..full_service()
        },
        State::Draft,
        keeper,
    )
    .await;
    put::<Service>(
        db,
        clock,
        12,
        Service {
            name: "Quiet nights <b>".to_owned(),
            ..full_service()
        },
        State::Published,
        keeper,
    )
    .await
}

pub(super) async fn agency_of(db: &Db, user: Uuid) -> Uuid {
    read!(db, |tx| tx
        .one(sql!("select agency from users where id = $1"), args![user])
        .await?
        .get::<Uuid>("agency"))
    .await
    .unwrap()
}

on_both! {
    async fn everybody_finds_what_is_published_and_nothing_else(db: Db) {
        let stage = Stage::new(&db).await;
        let reference = fill(&stage, (None, None)).await;
        let page = stage.get("/go-to/needs/noise", None).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("Quiet nights") && !page.body.contains("Marker draft"));
        assert!(page.body.contains("1 service<"), "not even the count speaks of drafts");
        let page = stage.get(&format!("/go-to/{}", reference.to_lowercase()), None).await;
        assert!(page.body.contains("Quiet nights &lt;b&gt;") && page.body.contains("href=\"tel:01632960001\""));
        assert_eq!(stage.get("/go-to/GT-0000-0000", None).await.status, 404);
        for path in ["/go-to", "/go-to/all", "/go-to/leaflets", "/go-to/leaflets/all/everybody", "/go-to/leaflets/town-peterlee/victims"] {
            let page = stage.get(path, None).await;
            assert_eq!(page.status, 200, "{path}");
            assert!(!page.body.contains("Marker draft"), "{path}");
        }
        let pdf = stage.get("/go-to/leaflets/all/everybody/pdf", None).await;
        assert!(pdf.body.starts_with("%PDF-"), "{}", pdf.status);
        for path in ["/go-to/all?page=9", "/go-to/needs/none", "/go-to/leaflets/none/everybody", "/go-to/leaflets/all/none"] {
            assert_eq!(stage.get(path, None).await.status, 404, "{path}");
        }
        let archived = Uuid::from_u128(12);
        write!(&db, &stage.clock, &Actor::system("test"), |tx| store::set_state(tx, archived, 1, State::Archived).await).await.unwrap();
        assert_eq!(stage.get(&format!("/go-to/{reference}"), None).await.status, 404);
    }

    async fn a_search_keeps_words_and_postcode_out_of_the_address(db: Db) {
        let stage = Stage::new(&db).await;
        fill(&stage, (None, None)).await;
        let wrong = stage.ask("words=noise&postcode=nowhere&age=old").await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.body.contains("Enter a full postcode") && wrong.body.contains("Enter an age in years"));
        let unknown = stage.ask("words=noise&postcode=ZZ1+1AA").await;
        assert!(unknown.body.contains("We do not know this postcode"));
        let found = stage.ask("words=nosie+next+door&postcode=&age=40").await;
        assert_eq!(found.status, 303, "{}", found.body);
        assert!(found.location.starts_with("/go-to/searches/") && !found.location.contains("nosie"));
        let page = stage.get(&found.location, None).await;
        assert!(page.body.contains("Quiet nights") && page.body.contains("Helps with: Noise"), "{}", page.body);
        assert_eq!(page.headers[header::CACHE_CONTROL], "private, no-store");
        stage.clock.advance(chrono::Duration::hours(25));
        let gone = stage.get(&found.location, None).await;
        assert_eq!(gone.status, 404);
        assert!(gone.body.contains("no longer kept"));
        store::searches::sweep(&db, &stage.clock).await.unwrap();
        let left = read!(&db, |tx| tx.count(sql!("select count(*) from directory_searches"), args![]).await).await.unwrap();
        assert_eq!(left, 0);
    }

    async fn an_outsider_sees_no_draft(db: Db) {
        let stage = Stage::new(&db).await;
        fill(&stage, (None, None)).await;
        let wrong = outsider::sees_nothing(&stage.app, &stage.router, &stage.list, &["Marker", "Quiet nights"]).await.unwrap();
        assert_eq!(wrong, Vec::<String>::new());
        // Somebody of another agency sees nothing of it either, and cannot change it.
        let (_, provider) = outsider::signed_in(&stage.app, &["provider"]).await.unwrap();
        let list = stage.get("/directory", Some(&provider)).await;
        assert_eq!(list.status, 200);
        assert!(!list.body.contains("Marker draft") && list.body.contains("No entry fits"));
        let id = Uuid::from_u128(13);
        for path in [format!("/directory/services/{id}"), format!("/directory/services/{id}/edit"), format!("/directory/services/{id}/hours/new")] {
            assert_eq!(stage.get(&path, Some(&provider)).await.status, 404, "{path}");
        }
        let assured = stage.send(&Method::POST, &format!("/directory/services/{id}/assure"), Some(&provider), "x=1").await;
        assert_eq!(assured.status, 404);
        assert_eq!(stage.get("/directory/import", Some(&provider)).await.status, 403);
    }

    async fn stale_entries_come_to_their_owner(db: Db) {
        let stage = Stage::new(&db).await;
        let (user, _) = outsider::signed_in(&stage.app, &["provider"]).await.unwrap();
        let agency = agency_of(&db, user).await;
        fill(&stage, (Some(agency), Some(user))).await;
        let state = GoTo::new(&stage.app);
        let card = keeping::card(&state);
        let [remind, _] = keeping::jobs("https://asb.example.org/");
        assert_eq!((remind.name, card.title), (keeping::REMIND, "Directory"));
        let mails = || async {
            let found: Result<Vec<String>, DbError> = read!(&db, |tx| {
                tx.all(sql!("select body from outbox order by id"), args![]).await?.iter().map(|row| row.get("body")).collect()
            })
            .await;
            found.unwrap()
        };
        let run = || keeping::remind_all(&db, &stage.clock, "https://asb.example.org");
        run().await.unwrap();
        assert_eq!(mails().await.len(), 1);
        assert!(mails().await[0].contains("https://asb.example.org/directory/services/") && mails().await[0].contains("90 days"));
        run().await.unwrap();
        assert_eq!(mails().await.len(), 1, "once in two weeks");
        stage.clock.advance(chrono::Duration::days(15));
        run().await.unwrap();
        assert_eq!(mails().await.len(), 2);
        let today = stage.clock.today();
        write!(&db, &stage.clock, &Actor::system("test"), |tx| store::assure(tx, Uuid::from_u128(12), Some(user), today).await).await.unwrap();
        stage.clock.advance(chrono::Duration::days(15));
        run().await.unwrap();
        assert_eq!(mails().await.len(), 2, "what is assured is not reminded of");
    }
}
