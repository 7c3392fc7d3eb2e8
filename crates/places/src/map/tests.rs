use std::collections::BTreeMap;

use axum::http::{StatusCode, header};
use commonweal_access::web::outsider::{sees_nothing, signed_in};
use commonweal_govuk::{check_page, page_faults};
use serde_json::Value;

use super::figures::Figures;
use super::pages::{MAP, context};
use super::stage::Stage;
use crate::cube::{Snapshot, samples};
use crate::view::{Asked, View};

const ALL: &str = "type=all&from=2025-01&to=2025-04";

#[test]
fn the_page_holds_with_figures_and_without() {
    for (snapshot, areas) in [
        (samples::snapshot(), "ward-2022"),
        (samples::snapshot(), "cell9"),
        (Snapshot::default(), ""),
    ] {
        let view = View::new(
            &snapshot,
            &Asked {
                areas: areas.to_owned(),
                ..Asked::default()
            },
        );
        let figures = Figures::new(&snapshot, &view.by, &view.filter);
        check_page(&MAP, &context(&snapshot, &view, &figures, "<svg></svg>")).unwrap();
    }
}

#[tokio::test]
async fn an_outsider_sees_nothing_of_maps_downloads_and_features() {
    let stage = Stage::new("http://localhost").await;
    let wrong = sees_nothing(
        &stage.app,
        &stage.router,
        &stage.routes,
        &["Elvet", "E05000001", "89195"],
    )
    .await
    .unwrap();
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test]
async fn somebody_whose_sources_are_another_agencys_counts_nothing() {
    let stage = Stage::new("http://localhost").await;
    // A call-taker sees the incidents of their own agency, and the police are another.
    let (_, token) = signed_in(&stage.app, &["call-taker"]).await.unwrap();
    let data = stage
        .ask(&format!("/map/data?{ALL}&areas=cell9"), Some(&token), &[])
        .await;
    assert_eq!(data.json()["cells"], Value::Array(vec![]));
    let page = stage
        .ask(&format!("/map?{ALL}&areas=cell9"), Some(&token), &[])
        .await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        !page.text().contains("Durham Constabulary") && !page.text().contains("89195"),
        "not even a name"
    );
    assert!(
        !page.text().contains("/map/download"),
        "may not download, so is not offered it"
    );
    let file = stage
        .ask(&format!("/map/download.csv?{ALL}"), Some(&token), &[])
        .await;
    assert_eq!(file.status, StatusCode::FORBIDDEN);
    let items = stage
        .ask("/ogc/collections/cells-9/items?f=json", Some(&token), &[])
        .await;
    assert_eq!(items.json()["numberMatched"], 0);
}

#[tokio::test]
async fn cells_of_both_resolutions_add_up_to_the_rows_with_a_place() {
    let stage = Stage::new("http://localhost").await;
    let rows: u64 = 40 + 25 + 12;
    let without_place = 4 + 2 + 1;
    let mut breaks = Vec::new();
    for resolution in [8, 9] {
        let data = stage
            .get(&format!(
                "/map/data?{ALL}&areas=cell9&resolution={resolution}"
            ))
            .await;
        assert_eq!(data.header(header::CONTENT_TYPE), "application/json");
        let json = data.json();
        assert_eq!(json["resolution"], resolution);
        let cells: Vec<(String, u64)> = serde_json::from_value(json["cells"].clone()).unwrap();
        let counts: BTreeMap<String, u64> = cells.into_iter().collect();
        assert_eq!(counts.values().sum::<u64>(), rows - without_place);
        assert!(
            counts.keys().all(
                |cell| cell.parse::<h3o::CellIndex>().unwrap().resolution() as u8 == resolution
            )
        );
        breaks.push(json["breaks"].clone());
    }
    assert_eq!(breaks[0], breaks[1], "one key serves both");
}

#[tokio::test]
async fn areas_come_as_geojson_with_name_and_value() {
    let stage = Stage::new("http://localhost").await;
    let data = stage.get(&format!("/map/data?{ALL}&areas=ward-2022")).await;
    assert_eq!(data.header(header::CONTENT_TYPE), "application/geo+json");
    let json: geojson::GeoJson = data.text().parse().unwrap();
    let geojson::GeoJson::FeatureCollection(features) = json else {
        panic!("no collection")
    };
    let values: u64 = features
        .features
        .iter()
        .map(|f| f.property("value").unwrap().as_u64().unwrap())
        .sum();
    assert_eq!((features.features.len(), values), (2, 70));
    assert_eq!(
        features.features[0].property("name").unwrap(),
        "Elvet & <Neville's> Cross"
    );
    let one = stage
        .get(&format!(
            "/map/data?{ALL}&areas=ward-2022&place=ward-2022:E05000002"
        ))
        .await
        .json();
    assert_eq!(one["features"][0]["properties"]["value"], 0);
    assert_eq!(
        stage.get("/map/outline").await.json()["features"][0]["geometry"]["coordinates"]
            .as_array()
            .unwrap()
            .len(),
        1,
        "one outline; a hole that is smaller than a street is a sliver"
    );
}

#[tokio::test]
async fn an_answer_is_compressed_and_known_by_its_tag() {
    let stage = Stage::new("http://localhost").await;
    let path = format!("/map/data?{ALL}&areas=cell9");
    let plain = stage.get(&path).await;
    let tag = plain.header(header::ETAG).to_owned();
    assert!(tag.starts_with("W/\"") && plain.header(header::CACHE_CONTROL).starts_with("private"));
    let packed = stage
        .ask(
            &path,
            Some(&stage.analyst),
            &[(header::ACCEPT_ENCODING, "gzip")],
        )
        .await;
    assert_eq!(packed.header(header::CONTENT_ENCODING), "gzip");
    let mut text = String::new();
    std::io::Read::read_to_string(
        &mut flate2::read::GzDecoder::new(&packed.body[..]),
        &mut text,
    )
    .unwrap();
    assert_eq!(text, plain.text());
    let again = stage
        .ask(
            &path,
            Some(&stage.analyst),
            &[(header::IF_NONE_MATCH, &tag)],
        )
        .await;
    assert_eq!(
        (again.status, again.body.len()),
        (StatusCode::NOT_MODIFIED, 0)
    );
    let other = stage
        .ask(
            &format!("{path}&qualifier=personal"),
            Some(&stage.analyst),
            &[(header::IF_NONE_MATCH, &tag)],
        )
        .await;
    assert_eq!(other.status, StatusCode::OK);
}

#[tokio::test]
async fn wrong_values_are_refused_where_no_page_could_explain_them() {
    let stage = Stage::new("http://localhost").await;
    for query in [
        "from=2025-13",
        "from=2025-04&to=2025-01",
        "type=x",
        "place=ward-2022:x",
        "areas=cell10",
        "areas=cell9&resolution=10",
        "areas=ward-2022&resolution=9",
        "qualifier=x",
        "source=x",
    ] {
        for path in [
            "/map/data",
            "/map/download.csv",
            "/map/download.ods",
            "/map/download.geojson",
        ] {
            if path != "/map/data" && query.contains("resolution") {
                continue;
            }
            let reply = stage.get(&format!("{path}?{query}")).await;
            assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path}?{query}");
        }
        let page = stage.get(&format!("/map?{query}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(
            page.text().contains("There is a problem"),
            !query.contains("resolution"),
            "{query}"
        );
    }
}

#[tokio::test]
async fn the_page_shows_drawing_key_table_and_what_must_be_said() {
    let stage = Stage::new("http://localhost").await;
    for (areas, sort) in [
        ("ward-2022", ""),
        ("cell9", "name"),
        ("cell8", "rate"),
        ("cell9", "count&page=99"),
    ] {
        let reply = stage
            .get(&format!("/map?{ALL}&areas={areas}&sort={sort}"))
            .await;
        let html = reply.text();
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(page_faults(html), Vec::<String>::new(), "{areas}");
        for wanted in [
            "<svg",
            "cw-legend",
            "data-map",
            "data-bounds=\"-1.61",
            "Made-up data",
            "at least eight addresses",
            "There are no figures for March 2025",
            "Recorded by: Durham Constabulary",
            "/map/download.ods?",
        ] {
            assert!(html.contains(wanted), "{areas}: '{wanted}' is missing");
        }
        assert!(!html.contains("<Neville's>"));
    }
    let html = stage.get(&format!("/map?{ALL}&areas=ward-2022")).await;
    assert!(html.text().contains("data-item-url=\"/trend?from=2025-01&amp;to=2025-04&amp;type=all&amp;areas=ward-2022&amp;place=ward-2022%3A{id}\""));
}
