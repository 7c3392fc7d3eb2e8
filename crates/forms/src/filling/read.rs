//! A sent page read into answers: what was understood, what is wrong, what must be chosen.

use std::collections::BTreeMap;

use commonweal_access::web::{PageError, Visit};
use commonweal_core::read;
use commonweal_govuk::Form;
use uuid::Uuid;

use super::fields::{Extra, anchor};
use super::journey::Journey;
use super::lookups::{self, Found};
use super::places::{self, Meant};
use super::walk::{self, Step};
use crate::Forms;
use crate::answers::{self, Answer, Answers, FileAnswer};
use crate::definition::{Question, QuestionId, QuestionKind};

/// What a page said.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// All answers of the draft, with those of the page.
    pub(super) answers: Answers,
    /// What is wrong: field and message, in the order of the questions.
    pub(super) errors: Vec<(String, String)>,
    /// What searches found, by question.
    pub(super) found: BTreeMap<String, Vec<Found>>,
    /// Whether the answers bring up questions that the page did not hold.
    pub(super) more: bool,
    /// Words of places that nobody knows, with the question that takes them.
    words: Vec<(String, String)>,
}

/// What is wrong, in the words of the definition where it has some and in the draft's language.
pub(super) fn in_words(question: &Question, message: String, empty: bool, extra: &Extra) -> String {
    match &question.missing {
        Some(words) if empty => extra.words(words).to_owned(),
        _ if extra.language == "en" || extra.engine.code() != extra.language => message,
        _ => {
            let name = question.short.as_ref().unwrap_or(&question.label);
            let name = extra.words(name).to_owned();
            extra.filled("forms.check_answer", &[("question", name)])
        }
    }
}

/// The ids of questions that a page held fields for.
pub(super) fn asked(journey: &Journey, step: &Step, form: &Form) -> Vec<QuestionId> {
    let named: Vec<&str> = form.value("form.asked").split(' ').collect();
    step.questions
        .iter()
        .copied()
        .filter(|id| {
            journey
                .definition
                .get(*id)
                .is_some_and(|question| named.contains(&question.id.as_str()))
        })
        .collect()
}

/// Reads a page. `files` holds the files of each question after uploads and removals.
///
/// # Errors
/// [`PageError`].
pub(super) async fn page(
    forms: &Forms,
    visit: &Visit,
    journey: &Journey,
    step: &Step,
    form: &Form,
    files: &BTreeMap<String, Vec<FileAnswer>>,
    extra: &Extra,
) -> Result<Said, PageError> {
    let definition = &journey.definition;
    let asked = asked(journey, step, form);
    let mut said = Said {
        answers: journey.draft.answers.clone(),
        ..Said::default()
    };
    let mut wrong: Vec<(QuestionId, String, String)> = Vec::new();
    for id in &asked {
        let Some(question) = definition.get(*id) else {
            continue;
        };
        let outcome = match &question.kind {
            QuestionKind::Files { .. } => {
                let given = files.get(&question.id).cloned().unwrap_or_default();
                Ok((!given.is_empty()).then_some(Answer::Files(given)))
            }
            QuestionKind::Location | QuestionKind::Person { .. } | QuestionKind::Record { .. } => {
                looked_up(forms, visit, question, form, extra, &mut said).await?
            }
            _ => answers::read(question, form)
                .map_err(|message| (anchor(question), in_words(question, message, false, extra))),
        };
        match outcome {
            Ok(answer) => said.answers.set(&question.id, answer),
            Err((field, message)) => wrong.push((*id, field, message)),
        }
    }
    for (other, text) in std::mem::take(&mut said.words) {
        let more = match said.answers.get(&other) {
            Some(Answer::Text(known)) if known.contains(&text) => known.clone(),
            Some(Answer::Text(known)) => format!("{text}, {known}"),
            _ => text,
        };
        said.answers.set(&other, Some(Answer::Text(more)));
    }
    let shown = walk::shown(definition, &said.answers, journey.state());
    let on_page = shown.page(step.page);
    for (id, message) in walk::missing(
        definition,
        &said.answers,
        journey.state(),
        forms.app.clock.today(),
    ) {
        let fresh = asked.contains(&id) && !wrong.iter().any(|(one, ..)| *one == id);
        if let Some(question) = definition.get(id).filter(|_| fresh) {
            let empty = said.answers.get(&question.id).is_none();
            let message = in_words(question, message, empty, extra);
            wrong.push((id, anchor(question), message));
        }
    }
    wrong.retain(|(id, ..)| shown.question(*id) && on_page);
    wrong.sort_by_key(|(id, ..)| *id);
    said.errors = wrong
        .into_iter()
        .map(|(_, field, message)| (field, message))
        .collect();
    said.more = on_page
        && step.questions.iter().any(|id| {
            shown.question(*id)
                && !asked.contains(id)
                && walk::asks(definition, *id, &said.answers)
                && definition
                    .get(*id)
                    .is_some_and(|question| !journey.withheld.contains(&question.id))
        });
    Ok(said)
}

type Outcome = Result<Option<Answer>, (String, String)>;

/// A place, a person or a record, by what was typed and chosen.
async fn looked_up(
    forms: &Forms,
    visit: &Visit,
    question: &Question,
    form: &Form,
    extra: &Extra,
    said: &mut Said,
) -> Result<Outcome, PageError> {
    let id = question.id.as_str();
    let part = |name: &str| form.value(&format!("{id}-{name}")).to_owned();
    let (text, was, choice) = (form.value(id), part("was"), part("choice"));
    // What was typed is still what was searched for, or what stands for the answer.
    let unchanged = text == was;
    let error = |key: &str| Ok(Err((id.to_owned(), extra.t(key))));
    if matches!(question.kind, QuestionKind::Location) {
        if unchanged && !choice.is_empty() {
            return Ok(Ok(places::decode(&choice).map(Answer::Location)));
        }
        if unchanged
            && let Some(place) = places::pinned(
                &part("latitude"),
                &part("longitude"),
                &part("accuracy"),
                &part("how"),
                text,
            )
        {
            return Ok(Ok(Some(Answer::Location(place))));
        }
        if text.is_empty() {
            return Ok(Ok(None));
        }
        // Where words will do, a place that is none of those found is kept in words.
        let words = question
            .or
            .as_ref()
            .filter(|_| !form.value("form.then").starts_with("find:"));
        let in_words = |said: &mut Said| {
            let other = words?;
            said.words.push((other.clone(), text.to_owned()));
            Some(Ok(None))
        };
        if unchanged && let Some(outcome) = in_words(said) {
            return Ok(outcome);
        }
        let meant = read!(&forms.app.db, |tx| places::meant(tx, text)
            .await
            .map_err(PageError::from))
        .await?;
        return match meant {
            Meant::One(place) => Ok(Ok(Some(Answer::Location(place)))),
            Meant::UnknownPostcode => {
                in_words(said).map_or_else(|| error("forms.place_unknown_postcode"), Ok)
            }
            Meant::Unknown => in_words(said).map_or_else(|| error("forms.place_unknown"), Ok),
            Meant::Several(found) => {
                let found = found
                    .into_iter()
                    .map(|(place, line)| (places::encode(&place), place.text, line))
                    .collect();
                said.found.insert(id.to_owned(), found);
                Ok(Err((format!("{id}-choice"), extra.t("forms.choose_place"))))
            }
        };
    }
    let answer = |chosen: Uuid| match question.kind {
        QuestionKind::Record { .. } => Answer::Record(chosen),
        _ => Answer::Person(chosen),
    };
    let chosen = if choice.is_empty() {
        part("chosen")
    } else {
        choice
    };
    if unchanged
        && !text.is_empty()
        && let Ok(chosen) = chosen.parse::<Uuid>()
    {
        let may = match &question.kind {
            QuestionKind::Record { register } => {
                lookups::record_may_be_named(forms, visit, register, chosen).await?
            }
            QuestionKind::Person { staff } => {
                lookups::person_may_be_named(forms, visit, *staff, chosen).await?
            }
            _ => false,
        };
        if may {
            return Ok(Ok(Some(answer(chosen))));
        }
    }
    if text.is_empty() {
        return Ok(Ok(None));
    }
    let found = match (&question.kind, &visit.viewer) {
        (QuestionKind::Record { register }, _) => {
            lookups::records(forms, visit, register, text).await?
        }
        (QuestionKind::Person { staff: true }, Some(_)) => {
            read!(&forms.app.db, |tx| lookups::colleagues(tx, text)
                .await
                .map_err(PageError::from))
            .await?
        }
        (QuestionKind::Person { .. }, Some(viewer)) => {
            lookups::parties(forms, viewer, text).await?
        }
        _ => Vec::new(),
    };
    match found.as_slice() {
        [] => error(match question.kind {
            QuestionKind::Record { .. } => "forms.record_unknown",
            _ => "forms.person_unknown",
        }),
        [one] => Ok(one
            .0
            .parse()
            .map(|chosen| Some(answer(chosen)))
            .map_err(|_| (id.to_owned(), extra.t("forms.person_unknown")))),
        _ => {
            said.found.insert(id.to_owned(), found);
            Ok(Err((format!("{id}-choice"), extra.t("forms.choose_one"))))
        }
    }
}

/// Writes an answer into the fields of its question, for a page that is shown again.
pub(super) fn prefill(
    question: &Question,
    answer: &Answer,
    names: &answers::Names,
    form: &mut Form,
) {
    let id = question.id.as_str();
    match answer {
        Answer::Location(place) => {
            form.set(id, &place.text);
            form.set(format!("{id}-was"), &place.text);
            form.set(format!("{id}-latitude"), place.latitude.to_string());
            form.set(format!("{id}-longitude"), place.longitude.to_string());
            form.set(
                format!("{id}-accuracy"),
                place
                    .accuracy
                    .map(|metres| metres.to_string())
                    .unwrap_or_default(),
            );
            form.set(format!("{id}-how"), places::how_name(place.how));
        }
        Answer::Person(one) | Answer::Record(one) => {
            let name = names.0.get(one).cloned().unwrap_or_default();
            form.set(id, &name);
            form.set(format!("{id}-was"), name);
            form.set(format!("{id}-chosen"), one.to_string());
        }
        other => answers::prefill(question, other, form),
    }
}
