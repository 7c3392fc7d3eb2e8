//! The steps of a journey through a definition, and what each shows. Pure: no database.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::answers::{self, Answer, Answers, Shown};
use crate::definition::{Definition, Layout, Question, QuestionId, QuestionKind};

/// One page of a journey: a section, or one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its part of the address: the page's key, or the question's id.
    pub key: String,
    /// The page of the definition that it belongs to.
    pub page: usize,
    /// Its questions, in order.
    pub questions: Vec<QuestionId>,
    /// Whether it is the first of its page, where the page's words stand.
    pub first: bool,
}

/// All steps in order, shown or not.
#[must_use]
pub fn steps(definition: &Definition) -> Vec<Step> {
    let mut steps = Vec::new();
    for (page, section) in definition.pages.iter().enumerate() {
        match definition.layout {
            Layout::Sections => steps.push(Step {
                key: section.key.clone(),
                page,
                questions: section.questions.clone(),
                first: true,
            }),
            Layout::OnePerPage => {
                for (place, id) in section.questions.iter().copied().enumerate() {
                    let Some(question) = definition.get(id) else {
                        continue;
                    };
                    steps.push(Step {
                        key: question.id.clone(),
                        page,
                        questions: vec![id],
                        first: place == 0,
                    });
                }
            }
        }
    }
    steps
}

/// Whether pages ask a question. What a move asks is asked by the move; once it is answered, pages
/// offer it for correction.
#[must_use]
pub fn asks(definition: &Definition, id: QuestionId, given: &Answers) -> bool {
    let by_move = definition.moves.iter().any(|one| one.asks.contains(&id));
    !by_move
        || definition
            .get(id)
            .is_some_and(|question| given.get(&question.id).is_some())
}

/// What is missing or wrong in answers, of what pages ask.
#[must_use]
pub fn missing(
    definition: &Definition,
    given: &Answers,
    state: Option<&str>,
    today: NaiveDate,
) -> Vec<(QuestionId, String)> {
    let wrong = match state {
        Some(state) => answers::check_in(definition, given, state, today),
        None => answers::check(definition, given, today),
    };
    wrong
        .into_iter()
        .filter(|(id, _)| asks(definition, *id, given))
        .collect()
}

/// Which questions are shown: of a record in a state, or of one that is being made.
#[must_use]
pub fn shown(definition: &Definition, given: &Answers, state: Option<&str>) -> Shown {
    match state {
        Some(state) => answers::shown_in(definition, given, state),
        None => answers::shown(definition, given),
    }
}

/// Whether a step has anything to ask, given the answers so far.
#[must_use]
pub fn is_shown(
    definition: &Definition,
    step: &Step,
    given: &Answers,
    state: Option<&str>,
) -> bool {
    let shown = shown(definition, given, state);
    shown.page(step.page)
        && step
            .questions
            .iter()
            .any(|id| shown.question(*id) && asks(definition, *id, given))
}

/// The first step that is shown.
#[must_use]
pub fn first(definition: &Definition, given: &Answers, state: Option<&str>) -> Option<Step> {
    steps(definition)
        .into_iter()
        .find(|step| is_shown(definition, step, given, state))
}

/// The step of a key.
#[must_use]
pub fn find(definition: &Definition, key: &str) -> Option<Step> {
    let all = steps(definition);
    let page = definition.pages.iter().position(|page| page.key == key);
    all.iter()
        .find(|step| step.key == key)
        // A page's key leads to its first question where each has a page of its own.
        .or_else(|| all.iter().find(|step| Some(step.page) == page))
        .cloned()
}

/// The step of a question.
#[must_use]
pub fn of_question(definition: &Definition, id: QuestionId) -> Option<Step> {
    steps(definition)
        .into_iter()
        .find(|step| step.questions.contains(&id))
}

/// The step that is shown before this one, and the one after.
#[must_use]
pub fn around(
    definition: &Definition,
    key: &str,
    given: &Answers,
    state: Option<&str>,
) -> (Option<Step>, Option<Step>) {
    let (mut before, mut after, mut passed) = (None, None, false);
    for step in steps(definition) {
        if step.key == key {
            passed = true;
        } else if is_shown(definition, &step, given, state) {
            if passed {
                after = Some(step);
                break;
            }
            before = Some(step);
        }
    }
    (before, after)
}

/// Which questions of a step stand inside a choice of another, to be revealed by it: by the
/// revealed question, the revealing one and the value of its choice.
pub type Reveals = BTreeMap<QuestionId, (QuestionId, String)>;

/// What a step shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layered {
    /// Questions that stand on the page itself.
    pub top: Vec<QuestionId>,
    /// Questions that one choice of another reveals.
    pub reveals: Reveals,
}

impl Layered {
    /// Every question that the page holds fields for, in the order of the definition.
    #[must_use]
    pub fn asked(&self) -> Vec<QuestionId> {
        let mut asked: Vec<QuestionId> = self
            .top
            .iter()
            .copied()
            .chain(self.reveals.keys().copied())
            .collect();
        asked.sort_unstable();
        asked
    }
}

/// Works out what a step shows. A question that exactly one choice of an earlier question of the
/// page brings up is revealed by that choice; what depends on more comes when the page is sent.
#[must_use]
pub fn layered(
    definition: &Definition,
    step: &Step,
    given: &Answers,
    state: Option<&str>,
) -> Layered {
    let shown = shown(definition, given, state);
    let mut layered = Layered::default();
    for (place, id) in step.questions.iter().copied().enumerate() {
        let Some(question) = definition.get(id).filter(|_| asks(definition, id, given)) else {
            continue;
        };
        let revealed = question.shown_if.as_ref().and_then(|_| {
            step.questions
                .iter()
                .take(place)
                .copied()
                // Nothing is revealed inside what is itself revealed: that is hard to follow.
                .filter(|by| layered.top.contains(by))
                .find_map(|by| revealing(definition, given, state, by, id))
        });
        if let Some(by) = revealed {
            layered.reveals.insert(id, by);
        } else if shown.question(id) {
            layered.top.push(id);
        }
    }
    layered
}

/// The one choice of `by` that brings up `id`, where there is exactly one.
fn revealing(
    definition: &Definition,
    given: &Answers,
    state: Option<&str>,
    by: QuestionId,
    id: QuestionId,
) -> Option<(QuestionId, String)> {
    let question = definition.get(by)?;
    let page = definition.get(id)?.page;
    let mut tried = given.clone();
    let mut shown_with = |answer: Option<Answer>| {
        tried.set(&question.id, answer);
        let shown = shown(definition, &tried, state);
        shown.question(id) && shown.page(page)
    };
    if shown_with(None) {
        return None;
    }
    let mut bringing = Vec::new();
    for (value, answer) in possible(question) {
        if shown_with(Some(answer)) {
            bringing.push(value);
        }
    }
    match bringing.as_slice() {
        [one] => Some((by, one.clone())),
        _ => None,
    }
}

/// The choices of a question, as sent in a form and as answers.
fn possible(question: &Question) -> Vec<(String, Answer)> {
    match &question.kind {
        QuestionKind::YesNo { .. } => vec![
            ("yes".to_owned(), Answer::YesNo(true)),
            ("no".to_owned(), Answer::YesNo(false)),
        ],
        QuestionKind::Choice(choices) if choices.len() <= super::fields::MOST_RADIOS => choices
            .iter()
            .map(|choice| (choice.value.clone(), Answer::Choice(choice.value.clone())))
            .collect(),
        QuestionKind::Choices { options, .. } => options
            .iter()
            .map(|choice| {
                (
                    choice.value.clone(),
                    Answer::Choices(vec![choice.value.clone()]),
                )
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The one earlier choice that brings a question up, where exactly one does when nothing else is
/// answered: for paper, which says who answers what.
#[must_use]
pub fn brought_up_by(definition: &Definition, id: QuestionId) -> Option<(&Question, String)> {
    let nothing = Answers::default();
    let mut found = None;
    for (by, _) in definition.all() {
        if by == id {
            continue;
        }
        if let Some((by, value)) = revealing(definition, &nothing, None, by, id) {
            if found.is_some() {
                return None;
            }
            found = Some((by, value));
        }
    }
    let (by, value) = found?;
    definition.get(by).map(|question| (question, value))
}
