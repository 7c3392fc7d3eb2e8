//! The page on which a report begins: danger first, then the first question.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::web::{Address, PageError, Query, Sent, Visit};
use commonweal_core::{DbError, read};
use commonweal_forms::filling::embedded::{self, First};
use commonweal_govuk::{Form, Language, Page, page, text};
use commonweal_records::calendar::Calendar;
use serde::{Deserialize, Serialize};

use super::guard::{self, Challenge};
use super::state::PublicReport;
use super::{REPORT, words, workflow};

page!(pub(super) START, "report/start.html", "start.html");
page!(pub(super) NUMBERS, "report/numbers.html", "numbers.html");

/// The page.
#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) first: First,
    pub(super) title: String,
    pub(super) about: String,
    pub(super) minutes: String,
    pub(super) reading: String,
    pub(super) privacy: Option<String>,
    pub(super) challenge: Option<Challenge>,
}

/// The language that the address asks for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    pub(super) lang: Option<String>,
}

/// When reports are read, in words.
///
/// # Errors
/// [`DbError`].
pub(super) async fn reading(state: &PublicReport, language: Language) -> Result<String, DbError> {
    let (rules, england) = (state.people.rules().await?, Calendar::england());
    let now = state.people.app.clock.now();
    if rules.clocks.open(england, now) {
        return Ok(text::t(language, "report.reading_now").into_owned());
    }
    let opens = words::moment(language, rules.clocks.opens(england, now));
    Ok(words::say(
        language,
        "report.reading_later",
        &[("opens", &opens)],
    ))
}

/// `GET /report`.
pub(super) async fn page(
    State(state): State<PublicReport>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let language = embedded::language(&state.people.forms, REPORT, asked.lang.as_deref())?;
    show(&state, &visit, &language, &Form::default(), None).await
}

async fn show(
    state: &PublicReport,
    visit: &Visit,
    language: &str,
    form: &Form,
    challenge: Option<Challenge>,
) -> Result<Response, PageError> {
    let forms = &state.people.forms;
    let definition = forms.catalogue.get(REPORT).ok_or(PageError::NotFound)?;
    let engine = embedded::language_of(forms, language);
    let minutes = definition.texts.minutes.unwrap_or(3).to_string();
    let context = Context {
        first: embedded::first(forms, visit, (REPORT, "/report"), language, form).await?,
        title: definition.title.get(language).to_owned(),
        about: definition.about.get(language).to_owned(),
        minutes: words::say(engine, "forms.minutes", &[("minutes", &minutes)]),
        reading: reading(state, engine).await?,
        privacy: definition
            .texts
            .privacy
            .as_ref()
            .map(|words| words.get(language).to_owned()),
        challenge,
    };
    let page = Page::new(&START, context.title.clone())
        .language(engine)
        .form(form);
    state.people.app.page(visit, page, &context)
}

/// `POST /report`: begins.
pub(super) async fn begin(
    State(state): State<PublicReport>,
    visit: Visit,
    address: Address,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let forms = &state.people.forms;
    let asked = form.value("language").to_owned();
    let language = embedded::language(forms, REPORT, Some(&asked))?;
    let engine = embedded::language_of(forms, &language);
    let challenge = guard::count(&state, &visit, &address, engine, &mut form).await?;
    if challenge.is_none() && form.value("whom") == "again" && !form.value("earlier").is_empty() {
        let typed = form.value("earlier").to_owned();
        let known = read!(&state.people.app.db, |tx| {
            Ok::<_, DbError>(workflow::find_earlier(tx, &typed).await?.is_some())
        })
        .await?;
        if !known {
            let message = text::t(engine, "report.earlier_unknown");
            form.errors.add("earlier", message.into_owned());
        }
    }
    match embedded::begin(forms, &visit, REPORT, &language, &mut form).await? {
        Some(next) => Ok(Redirect::to(&next).into_response()),
        None => show(&state, &visit, &language, &form, challenge).await,
    }
}
