//! 'It happened again': two taps. A diary entry that joins the same matter and counts as a further
//! report.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::{Days, NaiveDate};
use commonweal_access::web::{Address, PageError, Path, Sent, Visit};
use commonweal_core::ids::new_uuid;
use commonweal_core::{DbError, write};
use commonweal_govuk::{Form, Page, page};
use commonweal_records::matters::{Channel, Happening, Occurrence};
use serde::Serialize;
use uuid::Uuid;

use super::{Found, actor, look_inside, private, room, say};
use crate::reporting::{self, Incoming, People};

page!(pub(crate) AGAIN, "tracking/again.html", "again.html");

/// The longest description, in characters.
const LONGEST: usize = 5_000;
/// How many days back an entry may lie.
const BACK: u64 = 183;

#[derive(Debug, Serialize)]
pub(crate) struct Again {
    pub(crate) action: String,
    pub(crate) once: String,
    pub(crate) when: String,
    pub(crate) longest: usize,
    pub(crate) example: String,
}

fn show(people: &People, visit: &Visit, found: &Found, form: &Form) -> Result<Response, PageError> {
    let app = &people.app;
    let chosen = form.value("when");
    let context = Again {
        action: found.href("/again"),
        once: new_uuid(&app.clock).to_string(),
        when: if chosen.is_empty() { "today" } else { chosen }.to_owned(),
        longest: LONGEST,
        example: app.clock.today().format("%-d/%-m/%Y").to_string(),
    };
    let page = Page::new(&AGAIN, say(app.settings.language, "again_title"))
        .back(found.href(""))
        .form(form);
    Ok(private(app.page(visit, page, &context)?))
}

/// `GET /track/{secret}/again`.
pub(super) async fn ask(
    State(people): State<People>,
    visit: Visit,
    address: Address,
    Path(secret): Path<String>,
) -> Result<Response, PageError> {
    match look_inside(&people, &visit, &address, &secret).await? {
        Ok(found) => show(&people, &visit, &found, &Form::default()),
        Err(page) => Ok(page),
    }
}

/// The day that somebody typed, as day, month and year with anything between.
fn typed_day(text: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .collect();
    match parts.as_slice() {
        [day, month, year] => {
            NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
        }
        _ => None,
    }
}

/// `POST /track/{secret}/again`.
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
    let today = app.clock.today();
    let chosen = form.value("when").to_owned();
    let day = match chosen.as_str() {
        "now" | "today" => Some(today),
        "yesterday" => today.checked_sub_days(Days::new(1)),
        "other" => {
            let earliest = today.checked_sub_days(Days::new(BACK)).unwrap_or(today);
            let day = typed_day(form.value("day"));
            if day.is_none_or(|day| day > today || day < earliest) {
                form.errors.add("day", say(language, "wrong_day"));
            }
            day
        }
        _ => {
            form.errors.add("when", say(language, "enter_when"));
            None
        }
    };
    let words = form.value("words").replace("\r\n", "\n");
    if words.chars().count() > LONGEST {
        form.errors.add("words", say(language, "long_words"));
    }
    let (true, Some(day)) = (form.is_valid(), day) else {
        return show(&people, &visit, &found, &form);
    };
    let delivery = form
        .value("once")
        .parse::<Uuid>()
        .ok()
        .map(|once| format!("tracking {} {once}", found.report.id.0));
    let incoming = incoming(&found, &chosen, day, words, delivery, app.clock.now());
    let rules = people.rules().await?;
    let report = &found.report;
    let sent = write!(&app.db, &app.clock, &actor(), |tx| {
        if !room(tx, report).await? {
            return Err(DbError::Refused("too many".to_owned()));
        }
        reporting::receive(tx, &rules, incoming.clone())
            .await
            .map(drop)
    })
    .await;
    match sent {
        Ok(()) => Ok(Redirect::to(&found.href("?done=again")).into_response()),
        Err(DbError::Refused(_)) => Err(PageError::TooMany { seconds: 3_600 }),
        Err(error) => Err(error.into()),
    }
}

/// A further report, as the first one was but for when and what.
fn incoming(
    found: &Found,
    chosen: &str,
    on: NaiveDate,
    words: String,
    delivery: Option<String>,
    now: chrono::DateTime<chrono::Utc>,
) -> Incoming {
    let first = &found.report;
    Incoming {
        channel: Channel::Tracking,
        delivery,
        agency: first.agency,
        taken_by: None,
        their_reference: None,
        identity: first.identity,
        reporter: first.reporter,
        whom: first.whom,
        kind: first.kind.clone(),
        qualifier: first.qualifier,
        description: if words.is_empty() {
            "It happened again.".to_owned()
        } else {
            words
        },
        happening: if chosen == "now" {
            Happening::Now
        } else {
            Happening::Once
        },
        occurrences: vec![Occurrence {
            on,
            at: (chosen == "now").then_some(now),
        }],
        place: first.place.clone(),
        town: None,
        landlord: None,
        safe_now: None,
        hate: None,
        more_words: Vec::new(),
        language: first.language.clone(),
        record: None,
        further_to: Some(first.id),
    }
}
