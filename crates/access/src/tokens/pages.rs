//! The page of one's own tokens and subscriptions.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::{DateTime, Duration, Utc};
use commonweal_core::{DbError, read, write};
use commonweal_govuk::{Form, Page};
use http::{HeaderValue, header};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::store::Listed;
use super::{PREFIX, feeds, store};
use crate::account::{confirm, moment};
use crate::users;
use crate::web::{Address, App, PageError, Path, Routes, Rule, Sent, Viewer};

commonweal_govuk::page!(LIST, "access/tokens.html", "list.html");
commonweal_govuk::page!(NEW, "access/token-new.html", "new.html");
commonweal_govuk::page!(MADE, "access/token-made.html", "made.html");

/// How long a token may last: days and their words.
const TERMS: &[(&str, i64, &str)] = &[
    ("7", 7, "7 days"),
    ("30", 30, "30 days"),
    ("90", 90, "90 days"),
    ("365", 365, "1 year"),
];

/// The pages of one's own tokens and subscriptions.
#[must_use]
pub fn routes() -> Routes<App> {
    Routes::new()
        .get("/account/tokens", Rule::SignedIn, list)
        .get("/account/tokens/new", Rule::SignedIn, ask)
        .post("/account/tokens/new", Rule::SignedIn, make)
        .post("/account/tokens/{id}/revoke", Rule::SignedIn, revoke)
        .post(
            "/account/subscriptions/{id}/revoke",
            Rule::SignedIn,
            revoke_feed,
        )
}

#[derive(Serialize)]
struct RowShown {
    id: Uuid,
    name: String,
    made: String,
    ends: String,
    used: String,
}

impl From<Listed> for RowShown {
    fn from(listed: Listed) -> Self {
        let shown = |at: Option<DateTime<Utc>>, none: &str| at.map_or(none.to_owned(), moment);
        Self {
            id: listed.id,
            name: listed.name,
            made: moment(listed.created_at),
            ends: shown(listed.expires_at, ""),
            used: shown(listed.last_used_at, "Never"),
        }
    }
}

#[derive(Serialize)]
struct ListContext {
    tokens: Vec<RowShown>,
    subscriptions: Vec<RowShown>,
}

async fn list(State(app): State<App>, viewer: Viewer) -> Result<Response, PageError> {
    let (user, now) = (viewer.user(), app.clock.now());
    let looked: Result<_, DbError> = read!(&app.db, |tx| {
        Ok((
            store::of_user(tx, user, now).await?,
            feeds::of_user(tx, user).await?,
        ))
    })
    .await;
    let (tokens, subscriptions) = looked?;
    let context = ListContext {
        tokens: tokens.into_iter().map(RowShown::from).collect(),
        subscriptions: subscriptions.into_iter().map(RowShown::from).collect(),
    };
    let page = Page::new(&LIST, "Access for programs").back("/account");
    app.page(&viewer, page, &context)
}

#[derive(Serialize)]
struct Term {
    value: &'static str,
    text: &'static str,
    checked: bool,
}

#[derive(Serialize)]
struct NewContext {
    has_password: bool,
    terms: Vec<Term>,
}

fn new_context(has_password: bool, form: &Form) -> NewContext {
    let terms = TERMS.iter().map(|(value, _, text)| Term {
        value,
        text,
        checked: form.value("term") == *value,
    });
    NewContext {
        has_password,
        terms: terms.collect(),
    }
}

async fn new_page(app: &App, viewer: &Viewer, form: &Form) -> Result<Response, PageError> {
    let account = read!(&app.db, |tx| users::store::find(tx, viewer.user()).await).await?;
    let page = Page::new(&NEW, "Make an access token")
        .back("/account/tokens")
        .form(form);
    app.page(viewer, page, &new_context(account.has_password, form))
}

async fn ask(State(app): State<App>, viewer: Viewer) -> Result<Response, PageError> {
    let mut form = Form::default();
    form.set("term", "90");
    new_page(&app, &viewer, &form).await
}

async fn make(
    State(app): State<App>,
    viewer: Viewer,
    address: Address,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let name = form.required("name", "Enter a name, such as the program that will use it");
    if name.chars().count() > 60 {
        form.errors
            .add("name", "The name must be 60 characters or fewer");
    }
    let chosen = form.value("term").to_owned();
    let term = TERMS.iter().find(|(value, ..)| *value == chosen);
    if term.is_none() {
        form.errors.add("term", "Choose when the token ends");
    }
    confirm(&app, &viewer, &address, &mut form).await?;
    let Some((_, days, _)) = term.filter(|_| form.is_valid()) else {
        return new_page(&app, &viewer, &form).await;
    };
    let lasts = Duration::days(*days);
    let token = write!(&app.db, &app.clock, &viewer.actor(), |tx| store::add(
        tx,
        viewer.user(),
        &name,
        lasts
    )
    .await)
    .await?;
    let context = json!({
        "name": name,
        "secret": format!("{PREFIX}{}", token.secret()),
        "ends": moment(app.clock.now() + lasts),
    });
    let mut response = app.page(&viewer, Page::new(&MADE, "Your new access token"), &context)?;
    // Not even the browser keeps it.
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn back() -> Response {
    Redirect::to("/account/tokens").into_response()
}

async fn revoke(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    write!(&app.db, &app.clock, &viewer.actor(), |tx| store::revoke(
        tx,
        viewer.user(),
        id
    )
    .await)
    .await?;
    app.flash(&viewer, "The access token was revoked").await?;
    Ok(back())
}

async fn revoke_feed(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    write!(&app.db, &app.clock, &viewer.actor(), |tx| feeds::revoke(
        tx,
        viewer.user(),
        id
    )
    .await)
    .await?;
    app.flash(&viewer, "The subscription was revoked").await?;
    Ok(back())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_keep_the_rules() {
        let row = |number: u128| RowShown {
            id: Uuid::from_u128(number),
            name: "QGIS".to_owned(),
            made: "1 June 2026, 12:00".to_owned(),
            ends: "1 June 2027, 12:00".to_owned(),
            used: "Never".to_owned(),
        };
        for (tokens, subscriptions) in [(vec![], vec![]), (vec![row(1)], vec![row(2)])] {
            let sample = ListContext {
                tokens,
                subscriptions,
            };
            commonweal_govuk::check_page(&LIST, &sample).unwrap();
        }
        for on in [true, false] {
            commonweal_govuk::check_page(&NEW, &new_context(on, &Form::default())).unwrap();
        }
        let made =
            json!({ "name": "QGIS", "secret": "commonweal_0", "ends": "1 June 2027, 12:00" });
        commonweal_govuk::check_page(&MADE, &made).unwrap();
    }
}
