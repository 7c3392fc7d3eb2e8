//! The pages keep the rules.

use commonweal_govuk::check_public_page;
use serde_json::json;

use super::again::{AGAIN, Again};
use super::home::{Entry, LOCKED, Label, Locked, Moment, OPEN, Open, Said};
use super::lost::{LOST, Lost};
use super::{MESSAGE, Said as Told};

fn locked(way: &'static str, asked: bool, code: Option<&str>) -> Locked {
    Locked {
        reference: "R-7K3M-9QX4".to_owned(),
        state: "State".to_owned(),
        promise: "Promise.".to_owned(),
        action: "/track/s".to_owned(),
        way,
        asked,
        code: code.map(str::to_owned),
    }
}

fn open(full: bool) -> Open {
    let moment = || Moment {
        timestamp: "2026-11-23T09:00:00Z".to_owned(),
        text: "Monday".to_owned(),
    };
    Open {
        reference: "R-7K3M-9QX4".to_owned(),
        state: "State".to_owned(),
        since: "Monday".to_owned(),
        promise: "Promise.".to_owned(),
        action: "/track/s".to_owned(),
        done: full.then(|| "Done it".to_owned()),
        entries: vec![Entry {
            label: Label {
                text: "You".to_owned(),
            },
            text: "<script>alert(1)</script>".to_owned(),
            datetime: moment(),
        }],
        messages: full
            .then(|| Said {
                from_us: true,
                when: "Monday".to_owned(),
                lines: vec!["<b>Hello</b>".to_owned(), String::new()],
            })
            .into_iter()
            .collect(),
        files: full.then(|| "a<b>.jpg".to_owned()).into_iter().collect(),
        survey: full.then(|| "closure".to_owned()),
        reports: 2,
        review: full,
        review_at: 3,
        once: "once".to_owned(),
        longest: 5_000,
    }
}

#[test]
fn the_public_pages_keep_the_rules() {
    for way in ["sent", "kept", "taken", "asked"] {
        for asked in [false, true] {
            check_public_page(&LOCKED, &locked(way, asked, None)).unwrap();
        }
    }
    check_public_page(&LOCKED, &locked("taken", false, Some("7K3M-9QX4"))).unwrap();
    check_public_page(&LOST, &Lost {}).unwrap();
    let again = Again {
        action: "/track/s/again".to_owned(),
        once: "once".to_owned(),
        when: "today".to_owned(),
        longest: 5_000,
        example: "3/6/2026".to_owned(),
    };
    check_public_page(&AGAIN, &again).unwrap();
    for full in [false, true] {
        let html = check_public_page(&OPEN, &open(full)).unwrap();
        assert!(!html.contains("<script>alert") && !html.contains("<b>"));
    }
    let told = Told {
        heading: "Heading".to_owned(),
        lines: vec!["Line".to_owned()],
        href: "/track".to_owned(),
        action: "Action".to_owned(),
    };
    check_public_page(&MESSAGE, &told).unwrap();
    assert!(serde_json::to_value(&told).unwrap() != json!({}));
}
