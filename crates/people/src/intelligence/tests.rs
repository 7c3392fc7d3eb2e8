//! Stories of the log, on both databases.

use commonweal_core::on_both;
use commonweal_govuk::check_page;
use http::StatusCode;
use uuid::Uuid;

use super::pages::{Fact, Item, LIST, Line, ListContext, NEW, NewContext, SHOW, ShowContext, Tab};
use crate::intake::tests::Stage;

#[test]
fn the_pages_keep_the_rules() {
    let list = ListContext {
        tabs: vec![Tab {
            text: "New",
            href: "/intelligence".to_owned(),
            active: true,
        }],
        rows: vec![Line {
            reference: "I-1".to_owned(),
            state: "Graded",
            told: "1 May 2026".to_owned(),
            channel: "In person",
            grades: "2BC".to_owned(),
            review: "1 June 2026".to_owned(),
            overdue: true,
        }],
        may_add: true,
        next: Some("/intelligence?after=x".to_owned()),
    };
    check_page(&LIST, &list).unwrap();
    check_page(
        &LIST,
        &ListContext {
            rows: Vec::new(),
            next: None,
            may_add: false,
            ..list
        },
    )
    .unwrap();
    let fact = || {
        vec![Fact {
            key: "Key",
            value: "<b>".to_owned(),
        }]
    };
    let item = || {
        vec![Item {
            value: "1",
            text: "1: Reliable".to_owned(),
        }]
    };
    let show = ShowContext {
        reference: "I-1".to_owned(),
        state: "To be graded",
        told: "<script>".to_owned(),
        facts: fact(),
        grading: fact(),
        may_grade: true,
        stale: true,
        version: 1,
        sources: item(),
        intelligence: item(),
        handling: item(),
    };
    assert!(!check_page(&SHOW, &show).unwrap().contains("<script>"));
    check_page(
        &SHOW,
        &ShowContext {
            may_grade: false,
            stale: false,
            ..show
        },
    )
    .unwrap();
    check_page(
        &NEW,
        &NewContext {
            id: Uuid::nil().to_string(),
        },
    )
    .unwrap();
}

on_both! {
async fn it_is_told_graded_and_seen_by_few(db: Db) {
    let stage = Stage::new(&db, super::routes).await;
    let (_, grader) = stage.person(&["supervisor"]).await;
    let empty = stage.post("/intelligence/new", &grader, "told=").await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let form = format!("id={}&told=A+grey+van+comes+at+night&where=54.775%2C-1.57", Uuid::from_u128(3));
    let added = stage.post("/intelligence/new", &grader, &form).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    assert_eq!(stage.post("/intelligence/new", &grader, &form).await.location, added.location);
    let page = stage.get(&added.location, Some(&grader)).await;
    assert!(page.body.contains("A grey van") && page.body.contains("To be graded"));
    assert!(stage.get("/intelligence", Some(&grader)).await.body.contains("I-"));
    let bad = stage.post(&added.location, &grader, "source=9&handling=C&review_on=1%2F1%2F2001").await;
    for words in ["Select how far the source", "Enter the conditions", "Enter what may be shared", "must not lie in the past"] {
        assert!(bad.body.contains(words), "{words}");
    }
    let good = "source=2&intelligence=C&handling=C&conditions=Police+only&sanitised=A+vehicle+is+seen&review_on=27%2F3%2F2027";
    assert_eq!(stage.post(&added.location, &grader, &format!("{good}&version=1")).await.status, StatusCode::SEE_OTHER);
    // Whoever was second sees both.
    let stale = stage.post(&added.location, &grader, &format!("{good}&version=1&sanitised=Mine")).await;
    assert!(stale.body.contains("Somebody else graded this"));
    assert!(stage.get("/intelligence?state=graded", Some(&grader)).await.body.contains("2CC"));
    // Landlords and members have no way in; another agency's supervisor learns nothing.
    for role in ["landlord-officer", "elected-member"] {
        let (_, token) = stage.person(&[role]).await;
        for path in ["/intelligence", &added.location] {
            assert_eq!(stage.get(path, Some(&token)).await.status, StatusCode::FORBIDDEN, "{role}");
        }
    }
    let (_, other) = stage.person(&["supervisor"]).await;
    assert_eq!(stage.get(&added.location, Some(&other)).await.status, StatusCode::NOT_FOUND);
    assert!(!stage.get("/intelligence?state=graded", Some(&other)).await.body.contains("2CC"));
    stage.outsiders_see_nothing(&["A grey van"]).await;
}
}
