use axum::Router;
use axum::body::to_bytes;
use axum::http::{Method, StatusCode, header};
use chrono::Duration;
use commonweal_access::session::Token;
use commonweal_access::web::outsider::{request, sees_nothing, signed_in};
use commonweal_access::web::{PageError, Rule};
use commonweal_core::{DbError, args, read, sql};
use commonweal_govuk::check_page;
use commonweal_records::ports::{SectionContent, SectionLine, SectionTable};
use tower::ServiceExt as _;
use uuid::Uuid;

use super::pages::{Context, FILE, Section};
use super::*;
use crate::map::stage::Stage;

fn sections(places: &Places) -> Vec<PlaceSection> {
    let spots = HotSpots::new(places);
    vec![
        incidents_section(places),
        hot_spots_section(&spots),
        PlaceSection::new(
            "Homes",
            Rule::May(Action::SeePlaceFiles),
            |_, viewer, query| async move {
                let line =
                    SectionLine::new(format!("{} for {}", query.words, viewer.purpose)).attention();
                Ok(SectionContent {
                    count: Some(1),
                    lines: vec![line],
                    subjects: vec![Uuid::from_u128(7)],
                    ..SectionContent::default()
                })
            },
        ),
        PlaceSection::new(
            "Secret",
            Rule::May(Action::ManageUsers),
            |_, _, _| async move {
                Ok(SectionContent {
                    count: Some(42),
                    ..SectionContent::default()
                })
            },
        ),
        PlaceSection::new("Broken", Rule::SignedIn, |_, _, _| async move {
            Err(PageError::Unavailable)
        }),
    ]
}

struct Served {
    stage: Stage,
    router: Router,
    list: Vec<commonweal_access::web::Listed>,
}

impl Served {
    async fn new() -> Self {
        let stage = Stage::new("http://localhost").await;
        let cube = Arc::new(crate::cube::Cube::new(stage.app.db.clone()));
        cube.refresh().await.unwrap();
        let places = Places {
            app: stage.app.clone(),
            cube,
        };
        let files = PlaceFiles::new(&places, sections(&places));
        let routes = routes().with_state(files);
        let list = routes.list().to_vec();
        Self {
            router: stage.app.serve(routes),
            stage,
            list,
        }
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        token: &Token,
        form: &str,
    ) -> (StatusCode, String, Vec<u8>) {
        let asked = request(&self.stage.app, &method, path, Some(token), form);
        let Ok(response) = self.router.clone().oneshot(asked).await;
        let (parts, body) = response.into_parts();
        let place = parts
            .headers
            .get(header::LOCATION)
            .and_then(|value| value.to_str().ok());
        (
            parts.status,
            place.unwrap_or_default().to_owned(),
            to_bytes(body, 10 << 20).await.unwrap().to_vec(),
        )
    }
}

#[test]
fn the_pages_keep_the_rules() {
    let content = SectionContent {
        count: Some(1_234),
        lines: vec![
            SectionLine::new("A line")
                .note("More")
                .href("/x")
                .attention(),
        ],
        tables: vec![SectionTable {
            rows: vec![vec!["Noise".to_owned(), "3".to_owned()]],
            ..SectionTable::of_figures("By type", &["Type", "Incidents"])
        }],
        notes: vec!["A note".to_owned()],
        ..SectionContent::default()
    };
    for sections in [
        vec![],
        vec![
            Section::new(0, "Full", Some(content)),
            Section::new(1, "Empty", Some(SectionContent::default())),
            Section::new(2, "Broken", None),
        ],
    ] {
        let sample = Context {
            id: Uuid::nil(),
            place: "Within 100 metres of DH1 1AA".to_owned(),
            period: "1 January 2025 to 1 January 2026".to_owned(),
            purpose: "A report or case".to_owned(),
            made: "1 January 2026, 10:00".to_owned(),
            reader: "Sam, The council".to_owned(),
            sections,
        };
        check_page(&FILE, &sample).unwrap();
    }
    let choice = || ask::Choice {
        value: "a".to_owned(),
        text: "A".to_owned(),
        selected: true,
    };
    for bounds in [None, Some("1,2,3,4".to_owned())] {
        let sample = ask::Context {
            purposes: vec![choice()],
            months: vec![choice()],
            areas: vec![choice()],
            least: 50,
            most: 500,
            usual: 100,
            bounds,
            tiles: None,
        };
        check_page(&ask::ASK, &sample).unwrap();
    }
}

#[tokio::test]
async fn a_file_shows_what_its_reader_may_see_and_is_recorded_with_its_purpose() {
    let served = Served::new().await;
    let (user, officer) = signed_in(&served.stage.app, &["officer"]).await.unwrap();
    let send = async |form: &str| {
        served
            .ask(Method::POST, "/place-file", &officer, form)
            .await
    };
    assert_eq!(
        served.ask(Method::GET, "/place-file", &officer, "").await.0,
        StatusCode::OK
    );
    for wrong in [
        "",
        "how=postcode&postcode=DH1&months=12&purpose=patrol",
        "how=postcode&postcode=ZZ1+1ZZ&months=12&purpose=patrol",
        "how=point&point=54.775,-1.58&point_radius=20&months=12&purpose=patrol",
        "how=point&point=54.775,-1.58&months=13&purpose=patrol",
        "how=point&point=54.775,-1.58&months=12&purpose=curiosity",
        "how=drawn&corners=x&months=12&purpose=patrol",
        "how=area&area=ward-2022:nowhere&months=12&purpose=patrol",
    ] {
        assert_eq!(
            send(wrong).await.0,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{wrong}"
        );
    }
    for good in [
        "how=point&point=54.775,-1.58&months=60&purpose=patrol",
        "how=drawn&corners=54.77,-1.6%0A54.77,-1.57%0A54.78,-1.57&months=60&purpose=patrol",
        "how=area&area=ward-2022:E05000001&months=60&purpose=patrol",
    ] {
        let (status, path, _) = send(good).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{good}");
        assert!(
            !path.contains("54.7") && path.len() == "/place-file/".len() + 36,
            "{path}"
        );
        let (status, _, page) = served.ask(Method::GET, &path, &officer, "").await;
        let page = String::from_utf8(page).unwrap();
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains("Recorded incidents") && page.contains("for patrol"),
            "{page}"
        );
        assert!(
            !page.contains("Secret") && !page.contains("42)"),
            "a section that is not for officers"
        );
        assert!(page.contains("could not be read just now"));
        let (status, _, pdf) = served
            .ask(Method::GET, &format!("{path}/document.pdf"), &officer, "")
            .await;
        assert!(status == StatusCode::OK && pdf.starts_with(b"%PDF-"));
        // Another officer does not get it by its address, and nobody after a day.
        let (_, other) = signed_in(&served.stage.app, &["officer"]).await.unwrap();
        assert_eq!(
            served.ask(Method::GET, &path, &other, "").await.0,
            StatusCode::NOT_FOUND
        );
    }
    let (_, path, _) = send("how=point&point=54.775,-1.58&months=12&purpose=safeguarding").await;
    served.ask(Method::GET, &path, &officer, "").await;
    let reads: Vec<(String, String, serde_json::Value)> = read!(&served.stage.app.db, |tx| {
        tx.all(sql!("select action, purpose, subjects from access_log where user_id = $1 order by at, id"), args![user])
            .await?
            .iter()
            .map(|row| Ok((row.at(0)?, row.at(1)?, row.at(2)?)))
            .collect::<Result<_, DbError>>()
    })
    .await
    .unwrap();
    assert_eq!(reads.len(), 7);
    assert!(reads.iter().all(|(action, _, subjects)| {
        action == "see_place_files"
            && subjects
                .to_string()
                .contains(&Uuid::from_u128(7).to_string())
    }));
    assert_eq!(
        reads
            .iter()
            .filter(|(_, purpose, _)| purpose == "safeguarding")
            .count(),
        1
    );
    served.stage.app.clock.advance(Duration::hours(25));
    let (_, later) = signed_in(&served.stage.app, &["officer"]).await.unwrap();
    assert_eq!(
        served.ask(Method::GET, &path, &later, "").await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn an_outsider_sees_nothing_of_place_files() {
    let served = Served::new().await;
    let wrong = sees_nothing(
        &served.stage.app,
        &served.router,
        &served.list,
        &["Elvet", "Recorded incidents"],
    )
    .await
    .unwrap();
    assert_eq!(wrong, Vec::<String>::new());
}
