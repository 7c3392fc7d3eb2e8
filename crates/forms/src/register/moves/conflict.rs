//! Two people at once: what somebody else did meanwhile.

use commonweal_access::web::{PageError, Viewer};
use commonweal_core::{DbError, read};
use serde::Serialize;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::Forms;
use crate::answers::{self, Answer, Names};
use crate::definition::{Move, Personal};
use crate::register::list::show::short;
use crate::register::record_page::{Loaded, all_names};
use crate::register::store::{self, Record};
use crate::register::words::moment;

/// What somebody else did meanwhile.
#[derive(Debug, Serialize)]
pub(super) struct Conflict {
    pub(super) who: String,
    pub(super) at: String,
    /// Whether this move can still be made.
    pub(super) open: bool,
    /// Question, what the reader saw, what is there now.
    pub(super) rows: Vec<Json>,
}

/// Whether this very move was made by the same person just before: a button that was pressed twice.
pub(super) async fn already_made(
    forms: &Forms,
    viewer: &Viewer,
    now: &Record,
    one: &Move,
    expected: i64,
) -> Result<bool, PageError> {
    if now.version != expected + 1 || now.state != one.to {
        return Ok(false);
    }
    let changes = read!(&forms.app.db, |tx| store::changes(tx, now.id).await).await;
    let changes = changes.map_err(|error: DbError| PageError::from(error))?;
    let last = changes
        .iter()
        .find(|change| change.kind == "form_record.moved");
    Ok(last.is_some_and(|last| {
        last.actor == Some(viewer.user()) && last.data["move"].as_str() == Some(one.key.as_str())
    }))
}

/// What somebody else did since the reader saw the record, as far as the reader may see it.
pub(super) async fn conflict(
    forms: &Forms,
    viewer: &Viewer,
    loaded: &Loaded,
    one: &Move,
    expected: i64,
) -> Result<Conflict, PageError> {
    let (record, definition) = (&loaded.record, &loaded.definition);
    let (changes, names) = read!(&forms.app.db, |tx| {
        let changes = store::changes(tx, record.id).await?;
        let people: Vec<Uuid> = changes.iter().filter_map(|change| change.actor).collect();
        let names = all_names(forms, viewer, tx, &loaded.seen.answers, &people).await?;
        Ok::<_, DbError>((changes, names))
    })
    .await
    .map_err(|error: DbError| PageError::from(error))?;
    // Each version has one moment; the reader saw the one before so many of them.
    let mut moments: Vec<_> = changes
        .iter()
        .filter(|change| {
            ["changed", "moved", "handed_over", "migrated"]
                .iter()
                .any(|kind| change.kind == format!("form_record.{kind}"))
        })
        .map(|change| change.at)
        .collect();
    moments.dedup();
    let since = usize::try_from(record.version - expected)
        .unwrap_or(1)
        .max(1);
    let first = moments
        .get(since.min(moments.len()).saturating_sub(1))
        .copied();
    let last = changes.first();
    let mut rows = Vec::new();
    for change in changes
        .iter()
        .filter(|change| first.is_some_and(|first| change.at >= first))
    {
        if change.kind == "form_record.moved" {
            let state = |side: &str| {
                let key = change.data["state"][side].as_str().unwrap_or_default();
                definition
                    .state(key)
                    .map_or(key, |state| state.title.en())
                    .to_owned()
            };
            rows.push(json!({ "label": "State", "was": state("was"), "is": state("is") }));
        } else if change.kind == "form_record.changed" {
            rows.extend(differences(loaded, &change.data, &names));
        }
    }
    Ok(Conflict {
        who: last
            .and_then(|change| change.actor)
            .map_or("Somebody", |id| names.get(id))
            .to_owned(),
        at: last.map_or_else(String::new, |change| moment(change.at)),
        open: one.from.contains(&record.state),
        rows,
    })
}

fn differences(loaded: &Loaded, data: &Json, names: &Names) -> Vec<Json> {
    let Some(fields) = data.as_object() else {
        return Vec::new();
    };
    fields
        .iter()
        .filter_map(|(id, both)| {
            let (_, question) = loaded.definition.question(id)?;
            let personal = question.personal != Personal::None;
            let side = |side: &str| {
                if personal && !loaded.seen.may_see_personal {
                    return "Withheld".to_owned();
                }
                both.get(side)
                    .and_then(|value| serde_json::from_value::<Answer>(value.clone()).ok())
                    .map_or_else(
                        || "Not answered".to_owned(),
                        |answer| answers::show(question, &answer, "en", names),
                    )
            };
            Some(json!({ "label": short(question), "was": side("was"), "is": side("is") }))
        })
        .collect()
}
