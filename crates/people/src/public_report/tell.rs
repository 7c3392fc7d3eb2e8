//! 'Tell us what you know': for whoever wants to pass something on and hear nothing back.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::web::{Address, PageError, Query, Sent, Visit};
use commonweal_forms::filling::embedded::{self, First};
use commonweal_govuk::{Form, Page, page, text};
use serde::Serialize;

use super::TELL;
use super::guard::{self, Challenge};
use super::start::Asked;
use super::state::PublicReport;

page!(pub(super) TELL_PAGE, "report/tell.html", "tell.html");
page!(pub(super) DONE, "report/told.html", "told.html");

/// The page on which it begins.
#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) first: First,
    pub(super) title: String,
    pub(super) about: String,
    pub(super) privacy: Option<String>,
    pub(super) challenge: Option<Challenge>,
}

/// A page that says that something arrived.
#[derive(Debug, Serialize)]
pub(super) struct Done {
    pub(super) heading: String,
    pub(super) panel_html: Option<String>,
    pub(super) lines: Vec<String>,
    pub(super) href: Option<String>,
    pub(super) link: String,
}

/// `GET /report/tell-us`.
pub(super) async fn page(
    State(state): State<PublicReport>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let language = embedded::language(&state.people.forms, TELL, asked.lang.as_deref())?;
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
    let definition = forms.catalogue.get(TELL).ok_or(PageError::NotFound)?;
    let privacy = definition.texts.privacy.as_ref();
    let context = Context {
        first: embedded::first(forms, visit, (TELL, "/report/tell-us"), language, form).await?,
        title: definition.title.get(language).to_owned(),
        about: definition.about.get(language).to_owned(),
        privacy: privacy.map(|words| words.get(language).to_owned()),
        challenge,
    };
    let page = Page::new(&TELL_PAGE, context.title.clone())
        .language(embedded::language_of(forms, language))
        .back("/report")
        .form(form);
    state.people.app.page(visit, page, &context)
}

/// `POST /report/tell-us`: begins.
pub(super) async fn begin(
    State(state): State<PublicReport>,
    visit: Visit,
    address: Address,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let forms = &state.people.forms;
    let asked = form.value("language").to_owned();
    let language = embedded::language(forms, TELL, Some(&asked))?;
    let engine = embedded::language_of(forms, &language);
    let challenge = guard::count(&state, &visit, &address, engine, &mut form).await?;
    match embedded::begin(forms, &visit, TELL, &language, &mut form).await? {
        Some(next) => Ok(Redirect::to(&next).into_response()),
        None => show(&state, &visit, &language, &form, challenge).await,
    }
}

/// `GET /report/told`: the same for everybody, so that it tells nobody that something was sent.
pub(super) async fn told(
    State(state): State<PublicReport>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let forms = &state.people.forms;
    let language = embedded::language(forms, TELL, asked.lang.as_deref())?;
    let engine = embedded::language_of(forms, &language);
    let t = |key: &str| text::t(engine, key).into_owned();
    let context = Done {
        heading: t("report.told_heading"),
        panel_html: None,
        lines: vec![t("report.told_text"), t("report.told_more")],
        href: Some("/report".to_owned()),
        link: t("report.told_report"),
    };
    let page = Page::new(&DONE, context.heading.clone()).language(engine);
    state.people.app.page(&visit, page, &context)
}
