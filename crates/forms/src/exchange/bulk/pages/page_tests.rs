//! The templates with samples.

use super::*;

#[test]
fn the_pages_keep_the_rules() {
    let choice = |value: &str, text: &str| Choice {
        value: value.to_owned(),
        text: text.to_owned(),
        selected: false,
    };
    for (too_many, moves) in [
        (
            false,
            vec![choice("", "Choose a move"), choice("close", "Close it")],
        ),
        (true, Vec::new()),
    ] {
        let sample = ChooseContext {
            key: "empty-homes".to_owned(),
            title: "Empty homes".to_owned(),
            count: "2".to_owned(),
            plural: "empty homes".to_owned(),
            records: vec!["EH-7K3M-9QX4".to_owned(), "EH-7K3M-9QX5".to_owned()],
            too_many,
            most: "1,000".to_owned(),
            owners: vec![choice("", "Choose somebody"), choice("nobody", "Nobody")],
            questions: vec![
                choice("", "Choose a question"),
                choice("tenure", "Owned by"),
            ],
            moves,
            act: String::new(),
        };
        commonweal_govuk::check_page(&CHOOSE, &sample).unwrap();
    }
    for again in [false, true] {
        let sample = PreviewContext {
            key: "empty-homes".to_owned(),
            what: "Owned by".to_owned(),
            again,
            changes: 1,
            already: 3,
            fields: vec![Field {
                name: "act",
                value: "answer".to_owned(),
            }],
            records: vec!["EH-7K3M-9QX4:3".to_owned()],
            does: vec![Does {
                reference: "EH-7K3M-9QX4".to_owned(),
                title: "1 High Street".to_owned(),
                old: "no answer".to_owned(),
                new: "A company".to_owned(),
            }],
            more: 2,
            cannot: vec![Cannot {
                reference: "EH-7K3M-9QX5".to_owned(),
                title: "2 High Street".to_owned(),
                why: "It is closed".to_owned(),
            }],
            more_cannot: 0,
            button: "Change 1 empty home".to_owned(),
        };
        commonweal_govuk::check_page(&PREVIEW, &sample).unwrap();
    }
}
