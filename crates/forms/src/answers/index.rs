//! Answers as rows of the index: what lists show, filter and sort by.

use chrono::NaiveDate;
use uuid::Uuid;

use super::value::{Answer, Answers};
use super::{UNSURE, show};
use crate::definition::{Definition, Facts};

/// The longest text that is indexed, in characters.
const LONGEST: usize = 500;

/// A row of the table `answer_index` without its record.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IndexRow {
    /// The question's id.
    pub question: String,
    /// The place among several values; 0 for most.
    pub position: i64,
    /// A text, the value of an option, a time or the words of a place.
    pub text: Option<String>,
    /// A number, pence, a point of a scale, yes (1) and no (0), how many files.
    pub number: Option<f64>,
    /// A date.
    pub date: Option<NaiveDate>,
    /// An agency, person or record.
    pub linked: Option<Uuid>,
}

/// The rows of all questions with `list = true` that are answered and shown in some state.
#[must_use]
pub fn index_rows(definition: &Definition, answers: &Answers) -> Vec<IndexRow> {
    let facts = Facts::new(definition, answers);
    let mut rows = Vec::new();
    for (id, question) in definition.all() {
        if !question.list || !facts.question(id) {
            continue;
        }
        let Some(answer) = answers.get(&question.id) else {
            continue;
        };
        let row = |position: i64| IndexRow {
            question: question.id.clone(),
            position,
            ..IndexRow::default()
        };
        let text = |text: &str| IndexRow {
            text: Some(text.chars().take(LONGEST).collect()),
            ..row(0)
        };
        let number = |number: f64| IndexRow {
            number: Some(number),
            ..row(0)
        };
        let linked = |id: Uuid| IndexRow {
            linked: Some(id),
            ..row(0)
        };
        match answer {
            Answer::Text(value) | Answer::Choice(value) => rows.push(text(value)),
            Answer::Choices(values) => {
                for (position, value) in (0..).zip(values) {
                    rows.push(IndexRow {
                        text: Some(value.clone()),
                        ..row(position)
                    });
                }
            }
            Answer::Number(value) => rows.push(number(*value)),
            #[expect(
                clippy::cast_precision_loss,
                reason = "below 2^53 pence; scales are small"
            )]
            Answer::Money(value) | Answer::Scale(value) => rows.push(number(*value as f64)),
            Answer::YesNo(yes) => rows.push(number(f64::from(u8::from(*yes)))),
            Answer::Date(date) => rows.push(IndexRow {
                date: Some(*date),
                ..row(0)
            }),
            Answer::Time(time) => rows.push(text(&time.format("%H:%M").to_string())),
            Answer::Unsure => rows.push(text(UNSURE)),
            Answer::Location(place) => rows.push(text(&show::place(place))),
            Answer::Address(address) => rows.push(text(&show::one_line(address))),
            Answer::Contact(contact) => rows.push(text(&contact.name)),
            #[expect(clippy::cast_precision_loss, reason = "few files")]
            Answer::Files(files) => rows.push(number(files.len() as f64)),
            Answer::Agency(one) | Answer::Person(one) | Answer::Record(one) => {
                rows.push(linked(*one));
            }
        }
    }
    rows
}
