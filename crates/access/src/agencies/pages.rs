//! Administration of agencies.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_core::db::{Asked, List, Sort};
use commonweal_core::ids::new_uuid;
use commonweal_core::{DbError, list, read, write};
use commonweal_govuk::{Form, Page};
use http::StatusCode;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::store::{self, Agency, KINDS};
use crate::policy::{Action, Kind, Resource};
use crate::users::tabs;
use crate::web::{App, PageError, Path, Routes, Rule, Sent, Viewer};

commonweal_govuk::page!(LIST_PAGE, "access/agencies.html", "list.html");
commonweal_govuk::page!(EDIT_PAGE, "access/agency.html", "edit.html");

static AGENCIES: List = List {
    columns: "agencies.id, agencies.name, agencies.kind, agencies.active, agencies.version",
    from: "agencies",
    key: "agencies.id",
    filters: &[],
    sorts: &[Sort {
        name: "name",
        by: "lower(agencies.name)",
        descending: false,
    }],
};
list!(AGENCIES);

/// The pages for agencies.
#[must_use]
pub fn routes() -> Routes<App> {
    let manage = Rule::May(Action::ManageAgencies);
    Routes::new()
        .get("/agencies", manage, show_list)
        .get("/agencies/new", manage, ask_new)
        .post("/agencies/new", manage, add)
        .get("/agencies/{id}", manage, ask_edit)
        .post("/agencies/{id}", manage, edit)
}

async fn show_list(State(app): State<App>, viewer: Viewer) -> Result<Response, PageError> {
    let scope = viewer
        .principal
        .scope(Action::ManageAgencies, Kind::AgencyEntry);
    let asked = Asked {
        limit: Some(500),
        ..Asked::default()
    };
    let page = read!(&app.db, |tx| AGENCIES.page(tx, &scope, &asked).await).await?;
    let agencies: Result<Vec<_>, DbError> = page.rows.iter().map(store::from_row).collect();
    let rows: Vec<_> = agencies?
        .into_iter()
        .map(|agency| json!({ "id": agency.id, "name": agency.name, "kind": store::kind_words(&agency.kind), "active": agency.active }))
        .collect();
    app.page(
        &viewer,
        Page::new(&LIST_PAGE, "Agencies"),
        &json!({ "rows": rows, "tabs": tabs(&viewer, "/agencies") }),
    )
}

#[derive(Serialize)]
struct KindChoice {
    value: &'static str,
    text: &'static str,
    checked: bool,
}

#[derive(Serialize)]
struct Theirs {
    name: String,
    kind: String,
    active: bool,
}

#[derive(Serialize)]
struct Context {
    id: Uuid,
    new: bool,
    version: i64,
    kinds: Vec<KindChoice>,
    theirs: Option<Theirs>,
}

fn edit_page(
    app: &App,
    viewer: &Viewer,
    id: Uuid,
    stored: Option<&Agency>,
    form: &Form,
    theirs: Option<Theirs>,
) -> Result<Response, PageError> {
    let kinds = KINDS.iter().map(|(value, text)| KindChoice {
        value,
        text,
        checked: form.value("kind") == *value,
    });
    let context = Context {
        id,
        new: stored.is_none(),
        version: stored.map_or(0, |agency| agency.version),
        kinds: kinds.collect(),
        theirs,
    };
    let title = if context.new {
        "Add an agency"
    } else {
        "Change an agency"
    };
    let mut page = Page::new(&EDIT_PAGE, title)
        .breadcrumb("Agencies", "/agencies")
        .form(form);
    if context.theirs.is_some() {
        page = page.status(StatusCode::CONFLICT);
    }
    app.page(viewer, page, &context)
}

fn read_form(form: &mut Form) -> Option<(String, String)> {
    let name = form.required("name", "Enter the agency's name");
    if name.chars().count() > 120 {
        form.errors
            .add("name", "The name must be 120 characters or fewer");
    }
    let kind = form.value("kind").to_owned();
    if !KINDS.iter().any(|(known, _)| *known == kind) {
        form.errors.add("kind", "Select what kind of agency it is");
    }
    form.is_valid().then_some((name, kind))
}

async fn ask_new(State(app): State<App>, viewer: Viewer) -> Result<Response, PageError> {
    edit_page(
        &app,
        &viewer,
        new_uuid(&app.clock),
        None,
        &Form::default(),
        None,
    )
}

async fn add(
    State(app): State<App>,
    viewer: Viewer,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let id = form
        .value("id")
        .parse()
        .unwrap_or_else(|_| new_uuid(&app.clock));
    // An agency that does not exist yet belongs to none: only a grant on all agencies adds one.
    viewer.must(
        Action::ManageAgencies,
        &Resource::new(Kind::AgencyEntry, id),
    )?;
    let Some((name, kind)) = read_form(&mut form) else {
        return edit_page(&app, &viewer, id, None, &form, None);
    };
    let added = write!(&app.db, &app.clock, &viewer.actor(), |tx| store::add(
        tx, id, &name, &kind
    )
    .await)
    .await;
    match added {
        Ok(()) => {
            app.flash(&viewer, "The agency was added").await?;
            Ok(Redirect::to("/agencies").into_response())
        }
        Err(DbError::Duplicate) => {
            let existing: Result<Agency, DbError> =
                read!(&app.db, |tx| store::find(tx, id).await).await;
            if existing.is_ok() {
                // The same form sent twice.
                return Ok(Redirect::to("/agencies").into_response());
            }
            form.errors
                .add("name", "There is an agency of this name already");
            edit_page(&app, &viewer, id, None, &form, None)
        }
        Err(error) => Err(error.into()),
    }
}

async fn look(app: &App, viewer: &Viewer, id: Uuid) -> Result<Agency, PageError> {
    let agency = read!(&app.db, |tx| store::find(tx, id)
        .await
        .map_err(PageError::from))
    .await?;
    if viewer.may(Action::ManageAgencies, &Resource::agency(id)) {
        Ok(agency)
    } else {
        Err(PageError::NotFound)
    }
}

async fn ask_edit(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    let agency = look(&app, &viewer, id).await?;
    let mut form = Form::default();
    form.set("name", &agency.name);
    form.set("kind", &agency.kind);
    form.set("active", if agency.active { "yes" } else { "no" });
    edit_page(&app, &viewer, id, Some(&agency), &form, None)
}

async fn edit(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let stored = look(&app, &viewer, id).await?;
    let active = form.value("active") != "no";
    if !active && id == viewer.principal.agency {
        form.errors.add(
            "active",
            "This is your own agency: you would lock yourself out",
        );
    }
    let Some((name, kind)) = read_form(&mut form) else {
        return edit_page(&app, &viewer, id, Some(&stored), &form, None);
    };
    let wanted = Agency {
        id,
        name,
        kind,
        active,
        version: form.value("version").parse().unwrap_or(0),
    };
    let changed = write!(&app.db, &app.clock, &viewer.actor(), |tx| store::change(
        tx, &wanted
    )
    .await)
    .await;
    match changed {
        Ok(()) => {
            app.flash(&viewer, "The agency was changed").await?;
            Ok(Redirect::to("/agencies").into_response())
        }
        Err(DbError::Stale) => {
            let now = look(&app, &viewer, id).await?;
            if now.name == wanted.name && now.kind == wanted.kind && now.active == wanted.active {
                return Ok(Redirect::to("/agencies").into_response());
            }
            let theirs = Theirs {
                name: now.name.clone(),
                kind: store::kind_words(&now.kind).to_owned(),
                active: now.active,
            };
            edit_page(&app, &viewer, id, Some(&now), &form, Some(theirs))
        }
        Err(DbError::Duplicate) => {
            form.errors
                .add("name", "There is an agency of this name already");
            edit_page(&app, &viewer, id, Some(&stored), &form, None)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_keep_the_rules() {
        let row =
            json!({ "id": Uuid::nil(), "name": "Wardens", "kind": "Council", "active": true });
        commonweal_govuk::check_page(&LIST_PAGE, &json!({ "rows": [row], "tabs": [] })).unwrap();
        let kinds = || {
            KINDS
                .iter()
                .map(|(value, text)| KindChoice {
                    value,
                    text,
                    checked: *value == "police",
                })
                .collect()
        };
        let theirs = Theirs {
            name: "Wardens".to_owned(),
            kind: "Council".to_owned(),
            active: true,
        };
        for (new, theirs) in [(true, None), (false, Some(theirs))] {
            let sample = Context {
                id: Uuid::nil(),
                new,
                version: 3,
                kinds: kinds(),
                theirs,
            };
            commonweal_govuk::check_page(&EDIT_PAGE, &sample).unwrap();
        }
    }
}
