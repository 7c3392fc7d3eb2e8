//! The pages of whoever reported: by the link, and, with a code, more.

mod again;
mod door;
mod evidence;
mod home;
mod lost;
#[cfg(test)]
mod tests;
mod write;

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use axum::response::Response;
use chrono::Duration;
use commonweal_access::web::{Address, PageError, Routes, Rule, Visit};
use commonweal_core::events::{Actor, Event};
use commonweal_core::{DbError, Tx, read, write};
use commonweal_govuk::text::t;
use commonweal_govuk::{Language, Page, page};
use commonweal_records::matters::{self, Matter, Report};
use commonweal_records::subscriptions::{Limit, within};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use super::{codes, is_off, links};
use crate::reporting::People;

page!(pub(super) MESSAGE, "tracking/message.html", "message.html");

/// Links that nobody has, opened from one network address.
const GUESSED: Limit = Limit {
    times: 20,
    within: Duration::hours(1),
};
/// Codes asked for and entered from one network address.
const CODES: Limit = Limit {
    times: 30,
    within: Duration::hours(1),
};
/// What somebody sends for one report in a day: messages, further incidents, uploads.
const SENT: Limit = Limit {
    times: 30,
    within: Duration::days(1),
};
/// The largest file, in megabytes, and how many come at once.
const MEGABYTES: u32 = 25;
const MOST_FILES: usize = 5;

/// The routes.
pub(super) fn routes() -> Routes<People> {
    let anybody = Rule::Public;
    let limit = (MEGABYTES as usize * MOST_FILES + 1) * 1_000_000;
    Routes::new()
        .get("/track", anybody, lost::ask)
        .post("/track", anybody, lost::send)
        .get("/track/{secret}", anybody, home::show)
        .post("/track/{secret}/code", anybody, door::send_code)
        .post("/track/{secret}/keep", anybody, door::keep_code)
        .post("/track/{secret}/enter", anybody, door::enter)
        .post("/track/{secret}/leave", anybody, door::leave)
        .post("/track/{secret}/messages", anybody, write::send)
        .get("/track/{secret}/again", anybody, again::ask)
        .post("/track/{secret}/again", anybody, again::send)
        .post(
            "/track/{secret}/evidence",
            anybody,
            evidence::add.layer(DefaultBodyLimit::max(limit)),
        )
        .post("/track/{secret}/how-did-we-do", anybody, write::survey)
}

/// Who acts.
fn actor() -> Actor {
    Actor::system("tracking page")
}

/// What a link leads to.
struct Found {
    secret: String,
    report: Report,
    matter: Matter,
}

impl Found {
    /// Its address, with what follows.
    fn href(&self, rest: &str) -> String {
        format!("/track/{}{rest}", self.secret)
    }
}

/// What a secret leads to, or the page that says that it leads nowhere: the same for a link that
/// nobody has and for one that an officer switched off.
async fn look(
    people: &People,
    visit: &Visit,
    address: &Address,
    secret: &str,
) -> Result<Result<Found, Response>, PageError> {
    let app = &people.app;
    let well_made = secret.len() == 32 && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
    let found = read!(&app.db, |tx| {
        let report = if well_made {
            links::report_of(tx, secret).await?
        } else {
            None
        };
        let Some(report) = report else {
            return Ok(None);
        };
        let report = matters::report(tx, report).await?;
        let off = is_off(tx, &report).await?;
        let matter = matters::load(tx, report.matter).await?;
        Ok::<_, DbError>(Some((off, report, matter)))
    })
    .await?;
    match found {
        Some((false, report, matter)) => {
            return Ok(Ok(Found {
                secret: secret.to_owned(),
                report,
                matter,
            }));
        }
        Some((true, ..)) => {}
        None => {
            // Whoever guesses is slowed down and seen; a good link is never held up.
            let open = count(
                people,
                address,
                "tracking guess",
                GUESSED,
                "tracking.unknown_link",
            );
            if !open.await? {
                tracing::warn!("many private links that nobody has were opened from one address");
                return Err(PageError::TooMany { seconds: 3_600 });
            }
        }
    }
    let page = message(
        people,
        visit,
        "gone",
        "/track",
        "gone_action",
        StatusCode::NOT_FOUND,
    );
    Ok(Err(page?))
}

/// Counts what comes from one network address; says whether it is within the limit.
async fn count(
    people: &People,
    address: &Address,
    what: &'static str,
    limit: Limit,
    event: &'static str,
) -> Result<bool, PageError> {
    let app = &people.app;
    let network = address.0.clone().unwrap_or_default();
    let open = write!(&app.db, &app.clock, &actor(), |tx| {
        tx.record(Event::new(
            "tracking",
            uuid::Uuid::nil(),
            event,
            serde_json::json!({}),
        ));
        within(tx, what, &network, limit).await
    })
    .await;
    open.map_err(|error: DbError| error.into())
}

/// The same for what is sent for one report.
async fn room(tx: &mut Tx, report: &Report) -> Result<bool, DbError> {
    within(tx, "tracking sent", &report.id.0.to_string(), SENT).await
}

/// As [`look`], for a browser that entered a code; others are led to the page with the link alone.
async fn look_inside(
    people: &People,
    visit: &Visit,
    address: &Address,
    secret: &str,
) -> Result<Result<Found, Response>, PageError> {
    let found = match look(people, visit, address, secret).await? {
        Ok(found) => found,
        Err(page) => return Ok(Err(page)),
    };
    if is_open(people, visit, &found.report).await? {
        Ok(Ok(found))
    } else {
        let page = message(
            people,
            visit,
            "ended",
            &found.href(""),
            "ended_action",
            StatusCode::FORBIDDEN,
        );
        Ok(Err(page?))
    }
}

async fn is_open(people: &People, visit: &Visit, report: &Report) -> Result<bool, PageError> {
    let app = &people.app;
    let (now, owner) = (app.clock.now(), visit.owner());
    let open = read!(&app.db, |tx| codes::is_open(tx, report.id, &owner, now)
        .await)
    .await;
    open.map_err(|error: DbError| error.into())
}

#[derive(Debug, Serialize)]
struct Said {
    heading: String,
    lines: Vec<String>,
    href: String,
    action: String,
}

/// A page that says something and leads on: catalogue keys `tracking.{key}_title`, `tracking.{key}`.
fn message(
    people: &People,
    visit: &Visit,
    key: &str,
    href: &str,
    action: &str,
    status: StatusCode,
) -> Result<Response, PageError> {
    let language = people.app.settings.language;
    let said = Said {
        heading: say(language, &format!("{key}_title")),
        lines: vec![say(language, key)],
        href: href.to_owned(),
        action: say(language, action),
    };
    let page = Page::new(&MESSAGE, said.heading.clone()).status(status);
    Ok(private(people.app.page(visit, page, &said)?))
}

fn say(language: Language, key: &str) -> String {
    t(language, &format!("tracking.{key}")).into_owned()
}

/// An answer that no cache keeps and no search engine takes up.
fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        "x-robots-tag",
        HeaderValue::from_static("noindex, nofollow"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}
