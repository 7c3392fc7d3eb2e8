//! What stands in the way of a move.

use crate::definition::{Definition, Move};
use crate::register::store::Record;

/// What must be done before a move, in words; nothing where it can be made.
#[must_use]
pub fn unmet(definition: &Definition, one: &Move, record: &Record, language: &str) -> Vec<String> {
    one.needs
        .iter()
        .filter_map(|id| definition.get(*id))
        .filter(|question| record.answers.get(&question.id).is_none())
        .map(|question| format!("First answer ‘{}’.", question.label.get(language)))
        .collect()
}
