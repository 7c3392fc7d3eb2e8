//! Every template with a sample.

use commonweal_govuk::{Form, Language, check_page, check_public_page};
use serde_json::json;

use crate::definition::{Layout, testing::sample};
use crate::filling::field::FileShown;
use crate::filling::fields::{Extra, Pair, fields};
use crate::filling::invitations::store::Rate;
use crate::filling::rows::{Actions, Html, Link, Row, Section, Text};
use crate::filling::{check, later, message, mine, start, step, walk};

fn row() -> Row {
    Row {
        key: Text {
            text: "Where?".to_owned(),
        },
        value: Html {
            html: "Here".to_owned(),
        },
        actions: Some(Actions {
            items: vec![Link {
                href: "/x".to_owned(),
                text: "[Change]".to_owned(),
                visually_hidden_text: "Where?".to_owned(),
            }],
        }),
    }
}

#[test]
fn a_page_of_every_kind_of_question_keeps_the_rules() {
    let definition = sample();
    assert_eq!(definition.layout, Layout::Sections);
    for heading in [false, true] {
        for step in walk::steps(&definition) {
            let mut extra = Extra {
                engine: Language::Pseudo,
                language: "en".to_owned(),
                staff: true,
                ..Extra::default()
            };
            extra.found.insert(
                "where".to_owned(),
                vec![("1;2".to_owned(), "A".to_owned(), "B".to_owned())],
            );
            extra.files.insert(
                "pictures".to_owned(),
                vec![
                    FileShown {
                        picture: true,
                        place: true,
                        name: "a.jpg".to_owned(),
                        ..FileShown::default()
                    },
                    FileShown {
                        stopped: true,
                        name: "b.jpg".to_owned(),
                        ..FileShown::default()
                    },
                ],
            );
            let layered = walk::layered(
                &definition,
                &step,
                &crate::answers::Answers::default(),
                None,
            );
            let mut form = Form::default();
            form.errors.add("code", "Enter a code");
            // As a heading a question stands alone.
            let all = fields(&definition, &layered, &form, &extra);
            let parts: Vec<Vec<_>> = if heading {
                let extra = Extra {
                    heading: true,
                    ..extra
                };
                fields(&definition, &layered, &form, &extra)
                    .into_iter()
                    .map(|field| vec![field])
                    .collect()
            } else {
                vec![all]
            };
            for fields in parts {
                let words = step::words(&Extra {
                    engine: Language::Pseudo,
                    ..Extra::default()
                });
                let context = step::Context {
                    lang: None,
                    caption: Some("[Caption]".to_owned()),
                    heading: (!heading).then(|| "[Heading]".to_owned()),
                    intro: vec!["[Intro]".to_owned()],
                    action: "/x".to_owned(),
                    upload: true,
                    seen: "1".to_owned(),
                    asked: "code".to_owned(),
                    fields,
                    words,
                    more: true,
                    later: true,
                    cancel: Some("/y".to_owned()),
                    conflict: Some(vec![row()]),
                    around: around(),
                    skip: Some("/next".to_owned()),
                    send: None,
                };
                check_public_page(&step::STEP, &context).unwrap();
                let last = step::Context {
                    conflict: None,
                    send: Some("[Send]".to_owned()),
                    ..context
                };
                check_public_page(&step::STEP, &last).unwrap();
            }
        }
    }
}

fn around() -> step::Around {
    step::Around {
        exit: true,
        elsewhere: vec![crate::filling::around::Way {
            text: "[Tell a person]".to_owned(),
            href: "/person".to_owned(),
        }],
    }
}

#[test]
fn the_other_pages_keep_the_rules() {
    let start = start::Context {
        lang: Some("cy".to_owned()),
        language: "cy".to_owned(),
        languages: vec![
            start::Tongue {
                code: "cy".to_owned(),
                name: "Cymraeg".to_owned(),
                href: "/x".to_owned(),
                here: true,
            },
            start::Tongue {
                code: "en".to_owned(),
                name: "English".to_owned(),
                href: "/y".to_owned(),
                here: false,
            },
        ],
        title: "A survey".to_owned(),
        about: "About it".to_owned(),
        intro: vec!["Intro".to_owned()],
        before: vec!["a pen".to_owned()],
        minutes: Some("5".to_owned()),
        due: Some("Soon".to_owned()),
        privacy: Some("Private".to_owned()),
        drafts: vec![start::Begun {
            href: "/d".to_owned(),
            text: "Go on".to_owned(),
        }],
        action: "/forms/a".to_owned(),
        parent: Some("SA-1".to_owned()),
        behalf: true,
        own: true,
        blank: "/forms/a/blank.pdf".to_owned(),
    };
    check_public_page(&start::START, &start).unwrap();
    check_public_page(
        &start::START,
        &start::Context {
            behalf: false,
            ..start
        },
    )
    .unwrap();
    let check = check::Context {
        around: around(),
        lang: Some("cy".to_owned()),
        caption: Some("A survey".to_owned()),
        heading: "Check".to_owned(),
        stale: true,
        against: 3,
        action: "/c".to_owned(),
        choices: vec![json!({
            "idPrefix": "keep-a", "name": "keep-a", "fieldset": { "legend": { "text": "Which" } },
            "items": [{ "value": "mine", "html": "1", "hint": { "text": "x" }, "checked": true }],
        })],
        nothing: true,
        sections: vec![Section {
            title: Some("What".to_owned()),
            rows: vec![row()],
        }],
        scores: vec![row()],
        privacy: Some("Private".to_owned()),
        submit: "Send it".to_owned(),
        later: true,
        cancel: Some("/z".to_owned()),
    };
    check_public_page(&check::CHECK, &check).unwrap();
    let sent = check::SentContext {
        lang: None,
        heading: "Sent".to_owned(),
        reference: "SA-7K3M-9QX4".to_owned(),
        anonymous: false,
        next: Vec::new(),
        bands: vec![check::Band {
            title: "Risk: High".to_owned(),
            advice: Some("Visit".to_owned()),
        }],
        record: Some("/r".to_owned()),
        copy: "/c".to_owned(),
        again: "/a".to_owned(),
    };
    check_public_page(&check::SENT, &sent).unwrap();
    check_public_page(
        &check::SENT,
        &check::SentContext {
            anonymous: true,
            record: None,
            next: vec!["Wait".to_owned()],
            ..sent
        },
    )
    .unwrap();
    for mailed in [None, Some("Mailed".to_owned())] {
        let later = later::Context {
            kept: "Kept".to_owned(),
            link: Some("http://x/1".to_owned()),
            link_html: "<strong>http://x/1</strong>".to_owned(),
            mailed,
            action: "/l".to_owned(),
            on: "/o".to_owned(),
        };
        check_public_page(&later::LATER, &later).unwrap();
    }
    let message = message::Context {
        heading: "Over".to_owned(),
        lines: vec!["Too late".to_owned()],
        action: Some("/a".to_owned()),
        button: "Go on".to_owned(),
        href: Some("/".to_owned()),
        text: "Home".to_owned(),
    };
    check_public_page(&message::MESSAGE, &message).unwrap();
    let mine = mine::Context {
        days: 30,
        rows: vec![mine::Row {
            href: "/a".to_owned(),
            title: "A survey".to_owned(),
            note: Some("A paper copy".to_owned()),
            changed: "1 June 2026, 13:00".to_owned(),
            until: "1 July 2026".to_owned(),
            remove: "/d".to_owned(),
        }],
    };
    check_page(&mine::MINE, &mine).unwrap();
    check_page(
        &mine::MINE,
        &mine::Context {
            days: 30,
            rows: Vec::new(),
        },
    )
    .unwrap();
    invitations();
}

fn invitations() {
    use crate::filling::invitations::pages::{
        LETTERS, LIST, Letter, LettersContext, ListContext, RateShown, Row,
    };
    let rate = Rate {
        wave: None,
        sent: 3,
        answered: 1,
    };
    let list = ListContext {
        key: "a".to_owned(),
        title: "A survey".to_owned(),
        anonymous: true,
        waves: vec![json!({ "value": "closure", "text": "At closure", "checked": true })],
        rates: vec![RateShown {
            wave: "At closure".to_owned(),
            sent: rate.sent,
            answered: rate.answered,
            share: "33%".to_owned(),
            interval: "6% to 79%".to_owned(),
        }],
        rows: vec![Row {
            wave: "At closure".to_owned(),
            sent: "1 June 2026".to_owned(),
            way: "E-mail",
            due: "29 June 2026".to_owned(),
            state: "Waiting",
            paper: Some("1".to_owned()),
        }],
        waiting: 1,
    };
    check_page(&LIST, &list).unwrap();
    let letters = LettersContext {
        key: "a".to_owned(),
        title: "A survey".to_owned(),
        about: "About".to_owned(),
        due: "29 June 2026".to_owned(),
        privacy: Some("Private".to_owned()),
        partnership: "Partnership".to_owned(),
        address: "http://x/forms/invited".to_owned(),
        letters: vec![Letter {
            lines: vec!["A. Body".to_owned(), "1 High Street".to_owned()],
            link: "abcde-12345".to_owned(),
        }],
        refused: vec!["No email".to_owned()],
        mailed: 2,
    };
    check_page(&LETTERS, &letters).unwrap();
    let _ = Pair::default();
}
