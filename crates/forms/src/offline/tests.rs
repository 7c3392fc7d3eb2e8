//! Stories of work without a signal, over real requests and on both databases; and the cases that
//! the script's expressions must agree on (`web/src/offline/vectors.json`).

use std::path::Path as FsPath;

use axum::Router;
use axum::body::{Body, to_bytes};
use commonweal_access::policy::roles;
use commonweal_access::session::Token;
use commonweal_access::sign_in::SignIn;
use commonweal_access::web::{App, Listed, Settings, outsider};
use commonweal_core::content;
use commonweal_core::files::{FileId, Files};
use commonweal_core::testing::{clock, folder};
use commonweal_core::{Db, DbError, args, on_both, read, sql};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;
use uuid::Uuid;

use super::{model, routes, shell};
use crate::answers::{self, Answer};
use crate::catalogue::{self, Catalogue};
use crate::definition::testing::sample;
use crate::definition::{Expression, Facts};
use crate::made_up::{self, World as Made};
use crate::register::store;
use crate::{Forms, offline};

struct World {
    forms: Forms,
    router: Router,
    list: Vec<Listed>,
    user: Uuid,
    token: Token,
    _folder: tempfile::TempDir,
}

struct Told {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Told {
    fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }
}

async fn world(db: Db) -> World {
    let (clock, folder) = (clock(), folder().unwrap());
    roles::load_shipped(&db, &clock).await.unwrap();
    content::install(&db, &clock, &catalogue::shipped())
        .await
        .unwrap();
    catalogue::take_up(&db, &clock).await.unwrap();
    let catalogue = Catalogue::load(&db, &clock).await.unwrap();
    let files = Files::local(folder.path(), &db, &clock).unwrap();
    let app = App::new(db, clock, Settings::default(), SignIn::new(), Vec::new());
    let (user, token) = outsider::signed_in(&app, &["officer"]).await.unwrap();
    let forms = Forms {
        app: app.clone(),
        catalogue,
        files,
        workflows: crate::Workflows::default(),
    };
    let routes = routes();
    let list = routes.list().to_vec();
    let router = app.serve(routes.with_state(forms.clone()));
    World {
        forms,
        router,
        list,
        user,
        token,
        _folder: folder,
    }
}

impl World {
    async fn ask(
        &self,
        who: &Token,
        method: Method,
        path: &str,
        sent: Option<(&str, Vec<u8>)>,
    ) -> Told {
        let mut request = outsider::request(&self.forms.app, &Method::GET, path, Some(who), "");
        *request.method_mut() = method;
        if let Some((kind, body)) = sent {
            let headers = request.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(kind).unwrap());
            let token = csrf(who);
            headers.insert("x-csrf-token", HeaderValue::from_str(&token).unwrap());
            *request.body_mut() = Body::from(body);
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 10 << 20).await.unwrap();
        Told {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    async fn get(&self, path: &str) -> Told {
        self.ask(&self.token, Method::GET, path, None).await
    }

    async fn deliver_as(&self, who: &Token, delivery: &Json) -> Told {
        let sent = ("application/json", delivery.to_string().into_bytes());
        self.ask(who, Method::POST, "/offline/deliveries", Some(sent))
            .await
    }

    async fn deliver(&self, delivery: &Json) -> Told {
        self.deliver_as(&self.token, delivery).await
    }

    async fn send_file(&self, who: &Token, about: &Json, name: &str, content: &[u8]) -> Told {
        let mut body = Vec::new();
        let mut part = |head: &str, content: &[u8]| {
            body.extend(format!("--cut\r\nContent-Disposition: form-data; {head}\r\n\r\n").bytes());
            body.extend(content);
            body.extend(b"\r\n");
        };
        part("name=\"csrf_token\"", csrf(who).as_bytes());
        part("name=\"about\"", about.to_string().as_bytes());
        part(&format!("name=\"file\"; filename=\"{name}\""), content);
        body.extend(b"--cut--\r\n");
        let sent = ("multipart/form-data; boundary=cut", body);
        self.ask(who, Method::POST, "/offline/files", Some(sent))
            .await
    }

    async fn record(&self, id: &Json) -> store::Record {
        let id: Uuid = serde_json::from_value(id.clone()).unwrap();
        let loaded: Result<_, DbError> =
            read!(&self.forms.app.db, |tx| store::load(tx, id).await).await;
        loaded.unwrap()
    }

    async fn count(&self) -> i64 {
        let counted: Result<_, DbError> = read!(&self.forms.app.db, |tx| {
            tx.count(sql!("select count(*) from form_records"), args![])
                .await
        })
        .await;
        counted.unwrap()
    }

    fn audit(&self, key: Uuid) -> Json {
        json!({
            "delivery": key, "user": self.user, "definition": "street-audits",
            "version": self.forms.catalogue.get("street-audits").unwrap().version,
            "written_at": "2026-05-01T10:00:00Z",
            "answers": {
                "name": "Front Street", "kind": "walkabout", "date": "2026-05-01",
                "start": { "latitude": 54.77, "longitude": -1.57, "how": "device", "accuracy": 8.0 },
            },
        })
    }

    fn item(&self, key: Uuid, audit: &Json) -> Json {
        json!({
            "delivery": key, "user": self.user, "definition": "street-audit-items",
            "version": self.forms.catalogue.get("street-audit-items").unwrap().version,
            "written_at": "2026-05-01T10:05:00Z",
            "answers": {
                "audit": audit, "what": "litter", "words": "Bags by the bench",
                "where": { "latitude": 54.77, "longitude": -1.57 },
            },
        })
    }
}

fn csrf(who: &Token) -> String {
    commonweal_govuk::csrf::token(who.secret().as_bytes(), [7; 16])
}

fn key(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn hash(delivery: &Json) -> String {
    hex::encode(Sha256::digest(delivery.to_string()))
}

/// A JPEG that tells where it was taken.
fn photograph() -> Vec<u8> {
    let mut exif = b"Exif\0\0II\x2a\0\x08\0\0\0\x01\0".to_vec();
    exif.extend(b"\x25\x88\x04\0\x01\0\0\0\x00\0\0\0 GPS 54.77N 1.57W");
    let mut jpeg = vec![0xff, 0xd8, 0xff, 0xe1];
    jpeg.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    jpeg.extend(exif);
    jpeg.extend([0xff, 0xda, 0x00, 0x02, 0x12, 0x34, 0xff, 0xd9]);
    jpeg
}

on_both! {
    async fn what_arrives_twice_is_one_record(db: Db) {
        let world = world(db).await;
        let audit = world.audit(key(1));
        let first = world.deliver(&audit).await;
        assert_eq!(first.status, StatusCode::OK, "{}", first.body);
        let again = world.deliver(&audit).await;
        assert_eq!(first.json(), again.json());
        assert_eq!(first.json()["received"], hash(&audit));
        assert_eq!(world.count().await, 1);
        let confirmed = world.get(&format!("/offline/deliveries/{}", key(1))).await;
        assert_eq!(confirmed.json(), first.json());

        let record = world.record(&first.json()["record"]).await;
        assert_eq!((record.channel.as_str(), record.owner), ("offline", Some(world.user)));
        assert_eq!(record.title, "Front Street, 1 May 2026");
        assert_eq!(record.place, Some((54.77, -1.57)));

        // The same key with other content: the hash tells the device that this is not what it sent.
        let mut other = audit.clone();
        other["answers"]["name"] = json!("Back Street");
        let told = world.deliver(&other).await;
        assert_ne!(told.json()["received"], hash(&other));
        assert_eq!(world.record(&first.json()["record"]).await.title, "Front Street, 1 May 2026");
    }

    async fn an_item_follows_the_audit_that_was_waiting_too(db: Db) {
        let world = world(db).await;
        let item = world.item(key(2), &json!({ "delivery": key(1) }));
        let early = world.deliver(&item).await;
        assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(early.json()["errors"]["audit"].as_str().unwrap().contains("not arrived"));
        let audit = world.deliver(&world.audit(key(1))).await.json();
        let told = world.deliver(&item).await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.body);
        let record = world.record(&told.json()["record"]).await;
        assert_eq!(json!(record.parent), audit["record"]);
    }

    async fn photographs_come_first_and_tell_nothing_but_the_picture(db: Db) {
        let world = world(db).await;
        let audit = world.deliver(&world.audit(key(1))).await.json();
        let version = world.forms.catalogue.get("street-audit-items").unwrap().version;
        let about = |question: &str, user: Uuid| json!({
            "delivery": key(2), "user": user, "definition": "street-audit-items", "version": version,
            "question": question, "name": "photograph-1.jpg",
        });
        let good = about("before", world.user);
        let told = world.send_file(&world.token, &good, "a.jpg", &photograph()).await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.body);
        assert_eq!(told.json()["received"], hex::encode(Sha256::digest(photograph())));
        let again = world.send_file(&world.token, &good, "a.jpg", &photograph()).await;
        assert_eq!(told.json(), again.json());
        let program = world.send_file(&world.token, &good, "a.jpg", b"MZ\x90\0 a program").await;
        assert_eq!(program.status, StatusCode::UNPROCESSABLE_ENTITY);
        let large = world.send_file(&world.token, &good, "a.jpg", &[photograph(), vec![0; 21_000_000]].concat()).await;
        assert_eq!(large.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(large.json()["errors"]["before"].as_str().unwrap().contains("20 MB"));
        let nowhere = world.send_file(&world.token, &about("words", world.user), "a.jpg", &photograph()).await;
        assert_eq!(nowhere.status, StatusCode::NOT_FOUND);

        // Somebody else can neither send for this delivery in another's name nor name its photograph.
        let (stranger, theirs) = outsider::signed_in(&world.forms.app, &["officer"]).await.unwrap();
        assert_eq!(world.send_file(&theirs, &good, "a.jpg", &photograph()).await.status, StatusCode::FORBIDDEN);
        let mut item = world.item(key(2), &audit["record"]);
        item["answers"]["before"] = json!([{ "id": told.json()["id"] }]);
        let mut stolen = item.clone();
        stolen["user"] = json!(stranger);
        let refused = world.deliver_as(&theirs, &stolen).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
        assert!(refused.json()["errors"]["before"].is_string());

        let made = world.deliver(&item).await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.body);
        let record = world.record(&made.json()["record"]).await;
        let Some(Answer::Files(files)) = record.answers.get("before") else { panic!("no photograph") };
        let stored: FileId = files[0].sha256.parse().unwrap();
        let content = world.forms.files.get(&stored).await.unwrap();
        assert!(!String::from_utf8_lossy(&content).contains("GPS"));
        assert_eq!(files[0].name, "photograph-1.jpg");
    }

    async fn what_is_wrong_is_said_and_nothing_is_written(db: Db) {
        let world = world(db).await;
        let mut audit = world.audit(key(1));
        audit["answers"]["name"] = json!("");
        audit["answers"]["kind"] = json!("parade");
        audit["answers"]["start"] = json!({ "text": "nowhere at all" });
        let told = world.deliver(&audit).await;
        assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
        let errors = told.json()["errors"].clone();
        assert_eq!(errors["name"], "Enter name");
        assert!(errors["kind"].as_str().unwrap().starts_with("Kind must be one of"), "{errors}");
        assert!(errors["start"].as_str().unwrap().contains("not a place that we know"), "{errors}");
        assert_eq!(world.count().await, 0);
        assert_eq!(world.get(&format!("/offline/deliveries/{}", key(1))).await.status, StatusCode::NOT_FOUND);
        // Put right, it goes under the same key.
        assert_eq!(world.deliver(&world.audit(key(1))).await.status, StatusCode::OK);
        // A version that never was, a form that needs a signal, no JSON.
        let mut other = world.audit(key(2));
        other["version"] = json!(99);
        assert_eq!(world.deliver(&other).await.status, StatusCode::NOT_FOUND);
        let mut other = world.audit(key(2));
        other["definition"] = json!("empty-homes");
        assert_eq!(world.deliver(&other).await.status, StatusCode::NOT_FOUND);
        assert_eq!(world.deliver(&json!([])).await.status, StatusCode::BAD_REQUEST);
    }

    async fn nothing_goes_under_another_name(db: Db) {
        let world = world(db).await;
        let (_, theirs) = outsider::signed_in(&world.forms.app, &["officer"]).await.unwrap();
        let audit = world.audit(key(1));
        assert_eq!(world.deliver_as(&theirs, &audit).await.status, StatusCode::FORBIDDEN);
        assert_eq!(world.deliver(&audit).await.status, StatusCode::OK);
        let asked = world.ask(&theirs, Method::GET, &format!("/offline/deliveries/{}", key(1)), None).await;
        assert_eq!(asked.status, StatusCode::NOT_FOUND);
        let wrong = outsider::sees_nothing(&world.forms.app, &world.router, &world.list, &["Front Street"]).await.unwrap();
        assert_eq!(wrong, Vec::<String>::new());
    }

    async fn a_record_changed_elsewhere_shows_both_versions(db: Db) {
        let world = world(db).await;
        let made = world.deliver(&world.audit(key(1))).await.json();
        let change = |number: u128, expected: i64, name: &str| {
            let mut change = world.audit(key(number));
            change["record"] = made["record"].clone();
            change["expected"] = json!(expected);
            change["answers"]["name"] = json!(name);
            change
        };
        assert_eq!(world.deliver(&change(2, 1, "Theirs")).await.status, StatusCode::OK);
        let mine = change(3, 1, "Mine");
        let told = world.deliver(&mine).await;
        assert_eq!(told.status, StatusCode::CONFLICT);
        assert_eq!(told.json()["version"], 2);
        assert_eq!(told.json()["answers"]["name"], "Theirs");
        assert_eq!(world.record(&made["record"]).await.title, "Theirs, 1 May 2026");
        let told = world.deliver(&change(3, 2, "Mine")).await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.body);
        assert_eq!(world.record(&made["record"]).await.title, "Mine, 1 May 2026");
        // Twice: still one change.
        world.deliver(&change(3, 2, "Mine")).await;
        assert_eq!(world.record(&made["record"]).await.version, 3);
        // Somebody of another agency may not.
        let (stranger, theirs) = outsider::signed_in(&world.forms.app, &["officer"]).await.unwrap();
        let mut other = change(4, 3, "Stranger's");
        other["user"] = json!(stranger);
        assert_eq!(world.deliver_as(&theirs, &other).await.status, StatusCode::NOT_FOUND);
    }

    async fn a_device_takes_along_what_its_user_may_see(db: Db) {
        let world = world(db).await;
        world.deliver(&world.audit(key(1))).await;
        let taken = world.get("/offline/definitions.json").await.json();
        let keys: Vec<&str> = taken["definitions"].as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap()).collect();
        assert_eq!(keys, ["door-knock-answers", "door-knocks", "street-audit-items", "street-audits"]);
        assert_eq!(taken["records"]["street-audits"][0]["title"], "Front Street, 1 May 2026");
        assert_eq!(taken["editable"][0]["answers"]["name"], "Front Street");
        assert_eq!(taken["user"], json!(world.user));
        let (_, other) = outsider::signed_in(&world.forms.app, &["officer"]).await.unwrap();
        let theirs = world.ask(&other, Method::GET, "/offline/definitions.json", None).await.json();
        assert_eq!(theirs["editable"], json!([]));
    }

    async fn the_page_that_is_kept_is_the_same_for_everybody(db: Db) {
        let world = world(db).await;
        let (_, other) = outsider::signed_in(&world.forms.app, &["warden"]).await.unwrap();
        let mine = world.get("/offline").await;
        assert_eq!(mine.status, StatusCode::OK);
        assert_eq!(mine.body, world.ask(&other, Method::GET, "/offline", None).await.body);
        assert!(!mine.body.contains("Outsider") && !mine.body.contains("csrf"));
        let worker = world.get("/sw.js").await;
        assert_eq!(worker.headers["service-worker-allowed"], "/");
        assert_eq!(worker.headers[header::CACHE_CONTROL], "no-cache");
        assert!(worker.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/javascript"));
        assert_eq!(worker.body, world.ask(&other, Method::GET, "/sw.js", None).await.body);
        assert!(worker.body.contains("importScripts(\"/assets/offline-worker-"));
    }
}

#[test]
fn the_page_is_as_it_should_be() {
    let forms = vec![shell::Entry {
        title: "Street audits".to_owned(),
    }];
    let checked = commonweal_govuk::check_page(&shell::SHELL, &shell::Context { forms });
    assert!(checked.is_ok(), "{checked:?}");
    assert_eq!(offline::home_link().href, "/offline");
}

const EXPRESSIONS: [&str; 24] = [
    "tenure == 'unknown'",
    "tenure != 'unknown' and dangerous",
    "not dangerous",
    "dangerous or people > 3",
    "people + 1 >= 5 or answered(length)",
    "people / 0 == 1",
    "length * 2 - 1 < cost",
    "-people < 0",
    "found_on < '2026-05-04'",
    "'2026-5-4' <= found_on",
    "visit_on > found_on",
    "at >= '17:30'",
    "at < '9:05'",
    "includes(kinds, 'fire')",
    "includes(tenure, 'private')",
    "count(kinds) > 1 and count(pictures) == 0",
    "score(kinds) + score(tenure)",
    "sum(people, length, worry)",
    "max(people, length) - min(people, cost)",
    "score(worry) + score(people) + score(dangerous)",
    "answered(risk) and risk > 3",
    "answered(contact) or answered(where) or answered(email)",
    "state == 'found'",
    "worry / people",
];

/// The cases in the file were made by this test: delete the file and run it to make them anew.
#[test]
fn the_script_and_we_agree_on_expressions() {
    let definition = sample();
    let id = |number: u128| Uuid::from_u128(number);
    let made = Made {
        agencies: vec![id(1)],
        staff: vec![id(2)],
        parties: vec![id(3)],
        records: [("sample".to_owned(), vec![id(4)])].into(),
        ..Made::empty("2026-06-01".parse().unwrap())
    };
    let mut cases = Vec::new();
    for seed in 0..40_u64 {
        let mut given = made_up::answers(&definition, &made, seed);
        // Some answers are missing, so that what reads them is too.
        let ids: Vec<String> = given.0.keys().cloned().collect();
        for (place, id) in ids.iter().enumerate() {
            if (place as u64 + seed).is_multiple_of(5) {
                given.set(id, None);
            }
        }
        let state = ["found", "working"]
            .get(usize::try_from(seed % 3).unwrap())
            .copied();
        let facts = match state {
            Some(state) => Facts::shown_in(&definition, &given, state),
            None => Facts::new(&definition, &given),
        };
        let plain = super::catalogue::plain(&definition, &given);
        let shown: Vec<&str> = definition
            .all()
            .filter(|(id, _)| facts.question(*id))
            .map(|(_, question)| question.id.as_str())
            .collect();
        let pages: Vec<usize> = (0..definition.pages.len())
            .filter(|page| facts.page(*page))
            .collect();
        let results = EXPRESSIONS.map(|text| {
            let expression = Expression::read(text).unwrap();
            json!([expression.truth(&facts), expression.number(&facts)])
        });
        let today = "2026-06-01".parse().unwrap();
        let faults: Vec<Json> = answers::check(&definition, &given, today)
            .into_iter()
            .map(|(id, message)| json!([definition.get(id).unwrap().id, message]))
            .collect();
        cases.push(json!({
            "answers": plain, "state": state, "shown": shown, "pages": pages,
            "results": results, "faults": faults,
        }));
    }
    let trees = EXPRESSIONS.map(|text| json!([text, Expression::read(text).unwrap().tree()]));
    let vectors = json!({
        "today": "2026-06-01",
        "definition": model::definition(&definition),
        "expressions": trees,
        "cases": cases,
    });
    let text = format!("{vectors}\n");
    let file = FsPath::new(env!("CARGO_MANIFEST_DIR")).join("../../web/src/offline/vectors.json");
    if file.exists() {
        let kept = std::fs::read_to_string(&file).unwrap();
        assert!(
            kept == text,
            "the cases have changed: delete {} and run this test again",
            file.display()
        );
    } else {
        std::fs::write(&file, text).unwrap();
    }
}
