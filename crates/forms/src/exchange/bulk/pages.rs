//! `/registers/{key}/bulk`: which records, what to do, what it would do, done.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{PageError, Path, Query, Sent, Viewer};
use commonweal_core::{DbError, read, write};
use commonweal_govuk::format::whole;
use commonweal_govuk::{Form, Page, page};
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::model::{self, Act, MOST, Step};
use super::store;
use crate::Forms;
use crate::definition::{QuestionKind, Shared};
use crate::exchange::columns;
use crate::exchange::records::{self, enter};
use crate::exchange::selection;
use crate::register;
use crate::register::store::StoreError;

#[cfg(test)]
mod page_tests;

page!(CHOOSE, "forms/exchange/bulk/choose.html", "choose.html");
page!(PREVIEW, "forms/exchange/bulk/preview.html", "preview.html");

/// The most lines of each list of a preview.
const SHOWN: usize = 200;

#[derive(Serialize)]
struct Choice {
    value: String,
    text: String,
    selected: bool,
}

#[derive(Serialize)]
struct ChooseContext {
    key: String,
    title: String,
    count: String,
    plural: String,
    records: Vec<String>,
    too_many: bool,
    most: String,
    owners: Vec<Choice>,
    questions: Vec<Choice>,
    moves: Vec<Choice>,
    act: String,
}

/// From the list's filter: all that it leaves.
pub(super) async fn by_filter(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let definition = enter(&forms, &viewer, &key, RecordAct::Manage)?;
    let (asked, cells) = selection::asked(&forms, &viewer, &definition, pairs).await?;
    let found: Result<Vec<String>, DbError> = read!(&forms.app.db, |tx| {
        let mut asked = asked.clone();
        let mut references = Vec::new();
        loop {
            let asking = selection::Asking {
                forms: &forms,
                viewer: &viewer,
                definition: &definition,
                asked: &asked,
                cells: cells.as_deref(),
                act: RecordAct::Manage,
                limit: 500,
            };
            let page = asking.page(tx).await?;
            references.extend(page.records.into_iter().map(|record| record.reference));
            asked.after = page.next;
            if asked.after.is_none() || references.len() > MOST {
                return Ok(references);
            }
        }
    })
    .await;
    choose(&forms, &viewer, &definition, found?, &Form::default()).await
}

/// From ticked rows, or again with what was wrong.
pub(super) async fn by_ticks(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Sent(form): Sent,
) -> Result<Response, PageError> {
    let definition = enter(&forms, &viewer, &key, RecordAct::Manage)?;
    let ticked = references(&form);
    if ticked.is_empty() {
        forms
            .app
            .flash(&viewer, "Tick at least one row first")
            .await?;
        return Ok(Redirect::to(&format!("/registers/{key}")).into_response());
    }
    choose(&forms, &viewer, &definition, ticked, &Form::default()).await
}

/// The references that a form holds, each once.
fn references(form: &Form) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    form.choices("record")
        .filter_map(|text| text.parse::<commonweal_core::ids::Reference>().ok())
        .map(|reference| reference.to_string())
        .filter(|reference| seen.insert(reference.clone()))
        .collect()
}

async fn choose(
    forms: &Forms,
    viewer: &Viewer,
    definition: &Shared,
    records: Vec<String>,
    form: &Form,
) -> Result<Response, PageError> {
    let known = read!(&forms.app.db, |tx| records::staff(tx, viewer).await).await;
    let known: Vec<(Uuid, String)> = known.map_err(PageError::from)?;
    let choice = |field: &str, value: String, text: &str| Choice {
        selected: form.value(field) == value,
        value,
        text: text.to_owned(),
    };
    let mut owners = vec![
        choice("owner", String::new(), "Choose somebody"),
        choice("owner", "nobody".to_owned(), "Nobody"),
    ];
    owners.extend(
        known
            .iter()
            .map(|(id, name)| choice("owner", id.to_string(), name)),
    );
    let mut questions = vec![choice("question", String::new(), "Choose a question")];
    let headings = columns::headings(definition);
    let settable = definition.questions.iter().zip(&headings);
    questions.extend(
        settable
            .filter(|(question, _)| model::settable(question))
            .map(|(question, heading)| choice("question", question.id.clone(), heading)),
    );
    let possible = definition.moves.iter().filter(|one| model::in_bulk(one));
    let mut moves: Vec<Choice> = possible
        .map(|one| choice("move", one.key.clone(), one.title.en()))
        .collect();
    if !moves.is_empty() {
        moves.insert(0, choice("move", String::new(), "Choose a move"));
    }
    let context = ChooseContext {
        key: definition.key.clone(),
        title: definition.title.en().to_owned(),
        count: whole(i64::try_from(records.len()).unwrap_or(0)),
        plural: if records.len() == 1 {
            definition.singular.en().to_owned()
        } else {
            definition.plural.en().to_owned()
        },
        too_many: records.len() > MOST,
        most: whole(i64::try_from(MOST).unwrap_or(0)),
        records: if records.len() > MOST {
            Vec::new()
        } else {
            records
        },
        owners,
        questions,
        moves,
        act: form.value("act").to_owned(),
    };
    let page = Page::new(
        &CHOOSE,
        format!("Change several {}", definition.plural.en()),
    )
    .breadcrumb("Forms and registers", "/registers")
    .breadcrumb(
        definition.title.en(),
        format!("/registers/{}", definition.key),
    )
    .form(form);
    forms.app.page(viewer, page, &context)
}

/// What is to be done, or what is missing.
fn read_act(definition: &Shared, form: &mut Form) -> Option<Act> {
    match form.value("act").to_owned().as_str() {
        "owner" => match form.value("owner").to_owned().as_str() {
            "nobody" => Some(Act::Owner(None)),
            id => match id.parse() {
                Ok(id) => Some(Act::Owner(Some(id))),
                Err(_) => {
                    form.errors.add("owner", "Choose who is to own them");
                    None
                }
            },
        },
        "answer" => {
            let id = form.value("question").to_owned();
            match definition.question(&id) {
                Some((_, question)) if model::settable(question) => {
                    Some(Act::Answer(id, form.value("words").to_owned()))
                }
                _ => {
                    form.errors.add("question", "Choose a question");
                    None
                }
            }
        }
        "note" => {
            let text = form.required("note", "Write the note");
            if text.chars().count() > 10_000 {
                form.errors
                    .add("note", "The note must be 10,000 characters or fewer");
            }
            form.is_valid().then_some(Act::Note(text))
        }
        "move" => {
            let key = form.value("move").to_owned();
            let one = definition
                .moves
                .iter()
                .find(|one| one.key == key && model::in_bulk(one));
            let Some(one) = one else {
                form.errors.add("move", "Choose a move");
                return None;
            };
            let reason = Some(form.value("reason").to_owned()).filter(|reason| !reason.is_empty());
            if one.reason && reason.is_none() {
                form.errors.add("reason", "Say why");
                return None;
            }
            Some(Act::Move(key, reason))
        }
        _ => {
            form.errors.add("act", "Choose what to do");
            None
        }
    }
}

#[derive(Serialize)]
struct Field {
    name: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Does {
    reference: String,
    title: String,
    old: String,
    new: String,
}

#[derive(Serialize)]
struct Cannot {
    reference: String,
    title: String,
    why: String,
}

#[derive(Serialize)]
struct PreviewContext {
    key: String,
    what: String,
    again: bool,
    changes: usize,
    already: usize,
    fields: Vec<Field>,
    records: Vec<String>,
    does: Vec<Does>,
    more: usize,
    cannot: Vec<Cannot>,
    more_cannot: usize,
    button: String,
}

pub(super) async fn preview(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let definition = enter(&forms, &viewer, &key, RecordAct::Manage)?;
    let records = references(&form);
    if records.is_empty() || records.len() > MOST {
        return Ok(Redirect::to(&format!("/registers/{key}")).into_response());
    }
    let Some(act) = read_act(&definition, &mut form) else {
        return choose(&forms, &viewer, &definition, records, &form).await;
    };
    // What is no answer for one is none for any: said at the field, not at each record.
    if let Act::Answer(id, words) = &act
        && let Some((_, question)) = definition.question(id)
        && !matches!(question.kind, QuestionKind::Record { .. })
    {
        let known = read!(&forms.app.db, |tx| records::known(tx).await).await;
        let known = known.map_err(PageError::from)?;
        if let Err(reason) = columns::read(question, words, &known) {
            form.errors.add("words", reason);
            return choose(&forms, &viewer, &definition, records, &form).await;
        }
    }
    show_preview(&forms, &viewer, &definition, &records, &act, &form, false).await
}

async fn show_preview(
    forms: &Forms,
    viewer: &Viewer,
    definition: &Shared,
    records: &[String],
    act: &Act,
    form: &Form,
    again: bool,
) -> Result<Response, PageError> {
    let looked: Result<_, DbError> = read!(&forms.app.db, |tx| {
        store::look(forms, tx, viewer, definition, records, act).await
    })
    .await;
    let (lines, known) = looked?;
    let personal: Vec<Uuid> = lines
        .iter()
        .filter(|line| line.seen.personal)
        .map(|line| line.record.id)
        .collect();
    register::log_read(&forms.app, viewer, "bulk_preview", &personal).await?;
    let (mut does, mut cannot, mut already, mut confirmed) =
        (Vec::new(), Vec::new(), 0, Vec::new());
    for line in &lines {
        let (reference, title) = (line.record.reference.clone(), line.seen.title.clone());
        match &line.step {
            Step::Does { old, new, .. } => {
                confirmed.push(format!("{reference}:{}", line.record.version));
                does.push(Does {
                    reference,
                    title,
                    old: old.clone(),
                    new: new.clone(),
                });
            }
            Step::Already => already += 1,
            Step::Cannot(why) => cannot.push(Cannot {
                reference,
                title,
                why: why.clone(),
            }),
        }
    }
    let what = match act {
        Act::Owner(owner) => {
            let name = owner.and_then(|id| known.staff.get(&id).cloned());
            format!("Owner: {}", name.unwrap_or_else(|| "nobody".to_owned()))
        }
        Act::Answer(id, _) => definition
            .question(id)
            .map_or_else(String::new, |(_, question)| question.label.en().to_owned()),
        Act::Note(_) => "Add a note".to_owned(),
        Act::Move(key, _) => definition
            .moves
            .iter()
            .find(|one| one.key == *key)
            .map_or_else(String::new, |one| one.title.en().to_owned()),
    };
    let fields = [
        "act", "owner", "question", "words", "note", "move", "reason",
    ];
    let count = does.len();
    let context = PreviewContext {
        key: definition.key.clone(),
        what,
        again,
        changes: count,
        already,
        fields: fields
            .into_iter()
            .map(|name| Field {
                name,
                value: form.value(name).to_owned(),
            })
            .chain([Field {
                name: "seed",
                value: store::seed(forms).to_string(),
            }])
            .collect(),
        records: confirmed,
        more: count.saturating_sub(SHOWN),
        does: does.into_iter().take(SHOWN).collect(),
        more_cannot: cannot.len().saturating_sub(SHOWN),
        cannot: cannot.into_iter().take(SHOWN).collect(),
        button: match count {
            1 => format!("Change 1 {}", definition.singular.en()),
            _ => format!("Change {count} {}", definition.plural.en()),
        },
    };
    let mut page =
        Page::new(&PREVIEW, "What it would do").back(format!("/registers/{}", definition.key));
    if again {
        page = page.status(StatusCode::CONFLICT);
    }
    forms.app.page(viewer, page, &context)
}

pub(super) async fn confirm(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let definition = enter(&forms, &viewer, &key, RecordAct::Manage)?;
    let mut confirmed = Vec::new();
    for text in form.choices("record") {
        if let Some((reference, version)) = text.rsplit_once(':')
            && let Ok(version) = version.parse::<i64>()
        {
            confirmed.push((reference.to_owned(), version));
        }
    }
    if confirmed.is_empty() || confirmed.len() > MOST {
        return Ok(Redirect::to(&format!("/registers/{key}")).into_response());
    }
    let references: Vec<String> = confirmed
        .iter()
        .map(|(reference, _)| reference.clone())
        .collect();
    let Some(act) = read_act(&definition, &mut form) else {
        return choose(&forms, &viewer, &definition, references, &form).await;
    };
    let seed = form
        .value("seed")
        .parse()
        .unwrap_or_else(|_| store::seed(&forms));
    let written: Result<usize, StoreError> =
        write!(&forms.app.db, &forms.app.clock, &viewer.actor(), |tx| {
            store::write(&forms, tx, &viewer, &definition, &confirmed, &act, seed).await
        })
        .await;
    match written {
        Ok(count) => {
            let what = if count == 1 {
                definition.singular.en()
            } else {
                definition.plural.en()
            };
            forms
                .app
                .flash(&viewer, &format!("{count} {what} changed"))
                .await?;
            Ok(Redirect::to(&format!("/registers/{key}")).into_response())
        }
        Err(StoreError::Db(DbError::NotFound)) => Err(PageError::Conflict),
        Err(StoreError::Stale(_) | StoreError::Unmet(_) | StoreError::NoSuchMove) => {
            show_preview(&forms, &viewer, &definition, &references, &act, &form, true).await
        }
        Err(error) => Err(error.into()),
    }
}
