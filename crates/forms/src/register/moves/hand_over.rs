//! Handing a record over to somebody, or to another agency.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{PageError, Path, Sent, Viewer};
use commonweal_core::{DbError, ReadTx, args, read, sql, write};
use commonweal_govuk::{Form, Page, page};
use http::StatusCode;
use serde::Serialize;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::pages::people;
use crate::Forms;
use crate::register::record_page::{Loaded, load};
use crate::register::store::{self, StoreError};

page!(pub(super) HAND_OVER, "forms/hand-over.html", "hand_over.html");

#[derive(Debug, Serialize)]
struct Context {
    reference: String,
    title: String,
    href: String,
    version: i64,
    agencies: Vec<Json>,
    people: Vec<Json>,
    /// Who has it now, where somebody else handed it over meanwhile.
    theirs: Option<String>,
}

pub(super) async fn ask(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, reference)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let loaded = load(&forms, &viewer, &key, &reference).await?;
    viewer.must_record(&key, RecordAct::Change, &loaded.record.resource())?;
    let mut form = Form::default();
    let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    form.set("agency", id(loaded.record.agency));
    form.set("owner", id(loaded.record.owner));
    respond(&forms, &viewer, &loaded, &form, None).await
}

async fn respond(
    forms: &Forms,
    viewer: &Viewer,
    loaded: &Loaded,
    form: &Form,
    theirs: Option<String>,
) -> Result<Response, PageError> {
    let (agencies, people) = read!(&forms.app.db, |tx| people(tx).await)
        .await
        .map_err(|error: DbError| PageError::from(error))?;
    let items = |first: &str, rows: Vec<(Uuid, String)>, field: &str| {
        let chosen = form.value(field).to_owned();
        let mut items = vec![json!({ "value": "", "text": first, "selected": chosen.is_empty() })];
        items.extend(rows.into_iter().map(|(id, name)| {
            let id = id.to_string();
            json!({ "selected": id == chosen, "value": id, "text": name })
        }));
        items
    };
    let record = &loaded.record;
    let context = Context {
        reference: record.reference.clone(),
        title: loaded.seen.title.clone(),
        href: record.href(),
        version: record.version,
        agencies: items("No agency", agencies, "agency"),
        people: items("Nobody yet", people, "owner"),
        theirs,
    };
    let mut page = Page::new(&HAND_OVER, format!("Hand over {}", record.reference))
        .back(record.href())
        .form(form);
    if context.theirs.is_some() {
        page = page.status(StatusCode::CONFLICT);
    }
    forms.app.page(viewer, page, &context)
}

/// The agency of an active user.
async fn agency_of(tx: &mut ReadTx, user: Uuid) -> Result<Option<Uuid>, DbError> {
    tx.optional(
        sql!("select agency from users where id = $1 and active = true"),
        args![user],
    )
    .await?
    .map(|row| row.get("agency"))
    .transpose()
}

pub(super) async fn make(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, reference)): Path<(String, String)>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let loaded = load(&forms, &viewer, &key, &reference).await?;
    viewer.must_record(&key, RecordAct::Change, &loaded.record.resource())?;
    let app = &forms.app;
    let agency: Option<Uuid> = form.value("agency").parse().ok();
    let owner: Option<Uuid> = form.value("owner").parse().ok();
    let expected: i64 = form.value("version").parse().unwrap_or(0);
    let (of_owner, known) = read!(&app.db, |tx| {
        let of_owner = match owner {
            Some(owner) => agency_of(tx, owner).await?,
            None => None,
        };
        let known = match agency {
            Some(agency) => {
                tx.count(
                    sql!("select count(*) from agencies where id = $1 and active = true"),
                    args![agency],
                )
                .await?
            }
            None => 1,
        };
        Ok::<_, DbError>((of_owner, known > 0))
    })
    .await?;
    if !known {
        form.errors.add("agency", "Choose an agency of the list");
    }
    if owner.is_some() && of_owner.is_none() {
        form.errors.add("owner", "Choose somebody of the list");
    } else if owner.is_some() && agency != of_owner {
        form.errors.add(
            "owner",
            "Choose somebody who works for the agency, or ‘Nobody yet’",
        );
    }
    if !form.is_valid() {
        return respond(&forms, &viewer, &loaded, &form, None).await;
    }
    let record = &loaded.record;
    if record.agency == agency && record.owner == owner {
        // Nothing to do, or the same form sent twice.
        return Ok(Redirect::to(&record.href()).into_response());
    }
    let done = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        store::set_agency(tx, record.id, expected, agency, owner).await
    });
    match done.await {
        Ok(record) => {
            app.flash(&viewer, "The record was handed over").await?;
            let sees = viewer
                .principal
                .may_record(&key, RecordAct::See, &record.resource());
            let to = if sees {
                record.href()
            } else {
                format!("/registers/{key}")
            };
            Ok(Redirect::to(&to).into_response())
        }
        Err(StoreError::Stale(_)) => {
            let now = load(&forms, &viewer, &key, &reference).await?;
            let names = read!(&app.db, |tx| {
                let ids: Vec<Uuid> = [now.record.owner, now.record.agency]
                    .into_iter()
                    .flatten()
                    .collect();
                store::names(tx, &ids).await
            })
            .await
            .map_err(|error: DbError| PageError::from(error))?;
            let name = |id: Option<Uuid>| id.map_or("nobody", |id| names.get(id)).to_owned();
            let theirs = format!("{} at {}", name(now.record.owner), name(now.record.agency));
            respond(&forms, &viewer, &now, &form, Some(theirs)).await
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_keeps_the_rules() {
        for theirs in [None, Some("Ann at Police".to_owned())] {
            let context = Context {
                reference: "SA-7K3M-9QX4".to_owned(),
                title: "1 High Street".to_owned(),
                href: "/r".to_owned(),
                version: 2,
                agencies: vec![json!({ "value": "", "text": "No agency", "selected": true })],
                people: vec![json!({ "value": "", "text": "Nobody yet", "selected": true })],
                theirs,
            };
            commonweal_govuk::check_page(&HAND_OVER, &context).unwrap();
        }
    }
}
