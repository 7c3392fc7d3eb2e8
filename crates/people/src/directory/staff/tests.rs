use commonweal_access::web::outsider;
use commonweal_core::on_both;
use commonweal_govuk::check_page;
use http::{Method, StatusCode};
use uuid::Uuid;

use super::fields::{FORM_PAGE, Field, FormContext, Item, Theirs};
use super::list::{EntryRow, LIST_PAGE, ListContext};
use super::show::{HoursRow, LocationChoice, PlaceRow, SHOW_PAGE, ShowContext};
use crate::directory::model::State;
use crate::directory::tests::{Stage, agency_of, fill};

#[test]
fn the_pages_keep_the_rules() {
    let items = || {
        vec![
            Item {
                value: "a".to_owned(),
                text: "A".to_owned(),
                hint: Some("hint".to_owned()),
            },
            Item::new("b", "B"),
        ]
    };
    let form = FormContext {
        title: "Change".to_owned(),
        action: "/x".to_owned(),
        back: "/y".to_owned(),
        id: Uuid::nil().to_string(),
        version: 3,
        fields: vec![
            Field::input("one", "One").hint("hint"),
            Field::text("two", "Two", 3).under("Heading"),
            Field::select("three", "Three", items()),
            Field::radios("four", "Four", items()),
            Field::checkboxes("five", "Five", items()),
        ],
        theirs: vec![Theirs {
            label: "One".to_owned(),
            value: "<b>".to_owned(),
        }],
        button: "Save",
    };
    let html = check_page(&FORM_PAGE, &form).unwrap();
    assert!(!html.contains("<b>"));
    let row = |service: bool, state: &str| EntryRow {
        href: Some("/directory/services/x".to_owned()),
        id: Uuid::nil(),
        name: "Name".to_owned(),
        organisation: "Council".to_owned(),
        state: state.to_owned(),
        keeper: "Sam".to_owned(),
        assured: "Never".to_owned(),
        stale: service,
        service,
        editable: true,
        version: 1,
    };
    for kind in ["service", "location"] {
        let rows = ["published", "draft", "archived"].map(|state| row(kind == "service", state));
        let context = ListContext {
            tabs: Vec::new(),
            kind,
            add: Some(("/x".to_owned(), "Add")),
            import: true,
            words: String::new(),
            organisations: Vec::new(),
            terms: Vec::new(),
            checks: Vec::new(),
            states: Vec::new(),
            rows: rows.into(),
            count: 3,
            next: Some("/directory?after=x".to_owned()),
            here: "/directory".to_owned(),
        };
        check_page(&LIST_PAGE, &context).unwrap();
        check_page(
            &LIST_PAGE,
            &ListContext {
                rows: Vec::new(),
                next: None,
                ..context
            },
        )
        .unwrap();
    }
    let hours = || {
        vec![HoursRow {
            id: Uuid::nil(),
            words: "Monday".to_owned(),
        }]
    };
    for (state, editable) in [
        (State::Published, true),
        (State::Draft, true),
        (State::Archived, false),
    ] {
        let context = ShowContext {
            id: Uuid::nil(),
            version: 1,
            name: "Name".to_owned(),
            reference: "GT-1".to_owned(),
            state,
            organisation: "Council".to_owned(),
            organisation_published: !editable,
            description: "What".to_owned(),
            terms: Vec::new(),
            keeper: "Sam".to_owned(),
            assured: editable.then(|| "1 May 2026".to_owned()),
            assured_by: editable.then(|| "Sam".to_owned()),
            stale: true,
            days: 90,
            source: editable.then(|| "Elsewhere".to_owned()),
            hours: hours(),
            places: vec![PlaceRow {
                id: Uuid::nil(),
                name: "Hall".to_owned(),
                draft: true,
                hours: hours(),
            }],
            locations: vec![LocationChoice {
                value: Uuid::nil(),
                text: "Hall".to_owned(),
            }],
            editable,
        };
        check_page(&SHOW_PAGE, &context).unwrap();
    }
}

fn service(version: i64, name: &str, owner: Uuid) -> String {
    format!(
        "version={version}&name={name}&organisation={}&description=What&status=active&terms=noise&route=either&owner={owner}&phones=01632+960001%2C+day&prices=Under+18s%3A+3.50+each&areas=Peterlee",
        Uuid::from_u128(1)
    )
}

on_both! {
    async fn a_service_is_added_changed_published_and_archived(db: Db) {
        let stage = Stage::new(&db).await;
        let (user, token) = outsider::signed_in(&stage.app, &["provider"]).await.unwrap();
        let agency = agency_of(&db, user).await;
        fill(&stage, (Some(agency), Some(user))).await;
        for path in ["/directory", "/directory?kind=location&words=hall", "/directory?check=stale", "/directory?check=unassured&term=noise", "/directory/services/new", "/directory/organisations/new", "/directory/locations/new"] {
            let page = stage.get(path, Some(&token)).await;
            assert_eq!(page.status, 200, "{path}");
            assert_eq!(commonweal_govuk::page_faults(&page.body), Vec::<String>::new(), "{path}");
        }
        let wrong = stage.send(&Method::POST, "/directory/services/new", Some(&token), "name=&phones=none&minimum_age=9&maximum_age=3").await;
        assert_eq!(wrong.status, 422);
        for words in ["Enter the service’s name", "Select the organisation", "telephone number", "must not be less", "Select at least one thing"] {
            assert!(wrong.body.contains(words), "{words}");
        }
        let id = Uuid::from_u128(777);
        let form = format!("id={id}&{}", service(0, "Fresh+service", user));
        let added = stage.send(&Method::POST, "/directory/services/new", Some(&token), &form).await;
        assert_eq!((added.status, added.location.as_str()), (StatusCode::SEE_OTHER, format!("/directory/services/{id}").as_str()), "{}", added.body);
        let again = stage.send(&Method::POST, "/directory/services/new", Some(&token), &form).await;
        assert_eq!(again.status, StatusCode::SEE_OTHER, "sent twice, added once");
        let edit = format!("/directory/services/{id}/edit");
        let changed = stage.send(&Method::POST, &edit, Some(&token), &service(1, "Better+name", user)).await;
        assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.body);
        let stale = stage.send(&Method::POST, &edit, Some(&token), &service(1, "Other+name", user)).await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
        assert!(stale.body.contains("Better name") && stale.body.contains("Other name"), "both versions are shown");
        let hours = "version=2&days=MO&days=TU&freq=weekly&opens=9:00&closes=17:00";
        let add_hours = format!("/directory/services/{id}/hours/new");
        let bad = stage.send(&Method::POST, &add_hours, Some(&token), "version=2&freq=fortnightly&opens=9&closes=").await;
        assert!(bad.body.contains("Select at least one day") && bad.body.contains("Enter a time") && bad.body.contains("Enter the first day"));
        assert_eq!(stage.send(&Method::POST, &add_hours, Some(&token), hours).await.status, StatusCode::SEE_OTHER);
        assert_eq!(stage.send(&Method::POST, &add_hours, Some(&token), hours).await.status, StatusCode::CONFLICT);
        let place = format!("version=3&location={}", Uuid::from_u128(2));
        assert_eq!(stage.send(&Method::POST, &format!("/directory/services/{id}/places"), Some(&token), &place).await.status, StatusCode::SEE_OTHER);
        let shown = stage.get(&format!("/directory/services/{id}"), Some(&token)).await;
        assert!(shown.body.contains("Monday and Tuesday, 9am to 5pm") && shown.body.contains("Town hall"), "{}", shown.body);
        let state = format!("/directory/entries/{id}/state");
        assert_eq!(stage.send(&Method::POST, &state, Some(&token), "version=4&state=published").await.status, StatusCode::SEE_OTHER);
        assert!(stage.get("/go-to/all", None).await.body.contains("Better name"));
        assert_eq!(stage.send(&Method::POST, &state, Some(&token), "version=5&state=archived").await.status, StatusCode::SEE_OTHER);
        assert!(!stage.get("/go-to/all", None).await.body.contains("Better name"));
        assert!(stage.get("/directory?state=archived", Some(&token)).await.body.contains("Better name"), "nothing is lost");
    }
}
