use axum::http::header;

use crate::map::stage::Stage;

const VIEW: &str = "type=all&from=2025-01&to=2025-04&areas=ward-2022";
const ADDRESS: &str =
    "https://asb.example.org/map?from=2025-01&to=2025-04&type=all&areas=ward-2022";

#[tokio::test]
async fn csv_holds_every_row_and_explains_itself() {
    let stage = Stage::new("https://asb.example.org/").await;
    let reply = stage
        .get(&format!("/map/download.csv?{VIEW}&sort=name"))
        .await;
    assert!(reply.header(header::CONTENT_TYPE).starts_with("text/csv"));
    let name = "attachment; filename=\"incidents-ward-2022-2025-01-to-2025-04.csv\"";
    assert_eq!(reply.header(header::CONTENT_DISPOSITION), name);
    let csv = reply.text();
    for wanted in [
        "# Filter: All incidents and crimes, January 2025 to April 2025\r\n",
        "# Counted by: Ward 2022\r\n",
        "# Incidents: 77, of which 7 in none of these places\r\n",
        "# Made-up data",
        "# Recorded by: Durham Constabulary.",
        "# There are no figures for March 2025",
        "Open Government Licence",
        &format!("# The same view: {ADDRESS}\r\n"),
        "# Made: 2026-06-01T12:00:00Z\r\n",
        ",E05000002,'=Gilesgate,",
    ] {
        assert!(csv.contains(wanted), "'{wanted}' is missing in {csv}");
    }
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(csv.as_bytes());
    let counts: Vec<u64> = reader
        .records()
        .map(|row| row.unwrap()[3].parse().unwrap())
        .collect();
    assert_eq!((counts.len(), counts.iter().sum::<u64>()), (2, 70));
}

#[tokio::test]
async fn geojson_can_be_read_and_says_its_filter() {
    let stage = Stage::new("https://asb.example.org").await;
    for (areas, features) in [("ward-2022", 2), ("cell9", 7)] {
        let query = VIEW.replace("ward-2022", areas);
        let reply = stage.get(&format!("/map/download.geojson?{query}")).await;
        let geojson::GeoJson::FeatureCollection(collection) = reply.text().parse().unwrap() else {
            panic!("no collection")
        };
        assert_eq!(collection.features.len(), features);
        let sum: u64 = collection
            .features
            .iter()
            .map(|f| f.property("count").unwrap().as_u64().unwrap())
            .sum();
        assert_eq!(sum, 70);
        let said = collection.foreign_members.unwrap();
        assert_eq!(said["url"], ADDRESS.replace("ward-2022", areas));
        assert_eq!(said["made_up_data"], true);
        assert_eq!(
            said["filter"],
            "All incidents and crimes, January 2025 to April 2025"
        );
    }
}

#[tokio::test]
async fn ods_is_a_spreadsheet() {
    let stage = Stage::new("https://asb.example.org").await;
    let reply = stage.get(&format!("/map/download.ods?{VIEW}")).await;
    assert_eq!(
        reply.header(header::CONTENT_TYPE),
        commonweal_documents::ODS
    );
    assert_eq!(&reply.body[30..38], b"mimetype");
}
