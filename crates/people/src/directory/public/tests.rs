use chrono::NaiveDateTime;
use commonweal_govuk::{Form, Language, check_public_page};

use super::result::HitView;
use super::results::{GONE_PAGE, Leaf, RESULTS_PAGE, ResultsContext};
use super::search::{SEARCH_PAGE, context, need_links};
use super::service::{SERVICE_PAGE, ServiceContext};
use crate::directory::model::search::{Question, find};
use crate::directory::tests_support::{content, sample};

fn moment() -> NaiveDateTime {
    "2026-06-01T12:00:00".parse().unwrap()
}

#[test]
fn the_public_pages_keep_the_rules() {
    let (content, directory) = (content(), sample());
    let language = Language::Pseudo;
    let mut form = Form::default();
    form.set("within", "5");
    let search = context(language, &content.needs, &content.rules, &form);
    let html = check_public_page(&SEARCH_PAGE, &search).unwrap();
    assert!(html.contains("999") && html.contains("/go-to/needs/noise"));
    check_public_page(&GONE_PAGE, &serde_json::json!({})).unwrap();
    let question = Question {
        words: "noise, he has a knife".to_owned(),
        age: Some(40),
        point: Some((-1.58, 54.78)),
        ..Question::default()
    };
    let found = find(&directory, &content.needs, &question, moment());
    assert!(found.understood.danger && !found.hits.is_empty());
    let full = |hits: Vec<HitView>| ResultsContext {
        title: "Results".to_owned(),
        count: "2".to_owned(),
        asked: vec!["asked".to_owned(), "near".to_owned()],
        understood: need_links(&content.needs),
        danger: hits.is_empty(),
        hits,
        previous: Some(Leaf {
            href: "/go-to/all?page=1".to_owned(),
            label: "1".to_owned(),
        }),
        next: Some(Leaf {
            href: "/go-to/all?page=3".to_owned(),
            label: "3".to_owned(),
        }),
        needs: need_links(&content.needs),
    };
    let hits = found
        .hits
        .iter()
        .map(|hit| HitView::new(language, &directory, hit, moment()))
        .collect();
    check_public_page(&RESULTS_PAGE, &full(hits)).unwrap();
    check_public_page(&RESULTS_PAGE, &full(Vec::new())).unwrap();
    for entry in &directory.services {
        let page = ServiceContext::new(language, &content, &directory, entry, moment());
        let html = check_public_page(&SERVICE_PAGE, &page).unwrap();
        assert!(!html.contains("<b>") && !html.contains("javascript:"));
    }
}
