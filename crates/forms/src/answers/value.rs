//! Answers as values, and as the JSON object that a record keeps.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One answer. A question without an answer has none: *missing* is no value of this type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", content = "value", rename_all = "snake_case")]
pub enum Answer {
    /// Text, long text.
    Text(String),
    /// A number.
    Number(f64),
    /// Money, in pence.
    Money(i64),
    /// A day.
    Date(NaiveDate),
    /// A time of day, Europe/London.
    Time(NaiveTime),
    /// Yes or no.
    YesNo(bool),
    /// The value of one choice.
    Choice(String),
    /// The values of choices, in the order in which they are offered.
    Choices(Vec<String>),
    /// A point on a scale.
    Scale(i64),
    /// 'Do not know' or 'rather not say', where a scale offers it.
    Unsure,
    /// A place.
    Location(Location),
    /// A postal address.
    Address(Address),
    /// Who to get in touch with, and how.
    Contact(Contact),
    /// Files, by their use in `core::files`.
    Files(Vec<FileAnswer>),
    /// An agency.
    Agency(Uuid),
    /// A party, or a user where the question asks for staff.
    Person(Uuid),
    /// A record.
    Record(Uuid),
}

/// A place, and how it was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// Degrees north, WGS84.
    pub latitude: f64,
    /// Degrees east, WGS84.
    pub longitude: f64,
    /// How it was given.
    pub how: LocationHow,
    /// The postcode or words that were typed.
    pub text: String,
    /// Metres within which it is right, where that is known.
    pub accuracy: Option<f64>,
}

/// How a place was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LocationHow {
    /// A pin on the map.
    Pin,
    /// The device said where it is.
    Device,
    /// A postcode's middle.
    Postcode,
    /// The name of a place.
    Name,
    /// Typed co-ordinates.
    Coordinates,
}

/// A postal address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// First line.
    pub line1: String,
    /// Second line, may be empty.
    pub line2: String,
    /// Town.
    pub town: String,
    /// Postcode in its usual spelling.
    pub postcode: String,
    /// Unique property reference number; empty where not known.
    pub uprn: String,
}

/// Who to get in touch with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Name, may be empty.
    pub name: String,
    /// Telephone.
    pub telephone: String,
    /// E-mail.
    pub email: String,
    /// When and how it is safe, in the person's words.
    pub safe: String,
}

/// A file that was given as an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileAnswer {
    /// Its row in `file_uses`.
    pub id: Uuid,
    /// The SHA-256 of what is stored, in hexadecimal.
    pub sha256: String,
    /// Its name as it was given, cleaned.
    pub name: String,
    /// Its type, by content.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
}

/// The answers of a record or draft, by the id of the question.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(pub BTreeMap<String, Answer>);

impl Answers {
    /// The answer to a question.
    #[must_use]
    pub fn get(&self, question: &str) -> Option<&Answer> {
        self.0.get(question)
    }

    /// Sets an answer, or removes it.
    pub fn set(&mut self, question: &str, answer: Option<Answer>) {
        match answer {
            Some(answer) => {
                self.0.insert(question.to_owned(), answer);
            }
            None => {
                self.0.remove(question);
            }
        }
    }
}
