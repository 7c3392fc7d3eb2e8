//! Answers as people read them.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime, Timelike as _};
use commonweal_govuk::format;
use commonweal_records::party::contact::Means;
use uuid::Uuid;

use super::value::{Address, Answer, Answers, Contact, Location};
use crate::definition::{Choice, Definition, Facts, Question, QuestionKind, TextFormat};

/// Names of agencies, people and records, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(pub BTreeMap<Uuid, String>);

impl Names {
    /// A name; words that say so where it is not known or may not be seen.
    #[must_use]
    pub fn get(&self, id: Uuid) -> &str {
        self.0.get(&id).map_or("Not shown", String::as_str)
    }
}

/// An answer in words, in one line but for long text and lists of lines.
#[must_use]
pub fn show(question: &Question, answer: &Answer, language: &str, names: &Names) -> String {
    match answer {
        Answer::Text(text) => match &question.kind {
            QuestionKind::Text(limits) if limits.format == TextFormat::Telephone => telephone(text),
            _ => text.clone(),
        },
        Answer::Number(value) => match &question.kind {
            QuestionKind::Number { decimals, unit, .. } => {
                let value = number(*value, *decimals);
                match unit {
                    Some(unit) => format!("{value} {}", unit.get(language)),
                    None => value,
                }
            }
            _ => value.to_string(),
        },
        Answer::Money(pence) => money(*pence),
        Answer::Date(date) => day(*date),
        Answer::Time(time) => clock(*time),
        Answer::YesNo(yes) => match (language, yes) {
            ("cy", true) => "Ie".to_owned(),
            ("cy", false) => "Nage".to_owned(),
            (_, true) => "Yes".to_owned(),
            (_, false) => "No".to_owned(),
        },
        Answer::Choice(value) => option_words(question, value, language),
        Answer::Choices(values) => {
            let words = values
                .iter()
                .map(|value| option_words(question, value, language));
            words.collect::<Vec<_>>().join(", ")
        }
        Answer::Scale(point) => scale(question, *point, language),
        Answer::Unsure if language == "cy" => "Ddim yn gwybod, neu ddim am ddweud".to_owned(),
        Answer::Unsure => "Do not know or rather not say".to_owned(),
        Answer::Location(location) => place(location),
        Answer::Address(address) => one_line(address),
        Answer::Contact(contact) => details(contact),
        Answer::Files(files) => {
            let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
            names.join(", ")
        }
        Answer::Agency(id) | Answer::Person(id) | Answer::Record(id) => names.get(*id).to_owned(),
    }
}

/// The line that names a record in lists; what it is called where no answer names it.
#[must_use]
pub fn title(definition: &Definition, answers: &Answers, names: &Names) -> String {
    let facts = Facts::new(definition, answers);
    let filled = definition.record_title.fill(|id| {
        let (place, question) = definition.question(id)?;
        let answer = answers.get(id).filter(|_| facts.question(place))?;
        Some(show(question, answer, "en", names))
    });
    let filled: String = filled.chars().take(200).collect();
    if filled.is_empty() {
        let mut letters = definition.singular.en().chars();
        let first: String = letters
            .next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .collect();
        format!("{first}{}", letters.as_str())
    } else {
        filled
    }
}

fn options(question: &Question) -> &[Choice] {
    match &question.kind {
        QuestionKind::Choice(options) | QuestionKind::Choices { options, .. } => options,
        _ => &[],
    }
}

fn option_words(question: &Question, value: &str, language: &str) -> String {
    let found = options(question)
        .iter()
        .find(|option| option.value == value);
    // An option that a later version took out is still shown.
    found
        .map_or(value, |option| option.text.get(language))
        .to_owned()
}

fn scale(question: &Question, point: i64, language: &str) -> String {
    match &question.kind {
        QuestionKind::Scale {
            from,
            to,
            low,
            high,
            ..
        } => {
            let words = match point {
                _ if point == *from => format!(" ({})", low.get(language)),
                _ if point == *to => format!(" ({})", high.get(language)),
                _ => String::new(),
            };
            format!("{point}{words}")
        }
        _ => point.to_string(),
    }
}

/// A number with commas, with as many decimal places as it has and at most so many.
pub(super) fn number(value: f64, decimals: u8) -> String {
    let text = format::decimal(value, u32::from(decimals));
    match text.split_once('.') {
        Some((whole, places)) => {
            let places = places.trim_end_matches('0');
            if places.is_empty() {
                whole.to_owned()
            } else {
                format!("{whole}.{places}")
            }
        }
        None => text,
    }
}

/// '£1,200' or '£12.50'.
pub(super) fn money(pence: i64) -> String {
    let sign = if pence < 0 { "\u{2212}" } else { "" };
    let (pounds, rest) = (pence.unsigned_abs() / 100, pence.unsigned_abs() % 100);
    let pounds = format::whole(i64::try_from(pounds).unwrap_or(i64::MAX));
    if rest == 0 {
        format!("{sign}£{pounds}")
    } else {
        format!("{sign}£{pounds}.{rest:02}")
    }
}

/// '4 May 2026'.
pub(super) fn day(date: NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}

/// '5:30pm', '5pm', 'midday', 'midnight'.
fn clock(time: NaiveTime) -> String {
    let (afternoon, hour) = time.hour12();
    let half = if afternoon { "pm" } else { "am" };
    match (time.hour(), time.minute()) {
        (0, 0) => "midnight".to_owned(),
        (12, 0) => "midday".to_owned(),
        (_, 0) => format!("{hour}{half}"),
        (_, minute) => format!("{hour}:{minute:02}{half}"),
    }
}

pub(super) fn telephone(value: &str) -> String {
    Means::Phone.shown(value)
}

pub(super) fn place(location: &Location) -> String {
    if location.text.is_empty() {
        format!("{:.5}, {:.5}", location.latitude, location.longitude)
    } else {
        location.text.clone()
    }
}

pub(super) fn one_line(address: &Address) -> String {
    let lines = [
        &address.line1,
        &address.line2,
        &address.town,
        &address.postcode,
    ];
    let lines: Vec<&str> = lines
        .into_iter()
        .filter(|line| !line.is_empty())
        .map(String::as_str)
        .collect();
    lines.join(", ")
}

fn details(contact: &Contact) -> String {
    let mut parts = Vec::new();
    if !contact.name.is_empty() {
        parts.push(contact.name.clone());
    }
    if !contact.telephone.is_empty() {
        parts.push(telephone(&contact.telephone));
    }
    if !contact.email.is_empty() {
        parts.push(contact.email.clone());
    }
    if !contact.safe.is_empty() {
        parts.push(format!("safe: {}", contact.safe));
    }
    parts.join(", ")
}
