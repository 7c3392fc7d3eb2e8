//! The question: a form, sent by POST, so that words and postcode stand in no address.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::web::{PageError, Sent, Visit};
use commonweal_core::{DbError, read};
use commonweal_govuk::text::t;
use commonweal_govuk::{Form, Language, Page};
use commonweal_records::geography::postcode::Postcode;
use serde::Serialize;

use crate::directory::GoTo;
use crate::directory::model::hours_words::say;
use crate::directory::model::needs::Needs;
use crate::directory::model::rules::Rules;
use crate::directory::model::search::Question;
use crate::directory::store::{places, searches};

commonweal_govuk::page!(pub(super) SEARCH_PAGE, "directory/search.html", "search.html");

/// What people may type.
const LONGEST: usize = 200;

#[derive(Debug, Serialize)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) text: String,
    pub(super) selected: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct NeedLink {
    pub(super) href: String,
    pub(super) name: String,
}

#[derive(Debug, Serialize)]
pub(super) struct SearchContext {
    pub(super) needs: Vec<NeedLink>,
    pub(super) distances: Vec<Choice>,
    pub(super) example: &'static str,
}

/// Links to everything that one can come with, by name.
pub(super) fn need_links(needs: &Needs) -> Vec<NeedLink> {
    let link = |need: &crate::directory::model::needs::Need| NeedLink {
        href: format!("/go-to/needs/{}", need.key),
        name: need.name.clone(),
    };
    let mut links: Vec<NeedLink> = needs.needs.iter().map(link).collect();
    links.sort_by_key(|link| link.name.to_lowercase());
    links
}

pub(super) fn context(
    language: Language,
    needs: &Needs,
    rules: &Rules,
    form: &Form,
) -> SearchContext {
    let chosen = form.value("within");
    let any = Choice {
        value: String::new(),
        text: t(language, "go_to.any_distance").into_owned(),
        selected: chosen.is_empty(),
    };
    let distance = |miles: &u32| Choice {
        value: miles.to_string(),
        text: match miles {
            1 => t(language, "go_to.mile").into_owned(),
            miles => say(language, "go_to.miles", &[("miles", &miles.to_string())]),
        },
        selected: chosen == miles.to_string(),
    };
    SearchContext {
        needs: need_links(needs),
        distances: std::iter::once(any)
            .chain(rules.distances.iter().map(distance))
            .collect(),
        example: "DH1 5UL",
    }
}

async fn page(state: &GoTo, visit: &Visit, form: &Form) -> Result<Response, PageError> {
    let language = state.app.settings.language;
    let content = state.content().await?;
    let context = context(language, &content.needs, &content.rules, form);
    let page = Page::new(&SEARCH_PAGE, t(language, "go_to.title")).form(form);
    state.app.page(visit, page, &context)
}

pub(super) async fn ask(State(state): State<GoTo>, visit: Visit) -> Result<Response, PageError> {
    page(&state, &visit, &Form::default()).await
}

pub(super) async fn answer(
    State(state): State<GoTo>,
    visit: Visit,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let language = state.app.settings.language;
    let content = state.content().await?;
    let mut question = read_form(language, &content.rules, &mut form);
    if let Some(postcode) = postcode(language, &mut form) {
        let kinds = content.rules.area_kinds.clone();
        let found = read!(&state.app.db, |tx| {
            let Some(point) = places::postcode(tx, &postcode).await? else {
                return Ok(None);
            };
            Ok::<_, DbError>(Some((point, places::around(tx, &kinds, point).await?)))
        })
        .await?;
        match found {
            Some((point, areas)) => {
                question.point = Some(point);
                question.areas = areas;
                question.near = Some(postcode.district().to_owned());
            }
            None => form
                .errors
                .add("postcode", t(language, "go_to.unknown_postcode")),
        }
    }
    if !form.is_valid() {
        return page(&state, &visit, &form).await;
    }
    let id = searches::keep(&state.app.db, &state.app.clock, &question).await?;
    Ok(Redirect::to(&format!("/go-to/searches/{id}")).into_response())
}

fn read_form(language: Language, rules: &Rules, form: &mut Form) -> Question {
    let words = form.value("words").to_owned();
    if words.chars().count() > LONGEST {
        form.errors.add("words", t(language, "go_to.too_long"));
    }
    let age = match form.value("age") {
        "" => None,
        text => {
            let age = text.parse::<u32>().ok().filter(|age| *age <= 120);
            if age.is_none() {
                form.errors.add("age", t(language, "go_to.enter_age"));
            }
            age
        }
    };
    let within = form
        .value("within")
        .parse()
        .ok()
        .filter(|miles| rules.distances.contains(miles));
    Question {
        words,
        age,
        within,
        open_now: form.value("open") == "yes",
        ..Question::default()
    }
}

fn postcode(language: Language, form: &mut Form) -> Option<Postcode> {
    let text = form.value("postcode").to_owned();
    if text.is_empty() {
        return None;
    }
    let postcode = text.parse().ok();
    if postcode.is_none() {
        form.errors
            .add("postcode", t(language, "go_to.enter_postcode"));
    }
    postcode
}
