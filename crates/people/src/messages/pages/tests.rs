//! The pages keep the rules.

use commonweal_govuk::check_page;

use super::overview::{Choice, Line, OVERVIEW, Overview, Thread};
use super::thread::{self, THREAD};

fn overview(full: bool) -> Overview {
    Overview {
        reference: "M-7K3M-9QX4".to_owned(),
        title: "Noise at a home".to_owned(),
        base: "/matters/M-7K3M-9QX4/messages".to_owned(),
        may_write: full,
        off: full,
        reason: "<i>why</i>".to_owned(),
        switched: "1 June".to_owned(),
        version: 1,
        threads: full
            .then(|| Thread {
                href: "/x".to_owned(),
                reference: "R-1".to_owned(),
                who: "Ann <b>".to_owned(),
                how: "Online form",
                when: "1 June".to_owned(),
                to_do: 2,
            })
            .into_iter()
            .collect(),
        lines: full
            .then(|| Line {
                words: "<b>Line".to_owned(),
                when: "1 June".to_owned(),
                whose: "Everybody".to_owned(),
                withdraw: "/x".to_owned(),
            })
            .into_iter()
            .collect(),
        whose: vec![Choice {
            value: String::new(),
            text: "Everybody".to_owned(),
            selected: true,
        }],
    }
}

fn a_thread(full: bool) -> thread::Thread {
    thread::Thread {
        reference: "R-7K3M-9QX4".to_owned(),
        who: "Ann <b>".to_owned(),
        base: "/x".to_owned(),
        off: full,
        may_write: full,
        knows: full,
        wishes: full.then(|| "Do not call".to_owned()).into_iter().collect(),
        messages: full
            .then(|| thread::Said {
                heading: "From us".to_owned(),
                when: "1 June".to_owned(),
                lines: vec!["<b>".to_owned()],
                state: "Sent".to_owned(),
                why: Some("Why".to_owned()),
                attention: true,
                handled: Some("/x".to_owned()),
                handle_words: "Dealt with",
                letter: Some("/x".to_owned()),
            })
            .into_iter()
            .collect(),
        files: full
            .then(|| thread::File {
                href: "/x".to_owned(),
                name: "a.jpg".to_owned(),
                kind: "image/jpeg".to_owned(),
                mark: "/m".to_owned(),
                stopped: false,
            })
            .into_iter()
            .collect(),
        templates: vec![thread::Choice {
            value: "answer".to_owned(),
            text: "Own words".to_owned(),
            selected: true,
        }],
        channels: vec![thread::Radio {
            value: "auto",
            text: "Safest",
            checked: true,
        }],
        may_give_code: full,
        code: full.then(|| "7K3M-9QX4".to_owned()),
        longest: 5_000,
    }
}

#[test]
fn the_pages_keep_the_rules() {
    for full in [false, true] {
        let html = check_page(&OVERVIEW, &overview(full)).unwrap();
        assert!(!html.contains("<i>why") && !html.contains("<b>"));
        let html = check_page(&THREAD, &a_thread(full)).unwrap();
        assert!(!html.contains("<b>"));
    }
}
