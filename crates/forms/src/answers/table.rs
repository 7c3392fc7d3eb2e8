//! Answers as one cell of a table and back. Agencies, people and records are ids here: who exports or
//! imports turns them into names and back.

use uuid::Uuid;

use super::fields::plain_money;
use super::fits::fits;
use super::value::{Address, Answer, Contact};
use super::wording::must;
use super::{UNSURE, show, typed};
use crate::definition::{Choice, Question, QuestionKind};

/// An answer as a cell.
#[must_use]
pub fn text(question: &Question, answer: &Answer) -> String {
    match answer {
        Answer::Text(text) => text.clone(),
        Answer::Number(number) => number.to_string(),
        Answer::Money(pence) => plain_money(*pence),
        Answer::Date(date) => date.format("%Y-%m-%d").to_string(),
        Answer::Time(time) => time.format("%H:%M").to_string(),
        Answer::YesNo(true) => "Yes".to_owned(),
        Answer::YesNo(false) => "No".to_owned(),
        Answer::Choice(value) => option_cell(question, value),
        Answer::Choices(values) => {
            let cells: Vec<String> = values
                .iter()
                .map(|value| option_cell(question, value))
                .collect();
            cells.join("; ")
        }
        Answer::Scale(point) => point.to_string(),
        Answer::Unsure => UNSURE.to_owned(),
        Answer::Location(location) => {
            let place = format!("{}, {}", location.latitude, location.longitude);
            if location.text.is_empty() {
                place
            } else {
                format!("{place} ({})", location.text)
            }
        }
        Answer::Address(address) => address_cell(address),
        Answer::Contact(contact) => contact_cell(contact),
        Answer::Files(files) => {
            let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
            names.join("; ")
        }
        Answer::Agency(id) | Answer::Person(id) | Answer::Record(id) => id.to_string(),
    }
}

fn options(question: &Question) -> &[Choice] {
    match &question.kind {
        QuestionKind::Choice(options) | QuestionKind::Choices { options, .. } => options,
        _ => &[],
    }
}

/// An option's words; its value where the words would read back as another option.
fn option_cell(question: &Question, value: &str) -> String {
    let options = options(question);
    let found = options.iter().find(|option| option.value == value);
    let Some(words) = found.map(|option| option.text.en()) else {
        return value.to_owned();
    };
    let same = typed::option(options, words).is_some_and(|option| option.value == value);
    if same && !words.contains(';') && words.trim() == words {
        words.to_owned()
    } else {
        value.to_owned()
    }
}

fn address_cell(address: &Address) -> String {
    let uprn = if address.uprn.is_empty() {
        String::new()
    } else {
        format!("UPRN {}", address.uprn)
    };
    let parts = [
        &address.line1,
        &address.line2,
        &address.town,
        &address.postcode,
        &uprn,
    ];
    let parts: Vec<&str> = parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .map(String::as_str)
        .collect();
    let between = if parts.iter().any(|part| part.contains(',')) {
        "; "
    } else {
        ", "
    };
    parts.join(between)
}

fn contact_cell(contact: &Contact) -> String {
    let mut parts = vec![contact.name.replace(';', ",")];
    parts.push(show::telephone(&contact.telephone));
    parts.push(contact.email.clone());
    if !contact.safe.is_empty() {
        parts.push(format!("safe: {}", contact.safe));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

/// A cell as an answer; none where it is empty.
///
/// # Errors
/// What is wrong with the cell.
pub fn from_text(question: &Question, cell: &str) -> Result<Option<Answer>, String> {
    let cell = cell.trim();
    if cell.is_empty() {
        return Ok(None);
    }
    let uuid = || {
        cell.parse::<Uuid>()
            .map_err(|_| format!("{} is not known", super::wording::subject(question)))
    };
    let answer = match &question.kind {
        QuestionKind::Text(limits) => {
            let text = typed::clean(cell, false);
            Answer::Text(typed::formatted(question, limits.format, &text)?)
        }
        QuestionKind::LongText(_) => Answer::Text(typed::clean(cell, true)),
        QuestionKind::Number { .. } => Answer::Number(typed::number(question, cell)?),
        QuestionKind::Money { .. } => Answer::Money(typed::money(question, cell)?),
        QuestionKind::Date { .. } => Answer::Date(typed::whole_date(question, cell)?),
        QuestionKind::Time => Answer::Time(typed::time(question, cell)?),
        QuestionKind::YesNo { .. } => match cell.to_lowercase().as_str() {
            "yes" | "y" | "true" | "1" => Answer::YesNo(true),
            "no" | "n" | "false" | "0" => Answer::YesNo(false),
            _ => return Err(must(question, "be yes or no")),
        },
        QuestionKind::Choice(options) => match typed::option(options, cell) {
            Some(option) => Answer::Choice(option.value.clone()),
            None => return Err(not_offered(question, options)),
        },
        QuestionKind::Choices { options, .. } => {
            // One option may hold a semicolon or comma in its words.
            let chosen = match typed::option(options, cell) {
                Some(option) => Answer::Choices(vec![option.value.clone()]),
                None => typed::chosen(question, options, cell.split(';').map(str::trim))
                    .map_err(|_| not_offered(question, options))?,
            };
            match chosen {
                Answer::Choices(values) if values.is_empty() => return Ok(None),
                chosen => chosen,
            }
        }
        QuestionKind::Scale { .. } if cell.eq_ignore_ascii_case(UNSURE) => Answer::Unsure,
        QuestionKind::Scale { from, to, .. } => {
            let rule = format!("be a whole number between {from} and {to}");
            let point = typed::number(question, cell).map_err(|_| must(question, &rule))?;
            if point.fract() != 0.0 || point.abs() > 1000.0 {
                return Err(must(question, &rule));
            }
            #[expect(clippy::cast_possible_truncation, reason = "whole and small")]
            Answer::Scale(point as i64)
        }
        QuestionKind::Location => Answer::Location(place_cell(question, cell)?),
        QuestionKind::Address => match typed::address(question, &address_of(cell))? {
            Some(address) => Answer::Address(address),
            None => return Ok(None),
        },
        QuestionKind::Contact => match typed::contact_details(&contact_of(cell))? {
            Some(contact) => Answer::Contact(contact),
            None => return Ok(None),
        },
        QuestionKind::Files { .. } => {
            return Err(format!(
                "{} cannot be brought in from a table: add the files to the record",
                super::wording::subject(question)
            ));
        }
        QuestionKind::Agency => Answer::Agency(uuid()?),
        QuestionKind::Person { .. } => Answer::Person(uuid()?),
        QuestionKind::Record { .. } => Answer::Record(uuid()?),
    };
    fits(question, &answer, None)?;
    Ok(Some(answer))
}

fn not_offered(question: &Question, options: &[Choice]) -> String {
    let words: Vec<&str> = options
        .iter()
        .take(12)
        .map(|option| option.text.en())
        .collect();
    let more = if options.len() > 12 { " …" } else { "" };
    must(question, &format!("be one of: {}{more}", words.join("; ")))
}

fn place_cell(question: &Question, cell: &str) -> Result<super::Location, String> {
    let (place, words) = match cell.split_once('(') {
        Some((place, words)) => (place, words.trim().trim_end_matches(')')),
        None => (cell, ""),
    };
    let mut location = typed::typed_location(place.trim())
        .ok_or_else(|| must(question, "be latitude and longitude, like 54.777, -1.575"))?;
    words.clone_into(&mut location.text);
    Ok(location)
}

/// Lines between line breaks, semicolons or commas; what looks like a postcode or a UPRN is one.
fn address_of(cell: &str) -> Address {
    let between: &[char] = if cell.contains('\n') {
        &['\n']
    } else if cell.contains(';') {
        &[';']
    } else {
        &[',']
    };
    let mut lines: Vec<&str> = cell
        .split(between)
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let mut address = Address::default();
    if let Some(uprn) = lines.last().and_then(|last| uprn_line(last)) {
        address.uprn = uprn.to_owned();
        lines.pop();
    }
    if let Some(postcode) = lines.last().and_then(|last| typed::postcode(last)) {
        address.postcode = postcode;
        lines.pop();
    }
    if lines.len() > 1
        && let Some(town) = lines.pop()
    {
        address.town = town.to_owned();
    }
    let mut lines = lines.into_iter();
    address.line1 = lines.next().unwrap_or_default().to_owned();
    address.line2 = lines.collect::<Vec<_>>().join(", ");
    address
}

fn uprn_line(line: &str) -> Option<&str> {
    let (word, digits) = line.split_once(' ')?;
    let fits = word.eq_ignore_ascii_case("uprn") && typed::uprn(digits).is_some();
    fits.then_some(digits)
}

fn contact_of(cell: &str) -> Contact {
    let mut contact = Contact::default();
    let (known, safe) = match cell.split_once("safe: ") {
        Some((known, safe)) => (known, safe),
        None => (cell, ""),
    };
    safe.trim().clone_into(&mut contact.safe);
    for part in known.split([';', '\n']).map(str::trim) {
        if part.contains('@') {
            part.clone_into(&mut contact.email);
        } else if commonweal_records::party::contact::phone(part).is_ok() {
            part.clone_into(&mut contact.telephone);
        } else if !part.is_empty() {
            if !contact.name.is_empty() {
                contact.name.push_str(", ");
            }
            contact.name.push_str(part);
        }
    }
    contact
}
