//! The interface driven as a generic client does, in both formats, on both databases.

use axum::body::Body;
use chrono::{TimeZone as _, Utc};
use commonweal_core::events::Actor;
use commonweal_core::{DbError, args, on_both, sql, upkeep, write};
use http::{Method, Request, StatusCode, header};
use proptest::prelude::*;
use serde_json::Value;

use super::asked::Asked;
use super::config::Config;
use super::tree::{Format, Node};
use super::{openapi, pages, submit};
use crate::intake::tests::{Answer, Stage};
use crate::reporting::Rules;
use crate::reporting::rules::FILES;

const OPEN: &str = "[server]\ncontact='x'\nkeys='optional'\nlimit=3";

fn rules() -> Rules {
    Rules::parse(FILES.map(|file| file.1)).unwrap()
}

impl Stage {
    async fn send311(&self, path: &str, body: &str) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(
                header::CONTENT_TYPE,
                "application/x-www-form-urlencoded; charset=utf-8",
            )
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.ask(request).await
    }

    async fn open(&self, text: &str) {
        let done: Result<(), DbError> =
            write!(&self.app.db, &self.clock, &Actor::system("test"), |tx| {
                commonweal_core::content::publish(
                    tx,
                    "intake",
                    super::config::FILE,
                    text,
                    self.clock.today(),
                )
                .await?;
                Ok(())
            })
            .await;
        done.unwrap();
    }
}

fn json(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

/// Reads XML to its end: what is not well-formed fails.
fn xml(answer: &Answer) -> String {
    let mut reader = quick_xml::Reader::from_str(&answer.body);
    reader.config_mut().check_end_names = true;
    while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
    answer.body.clone()
}

on_both! {
async fn a_generic_client_finds_sends_and_follows(db: Db) {
    let stage = Stage::new(&db, super::routes).await;
    let council = stage.agency("Durham County Council", "council").await;
    let found = stage.get("/open311/v2/discovery.json", None).await;
    assert_eq!(json(&found)["endpoints"][0]["type"], "production");
    xml(&stage.get("/open311/v2/discovery.xml", None).await);
    let services = json(&stage.get("/open311/v2/services.json", None).await);
    let codes: Vec<&str> = services.as_array().unwrap().iter().map(|one| one["service_code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"LITTER") && codes.contains(&"NOISE"));
    let services = xml(&stage.get("/open311/v2/services.xml", None).await);
    assert!(services.contains("<services><service><service_code>"));
    let definition = json(&stage.get("/open311/v2/services/LITTER.json", None).await);
    assert_eq!(definition["attributes"][0]["code"], "at_home");
    xml(&stage.get("/open311/v2/services/LITTER.xml", None).await);

    let body = "service_code=LITTER&lat=54.7761&long=-1.5733&description=Needles+by+Mrs+Smith%27s+hedge&email=ann%40example.org&first_name=Ann&last_name=Other";
    let refused = stage.send311("/open311/v2/requests.json", body).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(json(&refused)[0]["code"], 403);
    let wrong = stage.send311("/open311/v2/requests.xml", &format!("{body}&api_key=commonweal_{}", "0".repeat(64))).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    assert!(xml(&wrong).contains("<errors><error><code>403</code>"));

    stage.open(OPEN).await;
    let made = stage.send311("/open311/v2/requests.json", body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let id = json(&made)[0]["service_request_id"].as_str().unwrap().to_owned();
    // The same again within the hour is the same report.
    let again = stage.send311("/open311/v2/requests.xml", body).await;
    assert!(xml(&again).contains(&id));
    assert_eq!((stage.count("reports").await, stage.count("parties").await), (1, 1));
    // Noise at a home is taken, and never shown.
    let noise = stage.send311("/open311/v2/requests.json", "service_code=NOISE&address_string=1+High+Street&attribute%5Bat_home%5D=yes").await;
    assert_eq!(noise.status, StatusCode::CREATED);
    let hidden = json(&noise)[0]["service_request_id"].as_str().unwrap().to_owned();
    let flood = stage.send311("/open311/v2/requests.json", "service_code=GRAFFITI&lat=54.7&long=-1.5").await;
    assert_eq!(flood.status, StatusCode::TOO_MANY_REQUESTS);

    let all = stage.get("/open311/v2/requests.json", None).await;
    let list = json(&all);
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0]["service_request_id"], id.as_str());
    assert_eq!((&list[0]["status"], &list[0]["agency_responsible"]), (&"open".into(), &"Durham County Council".into()));
    assert!(list[0]["description"].is_null() && list[0]["address"].is_null());
    // The middle of the cell, not the place.
    assert!(list[0]["lat"].as_f64().unwrap() != 54.7761);
    for path in ["requests.json", "requests.xml", "requests.xml?status=open", &format!("requests/{id}.xml")] {
        let answer = stage.get(&format!("/open311/v2/{path}"), None).await;
        assert_eq!(answer.status, StatusCode::OK);
        for secret in ["Smith", "Ann", "example.org", &hidden, "54.7761"] {
            assert!(!answer.body.contains(secret), "{path} shows {secret}");
        }
    }
    assert_eq!(stage.get(&format!("/open311/v2/requests/{hidden}.json"), None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(stage.get(&format!("/open311/v2/requests.json?service_request_id={hidden}"), None).await.body, "[]");
    assert_eq!(stage.get("/open311/v2/requests.json?status=closed", None).await.body, "[]");
    assert_eq!(stage.get("/open311/v2/requests.json?service_code=GRAFFITI", None).await.body, "[]");
    assert_eq!(stage.get("/open311/v2/requests.json?page=2&page_size=1", None).await.body, "[]");

    // A matter that is closed shows as closed.
    let done: Result<(), DbError> = upkeep!(&stage.app.db, &stage.clock, |tx| {
        tx.run(sql!("update matters set state = 'closed' where kind = 'litter' and agency = $1"), args![council]).await?;
        Ok(())
    })
    .await;
    done.unwrap();
    let one = json(&stage.get(&format!("/open311/v2/requests/{id}.json"), None).await);
    assert_eq!(one[0]["status"], "closed");
    assert_eq!(stage.get("/open311/v2/tokens/nonsense.json", None).await.status, StatusCode::NOT_FOUND);
}

async fn what_is_malformed_is_refused_in_the_standards_shape(db: Db) {
    let stage = Stage::new(&db, super::routes).await;
    stage.agency("Durham County Council", "council").await;
    stage.open(&OPEN.replace("limit=3", "limit=1000").replace("contact", "jurisdiction_id='durham'\ncontact")).await;
    let place = "lat=54.7&long=-1.5";
    for (body, status, words) in [
        (String::new(), 400, "service_code"),
        ("service_code=LITTER".to_owned(), 400, "place"),
        ("service_code=XYZ&lat=54.7&long=-1.5".to_owned(), 404, "service_code"),
        ("service_code=LITTER&lat=54.7".to_owned(), 400, "together"),
        ("service_code=LITTER&lat=NaN&long=-1.5".to_owned(), 400, "lat"),
        ("service_code=LITTER&lat=40.7&long=-74".to_owned(), 400, "United Kingdom"),
        (format!("service_code=LITTER&{place}&email=nonsense"), 400, "email"),
        (format!("service_code=LITTER&{place}&phone=letters"), 400, "phone"),
        (format!("service_code=LITTER&{place}&attribute%5Bwhen%5D=soon"), 400, "when"),
        (format!("service_code=LITTER&{place}&attribute%5Bwhen%5D=2999-01-01T00:00:00Z"), 400, "past"),
        (format!("service_code=LITTER&{place}&jurisdiction_id=leeds"), 404, "jurisdiction"),
        (format!("service_code=LITTER&{place}&description={}", "a".repeat(50_001)), 400, "50,000"),
    ] {
        let answer = stage.send311("/open311/v2/requests.json", &body).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
        assert!(json(&answer)[0]["description"].as_str().unwrap().contains(words), "{}", answer.body);
    }
    for query in ["start_date=yesterday", "page=0", "page_size=9999", "status=broken", "start_date=2026-02-01T00:00:00Z&end_date=2026-01-01T00:00:00Z"] {
        let answer = stage.get(&format!("/open311/v2/requests.xml?{query}"), None).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        xml(&answer);
    }
    assert_eq!(stage.get("/open311/v2/requests.csv", None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(stage.send311("/open311/v2/services.json", "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(stage.count("reports").await, 0);
    let good = stage.send311("/open311/v2/requests.json", &format!("service_code=LITTER&{place}&jurisdiction_id=durham")).await;
    assert_eq!(good.status, StatusCode::CREATED, "{}", good.body);
}
}

#[test]
fn the_description_names_every_address() {
    let document = openapi::document("https://x");
    for path in [
        "/requests.json",
        "/requests.xml",
        "/services/{service_code}.json",
        "/tokens/{token}.xml",
    ] {
        assert!(document["paths"][path].is_object(), "{path}");
    }
    let text = document.to_string();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(
            document["components"]["schemas"][name].is_object(),
            "{name}"
        );
    }
}

#[test]
fn the_file_is_checked() {
    assert!(Config::parse(OPEN).is_ok());
    for (bad, words) in [
        (OPEN.replace("limit=3", "limit=-1"), "limit"),
        (OPEN.replace("optional", "sometimes"), "unknown variant"),
        (format!("{OPEN}\nother=1"), "unknown field"),
    ] {
        assert!(Config::parse(&bad).unwrap_err().contains(words), "{bad}");
    }
}

proptest! {
    #[test]
    fn no_text_breaks_the_interface(name in "[a-z_\\[\\]]{0,20}", text in "\\PC{0,60}", lat in any::<f64>()) {
        let rules = rules();
        let now = Utc.with_ymd_and_hms(2026, 11, 23, 9, 0, 0).unwrap();
        let pairs = vec![
            (name, text.clone()), ("service_code".to_owned(), "LITTER".to_owned()), ("start_date".to_owned(), text.clone()),
            ("lat".to_owned(), lat.to_string()), ("long".to_owned(), "-1.5".to_owned()), ("phone".to_owned(), text.clone()),
        ];
        let _ = Asked::read(&pairs, &rules.kinds, now);
        let ground = pages::Ground { rules: rules.into(), config: Config::parse(OPEN).unwrap() };
        let _ = submit::read(&pairs, &ground, now);
        let written = Node::List("a", vec![Node::Text(text.clone())]).xml("all");
        let mut reader = quick_xml::Reader::from_str(&written);
        while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
        let _ = Format::split(&text);
    }
}
