//! One's own account: sessions, password, authenticator app, recovery codes, passkeys.

mod codes;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::{DateTime, Utc};
use commonweal_core::events::Event;
use commonweal_core::{DbError, args, read, sql, write};
use commonweal_govuk::{Form, Page};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::policy::roles;
use crate::session;
use crate::sign_in::{check_new_password, lockout, passkey};
use crate::users::store;
use crate::web::{Address, App, PageError, Path, Routes, Rule, Sent, Viewer};

commonweal_govuk::page!(ACCOUNT, "access/account.html", "account.html");
commonweal_govuk::page!(PASSWORD, "access/password.html", "password.html");

/// The pages of one's own account.
#[must_use]
pub fn routes() -> Routes<App> {
    Routes::new()
        .get("/account", Rule::SignedIn, show)
        .post("/account/sessions/{id}/end", Rule::SignedIn, end_session)
        .post("/account/sessions/end-others", Rule::SignedIn, end_others)
        .get("/account/password", Rule::SignedIn, ask_password)
        .post("/account/password", Rule::SignedIn, change_password)
        .post(
            "/account/passkeys/{id}/remove",
            Rule::SignedIn,
            remove_passkey,
        )
        .merge(codes::routes())
}

/// A moment as people read it, in UK time: 3 June 2026, 14:05.
#[must_use]
pub fn moment(at: DateTime<Utc>) -> String {
    at.with_timezone(&chrono_tz::Europe::London)
        .format("%-d %B %Y, %H:%M")
        .to_string()
}

#[derive(Serialize)]
struct SessionRow {
    id: Uuid,
    browser: String,
    method: String,
    since: String,
    used: String,
    this: bool,
}

#[derive(Serialize)]
struct Context {
    name: String,
    email: String,
    agency: String,
    roles: Vec<String>,
    has_password: bool,
    second_factor: bool,
    codes_left: i64,
    passkeys_offered: bool,
    passkeys: Vec<passkey::Listed>,
    sessions: Vec<SessionRow>,
}

async fn show(State(app): State<App>, viewer: Viewer) -> Result<Response, PageError> {
    let (user, now) = (viewer.user(), app.clock.now());
    let looked: Result<_, DbError> = read!(&app.db, |tx| {
        let codes =
            sql!("select count(*) from recovery_codes where user_id = $1 and used_at is null");
        Ok((
            store::find(tx, user).await?,
            session::open(tx, user, now).await?,
            passkey::of_user(tx, user).await?,
            tx.count(codes, args![user]).await?,
            roles::all(tx).await?,
        ))
    })
    .await;
    let (account, sessions, passkeys, codes_left, all_roles) = looked?;
    let rows = sessions.into_iter().map(|listed| SessionRow {
        this: listed.id == viewer.session,
        id: listed.id,
        browser: listed.browser,
        method: listed.method,
        since: moment(listed.created_at),
        used: moment(listed.used_at),
    });
    let context = Context {
        roles: all_roles
            .into_iter()
            .filter(|role| account.roles.contains(&role.key))
            .map(|role| role.name)
            .collect(),
        name: account.name,
        email: account.email,
        agency: account.agency_name,
        has_password: account.has_password,
        second_factor: account.second_factor,
        codes_left,
        passkeys_offered: app.passkeys().is_some(),
        passkeys,
        sessions: rows.collect(),
    };
    let mut page = Page::new(&ACCOUNT, "Your account");
    if context.passkeys_offered && commonweal_govuk::assets::address("passkey.js").is_some() {
        page = page.script("passkey.js");
    }
    app.page(&viewer, page, &context)
}

fn home() -> Response {
    Redirect::to("/account").into_response()
}

async fn end_session(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    write!(&app.db, &app.clock, &viewer.actor(), |tx| session::end(
        tx,
        viewer.user(),
        id
    )
    .await)
    .await?;
    app.flash(&viewer, "The session has ended").await?;
    Ok(home())
}

async fn end_others(State(app): State<App>, viewer: Viewer) -> Result<Response, PageError> {
    write!(&app.db, &app.clock, &viewer.actor(), |tx| session::end_all(
        tx,
        viewer.user(),
        Some(viewer.session)
    )
    .await)
    .await?;
    app.flash(&viewer, "All your other sessions have ended")
        .await?;
    Ok(home())
}

async fn remove_passkey(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    let user = viewer.user();
    write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        if tx
            .run(
                sql!("delete from passkeys where id = $1 and user_id = $2"),
                args![id, user],
            )
            .await?
            == 0
        {
            return Err(DbError::NotFound);
        }
        tx.record(Event::new(
            "user",
            user,
            "user.passkey_removed",
            json!({ "passkey": id }),
        ));
        Ok(())
    })
    .await?;
    app.flash(&viewer, "The passkey was removed").await?;
    Ok(home())
}

fn password_page(
    app: &App,
    viewer: &Viewer,
    has_password: bool,
    form: &Form,
) -> Result<Response, PageError> {
    let page = Page::new(&PASSWORD, "Change your password")
        .back("/account")
        .form(form);
    app.page(viewer, page, &json!({ "has_password": has_password }))
}

async fn ask_password(State(app): State<App>, viewer: Viewer) -> Result<Response, PageError> {
    let account = read!(&app.db, |tx| store::find(tx, viewer.user()).await).await?;
    password_page(&app, &viewer, account.has_password, &Form::default())
}

async fn change_password(
    State(app): State<App>,
    viewer: Viewer,
    address: Address,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let user = viewer.user();
    let account = read!(&app.db, |tx| store::find(tx, user).await).await?;
    confirm(&app, &viewer, &address, &mut form).await?;
    let chosen = check_new_password(&app, &mut form, &[&account.name, &account.email]);
    if !form.is_valid() {
        return password_page(&app, &viewer, account.has_password, &form);
    }
    let hash = app.sign_in.hash_password(&chosen).await?;
    write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        store::set_password(tx, user, &hash, Some(viewer.session)).await
    })
    .await?;
    app.flash(
        &viewer,
        "Your password was changed, and your other sessions have ended",
    )
    .await?;
    Ok(home())
}

/// Asks for the password again before something that would let a stranger at an open screen take
/// the account over. Whoever has no password has proven themselves by passkey or organisation.
pub(crate) async fn confirm(
    app: &App,
    viewer: &Viewer,
    address: &Address,
    form: &mut Form,
) -> Result<(), PageError> {
    let user = viewer.user();
    let row = read!(&app.db, |tx| tx
        .one(
            sql!("select password from users where id = $1"),
            args![user]
        )
        .await)
    .await?;
    let Some(hash) = row.get::<Option<String>>("password")? else {
        return Ok(());
    };
    let typed = form.raw("current").to_owned();
    form.forget("current");
    if typed.is_empty() {
        form.errors
            .add("current", "Enter the password that you have now");
        return Ok(());
    }
    let target = lockout::Target::code(user, address);
    if let lockout::Gate::Shut { seconds } = lockout::attempt(&app.db, &app.clock, &target).await? {
        return Err(PageError::TooMany {
            seconds: u32::try_from(seconds).unwrap_or(60),
        });
    }
    if app.sign_in.verify_password(&typed, Some(hash)).await? {
        commonweal_core::upkeep!(&app.db, &app.clock, |tx| lockout::succeeded(tx, &target)
            .await)
        .await?;
    } else {
        form.errors.add("current", "This is not your password");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_keep_the_rules() {
        let text = || "Text".to_owned();
        let passkey = passkey::Listed {
            id: Uuid::nil(),
            name: text(),
            created: text(),
        };
        let row = |this| SessionRow {
            id: Uuid::nil(),
            browser: text(),
            method: text(),
            since: text(),
            used: text(),
            this,
        };
        for on in [true, false] {
            let sample = Context {
                name: text(),
                email: text(),
                agency: text(),
                roles: vec![text()],
                has_password: on,
                second_factor: on,
                codes_left: 3,
                passkeys_offered: on,
                passkeys: vec![passkey.clone()],
                sessions: vec![row(true), row(false)],
            };
            commonweal_govuk::check_page(&ACCOUNT, &sample).unwrap();
            commonweal_govuk::check_page(&PASSWORD, &json!({ "has_password": on })).unwrap();
        }
    }
}
