//! The page of a service: everything that somebody needs to go there.

use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use commonweal_access::web::{PageError, Path, Visit};
use commonweal_core::read;
use commonweal_govuk::text::t;
use commonweal_govuk::{Language, Page};
use serde::Serialize;

use super::view::{self, PhoneView, WebView};
use crate::directory::GoTo;
use crate::directory::model::hours_words::{self, say};
use crate::directory::model::rules::Rules;
use crate::directory::model::search::{self, Directory};
use crate::directory::model::{Entry, Route, Service, Status, hours};
use crate::directory::state::Content;
use crate::directory::store;

commonweal_govuk::page!(pub(super) SERVICE_PAGE, "directory/service.html", "service.html");

/// A place where it is.
#[derive(Debug, Serialize)]
pub(super) struct PlaceView {
    pub(super) name: String,
    pub(super) lines: Vec<String>,
    pub(super) description: Option<String>,
    pub(super) access: Vec<String>,
    pub(super) opening: Vec<String>,
}

/// A term as a link to what helps with the same.
#[derive(Debug, Serialize)]
pub(super) struct TermView {
    pub(super) name: String,
    pub(super) href: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct ServiceContext {
    pub(super) name: String,
    pub(super) organisation: Option<String>,
    pub(super) organisation_about: Vec<String>,
    pub(super) organisation_website: Option<WebView>,
    pub(super) description: Vec<String>,
    pub(super) alert: Option<String>,
    pub(super) closed: bool,
    pub(super) now: Option<String>,
    pub(super) phones: Vec<PhoneView>,
    pub(super) email: Option<String>,
    pub(super) website: Option<WebView>,
    pub(super) ages: String,
    pub(super) eligibility: Option<String>,
    pub(super) areas: Vec<String>,
    pub(super) terms: Vec<TermView>,
    pub(super) route: Option<String>,
    pub(super) how: Option<String>,
    pub(super) wait: Option<String>,
    pub(super) costs: Vec<String>,
    pub(super) languages: Vec<String>,
    pub(super) quality: Option<String>,
    pub(super) opening: Vec<String>,
    pub(super) places: Vec<PlaceView>,
    pub(super) checked: String,
    pub(super) stale: bool,
    pub(super) reference: String,
}

fn checked(
    language: Language,
    rules: &Rules,
    assured: Option<NaiveDate>,
    today: NaiveDate,
) -> String {
    match assured {
        None => t(language, "go_to.not_checked").into_owned(),
        Some(date) => {
            let shown = hours_words::date(language, date);
            if rules.is_stale(assured, today) {
                let days = rules.stale_after_days.to_string();
                say(language, "go_to.old", &[("date", &shown), ("days", &days)])
            } else {
                say(language, "go_to.checked", &[("date", &shown)])
            }
        }
    }
}

fn places(language: Language, directory: &Directory, service: &Service) -> Vec<PlaceView> {
    let view = |(schedules, location): (
        &[crate::directory::model::Schedule],
        &Entry<crate::directory::model::Location>,
    )| {
        let body = &location.body;
        PlaceView {
            name: crate::directory::model::Body::name(body).to_owned(),
            lines: body.addresses.first().map(view::lines).unwrap_or_default(),
            description: body.description.clone(),
            access: body.access().into_iter().map(str::to_owned).collect(),
            opening: view::opening(language, schedules),
        }
    };
    directory.places(service).map(view).collect()
}

impl ServiceContext {
    pub(super) fn new(
        language: Language,
        content: &Content,
        directory: &Directory,
        entry: &Entry<Service>,
        moment: chrono::NaiveDateTime,
    ) -> Self {
        let body = &entry.body;
        let organisation = directory.organisation(body).map(|entry| &entry.body);
        let closed = body.status != Status::Active;
        let text = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let term = |key: &String| {
            let term = content.needs.term(key)?;
            let need = content
                .needs
                .needs
                .iter()
                .find(|need| need.terms.first() == Some(key));
            Some(TermView {
                name: term.name.clone(),
                href: need.map(|need| format!("/go-to/needs/{}", need.key)),
            })
        };
        let route = body.referral.as_ref().map(|referral| match referral.route {
            Route::Either => "go_to.route_either",
            Route::Myself => "go_to.route_self",
            Route::Professional => "go_to.route_professional",
        });
        let said = hours_words::now(
            language,
            hours::at(&search::all_hours(body), moment),
            moment,
        );
        let (least, most) = (
            body.minimum_age.map(|age| age.0),
            body.maximum_age.map(|age| age.0),
        );
        Self {
            name: body.name.clone(),
            organisation: organisation.map(|organisation| organisation.name.clone()),
            organisation_about: view::paragraphs(
                organisation.map(|organisation| organisation.description.as_str()),
            ),
            organisation_website: view::web(
                organisation.and_then(|organisation| organisation.website.as_deref()),
            ),
            description: view::paragraphs(body.description.as_deref()),
            alert: text(&body.alert),
            closed,
            now: said.filter(|_| !closed),
            phones: view::phones(body),
            email: body
                .email
                .clone()
                .filter(|email| commonweal_core::mail::is_address(email)),
            website: view::web(body.url.as_deref()),
            ages: view::ages(language, "go_to.ages", least, most),
            eligibility: text(&body.eligibility_description),
            areas: body
                .service_areas
                .iter()
                .filter_map(|area| area.name.clone())
                .collect(),
            terms: body.terms.iter().filter_map(term).collect(),
            route: route.map(|key| t(language, key).into_owned()),
            how: body
                .referral
                .as_ref()
                .and_then(|referral| text(&referral.how)),
            wait: body
                .referral
                .as_ref()
                .and_then(|referral| text(&referral.wait)),
            costs: view::costs(language, body),
            languages: body
                .languages
                .iter()
                .filter_map(|language| language.name.clone())
                .collect(),
            quality: text(&body.accreditations),
            opening: view::opening(language, &body.schedules),
            places: places(language, directory, body),
            checked: checked(
                language,
                &content.rules,
                entry.head.assured_on,
                moment.date(),
            ),
            stale: content.rules.is_stale(entry.head.assured_on, moment.date()),
            reference: entry.head.reference.clone(),
        }
    }
}

pub(super) async fn show(
    State(state): State<GoTo>,
    visit: Visit,
    Path(reference): Path<String>,
) -> Result<Response, PageError> {
    let language = state.app.settings.language;
    // As people type it: any case, with or without hyphens.
    let reference: commonweal_core::ids::Reference =
        reference.parse().map_err(|_| PageError::NotFound)?;
    let content = state.content().await?;
    let directory = read!(&state.app.db, |tx| store::published(tx).await).await?;
    let entry = directory
        .service(reference.as_str())
        .ok_or(PageError::NotFound)?;
    let moment = view::here(&state.app.clock);
    let context = ServiceContext::new(language, &content, &directory, entry, moment);
    let page =
        Page::new(&SERVICE_PAGE, &context.name).breadcrumb(t(language, "go_to.title"), "/go-to");
    state.app.page(&visit, page, &context)
}
