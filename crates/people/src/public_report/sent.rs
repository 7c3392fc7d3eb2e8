//! The confirmation: reference, what happens by when, the private link, more to add, and whom to turn to.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::{DateTime, Duration, Utc};
use commonweal_access::web::{Address, PageError, Path, Visit};
use commonweal_core::events::Actor;
use commonweal_core::{DbError, ReadTx, Tx, args, read, sql, write};
use commonweal_forms::answers::Answers;
use commonweal_forms::filling::embedded;
use commonweal_govuk::{Form, Language, Page, escape, page, text};
use commonweal_records::calendar::Calendar;
use commonweal_records::matters::{self, Matter, Report, ReportId};
use commonweal_records::party::{self, PartyMail};
use serde::Serialize;
use uuid::Uuid;

use super::guard;
use super::state::PublicReport;
use super::support::{self, Service};
use super::tell::{DONE, Done};
use super::words::{self, say};
use super::{MORE, REPORT};
use crate::reporting::Rules;
use crate::reporting::rules::Applies;
use crate::tracking;

page!(pub(super) SENT, "report/sent.html", "sent.html");

/// Hours for which the confirmation can be opened again: whoever comes to the device later sees nothing.
const OPEN_HOURS: i64 = 24;

/// The confirmation.
#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) heading: String,
    pub(super) reference: String,
    pub(super) urgent: Option<String>,
    pub(super) outside: Option<String>,
    pub(super) next: Vec<String>,
    pub(super) link: bool,
    pub(super) link_html: String,
    pub(super) mailed: Option<String>,
    pub(super) here: String,
    pub(super) services: Vec<Service>,
    pub(super) language: String,
}

/// A report that was sent, for whoever sent it.
struct Confirmed {
    language: String,
    record: Uuid,
    report: Report,
    matter: Matter,
    agency: String,
    due: Option<DateTime<Utc>>,
    outside: bool,
    whose: Option<String>,
    link_shown: bool,
}

async fn confirmed(
    state: &PublicReport,
    visit: &Visit,
    draft: Uuid,
) -> Result<Confirmed, PageError> {
    let (_, draft) = embedded::own(&state.people.forms, visit, REPORT, draft).await?;
    let record = draft.sent.ok_or(PageError::NotFound)?;
    let app = &state.people.app;
    let found = read!(&app.db, |tx| load(tx, record).await).await?;
    if found.report.received_at + Duration::hours(OPEN_HOURS) < app.clock.now() {
        return Err(PageError::NotFound);
    }
    Ok(Confirmed {
        language: draft.language,
        ..found
    })
}

async fn load(tx: &mut ReadTx, record: Uuid) -> Result<Confirmed, DbError> {
    let row = tx
        .one(
            sql!(
                "select report_outcomes.report, report_outcomes.outside, report_outcomes.whose,
                 report_outcomes.link_shown_at from report_outcomes
                 join reports on reports.id = report_outcomes.report where reports.record = $1"
            ),
            args![record],
        )
        .await?;
    let id = ReportId(row.get("report")?);
    let matter = matters::matter_of_report(tx, id).await?;
    let agency = tx
        .one(
            sql!("select name from agencies where id = $1"),
            args![matter.agency],
        )
        .await?;
    let due = tx
        .optional(
            sql!(
                "select due_at from matter_clocks where matter = $1 and kind = 'triage' and met_at is null
                 and ended_at is null order by due_at, id limit 1"
            ),
            args![matter.id],
        )
        .await?;
    Ok(Confirmed {
        language: String::new(),
        record,
        report: matters::report(tx, id).await?,
        matter,
        agency: agency.get("name")?,
        due: due.map(|row| row.get("due_at")).transpose()?,
        outside: row.get("outside")?,
        whose: row.get("whose")?,
        link_shown: row.get::<Option<DateTime<Utc>>>("link_shown_at")?.is_some(),
    })
}

/// Makes the private link, the first time of itself, later where it was asked for. None where it was shown
/// before.
async fn make_link(tx: &mut Tx, report: ReportId, asked: bool) -> Result<Option<String>, DbError> {
    let now = tx.now();
    let fresh = tx
        .run(
            sql!(
                "update report_outcomes set link_shown_at = $2 where report = $1 and (link_shown_at is null or $3)"
            ),
            args![report, now, asked],
        )
        .await?;
    if fresh == 0 {
        tx.record(commonweal_core::events::Event::new(
            matters::REPORT_SUBJECT,
            report.0,
            "report.confirmed_again",
            serde_json::json!({}),
        ));
        return Ok(None);
    }
    tracking::make_link(tx, report).await.map(Some)
}

/// Sends the link to whoever said that it is safe; says whether it is on its way.
async fn mail_link(
    tx: &mut Tx,
    report: &Report,
    language: Language,
    link: &str,
) -> Result<bool, DbError> {
    let Some(reporter) = report.reporter else {
        return Ok(false);
    };
    let mail = PartyMail {
        subject: text::t(language, "report.link_mail_subject").into_owned(),
        text: say(language, "report.link_mail", &[("link", link)]),
        kind: "report.link",
        discreet: true,
    };
    Ok(party::mail_to(tx, reporter, mail).await? == party::Sent::Queued)
}

/// `GET /report/sent/{draft}`.
pub(super) async fn page(
    State(state): State<PublicReport>,
    visit: Visit,
    Path(draft): Path<Uuid>,
) -> Result<Response, PageError> {
    show(&state, &visit, draft, false).await
}

/// `POST /report/sent/{draft}/link`: another link, where the first was lost.
pub(super) async fn link(
    State(state): State<PublicReport>,
    visit: Visit,
    address: Address,
    Path(draft): Path<Uuid>,
) -> Result<Response, PageError> {
    let asked = guard::count(
        &state,
        &visit,
        &address,
        Language::English,
        &mut Form::default(),
    )
    .await?;
    if asked.is_some() {
        // No question here: whoever has sent a report can come back a little later.
        return Err(PageError::TooMany { seconds: 600 });
    }
    show(&state, &visit, draft, true).await
}

async fn show(
    state: &PublicReport,
    visit: &Visit,
    draft: Uuid,
    asked: bool,
) -> Result<Response, PageError> {
    let found = confirmed(state, visit, draft).await?;
    let (people, app) = (&state.people, &state.people.app);
    let language = embedded::language_of(&people.forms, &found.language);
    let (mut link, mut mailed) = (None, false);
    if asked || !found.link_shown {
        let report = &found.report;
        let base = app.settings.address.trim_end_matches('/').to_owned();
        (link, mailed) = write!(&app.db, &app.clock, &Actor::system("public form"), |tx| {
            let Some(secret) = make_link(tx, report.id, asked).await? else {
                return Ok((None, false));
            };
            let link = format!("{base}/track/{secret}");
            let mailed = mail_link(tx, report, language, &link).await?;
            Ok::<_, DbError>((Some(link), mailed))
        })
        .await?;
    }
    let rules = people.rules().await?;
    let services = support::near(state, language, &found.report).await?;
    let t = |key: &str| text::t(language, key).into_owned();
    let context = Context {
        heading: t("report.sent_heading"),
        reference: found.report.reference.clone(),
        urgent: found.matter.urgent.then(|| t("report.urgent")),
        outside: found.outside.then(|| match &found.whose {
            Some(whose) => say(language, "report.outside_whose", &[("whose", whose)]),
            None => t("report.outside"),
        }),
        next: next(&rules, language, &found, app.clock.now()),
        link_html: link
            .as_ref()
            .map(|link| {
                let link = escape(link);
                format!("<a class=\"govuk-link cw-secret\" href=\"{link}\">{link}</a>")
            })
            .unwrap_or_default(),
        link: link.is_some(),
        mailed: mailed.then(|| t("report.link_mailed")),
        here: format!("/report/sent/{draft}"),
        services,
        language: found.language.clone(),
    };
    let page = Page::new(&SENT, context.heading.clone()).language(language);
    app.page(visit, page, &context)
}

/// What happens by when, by the clocks that run.
fn next(rules: &Rules, language: Language, found: &Confirmed, now: DateTime<Utc>) -> Vec<String> {
    let england = Calendar::england();
    let agency = ("agency", found.agency.as_str());
    let mut lines = Vec::new();
    let from = match found.due {
        Some(due) => {
            let by = words::moment(language, due);
            lines.push(say(language, "report.next_triage", &[agency, ("by", &by)]));
            due
        }
        None => {
            lines.push(say(language, "report.next_joined", &[agency]));
            now
        }
    };
    if found.report.reporter.is_some() {
        if let Some(first) = rules
            .clocks
            .start(england, "first_response", Applies::Standard, from)
        {
            let by = words::moment(language, first.due_at);
            lines.push(say(language, "report.next_response", &[("by", &by)]));
        }
    } else {
        lines.push(text::t(language, "report.next_anonymous").into_owned());
    }
    lines.push(text::t(language, "report.next_follow").into_owned());
    lines
}

/// `POST /report/sent/{draft}/more`: begins what adds to the report.
pub(super) async fn more(
    State(state): State<PublicReport>,
    visit: Visit,
    Path(draft): Path<Uuid>,
) -> Result<Response, PageError> {
    let found = confirmed(&state, &visit, draft).await?;
    let to = embedded::begin_with(
        &state.people.forms,
        &visit,
        MORE,
        &found.language,
        (Answers::default(), Some(found.record)),
    )
    .await?;
    Ok(Redirect::to(&to).into_response())
}

/// `GET /report/more/{draft}`: it was added.
pub(super) async fn added(
    State(state): State<PublicReport>,
    visit: Visit,
    Path(draft): Path<Uuid>,
) -> Result<Response, PageError> {
    let forms = &state.people.forms;
    let (_, draft) = embedded::own(forms, &visit, MORE, draft).await?;
    let (Some(_), Some(parent)) = (draft.sent, draft.parent) else {
        return Err(PageError::NotFound);
    };
    let app = &state.people.app;
    let found = read!(&app.db, |tx| load(tx, parent).await).await?;
    let language = embedded::language_of(forms, &draft.language);
    let t = |key: &str| text::t(language, key).into_owned();
    let reference = format!(
        "{}<br><strong>{}</strong>",
        escape(&t("forms.your_reference")),
        escape(&found.report.reference)
    );
    let context = Done {
        heading: t("report.added_heading"),
        panel_html: Some(reference),
        lines: vec![t("report.added_text")],
        href: Some("/go-to".to_owned()),
        link: t("report.go_to_link"),
    };
    let page = Page::new(&DONE, context.heading.clone()).language(language);
    app.page(&visit, page, &context)
}
