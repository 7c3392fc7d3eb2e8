//! The page of a move.

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{PageError, Path, Viewer};
use commonweal_core::{DbError, ReadTx, args, read, sql, write};
use commonweal_govuk::{Form, Page, page};
use http::StatusCode;
use serde::Serialize;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::conflict::{Conflict, already_made, conflict};
use super::fields::{self, Received};
use super::{before, may_move};
use crate::Forms;
use crate::answers::{Answer, FileAnswer};
use crate::definition::{Move, QuestionKind};
use crate::register::record_page::{Loaded, load};
use crate::register::store::{self, StoreError};
use crate::register::visible;
use crate::register::words::colour;

page!(pub(super) MOVE, "forms/move.html", "move.html");

#[derive(Debug, Serialize)]
pub(super) struct Context {
    reference: String,
    title: String,
    heading: String,
    href: String,
    action: String,
    version: i64,
    from: Json,
    to: Json,
    missing: Vec<String>,
    fields: Vec<Json>,
    upload: bool,
    reason: bool,
    conflict: Option<Conflict>,
}

struct Here {
    loaded: Loaded,
    one: Move,
}

/// The record and its move, for somebody who may make it. A move that does not lead on from the
/// record's state is found only where it was sent: then the page says what happened.
async fn here(
    forms: &Forms,
    viewer: &Viewer,
    path: &(String, String, String),
) -> Result<Here, PageError> {
    let loaded = load(forms, viewer, &path.0, &path.1).await?;
    let one = loaded
        .definition
        .moves
        .iter()
        .find(|one| one.key == path.2)
        .cloned()
        .ok_or(PageError::NotFound)?;
    if !may_move(viewer, &loaded.definition, &one, &loaded.record) {
        return Err(PageError::Forbidden);
    }
    loaded.log(forms, viewer).await?;
    Ok(Here { loaded, one })
}

pub(super) async fn ask(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(path): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    let here = here(&forms, &viewer, &path).await?;
    if !here.one.from.contains(&here.loaded.record.state) {
        let message = "This step was taken already, or no longer fits the state of the record";
        forms.app.flash(&viewer, message).await?;
        return Ok(Redirect::to(&here.loaded.record.href()).into_response());
    }
    let mut form = Form::default();
    fields::prefill(
        &here.loaded.definition,
        &here.one,
        &here.loaded.seen.answers,
        &mut form,
    );
    respond(&forms, &viewer, &here, &form, None).await
}

async fn respond(
    forms: &Forms,
    viewer: &Viewer,
    here: &Here,
    form: &Form,
    conflict: Option<Conflict>,
) -> Result<Response, PageError> {
    let Here { loaded, one } = here;
    let (record, definition) = (&loaded.record, &loaded.definition);
    let (agencies, people) = read!(&forms.app.db, |tx| people(tx).await)
        .await
        .map_err(|error: DbError| PageError::from(error))?;
    let state = |key: &str| {
        let state = definition.state(key);
        json!({
            "text": state.map_or(key, |state| state.title.en()),
            "colour": state.map_or("grey", |state| colour(state.colour)),
            "about": state.and_then(|state| state.about.as_ref()).map(crate::definition::Words::en),
        })
    };
    let context = Context {
        reference: record.reference.clone(),
        title: loaded.seen.title.clone(),
        heading: one.title.en().to_owned(),
        href: record.href(),
        action: format!("{}/moves/{}", record.href(), one.key),
        version: record.version,
        from: state(&record.state),
        to: state(&one.to),
        missing: before(definition, one, record, "en"),
        fields: fields::asks(definition, one)
            .map(|(_, question)| fields::field(question, form, &agencies, &people))
            .collect(),
        upload: fields::takes_files(definition, one),
        reason: one.reason,
        conflict,
    };
    let status = context.conflict.is_some().then_some(StatusCode::CONFLICT);
    let mut page = Page::new(&MOVE, format!("{}: {}", one.title.en(), record.reference))
        .back(record.href())
        .form(form);
    if let Some(status) = status {
        page = page.status(status);
    }
    forms.app.page(viewer, page, &context)
}

/// Agencies, and colleagues with theirs.
pub(super) async fn people(
    tx: &mut ReadTx,
) -> Result<(Vec<(Uuid, String)>, Vec<(Uuid, String)>), DbError> {
    let pairs = |rows: Vec<commonweal_core::Row>| {
        rows.iter()
            .map(|row| Ok((row.get("id")?, row.get("name")?)))
            .collect::<Result<Vec<(Uuid, String)>, DbError>>()
    };
    let agencies = tx
        .all(
            sql!("select id, name from agencies where active = true order by lower(name), id"),
            args![],
        )
        .await?;
    let people = tx
        .all(
            sql!(
                "select users.id, users.name || ', ' || agencies.name as name from users join agencies on agencies.id = users.agency
                 where users.active = true and agencies.active = true order by lower(users.name), users.id limit 1000"
            ),
            args![],
        )
        .await?;
    Ok((pairs(agencies)?, pairs(people)?))
}

pub(super) async fn make(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(path): Path<(String, String, String)>,
    request: Request,
) -> Result<Response, PageError> {
    let here = here(&forms, &viewer, &path).await?;
    let Here { loaded, one } = &here;
    let (record, definition) = (&loaded.record, &loaded.definition);
    let app = &forms.app;
    let Received {
        mut form,
        files,
        errors,
    } = fields::receive(&forms.files, definition, one, request).await?;
    let expected: i64 = form.value("version").parse().unwrap_or(0);
    if already_made(&forms, &viewer, record, one, expected).await? {
        return Ok(Redirect::to(&record.href()).into_response());
    }
    let has_files = |id: &str| {
        files.iter().any(|(question, ..)| question == id)
            || matches!(record.answers.get(id), Some(Answer::Files(files)) if !files.is_empty())
    };
    let today = app.clock.today();
    let mut given = fields::read(
        definition,
        one,
        &mut form,
        &record.answers,
        &has_files,
        today,
    );
    for (question, message) in errors {
        form.errors.add(question, message);
    }
    for (_, question) in fields::asks(definition, one) {
        if let QuestionKind::Record { register } = &question.kind {
            match named(&forms, &viewer, register, form.value(&question.id)).await? {
                Ok(answer) => {
                    if answer.is_some() {
                        given.set(&question.id, answer);
                    }
                }
                Err(message) => form.errors.add(&question.id, message),
            }
        }
    }
    let reason = form.value("move-reason").to_owned();
    if one.reason && reason.is_empty() {
        form.errors.add("move-reason", "Write why");
    }
    if reason.chars().count() > 4_000 {
        form.errors.add(
            "move-reason",
            "The reason must be 4,000 characters or fewer",
        );
    }
    if record.version != expected || !one.from.contains(&record.state) {
        let conflict = conflict(&forms, &viewer, loaded, one, expected).await?;
        return respond(&forms, &viewer, &here, &form, Some(conflict)).await;
    }
    if !form.is_valid() {
        return respond(&forms, &viewer, &here, &form, None).await;
    }
    let reason = Some(reason.as_str()).filter(|reason| !reason.is_empty());
    let made = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        let mut asked = given.clone();
        for (question, name, stored) in &files {
            let id = forms
                .files
                .attach(tx, stored, store::SUBJECT, record.id, name)
                .await?;
            let file = FileAnswer {
                id,
                sha256: stored.id.as_str().to_owned(),
                name: name.clone(),
                media_type: stored.media_type.as_str().to_owned(),
                size: stored.size,
            };
            let mut all = match asked.get(question).or_else(|| record.answers.get(question)) {
                Some(Answer::Files(all)) => all.clone(),
                _ => Vec::new(),
            };
            all.push(file);
            asked.set(question, Some(Answer::Files(all)));
        }
        store::make_move(
            tx, definition, record.id, expected, &one.key, &asked, reason,
        )
        .await
    });
    match made.await {
        Ok(moved) => {
            let state = definition
                .state(&moved.state)
                .map_or("", |state| state.title.en());
            app.flash(
                &viewer,
                &format!("Done. The record is now in the state ‘{state}’"),
            )
            .await?;
            let sees =
                viewer
                    .principal
                    .may_record(&definition.key, RecordAct::See, &moved.resource());
            let to = if sees {
                moved.href()
            } else {
                format!("/registers/{}", definition.key)
            };
            Ok(Redirect::to(&to).into_response())
        }
        Err(StoreError::Stale(now)) => {
            if already_made(&forms, &viewer, &now, one, expected).await? {
                return Ok(Redirect::to(&now.href()).into_response());
            }
            let seen = visible(&viewer, definition, &now);
            let loaded = Loaded {
                definition: definition.clone(),
                seen,
                record: *now,
            };
            let conflict = conflict(&forms, &viewer, &loaded, one, expected).await?;
            let here = Here {
                loaded,
                one: one.clone(),
            };
            respond(&forms, &viewer, &here, &form, Some(conflict)).await
        }
        Err(StoreError::Unmet(missing)) => {
            form.errors.add("move", missing.join(" "));
            respond(&forms, &viewer, &here, &form, None).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The record of a reference, where the viewer may see it and it is of the register.
async fn named(
    forms: &Forms,
    viewer: &Viewer,
    register: &str,
    typed: &str,
) -> Result<Result<Option<Answer>, String>, PageError> {
    if typed.is_empty() {
        return Ok(Ok(None));
    }
    let found = read!(&forms.app.db, |tx| store::by_reference(tx, typed).await).await;
    match found {
        Ok(record)
            if record.definition == register
                && viewer
                    .principal
                    .may_record(register, RecordAct::See, &record.resource()) =>
        {
            Ok(Ok(Some(Answer::Record(record.id))))
        }
        Ok(_) | Err(DbError::NotFound) => Ok(Err(
            "Enter the reference of a record that you may see, such as EH-7K3M-9QX4".to_owned(),
        )),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::testing::sample;

    #[test]
    fn the_page_keeps_the_rules() {
        let definition = sample();
        let form = Form::default();
        let fields: Vec<Json> = definition
            .questions
            .iter()
            .map(|question| {
                fields::field(question, &form, &[(Uuid::nil(), "Police".to_owned())], &[])
            })
            .collect();
        let sample = |fields: Vec<Json>, conflict: Option<Conflict>| Context {
            reference: "SA-7K3M-9QX4".to_owned(),
            title: "1 High Street".to_owned(),
            heading: "Start work".to_owned(),
            href: "/r".to_owned(),
            action: "/r/moves/start".to_owned(),
            version: 3,
            from: json!({ "text": "Found", "colour": "blue", "about": null }),
            to: json!({ "text": "Being worked on", "colour": "yellow", "about": "Somebody does." }),
            missing: if fields.is_empty() {
                vec!["First answer this.".to_owned()]
            } else {
                Vec::new()
            },
            upload: !fields.is_empty(),
            fields,
            reason: true,
            conflict,
        };
        let conflict = |open| Conflict {
            who: "Ann".to_owned(),
            at: "1 June 2026 at 1pm".to_owned(),
            open,
            rows: vec![json!({ "label": "State", "was": "Found", "is": "Done" })],
        };
        for context in [
            sample(fields, None),
            sample(Vec::new(), Some(conflict(true))),
            sample(Vec::new(), Some(conflict(false))),
        ] {
            commonweal_govuk::check_page(&MOVE, &context).unwrap();
        }
    }
}
