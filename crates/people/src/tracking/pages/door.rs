//! Codes: asking for one, keeping one, entering one; and leaving.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::web::{Address, PageError, Path, Sent, Visit};
use commonweal_core::{DbError, write};
use commonweal_govuk::Form;
use http::StatusCode;

use super::home::{Told, outside};
use super::{CODES, actor, count, look, message, say};
use crate::reporting::People;
use crate::tracking::codes::{self, Entered, Way};

/// Counts codes asked for and entered from one network address.
async fn slow_down(people: &People, address: &Address) -> Result<(), PageError> {
    if count(people, address, "tracking codes", CODES, "tracking.code").await? {
        Ok(())
    } else {
        Err(PageError::TooMany { seconds: 3_600 })
    }
}

/// `POST /track/{secret}/code`: the same answer whether one was sent or not.
pub(super) async fn send_code(
    State(people): State<People>,
    visit: Visit,
    address: Address,
    Path(secret): Path<String>,
) -> Result<Response, PageError> {
    let found = match look(&people, &visit, &address, &secret).await? {
        Ok(found) => found,
        Err(page) => return Ok(page),
    };
    slow_down(&people, &address).await?;
    let app = &people.app;
    let report = &found.report;
    let sent = write!(&app.db, &app.clock, &actor(), |tx| codes::send(tx, report)
        .await)
    .await;
    if !sent.map_err(|error: DbError| PageError::from(error))? {
        return Err(PageError::TooMany { seconds: 3_600 });
    }
    outside(&people, &visit, &found, &Form::default(), Told::Asked).await
}

/// `POST /track/{secret}/keep`: a code for somebody whom nobody can reach, once.
pub(super) async fn keep_code(
    State(people): State<People>,
    visit: Visit,
    address: Address,
    Path(secret): Path<String>,
) -> Result<Response, PageError> {
    let found = match look(&people, &visit, &address, &secret).await? {
        Ok(found) => found,
        Err(page) => return Ok(page),
    };
    slow_down(&people, &address).await?;
    let app = &people.app;
    let report = &found.report;
    let code = write!(&app.db, &app.clock, &actor(), |tx| {
        if codes::way(tx, report).await? != Way::Kept {
            return Err(DbError::Stale);
        }
        codes::give(tx, report.id).await
    })
    .await;
    match code {
        Ok(code) => outside(&people, &visit, &found, &Form::default(), Told::Code(code)).await,
        Err(DbError::Stale) => {
            outside(&people, &visit, &found, &Form::default(), Told::Nothing).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /track/{secret}/enter`.
pub(super) async fn enter(
    State(people): State<People>,
    visit: Visit,
    address: Address,
    Path(secret): Path<String>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let found = match look(&people, &visit, &address, &secret).await? {
        Ok(found) => found,
        Err(page) => return Ok(page),
    };
    slow_down(&people, &address).await?;
    let app = &people.app;
    let language = app.settings.language;
    let owner = visit.owner();
    if owner.is_empty() {
        return Err(PageError::Expired);
    }
    let typed = form.required("code", &say(language, "enter_code"));
    form.forget("code");
    if form.is_valid() {
        let report = found.report.id;
        let entered = write!(&app.db, &app.clock, &actor(), |tx| codes::enter(
            tx, report, &typed, &owner
        )
        .await)
        .await;
        match entered.map_err(|error: DbError| PageError::from(error))? {
            Entered::Right => return Ok(Redirect::to(&found.href("")).into_response()),
            Entered::Wrong => form.errors.add("code", say(language, "wrong_code")),
            Entered::TooMany => form.errors.add("code", say(language, "too_many_codes")),
        }
    }
    outside(&people, &visit, &found, &form, Told::Asked).await
}

/// `POST /track/{secret}/leave`.
pub(super) async fn leave(
    State(people): State<People>,
    visit: Visit,
    address: Address,
    Path(secret): Path<String>,
) -> Result<Response, PageError> {
    let found = match look(&people, &visit, &address, &secret).await? {
        Ok(found) => found,
        Err(page) => return Ok(page),
    };
    let app = &people.app;
    let (report, owner) = (found.report.id, visit.owner());
    let left = write!(&app.db, &app.clock, &actor(), |tx| codes::leave(
        tx, report, &owner
    )
    .await)
    .await;
    left.map_err(|error: DbError| PageError::from(error))?;
    message(&people, &visit, "left", "/", "left_action", StatusCode::OK)
}
