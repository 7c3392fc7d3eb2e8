//! What a table would do to the records of a definition. Pure: rows and records in, a plan out.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::super::columns::{self, FIXED, Known, WITHHELD, folded};
use crate::answers::{self, Answers};
use crate::definition::{Definition, Question, Shared};

mod matching;

pub(crate) use matching::{Matching, Sheet};

/// The most rows of one import: all of them are written at once or none.
pub(crate) const MOST_ROWS: usize = 5_000;

/// What the column of references is called in a matching.
pub(crate) const REFERENCE: &str = "@reference";

/// A record that is there already, as far as an import may know it.
#[derive(Debug, Clone)]
pub(crate) struct Present {
    pub(crate) id: Uuid,
    pub(crate) reference: String,
    pub(crate) version: i64,
    /// The version of the questions that it was asked by.
    pub(crate) definition: Shared,
    pub(crate) answers: Answers,
    /// Whether the importer may see it.
    pub(crate) seen: bool,
    /// Whether the importer may change it.
    pub(crate) changeable: bool,
    /// Whether the importer may see its personal answers.
    pub(crate) personal: bool,
    pub(crate) closed: bool,
    pub(crate) state: String,
}

/// The records that rows may mean.
#[derive(Debug, Default)]
pub(crate) struct There {
    pub(crate) records: Vec<Present>,
    pub(crate) by_reference: HashMap<String, usize>,
    /// By the folded text of the import key.
    pub(crate) by_key: HashMap<String, Vec<usize>>,
}

/// A key as it is compared.
pub(crate) fn folded_key(text: &str) -> String {
    squeezed(text).to_lowercase()
}

/// What an import would do.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Plan {
    /// Records to be made.
    pub(crate) new: Vec<New>,
    /// Records to be changed.
    pub(crate) changed: Vec<Changed>,
    /// Rows that say what is there already.
    pub(crate) unchanged: usize,
    /// Rows that cannot be taken.
    pub(crate) rejected: Vec<Rejected>,
}

/// A record to be made.
#[derive(Debug, PartialEq)]
pub(crate) struct New {
    pub(crate) row: u64,
    pub(crate) answers: Answers,
}

/// A record to be changed.
#[derive(Debug, PartialEq)]
pub(crate) struct Changed {
    pub(crate) row: u64,
    pub(crate) record: Uuid,
    pub(crate) reference: String,
    /// The version that was looked at.
    pub(crate) version: i64,
    pub(crate) definition_version: i64,
    /// All its answers after the import.
    pub(crate) answers: Answers,
    pub(crate) changes: Vec<Change>,
}

/// A change of one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) question: String,
    pub(crate) old: String,
    pub(crate) new: String,
}

/// A row that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rejected {
    pub(crate) row: u64,
    pub(crate) column: String,
    pub(crate) reason: String,
}

impl Plan {
    /// Whether it would change anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty()
    }

    /// What names exactly this plan: a second look that comes to the same one may go ahead.
    pub(crate) fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut put = |text: &str| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        };
        for new in &self.new {
            put(&new.row.to_string());
            put(&serde_json::to_string(&new.answers).unwrap_or_default());
        }
        for changed in &self.changed {
            put(&format!(
                "{} {} {}",
                changed.row, changed.record, changed.version
            ));
            put(&serde_json::to_string(&changed.answers).unwrap_or_default());
        }
        for rejected in &self.rejected {
            put(&format!("{} {}", rejected.row, rejected.column));
        }
        hex::encode(hash.finalize())
    }
}

struct Reader<'a> {
    definition: &'a Shared,
    sheet: &'a Sheet,
    matching: &'a Matching,
    known: &'a Known,
    there: &'a There,
    today: NaiveDate,
}

/// What a row turned out to be.
enum Outcome {
    New(Answers),
    Changed(usize, Answers, Vec<Change>),
    Unchanged,
}

/// Works out what a table would do.
pub(crate) fn plan(
    definition: &Shared,
    sheet: &Sheet,
    matching: &Matching,
    known: &Known,
    there: &There,
    today: NaiveDate,
) -> Plan {
    let reader = Reader {
        definition,
        sheet,
        matching,
        known,
        there,
        today,
    };
    let mut plan = Plan::default();
    // Two rows that mean one record contradict each other, whatever they say.
    let targets: Vec<Result<Option<usize>, Rejected>> = sheet
        .rows
        .iter()
        .map(|(row, cells)| reader.target(*row, cells))
        .collect();
    let mut rows_of: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    let mut rows_of_key: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for ((row, cells), target) in sheet.rows.iter().zip(&targets) {
        match target {
            Ok(Some(record)) => rows_of.entry(*record).or_default().push(*row),
            Ok(None) => {
                if let Some(key) = reader.key(cells) {
                    rows_of_key.entry(key).or_default().push(*row);
                }
            }
            Err(_) => {}
        }
    }
    for ((row, cells), target) in sheet.rows.iter().zip(targets) {
        let outcome = target
            .map_err(|rejected| vec![rejected])
            .and_then(|target| {
                let others = match target {
                    Some(record) => rows_of.get(&record),
                    None => reader.key(cells).and_then(|key| rows_of_key.get(&key)),
                };
                match others.filter(|rows| rows.len() > 1) {
                    Some(rows) => {
                        let rows: Vec<String> = rows.iter().map(u64::to_string).collect();
                        Err(vec![Rejected {
                            row: *row,
                            column: reader.key_heading(),
                            reason: format!("Rows {} mean the same record", rows.join(", ")),
                        }])
                    }
                    None => reader.row(*row, cells, target),
                }
            });
        match outcome {
            Ok(Outcome::New(answers)) => plan.new.push(New { row: *row, answers }),
            Ok(Outcome::Unchanged) => plan.unchanged += 1,
            Ok(Outcome::Changed(place, answers, changes)) => {
                if let Some(present) = there.records.get(place) {
                    plan.changed.push(Changed {
                        row: *row,
                        record: present.id,
                        reference: present.reference.clone(),
                        version: present.version,
                        definition_version: present.definition.version,
                        answers,
                        changes,
                    });
                }
            }
            Err(rejected) => plan.rejected.extend(rejected),
        }
    }
    plan
}

impl Reader<'_> {
    fn import_key(&self) -> Option<&Question> {
        self.definition.get(self.definition.import_key?)
    }

    fn cell<'c>(&self, cells: &'c [String], id: &str) -> &'c str {
        self.matching
            .place(id)
            .and_then(|place| cells.get(place))
            .map_or("", |cell| cell.trim())
    }

    fn heading(&self, id: &str) -> String {
        self.matching
            .place(id)
            .and_then(|place| self.sheet.headings.get(place))
            .cloned()
            .unwrap_or_default()
    }

    fn key_heading(&self) -> String {
        let key = self.import_key().map(|key| self.heading(&key.id));
        match self.heading(REFERENCE) {
            reference if !reference.is_empty() => reference,
            _ => key.unwrap_or_default(),
        }
    }

    /// The key of a row, as it is compared.
    fn key(&self, cells: &[String]) -> Option<String> {
        let question = self.import_key()?;
        let words = self.cell(cells, &question.id);
        if words.is_empty() || words == WITHHELD {
            return None;
        }
        // A key is compared as it would be stored: a UPRN with or without spaces is one.
        let read = columns::read(question, words, self.known).ok().flatten();
        Some(folded_key(&read.map_or_else(
            || words.to_owned(),
            |answer| columns::text(question, &answer, self.known),
        )))
    }

    /// The record that a row means; none where it is a new one.
    fn target(&self, row: u64, cells: &[String]) -> Result<Option<usize>, Rejected> {
        let reject = |column: String, reason: &str| Rejected {
            row,
            column,
            reason: reason.to_owned(),
        };
        let reference = self.cell(cells, REFERENCE);
        if !reference.is_empty() {
            let written = reference
                .parse::<commonweal_core::ids::Reference>()
                .map_or_else(|_| reference.to_owned(), |reference| reference.to_string());
            let found = self.there.by_reference.get(&written).copied();
            return found.map(Some).ok_or_else(|| {
                reject(
                    self.heading(REFERENCE),
                    "There is no record with this reference",
                )
            });
        }
        let Some(key) = self.key(cells) else {
            return Ok(None);
        };
        let heading = self
            .import_key()
            .map(|key| self.heading(&key.id))
            .unwrap_or_default();
        match self.there.by_key.get(&key).map(Vec::as_slice) {
            None | Some([]) => Ok(None),
            Some([one]) => match self.there.records.get(*one) {
                Some(present) if present.seen => Ok(Some(*one)),
                _ => Err(reject(
                    heading,
                    "A record with this is there already, and you may not see it",
                )),
            },
            Some(several) => {
                let mine = |place: &&usize| {
                    self.there
                        .records
                        .get(**place)
                        .is_some_and(|record| record.seen)
                };
                let named: Vec<&str> = several
                    .iter()
                    .filter(mine)
                    .filter_map(|place| self.there.records.get(*place))
                    .map(|record| record.reference.as_str())
                    .collect();
                Err(reject(
                    heading,
                    &format!(
                        "{} records have this ({}). Put the reference of the right one into a column 'Reference'",
                        several.len(),
                        named.join(", ")
                    ),
                ))
            }
        }
    }

    fn row(
        &self,
        row: u64,
        cells: &[String],
        target: Option<usize>,
    ) -> Result<Outcome, Vec<Rejected>> {
        let present = target.and_then(|place| self.there.records.get(place));
        let definition = present.map_or(self.definition, |present| &present.definition);
        let before = present
            .map(|present| present.answers.clone())
            .unwrap_or_default();
        let mut after = before.clone();
        let mut changes = Vec::new();
        let mut rejected = Vec::new();
        let reject = |rejected: &mut Vec<Rejected>, column: String, reason: String| {
            rejected.push(Rejected {
                row,
                column,
                reason,
            });
        };
        for (place, id) in self.matching.columns.iter().enumerate() {
            if id.is_empty() || id == REFERENCE {
                continue;
            }
            let heading = self.sheet.headings.get(place).cloned().unwrap_or_default();
            let words = cells.get(place).map_or("", |cell| cell.trim());
            let Some((_, question)) = definition.question(id) else {
                if !words.is_empty() {
                    reject(&mut rejected, heading, "This record was asked by an earlier version, which does not have this question".to_owned());
                }
                continue;
            };
            let personal = question.personal != crate::definition::Personal::None;
            let withheld = present.is_some_and(|present| personal && !present.personal);
            if words == WITHHELD || (words.is_empty() && !self.matching.empty_clears) {
                continue;
            }
            if withheld {
                if !words.is_empty() {
                    reject(
                        &mut rejected,
                        heading,
                        "You may not see this answer, so you cannot change it".to_owned(),
                    );
                }
                continue;
            }
            let old = before.get(id);
            let old_words = old
                .map(|old| columns::text(question, old, self.known))
                .unwrap_or_default();
            // What a file says in the same words is the same: files and people have names that go
            // out and do not come in.
            // Some programs make one space of a line's end.
            if old.is_some() && squeezed(&old_words) == squeezed(words) {
                continue;
            }
            match columns::read(question, words, self.known) {
                Err(reason) => reject(&mut rejected, heading, reason),
                Ok(new) if old == new.as_ref() => {}
                Ok(new) => {
                    let new_words = new
                        .as_ref()
                        .map(|new| columns::text(question, new, self.known))
                        .unwrap_or_default();
                    // An answer may hold more than its words, such as how a place was found.
                    if old.is_some() && new_words == old_words {
                        continue;
                    }
                    after.set(id, new);
                    changes.push(Change {
                        question: id.clone(),
                        old: old_words,
                        new: new_words,
                    });
                }
            }
        }
        if present.is_some_and(|present| !present.changeable) && !changes.is_empty() {
            reject(
                &mut rejected,
                self.key_heading(),
                "You may not change this record".to_owned(),
            );
        }
        if present.is_some_and(|present| present.closed) && !changes.is_empty() {
            reject(
                &mut rejected,
                self.key_heading(),
                "This record is closed. Open it again first".to_owned(),
            );
        }
        if changes.is_empty() && present.is_some() {
            return if rejected.is_empty() {
                Ok(Outcome::Unchanged)
            } else {
                Err(rejected)
            };
        }
        if present.is_none() && changes.is_empty() && rejected.is_empty() {
            reject(
                &mut rejected,
                String::new(),
                "Nothing in this row is matched with a question".to_owned(),
            );
            return Err(rejected);
        }
        // What was wrong before is not this file's doing.
        let first = definition.first_state().map(|state| state.key.as_str());
        let state = present.map_or(first.unwrap_or_default(), |present| present.state.as_str());
        let shown = answers::shown_in(definition, &after, state);
        for change in &changes {
            let hidden = definition
                .question(&change.question)
                .is_some_and(|(id, _)| !shown.question(id));
            if hidden && after.get(&change.question).is_some() {
                reject(
                    &mut rejected,
                    self.heading(&change.question),
                    "This is not asked where the other answers are as they are".to_owned(),
                );
            }
        }
        let old_faults: BTreeSet<String> = match present {
            None => BTreeSet::new(),
            Some(_) => answers::check_in(definition, &before, state, self.today)
                .into_iter()
                .filter_map(|(id, _)| definition.get(id).map(|question| question.id.clone()))
                .collect(),
        };
        for (id, reason) in answers::check_in(definition, &after, state, self.today) {
            let Some(question) = definition.get(id) else {
                continue;
            };
            let touched = changes.iter().any(|change| change.question == question.id);
            if touched || !old_faults.contains(&question.id) {
                let heading = self.heading(&question.id);
                let heading = if heading.is_empty() {
                    question.label.en().to_owned()
                } else {
                    heading
                };
                reject(&mut rejected, heading, reason);
            }
        }
        if !rejected.is_empty() {
            return Err(rejected);
        }
        Ok(match target {
            None => Outcome::New(after),
            Some(place) => Outcome::Changed(place, after, changes),
        })
    }
}

/// Words with single spaces between them.
fn squeezed(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
