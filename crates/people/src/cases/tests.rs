//! The pages of cases. What is done with them is told in `triage::tests`.

use commonweal_govuk::check_page;

use super::pages::{LIST, Line, ListContext, SHOW, ShowContext, Tab};

#[test]
fn the_pages_keep_the_rules() {
    let line = || Line {
        reference: "C-1".to_owned(),
        title: "<b>Noise".to_owned(),
        href: "/cases/C-1".to_owned(),
        note: "1 May 2026".to_owned(),
    };
    let list = ListContext {
        tabs: vec![Tab {
            text: "Open",
            href: "/cases",
            active: true,
        }],
        rows: vec![line()],
        next: Some("/cases?after=x".to_owned()),
    };
    check_page(&LIST, &list).unwrap();
    let bare = ListContext {
        rows: Vec::new(),
        next: None,
        ..list
    };
    check_page(&LIST, &bare).unwrap();
    for agencies in [vec!["The police".to_owned()], Vec::new()] {
        let show = ShowContext {
            reference: "C-1".to_owned(),
            title: "Noise".to_owned(),
            state: "Open",
            lead: "The council".to_owned(),
            agencies,
            opened: "1 May 2026".to_owned(),
            matters: vec![line()],
        };
        assert!(!check_page(&SHOW, &show).unwrap().contains("<b>Noise"));
    }
}
