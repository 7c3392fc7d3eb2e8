//! Finding people and organisations.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::policy::{Action, Kind};
use commonweal_access::web::{App, PageError, Query, Sent, Viewer};
use commonweal_core::{DbError, read};
use commonweal_govuk::{Form, Page, page};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::model::Brief;
use super::super::search::{self, Found, MOST};
use crate::searches;

page!(pub(super) SEARCH_PAGE, "records/people.html", "search.html");

/// The kind under which words are kept.
const KIND: &str = "people";

#[derive(Debug, Default, Deserialize)]
pub(in crate::party) struct Wanted {
    search: Option<Uuid>,
}

#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) may_add: bool,
    /// Whether anything was looked for.
    pub(super) asked: bool,
    pub(super) rows: Vec<Brief>,
    /// How many there are, in a sentence.
    pub(super) found: String,
    /// Whether there are more than are shown.
    pub(super) more: bool,
}

fn context(viewer: &Viewer, found: Option<Found>) -> Context {
    let asked = found.is_some();
    let (rows, count) = found.map_or((Vec::new(), None), |found| {
        (found.parties, Some(found.count))
    });
    let more =
        count.is_some_and(|count| count.exact().is_none_or(|number| number > i64::from(MOST)));
    Context {
        may_add: viewer.principal.may_enter(Action::EditParties),
        asked,
        found: match count.map(|count| (count, count.exact())) {
            None | Some((_, Some(0))) => "Nobody was found".to_owned(),
            Some((_, Some(1))) => "1 found".to_owned(),
            Some((count, _)) => format!("{count} found"),
        },
        rows,
        more,
    }
}

fn respond(
    app: &App,
    viewer: &Viewer,
    form: &Form,
    context: &Context,
) -> Result<Response, PageError> {
    let page = Page::new(&SEARCH_PAGE, "People and organisations").form(form);
    app.page(viewer, page, context)
}

pub(in crate::party) async fn show(
    State(app): State<App>,
    viewer: Viewer,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let mut form = Form::default();
    let Some(id) = wanted.search else {
        return respond(&app, &viewer, &form, &context(&viewer, None));
    };
    let scope = viewer.principal.scope(Action::SeeParties, Kind::Party);
    let looked: Result<_, DbError> = read!(&app.db, |tx| {
        let Some(words) = searches::find(tx, &app.clock, viewer.user(), KIND, id).await? else {
            return Ok(None);
        };
        let found = search::search(tx, &scope, &words).await?;
        Ok(Some((words, found)))
    })
    .await;
    let Some((words, found)) = looked? else {
        form.errors
            .add("words", "This search is no longer kept. Search again.");
        return respond(&app, &viewer, &form, &context(&viewer, None));
    };
    form.set("words", words);
    let context = context(&viewer, found);
    if !context.rows.is_empty() {
        let ids: Vec<Uuid> = context.rows.iter().map(|row| row.id.0).collect();
        app.access_log
            .record(&app.clock, &viewer, Action::SeeParties, &ids)
            .await?;
    }
    respond(&app, &viewer, &form, &context)
}

pub(in crate::party) async fn ask(
    State(app): State<App>,
    viewer: Viewer,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let words = form.required(
        "words",
        "Enter a name, telephone number, email address or reference",
    );
    if words.chars().count() > 200 {
        form.errors
            .add("words", "What you look for must be 200 characters or fewer");
    } else if !words.is_empty() && commonweal_core::search::Question::read(&words).is_none() {
        form.errors.add("words", "Enter letters or numbers");
    }
    if !form.is_valid() {
        return respond(&app, &viewer, &form, &context(&viewer, None));
    }
    let id = searches::keep(&app.db, &app.clock, viewer.user(), KIND, &words).await?;
    Ok(Redirect::to(&format!("/people?search={id}")).into_response())
}
