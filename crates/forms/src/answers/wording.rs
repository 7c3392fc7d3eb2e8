//! How messages name a question, in the style of GOV.UK error messages.

use crate::definition::{Question, QuestionKind};

/// The subject of a message: 'Date found', or the question in quotation marks.
pub(super) fn subject(question: &Question) -> String {
    match &question.short {
        Some(short) => short.en().to_owned(),
        None => format!("The answer to ‘{}’", question.label.en()),
    }
}

/// The object of a message, after 'Enter' or 'Select'.
pub(super) fn object(question: &Question) -> String {
    match &question.short {
        Some(short) => lower_first(short.en()),
        None => format!("an answer to ‘{}’", question.label.en()),
    }
}

/// 'Date found' within a sentence; 'UPRN' and 'Neighbourhood Watch' keep their capitals.
fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next();
    let rest = letters.as_str();
    let name = rest.chars().any(char::is_uppercase);
    match first {
        Some(first) if !name => format!("{}{rest}", first.to_lowercase()),
        _ => text.to_owned(),
    }
}

/// The message where a required question has no answer.
#[must_use]
pub fn missing(question: &Question) -> String {
    if let Some(words) = &question.missing {
        return words.en().to_owned();
    }
    let what = object(question);
    match question.kind {
        QuestionKind::YesNo { .. }
        | QuestionKind::Choice(_)
        | QuestionKind::Choices { .. }
        | QuestionKind::Scale { .. }
        | QuestionKind::Agency
        | QuestionKind::Person { .. }
        | QuestionKind::Record { .. } => format!("Select {what}"),
        QuestionKind::Files { .. } => match &question.short {
            Some(_) => format!("Add {what}"),
            None => format!("Add a file for ‘{}’", question.label.en()),
        },
        _ => format!("Enter {what}"),
    }
}

/// `subject must rule`.
pub(super) fn must(question: &Question, rule: &str) -> String {
    format!("{} must {rule}", subject(question))
}
