//! `commonweal import areas|postcodes|context`, on real files where they are here.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::program::{Data, on_both};
use crate::support::shared;

/// A file of the real data, where there is one.
pub(super) fn real(name: &str) -> Option<String> {
    let found: Option<PathBuf> = shared()
        .map(|folder| folder.join("data").join(name))
        .filter(|path| path.exists());
    if found.is_none() {
        commonweal_core::testing::skipped(&format!("data/{name} is not beside the project"));
    }
    found.map(|path| path.display().to_string())
}

/// A square as a GeoJSON feature.
pub(super) fn square(code: &str, west: f64, south: f64, side: f64) -> Value {
    let (east, north) = (west + side, south + side);
    serde_json::json!({
        "type": "Feature",
        "properties": {"code": code, "name": format!("Area {code}")},
        "geometry": {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]},
    })
}

pub(super) fn collection(features: &[Value]) -> String {
    serde_json::json!({"type": "FeatureCollection", "features": features}).to_string()
}

/// Imports twice: the first changes something, the second nothing. Gives the first report.
fn twice(data: &Data, arguments: &[&str]) -> Value {
    let dry: Vec<&str> = arguments.iter().copied().chain(["--dry-run"]).collect();
    assert_eq!(data.done(&dry)["dry_run"], true, "{arguments:?}");
    let first = data.done(arguments);
    assert_eq!(first["unchanged"], false, "{first}");
    let again = data.done(arguments);
    assert_eq!(again["unchanged"], true, "{again}");
    first
}

#[test]
fn real_areas_postcodes_and_figures_go_in_once() {
    let (Some(areas), Some(postcodes), Some(residents), Some(deprivation)) = (
        real("boundaries/lsoa2021_county_durham_E06000047.geojson"),
        real("lookups/nspl_nov2021_SR_county_durham.csv"),
        real("context/census2021_usual_residents_lsoa2021_north_east.csv"),
        real("context/imd2025_lsoa2021_north_east.csv"),
    ) else {
        return;
    };
    on_both(|data| {
        let report = twice(
            data,
            &[
                "import",
                "areas",
                &areas,
                "--kind",
                "lsoa",
                "--vintage",
                "2021",
            ],
        );
        let text = std::fs::read_to_string(&areas).expect("the areas");
        assert_eq!(
            report["areas"],
            text.matches("\"Feature\"").count(),
            "{report}"
        );
        let report = twice(data, &["import", "context", &residents]);
        assert!(
            report["figures"]
                .as_i64()
                .is_some_and(|figures| figures > 1_600),
            "{report}"
        );
        let report = twice(data, &["import", "context", &deprivation]);
        assert!(
            report["areas"].as_i64().is_some_and(|areas| areas > 1_600),
            "{report}"
        );
        let report = twice(data, &["import", "postcodes", &postcodes]);
        assert!(
            report["rows"].as_i64().is_some_and(|rows| rows > 1_000),
            "{report}"
        );
    });
}

#[test]
fn areas_of_any_form_go_in_and_wrong_ones_are_refused() {
    let data = Data::new();
    let folder = &data.folder;
    let good = folder.write(
        "good.geojson",
        collection(&[square("A1", -1.6, 54.7, 0.1), square("A2", -1.5, 54.7, 0.1)]),
    );
    let asked = [
        "import",
        "areas",
        good.as_str(),
        "--kind",
        "beat",
        "--vintage",
        "2025",
    ];
    let report = twice(&data, &asked);
    assert_eq!(
        (report["areas"].as_i64(), report["code_field"].as_str()),
        (Some(2), Some("code")),
        "{report}"
    );
    // A new edition of the same kind and vintage takes the old one's place.
    let newer = folder.write(
        "newer.geojson",
        collection(&[square("A1", -1.6, 54.7, 0.2)]),
    );
    let asked = [
        "import",
        "areas",
        newer.as_str(),
        "--kind",
        "beat",
        "--vintage",
        "2025",
    ];
    assert_eq!(data.done(&asked)["replaced"], true);
    let mut crossed = square("X1", -1.6, 54.7, 0.1);
    crossed["geometry"]["coordinates"] = serde_json::json!([[
        [-1.6, 54.7],
        [-1.5, 54.8],
        [-1.5, 54.7],
        [-1.6, 54.8],
        [-1.6, 54.7]
    ]]);
    let mut swapped = square("S1", -1.6, 54.7, 0.1);
    swapped["geometry"]["coordinates"] =
        serde_json::json!([[[54.7, -1.6], [54.8, -1.6], [54.8, -1.5], [54.7, -1.6]]]);
    let point = serde_json::json!({"type": "Feature", "properties": {"code": "P"}, "geometry": {"type": "Point", "coordinates": [-1.6, 54.7]}});
    let cases = [
        ("crossed.geojson", collection(&[crossed])),
        ("swapped.geojson", collection(&[swapped])),
        ("point.geojson", collection(&[point])),
        (
            "twice.geojson",
            collection(&[square("A1", -1.6, 54.7, 0.1), square("A1", -1.5, 54.7, 0.1)]),
        ),
        ("none.geojson", collection(&[])),
        (
            "cut.geojson",
            collection(&[square("A1", -1.6, 54.7, 0.1)])[..80].to_owned(),
        ),
        ("empty.geojson", String::new()),
    ];
    for (name, content) in cases {
        let path = folder.write(name, content);
        let ran = data.run(&[
            "import",
            "areas",
            &path,
            "--kind",
            "beat",
            "--vintage",
            "2026",
        ]);
        assert!(ran.failed().contains(name), "{ran:?}");
    }
}

#[test]
fn wrong_postcodes_and_figures_are_refused_on_one_line() {
    let data = Data::new();
    for command in ["postcodes", "context"] {
        for (name, content) in [
            ("empty.csv", ""),
            ("other.csv", "a,b\n1,2\n"),
            ("header.csv", "postcode,latitude\n"),
        ] {
            let path = data.folder.write(name, content);
            let ran = data.run(&["import", command, &path]);
            assert!(ran.failed().contains(name), "{command}: {ran:?}");
        }
    }
}
