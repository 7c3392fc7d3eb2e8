//! Stories of paper copies.

use std::collections::BTreeSet;

use commonweal_core::testing::clock;
use commonweal_documents::pdf::{self, Block, FieldKind};
use commonweal_govuk::Language;
use uuid::Uuid;

use super::{blank, copy};
use crate::answers::{Answers, Names};
use crate::definition::testing::sample;
use crate::made_up::{self, World};
use crate::register::Visible;
use crate::register::store::Record;

#[test]
fn a_blank_copy_asks_everything_and_says_who_answers_what() {
    let definition = sample();
    let document = blank::blank(&definition, "en", Language::English, "A partnership");
    let fields: Vec<_> = document
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Field(field) => Some(field),
            _ => None,
        })
        .collect();
    let of = |label: &str| {
        *fields
            .iter()
            .find(|field| field.label.contains(label))
            .unwrap()
    };
    assert!(
        of("What has been done")
            .hint
            .contains("Only if you answered 'Not known' to 'Who owns it?'")
    );
    assert!(
        matches!(&of("Who owns it?").kind, FieldKind::Choices { several: false, options } if options.len() == 3)
    );
    assert!(matches!(
        of("How worried").kind,
        FieldKind::Scale {
            lowest: 1,
            highest: 5,
            ..
        }
    ));
    assert!(!of("code").optional && of("matter").optional);
    assert!(
        !fields
            .iter()
            .any(|field| field.label.contains("How did it end")),
        "a move asks it"
    );
    let bytes = pdf::render(&document, clock().now()).unwrap();
    assert!(bytes.starts_with(b"%PDF-"));
}

#[test]
fn a_filled_copy_withholds_what_its_reader_may_not_see() {
    let definition = sample();
    let answers = made_up::answers(&definition, &World::empty(clock().today()), 3);
    let mut record = Record {
        id: Uuid::nil(),
        definition: "sample".to_owned(),
        definition_version: 1,
        reference: "SA-7K3M-9QX4".to_owned(),
        state: "found".to_owned(),
        title: "Marker".to_owned(),
        answers,
        agency: None,
        owner: None,
        created_by: None,
        parent: None,
        wave: None,
        channel: "page".to_owned(),
        place: None,
        due_on: None,
        state_since: None,
        closed_at: None,
        erased_at: None,
        created_at: clock().now(),
        changed_at: clock().now(),
        version: 1,
    };
    record.answers.set(
        "health",
        Some(crate::answers::Answer::Text("Marker illness".to_owned())),
    );
    record
        .answers
        .set("dangerous", Some(crate::answers::Answer::YesNo(true)));
    let mut shown = Answers(record.answers.0.clone());
    shown.set("health", None);
    let visible = Visible {
        answers: shown,
        withheld: BTreeSet::from(["health".to_owned()]),
        title: record.reference.clone(),
        personal: false,
        may_see_personal: false,
    };
    let document = copy::filled(
        &definition,
        &record,
        &visible,
        &Names::default(),
        Language::English,
        "A partnership",
    );
    let text = format!("{document:?}");
    assert!(!text.contains("Marker") && text.contains("Withheld"));
    assert!(
        pdf::render(&document, clock().now())
            .unwrap()
            .starts_with(b"%PDF-")
    );
}
