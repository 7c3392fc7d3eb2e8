//! What is not wrong, but probably not meant.

use std::collections::BTreeSet;

use commonweal_access::policy::RecordAct;

use super::super::model::{Audience, Definition, DefinitionKind, Personal, QuestionKind};

/// What the authors of a definition should look at again; empty for most.
#[must_use]
pub fn advice(definition: &Definition) -> Vec<String> {
    let mut advice = Vec::new();
    if definition.kind == DefinitionKind::Register {
        states(definition, &mut advice);
        if definition.record_title.questions().next().is_none() {
            advice.push(
                "record_title: every record would have the same name; put questions in braces, such as '{address}'"
                    .to_owned(),
            );
        }
    }
    for question in &definition.questions {
        let asks = matches!(
            question.kind,
            QuestionKind::Contact | QuestionKind::Person { staff: false }
        );
        if asks && question.personal == Personal::None {
            advice.push(format!(
                "question {}: it probably names people; if so add personal = \"personal\"",
                question.id
            ));
        }
    }
    if definition.is_personal() {
        // What a workflow works on is kept as long as what it became.
        if definition.retention.months.is_none() && !definition.workflow {
            advice.push(
                "retention: it asks for personal data; say with months = … how long they are kept"
                    .to_owned(),
            );
        }
        if !definition.grants(RecordAct::SeePersonal) && !definition.workflow {
            advice.push(
                "access: it asks for personal data that nobody may see; add see_personal = { … }"
                    .to_owned(),
            );
        }
        if definition.audience != Audience::Staff && definition.texts.privacy.is_none() {
            advice.push(
                "texts: people outside the partnership give personal data; say in privacy how they are used"
                    .to_owned(),
            );
        }
    }
    advice
}

fn states(definition: &Definition, advice: &mut Vec<String>) {
    let mut reached: BTreeSet<&str> = definition
        .first_state()
        .map(|state| state.key.as_str())
        .into_iter()
        .collect();
    loop {
        let before = reached.len();
        for one in &definition.moves {
            if one.from.iter().any(|from| reached.contains(from.as_str())) {
                reached.insert(&one.to);
            }
        }
        if reached.len() == before {
            break;
        }
    }
    for state in &definition.states {
        if !reached.contains(state.key.as_str()) {
            advice.push(format!("state {}: no move leads to it", state.key));
        }
        if !state.closed && definition.moves_from(&state.key).next().is_none() {
            advice.push(format!(
                "state {}: no move leaves it and it is not closed, so that its records are never finished",
                state.key
            ));
        }
    }
}
