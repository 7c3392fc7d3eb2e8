//! Answers as plain values for programs and back.

use serde_json::{Value, json as object};

use super::fits::fits;
use super::table::from_text;
use super::value::{Address, Answer, Contact, Location, LocationHow};
use super::wording::must;
use super::{UNSURE, typed};
use crate::definition::{Question, QuestionKind};

/// An answer as a plain value: a text, a number (money in pounds), a date `2026-05-04`, a time
/// `17:30`, true or false, the value of an option or a list of them, `"unsure"`, an object for a
/// location, an address or a contact, a list of objects for files, an id for anything linked.
#[must_use]
pub fn json(question: &Question, answer: &Answer) -> Value {
    match answer {
        Answer::Text(text) => object!(text),
        Answer::Number(number) => match &question.kind {
            QuestionKind::Number { decimals: 0, .. } if number.abs() < 9e15 => {
                #[expect(clippy::cast_possible_truncation, reason = "below 2^53")]
                let whole = number.round() as i64;
                object!(whole)
            }
            _ => object!(number),
        },
        #[expect(clippy::cast_precision_loss, reason = "below 2^53 pence")]
        Answer::Money(pence) => object!(*pence as f64 / 100.0),
        Answer::Date(date) => object!(date.format("%Y-%m-%d").to_string()),
        Answer::Time(time) => object!(time.format("%H:%M").to_string()),
        Answer::YesNo(yes) => object!(yes),
        Answer::Choice(value) => object!(value),
        Answer::Choices(values) => object!(values),
        Answer::Scale(point) => object!(point),
        Answer::Unsure => object!(UNSURE),
        Answer::Location(place) => object!({
            "latitude": place.latitude,
            "longitude": place.longitude,
            "how": place.how,
            "text": place.text,
            "accuracy": place.accuracy,
        }),
        Answer::Address(address) => object!(address),
        Answer::Contact(contact) => object!(contact),
        Answer::Files(files) => object!(files),
        Answer::Agency(id) | Answer::Person(id) | Answer::Record(id) => object!(id),
    }
}

/// A plain value as an answer; none for null and empty texts. Files are sent to their own address.
///
/// # Errors
/// What is wrong with the value.
pub fn from_json(question: &Question, value: &Value) -> Result<Option<Answer>, String> {
    let wrong = |wanted: &str| must(question, &format!("be {wanted}"));
    let part = |name: &str| -> Result<String, String> {
        match value.get(name) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err(wrong(&format!("an object whose {name} is a text"))),
        }
    };
    let answer = match (&question.kind, value) {
        (_, Value::Null) => return Ok(None),
        (QuestionKind::Number { .. }, Value::Number(number)) => {
            Answer::Number(number.as_f64().ok_or_else(|| wrong("a number"))?)
        }
        (QuestionKind::Money { .. }, Value::Number(number)) => {
            Answer::Money(typed::money(question, &number.to_string())?)
        }
        (QuestionKind::YesNo { .. }, Value::Bool(yes)) => Answer::YesNo(*yes),
        (QuestionKind::Scale { .. }, Value::Number(number)) => {
            Answer::Scale(number.as_i64().ok_or_else(|| wrong("a whole number"))?)
        }
        (QuestionKind::Choices { options, .. }, Value::Array(values)) => {
            let mut chosen = Vec::new();
            for value in values {
                let value = value.as_str().unwrap_or_default();
                if !options.iter().any(|option| option.value == value) {
                    let known: Vec<&str> = options.iter().map(|one| one.value.as_str()).collect();
                    return Err(wrong(&format!("a list of {}", known.join(", "))));
                }
                chosen.push(value);
            }
            match typed::chosen(question, options, chosen.into_iter())? {
                Answer::Choices(values) if values.is_empty() => return Ok(None),
                chosen => chosen,
            }
        }
        (QuestionKind::Location, Value::Object(_)) => Answer::Location(location(question, value)?),
        (QuestionKind::Address, Value::Object(_)) => {
            let given = Address {
                line1: part("line1")?,
                line2: part("line2")?,
                town: part("town")?,
                postcode: part("postcode")?,
                uprn: part("uprn")?,
            };
            match typed::address(question, &given)? {
                Some(address) => Answer::Address(address),
                None => return Ok(None),
            }
        }
        (QuestionKind::Contact, Value::Object(_)) => {
            let given = Contact {
                name: part("name")?,
                telephone: part("telephone")?,
                email: part("email")?,
                safe: part("safe")?,
            };
            match typed::contact_details(&given)? {
                Some(contact) => Answer::Contact(contact),
                None => return Ok(None),
            }
        }
        (QuestionKind::Choice(options), Value::String(text)) if !text.is_empty() => {
            let found = options.iter().find(|option| option.value == *text);
            match found {
                Some(option) => Answer::Choice(option.value.clone()),
                None => {
                    let known: Vec<&str> = options.iter().map(|one| one.value.as_str()).collect();
                    return Err(wrong(&format!("one of {}", known.join(", "))));
                }
            }
        }
        (
            QuestionKind::Text(_)
            | QuestionKind::LongText(_)
            | QuestionKind::Choice(_)
            | QuestionKind::Date { .. }
            | QuestionKind::Time
            | QuestionKind::Scale { .. }
            | QuestionKind::Agency
            | QuestionKind::Person { .. }
            | QuestionKind::Record { .. },
            Value::String(text),
        ) => return from_text(question, text),
        (QuestionKind::Files { .. }, _) => {
            return Err("Send files to the address of the record's files".to_owned());
        }
        _ => return Err(wrong(wanted(&question.kind))),
    };
    fits(question, &answer, None)?;
    Ok(Some(answer))
}

fn wanted(kind: &QuestionKind) -> &'static str {
    match kind {
        QuestionKind::Number { .. } => "a number",
        QuestionKind::Money { .. } => "a number of pounds",
        QuestionKind::YesNo { .. } => "true or false",
        QuestionKind::Choices { .. } => "a list of texts",
        QuestionKind::Scale { .. } => "a whole number",
        QuestionKind::Location | QuestionKind::Address | QuestionKind::Contact => "an object",
        _ => "a text",
    }
}

fn location(question: &Question, value: &Value) -> Result<Location, String> {
    let number = |name: &str| value.get(name).and_then(Value::as_f64);
    let (Some(latitude), Some(longitude)) = (number("latitude"), number("longitude")) else {
        return Err(must(question, "have a latitude and a longitude as numbers"));
    };
    let how = value.get("how").and_then(|how| {
        let how: Option<LocationHow> = serde_json::from_value(how.clone()).ok();
        how
    });
    let text = value
        .get("text")
        .and_then(Value::as_str)
        .unwrap_or_default();
    Ok(Location {
        latitude,
        longitude,
        how: how.unwrap_or(LocationHow::Coordinates),
        text: typed::clean(text, false),
        accuracy: number("accuracy").filter(|metres| (0.0..=1_000_000.0).contains(metres)),
    })
}
