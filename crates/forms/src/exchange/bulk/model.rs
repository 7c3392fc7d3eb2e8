//! What a change of many records would do to each. Pure.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::answers::{self, Answer, Answers};
use crate::definition::{Definition, Move, Personal, Question};
use crate::exchange::columns::{self, Known};
use crate::register::moves;
use crate::register::store::Record;

/// The most records that are changed at once.
pub(super) const MOST: usize = 1_000;

/// What is done to each record.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Act {
    /// Give it to somebody, or to nobody.
    Owner(Option<Uuid>),
    /// Set an answer; the question by its id, and the answer's words.
    Answer(String, String),
    /// Write a note.
    Note(String),
    /// Make a move, with a reason where it asks for one.
    Move(String, Option<String>),
}

/// What a viewer may do to one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct May {
    pub(super) manage: bool,
    pub(super) change: bool,
    pub(super) personal: bool,
    /// The move that is asked for.
    pub(super) make_move: bool,
}

/// What happens to one record.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// It changes: from these words to those.
    Does {
        /// What it is now, in words.
        old: String,
        /// What it will be.
        new: String,
        /// Its answers after, where an answer is set.
        answers: Option<Answers>,
    },
    /// It is so already.
    Already,
    /// It cannot be done; why.
    Cannot(String),
}

/// Works out what happens to a record. `asked_by` is the version of the questions that it has.
pub(super) fn step(
    act: &Act,
    asked_by: &Definition,
    record: &Record,
    may: May,
    known: &Known,
    today: NaiveDate,
) -> Step {
    let cannot = |words: &str| Step::Cannot(words.to_owned());
    if !may.manage {
        return cannot("You may not change many records at once that include this one");
    }
    match act {
        Act::Move(key, _) => {
            let Some(one) = asked_by.moves.iter().find(|one| one.key == *key) else {
                return cannot("The version of the questions that it has does not know this move");
            };
            if !one.from.contains(&record.state) {
                return cannot("This move does not lead on from its state");
            }
            if !may.make_move {
                return cannot("You may not make this move");
            }
            let unmet = moves::unmet(asked_by, one, record, "en");
            if !unmet.is_empty() {
                return Step::Cannot(unmet.join(" "));
            }
            let title = |key: &str| {
                asked_by
                    .state(key)
                    .map_or_else(|| key.to_owned(), |state| state.title.en().to_owned())
            };
            Step::Does {
                old: title(&record.state),
                new: title(&one.to),
                answers: None,
            }
        }
        _ if !may.change => cannot("You may not change this record"),
        Act::Note(text) => Step::Does {
            old: String::new(),
            new: text.clone(),
            answers: None,
        },
        Act::Owner(owner) if record.owner == *owner => Step::Already,
        Act::Owner(owner) => {
            let name = |id: Option<Uuid>| {
                id.map_or_else(
                    || "Nobody".to_owned(),
                    |id| known.staff.get(&id).cloned().unwrap_or_default(),
                )
            };
            Step::Does {
                old: name(record.owner),
                new: name(*owner),
                answers: None,
            }
        }
        Act::Answer(id, words) => answer(asked_by, record, may, known, today, id, words),
    }
}

fn answer(
    asked_by: &Definition,
    record: &Record,
    may: May,
    known: &Known,
    today: NaiveDate,
    id: &str,
    words: &str,
) -> Step {
    let cannot = |words: &str| Step::Cannot(words.to_owned());
    let Some((place, question)) = asked_by.question(id) else {
        return cannot("It was asked by an earlier version, which does not have this question");
    };
    if record.closed_at.is_some() {
        return cannot("It is closed");
    }
    if question.personal != Personal::None && !may.personal {
        return cannot("You may not see this answer, so you cannot change it");
    }
    let new = match columns::read(question, words, known) {
        Ok(new) => new,
        Err(reason) => return Step::Cannot(reason),
    };
    let old = record.answers.get(id);
    if old == new.as_ref() {
        return Step::Already;
    }
    let mut after = record.answers.clone();
    after.set(id, new.clone());
    if new.is_some() && !answers::shown_in(asked_by, &after, &record.state).question(place) {
        return cannot("This is not asked where the other answers are as they are");
    }
    let before = answers::check_in(asked_by, &record.answers, &record.state, today);
    for (other, reason) in answers::check_in(asked_by, &after, &record.state, today) {
        if other == place || !before.iter().any(|(there, _)| *there == other) {
            return Step::Cannot(reason);
        }
    }
    let say = |answer: Option<&Answer>| {
        answer.map_or_else(
            || "no answer".to_owned(),
            |answer| columns::text(question, answer, known),
        )
    };
    Step::Does {
        old: say(old),
        new: say(new.as_ref()),
        answers: Some(after),
    }
}

/// Questions that can be set for many at once: those whose answer a line of text can say.
pub(super) fn settable(question: &Question) -> bool {
    use crate::definition::QuestionKind as Kind;
    matches!(
        question.kind,
        Kind::Text(_)
            | Kind::LongText(_)
            | Kind::Number { .. }
            | Kind::Money { .. }
            | Kind::Date { .. }
            | Kind::Time
            | Kind::YesNo { .. }
            | Kind::Choice(_)
            | Kind::Choices { .. }
            | Kind::Scale { .. }
            | Kind::Agency
            | Kind::Person { staff: true }
    )
}

/// Moves that can be made for many at once: those that ask nothing of each record.
pub(super) fn in_bulk(one: &Move) -> bool {
    one.asks.is_empty()
}
