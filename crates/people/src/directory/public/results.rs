//! The answers: to a kept question, to a need from the list, or everything.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use commonweal_access::web::{PageError, Path, Query, Visit};
use commonweal_core::{DbError, read};
use commonweal_govuk::text::t;
use commonweal_govuk::{Form, Language, Page};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::result::HitView;
use super::search::{NeedLink, need_links};
use super::view;
use crate::directory::GoTo;
use crate::directory::model::hours_words::say;
use crate::directory::model::search::{self, Question};
use crate::directory::store::{self, searches};

commonweal_govuk::page!(pub(super) RESULTS_PAGE, "directory/results.html", "results.html");
commonweal_govuk::page!(pub(super) GONE_PAGE, "directory/gone.html", "gone.html");

/// So many answers a page: small enough for a slow telephone.
const PAGE: usize = 15;

#[derive(Debug, Deserialize)]
pub(super) struct Turn {
    page: Option<usize>,
}

#[derive(Debug, Serialize)]
pub(super) struct Leaf {
    pub(super) href: String,
    pub(super) label: String,
}

#[derive(Debug, Serialize)]
pub(super) struct ResultsContext {
    pub(super) title: String,
    pub(super) count: String,
    pub(super) asked: Vec<String>,
    pub(super) understood: Vec<NeedLink>,
    pub(super) danger: bool,
    pub(super) hits: Vec<HitView>,
    pub(super) previous: Option<Leaf>,
    pub(super) next: Option<Leaf>,
    /// What one can come with, where nothing was found.
    pub(super) needs: Vec<NeedLink>,
}

pub(super) async fn all(
    State(state): State<GoTo>,
    visit: Visit,
    Query(turn): Query<Turn>,
) -> Result<Response, PageError> {
    let title = t(state.app.settings.language, "go_to.all_title").into_owned();
    show(
        &state,
        &visit,
        &title,
        "/go-to/all",
        &Question::default(),
        &turn,
    )
    .await
}

pub(super) async fn need(
    State(state): State<GoTo>,
    visit: Visit,
    Path(key): Path<String>,
    Query(turn): Query<Turn>,
) -> Result<Response, PageError> {
    let content = state.content().await?;
    let need = content.needs.need(&key).ok_or(PageError::NotFound)?;
    let question = Question {
        need: Some(key.clone()),
        ..Question::default()
    };
    show(
        &state,
        &visit,
        &need.name,
        &format!("/go-to/needs/{key}"),
        &question,
        &turn,
    )
    .await
}

pub(super) async fn kept(
    State(state): State<GoTo>,
    visit: Visit,
    Path(id): Path<Uuid>,
    Query(turn): Query<Turn>,
) -> Result<Response, PageError> {
    let language = state.app.settings.language;
    let found = read!(&state.app.db, |tx| searches::find(tx, &state.app.clock, id)
        .await)
    .await;
    let question = match found {
        Ok(question) => question,
        Err(DbError::NotFound) => {
            let page =
                Page::new(&GONE_PAGE, t(language, "go_to.gone")).status(StatusCode::NOT_FOUND);
            return state.app.page(&visit, page, &serde_json::json!({}));
        }
        Err(error) => return Err(error.into()),
    };
    let title = t(language, "go_to.results").into_owned();
    let mut response = show(
        &state,
        &visit,
        &title,
        &format!("/go-to/searches/{id}"),
        &question,
        &turn,
    )
    .await?
    .into_response();
    // What somebody looked for stays in no cache of a shared computer.
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-store"),
    );
    Ok(response)
}

/// What was asked, in words.
fn asked(language: Language, question: &Question) -> Vec<String> {
    let mut parts = Vec::new();
    if !question.words.is_empty() {
        parts.push(say(
            language,
            "go_to.for_words",
            &[("words", &question.words)],
        ));
    }
    if let Some(age) = question.age {
        parts.push(say(language, "go_to.for_age", &[("age", &age.to_string())]));
    }
    match (&question.near, question.within) {
        (Some(near), Some(miles)) => {
            parts.push(say(
                language,
                "go_to.near_within",
                &[("near", near), ("miles", &miles.to_string())],
            ));
        }
        (Some(near), None) => parts.push(say(language, "go_to.near", &[("near", near)])),
        (None, _) => {}
    }
    if question.open_now {
        parts.push(t(language, "go_to.open_only").into_owned());
    }
    parts
}

fn count(language: Language, hits: usize) -> String {
    match hits {
        0 => t(language, "go_to.found_none").into_owned(),
        1 => t(language, "go_to.found_one").into_owned(),
        many => {
            let many = commonweal_govuk::format::whole(i64::try_from(many).unwrap_or(i64::MAX));
            say(language, "go_to.found", &[("count", &many)])
        }
    }
}

async fn show(
    state: &GoTo,
    visit: &Visit,
    title: &str,
    path: &str,
    question: &Question,
    turn: &Turn,
) -> Result<Response, PageError> {
    let language = state.app.settings.language;
    let content = state.content().await?;
    let directory = read!(&state.app.db, |tx| store::published(tx).await).await?;
    let moment = view::here(&state.app.clock);
    let found = search::find(&directory, &content.needs, question, moment);
    let pages = found.hits.len().div_ceil(PAGE).max(1);
    let page = turn.page.unwrap_or(1);
    if page == 0 || page > pages {
        return Err(PageError::NotFound);
    }
    let leaf = |number: usize| Leaf {
        href: format!("{path}?page={number}"),
        label: say(
            language,
            "go_to.page",
            &[("page", &number.to_string()), ("pages", &pages.to_string())],
        ),
    };
    let shown = found.hits.iter().skip((page - 1) * PAGE).take(PAGE);
    let understood = found
        .understood
        .needs
        .iter()
        .filter(|_| question.need.is_none());
    let context = ResultsContext {
        title: title.to_owned(),
        count: count(language, found.hits.len()),
        asked: asked(language, question),
        understood: understood
            .map(|meant| NeedLink {
                href: format!("/go-to/needs/{}", meant.need.key),
                name: meant.need.name.clone(),
            })
            .collect(),
        danger: found.understood.danger,
        hits: shown
            .map(|hit| HitView::new(language, &directory, hit, moment))
            .collect(),
        previous: (page > 1).then(|| leaf(page - 1)),
        next: (page < pages).then(|| leaf(page + 1)),
        needs: if found.hits.is_empty() {
            need_links(&content.needs)
        } else {
            Vec::new()
        },
    };
    let page = Page::new(&RESULTS_PAGE, title)
        .breadcrumb(t(language, "go_to.title"), "/go-to")
        .form(&Form::default());
    state.app.page(visit, page, &context)
}
