//! The templates with samples.

use super::preview::sample;
use super::*;

#[test]
fn the_pages_keep_the_rules() {
    let last = |href: Option<&str>| Last {
        name: "homes.csv".to_owned(),
        href: href.map(str::to_owned),
        state: "Imported",
        at: "1 June 2026, 13:00".to_owned(),
    };
    for (may_add, last) in [
        (true, vec![last(Some("/registers/a/import/b")), last(None)]),
        (false, Vec::new()),
    ] {
        let sample = Start {
            key: "empty-homes".to_owned(),
            title: "Empty homes".to_owned(),
            plural: "empty homes".to_owned(),
            matched_by: "‘Reference’".to_owned(),
            may_add,
            most_rows: "5,000".to_owned(),
            largest: "10 MB".to_owned(),
            last,
        };
        commonweal_govuk::check_page(&START, &sample).unwrap();
    }
    let line = |place: usize, example: &str| MatchLine {
        field: format!("column-{place}"),
        heading: "Owned by".to_owned(),
        example: example.to_owned(),
        items: vec![Choice {
            value: String::new(),
            text: "Leave this column out".to_owned(),
            selected: true,
        }],
    };
    let matching = MatchContext {
        key: "empty-homes".to_owned(),
        id: Uuid::nil(),
        version: 1,
        name: "homes.csv".to_owned(),
        rows: "12".to_owned(),
        lines: vec![line(0, "A person"), line(1, "")],
        empty_clears: false,
    };
    commonweal_govuk::check_page(&MATCH, &matching).unwrap();
    for kind in 0..3 {
        commonweal_govuk::check_page(&PREVIEW, &sample(kind)).unwrap();
    }
}
