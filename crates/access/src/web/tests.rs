//! Stories of the frame, over real requests.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::Duration;
use commonweal_core::{Clock, Db, DbError, args, on_both, read, sql, testing, upkeep};
use commonweal_govuk::{Page, csrf};
use http::{Method, Request, StatusCode, header};
use serde_json::json;
use tower::ServiceExt as _;

use super::*;
use crate::policy::{Action, roles};
use crate::session::{self, Token};
use crate::sign_in::SignIn;

commonweal_govuk::page!(THING, "access/test-thing.html", "test-thing.html");

struct World {
    app: App,
    router: Router,
    list: Vec<Listed>,
}

async fn counts(State(app): State<App>, viewer: Viewer) -> Result<Response, PageError> {
    app.page(
        &viewer,
        Page::new(&THING, "Counts"),
        &json!({ "text": "4711 incidents" }),
    )
}

async fn open_page(State(app): State<App>, visit: Visit) -> Result<Response, PageError> {
    app.page(
        &visit,
        Page::new(&THING, "Welcome"),
        &json!({ "text": "Welcome" }),
    )
}

async fn save(
    State(app): State<App>,
    viewer: Viewer,
    Sent(form): Sent,
) -> Result<Response, PageError> {
    app.flash(&viewer, &format!("Saved {}", form.value("name")))
        .await?;
    Ok(Redirect::to("/counts").into_response())
}

async fn upload(mut upload: Upload) -> Result<String, PageError> {
    let field = upload.next_field().await?.ok_or(PageError::NotFound)?;
    field.text().await.map_err(|_| PageError::NotFound)
}

async fn world(db: Db) -> World {
    let clock = testing::clock();
    roles::load_shipped(&db, &clock).await.unwrap();
    roles::load_shipped(&db, &clock).await.unwrap();
    let navigation = vec![
        NavEntry {
            text: "Counts page",
            href: "/counts",
            also: &[],
            rule: Rule::May(Action::SeeIncidents),
        },
        NavEntry {
            text: "Audit page",
            href: "/audit",
            also: &[],
            rule: Rule::May(Action::SeeAudit),
        },
    ];
    let app = App::new(db, clock, Settings::default(), SignIn::new(), navigation);
    let fail = || async {
        Err::<(), _>(PageError::from(DbError::Setup(
            "secret of the house".to_owned(),
        )))
    };
    let routes = Routes::<App>::new()
        .get("/open", Rule::Public, open_page)
        .get("/counts", Rule::May(Action::SeeIncidents), counts)
        .get(
            "/api/v1/counts",
            Rule::May(Action::SeeIncidents),
            || async { "4711 incidents" },
        )
        .get("/audit", Rule::May(Action::SeeAudit), || async {
            "4711 incidents"
        })
        .get(
            "/things/{id}",
            Rule::SignedIn,
            |Path(id): Path<uuid::Uuid>| async move { id.to_string() },
        )
        .get("/fail", Rule::Public, fail)
        .post("/save", Rule::May(Action::SeeIncidents), save)
        .post("/upload", Rule::May(Action::SeeIncidents), upload)
        .merge(kept::routes());
    let list = routes.list().to_vec();
    let router = app.serve(routes.with_state(app.clone()));
    World { app, router, list }
}

impl World {
    async fn send(&self, request: Request<Body>) -> (StatusCode, http::HeaderMap, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 20).await.unwrap();
        (
            parts.status,
            parts.headers,
            String::from_utf8(bytes.to_vec()).unwrap(),
        )
    }

    async fn get(
        &self,
        path: &str,
        token: Option<&Token>,
    ) -> (StatusCode, http::HeaderMap, String) {
        self.send(outsider::request(&self.app, &Method::GET, path, token, ""))
            .await
    }

    async fn post(
        &self,
        path: &str,
        token: Option<&Token>,
        form: &str,
    ) -> (StatusCode, http::HeaderMap, String) {
        self.send(outsider::request(
            &self.app,
            &Method::POST,
            path,
            token,
            form,
        ))
        .await
    }
}

fn place(headers: &http::HeaderMap) -> &str {
    headers
        .get(header::LOCATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("")
}

on_both! {
    async fn an_outsider_sees_nothing(db: Db) {
        let world = world(db).await;
        let wrong = outsider::sees_nothing(&world.app, &world.router, &world.list, &["4711 incidents"]).await.unwrap();
        assert_eq!(wrong, Vec::<String>::new());
        let (status, headers, _) = world.get("/counts?from=2025-01", None).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(place(&headers), "/sign-in?next=%2Fcounts%3Ffrom%3D2025-01");
        let (status, headers, body) = world.get("/api/v1/counts", None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
        assert!(body.contains("401"), "{body}");
        // A script that asks for data gets a problem, not a page to sign in on.
        let script = Request::get("/counts").header(header::ACCEPT, "application/json").body(Body::empty()).unwrap();
        assert_eq!(world.send(script).await.0, StatusCode::UNAUTHORIZED);
    }

    async fn a_role_opens_its_pages_and_only_those(db: Db) {
        let world = world(db).await;
        let (user, token) = outsider::signed_in(&world.app, &["officer"]).await.unwrap();
        let (status, headers, body) = world.get("/counts", Some(&token)).await;
        assert_eq!(status, StatusCode::OK);
        assert!(body.contains("4711") && body.contains("Counts page") && !body.contains("Audit page"));
        assert!(body.contains("Outsider"), "the person's name is in the header");
        assert_eq!(headers[header::CACHE_CONTROL], "private, no-cache");
        assert!(headers.contains_key(header::CONTENT_SECURITY_POLICY));
        let (status, _, body) = world.get("/audit", Some(&token)).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert!(body.contains("You cannot see this page") && !body.contains("4711 incidents"));

        // A disabled account is out at the next request, not at the next sign-in.
        upkeep!(&world.app.db, &world.app.clock, |tx| {
            tx.run(sql!("update users set active = false where id = $1"), args![user]).await?;
            Ok::<_, DbError>(())
        })
        .await
        .unwrap();
        assert_eq!(world.get("/counts", Some(&token)).await.0, StatusCode::SEE_OTHER);
    }

    async fn forged_requests_are_refused(db: Db) {
        let world = world(db).await;
        let (_, token) = outsider::signed_in(&world.app, &["officer"]).await.unwrap();
        let (status, headers, _) = world.post("/save", Some(&token), "name=Sam").await;
        assert_eq!((status, place(&headers)), (StatusCode::SEE_OTHER, "/counts"));
        let (_, _, body) = world.get("/counts", Some(&token)).await;
        assert!(body.contains("Saved Sam"));
        let (_, _, body) = world.get("/counts", Some(&token)).await;
        assert!(!body.contains("Saved Sam"), "the message is shown once");

        let forged = |kind: &str, site: &str, body: &str| {
            Request::post("/save")
                .header(header::COOKIE, format!("session={}", token.secret()))
                .header(header::CONTENT_TYPE, kind)
                .header("sec-fetch-site", site)
                .body(Body::from(body.to_owned()))
                .unwrap()
        };
        let good = csrf::token(token.secret().as_bytes(), [1; 16]);
        let other = csrf::token(b"another session", [1; 16]);
        let form = "application/x-www-form-urlencoded";
        for (kind, site, body) in [
            (form, "cross-site", format!("name=x&csrf_token={good}")),
            (form, "same-origin", format!("name=x&csrf_token={other}")),
            (form, "same-origin", "name=x".to_owned()),
            ("text/plain", "same-origin", format!("name=x&csrf_token={good}")),
            ("multipart/form-data; boundary=b", "cross-site", String::new()),
            ("application/json", "same-origin", "{}".to_owned()),
        ] {
            let (status, _, page) = world.send(forged(kind, site, &body)).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{kind} {site}");
            assert!(page.contains("Your form was not sent"));
        }
        let kept = read!(&world.app.db, |tx| tx.count(sql!("select count(*) from kept_forms"), args![]).await).await.unwrap();
        assert_eq!(kept, 2, "only what came from our own pages is kept");
    }

    async fn files_come_with_the_token_first(db: Db) {
        let world = world(db).await;
        let (_, token) = outsider::signed_in(&world.app, &["officer"]).await.unwrap();
        let send = async |token_sent: &str| {
            let body = format!("--b\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\n{token_sent}\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n1,2\r\n--b--\r\n");
            let request = Request::post("/upload")
                .header(header::COOKIE, format!("session={}", token.secret()))
                .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
                .header(header::ORIGIN, "http://localhost")
                .header(header::HOST, "localhost")
                .body(Body::from(body))
                .unwrap();
            world.send(request).await
        };
        let good = csrf::token(token.secret().as_bytes(), [1; 16]);
        let (status, _, body) = send(&good).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, "1,2"));
        assert_eq!(send("00").await.0, StatusCode::FORBIDDEN);
    }

    async fn what_was_typed_survives_the_end_of_the_session(db: Db) {
        let world = world(db).await;
        let (user, token) = outsider::signed_in(&world.app, &["officer"]).await.unwrap();
        world.app.clock.advance(Duration::days(2));
        assert_eq!(world.get("/counts", Some(&token)).await.0, StatusCode::SEE_OTHER);
        let (status, headers, _) = world.post("/save", Some(&token), "name=Long+story&password=secret").await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let kept = place(&headers).strip_prefix("/sign-in?next=").unwrap().replace("%2F", "/");
        assert!(kept.starts_with("/kept/"), "{kept}");
        // Nobody but its owner sees it, and the owner only when signed in again.
        let (_, other) = outsider::signed_in(&world.app, &["officer"]).await.unwrap();
        assert_eq!(world.get(&kept, Some(&other)).await.0, StatusCode::NOT_FOUND);
        assert_eq!(world.get(&kept, None).await.0, StatusCode::NOT_FOUND);
        assert_eq!(world.get(&kept, Some(&token)).await.0, StatusCode::SEE_OTHER);
        let again = sign_in_again(&world.app, user).await;
        let (status, _, body) = world.get(&kept, Some(&again)).await;
        assert_eq!(status, StatusCode::OK);
        assert!(body.contains("Long story") && body.contains("action=\"/save\"") && !body.contains("secret"));
        assert_eq!(world.post(&kept, Some(&again), "").await.0, StatusCode::SEE_OTHER);
        assert_eq!(world.get(&kept, Some(&again)).await.0, StatusCode::NOT_FOUND);
    }

    async fn sessions_are_listed_ended_and_swept(db: Db) {
        let world = world(db).await;
        let (user, token) = outsider::signed_in(&world.app, &["officer"]).await.unwrap();
        let other = sign_in_again(&world.app, user).await;
        world.app.clock.advance(Duration::minutes(5));
        world.get("/counts", Some(&token)).await;
        let now = world.app.clock.now();
        let open = read!(&world.app.db, |tx| session::open(tx, user, now).await).await.unwrap();
        assert_eq!(open.len(), 2);
        assert_eq!(open[0].used_at, now, "the last use is noted");
        let end = open[0].id;
        let actor = commonweal_core::events::Actor::user(user, "own account");
        commonweal_core::write!(&world.app.db, &world.app.clock, &actor, |tx| session::end(tx, user, end).await).await.unwrap();
        assert_eq!(world.get("/counts", Some(&token)).await.0, StatusCode::SEE_OTHER);
        assert_eq!(world.get("/counts", Some(&other)).await.0, StatusCode::OK);
        world.app.clock.advance(Duration::days(40));
        session::sweep(&world.app.db, &world.app.clock).await.unwrap();
        let left = read!(&world.app.db, |tx| tx.count(sql!("select count(*) from sessions"), args![]).await).await.unwrap();
        assert_eq!(left, 0);
    }

    async fn errors_have_pages_and_no_secrets(db: Db) {
        let world = world(db).await;
        let (status, _, body) = world.get("/fail", None).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!body.contains("secret of the house") && body.contains("E-"), "{body}");
        assert_eq!(world.get("/nowhere", None).await.0, StatusCode::NOT_FOUND);
        assert_eq!(world.get("/save", None).await.0, StatusCode::NOT_FOUND);
        let (_, token) = outsider::signed_in(&world.app, &[]).await.unwrap();
        let (status, _, body) = world.get("/things/one", Some(&token)).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(body.contains("Page not found"));
        // A first visit gets its token with the first page, so that its first form can be sent.
        let (status, headers, body) = world.get("/open", None).await;
        assert_eq!(status, StatusCode::OK);
        let cookie = headers[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.starts_with("visit=") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
        let secret = cookie.split(['=', ';']).nth(1).unwrap();
        let sent = body.split("name=\"csrf_token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        assert!(csrf::verify(secret.as_bytes(), sent));
    }

    async fn readers_are_recorded_before_the_page(db: Db) {
        let world = world(db).await;
        let (user, token) = outsider::signed_in(&world.app, &["officer"]).await.unwrap();
        let seen = Arc::new(std::sync::Mutex::new(None));
        let kept = seen.clone();
        let keep = move |viewer: Viewer| async move { *kept.lock().unwrap() = Some(viewer); "kept" };
        let routes = Routes::<App>::new().get("/who", Rule::SignedIn, keep);
        let router = world.app.serve(routes.with_state(world.app.clone()));
        router.oneshot(outsider::request(&world.app, &Method::GET, "/who", Some(&token), "")).await.unwrap();
        let viewer = seen.lock().unwrap().take().unwrap();
        assert_eq!(viewer.purpose, "casework");
        let log = &world.app.access_log;
        let reads = (0..50).map(|_| log.record(&world.app.clock, &viewer, Action::SeeIncidents, std::slice::from_ref(&user)));
        for read in futures_join(reads.collect()).await {
            read.unwrap();
        }
        let rows = read!(&world.app.db, |tx| tx.count(sql!("select count(*) from access_log where user_id = $1"), args![user]).await).await.unwrap();
        assert_eq!(rows, 50);
    }
}

async fn futures_join<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        waiting.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(output) => {
                done.push(output);
                false
            }
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done
}

async fn sign_in_again(app: &App, user: uuid::Uuid) -> Token {
    let actor = commonweal_core::events::Actor::user(user, "sign-in");
    let clock = Clock::clone(&app.clock);
    commonweal_core::write!(&app.db, &clock, &actor, |tx| {
        let start = session::Start {
            user,
            browser: "Test",
            method: "password",
            before: None,
        };
        session::start(tx, &clock, session::Terms::default(), &start).await
    })
    .await
    .unwrap()
}

#[test]
fn only_paths_of_ours_are_followed() {
    for good in ["/", "/map?from=2025-01", "/a/b#c"] {
        assert_eq!(local_path(good), good);
    }
    for bad in [
        "",
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/a\r\nb",
        "javascript:x",
    ] {
        assert_eq!(local_path(bad), "/", "{bad}");
    }
}

on_both! {
    async fn a_page_costs_little(db: Db) {
        let world = world(db).await;
        let (_, token) = outsider::signed_in(&world.app, &["officer"]).await.unwrap();
        world.get("/counts", Some(&token)).await;
        let begun = std::time::Instant::now();
        for _ in 0..50 {
            assert_eq!(world.get("/counts", Some(&token)).await.0, StatusCode::OK);
        }
        println!("a signed-in page: {:?}", begun.elapsed() / 50);
    }
}
