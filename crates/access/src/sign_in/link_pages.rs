//! The pages of one-time links.

use axum::extract::State;
use axum::response::Response;
use commonweal_core::events::Actor;
use commonweal_core::ids::new_uuid;
use commonweal_core::{DbError, read, write};
use commonweal_govuk::{Form, Page, text};
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::link::{self, Link};
use super::pages::{Arrival, arrive};
use super::password;
use crate::agencies;
use crate::session::{self, Start, Token};
use crate::users::store::{self, Account};
use crate::web::{App, PageError, Path, Routes, Rule, Sent, Visit};

commonweal_govuk::page!(LINK, "access/link.html", "link.html");

pub(super) fn routes() -> Routes<App> {
    Routes::new().get("/link/{token}", Rule::Public, show).post(
        "/link/{token}",
        Rule::Public,
        use_it,
    )
}

#[derive(Serialize)]
struct Context {
    token: String,
    /// `first`, `reset` or `used`.
    kind: &'static str,
    email: Option<String>,
}

async fn look(app: &App, token: &Token) -> Result<(Option<Link>, Option<store::User>), PageError> {
    let now = app.clock.now();
    let found: Result<_, DbError> = read!(&app.db, |tx| {
        let link = link::find(tx, token, now).await?;
        let user = match link {
            Some(Link::Reset(user)) => Some(store::find(tx, user).await?),
            _ => None,
        };
        Ok((link, user))
    })
    .await;
    Ok(found?)
}

fn page(
    app: &App,
    visit: &Visit,
    token: &Token,
    link: Option<Link>,
    email: Option<String>,
    form: &Form,
) -> Result<Response, PageError> {
    let (kind, key) = match link {
        Some(Link::First) => ("first", "first_run.title"),
        Some(Link::Reset(_)) => ("reset", "new_password.title"),
        None => ("used", "first_run.used"),
    };
    let title = text::t(app.settings.language, key);
    let mut page = Page::new(&LINK, title).form(form);
    if link.is_none() {
        page = page.status(StatusCode::GONE);
    }
    app.page(
        visit,
        page,
        &Context {
            token: token.secret().to_owned(),
            kind,
            email,
        },
    )
}

async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let token = Token::sent(&token);
    let (link, user) = look(&app, &token).await?;
    let mut form = Form::default();
    if app.settings.partnership_name != super::super::web::Settings::default().partnership_name {
        form.set("partnership", &app.settings.partnership_name);
    }
    page(
        &app,
        &visit,
        &token,
        link,
        user.map(|user| user.email),
        &form,
    )
}

async fn use_it(
    State(app): State<App>,
    visit: Visit,
    arrival: Arrival,
    Path(token): Path<String>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let token = Token::sent(&token);
    let (link, user) = look(&app, &token).await?;
    let Some(link) = link else {
        return page(&app, &visit, &token, None, None, &form);
    };
    let say = |key: &str| text::t(app.settings.language, key).into_owned();
    let (name, email) = match &user {
        Some(user) => (user.name.clone(), user.email.clone()),
        None => {
            form.required("partnership", &say("first_run.enter_partnership"));
            let name = form.required("name", &say("first_run.enter_name"));
            let email = form.value("email").to_owned();
            if !store::is_email(&email) {
                form.errors.add("email", say("first_run.enter_email"));
            }
            (name, email)
        }
    };
    let chosen = check_new_password(&app, &mut form, &[&name, &email]);
    if !form.is_valid() {
        return page(
            &app,
            &visit,
            &token,
            Some(link),
            user.map(|user| user.email),
            &form,
        );
    }
    let hash = app.sign_in.hash_password(&chosen).await?;
    let id = user
        .as_ref()
        .map_or_else(|| new_uuid(&app.clock), |user| user.id);
    let done = write!(&app.db, &app.clock, &Actor::user(id, "own account"), |tx| {
        link::use_up(tx, &token).await?;
        if link == Link::First {
            first_administrator(tx, &app, id, &name, &email, form.value("partnership")).await?;
        }
        store::set_password(tx, id, &hash, None).await?;
        if user.as_ref().is_some_and(|user| user.second_factor) {
            // The link replaces the password only: the second factor is still asked for.
            return Ok(None);
        }
        let start = Start {
            user: id,
            browser: &arrival.browser,
            method: "link",
            before: visit.session.as_ref(),
        };
        session::start(tx, &app.clock, app.settings.terms, &start)
            .await
            .map(Some)
    })
    .await;
    match done {
        Ok(Some(session)) => Ok(arrive(&app, &session, "/")),
        Ok(None) => Ok(axum::response::IntoResponse::into_response(
            axum::response::Redirect::to("/sign-in"),
        )),
        Err(DbError::NotFound) => page(&app, &visit, &token, None, None, &form),
        Err(error) => Err(error.into()),
    }
}

async fn first_administrator(
    tx: &mut commonweal_core::Tx,
    app: &App,
    id: Uuid,
    name: &str,
    email: &str,
    partnership: &str,
) -> Result<(), DbError> {
    // Between looking and writing somebody may have been added from the command line.
    if tx
        .count(
            commonweal_core::sql!("select count(*) from users"),
            Vec::new(),
        )
        .await?
        > 0
    {
        return Err(DbError::NotFound);
    }
    let known = agencies::store::all(tx).await?;
    let agency = match known.iter().find(|agency| agency.name == partnership) {
        Some(agency) => agency.id,
        None => {
            let agency = new_uuid(&app.clock);
            agencies::store::add(tx, agency, partnership, "partnership").await?;
            agency
        }
    };
    let account = Account {
        name: name.to_owned(),
        email: email.to_owned(),
        agency,
        roles: vec!["administrator".to_owned()],
    };
    store::add(tx, id, &account).await
}

/// Reads `password` and `password_again`, says what is wrong with them, and forgets them.
pub(crate) fn check_new_password(app: &App, form: &mut Form, context: &[&str]) -> String {
    let chosen = form.raw("password").to_owned();
    let say = |key: &str| text::t(app.settings.language, key).into_owned();
    let mut words = context.to_vec();
    words.push(&app.settings.partnership_name);
    if chosen.is_empty() {
        form.errors.add("password", say("sign_in.enter_password"));
    } else if let Some(why) = password::weakness(&chosen, &words) {
        form.errors.add("password", why);
    } else if chosen != form.raw("password_again") {
        form.errors.add("password_again", say("first_run.differ"));
    }
    form.forget("password");
    form.forget("password_again");
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_keep_the_rules() {
        for kind in ["first", "reset", "used"] {
            let sample = Context {
                token: "00".to_owned(),
                kind,
                email: Some("sam@example.org".to_owned()),
            };
            commonweal_govuk::check_page(&LINK, &sample).unwrap();
        }
    }
}
