//! Setting up and turning off an authenticator app, and new recovery codes.

use axum::extract::State;
use axum::response::Response;
use commonweal_core::{DbError, read, write};
use commonweal_govuk::{Form, Page};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{confirm, home};
use crate::sign_in::{codes, passkey, steps};
use crate::users::store;
use crate::web::{Address, App, PageError, Routes, Rule, Sent, Viewer};

commonweal_govuk::page!(SET_UP, "access/code-set-up.html", "code-set-up.html");
commonweal_govuk::page!(CHANGE, "access/code-change.html", "code-change.html");
commonweal_govuk::page!(CODES, "access/recovery-codes.html", "recovery-codes.html");

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .get("/account/code", Rule::SignedIn, show)
        .post("/account/code", Rule::SignedIn, turn_on)
        .post("/account/code/change", Rule::SignedIn, change)
}

/// The secret of an app that is being set up, in hexadecimal.
#[derive(Serialize, Deserialize)]
struct Pending {
    secret: String,
}

async fn show(State(app): State<App>, viewer: Viewer) -> Result<Response, PageError> {
    let account = read!(&app.db, |tx| store::find(tx, viewer.user()).await).await?;
    if account.second_factor {
        return change_page(&app, &viewer, account.has_password, &Form::default());
    }
    let pending = Pending {
        secret: hex::encode(codes::new_secret()?),
    };
    let owner = passkey::owner_of(&viewer);
    commonweal_core::upkeep!(&app.db, &app.clock, |tx| {
        steps::put(
            tx,
            &owner,
            steps::Kind::NewApp,
            Some(viewer.user()),
            &pending,
        )
        .await
    })
    .await?;
    set_up_page(&app, &viewer, &account, &pending, &Form::default())
}

#[derive(Serialize)]
struct SetUpContext {
    app: codes::SetUp,
    has_password: bool,
}

fn set_up_page(
    app: &App,
    viewer: &Viewer,
    account: &store::User,
    pending: &Pending,
    form: &Form,
) -> Result<Response, PageError> {
    let secret = hex::decode(&pending.secret).unwrap_or_default();
    let context = SetUpContext {
        app: codes::set_up(&secret, &account.email, &app.settings.partnership_name)?,
        has_password: account.has_password,
    };
    let page = Page::new(&SET_UP, "Set up an authenticator app")
        .back("/account")
        .form(form);
    app.page(viewer, page, &context)
}

async fn turn_on(
    State(app): State<App>,
    viewer: Viewer,
    address: Address,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let (user, owner, now) = (viewer.user(), passkey::owner_of(&viewer), app.clock.now());
    let looked: Result<_, DbError> = read!(&app.db, |tx| {
        let pending: Option<(_, Pending)> =
            steps::find(tx, &owner, steps::Kind::NewApp, now).await?;
        Ok((store::find(tx, user).await?, pending))
    })
    .await;
    let (account, pending) = looked?;
    let Some((_, pending)) = pending.filter(|_| !account.second_factor) else {
        return Ok(home());
    };
    let secret = hex::decode(&pending.secret).unwrap_or_default();
    let code = form.required("code", "Enter the code from your app");
    form.forget("code");
    let step = codes::matching_step(&secret, &code, now)?;
    if step.is_none() {
        form.errors.add(
            "code",
            "The code is not right. Check that your phone's time is right, and try the next code",
        );
    }
    confirm(&app, &viewer, &address, &mut form).await?;
    let Some(step) = step.filter(|_| form.is_valid()) else {
        return set_up_page(&app, &viewer, &account, &pending, &form);
    };
    let made = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        if !steps::take(tx, &owner, steps::Kind::NewApp).await? {
            return Err(DbError::Stale);
        }
        codes::turn_on(tx, &app.clock, user, &secret, step).await
    })
    .await?;
    codes_page(&app, &viewer, &made)
}

fn codes_page(app: &App, viewer: &Viewer, made: &[String]) -> Result<Response, PageError> {
    let mut response = app.page(
        viewer,
        Page::new(&CODES, "Your recovery codes"),
        &json!({ "codes": made }),
    )?;
    let never = http::HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(http::header::CACHE_CONTROL, never);
    Ok(response)
}

fn change_page(
    app: &App,
    viewer: &Viewer,
    has_password: bool,
    form: &Form,
) -> Result<Response, PageError> {
    let page = Page::new(&CHANGE, "Authenticator app")
        .back("/account")
        .form(form);
    app.page(viewer, page, &json!({ "has_password": has_password }))
}

async fn change(
    State(app): State<App>,
    viewer: Viewer,
    address: Address,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let user = viewer.user();
    let account = read!(&app.db, |tx| store::find(tx, user).await).await?;
    if !account.second_factor {
        return Ok(home());
    }
    let wish = form.value("wish").to_owned();
    if !["off", "codes"].contains(&wish.as_str()) {
        form.errors.add("wish", "Select what you want to do");
    }
    confirm(&app, &viewer, &address, &mut form).await?;
    if !form.is_valid() {
        return change_page(&app, &viewer, account.has_password, &form);
    }
    let made = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        if wish == "off" {
            codes::turn_off(tx, user).await?;
            return Ok::<_, DbError>(None);
        }
        codes::new_recovery_codes(tx, &app.clock, user)
            .await
            .map(Some)
    })
    .await?;
    match made {
        Some(made) => codes_page(&app, &viewer, &made),
        None => {
            app.flash(&viewer, "The authenticator app is off").await?;
            Ok(home())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_keep_the_rules() {
        for has_password in [true, false] {
            let app = codes::set_up(&[7; 20], "sam@example.org", "Sample").unwrap();
            let html =
                commonweal_govuk::check_page(&SET_UP, &SetUpContext { app, has_password }).unwrap();
            assert!(html.contains("<svg") && html.contains("otpauth://totp/"));
            commonweal_govuk::check_page(&CHANGE, &json!({ "has_password": has_password }))
                .unwrap();
        }
        commonweal_govuk::check_page(&CODES, &json!({ "codes": ["abcde-fghjk"] })).unwrap();
    }
}
