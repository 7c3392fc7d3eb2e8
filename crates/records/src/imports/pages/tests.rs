use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use commonweal_access::policy::roles;
use commonweal_access::session::Token;
use commonweal_access::sign_in::SignIn;
use commonweal_access::web::{App, Listed, Settings, outsider};
use commonweal_core::testing::{TempDir, clock, folder};
use commonweal_core::{Db, on_both};
use commonweal_govuk::{check_page, csrf};
use http::{Method, Request, StatusCode, header};
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;
use uuid::Uuid;

use super::outcome::{FileLine, Outcome, RejectLine, replaced_line};
use super::*;

const STREET: &str = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,Last outcome category,Context\n,2026-01,Durham Constabulary,Durham Constabulary,-1.57,54.77,On or near Larkspur Row,E01020649,County Durham 025A,Anti-social behaviour,,\n,2026-01,Durham Constabulary,Durham Constabulary,-1.57,54.77,On or near Larkspur Row,E01020649,County Durham 025A,Burglary,,\n";

struct World {
    imports: Imports,
    router: Router,
    list: Vec<Listed>,
    shown: Arc<AtomicU64>,
    _spool: TempDir,
}

async fn world(db: Db) -> World {
    let clock = clock();
    roles::load_shipped(&db, &clock).await.unwrap();
    let app = App::new(db, clock, Settings::default(), SignIn::new(), Vec::new());
    let (spool, shown) = (folder().unwrap(), Arc::new(AtomicU64::new(0)));
    let counted = Arc::clone(&shown);
    let after = Arc::new(move || {
        counted.fetch_add(1, Ordering::SeqCst);
    });
    let mut imports = Imports::new(app, spool.path().join("spool"), after);
    imports.limit = 5_000;
    let routes = routes();
    let list = routes.list().to_vec();
    let router = imports.app.serve(routes.with_state(imports.clone()));
    World {
        imports,
        router,
        list,
        shown,
        _spool: spool,
    }
}

struct Answer {
    status: StatusCode,
    place: String,
    body: String,
}

impl World {
    async fn signed_in(&self, role: &str) -> Token {
        outsider::signed_in(&self.imports.app, &[role])
            .await
            .unwrap()
            .1
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 10 << 20).await.unwrap();
        let place = parts.headers.get(header::LOCATION);
        Answer {
            status: parts.status,
            place: place.map_or(String::new(), |place| place.to_str().unwrap().to_owned()),
            body: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    async fn get(&self, path: &str, token: &Token) -> Answer {
        self.send(outsider::request(
            &self.imports.app,
            &Method::GET,
            path,
            Some(token),
            "",
        ))
        .await
    }

    async fn post(&self, path: &str, token: &Token, form: &str) -> Answer {
        self.send(outsider::request(
            &self.imports.app,
            &Method::POST,
            path,
            Some(token),
            form,
        ))
        .await
    }

    async fn upload(&self, token: &Token, kind: &str, name: &str, content: &str) -> Answer {
        let csrf = csrf::token(token.secret().as_bytes(), [1; 16]);
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\n{csrf}\r\n--b\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\n{kind}\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{content}\r\n--b--\r\n"
        );
        let request = Request::post("/imports/new")
            .header(header::COOKIE, format!("session={}", token.secret()))
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }

    /// Confirms a preview and waits for the end.
    async fn import(&self, token: &Token, page: &str, form: &str) -> Answer {
        let sent = self
            .post(page, token, &format!("{form}&action=import"))
            .await;
        assert_eq!(
            (sent.status, sent.place.as_str()),
            (StatusCode::SEE_OTHER, page),
            "{}",
            sent.body
        );
        for _ in 0..200 {
            let answer = self.get(page, token).await;
            if !answer.body.contains("http-equiv=\"refresh\"") {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the import never ended");
    }

    fn spooled(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&self.imports.spool).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

on_both! {
    async fn an_outsider_sees_nothing(db: Db) {
        let world = world(db).await;
        let analyst = world.signed_in("analyst").await;
        let page = world.upload(&analyst, "auto", "marker-street.csv", STREET).await.place;
        world.import(&analyst, &page, "").await;
        let wrong = outsider::sees_nothing(&world.imports.app, &world.router, &world.list, &["marker-street", "Larkspur"]).await.unwrap();
        assert_eq!(wrong, Vec::<String>::new());
        // Another analyst sees the import, but not the file that was sent.
        let other = world.signed_in("analyst").await;
        assert_eq!(world.get(&page, &other).await.status, StatusCode::NOT_FOUND);
        assert!(world.get("/imports", &other).await.body.contains("marker-street"));
        let officer = world.signed_in("officer").await;
        assert_eq!(world.get("/imports", &officer).await.status, StatusCode::FORBIDDEN);
        let manager = world.signed_in("manager").await;
        let list = world.get("/imports", &manager).await;
        assert!(list.body.contains("marker-street") && !list.body.contains("/imports/new"));
        assert_eq!(world.upload(&manager, "auto", "a.csv", STREET).await.status, StatusCode::FORBIDDEN);
    }

    async fn a_street_file_is_previewed_imported_and_shown(db: Db) {
        let world = world(db).await;
        let analyst = world.signed_in("analyst").await;
        assert_eq!(world.get("/imports/new", &analyst).await.status, StatusCode::OK);
        let sent = world.upload(&analyst, "auto", "2026-01-durham-street.csv", STREET).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
        let preview = world.get(&sent.place, &analyst).await;
        assert_eq!(preview.status, StatusCode::OK);
        for words in ["Police.uk street files", "On or near Larkspur Row", "UTF-8, columns separated by commas", "Rows of anti-social behaviour"] {
            assert!(preview.body.contains(words), "{words}: {}", preview.body);
        }
        assert_eq!(world.shown.load(Ordering::SeqCst), 0);
        let ended = world.import(&analyst, &sent.place, "").await;
        assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.body);
        let import = world.get(&ended.place, &analyst).await;
        assert!(import.body.contains("Imported") && import.body.contains("2026-01-durham-street.csv"), "{}", import.body);
        assert_eq!(world.shown.load(Ordering::SeqCst), 1);
        assert!(world.spooled().is_empty(), "the file goes once it is in");
        // Sent again, it would change nothing; told again with a row more, it says by how much.
        let again = world.upload(&analyst, "police-uk", "again.csv", STREET).await.place;
        assert!(world.get(&again, &analyst).await.body.contains("changes nothing"));
        let dropped = world.post(&again, &analyst, "action=drop").await;
        assert_eq!(dropped.place, "/imports");
        assert!(world.spooled().is_empty());
        let more = format!("{STREET},2026-01,Durham Constabulary,Durham Constabulary,,,No Location,,,Anti-social behaviour,,\n");
        let page = world.upload(&analyst, "police-uk", "2026-01-durham-street.csv", &more).await.place;
        assert!(world.get(&page, &analyst).await.body.contains("+1 (+50.0%)"), "the trial says by how much");
        let ended = world.import(&analyst, &page, "").await;
        let import = world.get(&ended.place, &analyst).await;
        assert!(import.body.contains("+1 (+50.0%)") && import.body.contains("January 2026"), "{}", import.body);
        let list = world.get("/imports?kind=police-uk", &analyst).await;
        assert_eq!(list.body.matches("2026-01-durham-street.csv").count(), 2);
        assert!(world.get("/imports?kind=areas", &analyst).await.body.contains("Nothing has been imported yet"));
    }

    async fn a_bad_file_is_told_at_its_field_and_leaves_nothing(db: Db) {
        let world = world(db).await;
        let analyst = world.signed_in("analyst").await;
        let long = "x".repeat(6_000);
        for (kind, name, content, words) in [
            ("police-uk", "empty.csv", "", "The file is empty"),
            ("police-uk", "", "", "Choose a file"),
            ("police-uk", "large.csv", long.as_str(), "smaller than 5 KB"),
            ("police-uk", "areas.json", "{\"type\":\"FeatureCollection\",\"features\":[]}", "This is a JSON file"),
            ("areas", "a.csv", "a,b\n1,2\n", "not a file of areas"),
            ("police-uk", "nul.csv", "a\0b\n", "not a text file"),
        ] {
            let answer = world.upload(&analyst, kind, name, content).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
            assert!(answer.body.contains(words) && answer.body.contains("href=\"#file\""), "{name}: {}", answer.body);
            assert!(answer.body.contains(&format!("value=\"{kind}\" checked")), "{name}: the other answer is kept");
            assert!(world.spooled().is_empty(), "{name}");
        }
        // A wrong header and rejected rows are told by the preview, which then offers no import.
        let page = world.upload(&analyst, "police-uk", "header.csv", "Month,Where\n2026-01,Here\n").await.place;
        let preview = world.get(&page, &analyst).await.body;
        assert!(preview.contains("the header is not that of") && !preview.contains("value=\"import\""), "{preview}");
        let swapped = STREET.replace("-1.57,54.77", "54.77,-1.57");
        let page = world.upload(&analyst, "police-uk", "swapped.csv", &swapped).await.place;
        let preview = world.get(&page, &analyst).await.body;
        assert!(preview.contains("swapped") && preview.contains("held back") && !preview.contains("value=\"import\""), "{preview}");
        // Forced all the same, it is held back whole, and its rejects can be fetched.
        let ended = world.import(&analyst, &page, "").await;
        let link = ended.body.split("href=\"/imports/").find(|rest| rest.contains("See this import")).unwrap();
        let id: Uuid = link[..36].parse().unwrap();
        let import = world.get(&format!("/imports/{id}"), &analyst).await.body;
        assert!(import.contains("Held back") && import.contains("rejects.csv"), "{import}");
        let csv = world.get(&format!("/imports/{id}/rejects.csv"), &analyst).await.body;
        assert!(csv.starts_with("\u{feff}line,column,reason,value\n2,Longitude,"), "{csv}");
    }

    async fn an_unknown_csv_is_mapped_once_and_the_mapping_is_kept(db: Db) {
        let world = world(db).await;
        let analyst = world.signed_in("analyst").await;
        let list = "Reference;Date and time;Lon;Lat;Type\n1;03/01/2026 22:10;-1.57;54.77;Noise\n2;04/01/2026 22:10;-1.57;54.77;Odd\n";
        let page = world.upload(&analyst, "auto", "wardens.csv", list).await.place;
        let preview = world.get(&page, &analyst).await.body;
        for words in ["List of incidents", "separated by semicolons", "value=\"Lon\" selected", "&#39;Noise&#39;, 1 rows", "value=\"noise\" selected"] {
            assert!(preview.contains(words), "{words}: {preview}");
        }
        let answers = "when=moment&date=Date+and+time&clock=london&place=position&where=Lon&where2=Lat&category=Type&otherwise=unknown&key=Reference&value-0=noise&value-1=littering-or-drugs-paraphernalia";
        let refused = world.post(&page, &analyst, &format!("{answers}&source=&action=import")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("Enter who recorded the incidents") && refused.body.contains("value=\"littering-or-drugs-paraphernalia\" selected"), "{}", refused.body);
        let answers = format!("{answers}&source=Made-up+wardens");
        let checked = world.post(&page, &analyst, &format!("{answers}&action=check")).await;
        assert_eq!((checked.status, checked.place.as_str()), (StatusCode::SEE_OTHER, page.as_str()));
        let preview = world.get(&page, &analyst).await.body;
        assert!(preview.contains("From January 2026") && preview.contains("value=\"import\""), "{preview}");
        let ended = world.import(&analyst, &page, &answers).await;
        assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.body);
        assert_eq!(world.shown.load(Ordering::SeqCst), 1);
        // The next file of the same source.
        let next = list.replace("22:10", "23:10");
        let page = world.upload(&analyst, "records", "next.csv", &next).await.place;
        assert!(world.get(&page, &analyst).await.body.contains("Use a saved description"));
        let used = world.post(&page, &analyst, "saved=Made-up+wardens&action=use").await;
        assert_eq!(used.place, page, "{}", used.body);
        let preview = world.get(&page, &analyst).await.body;
        assert!(preview.contains("Rows that changed") && preview.contains("value=\"littering-or-drugs-paraphernalia\" selected"), "{preview}");
    }

    async fn areas_are_asked_about_and_swept_where_nobody_confirms(db: Db) {
        let world = world(db).await;
        let analyst = world.signed_in("analyst").await;
        let areas = r#"{"type":"Feature","properties":{"code":"W1","name":"North"},"geometry":{"type":"Polygon","coordinates":[[[-1.6,54.7],[-1.5,54.7],[-1.5,54.8],[-1.6,54.7]]]}}"#;
        let page = world.upload(&analyst, "auto", "wards.json", areas).await.place;
        let preview = world.get(&page, &analyst).await.body;
        assert!(preview.contains("does not tell the kind"), "{preview}");
        let checked = world.post(&page, &analyst, "area_kind=ward&vintage=2025&add=replace&action=check").await;
        assert_eq!(checked.place, page);
        let preview = world.get(&page, &analyst).await.body;
        assert!(preview.contains("ward 2025") && preview.contains("value=\"import\""), "{preview}");
        let ended = world.import(&analyst, &page, "area_kind=ward&vintage=2025&add=replace").await;
        assert!(world.get(&ended.place, &analyst).await.body.contains("Field with the code"));
        world.upload(&analyst, "auto", "forgotten.csv", STREET).await;
        assert_eq!(world.spooled().len(), 1);
        world.imports.app.clock.advance(chrono::Duration::days(3));
        assert_eq!(sweep_uploads(&world.imports).await.unwrap(), 2);
        assert!(world.spooled().is_empty());
    }
}

fn outcome() -> Outcome {
    Outcome {
        good: true,
        figures: vec![("Rows".to_owned(), "12".to_owned())],
        notes: vec!["A note".to_owned()],
        problems: vec!["A problem".to_owned()],
        replaced: vec![replaced_line("Force", "January 2026", (10, 8), (5, 6))],
        rejects: vec![RejectLine {
            line: 3,
            column: "Month".to_owned(),
            reason: "in the future".to_owned(),
            value: "2030-01".to_owned(),
        }],
        rejected: 1,
        files: vec![FileLine {
            name: "a.csv".to_owned(),
            state: "imported".to_owned(),
            import: Some(Uuid::nil()),
        }],
        unchanged: true,
    }
}

/// An outcome as a template sees it.
fn sample(extra: &Json) -> Json {
    let mut all = json!({"outcome": serde_json::to_value(outcome()).unwrap()});
    for (key, value) in extra.as_object().unwrap() {
        all[key] = value.clone();
    }
    all
}

#[test]
fn every_page_keeps_the_rules() {
    let import = json!({"id": Uuid::nil(), "name": "a.csv", "kind": "Areas", "state": "Imported", "colour": "green", "started": "1 January 2026, 10:00", "by": "Sam", "rows": "12", "rejected": "0"});
    check_page(&list::LIST, &json!({"rows": [import], "kinds": [{"text": "All", "href": "/imports", "active": true, "html": null, "attributes": null}], "next": "/imports?after=x", "may_import": true})).unwrap();
    check_page(
        &list::LIST,
        &json!({"rows": [], "kinds": [], "next": null, "may_import": false}),
    )
    .unwrap();
    check_page(
        &receive::NEW,
        &json!({"kinds": [{"value": "areas", "text": "Areas"}], "largest": "2 GB"}),
    )
    .unwrap();
    let group = json!({"legend": "When", "selects": [{"name": "when", "label": "How", "hint": "A hint", "items": [{"value": "a", "text": "A", "selected": true}], "error": "Choose"}]});
    for kind in ["areas", "records"] {
        let groups = if kind == "areas" {
            json!([])
        } else {
            json!([group])
        };
        let html = check_page(&preview::PREVIEW, &sample(&json!({
            "id": Uuid::nil(), "kind": kind, "kind_words": "Areas", "name": "a.csv", "size": "12 KB",
            "peek": {"header": ["a"], "rows": [["1"]], "written": "UTF-8", "files": 2},
            "groups": groups, "too_many_values": true, "saved": [{"value": "a", "text": "a"}], "untried": false, "ready": true,
        }))).unwrap();
        assert!(html.contains("\u{2212}2 (\u{2212}20.0%)"), "{html}");
    }
    for running in [true, false] {
        let html = check_page(
            &preview::PROGRESS,
            &sample(
                &json!({"id": Uuid::nil(), "name": "a.csv", "running": running, "rows": "5,000"}),
            ),
        )
        .unwrap();
        assert_eq!(html.contains("http-equiv=\"refresh\""), running);
        check_page(
            &show::SHOW,
            &sample(
                &json!({"import": import, "loading": running, "ended": "1 January 2026, 10:01"}),
            ),
        )
        .unwrap();
    }
}
