//! What a device takes along: definitions, agencies, records to which others belong, and the
//! viewer's own records that may be changed.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::Response;
use commonweal_access::policy::{RecordAct, Resource};
use commonweal_access::web::{PageError, Viewer};
use commonweal_core::{DbError, ReadTx, args, read, sql};
use http::StatusCode;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::{answer, model};
use crate::Forms;
use crate::answers::{self, Answers};
use crate::definition::{Definition, QuestionKind, Shared};
use crate::register::{log_read, store, visible};

/// The most records of a register that a device takes along.
const MOST: usize = 200;

/// `GET /offline/session.json`: who is signed in, and a token to send with.
pub(super) async fn session(
    State(forms): State<Forms>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    Ok(answer(StatusCode::OK, &session_of(&forms, &viewer)))
}

fn session_of(forms: &Forms, viewer: &Viewer) -> Json {
    json!({
        "user": viewer.user(),
        "name": viewer.name,
        "token": forms.app.shell(viewer).csrf_token,
    })
}

/// The definitions that a viewer may fill in without a signal, by title.
pub(super) fn offered(forms: &Forms, viewer: &Viewer) -> Vec<Shared> {
    let mut all: Vec<Shared> = forms
        .catalogue
        .all()
        .into_iter()
        .filter(|one| model::fits_a_device(one))
        .filter(|one| {
            viewer
                .principal
                .may_record(&one.key, RecordAct::Add, &Resource::door())
        })
        .collect();
    all.sort_by(|one, other| one.title.en().cmp(other.title.en()));
    all
}

/// `GET /offline/definitions.json`.
pub(super) async fn definitions(
    State(forms): State<Forms>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let offered = offered(&forms, &viewer);
    let wanted: BTreeSet<String> = offered.iter().flat_map(|one| linked(one)).collect();
    let (agencies, known, own) = read!(&forms.app.db, |tx| {
        let agencies = tx
            .all(
                sql!("select id, name from agencies where active order by lower(name), id"),
                args![],
            )
            .await?;
        let mut names = Vec::new();
        for row in agencies {
            let (id, name): (Uuid, String) = (row.get("id")?, row.get("name")?);
            names.push(json!({ "id": id, "name": name }));
        }
        let mut known = Vec::new();
        for key in &wanted {
            if let Some(register) = forms.catalogue.get(key) {
                known.push((register.clone(), open(tx, &viewer, &register).await?));
            }
        }
        let mut own = Vec::new();
        for one in &offered {
            own.push((one.clone(), editable(tx, &viewer, one).await?));
        }
        Ok::<_, DbError>((names, known, own))
    })
    .await?;
    let mut seen = Vec::new();
    let mut records = Map::new();
    for (register, found) in &known {
        let lines = found.iter().map(|record| {
            let visible = visible(&viewer, register, record);
            if visible.personal {
                seen.push(record.id);
            }
            json!({ "id": record.id, "reference": record.reference, "title": visible.title })
        });
        let lines: Json = lines.collect();
        records.insert(register.key.clone(), lines);
    }
    let mut editable = Vec::new();
    for (one, found) in &own {
        for record in found {
            let visible = visible(&viewer, one, record);
            if visible.personal {
                seen.push(record.id);
            }
            editable.push(json!({
                "id": record.id,
                "definition": one.key,
                "reference": record.reference,
                "title": visible.title,
                "state": record.state,
                "version": record.version,
                "answers": plain(one, &visible.answers),
                "withheld": visible.withheld,
            }));
        }
    }
    seen.sort_unstable();
    seen.dedup();
    log_read(&forms.app, &viewer, "form_record.taken_offline", &seen).await?;
    let body = json!({
        "user": viewer.user(),
        "name": viewer.name,
        "made_at": forms.app.clock.now(),
        "definitions": offered.iter().map(|one| model::definition(one)).collect::<Vec<_>>(),
        "agencies": agencies,
        "records": records,
        "editable": editable,
    });
    Ok(answer(StatusCode::OK, &body))
}

/// The registers whose records a definition's questions name.
fn linked(one: &Definition) -> Vec<String> {
    let register = |kind: &QuestionKind| match kind {
        QuestionKind::Record { register } => Some(register.clone()),
        _ => None,
    };
    one.questions
        .iter()
        .filter_map(|question| register(&question.kind))
        .collect()
}

/// The newest open records of a register that the viewer may see.
async fn open(
    tx: &mut ReadTx,
    viewer: &Viewer,
    register: &Definition,
) -> Result<Vec<store::Record>, DbError> {
    let rows = tx
        .all(
            sql!(
                "select id, agency, owner from form_records where definition = $1 and closed_at is null
                 order by created_at desc, id desc limit 1000"
            ),
            args![&register.key],
        )
        .await?;
    let mut ids = Vec::new();
    for row in rows {
        let (id, agency, owner): (Uuid, Option<Uuid>, Option<Uuid>) =
            (row.at(0)?, row.at(1)?, row.at(2)?);
        let resource = Resource::record(id, agency, owner);
        let sees = viewer
            .principal
            .may_record(&register.key, RecordAct::See, &resource);
        if sees && ids.len() < MOST {
            ids.push(id);
        }
    }
    store::many(tx, &ids).await
}

/// The viewer's own records that are open, of the version in force, and may be changed.
async fn editable(
    tx: &mut ReadTx,
    viewer: &Viewer,
    one: &Definition,
) -> Result<Vec<store::Record>, DbError> {
    let rows = tx
        .all(
            sql!(
                "select id from form_records where definition = $1 and definition_version = $2 and owner = $3
                   and closed_at is null order by changed_at desc, id desc limit 200"
            ),
            args![&one.key, one.version, viewer.user()],
        )
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.at(0)).collect::<Result<_, _>>()?;
    let records = store::many(tx, &ids).await?;
    let may = |record: &store::Record| {
        let resource = record.resource();
        let who = &viewer.principal;
        who.may_record(&one.key, RecordAct::See, &resource)
            && who.may_record(&one.key, RecordAct::Change, &resource)
    };
    Ok(records.into_iter().filter(may).collect())
}

/// Answers as the script keeps them.
pub(super) fn plain(definition: &Definition, given: &Answers) -> Json {
    let pairs = definition.all().filter_map(|(_, question)| {
        let answer = given.get(&question.id)?;
        Some((question.id.clone(), answers::json(question, answer)))
    });
    Json::Object(pairs.collect())
}
