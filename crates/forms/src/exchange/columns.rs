//! Records as the rows of a table, the same for what goes out and what comes in.

use std::collections::BTreeMap;

use commonweal_documents::{Cell, Column, Kind};
use uuid::Uuid;

use crate::answers::{self, Answer};
use crate::definition::{Definition, Question, QuestionKind};

/// What stands for an answer that the reader may not see.
pub(crate) const WITHHELD: &str = "Withheld";

/// The columns before the questions. The first names the record.
pub(crate) const FIXED: [&str; 9] = [
    "Reference",
    "Title",
    "State",
    "Agency",
    "Owner",
    "Due",
    "Created",
    "Changed",
    "Version of the questions",
];

/// What ids stand for, in both directions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// Names of agencies.
    pub(crate) agencies: BTreeMap<Uuid, String>,
    /// Names of people of the partnership; those whose name another has too with their address.
    pub(crate) staff: BTreeMap<Uuid, String>,
    /// References of records, of those that answers link to.
    pub(crate) records: BTreeMap<Uuid, String>,
    /// References of parties, of those that answers name.
    pub(crate) parties: BTreeMap<Uuid, String>,
}

impl Known {
    /// The words of an id, by the kind of question.
    fn words(&self, question: &Question, answer: &Answer) -> Option<String> {
        let (id, names) = match (answer, &question.kind) {
            (Answer::Agency(id), _) => (id, &self.agencies),
            (Answer::Person(id), QuestionKind::Person { staff: true }) => (id, &self.staff),
            (Answer::Person(id), _) => (id, &self.parties),
            (Answer::Record(id), _) => (id, &self.records),
            _ => return None,
        };
        Some(names.get(id).cloned().unwrap_or_else(|| id.to_string()))
    }

    /// The id that words stand for.
    fn id(names: &BTreeMap<Uuid, String>, words: &str) -> Option<Uuid> {
        let wanted = words.to_lowercase();
        let mut found = names
            .iter()
            .filter(|(_, name)| name.to_lowercase() == wanted);
        match (found.next(), found.next()) {
            (Some((id, _)), None) => Some(*id),
            _ => words.parse().ok().filter(|id| names.contains_key(id)),
        }
    }
}

/// A heading for each question: its short name, with its id where another has the same.
pub(crate) fn headings(definition: &Definition) -> Vec<String> {
    let name = |question: &Question| {
        let words = question.short.as_ref().unwrap_or(&question.label);
        words.en().trim().to_owned()
    };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let names = definition.questions.iter().map(name);
    for heading in names.chain(FIXED.map(str::to_owned)) {
        *seen.entry(folded(&heading)).or_default() += 1;
    }
    definition
        .questions
        .iter()
        .map(|question| {
            let name = name(question);
            match seen.get(&folded(&name)) {
                Some(1) => name,
                _ => format!("{name} ({})", question.id),
            }
        })
        .collect()
}

/// A heading as it is compared: whatever its case and spaces, and without the unit that a file
/// puts behind it.
pub(crate) fn folded(heading: &str) -> String {
    let plain = heading.trim();
    let plain = plain
        .strip_suffix("(£)")
        .or(plain.strip_suffix("(%)"))
        .unwrap_or(plain);
    let words: Vec<&str> = plain.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// The column of a question.
pub(crate) fn column(question: &Question, heading: &str) -> Column {
    let kind = match &question.kind {
        QuestionKind::Number { decimals: 0, .. } | QuestionKind::Scale { .. } => Kind::Integer,
        QuestionKind::Number { decimals, .. } => Kind::Decimal(*decimals),
        QuestionKind::Money { .. } => Kind::Money,
        QuestionKind::Date { .. } => Kind::Date,
        _ => Kind::Text,
    };
    Column::new(heading, kind)
}

/// An answer as a cell.
pub(crate) fn cell(question: &Question, answer: &Answer, known: &Known) -> Cell {
    match (answer, &question.kind) {
        (Answer::Number(number), QuestionKind::Number { decimals, .. }) => {
            // A number with more places than the question has today, from an earlier version, must
            // not be rounded on its way out.
            let rounded = format!("{number:.*}", usize::from(*decimals));
            if rounded.parse() == Ok(*number) {
                Cell::Number(*number)
            } else {
                Cell::Text(number.to_string())
            }
        }
        (Answer::Scale(point), QuestionKind::Scale { .. }) => Cell::Integer(*point),
        (Answer::Money(pence), QuestionKind::Money { .. }) => Cell::Pence(*pence),
        (Answer::Date(day), QuestionKind::Date { .. }) => Cell::Date(*day),
        _ => Cell::Text(text(question, answer, known)),
    }
}

/// An answer as the words of a cell: what [`read`] takes back.
pub(crate) fn text(question: &Question, answer: &Answer, known: &Known) -> String {
    known
        .words(question, answer)
        .unwrap_or_else(|| answers::text(question, answer))
}

/// The words of a cell as an answer; none for an empty one.
///
/// # Errors
/// Why it is no answer to this question, for people.
pub(crate) fn read(
    question: &Question,
    words: &str,
    known: &Known,
) -> Result<Option<Answer>, String> {
    let words = words.trim();
    if words.is_empty() {
        return Ok(None);
    }
    let no = |what: &str| Err(format!("There is no {what} of this name"));
    match &question.kind {
        QuestionKind::Agency => Known::id(&known.agencies, words)
            .map_or_else(|| no("agency"), |id| Ok(Some(Answer::Agency(id)))),
        QuestionKind::Person { staff: true } => Known::id(&known.staff, words)
            .map_or_else(|| no("colleague"), |id| Ok(Some(Answer::Person(id)))),
        QuestionKind::Person { staff: false } => {
            Err("People are chosen on the record's own page, not in a file".to_owned())
        }
        QuestionKind::Record { .. } => Known::id(&known.records, words)
            .map_or_else(|| no("record"), |id| Ok(Some(Answer::Record(id)))),
        QuestionKind::Files { .. } => {
            Err("Files are added on the record's own page, not in a table".to_owned())
        }
        _ => answers::from_text(question, words),
    }
}

/// Questions, kinds and possible answers, a line each, for the second sheet of a file.
pub(crate) fn codebook(definition: &Definition) -> Vec<String> {
    let mut lines = vec![format!(
        "Questions of {}, version {} ({}). In each line: heading, id, kind, what was asked.",
        definition.title.en(),
        definition.version,
        definition.key
    )];
    for (question, heading) in definition.questions.iter().zip(headings(definition)) {
        let mut line = format!(
            "{heading}: {}, {}. {}",
            question.id,
            kind(question),
            question.label.en()
        );
        if question.required {
            line.push_str(" Must be answered.");
        }
        let options = match &question.kind {
            QuestionKind::Choice(options) | QuestionKind::Choices { options, .. } => {
                options.as_slice()
            }
            _ => &[],
        };
        if !options.is_empty() {
            let options: Vec<String> = options
                .iter()
                .map(|option| format!("{} = {}", option.value, option.text.en()))
                .collect();
            line.push_str(" Answers: ");
            line.push_str(&options.join("; "));
            line.push('.');
        }
        lines.push(line);
    }
    lines
}

/// What a cell of a question holds, in words.
pub(crate) fn kind(question: &Question) -> String {
    match &question.kind {
        QuestionKind::Text(_) => "text".to_owned(),
        QuestionKind::LongText(_) => "long text".to_owned(),
        QuestionKind::Number { unit, .. } => match unit {
            Some(unit) => format!("number of {}", unit.en()),
            None => "number".to_owned(),
        },
        QuestionKind::Money { .. } => "pounds and pence".to_owned(),
        QuestionKind::Date { .. } => "date, such as 2026-01-31 or 31/1/2026".to_owned(),
        QuestionKind::Time => "time, such as 14:30".to_owned(),
        QuestionKind::YesNo { .. } => "yes or no".to_owned(),
        QuestionKind::Choice(_) => "one of the answers listed here".to_owned(),
        QuestionKind::Choices { .. } => {
            "any of the answers listed here, with semicolons between".to_owned()
        }
        QuestionKind::Scale {
            from, to, unsure, ..
        } => {
            let unsure = if *unsure { ", or unsure" } else { "" };
            format!("whole number from {from} to {to}{unsure}")
        }
        QuestionKind::Location => "place".to_owned(),
        QuestionKind::Address => "address".to_owned(),
        QuestionKind::Contact => "contact details".to_owned(),
        QuestionKind::Files { .. } => "files: their names go out, none come in".to_owned(),
        QuestionKind::Agency => "name of an agency".to_owned(),
        QuestionKind::Person { staff: true } => "name of a colleague".to_owned(),
        QuestionKind::Person { staff: false } => {
            "person: references go out, none come in".to_owned()
        }
        QuestionKind::Record { register } => format!("reference of a record of {register}"),
    }
}
