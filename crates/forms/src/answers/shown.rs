//! Which questions are shown, and what scores come to.

use super::value::Answers;
use crate::definition::{Band, Definition, Facts, QuestionId, Score};

/// Which questions and pages are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pages: Vec<bool>,
    questions: Vec<Place>,
}

/// What is known of one question.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    id: String,
    shown: bool,
    /// Whether its answer is kept: in another state it would be shown.
    kept: bool,
}

/// Works out which questions are shown for a record that is being made. A question that is not shown
/// counts as unanswered for the others.
#[must_use]
pub fn shown(definition: &Definition, answers: &Answers) -> Shown {
    let state = definition.first_state().map(|state| state.key.as_str());
    shown_in(definition, answers, state.unwrap_or_default())
}

/// Works out which questions are shown for a record in a state.
#[must_use]
pub fn shown_in(definition: &Definition, answers: &Answers, state: &str) -> Shown {
    let now = Facts::shown_in(definition, answers, state);
    let ever = Facts::new(definition, answers);
    Shown {
        pages: (0..definition.pages.len())
            .map(|page| now.page(page))
            .collect(),
        questions: definition
            .all()
            .map(|(id, question)| Place {
                id: question.id.clone(),
                shown: now.question(id),
                kept: ever.question(id),
            })
            .collect(),
    }
}

impl Shown {
    /// Whether a question is shown.
    #[must_use]
    pub fn question(&self, id: QuestionId) -> bool {
        self.questions
            .get(id.index())
            .is_some_and(|place| place.shown)
    }

    /// Whether a page is shown, which is where any of its questions is.
    #[must_use]
    pub fn page(&self, page: usize) -> bool {
        self.pages.get(page).copied().unwrap_or(false)
    }

    /// Removes the answers of questions that are not shown, but for those that another state
    /// would show. Answers to questions that the definition does not have are left.
    pub fn strip(&self, answers: &mut Answers) {
        for place in self.questions.iter().filter(|place| !place.kept) {
            answers.set(&place.id, None);
        }
    }
}

/// A score with what it comes to.
#[derive(Debug, Clone, Copy)]
pub struct Scored<'a> {
    /// The score.
    pub score: &'a Score,
    /// Its value; none where an answer that it needs is missing.
    pub value: Option<f64>,
    /// The band that the value lies in.
    pub band: Option<&'a Band>,
}

/// What the scores come to.
#[must_use]
pub fn scores<'a>(definition: &'a Definition, answers: &Answers) -> Vec<Scored<'a>> {
    let facts = Facts::new(definition, answers);
    definition
        .scores
        .iter()
        .map(|score| {
            let value = facts.score(&score.id);
            let band = value.and_then(|value| {
                let mut bands = score.bands.iter().rev();
                bands.find(|band| value >= band.from)
            });
            Scored { score, value, band }
        })
        .collect()
}
