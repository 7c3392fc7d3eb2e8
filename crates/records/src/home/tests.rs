use commonweal_access::policy::Action;
use commonweal_core::on_both;
use serde_json::json;

use super::pages::{Card, Group, Link, More, START_PAGE, WORK_PAGE, WorkContext};
use super::*;
use crate::ports::HomeLine;
use crate::test_app::{Served, Stage};
use commonweal_access::web::PageError;

fn served(stage: &Stage) -> Served {
    let figures = Rule::May(Action::SeeIncidents);
    let cards = vec![
        HomeCard::new("Latest figures", figures, |_, viewer| async move {
            Ok(vec![
                HomeLine::new(format!("September 2025 for {}", viewer.name))
                    .note("October 2025 is missing")
                    .href("/data-quality")
                    .attention(),
            ])
        })
        .more("How good the data are", "/data-quality"),
        HomeCard::new("Quiet card", Rule::SignedIn, |_, _| async {
            Ok(Vec::new())
        }),
        HomeCard::new("Broken card", Rule::May(Action::SeeJobs), |_, _| async {
            Err(PageError::Internal("secret of the house".to_owned()))
        }),
    ];
    let map = HomeLink {
        group: "Figures",
        title: "Map",
        hint: "Where it happens",
        href: "/map",
        rule: figures,
    };
    let links = vec![
        map,
        crate::background::home_link(),
        HomeLink {
            title: "Ranking",
            href: "/ranking",
            ..map
        },
        crate::outbox::home_link(),
        crate::audit_trail::home_link(),
    ];
    let home = Home::new(&stage.app, cards, links);
    stage.serve(routes().with_state(home))
}

on_both! {
    async fn everybody_else_sees_what_this_is_and_how_to_sign_in(db: Db) {
        let stage = Stage::new(&db).await;
        let page = served(&stage).get("/", None).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("href=\"/sign-in\"") && page.body.contains("999"));
        for hidden in ["My work", "September", "Figures", "/jobs", "/map"] {
            assert!(!page.body.contains(hidden), "{hidden}");
        }
    }

    async fn each_person_sees_what_their_roles_open(db: Db) {
        let stage = Stage::new(&db).await;
        let served = served(&stage);
        let (_, analyst) = stage.person(&["analyst"]).await;
        let page = served.get("/", Some(&analyst)).await.body;
        for words in ["My work", "Outsider, Agency", "Analyst", "September 2025 for Outsider", "October 2025 is missing", "Look at this", "How good the data are", "/ranking"] {
            assert!(page.contains(words), "{words}");
        }
        assert_eq!(page.matches(">Figures</h2>").count(), 1, "links of a group stand together");
        for hidden in ["Administration", "/jobs", "/audit", "Quiet card", "Broken card"] {
            assert!(!page.contains(hidden), "{hidden}");
        }
        let (_, administrator) = stage.person(&["administrator"]).await;
        let page = served.get("/", Some(&administrator)).await.body;
        assert!(page.contains("/jobs") && page.contains("/outbox") && !page.contains("href=\"/audit\""));
        assert!(page.contains("Broken card") && page.contains("cannot be shown just now"), "one failure leaves the rest");
        assert!(page.contains("Latest figures") && !page.contains("secret of the house"));
        let (_, none) = stage.person(&[]).await;
        let page = served.get("/", Some(&none)).await.body;
        assert!(page.contains("No role yet") && page.contains("do not open any pages yet"));
        assert!(!page.contains("September"));
    }
}

#[test]
fn the_pages_keep_the_rules() {
    commonweal_govuk::check_public_page(&START_PAGE, &json!({})).unwrap();
    let line = HomeLine::new("A <b> line");
    let full = WorkContext {
        name: "Sam Sample".to_owned(),
        agency: "Sample council".to_owned(),
        roles: "Analyst".to_owned(),
        cards: vec![
            Card {
                title: "Latest figures",
                lines: vec![line.clone(), line.note("note").href("/map").attention()],
                failed: false,
                more: Some(More {
                    text: "More",
                    href: "/map",
                }),
            },
            Card {
                title: "Broken",
                lines: Vec::new(),
                failed: true,
                more: None,
            },
        ],
        groups: vec![Group {
            title: "Figures",
            links: vec![Link {
                title: "Map",
                hint: "Where",
                href: "/map",
            }],
        }],
    };
    let html = commonweal_govuk::check_page(&WORK_PAGE, &full).unwrap();
    assert!(!html.contains("<b>"));
    let empty = WorkContext {
        cards: Vec::new(),
        groups: Vec::new(),
        ..full
    };
    commonweal_govuk::check_page(&WORK_PAGE, &empty).unwrap();
}
