//! What follows from a record's answers: index, keys to sort by, place, and what search knows.

use commonweal_core::ids::uuid_at;
use commonweal_core::search::{self, Entry};
use commonweal_core::{DbError, ReadTx, Tx, args, insert, sql};
use h3o::{LatLng, Resolution};
use uuid::Uuid;

use super::Record;
use crate::answers::{self, Answer, Answers, Names};
use crate::definition::{Definition, Personal, Question, QuestionKind};

/// The name under which titles are sorted; no question has it.
pub const TITLE: &str = "@title";

/// What stands behind a question's name in the rows of records that have no answer.
pub const MISSING: &str = "?";

/// Search's kind for what anybody who sees the record may find it by.
pub(crate) const FOUND: &str = "form_record";
/// Search's kind for what only those find it by who may see its personal answers.
pub(crate) const FOUND_PERSONAL: &str = "form_record_personal";

/// The longest key to sort by, in characters.
const KEY: usize = 80;

/// What a list is sorted by where it is sorted by this question; none where there is no answer.
///
/// Keys compare as bytes: numbers are written so that their order is that of their values, choices
/// by the order in which they are offered.
#[must_use]
pub fn sort_key(question: &Question, answer: &Answer) -> Option<String> {
    let key = match answer {
        Answer::Text(text) => search::normalised(text),
        Answer::Number(number) => ordered(*number),
        Answer::Money(pence) => format!("{:020}", i128::from(*pence) + (1_i128 << 64)),
        Answer::Date(day) => day.to_string(),
        Answer::Time(time) => time.to_string(),
        Answer::YesNo(yes) => if *yes { "0" } else { "1" }.to_owned(),
        Answer::Choice(value) => position(question, value),
        Answer::Choices(values) => values
            .iter()
            .map(|value| position(question, value))
            .collect(),
        Answer::Scale(point) => format!("{:020}", i128::from(*point) + (1_i128 << 64)),
        Answer::Unsure => "~".to_owned(),
        Answer::Location(location) => search::normalised(&location.text),
        Answer::Address(address) => search::normalised(&format!(
            "{} {} {} {}",
            address.line1, address.line2, address.town, address.postcode
        )),
        Answer::Contact(contact) => search::normalised(&contact.name),
        Answer::Files(files) => format!("{:04}", files.len()),
        Answer::Agency(_) | Answer::Person(_) | Answer::Record(_) => return None,
    };
    (!key.is_empty()).then(|| key.chars().take(KEY).collect())
}

fn position(question: &Question, value: &str) -> String {
    let options = match &question.kind {
        QuestionKind::Choice(options) | QuestionKind::Choices { options, .. } => options.as_slice(),
        _ => &[],
    };
    let place = options.iter().position(|option| option.value == value);
    format!("{:04}", place.unwrap_or(9_999))
}

/// A number as text whose order as bytes is that of the numbers.
fn ordered(number: f64) -> String {
    let bits = number.to_bits();
    let flipped = if bits >> 63 == 1 {
        !bits
    } else {
        bits | (1 << 63)
    };
    format!("{flipped:016x}")
}

/// Writes a record's index and keys anew.
pub(super) async fn index(
    tx: &mut Tx,
    definition: &Definition,
    record: &Record,
) -> Result<(), DbError> {
    forget_index(tx, record.id).await?;
    let mut rows = Vec::new();
    for row in answers::index_rows(definition, &record.answers) {
        rows.extend(args![
            record.id,
            &definition.key,
            row.question,
            row.position,
            row.text,
            row.number,
            row.date,
            row.linked
        ]);
    }
    tx.insert_many(
        insert!(
            "answer_index",
            "record, definition, question, position, text, number, date, linked"
        ),
        rows,
    )
    .await?;
    let title: String = search::normalised(&record.title)
        .chars()
        .take(KEY)
        .collect();
    let mut rows = args![record.id, &definition.key, TITLE, title];
    for (_, question) in definition.all().filter(|(_, question)| question.list) {
        let answer = record.answers.get(&question.id);
        let (name, key) = match answer.and_then(|answer| sort_key(question, answer)) {
            Some(key) => (question.id.clone(), key),
            None => (format!("{}{MISSING}", question.id), String::new()),
        };
        rows.extend(args![record.id, &definition.key, name, key]);
    }
    tx.insert_many(
        insert!("answer_sort", "record, definition, question, key"),
        rows,
    )
    .await?;
    Ok(())
}

/// Takes a record out of index and keys.
pub(super) async fn forget_index(tx: &mut Tx, record: Uuid) -> Result<(), DbError> {
    tx.run(
        sql!("delete from answer_index where record = $1"),
        args![record],
    )
    .await?;
    tx.run(
        sql!("delete from answer_sort where record = $1"),
        args![record],
    )
    .await?;
    Ok(())
}

/// The line that names a record in lists; its reference where no answer gives one.
pub(super) async fn title(
    tx: &mut ReadTx,
    definition: &Definition,
    record: &Record,
) -> Result<String, DbError> {
    let answered = definition
        .record_title
        .questions()
        .any(|id| record.answers.get(id).is_some());
    if !answered {
        return Ok(record.reference.clone());
    }
    let names = super::names(tx, &super::named(&record.answers)).await?;
    Ok(answers::title(definition, &record.answers, &names))
}

/// Where a record is: the point given, or the middle of its address's postcode where we know it.
pub(super) async fn place(
    tx: &mut ReadTx,
    definition: &Definition,
    answers: &Answers,
) -> Result<Option<(f64, f64)>, DbError> {
    let question = definition.place.and_then(|place| definition.get(place));
    match question.and_then(|question| answers.get(&question.id)) {
        Some(Answer::Location(location)) => Ok(Some((location.latitude, location.longitude))),
        Some(Answer::Address(address)) => {
            let row = tx
                .optional(
                    sql!("select latitude, longitude from postcodes where postcode = $1"),
                    args![&address.postcode],
                )
                .await?;
            row.map(|row| Ok((row.at(0)?, row.at(1)?))).transpose()
        }
        _ => Ok(None),
    }
}

/// The H3 cell of resolution 9 of a place, as stored.
pub(super) fn cell(place: Option<(f64, f64)>) -> Option<i64> {
    let (latitude, longitude) = place?;
    let point = LatLng::new(latitude, longitude).ok()?;
    i64::try_from(u64::from(point.to_cell(Resolution::Nine))).ok()
}

/// Tells search what it may know of a record: under the record's id what is not personal, under an
/// id of its own everything.
pub(super) async fn found(
    tx: &mut Tx,
    definition: &Definition,
    record: &Record,
) -> Result<(), DbError> {
    search::put(tx, &entry(definition, record, record.id, false)).await?;
    if !definition.is_personal() {
        return Ok(());
    }
    let row = tx
        .one(
            sql!("select personal_entry from form_records where id = $1"),
            args![record.id],
        )
        .await?;
    let subject = match row.get::<Option<Uuid>>("personal_entry")? {
        Some(subject) => subject,
        None => {
            let subject = uuid_at(tx.now());
            tx.run(
                sql!("update form_records set personal_entry = $2 where id = $1"),
                args![record.id, subject],
            )
            .await?;
            subject
        }
    };
    search::put(tx, &entry(definition, record, subject, true)).await
}

/// What search knows of a record.
pub(crate) fn entry(
    definition: &Definition,
    record: &Record,
    subject: Uuid,
    personal: bool,
) -> Entry {
    let (mut names, mut telephones, mut text) = (Vec::new(), Vec::new(), Vec::new());
    let mut references = vec![record.reference.clone()];
    // Names of people and agencies are found on their own pages.
    let nobody = Names::default();
    for (_, question) in definition.all() {
        if question.personal != Personal::None && !personal {
            continue;
        }
        match record.answers.get(&question.id) {
            Some(Answer::Contact(contact)) => {
                names.push(contact.name.clone());
                telephones.push(contact.telephone.clone());
                references.push(contact.email.clone());
            }
            Some(answer @ Answer::Address(address)) => {
                names.push(answers::show(question, answer, "en", &nobody));
                references.push(address.postcode.clone());
                references.push(address.uprn.clone());
            }
            Some(Answer::Text(given)) => {
                if matches!(question.kind, QuestionKind::Text(_)) {
                    names.push(given.clone());
                    references.push(given.clone());
                } else {
                    text.push(given.clone());
                }
            }
            Some(Answer::Agency(_) | Answer::Person(_) | Answer::Record(_) | Answer::Files(_))
            | None => {}
            Some(answer) => text.push(answers::show(question, answer, "en", &nobody)),
        }
    }
    references.retain(|reference| !reference.is_empty() && reference.len() <= 60);
    Entry {
        subject,
        kind: if personal { FOUND_PERSONAL } else { FOUND },
        at: record.created_at,
        names,
        references,
        telephones,
        text: text.join(" "),
    }
}

#[cfg(test)]
mod order {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_sort_as_their_keys_do(a in -1e12_f64..1e12, b in -1e12_f64..1e12) {
            prop_assert_eq!(a < b, super::ordered(a) < super::ordered(b));
        }
    }
}
