//! The test that every area's routes share: an outsider sees nothing, not even a count.

use axum::Router;
use axum::body::{Body, to_bytes};
use chrono::Duration;
use commonweal_core::events::{Actor, Event};
use commonweal_core::ids::new_uuid;
use commonweal_core::{DbError, args, sql, write};
use commonweal_govuk::csrf;
use http::{Method, Request, StatusCode, header};
use serde_json::json;
use tower::ServiceExt as _;
use uuid::Uuid;

use super::{App, Listed, Rule};
use crate::session::{self, Start, Terms, Token};

/// Makes a user with these roles (which must be loaded) in an agency of their own, signs them in
/// and returns the session's token.
///
/// # Errors
/// [`DbError`].
pub async fn signed_in(app: &App, roles: &[&str]) -> Result<(Uuid, Token), DbError> {
    let user = new_uuid(&app.clock);
    let agency = new_uuid(&app.clock);
    let token = write!(&app.db, &app.clock, &Actor::system("test"), |tx| {
        let now = tx.now();
        tx.run(
            sql!("insert into agencies (id, name, kind, active, created_at, version) values ($1, $2, 'other', true, $3, 1)"),
            args![agency, format!("Agency {agency}"), now],
        )
        .await?;
        tx.run(
            sql!("insert into users (id, name, email, agency, active, created_at, version) values ($1, 'Outsider', $2, $3, true, $4, 1)"),
            args![user, format!("{user}@example.org"), agency, now],
        )
        .await?;
        for role in roles {
            tx.run(sql!("insert into user_roles (user_id, role) values ($1, $2)"), args![user, *role]).await?;
        }
        tx.record(Event::new("user", user, "user.added", json!({})));
        let terms = Terms { idle: Duration::days(1), longest: Duration::days(1) };
        let start = Start { user, browser: "Test", method: "password", before: None };
        session::start(tx, &app.clock, terms, &start).await
    })
    .await?;
    Ok((user, token))
}

/// A request as a browser with this session sends it. A form gets its token.
#[must_use]
pub fn request(
    app: &App,
    method: &Method,
    path: &str,
    token: Option<&Token>,
    form: &str,
) -> Request<Body> {
    let name = if app.settings.behind_tls {
        "__Host-session"
    } else {
        "session"
    };
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::ACCEPT, "text/html")
        .header("sec-fetch-site", "same-origin");
    if let Some(token) = token {
        request = request.header(header::COOKIE, format!("{name}={}", token.secret()));
    }
    let body = if method == Method::POST {
        request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let csrf = csrf::token(
            token.map_or(&b""[..], |token| token.secret().as_bytes()),
            [7; 16],
        );
        Body::from(format!("{form}&{}={csrf}", csrf::FIELD))
    } else {
        Body::empty()
    };
    request.body(body).unwrap_or_default()
}

/// Asks every route that is not for everybody, as nobody and as somebody signed in without any
/// role, and returns what went wrong: an answer other than 'sign in' or 'forbidden', or one that
/// holds any of `markers` (words and numbers that only the data hold).
///
/// # Errors
/// [`DbError`] where the outsider could not be made.
pub async fn sees_nothing(
    app: &App,
    router: &Router,
    routes: &[Listed],
    markers: &[&str],
) -> Result<Vec<String>, DbError> {
    let (_, token) = signed_in(app, &[]).await?;
    let mut wrong = Vec::new();
    for route in routes {
        let path = example(route.path);
        for token in [None, Some(&token)] {
            let expected = match (route.rule, token) {
                (Rule::Public, _) | (Rule::SignedIn, Some(_)) => continue,
                (_, None) => [
                    StatusCode::SEE_OTHER,
                    StatusCode::UNAUTHORIZED,
                    StatusCode::FORBIDDEN,
                ]
                .as_slice(),
                (Rule::May(_) | Rule::Records(_), Some(_)) => [StatusCode::FORBIDDEN].as_slice(),
            };
            let asked = request(app, &route.method, &path, token, "");
            let Ok(response) = router.clone().oneshot(asked).await;
            let status = response.status();
            let place = response
                .headers()
                .get(header::LOCATION)
                .and_then(|value| value.to_str().ok())
                .unwrap_or("");
            let who = if token.is_some() {
                "without a role"
            } else {
                "without a sign-in"
            };
            if !expected.contains(&status)
                || (status == StatusCode::SEE_OTHER && !place.starts_with("/sign-in"))
            {
                wrong.push(format!(
                    "{} {} answers {status} {place} {who}",
                    route.method, route.path
                ));
            }
            let bytes = to_bytes(response.into_body(), 10 << 20)
                .await
                .unwrap_or_default();
            let body = String::from_utf8_lossy(&bytes).into_owned();
            for marker in markers.iter().filter(|marker| body.contains(**marker)) {
                wrong.push(format!(
                    "{} {} shows '{marker}' {who}",
                    route.method, route.path
                ));
            }
        }
    }
    Ok(wrong)
}

/// A path with something in each of its places.
fn example(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        out.push_str("018f0000-0000-7000-8000-000000000000");
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    out + rest
}
