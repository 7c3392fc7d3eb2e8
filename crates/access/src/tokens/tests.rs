//! Stories of tokens and subscriptions, over real requests.

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use chrono::Duration;
use commonweal_core::{Db, DbError, args, on_both, read, sql, testing, upkeep, write};
use http::{Method, Request, StatusCode, header};
use tower::ServiceExt as _;
use uuid::Uuid;

use super::*;
use crate::policy::{Action, roles};
use crate::session;
use crate::sign_in::SignIn;
use crate::web::outsider::{self, request};
use crate::web::{App, Listed, PageError, Rule, Settings, Viewer, Visit};

struct World {
    app: App,
    router: Router,
    list: Vec<Listed>,
    user: Uuid,
    session: Token,
}

async fn feed(
    State(app): State<App>,
    crate::web::Path(secret): crate::web::Path<String>,
) -> Result<String, PageError> {
    let viewer = feed_viewer(&app, &secret, "tasks.ics").await?;
    let viewer = viewer.ok_or(PageError::NotFound)?;
    assert!(
        !viewer.path().contains(&secret),
        "no secret in the access log"
    );
    Ok(format!("tasks of {}", viewer.user()))
}

async fn world(db: Db) -> World {
    let clock = testing::clock();
    roles::load_shipped(&db, &clock).await.unwrap();
    let app = App::new(db, clock, Settings::default(), SignIn::new(), Vec::new());
    let counts =
        |viewer: Viewer| async move { format!("4711 for {} {}", viewer.name, viewer.purpose) };
    let fail = || async { Err::<(), _>(PageError::Internal("secret of the house".to_owned())) };
    let routes = routes()
        .get("/api/v1/counts", Rule::May(Action::SeeIncidents), counts)
        .post("/api/v1/counts", Rule::May(Action::SeeIncidents), counts)
        .get("/ogc", Rule::SignedIn, counts)
        .get("/api/v1/audit", Rule::May(Action::SeeAudit), counts)
        .get("/api/v1/fail", Rule::Public, fail)
        .get("/counts", Rule::May(Action::SeeIncidents), counts)
        .get("/feeds/{secret}/tasks.ics", Rule::Public, feed)
        .get("/seen/{secret}", Rule::Public, |visit: Visit| async move {
            visit.path().to_owned()
        });
    let list = routes.list().to_vec();
    let router = app.serve(routes.with_state(app.clone()));
    let (user, session) = outsider::signed_in(&app, &["officer"]).await.unwrap();
    World {
        app,
        router,
        list,
        user,
        session,
    }
}

impl World {
    async fn send(&self, request: Request<Body>) -> (StatusCode, http::HeaderMap, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 20).await.unwrap();
        (
            parts.status,
            parts.headers,
            String::from_utf8_lossy(&bytes).into_owned(),
        )
    }

    async fn page(
        &self,
        method: Method,
        path: &str,
        form: &str,
    ) -> (StatusCode, http::HeaderMap, String) {
        self.send(request(&self.app, &method, path, Some(&self.session), form))
            .await
    }

    async fn bearing(
        &self,
        method: Method,
        path: &str,
        value: &str,
    ) -> (StatusCode, http::HeaderMap, String) {
        let asked = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, value);
        self.send(asked.body(Body::from("{}")).unwrap()).await
    }

    async fn get(&self, path: &str, secret: &str) -> StatusCode {
        self.bearing(Method::GET, path, &format!("Bearer {secret}"))
            .await
            .0
    }

    /// Makes a token by the page; the session has no password to be asked for.
    async fn token(&self, name: &str, term: &str) -> String {
        let (status, headers, body) = self
            .page(
                Method::POST,
                "/account/tokens/new",
                &format!("name={name}&term={term}"),
            )
            .await;
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        let start = body.find(PREFIX).unwrap();
        body[start..].split('<').next().unwrap().to_owned()
    }

    async fn disable(&self, active: bool) {
        upkeep!(&self.app.db, &self.app.clock, |tx| {
            tx.run(
                sql!("update users set active = $2 where id = $1"),
                args![self.user, active],
            )
            .await?;
            Ok::<_, DbError>(())
        })
        .await
        .unwrap();
    }

    async fn feed(&self) -> FeedSecret {
        let actor = commonweal_core::events::Actor::user(self.user, "own account");
        write!(&self.app.db, &self.app.clock, &actor, |tx| feed_secret(
            tx,
            self.user,
            "tasks.ics"
        )
        .await)
        .await
        .unwrap()
    }
}

on_both! {
    async fn an_outsider_sees_nothing(db: Db) {
        let world = world(db).await;
        let wrong = outsider::sees_nothing(&world.app, &world.router, &world.list, &["4711"]).await.unwrap();
        assert_eq!(wrong, Vec::<String>::new());
    }

    async fn a_token_opens_what_its_user_may_see(db: Db) {
        let world = world(db).await;
        let secret = world.token("QGIS", "90").await;
        assert_eq!(secret.len(), PREFIX.len() + 64);
        let (status, _, body) = world.bearing(Method::GET, "/api/v1/counts", &format!("bearer {secret}")).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, "4711 for Outsider casework"));
        assert_eq!(world.get("/ogc", &secret).await, StatusCode::OK);
        // Nothing to forge: what a program sends needs no token of a page.
        let (status, ..) = world.bearing(Method::POST, "/api/v1/counts", &format!("Bearer {secret}")).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(world.get("/api/v1/audit", &secret).await, StatusCode::FORBIDDEN);
        // Pages take no token, neither do addresses that only begin alike.
        let (status, headers, _) = world.bearing(Method::GET, "/counts", &format!("Bearer {secret}")).await;
        assert_eq!((status, headers[header::LOCATION].to_str().unwrap()), (StatusCode::SEE_OTHER, "/sign-in?next=%2Fcounts"));
        assert!(accepts("/api/v1") && accepts("/ogc") && !accepts("/apis") && !accepts("/ogc-else") && !accepts("/"));

        // The list names it and its use, never its secret; the database holds a hash.
        world.app.clock.advance(Duration::minutes(5));
        assert_eq!(world.get("/ogc", &secret).await, StatusCode::OK);
        let (_, _, list) = world.page(Method::GET, "/account/tokens", "").await;
        assert!(list.contains("QGIS") && list.contains("1 June 2026, 13:05") && !list.contains(&secret), "{list}");
        let bare = secret.strip_prefix(PREFIX).unwrap();
        let kept = read!(&world.app.db, |tx| tx.count(sql!("select count(*) from api_tokens where token = $1"), args![bare]).await).await.unwrap();
        assert_eq!(kept, 0);
    }

    async fn a_token_that_does_not_hold_is_refused(db: Db) {
        let world = world(db).await;
        let (short, long) = (world.token("Short", "7").await, world.token("Long", "365").await);
        for path in ["/api/v1/counts", "/ogc", "/api/v1/nothing"] {
            let (status, headers, body) = world.bearing(Method::GET, path, "Bearer nonsense").await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{path} {body}");
            assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
            assert_eq!(headers[header::WWW_AUTHENTICATE], "Bearer error=\"invalid_token\"");
            assert!(body.contains("does not hold"), "{body}");
        }
        // Every error under these roots is a problem document, with a token and without.
        for (path, secret, status) in [("/api/v1/fail", &long, 500), ("/api/v1/nothing", &long, 404), ("/api/v1/audit", &long, 403)] {
            let (found, headers, body) = world.bearing(Method::GET, path, &format!("Bearer {secret}")).await;
            assert_eq!((found.as_u16(), headers[header::CONTENT_TYPE].to_str().unwrap()), (status, "application/problem+json"), "{path}");
            assert!(!body.contains("secret of the house"));
        }
        let (status, headers, _) = world.send(Request::get("/ogc").body(Body::empty()).unwrap()).await;
        assert_eq!((status, headers[header::WWW_AUTHENTICATE].to_str().unwrap()), (StatusCode::UNAUTHORIZED, "Bearer"));

        // A cookie does not help a token that does not hold.
        let cookie = format!("session={}", world.session.secret());
        let both = Request::get("/ogc").header(header::COOKIE, cookie).header(header::AUTHORIZATION, format!("Bearer {PREFIX}{}", "0".repeat(64)));
        assert_eq!(world.send(both.body(Body::empty()).unwrap()).await.0, StatusCode::UNAUTHORIZED);

        // It ends by itself, by its owner, and with the account.
        world.app.clock.advance(Duration::days(8));
        assert_eq!(world.get("/ogc", &short).await, StatusCode::UNAUTHORIZED);
        assert_eq!(world.get("/ogc", &long).await, StatusCode::OK);
        world.disable(false).await;
        assert_eq!(world.get("/ogc", &long).await, StatusCode::UNAUTHORIZED);
        world.disable(true).await;
        assert_eq!(world.get("/ogc", &long).await, StatusCode::OK);
        let listed = read!(&world.app.db, |tx| store::of_user(tx, world.user, world.app.clock.now()).await).await.unwrap();
        assert_eq!(listed.len(), 1);
        let actor = commonweal_core::events::Actor::user(world.user, "own account");
        let stranger = write!(&world.app.db, &world.app.clock, &actor, |tx| store::revoke(tx, Uuid::nil(), listed[0].id).await).await;
        assert!(matches!(stranger, Err(DbError::NotFound)));
        write!(&world.app.db, &world.app.clock, &actor, |tx| revoke_all(tx, world.user).await).await.unwrap();
        assert_eq!(world.get("/ogc", &long).await, StatusCode::UNAUTHORIZED);
        world.app.clock.advance(Duration::days(400));
        session::sweep(&world.app.db, &world.app.clock).await.unwrap();
        let left = read!(&world.app.db, |tx| tx.count(sql!("select count(*) from api_tokens"), args![]).await).await.unwrap();
        assert_eq!(left, 0);
        let told = read!(&world.app.db, |tx| tx.count(sql!("select count(*) from events where kind in ('user.token_made', 'user.token_revoked')"), args![]).await).await.unwrap();
        assert_eq!(told, 3);
    }

    async fn guesses_are_slowed_down_and_neighbours_are_not(db: Db) {
        let world = world(db).await;
        let (good, short) = (world.token("Good", "90").await, world.token("Short", "7").await);
        world.app.clock.advance(Duration::days(8));
        let from = SocketAddr::new(IpAddr::from([192, 0, 2, 7]), 4_000);
        let ask = async |secret: String| {
            let mut asked = Request::get("/ogc").header(header::AUTHORIZATION, format!("Bearer {secret}")).body(Body::empty()).unwrap();
            asked.extensions_mut().insert(ConnectInfo(from));
            world.send(asked).await.0
        };
        // A map program with a token that has ended waits; its office does not.
        let mut refused = Vec::new();
        for _ in 0..8 {
            refused.push(ask(short.clone()).await.as_u16());
        }
        assert_eq!(refused, [401, 401, 401, 401, 401, 429, 429, 429]);
        let (status, headers, _) = world.bearing(Method::GET, "/ogc", &format!("Bearer {short}")).await;
        assert_eq!((status, headers[header::CONTENT_TYPE].to_str().unwrap()), (StatusCode::TOO_MANY_REQUESTS, "application/problem+json"));
        assert!(headers.contains_key(header::RETRY_AFTER));
        let counted = read!(&world.app.db, |tx| tx.count(sql!("select count(*) from sign_in_attempts where key like '%address%'"), args![]).await).await.unwrap();
        assert_eq!(counted, 0);
        // Guesses from one address wait after fifty; who has a good token never does.
        let mut open = 0;
        for number in 0..60 {
            let status = ask(format!("{PREFIX}{number:064}")).await;
            open += i32::from(status == StatusCode::UNAUTHORIZED);
        }
        assert_eq!(open, 50);
        assert_eq!(ask(good).await, StatusCode::OK);
    }

    async fn what_is_typed_is_checked(db: Db) {
        let world = world(db).await;
        let long = "n".repeat(61);
        for (form, message) in [
            ("name=&term=90".to_owned(), "Enter a name"),
            (format!("name={long}&term=90"), "60 characters or fewer"),
            ("name=QGIS&term=4000".to_owned(), "Choose when the token ends"),
        ] {
            let (status, _, body) = world.page(Method::POST, "/account/tokens/new", &form).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(body.contains(message) && !body.contains(PREFIX), "{body}");
        }
        let (status, _, body) = world.page(Method::GET, "/account/tokens/new", "").await;
        assert!(status == StatusCode::OK && body.contains("value=\"90\" checked"), "{body}");
        // Where there is a password it is asked for.
        upkeep!(&world.app.db, &world.app.clock, |tx| {
            tx.run(sql!("update users set password = 'x' where id = $1"), args![world.user]).await?;
            Ok::<_, DbError>(())
        })
        .await
        .unwrap();
        let (status, _, body) = world.page(Method::POST, "/account/tokens/new", "name=QGIS&term=90").await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && body.contains("Enter the password"), "{body}");
    }

    async fn a_subscription_opens_its_feed_until_revoked(db: Db) {
        let world = world(db).await;
        let (first, second) = (world.feed().await, world.feed().await);
        let ask = async |path: &str| world.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(first.path().len(), "/feeds//tasks.ics".len() + 32);
        let (status, _, body) = ask(&first.path()).await;
        assert_eq!((status, body), (StatusCode::OK, format!("tasks of {}", world.user)));
        assert_eq!(ask("/feeds/00000000000000000000000000000000/tasks.ics").await.0, StatusCode::NOT_FOUND);
        let secret = first.path().split('/').nth(2).unwrap().to_owned();
        assert!(feed_viewer(&world.app, &secret, "other.ics").await.unwrap().is_none(), "it opens one feed only");
        assert_eq!(shown_path(&first.path()), "/feeds/…/tasks.ics");
        assert!(!format!("{first:?}").contains(&secret));
        world.disable(false).await;
        assert_eq!(ask(&first.path()).await.0, StatusCode::NOT_FOUND);
        world.disable(true).await;
        // The page lists both; the one that is revoked stops, the other goes on.
        let (_, _, page) = world.page(Method::GET, "/account/tokens", "").await;
        assert_eq!(page.matches("/account/subscriptions/").count(), 2);
        let listed = read!(&world.app.db, |tx| feeds::of_user(tx, world.user).await).await.unwrap();
        let used = listed.iter().find(|row| row.last_used_at.is_some()).unwrap();
        let (status, ..) = world.page(Method::POST, &format!("/account/subscriptions/{}/revoke", used.id), "").await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(ask(&first.path()).await.0, StatusCode::NOT_FOUND);
        assert_eq!(ask(&second.path()).await.0, StatusCode::OK);
    }
}
