//! A move's questions as fields, and what is sent as answers.

use axum::extract::{FromRequest as _, Request};
use chrono::NaiveDate;
use commonweal_access::web::{PageError, Sent, Upload};
use commonweal_core::files::{
    Bytes, DOCUMENTS, Files, FilesError, IMAGES, Limits, MEDIA, Stored, detect, without_metadata,
};
use commonweal_govuk::Form;
use http::header;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::answers::{self, Answer, Answers};
use crate::definition::{Choice, Definition, FileTypes, Move, Question, QuestionId, QuestionKind};

/// Bytes of a form beside its files.
const BESIDE: usize = 1_000_000;

/// What was sent.
#[derive(Debug, Default)]
pub(super) struct Received {
    pub form: Form,
    /// Files by question, with their names.
    pub files: Vec<(String, String, Stored)>,
    /// What is wrong with files: question and message.
    pub errors: Vec<(String, String)>,
}

/// The questions of a move.
pub(super) fn asks<'a>(
    definition: &'a Definition,
    one: &'a Move,
) -> impl Iterator<Item = (QuestionId, &'a Question)> {
    one.asks
        .iter()
        .filter_map(|id| Some((*id, definition.get(*id)?)))
}

/// Whether any of its questions takes files.
pub(super) fn takes_files(definition: &Definition, one: &Move) -> bool {
    asks(definition, one).any(|(_, question)| matches!(question.kind, QuestionKind::Files { .. }))
}

/// A question as the template draws it.
pub(super) fn field(
    question: &Question,
    form: &Form,
    agencies: &[(Uuid, String)],
    people: &[(Uuid, String)],
) -> Json {
    let id = question.id.as_str();
    let value = form.value(id);
    let items = |options: &[Choice]| -> Vec<Json> {
        options
            .iter()
            .map(|option| {
                let mut item = json!({
                    "value": option.value,
                    "text": option.text.en(),
                    "checked": form.choices(id).any(|chosen| chosen == option.value),
                });
                if let Some(hint) = &option.hint {
                    item["hint"] = json!({ "text": hint.en() });
                }
                item
            })
            .collect()
    };
    let pick = |rows: &[(Uuid, String)]| -> Vec<Json> {
        let mut items =
            vec![json!({ "value": "", "text": "Choose one", "selected": value.is_empty() })];
        items.extend(rows.iter().map(|(id, name)| {
            let id = id.to_string();
            json!({ "selected": id == value, "value": id, "text": name })
        }));
        items
    };
    let (kind, more) = match &question.kind {
        QuestionKind::Text(_) => ("text", json!({})),
        QuestionKind::LongText(_) => ("long", json!({})),
        QuestionKind::Number { unit, .. } => (
            "number",
            json!({ "suffix": unit.as_ref().map(crate::definition::Words::en) }),
        ),
        QuestionKind::Money { .. } => ("money", json!({})),
        QuestionKind::Date { .. } => (
            "date",
            json!({
                "day": form.value(&format!("{id}-day")),
                "month": form.value(&format!("{id}-month")),
                "year": form.value(&format!("{id}-year")),
            }),
        ),
        QuestionKind::Time => ("time", json!({})),
        QuestionKind::YesNo { .. } => (
            "radios",
            json!({ "inline": true, "items": [
                { "value": "yes", "text": "Yes", "checked": value == "yes" },
                { "value": "no", "text": "No", "checked": value == "no" },
            ] }),
        ),
        QuestionKind::Choice(options) => ("radios", json!({ "items": items(options) })),
        QuestionKind::Choices { options, .. } => ("checks", json!({ "items": items(options) })),
        QuestionKind::Scale {
            from,
            to,
            low,
            high,
            unsure,
        } => {
            let mut items: Vec<Json> = (*from..=*to)
                .map(|point| {
                    let text = match point {
                        point if point == *from => format!("{point}: {}", low.en()),
                        point if point == *to => format!("{point}: {}", high.en()),
                        point => point.to_string(),
                    };
                    let point = point.to_string();
                    json!({ "checked": value == point, "value": point, "text": text })
                })
                .collect();
            if *unsure {
                items.push(json!({ "value": answers::UNSURE, "text": "Do not know or rather not say", "checked": value == answers::UNSURE }));
            }
            ("radios", json!({ "items": items }))
        }
        QuestionKind::Files {
            megabytes, most, ..
        } => (
            "files",
            json!({ "many": *most > 1, "limit": format!("Up to {most}, each of at most {megabytes} MB.") }),
        ),
        QuestionKind::Agency => ("select", json!({ "items": pick(agencies) })),
        QuestionKind::Person { staff: true } => ("select", json!({ "items": pick(people) })),
        QuestionKind::Record { .. } => ("record", json!({})),
        QuestionKind::Location
        | QuestionKind::Address
        | QuestionKind::Contact
        | QuestionKind::Person { staff: false } => ("elsewhere", json!({})),
    };
    let mut field = json!({
        "kind": kind,
        "id": id,
        "label": question.label.en(),
        "hint": question.hint.as_ref().map(crate::definition::Words::en),
        "required": question.required,
        "value": value,
        // What only some kinds have: a template stops at a name that it does not know.
        "inline": false,
        "items": [],
        "suffix": null,
        "day": "",
        "month": "",
        "year": "",
        "many": false,
        "limit": "",
    });
    if let (Some(field), Some(more)) = (field.as_object_mut(), more.as_object()) {
        field.extend(more.clone());
    }
    field
}

/// Reads what was sent, with or without files.
///
/// # Errors
/// [`PageError`].
pub(super) async fn receive(
    files: &Files,
    definition: &Definition,
    one: &Move,
    request: Request,
) -> Result<Received, PageError> {
    let multipart = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("multipart/form-data"));
    if !multipart {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, BESIDE)
            .await
            .map_err(|_| PageError::TooLarge(String::new()))?;
        let request = Request::from_parts(parts, body.into());
        let Sent(form) = Sent::from_request(request, &()).await?;
        return Ok(Received {
            form,
            ..Received::default()
        });
    }
    let mut upload = Upload::from_request(request, &()).await?;
    let mut received = Received::default();
    let (mut pairs, mut typed) = (Vec::new(), 0);
    loop {
        let mut field = match upload.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            Err(_) if !received.errors.is_empty() => break,
            Err(error) => return Err(error),
        };
        let id = field.name().unwrap_or_default().to_owned();
        let Some(name) = field.file_name().map(str::to_owned) else {
            let text = field.text().await.map_err(|_| {
                PageError::Invalid("The form did not arrive whole. Send it again.".to_owned())
            })?;
            typed += text.len();
            if typed > BESIDE {
                return Err(PageError::TooLarge("The text is too long.".to_owned()));
            }
            pairs.push((id, text));
            continue;
        };
        let question = asks(definition, one).find(|(_, question)| question.id == id);
        let Some((limits, keep)) = question.and_then(|(_, question)| limits(question)) else {
            continue;
        };
        if name.is_empty() {
            continue;
        }
        let mut content = Vec::new();
        let mut whole = true;
        loop {
            match field.chunk().await {
                Ok(Some(part)) if (content.len() + part.len()) as u64 <= limits.bytes => {
                    content.extend_from_slice(&part);
                }
                Ok(Some(_)) => {
                    received.errors.push((
                        id.clone(),
                        format!("{name}: {}", FilesError::TooLarge(limits.bytes)),
                    ));
                    whole = false;
                    break;
                }
                Ok(None) => break,
                Err(_) => {
                    received
                        .errors
                        .push((id.clone(), format!("{name}: {}", FilesError::BrokenOff)));
                    whole = false;
                    break;
                }
            }
        }
        if !whole {
            break;
        }
        let content = Bytes::from(content);
        let picture = detect(&content).filter(|found| IMAGES.contains(found) && !keep);
        let content = match picture {
            Some(found) => without_metadata(found, content.clone()).unwrap_or(content),
            None => content,
        };
        match files.put(content, &limits).await {
            Ok(stored) => received.files.push((id, name, stored)),
            Err(FilesError::Store(error)) => {
                return Err(PageError::Internal(format!("the file store: {error}")));
            }
            Err(error) => received.errors.push((id, format!("{name}: {error}"))),
        }
    }
    received.form = Form::from(pairs);
    Ok(received)
}

/// What files a question takes, and whether their place is kept.
fn limits(question: &Question) -> Option<(Limits, bool)> {
    let QuestionKind::Files {
        types,
        megabytes,
        keep_location,
        ..
    } = &question.kind
    else {
        return None;
    };
    let types = match types {
        FileTypes::Photographs => IMAGES.to_vec(),
        FileTypes::Documents => [IMAGES, DOCUMENTS].concat(),
        FileTypes::Any => [IMAGES, DOCUMENTS, MEDIA].concat(),
    };
    let bytes = u64::from(*megabytes) * 1_000_000;
    Some((Limits { bytes, types }, *keep_location))
}

/// The answers of a form, its files aside; what is wrong goes into the form's errors.
pub(super) fn read(
    definition: &Definition,
    one: &Move,
    form: &mut Form,
    before: &Answers,
    has_files: &dyn Fn(&str) -> bool,
    today: NaiveDate,
) -> Answers {
    let mut given = Answers::default();
    let mut wrong = Vec::new();
    for (_, question) in asks(definition, one) {
        match &question.kind {
            QuestionKind::Files { .. } | QuestionKind::Record { .. } => {}
            _ => match answers::read(question, form) {
                Ok(answer) => given.set(&question.id, answer),
                Err(message) => wrong.push((question.id.clone(), message)),
            },
        }
    }
    let mut merged = before.clone();
    for (id, answer) in &given.0 {
        merged.set(id, Some(answer.clone()));
    }
    let shown = answers::shown(definition, &merged);
    for (id, question) in asks(definition, one) {
        if !shown.question(id) {
            given.set(&question.id, None);
            continue;
        }
        let sent_elsewhere = has_files(&question.id)
            || (matches!(question.kind, QuestionKind::Record { .. })
                && !form.value(&question.id).is_empty());
        let known = wrong.iter().any(|(wrong, _)| *wrong == question.id);
        if !known
            && !sent_elsewhere
            && let Some(message) = answers::fault(question, merged.get(&question.id), today)
        {
            wrong.push((question.id.clone(), message));
        }
    }
    for (_, question) in asks(definition, one) {
        if let Some((id, message)) = wrong.iter().find(|(id, _)| *id == question.id) {
            // The error's link leads to the first input.
            let field = match &question.kind {
                QuestionKind::Date { .. } => format!("{id}-day"),
                _ => id.clone(),
            };
            form.errors.add(field, message.clone());
        }
    }
    given
}

/// Puts what is known into a form that is shown for the first time.
pub(super) fn prefill(definition: &Definition, one: &Move, seen: &Answers, form: &mut Form) {
    for (_, question) in asks(definition, one) {
        match seen.get(&question.id) {
            Some(Answer::Files(_) | Answer::Record(_)) | None => {}
            Some(answer) => answers::prefill(question, answer, form),
        }
    }
}
