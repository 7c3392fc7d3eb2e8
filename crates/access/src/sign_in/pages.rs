//! Signing in with a password and a code, and signing out.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_core::events::{Actor, Event};
use commonweal_core::{DbError, args, read, sql, write};
use commonweal_govuk::{Form, Page, text};
use http::request::Parts;
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::lockout::{self, Gate, Target};
use super::{codes, steps};
use crate::session::{self, Start, Token};
use crate::users::store;
use crate::web::{Address, App, PageError, Query, Routes, Rule, Sent, Viewer, Visit, local_path};

commonweal_govuk::page!(SIGN_IN, "access/sign-in.html", "sign-in.html");
commonweal_govuk::page!(CODE, "access/code.html", "code.html");
commonweal_govuk::page!(SIGNED_OUT, "access/signed-out.html", "signed-out.html");

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .get("/sign-in", Rule::Public, show)
        .post("/sign-in", Rule::Public, with_password)
        .get("/sign-in/code", Rule::Public, show_code)
        .post("/sign-in/code", Rule::Public, with_code)
        .post("/sign-out", Rule::SignedIn, sign_out)
        .get("/signed-out", Rule::Public, signed_out)
}

/// The browser that arrives, in a few words.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) browser: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Arrival {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let agent = parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok());
        Ok(Self {
            browser: session::browser(agent.unwrap_or_default()),
        })
    }
}

/// Where somebody wanted to go.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    pub(super) next: String,
    /// A message by its key: `organisation`, `unknown`, `passkey`.
    #[serde(default)]
    pub(super) said: String,
}

#[derive(Serialize)]
struct Context {
    next: String,
    ended: bool,
    organisation: Option<String>,
    organisation_link: String,
    passkeys: bool,
    said: Option<String>,
}

fn sign_in_page(
    app: &App,
    visit: &Visit,
    wanted: &Wanted,
    form: &Form,
) -> Result<Response, PageError> {
    let say = |key: &str| text::t(app.settings.language, key).into_owned();
    let next = local_path(&wanted.next).to_owned();
    let query: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("next", &next)
        .finish();
    let passkeys = app.passkeys().is_some();
    let context = Context {
        organisation: app
            .sign_in
            .organisation
            .as_ref()
            .map(|known| known.name().to_owned()),
        organisation_link: format!("/sign-in/organisation?{query}"),
        ended: visit.has_ended(),
        passkeys,
        said: match wanted.said.as_str() {
            "organisation" => Some(say("organisation.failed")),
            "unknown" => Some(say("organisation.unknown")),
            "passkey" => Some(say("passkey.failed")),
            _ => None,
        },
        next,
    };
    let mut page = Page::new(&SIGN_IN, say("sign_in.title")).form(form);
    if passkeys && commonweal_govuk::assets::address("passkey.js").is_some() {
        page = page.script("passkey.js");
    }
    app.page(visit, page, &context)
}

async fn show(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    if visit.viewer.is_some() {
        return Ok(Redirect::to(local_path(&wanted.next)).into_response());
    }
    sign_in_page(&app, &visit, &wanted, &Form::default())
}

/// What waits while the code is asked for.
#[derive(Serialize, Deserialize)]
struct Waiting {
    next: String,
    email: String,
}

async fn with_password(
    State(app): State<App>,
    visit: Visit,
    address: Address,
    arrival: Arrival,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let say = |key: &str| text::t(app.settings.language, key).into_owned();
    let wanted = Wanted {
        next: form.value("next").to_owned(),
        said: String::new(),
    };
    let email = store::plain_email(&form.required("email", &say("sign_in.enter_email")));
    let password = form.raw("password").to_owned();
    form.forget("password");
    if password.is_empty() {
        form.errors.add("password", say("sign_in.enter_password"));
    }
    if !form.is_valid() {
        return sign_in_page(&app, &visit, &wanted, &form);
    }
    let target = Target::sign_in(&email, &address);
    if let Gate::Shut { seconds } = lockout::attempt(&app.db, &app.clock, &target).await? {
        return locked(
            &app,
            &visit,
            seconds,
            |form| sign_in_page(&app, &visit, &wanted, form),
            form,
        );
    }
    let asked = read!(&app.db, |tx| tx
        .optional(
            sql!("select users.id, users.password, users.active, agencies.active as agency_active, users.totp_secret is not null as second_factor from users join agencies on agencies.id = users.agency where users.email = $1"),
            args![&email],
        )
        .await)
    .await;
    let found = match asked? {
        Some(row) => Some((
            row.get::<Uuid>("id")?,
            row.get::<Option<String>>("password")?,
            row.get::<bool>("active")? && row.get::<bool>("agency_active")?,
            row.get::<bool>("second_factor")?,
        )),
        None => None,
    };
    let hash = found.as_ref().and_then(|found| found.1.clone());
    let fits = app.sign_in.verify_password(&password, hash).await?;
    let Some((user, _, _, second_factor)) = found.clone().filter(|found| fits && found.2) else {
        note_failure(&app, found.map(|found| found.0), "password").await?;
        form.errors.add("email", say("sign_in.wrong"));
        return sign_in_page(&app, &visit, &wanted, &form);
    };
    let next = local_path(&wanted.next).to_owned();
    if second_factor {
        let waiting = Waiting { next, email };
        let owner = visit.owner();
        if owner.is_empty() {
            return Err(PageError::Expired);
        }
        commonweal_core::upkeep!(&app.db, &app.clock, |tx| {
            lockout::succeeded(tx, &target).await?;
            steps::put(tx, &owner, steps::Kind::Code, Some(user), &waiting).await
        })
        .await?;
        return Ok(Redirect::to("/sign-in/code").into_response());
    }
    let token = write!(&app.db, &app.clock, &Actor::user(user, "sign-in"), |tx| {
        lockout::succeeded(tx, &target).await?;
        let start = Start {
            user,
            browser: &arrival.browser,
            method: "password",
            before: visit.session.as_ref(),
        };
        session::start(tx, &app.clock, app.settings.terms, &start).await
    })
    .await
    .map_err(|error: DbError| PageError::from(error))?;
    Ok(arrive(&app, &token, &next))
}

fn locked(
    app: &App,
    _: &Visit,
    seconds: i64,
    page: impl FnOnce(&Form) -> Result<Response, PageError>,
    mut form: Form,
) -> Result<Response, PageError> {
    let minutes = std::collections::HashMap::from([(
        "minutes".to_owned(),
        ((seconds + 59) / 60).to_string(),
    )]);
    let pattern = text::t(app.settings.language, "sign_in.wait");
    form.errors.add(
        "email",
        text::fill(&pattern, &minutes).unwrap_or_else(|_| pattern.into_owned()),
    );
    let mut response = page(&form)?;
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    if let Ok(value) = header::HeaderValue::from_str(&seconds.to_string()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    Ok(response)
}

/// Records a failed sign-in; of an unknown account too, so that both take as long.
async fn note_failure(app: &App, user: Option<Uuid>, method: &str) -> Result<(), PageError> {
    let actor = Actor {
        user,
        purpose: "sign-in".to_owned(),
    };
    write!(&app.db, &app.clock, &actor, |tx| {
        let subject = user.unwrap_or(Uuid::nil());
        tx.record(Event::new(
            "user",
            subject,
            "user.sign_in_failed",
            json!({ "method": method }),
        ));
        Ok::<_, DbError>(())
    })
    .await?;
    Ok(())
}

/// The answer that starts a session in the browser.
pub(super) fn arrive(app: &App, token: &Token, next: &str) -> Response {
    app.with_session(Redirect::to(local_path(next)).into_response(), token)
}

#[derive(Serialize)]
struct CodeContext {
    recovery: bool,
}

#[derive(Debug, Default, Deserialize)]
struct How {
    #[serde(default)]
    recovery: bool,
}

async fn waiting(app: &App, visit: &Visit) -> Result<Option<(Uuid, Waiting)>, PageError> {
    let (owner, now) = (visit.owner(), app.clock.now());
    let found: Result<Option<(Option<Uuid>, Waiting)>, DbError> = read!(&app.db, |tx| steps::find(
        tx,
        &owner,
        steps::Kind::Code,
        now
    )
    .await)
    .await;
    Ok(found?.and_then(|(user, waiting)| user.map(|user| (user, waiting))))
}

fn code_page(app: &App, visit: &Visit, recovery: bool, form: &Form) -> Result<Response, PageError> {
    let key = if recovery {
        "code.recovery_title"
    } else {
        "code.title"
    };
    let page = Page::new(&CODE, text::t(app.settings.language, key))
        .back("/sign-in")
        .form(form);
    app.page(visit, page, &CodeContext { recovery })
}

async fn show_code(
    State(app): State<App>,
    visit: Visit,
    Query(how): Query<How>,
) -> Result<Response, PageError> {
    if waiting(&app, &visit).await?.is_none() {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    code_page(&app, &visit, how.recovery, &Form::default())
}

async fn with_code(
    State(app): State<App>,
    visit: Visit,
    address: Address,
    arrival: Arrival,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let Some((user, waiting)) = waiting(&app, &visit).await? else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    let say = |key: &str| text::t(app.settings.language, key).into_owned();
    let recovery = form.value("recovery") == "true";
    let code = form.required("code", &say("code.enter"));
    form.forget("code");
    if !form.is_valid() {
        return code_page(&app, &visit, recovery, &form);
    }
    let target = Target::code(user, &address);
    if let Gate::Shut { seconds } = lockout::attempt(&app.db, &app.clock, &target).await? {
        return locked(
            &app,
            &visit,
            seconds,
            |form| {
                let mut shown = Form::default();
                shown
                    .errors
                    .add("code", form.errors.get("email").unwrap_or_default());
                code_page(&app, &visit, recovery, &shown)
            },
            form,
        );
    }
    let owner = visit.owner();
    let done = write!(&app.db, &app.clock, &Actor::user(user, "sign-in"), |tx| {
        let right = if recovery {
            codes::use_recovery_code(tx, user, &code).await?
        } else {
            codes::use_code(tx, user, &code).await?
        };
        let active = crate::policy::Principal::load(tx, user)
            .await?
            .is_some_and(|found| found.active);
        if !(right && active && steps::take(tx, &owner, steps::Kind::Code).await?) {
            tx.record(Event::new(
                "user",
                user,
                "user.sign_in_failed",
                json!({ "method": "code" }),
            ));
            return Ok(None);
        }
        lockout::succeeded(tx, &target).await?;
        let method = if recovery {
            "password and recovery code"
        } else {
            "password and code"
        };
        let start = Start {
            user,
            browser: &arrival.browser,
            method,
            before: visit.session.as_ref(),
        };
        session::start(tx, &app.clock, app.settings.terms, &start)
            .await
            .map(Some)
    })
    .await
    .map_err(|error: DbError| PageError::from(error))?;
    match done {
        Some(token) => Ok(arrive(&app, &token, &waiting.next)),
        None => {
            form.errors.add("code", say("code.wrong"));
            code_page(&app, &visit, recovery, &form)
        }
    }
}

async fn sign_out(State(app): State<App>, viewer: Viewer) -> Result<Response, PageError> {
    let ended = write!(&app.db, &app.clock, &viewer.actor(), |tx| session::end(
        tx,
        viewer.user(),
        viewer.session
    )
    .await)
    .await;
    match ended {
        Ok(()) | Err(DbError::NotFound) => {}
        Err(error) => return Err(error.into()),
    }
    let mut response = app.without_session(Redirect::to("/signed-out").into_response());
    // What this browser still holds of our pages goes with the session.
    response.headers_mut().insert(
        "clear-site-data",
        header::HeaderValue::from_static("\"cache\""),
    );
    Ok(response)
}

async fn signed_out(State(app): State<App>, visit: Visit) -> Result<Response, PageError> {
    let title = text::t(app.settings.language, "sign_in.signed_out");
    app.page(&visit, Page::new(&SIGNED_OUT, title), &json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_keep_the_rules() {
        let sample = Context {
            next: "/map".to_owned(),
            ended: true,
            organisation: Some("Council".to_owned()),
            organisation_link: "/sign-in/organisation".to_owned(),
            passkeys: true,
            said: Some("Something".to_owned()),
        };
        commonweal_govuk::check_page(&SIGN_IN, &sample).unwrap();
        for recovery in [true, false] {
            commonweal_govuk::check_page(&CODE, &CodeContext { recovery }).unwrap();
        }
        commonweal_govuk::check_page(&SIGNED_OUT, &json!({})).unwrap();
    }
}
