//! Areas as people bring them, made here and real.

use std::time::Instant;

use geo::{Area, BoundingRect, InteriorPoint};
use h3o::Resolution;

use super::locate::{AreaIndex, cells_within};
use super::shapes::{AreaOptions, AreaShapes, Coordinates, read_areas};
use crate::imports::read::Problem;
use crate::imports::read::shared_data;

fn feature(code: &str, ring: &str) -> String {
    format!(
        r#"{{"type":"Feature","properties":{{"LAD22CD":"E06000047","LSOA21CD":"{code}","LSOA21NM":"Area {code}"}},"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}"#
    )
}

fn collection(features: &[String]) -> String {
    format!(
        r#"{{"type":"FeatureCollection","features":[{}]}}"#,
        features.join(",")
    )
}

const SQUARE: &str = "[[-1.6,54.7],[-1.5,54.7],[-1.5,54.8],[-1.6,54.8],[-1.6,54.7]]";

fn read(text: &str) -> Result<AreaShapes, String> {
    read_areas("areas.json", text.as_bytes(), &AreaOptions::default()).map_err(|e| e.to_string())
}

#[test]
fn fields_kind_and_vintage_are_found() {
    let text = collection(&[feature("E01", SQUARE), feature("E02", SQUARE)]);
    let read = read(&text).unwrap();
    assert_eq!(
        (read.code_field.as_str(), read.name_field.as_deref()),
        ("LSOA21CD", Some("LSOA21NM"))
    );
    assert_eq!(
        (read.kind_hint.as_deref(), read.vintage_hint),
        (Some("lsoa"), Some(2021))
    );
    assert_eq!(
        (read.shapes[1].code.as_str(), read.shapes[1].name.as_str()),
        ("E02", "Area E02")
    );
    assert_eq!(read.shapes[0].properties["LAD22CD"], "E06000047");
    let options = AreaOptions {
        code_field: Some("lsoa21nm"),
        name_field: Some("LSOA21CD"),
        ..AreaOptions::default()
    };
    let given = read_areas("x", text.as_bytes(), &options).unwrap();
    assert_eq!(
        (given.shapes[0].code.as_str(), given.shapes[0].name.as_str()),
        ("Area E01", "E01")
    );
}

#[test]
fn sequences_of_features_are_read_too() {
    let (one, two) = (feature("E01", SQUARE), feature("E02", SQUARE));
    for text in [
        format!("\u{1e}{one}\n\u{1e}{two}\n"),
        format!("{one}\n{two}\n"),
    ] {
        assert_eq!(read(&text).unwrap().shapes.len(), 2);
    }
}

#[test]
fn each_fault_is_said_and_names_the_area() {
    let swapped = "[[54.7,-1.6],[54.7,-1.5],[54.8,-1.5],[54.7,-1.6]]";
    let grid = "[[427300,542100],[427400,542100],[427400,542200],[427300,542100]]";
    let abroad = "[[13.3,52.5],[13.4,52.5],[13.4,52.6],[13.3,52.5]]";
    let crossing = "[[-1.6,54.7],[-1.5,54.8],[-1.5,54.7],[-1.6,54.8],[-1.6,54.7]]";
    let good = feature("E01", SQUARE);
    let cases = [
        (String::new(), "empty (zero bytes)"),
        ("{".to_owned(), "not valid GeoJSON or TopoJSON"),
        ("{\"type\":\"Polygon\"}".to_owned(), "a JSON 'Polygon'"),
        (collection(&[]), "no area in it"),
        (
            collection(&[good.clone(), feature("E02", swapped)]),
            "E02 Area E02 has longitude and latitude swapped",
        ),
        (
            collection(&[good.clone(), feature("E02", grid)]),
            "British National Grid metres",
        ),
        (
            collection(&[good.clone(), feature("E02", abroad)]),
            "outside the United Kingdom",
        ),
        (
            collection(&[good.clone(), feature("E02", crossing)]),
            "the boundary of the area E02 Area E02 crosses itself near -1.55",
        ),
        (
            collection(&[good.clone(), feature("E02", "[]")]),
            "encloses nothing",
        ),
        (
            collection(&[
                good.clone(),
                feature("E02", "[[-1.6],[-1.5,54.7],[-1.5,54.8],[-1.6]]"),
            ]),
            "",
        ),
        (
            collection(&[good.clone(), good.replace("Area E01", "Again")]),
            "the code 'E01' comes twice, as area number 1 and 2",
        ),
        (
            collection(&[good.clone(), good.replace("E01", "")]),
            "area number 2 has no code",
        ),
        (
            collection(&[good.replace("Polygon", "MultiLineString")]),
            "is no polygon but: MultiLineString",
        ),
        (
            collection(&[good
                .replace("LSOA21CD", "colour")
                .replace("LAD22CD", "shade")]),
            "no property looks like a code; there are: ",
        ),
    ];
    for (text, expected) in cases {
        let shown = read(&text).unwrap_err();
        assert!(shown.contains(expected), "{shown}");
    }
    let options = AreaOptions {
        code_field: Some("WD22CD"),
        ..AreaOptions::default()
    };
    let error = read_areas("x", collection(&[good]).as_bytes(), &options).unwrap_err();
    assert!(
        matches!(error.problem, Problem::NoSuchColumn { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("LSOA21CD"), "{error}");
}

#[test]
fn every_boundary_file_loads() {
    let Some(folder) = shared_data("boundaries") else {
        return;
    };
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() > 15);
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let start = Instant::now();
        let read = read_areas(
            &name,
            std::fs::File::open(&path).unwrap(),
            &AreaOptions::default(),
        )
        .unwrap();
        let summary = read.summary();
        eprintln!(
            "{name}: {} areas, {} points by {} {:?}, mended {:?}, {:.0} ms",
            summary.areas,
            summary.points,
            read.code_field,
            read.name_field,
            summary.mended,
            start.elapsed().as_secs_f64() * 1e3
        );
        assert!(
            read.name_field.is_some() && read.vintage_hint.is_some(),
            "{name}"
        );
        if name.starts_with("lsoa2011") && name.contains("E06000047") {
            assert_eq!(summary.areas, 324, "{name}");
        }
        if name.starts_with("lsoa2021") && name.contains("E06000047") {
            assert_eq!(summary.areas, 330, "{name}");
        }
    }
}

#[test]
fn topojson_and_geojson_of_the_county_agree() {
    let Some(plain) = shared_data("boundaries/lsoa2011_uk-geojson_E06000047.json") else {
        return;
    };
    let Some(topo) = shared_data("boundaries/lsoa2011_uk-geojson_E06000047.topo.json") else {
        return;
    };
    let read = |path: std::path::PathBuf| {
        read_areas(
            "x",
            std::fs::File::open(path).unwrap(),
            &AreaOptions::default(),
        )
        .unwrap()
    };
    let (plain, topo) = (read(plain), read(topo));
    for one in &plain.shapes {
        let other = topo.shapes.iter().find(|s| s.code == one.code).unwrap();
        // The TopoJSON is quantised to some 7 m and simplified further.
        let share = other.geometry.unsigned_area() / one.geometry.unsigned_area();
        assert!((0.8..1.25).contains(&share), "{} {share}", one.code);
    }
}

#[test]
fn points_are_found_in_their_areas_and_quickly() {
    let Some(path) = shared_data("boundaries/lsoa2021_derived-fine_E06000047.json") else {
        return;
    };
    let read = read_areas(
        "x",
        std::fs::File::open(path).unwrap(),
        &AreaOptions::default(),
    )
    .unwrap();
    let index = AreaIndex::new(read.shapes.iter().map(|s| &s.geometry));
    for (i, shape) in read.shapes.iter().enumerate() {
        let inside = shape.geometry.interior_point().unwrap();
        assert_eq!(
            index.locate(inside.x(), inside.y()),
            Some(i),
            "{}",
            shape.code
        );
    }
    let all: geo::MultiPolygon<f64> = read
        .shapes
        .iter()
        .flat_map(|s| s.geometry.0.clone())
        .collect();
    let around = all.bounding_rect().unwrap();
    let (mut found, n) = (0, 500_u32);
    let start = Instant::now();
    for i in 0..n {
        for j in 0..n {
            let x = around.min().x + around.width() * f64::from(i) / f64::from(n);
            let y = around.min().y + around.height() * f64::from(j) / f64::from(n);
            found += u32::from(index.locate(x, y).is_some());
        }
    }
    let rate = f64::from(n * n) / start.elapsed().as_secs_f64();
    eprintln!("{rate:.0} points a second, {found} of {} inside", n * n);
    assert!(found > n * n / 3);

    let start = Instant::now();
    let cells: usize = read
        .shapes
        .iter()
        .map(|s| cells_within(&s.geometry, Resolution::Nine).len())
        .sum();
    eprintln!(
        "{cells} cells of resolution 9 in {:.2} s",
        start.elapsed().as_secs_f64()
    );
    assert!((15_000..30_000).contains(&cells), "{cells}");
}

#[test]
fn planar_coordinates_are_read_when_asked_for() {
    let Some(path) = shared_data("benchmarks/spatial/columbus.json") else {
        return;
    };
    let options = AreaOptions {
        code_field: Some("POLYID"),
        coordinates: Coordinates::Planar,
        ..AreaOptions::default()
    };
    let read = read_areas("x", std::fs::File::open(path).unwrap(), &options).unwrap();
    assert_eq!(read.shapes.len(), 49);
    assert!(read.shapes[0].properties.contains_key("CRIME"));
}
