//! Records and definitions as JSON, and JSON as answers. Pure.

use std::collections::BTreeMap;

use commonweal_access::web::Viewer;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::problem::Fault;
use crate::answers::{self, Answer, Answers};
use crate::definition::{Definition, DefinitionKind, Personal, Question, QuestionKind};
use crate::register::store::Record;
use crate::register::{Visible, visible};

/// A record as a viewer may see it.
pub(super) fn record(
    viewer: &Viewer,
    asked_by: &Definition,
    record: &Record,
    names: &BTreeMap<Uuid, String>,
) -> (Value, Visible) {
    let seen = visible(viewer, asked_by, record);
    let named = |id: Option<Uuid>| match id {
        Some(id) => json!({ "id": id, "name": names.get(&id) }),
        None => Value::Null,
    };
    let place = asked_by.place.and_then(|place| asked_by.get(place));
    // The point is worked out of an answer: who may not see that may not see the point.
    let place = place
        .filter(|question| seen.answer(question).is_some())
        .and(record.place)
        .map(|(latitude, longitude)| json!({ "latitude": latitude, "longitude": longitude }));
    let mut answers = Map::new();
    for question in &asked_by.questions {
        if let Some(answer) = seen.answer(question) {
            answers.insert(question.id.clone(), answers::json(question, answer));
        }
    }
    let withheld: Vec<&str> = asked_by
        .questions
        .iter()
        .filter(|question| seen.withholds(question))
        .map(|question| question.id.as_str())
        .collect();
    let href = format!(
        "/api/v1/registers/{}/records/{}",
        record.definition, record.reference
    );
    let value = json!({
        "reference": record.reference,
        "register": record.definition,
        "questions_version": record.definition_version,
        "title": seen.title,
        "state": record.state,
        "agency": named(record.agency),
        "owner": named(record.owner),
        "wave": record.wave,
        "due_on": record.due_on,
        "created_at": record.created_at,
        "changed_at": record.changed_at,
        "closed_at": record.closed_at,
        "version": record.version,
        "place": place,
        "answers": answers,
        "withheld": withheld,
        "links": { "self": href, "page": record.href() },
    });
    (value, seen)
}

/// The version of a record as a viewer sees it.
pub(super) fn etag(record: &Record, seen: &Visible) -> String {
    let part = if seen.withheld.is_empty() {
        ""
    } else {
        "-part"
    };
    format!("\"{}{part}\"", record.version)
}

/// The version that a program read, out of `If-Match`.
pub(super) fn version_of(etag: &str) -> Option<i64> {
    let tag = etag.trim().strip_prefix('"')?.strip_suffix('"')?;
    tag.strip_suffix("-part").unwrap_or(tag).parse().ok()
}

/// What a definition says, for programs that make forms or tables of their own.
pub(super) fn definition(definition: &Definition) -> Value {
    let words = |words: Option<&crate::definition::Words>| words.map(|words| words.en().to_owned());
    let questions: Vec<Value> = definition
        .questions
        .iter()
        .map(|question| {
            let mut shape = json!({
                "id": question.id,
                "label": question.label.en(),
                "short": words(question.short.as_ref()),
                "hint": words(question.hint.as_ref()),
                "kind": kind(&question.kind),
                "required": question.required,
                "asked_always": question.shown_if.is_none(),
                "personal": question.personal != Personal::None,
                "listed": question.list,
            });
            if let QuestionKind::Choice(options) | QuestionKind::Choices { options, .. } =
                &question.kind
                && let Value::Object(shape) = &mut shape
            {
                let options = options
                    .iter()
                    .map(|option| json!({ "value": option.value, "text": option.text.en() }));
                shape.insert("options".to_owned(), options.collect());
            }
            shape
        })
        .collect();
    let states: Vec<Value> = definition
        .states
        .iter()
        .map(|state| json!({ "key": state.key, "title": state.title.en(), "closed": state.closed }))
        .collect();
    let moves: Vec<Value> = definition
        .moves
        .iter()
        .map(|one| {
            let ids = |ids: &[crate::definition::QuestionId]| -> Vec<String> {
                ids.iter()
                    .filter_map(|id| definition.get(*id))
                    .map(|question| question.id.clone())
                    .collect()
            };
            json!({
                "key": one.key, "title": one.title.en(), "from": one.from, "to": one.to,
                "needs": ids(&one.needs), "asks": ids(&one.asks), "reason": one.reason,
            })
        })
        .collect();
    let mut summary = summary(definition);
    if let Value::Object(summary) = &mut summary {
        summary.insert("about".to_owned(), json!(definition.about.en()));
        summary.insert("questions".to_owned(), Value::from(questions));
        summary.insert("states".to_owned(), Value::from(states));
        summary.insert("moves".to_owned(), Value::from(moves));
    }
    summary
}

/// A definition in a list of them.
pub(super) fn summary(definition: &Definition) -> Value {
    let href = format!("/api/v1/registers/{}", definition.key);
    json!({
        "key": definition.key,
        "title": definition.title.en(),
        "kind": match definition.kind { DefinitionKind::Form => "form", DefinitionKind::Register => "register" },
        "version": definition.version,
        "links": { "self": href, "records": format!("{href}/records"), "page": format!("/registers/{}", definition.key) },
    })
}

/// The name of a kind of question, as definitions write it.
pub(super) fn kind(kind: &QuestionKind) -> &'static str {
    match kind {
        QuestionKind::Text(_) => "text",
        QuestionKind::LongText(_) => "long_text",
        QuestionKind::Number { .. } => "number",
        QuestionKind::Money { .. } => "money",
        QuestionKind::Date { .. } => "date",
        QuestionKind::Time => "time",
        QuestionKind::YesNo { .. } => "yes_no",
        QuestionKind::Choice(_) => "choice",
        QuestionKind::Choices { .. } => "choices",
        QuestionKind::Scale { .. } => "scale",
        QuestionKind::Location => "location",
        QuestionKind::Address => "address",
        QuestionKind::Contact => "contact",
        QuestionKind::Files { .. } => "files",
        QuestionKind::Agency => "agency",
        QuestionKind::Person { .. } => "person",
        QuestionKind::Record { .. } => "record",
    }
}

/// Answers that were sent, put over those that are there. `null` takes an answer away.
///
/// # Errors
/// Each answer that is none, with its place.
pub(super) fn merge(
    definition: &Definition,
    before: &Answers,
    sent: &Map<String, Value>,
    may_change: impl Fn(&Question) -> bool,
) -> Result<Answers, Vec<Fault>> {
    let mut after = before.clone();
    let mut faults = Vec::new();
    for (id, value) in sent {
        let Some((_, question)) = definition.question(id) else {
            faults.push(Fault::answer(id, "There is no such question"));
            continue;
        };
        if !may_change(question) {
            faults.push(Fault::answer(
                id,
                "You may not see this answer, so you cannot change it",
            ));
            continue;
        }
        let there = before.get(id).map(|answer| answers::json(question, answer));
        if there.as_ref() == Some(value) {
            continue;
        }
        // A file is named by its hash and a person by an id: whoever could send those here could
        // reach what belongs to others.
        let reached = matches!(
            question.kind,
            QuestionKind::Files { .. } | QuestionKind::Person { staff: false }
        );
        if reached && !value.is_null() {
            faults.push(Fault::answer(
                id,
                "Files and people are added on the record's own page",
            ));
            continue;
        }
        match answers::from_json(question, value) {
            Ok(answer) => after.set(id, answer),
            Err(detail) => faults.push(Fault::answer(id, detail)),
        }
    }
    if faults.is_empty() {
        Ok(after)
    } else {
        Err(faults)
    }
}

/// What is wrong with answers that are about to be stored: those that were sent, and those that a
/// new record lacks, in the state that it is in. What was wrong before is not this request's doing.
pub(super) fn check(
    definition: &Definition,
    before: Option<&Answers>,
    after: &Answers,
    state: &str,
    today: chrono::NaiveDate,
) -> Vec<Fault> {
    let of = |answers: &Answers| answers::check_in(definition, answers, state, today);
    let old: Vec<_> = before.map(&of).unwrap_or_default();
    let changed = |id: &str| before.is_none_or(|before| before.get(id) != after.get(id));
    let shown = answers::shown_in(definition, after, state);
    let mut faults: Vec<Fault> = of(after)
        .into_iter()
        .filter_map(|(id, detail)| definition.get(id).map(|question| (id, question, detail)))
        .filter(|(id, question, _)| {
            changed(&question.id) || !old.iter().any(|(other, _)| other == id)
        })
        .map(|(_, question, detail)| Fault::answer(&question.id, detail))
        .collect();
    for (id, question) in definition.all() {
        if after.get(&question.id).is_some() && changed(&question.id) && !shown.question(id) {
            faults.push(Fault::answer(
                &question.id,
                "This is not asked where the other answers are as they are",
            ));
        }
    }
    faults
}

/// The ids that answers name and that a program sent, with where they must lead.
pub(super) fn links<'a>(
    definition: &'a Definition,
    before: Option<&'a Answers>,
    after: &'a Answers,
) -> impl Iterator<Item = (&'a Question, Uuid)> {
    definition.questions.iter().filter_map(move |question| {
        let answer = after.get(&question.id)?;
        if before.is_some_and(|before| before.get(&question.id) == Some(answer)) {
            return None;
        }
        match answer {
            Answer::Agency(id) | Answer::Person(id) | Answer::Record(id) => Some((question, *id)),
            _ => None,
        }
    })
}
