//! The order in which questions are decided: each after those that its 'shown if' reads. Where
//! there is none, the loop is named.

use std::collections::BTreeSet;

use super::super::model::{Page, Question, QuestionId};

/// Every question after those that it depends on, or the ids of a loop, the first again at its end.
pub(in super::super) fn order(
    pages: &[Page],
    questions: &[Question],
) -> Result<Vec<QuestionId>, Vec<String>> {
    let reads: Vec<BTreeSet<usize>> = questions
        .iter()
        .map(|question| {
            let page = pages
                .get(question.page)
                .and_then(|page| page.shown_if.as_ref());
            let conditions = page.into_iter().chain(&question.shown_if);
            conditions
                .flat_map(|condition| condition.names())
                .filter_map(|name| questions.iter().position(|one| one.id == name))
                .collect()
        })
        .collect();
    let mut done = vec![false; questions.len()];
    let mut order = Vec::with_capacity(questions.len());
    // A definition has few questions: each round takes the first that is free.
    while order.len() < questions.len() {
        let free = (0..questions.len()).find(|place| {
            let is = |place: &usize| done.get(*place).copied().unwrap_or(true);
            !is(place) && reads.get(*place).is_some_and(|reads| reads.iter().all(is))
        });
        let Some(place) = free else {
            return Err(cycle(&reads, &done, questions));
        };
        if let Some(done) = done.get_mut(place) {
            *done = true;
        }
        order.push(QuestionId(place));
    }
    Ok(order)
}

/// Follows what is not decided until it comes round.
fn cycle(reads: &[BTreeSet<usize>], done: &[bool], questions: &[Question]) -> Vec<String> {
    let open = |place: &usize| !done.get(*place).copied().unwrap_or(true);
    let mut path: Vec<usize> = Vec::new();
    let mut next = (0..questions.len()).find(open);
    while let Some(place) = next {
        if let Some(begin) = path.iter().position(|seen| *seen == place) {
            path.drain(..begin);
            path.push(place);
            break;
        }
        path.push(place);
        next = reads
            .get(place)
            .and_then(|reads| reads.iter().copied().find(open));
    }
    path.into_iter()
        .filter_map(|place| questions.get(place))
        .map(|question| question.id.clone())
        .collect()
}
