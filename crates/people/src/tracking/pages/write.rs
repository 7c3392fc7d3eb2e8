//! Writing to us, and the satisfaction questions.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::Duration;
use commonweal_access::session::Token;
use commonweal_access::web::{Address, PageError, Path, Sent, Visit};
use commonweal_core::{DbError, args, sql, write};
use commonweal_forms::filling::invitations::store::{self as invitations, NewInvitation};
use uuid::Uuid;

use super::home::{asked, inside};
use super::{actor, look_inside, message, room, say};
use crate::messages::{self, LONGEST, Sender};
use crate::reporting::People;
use crate::tracking::model::wave;

/// The form of the satisfaction questions, and for how many days it stays open.
const SURVEY: &str = "victim-satisfaction";
const OPEN_DAYS: i64 = 28;

/// `POST /track/{secret}/messages`.
pub(super) async fn send(
    State(people): State<People>,
    visit: Visit,
    address: Address,
    Path(secret): Path<String>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let found = match look_inside(&people, &visit, &address, &secret).await? {
        Ok(found) => found,
        Err(page) => return Ok(page),
    };
    let app = &people.app;
    let language = app.settings.language;
    let words = form
        .required("words", &say(language, "enter_words"))
        .replace("\r\n", "\n");
    if words.chars().count() > LONGEST {
        form.errors.add("words", say(language, "long_words"));
    }
    if !form.is_valid() {
        return inside(&people, &visit, &found, &form, None).await;
    }
    let once = form
        .value("once")
        .parse::<Uuid>()
        .ok()
        .map(|once| format!("in {} {once}", found.report.id.0));
    let rules = people.rules().await?;
    let (report, sender) = (&found.report, Sender::of(app));
    let sent = write!(&app.db, &app.clock, &actor(), |tx| {
        if !room(tx, report).await? {
            return Err(DbError::Refused("too many".to_owned()));
        }
        messages::receive(tx, &sender, &rules, report, &words, once.as_deref()).await
    })
    .await;
    match sent {
        Ok(()) => Ok(Redirect::to(&found.href("?done=message")).into_response()),
        Err(DbError::Refused(_)) => Err(PageError::TooMany { seconds: 3_600 }),
        Err(error) => Err(error.into()),
    }
}

/// `POST /track/{secret}/how-did-we-do`: opens the questions of the moment, once each.
pub(super) async fn survey(
    State(people): State<People>,
    visit: Visit,
    address: Address,
    Path(secret): Path<String>,
) -> Result<Response, PageError> {
    let found = match look_inside(&people, &visit, &address, &secret).await? {
        Ok(found) => found,
        Err(page) => return Ok(page),
    };
    let app = &people.app;
    let gone = || {
        message(
            &people,
            &visit,
            "no_survey",
            &found.href(""),
            "ended_action",
            http::StatusCode::OK,
        )
    };
    let (Some(wave), Some(definition)) = (
        wave(&found.matter, app.clock.now()),
        people.forms.catalogue.get(SURVEY),
    ) else {
        return gone();
    };
    if !definition.waves.iter().any(|known| known.key == wave) {
        return gone();
    }
    let secret = Token::short()?.secret().to_owned();
    let new = NewInvitation {
        definition: SURVEY.to_owned(),
        wave: Some(wave.to_owned()),
        party: found.report.reporter.map(|party| party.0),
        subject: Some(("matter", found.matter.id.0)).filter(|_| !definition.anonymous),
        agency: Some(found.matter.agency),
        due_on: app.clock.today() + Duration::days(OPEN_DAYS),
        email: None,
        letter: None,
    };
    let report = &found.report;
    let made = write!(&app.db, &app.clock, &actor(), |tx| {
        if asked(tx, report, wave).await? {
            return Err(DbError::Stale);
        }
        let now = tx.now();
        tx.run(
            sql!("insert into tracking_asked (report, wave, at) values ($1, $2, $3)"),
            args![report.id, wave, now],
        )
        .await?;
        invitations::add(tx, &new, &secret).await.map(drop)
    })
    .await;
    match made {
        Ok(()) => Ok(Redirect::to(&format!("/forms/invited/{secret}")).into_response()),
        Err(DbError::Stale) => gone(),
        Err(error) => Err(error.into()),
    }
}
