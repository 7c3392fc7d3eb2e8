use axum::http::{StatusCode, header};
use commonweal_govuk::page_faults;
use serde_json::Value;

use crate::map::stage::Stage;

#[tokio::test]
async fn every_document_is_there_in_both_forms() {
    let stage = Stage::new("http://localhost").await;
    for path in [
        "/ogc",
        "/ogc/",
        "/ogc/conformance",
        "/ogc/api",
        "/ogc/collections",
        "/ogc/collections/ward-2022",
        "/ogc/collections/counts-cells-9",
        "/ogc/collections/ward-2022/items",
        "/ogc/collections/cells-8/items",
        "/ogc/collections/counts-ward-2022/items",
        "/ogc/collections/ward-2022/items/E05000001",
        "/ogc/collections/counts-ward-2022/items/E05000001",
    ] {
        let json = stage.get(&format!("{path}?f=json")).await;
        assert_eq!(json.status, StatusCode::OK, "{path}: {}", json.text());
        assert!(json.header(header::CONTENT_TYPE).contains("json") && json.json().is_object());
        let html = stage.get(path).await;
        assert!(
            html.header(header::CONTENT_TYPE).starts_with("text/html"),
            "a browser gets a page: {path}"
        );
        assert_eq!(page_faults(html.text()), Vec::<String>::new(), "{path}");
    }
}

#[tokio::test]
async fn every_link_of_the_documents_leads_somewhere() {
    let stage = Stage::new("http://localhost").await;
    let mut waiting = vec!["/ogc?f=json".to_owned()];
    let mut seen = std::collections::BTreeSet::new();
    while let Some(path) = waiting.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let reply = stage.get(&path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        if !reply.header(header::CONTENT_TYPE).contains("json") {
            continue;
        }
        let mut links = Vec::new();
        find(&reply.json(), &mut links);
        waiting.extend(
            links
                .iter()
                .map(|href| href.replace("http://localhost", "")),
        );
    }
    assert!(seen.len() > 30, "{seen:?}");
}

fn find(value: &Value, hrefs: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            hrefs.extend(map.get("href").and_then(Value::as_str).map(str::to_owned));
            map.values().for_each(|value| find(value, hrefs));
        }
        Value::Array(values) => values.iter().for_each(|value| find(value, hrefs)),
        _ => {}
    }
}

#[tokio::test]
async fn counts_follow_type_period_and_box() {
    let stage = Stage::new("http://localhost").await;
    let sum = async |query: &str| -> (usize, u64) {
        let reply = stage
            .get(&format!(
                "/ogc/collections/counts-cells-9/items?f=json&{query}"
            ))
            .await;
        assert_eq!(reply.status, StatusCode::OK, "{query}: {}", reply.text());
        let json = reply.json();
        let features = json["features"].as_array().unwrap();
        assert_eq!(json["numberMatched"], features.len());
        (
            features.len(),
            features
                .iter()
                .map(|f| f["properties"]["count"].as_u64().unwrap())
                .sum(),
        )
    };
    assert_eq!(sum("type=all").await, (7, 70));
    let json = stage
        .get("/ogc/collections/counts-cells-9/items?f=json&datetime=2025-01/2025-04")
        .await
        .json();
    assert_eq!(
        json["features"][0]["properties"]["months_missing"], 1,
        "March is missing, not zero"
    );
    assert_eq!(sum("type=all&datetime=2025-01-15T12:00:00Z").await, (7, 36));
    assert_eq!(sum("type=all&datetime=2025-02/2025-04").await, (7, 34));
    assert_eq!(sum("type=all&datetime=../2025-01-31").await, (7, 36));
    assert_eq!(sum("datetime=1990-01/1990-02").await, (0, 0));
    assert_eq!(sum("type=all&bbox=-1.605,54.77,-1.595,54.78").await.0, 1);
    assert_eq!(
        sum("type=all&bbox=170,54,-1.585,55").await.0,
        2,
        "across the date line"
    );
    assert_eq!(sum("type=all&bbox=10,54,11,55").await, (0, 0));
    assert_eq!(sum("source=Durham%20Constabulary&type=all").await, (7, 70));
}

#[tokio::test]
async fn pages_join_up_to_the_whole() {
    let stage = Stage::new("http://localhost").await;
    let mut path = Some("/ogc/collections/cells-9/items?f=json&limit=3".to_owned());
    let (mut ids, mut pages) = (std::collections::BTreeSet::new(), 0);
    while let Some(here) = path {
        let json = stage.get(&here).await.json();
        assert_eq!(json["numberMatched"], 7);
        for feature in json["features"].as_array().unwrap() {
            assert!(
                ids.insert(feature["id"].as_str().unwrap().to_owned()),
                "once each"
            );
        }
        pages += 1;
        let links = json["links"].as_array().unwrap();
        let next = links.iter().find(|link| link["rel"] == "next");
        path = next.map(|link| {
            link["href"]
                .as_str()
                .unwrap()
                .replace("http://localhost", "")
        });
    }
    assert_eq!((ids.len(), pages), (7, 3));
}

#[tokio::test]
async fn what_is_wrong_is_a_problem_document() {
    let stage = Stage::new("http://localhost").await;
    let items = "/ogc/collections/counts-ward-2022/items";
    for (path, status) in [
        (format!("{items}?bbox=1,2"), 400),
        (format!("{items}?colour=red"), 400),
        (format!("{items}?type=x"), 400),
        (format!("{items}?datetime=x"), 400),
        ("/ogc/collections/ward-2022/items?type=asb".to_owned(), 400),
        ("/ogc/conformance?limit=1".to_owned(), 400),
        ("/ogc/collections/wards/items".to_owned(), 404),
        ("/ogc/collections/ward-2022/items/E05000009".to_owned(), 404),
        ("/ogc/nothing".to_owned(), 404),
    ] {
        let reply = stage.get(&path).await;
        assert_eq!(reply.status.as_u16(), status, "{path}");
        assert_eq!(
            reply.header(header::CONTENT_TYPE),
            "application/problem+json",
            "{path}"
        );
        assert_eq!(reply.json()["status"], status);
    }
    let nobody = stage.ask("/ogc/collections", None, &[]).await;
    assert_eq!(
        (nobody.status, nobody.header(header::CONTENT_TYPE)),
        (StatusCode::UNAUTHORIZED, "application/problem+json")
    );
}

/// GDAL, as QGIS uses it, over a real socket.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gdal_opens_it() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let stage = Stage::new(&address).await;
    let router = stage.router.clone();
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let folder = tempfile::tempdir().unwrap();
    let headers = folder.path().join("headers");
    std::fs::write(
        &headers,
        format!("Cookie: session={}\n", stage.analyst.secret()),
    )
    .unwrap();
    let ogrinfo = async |arguments: &[&str]| {
        let mut command = std::process::Command::new("ogrinfo");
        command
            .args(["-ro", "--config", "GDAL_HTTP_HEADER_FILE"])
            .arg(&headers)
            .args(arguments);
        tokio::task::spawn_blocking(move || command.output())
            .await
            .unwrap()
    };
    let source = format!("OAPIF:{address}/ogc");
    let Ok(run) = ogrinfo(&[&source]).await else {
        commonweal_core::testing::skipped("there is no ogrinfo (Debian package gdal-bin)");
        return;
    };
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(
        run.status.success(),
        "{text} {}",
        String::from_utf8_lossy(&run.stderr)
    );
    for layer in [
        "ward-2022",
        "cells-8",
        "cells-9",
        "counts-ward-2022",
        "counts-cells-8",
        "counts-cells-9",
    ] {
        assert!(text.contains(layer), "{layer} is missing in {text}");
    }
    let run = ogrinfo(&[
        "-al",
        "-spat",
        "-1.6",
        "54.77",
        "-1.59",
        "54.78",
        &source,
        "counts-ward-2022",
    ])
    .await
    .unwrap();
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(
        text.contains("Feature Count: 1") && text.contains("E05000001") && text.contains("POLYGON"),
        "{text}"
    );
    let paged = ["-so", "-oo", "PAGE_SIZE=3", &source, "cells-9"];
    let run = ogrinfo(&paged).await.unwrap();
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(
        text.contains("Feature Count: 7") && text.contains("WGS 84"),
        "{text}"
    );
    server.abort();
}
