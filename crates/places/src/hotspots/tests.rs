use std::path::{Path, PathBuf};

use h3o::{LatLng, Resolution};
use serde_json::Value;

use super::*;

fn shared(path: &str) -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests say where the shared data lie"
    )]
    let root = std::env::var_os("COMMONWEAL_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let path = root.join("data").join(path);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not here", path.display());
    None
}

#[test]
fn columbus_gives_the_answers_of_esda() {
    let (Some(areas), Some(answers)) = (
        shared("benchmarks/spatial/columbus.json"),
        shared("benchmarks/expected_results.json"),
    ) else {
        return;
    };
    let text = std::fs::read_to_string(areas).unwrap();
    let options = PolygonOptions {
        value: Some("CRIME".to_owned()),
        population: None,
    };
    let out = polygons(&text, &options, &[]).unwrap();
    let answers: Value = serde_json::from_str(&std::fs::read_to_string(answers).unwrap()).unwrap();
    let expected = answers["spatial/columbus.json CRIME, columbus.gal"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["test"].as_str().unwrap().starts_with("Getis-Ord"))
        .unwrap();
    let input: Value = serde_json::from_str(&text).unwrap();
    for (n, feature) in out["features"].as_array().unwrap().iter().enumerate() {
        assert_eq!(
            feature["properties"]["POLYID"], input["features"][n]["properties"]["POLYID"],
            "order is kept"
        );
        let z = feature["properties"]["gi_star_z"].as_f64().unwrap();
        assert!(
            (z - expected["z"][n].as_f64().unwrap()).abs() < 1e-7,
            "feature {n}: {z}"
        );
        assert!(feature["properties"]["significant"].is_boolean());
    }
}

#[test]
fn a_cluster_is_found_zero_cells_count_and_what_lies_elsewhere_is_dropped() {
    let centre = LatLng::new(54.775, -1.58).unwrap();
    let middle = centre.to_cell(Resolution::Nine);
    let area: Vec<_> = middle.grid_disk::<Vec<_>>(12);
    let heap = middle.grid_disk::<Vec<_>>(1);
    let mut points: Vec<Option<(f64, f64)>> = heap
        .iter()
        .flat_map(|cell| {
            let at = LatLng::from(*cell);
            std::iter::repeat_n(Some((at.lng(), at.lat())), 9)
        })
        .collect();
    points.push(Some((-2.5, 54.0)));
    points.push(None);
    let hot = hot_cells(points, Some(area.clone()), None, Resolution::Nine).unwrap();
    assert_eq!(hot.cells.len(), area.len());
    assert_eq!((hot.counted, hot.dropped), (63, 2));
    let of = |cell| hot.cells.iter().find(|hot| hot.cell == cell).unwrap();
    assert_eq!(of(middle).cluster.significant, Some(true));
    assert!(of(middle).cluster.gi_star_z.unwrap() > 5.0);
    assert!(
        hot.cells
            .iter()
            .filter(|cell| cell.cluster.significant == Some(true))
            .count()
            < 25
    );
}

#[test]
fn islands_get_nothing_and_so_do_equal_values() {
    let weights = Weights::from_neighbours([vec![1], vec![0], vec![]]).unwrap();
    let found = clusters(&[1.0, 5.0, 2.0], &weights).unwrap();
    assert!(found[2].gi_star_z.is_none() && found[2].significant.is_none());
    assert!(found[0].gi_star_z.is_some());
    let flat = clusters(&[2.0, 2.0, 2.0], &weights).unwrap();
    assert!(flat.iter().all(|cluster| cluster.gi_star_z.is_none()));
}

#[test]
fn wrong_input_is_named() {
    let none = PolygonOptions {
        value: Some("X".to_owned()),
        population: None,
    };
    assert!(
        polygons("{", &none, &[])
            .unwrap_err()
            .to_string()
            .contains("not GeoJSON")
    );
    let one = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"A":1},"geometry":{"type":"Point","coordinates":[0,0]}}]}"#;
    assert!(
        polygons(one, &none, &[])
            .unwrap_err()
            .to_string()
            .contains("not a polygon")
    );
    let two = one.replace(
        r#""type":"Point","coordinates":[0,0]"#,
        r#""type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]"#,
    );
    let error = polygons(&two, &none, &[]).unwrap_err().to_string();
    assert!(
        error.contains("no property 'X'") && error.contains('A'),
        "{error}"
    );
}
