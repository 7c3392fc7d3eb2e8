//! Whether answers fit their questions: the limits, and what is required where it is shown.

use chrono::NaiveDate;

use super::shown::shown_in;
use super::value::{Address, Answer, Answers, Contact, FileAnswer};
use super::wording::{missing, must, object};
use super::{show, typed};
use crate::definition::{Choice, Definition, Question, QuestionId, QuestionKind, TextLimits};

/// Everything that is wrong with the answers of a record that is being made: of the questions that
/// are shown, in their order, what is required and missing and what is outside its limits today.
#[must_use]
pub fn check(
    definition: &Definition,
    answers: &Answers,
    today: NaiveDate,
) -> Vec<(QuestionId, String)> {
    let state = definition.first_state().map(|state| state.key.as_str());
    check_in(definition, answers, state.unwrap_or_default(), today)
}

/// As [`check`], of a record in a state.
#[must_use]
pub fn check_in(
    definition: &Definition,
    answers: &Answers,
    state: &str,
    today: NaiveDate,
) -> Vec<(QuestionId, String)> {
    let shown = shown_in(definition, answers, state);
    definition
        .all()
        .filter(|(id, _)| shown.question(*id))
        .filter(|(_, question)| !stood_in_for(question, answers))
        .filter_map(|(id, question)| {
            fault(question, answers.get(&question.id), today).map(|message| (id, message))
        })
        .collect()
}

/// Whether a question has no answer, but the one that may stand instead has.
fn stood_in_for(question: &Question, answers: &Answers) -> bool {
    let given = |id: &str| answers.get(id).is_some_and(|answer| !is_empty(answer));
    !given(&question.id) && question.or.as_deref().is_some_and(given)
}

/// What is wrong with the answer to one question that is shown.
#[must_use]
pub fn fault(question: &Question, answer: Option<&Answer>, today: NaiveDate) -> Option<String> {
    match answer.filter(|answer| !is_empty(answer)) {
        None => question.required.then(|| missing(question)),
        Some(answer) => fits(question, answer, Some(today)).err(),
    }
}

fn is_empty(answer: &Answer) -> bool {
    match answer {
        Answer::Text(text) => text.is_empty(),
        Answer::Choices(chosen) => chosen.is_empty(),
        Answer::Files(files) => files.is_empty(),
        Answer::Address(address) => *address == Address::default(),
        Answer::Contact(contact) => *contact == Contact::default(),
        _ => false,
    }
}

/// Whether an answer is of the kind that its question takes, and within its limits. Limits that
/// depend on the day are looked at where it is given.
///
/// # Errors
/// The message for the field.
pub fn fits(question: &Question, answer: &Answer, today: Option<NaiveDate>) -> Result<(), String> {
    match (&question.kind, answer) {
        (QuestionKind::Text(limits), Answer::Text(text)) => {
            if text.contains('\n') {
                return Err(must(question, "be one line"));
            }
            characters(question, limits, text)?;
            typed::formatted(question, limits.format, text).map(drop)
        }
        (QuestionKind::LongText(limits), Answer::Text(text)) => characters(question, limits, text),
        (
            QuestionKind::Number {
                min, max, decimals, ..
            },
            Answer::Number(number),
        ) => {
            places(question, *number, *decimals)?;
            within(question, *number, *min, *max, |limit| {
                show::number(limit, *decimals)
            })
        }
        (QuestionKind::Money { min, max }, Answer::Money(pence)) => {
            within(question, *pence, *min, *max, show::money)
        }
        (QuestionKind::Date { future, past }, Answer::Date(date)) => {
            day(question, *date, *future, *past, today)
        }
        (QuestionKind::Time, Answer::Time(_))
        | (QuestionKind::YesNo { .. }, Answer::YesNo(_))
        | (QuestionKind::Scale { unsure: true, .. }, Answer::Unsure)
        | (QuestionKind::Agency, Answer::Agency(_))
        | (QuestionKind::Person { .. }, Answer::Person(_))
        | (QuestionKind::Record { .. }, Answer::Record(_)) => Ok(()),
        (QuestionKind::Choice(options), Answer::Choice(value)) => known(question, options, value),
        (QuestionKind::Choices { options, min, max }, Answer::Choices(values)) => {
            choices(question, options, (*min, *max), values)
        }
        (QuestionKind::Scale { from, to, .. }, Answer::Scale(point)) => {
            if (from..=to).contains(&point) {
                Ok(())
            } else {
                Err(must(question, &format!("be between {from} and {to}")))
            }
        }
        (QuestionKind::Location, Answer::Location(place)) => {
            let fits = (-90.0..=90.0).contains(&place.latitude)
                && (-180.0..=180.0).contains(&place.longitude)
                && place.text.chars().count() <= 200;
            if fits {
                Ok(())
            } else {
                Err(must(question, "be a place, like 54.777, -1.575"))
            }
        }
        (QuestionKind::Address, Answer::Address(address)) => postal(question, address),
        (QuestionKind::Contact, Answer::Contact(contact)) => details(question, contact),
        (
            QuestionKind::Files {
                most, megabytes, ..
            },
            Answer::Files(files),
        ) => given(question, files, *most, *megabytes),
        _ => Err(must(
            question,
            "be answered again: the question has changed",
        )),
    }
}

fn characters(question: &Question, limits: &TextLimits, text: &str) -> Result<(), String> {
    let count = text.chars().count();
    if count > limits.max {
        let max = commonweal_govuk::format::whole(i64::try_from(limits.max).unwrap_or(i64::MAX));
        return Err(must(question, &format!("be {max} characters or fewer")));
    }
    if count < limits.min {
        let rule = format!("be {} characters or more", limits.min);
        return Err(must(question, &rule));
    }
    Ok(())
}

/// Whether a number has no more decimal places than are allowed.
fn places(question: &Question, number: f64, decimals: u8) -> Result<(), String> {
    let shifted = number * 10_f64.powi(i32::from(decimals));
    if number.is_finite() && (shifted - shifted.round()).abs() <= 1e-6 * shifted.abs().max(1.0) {
        return Ok(());
    }
    Err(match decimals {
        0 => must(question, "be a whole number"),
        1 => must(question, "have one decimal place or none"),
        places => must(question, &format!("have {places} decimal places or fewer")),
    })
}

fn within<T: PartialOrd + Copy>(
    question: &Question,
    number: T,
    min: Option<T>,
    max: Option<T>,
    shown: impl Fn(T) -> String,
) -> Result<(), String> {
    let outside = min.is_some_and(|min| number < min) || max.is_some_and(|max| number > max);
    if !outside {
        return Ok(());
    }
    Err(match (min, max) {
        (Some(min), Some(max)) => must(
            question,
            &format!("be between {} and {}", shown(min), shown(max)),
        ),
        (Some(min), None) => must(question, &format!("be {} or more", shown(min))),
        (_, Some(max)) => must(question, &format!("be {} or less", shown(max))),
        (None, None) => return Ok(()),
    })
}

fn day(
    question: &Question,
    date: NaiveDate,
    future: bool,
    past: bool,
    today: Option<NaiveDate>,
) -> Result<(), String> {
    let Some(today) = today else { return Ok(()) };
    if !future && date > today {
        return Err(must(question, "be today or in the past"));
    }
    if !past && date < today {
        return Err(must(question, "be today or in the future"));
    }
    Ok(())
}

fn known(question: &Question, options: &[Choice], value: &str) -> Result<(), String> {
    if options.iter().any(|option| option.value == value) {
        Ok(())
    } else {
        Err(format!("Select {} from the list", object(question)))
    }
}

fn choices(
    question: &Question,
    options: &[Choice],
    (min, max): (Option<usize>, Option<usize>),
    values: &[String],
) -> Result<(), String> {
    for value in values {
        known(question, options, value)?;
    }
    let alone = options
        .iter()
        .find(|option| option.alone && values.contains(&option.value));
    if let Some(alone) = alone.filter(|_| values.len() > 1) {
        return Err(format!(
            "Select either ‘{}’ or the others, not both",
            alone.text.en()
        ));
    }
    if let Some(min) = min.filter(|min| values.len() < *min && alone.is_none()) {
        return Err(format!("Select at least {min} for {}", object(question)));
    }
    if let Some(max) = max.filter(|max| values.len() > *max) {
        return Err(format!("Select at most {max} for {}", object(question)));
    }
    Ok(())
}

fn postal(question: &Question, address: &Address) -> Result<(), String> {
    if address.line1.is_empty() {
        return Err(must(
            question,
            "have a first line, such as the number and the street",
        ));
    }
    if address.town.is_empty() {
        return Err(must(question, "have a town or city"));
    }
    let lines = [&address.line1, &address.line2, &address.town];
    if lines.iter().any(|line| line.chars().count() > 120) {
        return Err(must(question, "have lines of 120 characters or fewer"));
    }
    typed::address(question, address).map(drop)
}

fn details(question: &Question, contact: &Contact) -> Result<(), String> {
    if contact.telephone.is_empty() && contact.email.is_empty() && contact.name.is_empty() {
        return Err(must(
            question,
            "have a name, a telephone number or an email address",
        ));
    }
    if contact.name.chars().count() > 120 || contact.safe.chars().count() > 500 {
        return Err(must(
            question,
            "have a name of 120 characters or fewer, and 500 or fewer on what is safe",
        ));
    }
    typed::contact_details(contact).map(drop)
}

fn given(
    question: &Question,
    files: &[FileAnswer],
    most: usize,
    megabytes: u32,
) -> Result<(), String> {
    if files.len() > most {
        let word = if most == 1 { "file" } else { "files" };
        return Err(must(question, &format!("be {most} {word} or fewer")));
    }
    let limit = u64::from(megabytes) * 1_000_000;
    if let Some(large) = files.iter().find(|file| file.size > limit) {
        return Err(format!(
            "The file ‘{}’ must be smaller than {megabytes} MB",
            large.name
        ));
    }
    Ok(())
}
