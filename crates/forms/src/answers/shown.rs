//! Which questions are shown, and what scores come to.

use super::value::Answers;
use crate::definition::{Band, Definition, Facts, QuestionId, Score};

/// Which questions and pages are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pages: Vec<bool>,
    questions: Vec<(String, bool)>,
}

/// Works out which questions are shown. A question that is not shown counts as unanswered for the
/// others.
#[must_use]
pub fn shown(definition: &Definition, answers: &Answers) -> Shown {
    let facts = Facts::new(definition, answers);
    Shown {
        pages: (0..definition.pages.len())
            .map(|page| facts.page(page))
            .collect(),
        questions: definition
            .all()
            .map(|(id, question)| (question.id.clone(), facts.question(id)))
            .collect(),
    }
}

impl Shown {
    /// Whether a question is shown.
    #[must_use]
    pub fn question(&self, id: QuestionId) -> bool {
        self.questions
            .get(id.index())
            .is_some_and(|(_, shown)| *shown)
    }

    /// Whether a page is shown, which is where any of its questions is.
    #[must_use]
    pub fn page(&self, page: usize) -> bool {
        self.pages.get(page).copied().unwrap_or(false)
    }

    /// Removes the answers of questions that are not shown. Answers to questions that the
    /// definition does not have are left.
    pub fn strip(&self, answers: &mut Answers) {
        for (id, shown) in &self.questions {
            if !shown {
                answers.set(id, None);
            }
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
