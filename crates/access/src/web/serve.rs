//! What stands around every route: the session, the check against forged requests, error pages
//! and headers.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::Duration;
use commonweal_core::{DbError, read};
use commonweal_govuk::headers::{SecurityHeaders, set};
use commonweal_govuk::{ErrorPage, Problem, csrf};
use cookie::{Cookie, SameSite};
use http::{HeaderMap, HeaderValue, Method, header};

use super::viewer::Address;
use super::{App, Basemap, PageError, Routes, Viewer, Visit, forgery, kept};
use crate::session::{self, Token};
use crate::sign_in::lockout;
use crate::tokens;

const SESSION: &str = "session";
const BEFORE: &str = "visit";

impl App {
    /// All routes with everything around them, ready to be served. Assets and other things that
    /// need no session are merged into the answer by the binary.
    pub fn serve(&self, routes: Routes<()>) -> Router {
        let tiles: Vec<&str> = self
            .settings
            .basemap
            .iter()
            .filter_map(Basemap::origin)
            .collect();
        let headers = SecurityHeaders::new(&tiles, self.settings.behind_tls);
        routes
            .into_router()
            .fallback(|| async { PageError::NotFound })
            .layer(middleware::from_fn_with_state(self.clone(), around))
            .layer(middleware::from_fn_with_state(Arc::new(headers), set))
    }

    /// The cookie that holds a token. Without an end of its own: it goes with the browser's window,
    /// or when the database says so.
    fn cookie(&self, name: &str, value: &str) -> Option<HeaderValue> {
        let cookie = Cookie::build((self.cookie_name(name), value.to_owned()))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.settings.behind_tls)
            .build();
        HeaderValue::from_str(&cookie.to_string()).ok()
    }

    fn cookie_name(&self, name: &str) -> String {
        // The prefix makes browsers refuse a cookie that another host set for us.
        if self.settings.behind_tls {
            format!("__Host-{name}")
        } else {
            name.to_owned()
        }
    }

    /// Adds the cookie of a new session to an answer.
    #[must_use]
    pub(crate) fn with_session(&self, mut response: Response, token: &Token) -> Response {
        if let Some(cookie) = self.cookie(SESSION, token.secret()) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }

    /// Removes the session's cookie.
    #[must_use]
    pub(crate) fn without_session(&self, mut response: Response) -> Response {
        let gone = Cookie::build((self.cookie_name(SESSION), ""))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.settings.behind_tls)
            .max_age(cookie::time::Duration::ZERO)
            .build();
        if let Ok(cookie) = HeaderValue::from_str(&gone.to_string()) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }

    fn token(&self, headers: &HeaderMap, name: &str) -> Option<Token> {
        let wanted = self.cookie_name(name);
        let texts = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let mut cookies = texts.flat_map(Cookie::split_parse).filter_map(Result::ok);
        let found = cookies.find(|cookie| cookie.name() == wanted)?;
        let value = found.value();
        (value.len() == 64).then(|| Token::sent(value))
    }

    /// Finds out who is looking.
    async fn visit(&self, headers: &HeaderMap, path: &str, page: bool) -> Result<Visit, DbError> {
        let mut visit = Visit::new(
            path,
            self.token(headers, SESSION),
            self.token(headers, BEFORE),
        );
        let Some(token) = visit.session.clone() else {
            return Ok(visit);
        };
        let now = self.clock.now();
        let asked: Result<_, DbError> = read!(&self.db, |tx| {
            let Some(session) = session::find(tx, &token, now).await? else {
                return Ok(None);
            };
            let viewer = Viewer::load(tx, &session, &visit).await?;
            Ok(Some((session, viewer)))
        })
        .await;
        let Some((session, viewer)) = asked? else {
            return Ok(visit);
        };
        if viewer.is_none() {
            visit.ended = Some(session.user);
        } else {
            if now - session.used_at >= Duration::minutes(1) {
                let touched =
                    session::touch(&self.db, &self.clock, self.settings.terms, session.id).await;
                if let Err(error) = touched {
                    tracing::warn!(%error, "a session's last use was not noted");
                }
            }
            if session.flash.is_some() && page {
                session::set_flash(&self.db, &self.clock, session.id, None).await?;
            }
        }
        visit.viewer = viewer;
        Ok(visit)
    }

    /// Whose access token a program sent as a key, for interfaces whose standard has keys of its own.
    /// Guesses are slowed down as those of signing in are.
    ///
    /// # Errors
    /// [`PageError::SignIn`] where the key does not hold; [`PageError::TooMany`]; those of the database.
    pub async fn viewer_by_key(
        &self,
        key: &str,
        path: &str,
        address: &Address,
    ) -> Result<super::Viewer, PageError> {
        let token = Token::sent(tokens::secret_of(key));
        let (visit, reached) = self.visit_by_token(&token, path, address).await;
        reached?;
        visit.viewer.ok_or(PageError::SignIn)
    }

    /// Finds out whose access token a program bears, and why it may not go on where nobody's.
    async fn visit_by_token(
        &self,
        token: &Token,
        path: &str,
        address: &Address,
    ) -> (Visit, Result<(), PageError>) {
        let mut visit = Visit::new(path, None, None);
        visit.borne = true;
        let now = self.clock.now();
        let asked: Result<_, DbError> = read!(&self.db, |tx| {
            let Some(found) = tokens::store::find(tx, token, now).await? else {
                return Ok((None, None));
            };
            let viewer = Viewer::load(tx, &found.session(now), &visit).await?;
            Ok((Some(found), viewer))
        })
        .await;
        let (found, viewer) = match asked {
            Ok(asked) => asked,
            Err(error) => return (visit, Err(error.into())),
        };
        if let Some(found) = found.as_ref().filter(|_| viewer.is_some()) {
            if found.stale(now)
                && let Err(error) = tokens::store::touch(&self.db, &self.clock, found.id).await
            {
                tracing::warn!(%error, "an access token's last use was not noted");
            }
            visit.viewer = viewer;
            return (visit, Ok(()));
        }
        // A good token is never held up: it cannot be guessed, so a neighbour's failures say
        // nothing about it.
        let target = lockout::Target::token(token, found.is_some(), address);
        let refused = match lockout::attempt(&self.db, &self.clock, &target).await {
            Ok(lockout::Gate::Open) => PageError::SignIn,
            Ok(lockout::Gate::Shut { seconds }) => PageError::TooMany {
                seconds: u32::try_from(seconds).unwrap_or(60),
            },
            Err(error) => error.into(),
        };
        (visit, Err(refused))
    }
}

/// Whether only programs come to a path: their cookies do not count, so there is nothing to forge. Who
/// they are they say with a key among what they send ([`App::viewer_by_key`]).
fn for_programs(path: &str) -> bool {
    path.starts_with("/open311/")
}

async fn around(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let address = Address::of(&parts, &app.settings);
    let request = Request::from_parts(parts, body);
    let api = is_api(request.uri().path()) || wants_data(request.headers());
    let page = wants_page(&request);
    let path = request.uri().path();
    let (mut visit, reached) = match tokens::borne(path, request.headers()) {
        Some(token) => app.visit_by_token(&token, path, &address).await,
        None if for_programs(path) => {
            let mut visit = Visit::new(path, None, None);
            visit.borne = true;
            (visit, Ok(()))
        }
        None => match app.visit(request.headers(), path, page).await {
            Ok(visit) => (visit, Ok(())),
            Err(error) => (Visit::new(path, None, None), Err(PageError::from(error))),
        },
    };
    // A browser gets its token with the first page, so that the first form can already be sent.
    let mut new_token = None;
    if page && visit.before.is_none() && reached.is_ok() && !visit.borne {
        new_token = Token::random().ok();
        if let Some(token) = new_token.clone() {
            visit = visit.begun_with(token);
        }
    }
    let whole = request
        .uri()
        .path_and_query()
        .map_or("/", |whole| whole.as_str())
        .to_owned();
    let get = request.method() == Method::GET || request.method() == Method::HEAD;
    let mut checked = forgery::check(request, &visit, app.settings.form_limit).await;
    let outcome = reached.and(checked.outcome.clone());
    let response = match outcome {
        Ok(()) => {
            let (mut parts, body) = checked.request.into_parts();
            parts.extensions.insert(address);
            parts.extensions.insert(visit.clone());
            next.run(Request::from_parts(parts, body)).await
        }
        Err(error) => error.into_response(),
    };
    let mut response = match error_in(&response) {
        Some(error) => {
            let typed = checked.typed.take().filter(|_| !api);
            show(&app, &visit, &error, &whole, get, api, typed, response).await
        }
        None => response,
    };
    if let Some(cookie) = new_token.and_then(|token| app.cookie(BEFORE, token.secret())) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    // What somebody saw signed in must not be shown by the browser's cache after signing out.
    if visit.viewer.is_some() && !response.headers().contains_key(header::CACHE_CONTROL) {
        let private = HeaderValue::from_static("private, no-cache");
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, private);
    }
    response
}

/// The error that an answer stands for: ours, or a bare status of the framework.
fn error_in(response: &Response) -> Option<PageError> {
    if let Some(error) = response.extensions().get::<PageError>() {
        return Some(error.clone());
    }
    let kind = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let bare = kind.is_none_or(|kind| kind.starts_with("text/plain"));
    PageError::of_status(response.status()).filter(|_| bare)
}

#[expect(
    clippy::too_many_arguments,
    reason = "one caller, and each says something of the request"
)]
async fn show(
    app: &App,
    visit: &Visit,
    error: &PageError,
    whole: &str,
    get: bool,
    api: bool,
    typed: Option<forgery::Pairs>,
    original: Response,
) -> Response {
    let mut page = ErrorPage::new(error.kind());
    let mut problem = Problem::new(
        error.status(),
        original.status().canonical_reason().unwrap_or("Error"),
    );
    match error {
        PageError::Internal(text) => {
            let reference = commonweal_core::ids::Reference::random("E")
                .map_or_else(|_| "E".to_owned(), |reference| reference.to_string());
            tracing::error!(%reference, path = visit.path(), error = %text, "a request failed");
            problem = problem.detail(format!("Quote {reference} to an administrator."));
            page = page.reference(reference);
        }
        PageError::Invalid(text) | PageError::TooLarge(text) if !text.is_empty() => {
            problem = problem.detail(text);
            page = page.detail(text);
        }
        PageError::TooMany { seconds } => page = page.retry_after(*seconds),
        _ => {}
    }
    if api {
        return for_program(error, visit, problem);
    }
    let kept = match typed {
        Some(typed) if matches!(error, PageError::SignIn | PageError::Expired) => {
            kept::keep(app, visit, whole, typed).await
        }
        _ => None,
    };
    match (error, kept) {
        (PageError::SignIn, Some(kept)) => to_sign_in(&kept),
        (PageError::SignIn, None) if get => to_sign_in(whole),
        (PageError::SignIn, None) => Redirect::to("/sign-in").into_response(),
        (_, kept) => {
            if let Some(kept) = kept {
                page = page.link("See what you typed and send it again", kept);
            }
            page.respond(&app.shell(visit))
        }
    }
}

/// The answer to a program, which is told how to do better.
fn for_program(error: &PageError, visit: &Visit, problem: Problem) -> Response {
    let (challenge, wait) = match error {
        PageError::SignIn if visit.borne => (Some("Bearer error=\"invalid_token\""), None),
        PageError::SignIn => (Some("Bearer"), None),
        PageError::TooMany { seconds } => (None, Some(*seconds)),
        _ => (None, None),
    };
    let problem = match challenge {
        Some(_) if visit.borne => problem
            .detail("This access token does not hold: it is wrong, has ended or was revoked."),
        Some(_) if tokens::accepts(visit.path()) => {
            problem.detail("Send an access token: Authorization: Bearer, and the token.")
        }
        _ => problem,
    };
    let mut response = problem.into_response();
    if let Some(challenge) = challenge {
        let value = HeaderValue::from_static(challenge);
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, value);
    }
    if let Some(seconds) = wait {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn to_sign_in(next: &str) -> Response {
    let query: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("next", next)
        .finish();
    Redirect::to(&format!("/sign-in?{query}")).into_response()
}

fn is_api(path: &str) -> bool {
    ["/api", "/ogc", "/open311", "/openreferral"]
        .iter()
        .any(|root| {
            path.strip_prefix(root)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
}

/// Whether a script asks: it can do nothing with a page, nor with being sent to one.
fn wants_data(headers: &HeaderMap) -> bool {
    let accepts = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accepts.is_some_and(|kinds| kinds.contains("json") && !kinds.contains("text/html"))
}

/// Whether this is a browser that opens a page, not a script or an image.
fn wants_page(request: &Request) -> bool {
    let accepts = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    request.method() == Method::GET && accepts.is_some_and(|kinds| kinds.contains("text/html"))
}

/// A path on this server, from an address that somebody sent: anything else leads to `/`.
#[must_use]
pub fn local_path(text: &str) -> &str {
    let local = text.starts_with('/')
        && !text.starts_with("//")
        && text.len() <= 2_000
        && !text
            .chars()
            .any(|letter| letter.is_control() || letter == '\\');
    if local { text } else { "/" }
}

/// The token's field is not for keeping.
pub(super) fn is_secret(field: &str) -> bool {
    field == csrf::FIELD
        || ["password", "code", "secret", "token"]
            .iter()
            .any(|word| field.contains(word))
}
