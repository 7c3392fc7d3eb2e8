//! What another version would mean for records that there are.

use std::collections::BTreeMap;

use serde::Serialize;

use super::outline::short;
use crate::answers::{self, Answer, Answers};
use crate::definition::{Definition, Question, QuestionKind};

/// Counts over the records that were looked at.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Impact {
    /// How many records were looked at.
    pub(super) records: u64,
    /// Records in states that the version does not have, by state.
    pub(super) states: Vec<Count>,
    /// Answers that leave their records: their question is gone or has become of another kind.
    pub(super) leaving: Vec<Count>,
    /// Answers that stay but are outside new limits or options.
    pub(super) refused: Vec<Count>,
    /// Records in which a required question is not answered.
    pub(super) unanswered: Vec<Count>,
}

/// A thing with how many.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Count {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) count: u64,
}

/// Looks at records one after another.
pub(super) struct Examiner<'a> {
    definition: &'a Definition,
    records: u64,
    leaving: BTreeMap<String, u64>,
    refused: BTreeMap<String, u64>,
    unanswered: BTreeMap<String, u64>,
}

impl<'a> Examiner<'a> {
    pub(super) fn new(definition: &'a Definition) -> Self {
        Self {
            definition,
            records: 0,
            leaving: BTreeMap::new(),
            refused: BTreeMap::new(),
            unanswered: BTreeMap::new(),
        }
    }

    pub(super) fn look(&mut self, state: &str, given: &Answers) {
        self.records += 1;
        let known = self.definition.state(state).is_some();
        let (kept, left) = taken_over(self.definition, given);
        for id in left {
            *self.leaving.entry(id).or_default() += 1;
        }
        let first = self.definition.first_state();
        let first = first.map(|state| state.key.as_str()).unwrap_or_default();
        let shown = answers::shown_in(self.definition, &kept, if known { state } else { first });
        for (id, question) in self.definition.all() {
            if !shown.question(id) {
                continue;
            }
            match kept.get(&question.id) {
                Some(answer) if answers::fits(question, answer, None).is_err() => {
                    *self.refused.entry(question.id.clone()).or_default() += 1;
                }
                None if question.required => {
                    *self.unanswered.entry(question.id.clone()).or_default() += 1;
                }
                _ => {}
            }
        }
    }

    /// The counts; `before` names what the new version does not have. `states` are all records by
    /// their state.
    pub(super) fn finish(self, before: &Definition, mut states: BTreeMap<String, u64>) -> Impact {
        states.retain(|key, _| self.definition.state(key).is_none());
        let question = |key: &str| {
            let of = |definition: &Definition| {
                let found = definition.question(key);
                found.map(|(_, question)| short(question).to_owned())
            };
            of(self.definition)
                .or_else(|| of(before))
                .unwrap_or_else(|| key.to_owned())
        };
        let counts = |counts: BTreeMap<String, u64>, name: &dyn Fn(&str) -> String| {
            let one = |(key, count): (String, u64)| Count {
                name: name(&key),
                key,
                count,
            };
            counts.into_iter().map(one).collect::<Vec<_>>()
        };
        let state = |key: &str| {
            let state = before.state(key);
            state.map_or_else(|| key.to_owned(), |state| state.title.en().to_owned())
        };
        Impact {
            records: self.records,
            states: counts(states, &state),
            leaving: counts(self.leaving, &question),
            refused: counts(self.refused, &question),
            unanswered: counts(self.unanswered, &question),
        }
    }
}

/// The answers that a version keeps, and the ids of those that leave: their question is gone, or
/// takes another kind of answer now. The record's history keeps those.
pub(super) fn taken_over(definition: &Definition, given: &Answers) -> (Answers, Vec<String>) {
    let (mut kept, mut left) = (Answers::default(), Vec::new());
    for (id, answer) in &given.0 {
        let fits = definition
            .question(id)
            .is_some_and(|(_, question)| same_kind(question, answer));
        if fits {
            kept.set(id, Some(answer.clone()));
        } else {
            left.push(id.clone());
        }
    }
    (kept, left)
}

fn same_kind(question: &Question, answer: &Answer) -> bool {
    matches!(
        (&question.kind, answer),
        (
            QuestionKind::Text(_) | QuestionKind::LongText(_),
            Answer::Text(_)
        ) | (QuestionKind::Number { .. }, Answer::Number(_))
            | (QuestionKind::Money { .. }, Answer::Money(_))
            | (QuestionKind::Date { .. }, Answer::Date(_))
            | (QuestionKind::Time, Answer::Time(_))
            | (QuestionKind::YesNo { .. }, Answer::YesNo(_))
            | (QuestionKind::Choice(_), Answer::Choice(_))
            | (QuestionKind::Choices { .. }, Answer::Choices(_))
            | (
                QuestionKind::Scale { .. },
                Answer::Scale(_) | Answer::Unsure
            )
            | (QuestionKind::Location, Answer::Location(_))
            | (QuestionKind::Address, Answer::Address(_))
            | (QuestionKind::Contact, Answer::Contact(_))
            | (QuestionKind::Files { .. }, Answer::Files(_))
            | (QuestionKind::Agency, Answer::Agency(_))
            | (QuestionKind::Person { .. }, Answer::Person(_))
            | (QuestionKind::Record { .. }, Answer::Record(_))
    )
}
