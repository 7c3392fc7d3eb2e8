//! The page itself: with the link alone, and with a code.

use axum::extract::State;
use axum::response::Response;
use chrono::{Duration, SecondsFormat};
use commonweal_access::web::{Address, PageError, Path, Visit};
use commonweal_core::{DbError, ReadTx, args, read, sql, write};
use commonweal_govuk::{Form, Page, page};
use commonweal_records::matters::{Matter, Report};
use serde::Serialize;

use super::{Found, actor, is_open, look, private, say};
use crate::messages;
use crate::reporting::People;
use crate::tracking::codes::{self, Way};
use crate::tracking::lines::lines;
use crate::tracking::model::{REVIEW_DAYS, REVIEW_REPORTS, day, promise, state_key, wave};

page!(pub(crate) LOCKED, "tracking/locked.html", "locked.html");
page!(pub(crate) OPEN, "tracking/open.html", "open.html");

/// With the link alone.
#[derive(Debug, Serialize)]
pub(crate) struct Locked {
    pub(crate) reference: String,
    pub(crate) state: String,
    pub(crate) promise: String,
    pub(crate) action: String,
    /// `sent`, `kept`, `taken` or `asked`.
    pub(crate) way: &'static str,
    /// Whether a code was just asked for.
    pub(crate) asked: bool,
    /// A code to keep, shown once.
    pub(crate) code: Option<String>,
}

/// An entry of what happened.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    pub(crate) label: Label,
    pub(crate) text: String,
    pub(crate) datetime: Moment,
}

#[derive(Debug, Serialize)]
pub(crate) struct Label {
    pub(crate) text: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Moment {
    pub(crate) timestamp: String,
    pub(crate) text: String,
}

/// A message both ways.
#[derive(Debug, Serialize)]
pub(crate) struct Said {
    pub(crate) from_us: bool,
    pub(crate) when: String,
    pub(crate) lines: Vec<String>,
}

/// With a code.
#[derive(Debug, Serialize)]
pub(crate) struct Open {
    pub(crate) reference: String,
    pub(crate) state: String,
    pub(crate) since: String,
    pub(crate) promise: String,
    pub(crate) action: String,
    pub(crate) done: Option<String>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) messages: Vec<Said>,
    pub(crate) files: Vec<String>,
    pub(crate) survey: Option<String>,
    pub(crate) reports: usize,
    pub(crate) review: bool,
    pub(crate) review_at: usize,
    /// Names the form, so that the same sent twice is one message.
    pub(crate) once: String,
    pub(crate) longest: usize,
}

/// What just happened, as a word in the address: nothing personal.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    done: String,
}

/// `GET /track/{secret}`.
pub(super) async fn show(
    State(people): State<People>,
    visit: Visit,
    address: Address,
    Path(secret): Path<String>,
    commonweal_access::web::Query(done): commonweal_access::web::Query<Done>,
) -> Result<Response, PageError> {
    let found = match look(&people, &visit, &address, &secret).await? {
        Ok(found) => found,
        Err(page) => return Ok(page),
    };
    if is_open(&people, &visit, &found.report).await? {
        let done = ["message", "again", "evidence"]
            .contains(&done.done.as_str())
            .then(|| say(people.app.settings.language, &format!("done_{}", done.done)));
        inside(&people, &visit, &found, &Form::default(), done).await
    } else {
        outside(&people, &visit, &found, &Form::default(), Told::Nothing).await
    }
}

/// What the page with the link alone says besides.
pub(super) enum Told {
    /// Nothing.
    Nothing,
    /// A code was asked for.
    Asked,
    /// A code to keep.
    Code(String),
}

/// The page with the link alone.
pub(super) async fn outside(
    people: &People,
    visit: &Visit,
    found: &Found,
    form: &Form,
    told: Told,
) -> Result<Response, PageError> {
    let app = &people.app;
    let report = &found.report;
    let way = read!(&app.db, |tx| codes::way(tx, report).await).await;
    let way = way.map_err(|error: DbError| PageError::from(error))?;
    let context = Locked {
        reference: report.reference.clone(),
        state: say(app.settings.language, state_key(found.matter.state)),
        promise: promise(&found.matter, app.clock.now()),
        action: found.href(""),
        way: match way {
            Way::Sent => "sent",
            Way::Kept => "kept",
            Way::Taken => "taken",
            Way::Asked => "asked",
        },
        asked: matches!(told, Told::Asked) || !form.is_valid(),
        code: match told {
            Told::Code(code) => Some(code),
            _ => None,
        },
    };
    let page = Page::new(&LOCKED, say(app.settings.language, "title")).form(form);
    Ok(private(app.page(visit, page, &context)?))
}

/// The page with a code.
pub(super) async fn inside(
    people: &People,
    visit: &Visit,
    found: &Found,
    form: &Form,
    done: Option<String>,
) -> Result<Response, PageError> {
    let app = &people.app;
    let language = app.settings.language;
    let context = read!(&app.db, |tx| context(tx, people, found, done.clone()).await).await;
    let context = context.map_err(|error: DbError| PageError::from(error))?;
    let report = found.report.id;
    let noted = write!(&app.db, &app.clock, &actor(), |tx| messages::seen(
        tx, report
    )
    .await)
    .await;
    noted.map_err(|error: DbError| PageError::from(error))?;
    let page = Page::new(&OPEN, say(language, "title")).form(form);
    Ok(private(app.page(visit, page, &context)?))
}

async fn context(
    tx: &mut ReadTx,
    people: &People,
    found: &Found,
    done: Option<String>,
) -> Result<Open, DbError> {
    let app = &people.app;
    let (language, now) = (app.settings.language, app.clock.now());
    let (report, matter): (&Report, &Matter) = (&found.report, &found.matter);
    let mut entries: Vec<(chrono::DateTime<chrono::Utc>, String, String)> =
        lines(tx, matter.id, Some(report.id))
            .await?
            .into_iter()
            .map(|line| (line.at, say(language, "from_us"), line.words))
            .collect();
    entries.push((
        report.received_at,
        say(language, "you"),
        say(language, "told_us"),
    ));
    let further = further(tx, report).await?;
    for at in &further {
        entries.push((*at, say(language, "you"), say(language, "told_again")));
    }
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.0));
    let recent = now - Duration::days(REVIEW_DAYS);
    let reports = std::iter::once(&report.received_at)
        .chain(&further)
        .filter(|at| **at >= recent)
        .count();
    let this_page = say(language, "this_page");
    let messages = messages::of_report(tx, report.id).await?;
    let messages = messages
        .into_iter()
        .filter(|one| one.on_page && one.direction != "note" && one.state != "held")
        .map(|one| Said {
            from_us: one.direction == "out",
            when: day(one.at),
            lines: one
                .body
                .replace(messages::LINK, &this_page)
                .lines()
                .map(str::to_owned)
                .collect(),
        })
        .collect();
    let survey = match wave(matter, now) {
        Some(wave) if !asked(tx, report, wave).await? => Some(wave.to_owned()),
        _ => None,
    };
    Ok(Open {
        reference: report.reference.clone(),
        state: say(language, &format!("{}_long", state_key(matter.state))),
        since: day(matter.state_since),
        promise: promise(matter, now),
        action: found.href(""),
        done,
        entries: entries
            .into_iter()
            .map(|(at, label, text)| Entry {
                label: Label { text: label },
                text,
                datetime: Moment {
                    timestamp: at.to_rfc3339_opts(SecondsFormat::Secs, true),
                    text: day(at),
                },
            })
            .collect(),
        messages,
        files: files(tx, report).await?,
        survey,
        reports,
        review: reports >= REVIEW_REPORTS,
        review_at: REVIEW_REPORTS,
        once: commonweal_core::ids::new_uuid(&app.clock).to_string(),
        longest: messages::LONGEST,
    })
}

/// When somebody told that it happened again.
async fn further(
    tx: &mut ReadTx,
    report: &Report,
) -> Result<Vec<chrono::DateTime<chrono::Utc>>, DbError> {
    tx.all(
        sql!(
            "select received_at from reports where matter = $1 and further_to = $2 and channel = 'tracking' order by received_at"
        ),
        args![report.matter, report.id],
    )
    .await?
    .iter()
    .map(|row| row.get("received_at"))
    .collect()
}

/// The names of files that somebody added on the page.
async fn files(tx: &mut ReadTx, report: &Report) -> Result<Vec<String>, DbError> {
    tx.all(
        sql!(
            "select name from file_uses where subject = $1 and subject_kind = 'report' order by created_at, id"
        ),
        args![report.id],
    )
    .await?
    .iter()
    .map(|row| row.get("name"))
    .collect()
}

/// Whether the questions of a wave were opened before.
pub(super) async fn asked(tx: &mut ReadTx, report: &Report, wave: &str) -> Result<bool, DbError> {
    let asked = tx
        .count(
            sql!("select count(*) from tracking_asked where report = $1 and wave = $2"),
            args![report.id, wave],
        )
        .await?;
    Ok(asked > 0)
}
