//! What stands in the way of a move, and who may make it.

use commonweal_access::policy::RecordAct;
use commonweal_access::web::Viewer;

use crate::definition::{Definition, Facts, Move};
use crate::register::store::Record;

/// What must be done before a move, in words; nothing where it can be made.
#[must_use]
pub fn unmet(definition: &Definition, one: &Move, record: &Record, language: &str) -> Vec<String> {
    let facts = Facts::new(definition, &record.answers).in_state(record.state.as_str());
    let mut unmet: Vec<String> = one
        .needs
        .iter()
        .filter_map(|id| Some((*id, definition.get(*id)?)))
        .filter(|(_, question)| record.answers.get(&question.id).is_none())
        .map(|(_, question)| format!("First answer ‘{}’.", question.label.get(language)))
        .collect();
    if one.when.as_ref().is_some_and(|when| !when.truth(&facts)) {
        unmet.push(match &one.unless {
            Some(words) => words.get(language).to_owned(),
            None => "The answers do not allow it yet.".to_owned(),
        });
    }
    unmet
}

/// The same before the move's own questions are asked: what they will answer is not missing yet.
#[must_use]
pub fn before(definition: &Definition, one: &Move, record: &Record, language: &str) -> Vec<String> {
    let asks = |name: &str| {
        definition
            .question(name)
            .is_some_and(|(id, _)| one.asks.contains(&id))
    };
    let reads_asked = one.when.as_ref().is_some_and(|when| {
        when.names().iter().any(|name| {
            let score = definition.scores.iter().find(|score| score.id == **name);
            asks(name)
                || score.is_some_and(|score| score.value.names().iter().any(|name| asks(name)))
        })
    });
    let mut without = one.clone();
    without.needs.retain(|id| !one.asks.contains(id));
    if reads_asked {
        without.when = None;
    }
    unmet(definition, &without, record, language)
}

/// Whether a viewer may make a move of a record: the roles that it names, or, where it names none,
/// whoever may change the record. Whoever makes a move must see the record.
#[must_use]
pub fn may_move(viewer: &Viewer, definition: &Definition, one: &Move, record: &Record) -> bool {
    let resource = record.resource();
    let may = |act| viewer.principal.may_record(&definition.key, act, &resource);
    may(RecordAct::See)
        && may(RecordAct::Change)
        && (one.by.is_empty() || one.by.iter().any(|role| viewer.roles.contains(role)))
}
