//! The pages of subscribers: confirming and ending.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use commonweal_access::web::{App, PageError, Path, Routes, Rule, Visit};
use commonweal_core::events::Actor;
use commonweal_core::{DbError, read, write};
use commonweal_govuk::{Page, text};
use http::StatusCode;
use serde::Serialize;

use super::store;

commonweal_govuk::page!(pub(super) PAGE, "records/subscription.html", "page.html");

/// The pages of confirming and ending a subscription.
#[must_use]
pub fn routes() -> Routes<App> {
    Routes::new()
        .get("/subscriptions/{secret}", Rule::Public, ask_confirm)
        .post("/subscriptions/{secret}", Rule::Public, confirm)
        .get("/unsubscribe/{secret}", Rule::Public, ask_end)
        .post("/unsubscribe/{secret}", Rule::Public, end)
        .get("/unsubscribe/{secret}/now", Rule::Public, ask_end)
}

/// What a mail program sends at one click (RFC 8058): a POST without cookies, which no page of ours
/// made. Whoever has the secret may end the subscription and do nothing else. The program merges it
/// beside [`App::serve`], whose check against forged requests it could not pass.
pub fn one_click(app: &App) -> Router {
    Router::new()
        .route("/unsubscribe/{secret}/now", post(end_now))
        .with_state(app.clone())
}

#[derive(Serialize)]
pub(super) struct Context {
    /// `confirm`, `confirmed`, `end`, `ended` or `gone`.
    pub(super) step: &'static str,
    pub(super) title: Option<String>,
    pub(super) action: String,
}

fn page(
    app: &App,
    visit: &Visit,
    step: &'static str,
    title: Option<String>,
) -> Result<Response, PageError> {
    let action = visit.path().trim_end_matches("/now").to_owned();
    let heading = text::t(
        app.settings.language,
        match step {
            "confirm" => "subscription.confirm",
            "confirmed" => "subscription.confirmed",
            "end" => "subscription.end",
            "ended" => "subscription.ended",
            _ => "subscription.gone",
        },
    );
    let mut page = Page::new(&PAGE, heading);
    if step == "gone" {
        page = page.status(StatusCode::GONE);
    }
    let context = Context {
        step,
        title,
        action,
    };
    app.page(visit, page, &context)
}

async fn look(app: &App, secret: &str) -> Result<Option<(String, bool)>, DbError> {
    read!(&app.db, |tx| store::find(tx, secret).await).await
}

async fn ask_confirm(
    State(app): State<App>,
    visit: Visit,
    Path(secret): Path<String>,
) -> Result<Response, PageError> {
    match look(&app, &secret).await? {
        Some((title, false)) => page(&app, &visit, "confirm", Some(title)),
        Some((title, true)) => page(&app, &visit, "confirmed", Some(title)),
        None => page(&app, &visit, "gone", None),
    }
}

async fn confirm(
    State(app): State<App>,
    visit: Visit,
    Path(secret): Path<String>,
) -> Result<Response, PageError> {
    let title = look(&app, &secret).await?.map(|(title, _)| title);
    let actor = Actor::system("subscription");
    let done = write!(&app.db, &app.clock, &actor, |tx| store::confirm(
        tx, &secret
    )
    .await)
    .await?;
    page(
        &app,
        &visit,
        if done { "confirmed" } else { "gone" },
        title.filter(|_| done),
    )
}

async fn ask_end(
    State(app): State<App>,
    visit: Visit,
    Path(secret): Path<String>,
) -> Result<Response, PageError> {
    match look(&app, &secret).await? {
        Some((title, _)) => page(&app, &visit, "end", Some(title)),
        // Ended already: that is what they wanted.
        None => page(&app, &visit, "ended", None),
    }
}

async fn end(
    State(app): State<App>,
    visit: Visit,
    Path(secret): Path<String>,
) -> Result<Response, PageError> {
    stop(&app, &secret).await?;
    page(&app, &visit, "ended", None)
}

async fn end_now(State(app): State<App>, Path(secret): Path<String>) -> Response {
    match stop(&app, &secret).await {
        Ok(()) => (
            StatusCode::OK,
            text::t(app.settings.language, "subscription.ended").into_owned(),
        )
            .into_response(),
        Err(error) => {
            tracing::warn!(%error, "a subscription could not be ended");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

async fn stop(app: &App, secret: &str) -> Result<(), DbError> {
    let actor = Actor::system("subscription");
    write!(&app.db, &app.clock, &actor, |tx| store::end(tx, secret)
        .await
        .map(drop))
    .await
}
