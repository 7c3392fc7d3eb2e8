//! `commonweal hotspots`: what it counts, what it writes, and against the reference.

use std::collections::HashSet;

use serde_json::Value;

use super::areas::{collection, real, square};
use crate::support::police::{HEADER, name, street};
use crate::support::program::{Data, Folder, on_both, run};

fn features(geojson: &Value) -> &Vec<Value> {
    geojson["features"].as_array().expect("features")
}

fn read(path: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("the file")).expect("GeoJSON")
}

/// Three months: 40 rows of anti-social behaviour at one place, and one elsewhere each month.
fn months(folder: &Folder) {
    for month in ["2024-12", "2025-01", "2025-02"] {
        let mut text = street(month, 0, 6);
        for _ in 0..40 {
            text += &format!(
                ",{month},Durham Constabulary,Durham Constabulary,-1.580000,54.775000,On or near X,E01020634,Durham,Anti-social behaviour,,\n"
            );
        }
        text += &format!(
            ",{month},Durham Constabulary,Durham Constabulary,-1.300000,54.760000,On or near Y,E01020634,Durham,Anti-social behaviour,,\n"
        );
        text += &format!(
            ",{month},Durham Constabulary,Durham Constabulary,,,No location,,,Anti-social behaviour,,\n"
        );
        folder.write(&format!("months/{}", name(month)), text);
    }
}

#[test]
fn cells_of_files_are_counted_with_the_zero_cells_around_them() {
    let folder = Folder::new();
    months(&folder);
    let out = folder.at("cells.geojson");
    let base = [
        "hotspots",
        &folder.at("months"),
        "--cells",
        "h3:9",
        "--from",
        "2025-01",
        "--to",
        "2025-02",
    ];
    let told = run(&[&base[..], &["--out", &out, "--json"]].concat())
        .ok()
        .json();
    // Both ends are included, the burglaries are not counted, two rows have no place.
    assert_eq!(
        (told["counted"].as_i64(), told["dropped"].as_i64()),
        (Some(82), Some(2)),
        "{told}"
    );
    assert_eq!(
        (told["asked"]["from"].as_str(), told["asked"]["to"].as_str()),
        (Some("2025-01"), Some("2025-02"))
    );
    let geojson = read(&out);
    let cells = features(&geojson);
    assert_eq!(told["places"], cells.len());
    // Two cells with incidents, far apart, and one ring around each.
    assert_eq!(cells.len(), 14);
    let counts: u64 = cells
        .iter()
        .map(|cell| cell["properties"]["count"].as_u64().expect("a count"))
        .sum();
    assert_eq!(counts, 82);
    assert_eq!(
        cells
            .iter()
            .filter(|cell| cell["properties"]["count"] == 0)
            .count(),
        12
    );
    let ids: HashSet<&str> = cells
        .iter()
        .filter_map(|cell| cell["id"].as_str())
        .collect();
    assert_eq!(ids.len(), 14);
    for cell in cells {
        let properties = cell["properties"].as_object().expect("properties");
        for name in [
            "count",
            "rate_per_1000",
            "gi_star_z",
            "gi_star_p",
            "significant",
        ] {
            assert!(properties.contains_key(name), "{name}: {cell}");
        }
        assert!(
            properties["rate_per_1000"].is_null(),
            "no residents are known: {cell}"
        );
        assert_eq!(cell["geometry"]["type"], "Polygon");
        let p = properties["gi_star_p"].as_f64().expect("p");
        assert!((0.0..=1.0).contains(&p));
    }
    let hottest = cells
        .iter()
        .max_by_key(|cell| cell["properties"]["count"].as_u64())
        .expect("cells");
    assert_eq!(hottest["properties"]["count"], 80);
    // To stdout the same, and the words go to stderr.
    let printed = run(&base).ok();
    assert_eq!(
        serde_json::from_str::<Value>(&printed.out).expect("GeoJSON"),
        geojson
    );
    assert!(
        printed.err.contains("82 incidents counted, 2 elsewhere"),
        "{}",
        printed.err
    );
    // Another type, all types, and everything there is.
    let counted = |more: &[&str]| {
        run(&[
            &["hotspots", &folder.at("months"), "--out", &out, "--json"],
            more,
        ]
        .concat())
        .ok()
        .json()["counted"]
            .clone()
    };
    assert_eq!(counted(&["--type", "burglary"]), 18);
    assert_eq!(counted(&["--type", "all", "--to", "2024-12"]), 47);
    assert_eq!(counted(&[]), 123);
}

#[test]
fn within_an_area_every_cell_counts_and_incidents_elsewhere_are_dropped() {
    let folder = Folder::new();
    months(&folder);
    let area = folder.write(
        "area.geojson",
        collection(&[square("A", -1.6, 54.76, 0.03)]),
    );
    let out = folder.at("cells.geojson");
    let told = run(&[
        "hotspots",
        &folder.at("months"),
        "--within",
        &area,
        "--out",
        &out,
        "--json",
    ])
    .ok()
    .json();
    assert_eq!(
        (told["counted"].as_i64(), told["dropped"].as_i64()),
        (Some(120), Some(6)),
        "{told}"
    );
    let geojson = read(&out);
    // 0.03 by 0.03 degrees are 1.93 by 3.34 km; a cell of resolution 9 has 0.1 km² or so.
    assert!(
        (50..90).contains(&features(&geojson).len()),
        "{}",
        features(&geojson).len()
    );
    let significant: Vec<&Value> = features(&geojson)
        .iter()
        .filter(|cell| cell["properties"]["significant"] == true)
        .collect();
    assert!(
        (1..=7).contains(&significant.len()),
        "the cell and its ring: {significant:?}"
    );
}

#[test]
fn columbus_gives_the_answers_of_esda() {
    let (Some(areas), Some(expected)) = (
        real("benchmarks/spatial/columbus.json"),
        real("benchmarks/expected_results.json"),
    ) else {
        return;
    };
    let expected = read(&expected);
    let expected = expected["spatial/columbus.json CRIME, columbus.gal"]
        .as_array()
        .expect("entries")
        .iter()
        .find(|entry| {
            entry["test"]
                .as_str()
                .is_some_and(|test| test.starts_with("Getis-Ord Gi*"))
        })
        .expect("the entry of Gi*");
    let asked = [
        "hotspots",
        "--areas",
        &areas,
        "--value",
        "CRIME",
        "--contiguity",
        "queen",
    ];
    let printed: Value = serde_json::from_str(&run(&asked).ok().out).expect("GeoJSON");
    let folder = Folder::new();
    let out = folder.at("columbus.geojson");
    let told = run(&[&asked[..], &["--out", &out, "--json"]].concat())
        .ok()
        .json();
    assert_eq!(read(&out), printed);
    let input = read(&areas);
    assert_eq!(
        (features(&printed).len(), told["places"].as_u64()),
        (49, Some(49))
    );
    for (n, feature) in features(&printed).iter().enumerate() {
        let before = features(&input)[n]["properties"]
            .as_object()
            .expect("properties");
        for (name, value) in before {
            assert_eq!(
                &feature["properties"][name], value,
                "properties and order are kept"
            );
        }
        let z = feature["properties"]["gi_star_z"].as_f64().expect("z");
        assert!(
            (z - expected["z"][n].as_f64().expect("z")).abs() < 1e-7,
            "feature {n}: {z}"
        );
        let p = feature["properties"]["gi_star_p"].as_f64().expect("p");
        if let Some(theirs) = expected["p_norm_two_sided"][n].as_f64() {
            assert!((p - theirs).abs() < 1e-7, "feature {n}: {p}");
        }
        assert!(feature["properties"]["significant"].is_boolean());
    }
}

#[test]
fn islands_get_null_and_polygons_keep_their_properties() {
    let folder = Folder::new();
    let mut squares = vec![
        square("A", 0.0, 0.0, 10.0),
        square("B", 10.0, 0.0, 10.0),
        square("C", 20.0, 0.0, 10.0),
        square("far", 9_000.0, 9_000.0, 10.0),
    ];
    for (n, feature) in squares.iter_mut().enumerate() {
        feature["properties"]["dumped"] = serde_json::json!(n * n);
    }
    let areas = folder.write("areas.json", collection(&squares));
    let ran = run(&["hotspots", "--areas", &areas, "--value", "dumped"]).ok();
    let geojson: Value = serde_json::from_str(&ran.out).expect("GeoJSON");
    let island = &features(&geojson)[3]["properties"];
    assert_eq!(island["code"], "far");
    assert!(
        ["gi_star_z", "gi_star_p", "significant"]
            .iter()
            .all(|name| island[*name].is_null()),
        "{island}"
    );
    assert!(features(&geojson)[0]["properties"]["gi_star_z"].is_number());
    for wrong in ["drumped", "name"] {
        let ran = run(&["hotspots", "--areas", &areas, "--value", wrong]);
        assert!(ran.failed().contains(wrong), "{ran:?}");
    }
}

#[test]
fn incidents_are_counted_in_polygons() {
    let folder = Folder::new();
    months(&folder);
    let squares = [
        square("A", -1.60, 54.76, 0.03),
        square("B", -1.57, 54.76, 0.03),
        square("C", -1.54, 54.76, 0.03),
    ];
    let areas = folder.write("areas.json", collection(&squares));
    let out = folder.at("out.json");
    let told = run(&[
        "hotspots",
        &folder.at("months"),
        "--areas",
        &areas,
        "--out",
        &out,
        "--json",
    ])
    .ok()
    .json();
    assert_eq!(
        (told["counted"].as_i64(), told["dropped"].as_i64()),
        (Some(120), Some(6)),
        "{told}"
    );
    let counts: Vec<_> = features(&read(&out))
        .iter()
        .map(|feature| feature["properties"]["count"].clone())
        .collect();
    assert_eq!(counts, [120, 0, 0]);
}

#[test]
fn the_database_knows_its_area_and_its_residents() {
    on_both(|data| {
        months(&data.folder);
        assert!(
            data.run(&["hotspots", "database"])
                .failed()
                .contains("no incidents yet")
        );
        data.done(&["import", "police-uk", &data.folder.at("months")]);
        let area = data.folder.write(
            "area.geojson",
            collection(&[square("P1", -1.6, 54.76, 0.03)]),
        );
        data.done(&[
            "import",
            "areas",
            &area,
            "--kind",
            "partnership",
            "--vintage",
            "2025",
        ]);
        let out = data.folder.at("cells.geojson");
        let asked = [
            "hotspots", "database", "--cells", "h3:9", "--from", "2025-01", "--to", "2025-02",
            "--out", &out,
        ];
        let told = data.done(&asked);
        assert_eq!(
            (told["counted"].as_i64(), told["dropped"].as_i64()),
            (Some(80), Some(4)),
            "{told}"
        );
        assert_eq!(told["asked"]["within"], "the partnership's area");
        assert!(
            features(&read(&out))
                .iter()
                .all(|cell| cell["properties"]["rate_per_1000"].is_null())
        );
    });
}

#[test]
fn rates_are_told_where_residents_can_be_apportioned() {
    let (Some(areas), Some(postcodes), Some(residents)) = (
        real("boundaries/lsoa2021_county_durham_E06000047.geojson"),
        real("lookups/postcode_latlon_lsoa_durham_darlington_derived.csv.gz"),
        real("context/census2021_usual_residents_lsoa2021_north_east.csv"),
    ) else {
        return;
    };
    let data = Data::new();
    months(&data.folder);
    data.done(&["import", "police-uk", &data.folder.at("months")]);
    data.done(&[
        "import",
        "areas",
        &areas,
        "--kind",
        "lsoa",
        "--vintage",
        "2021",
    ]);
    data.done(&["import", "context", &residents]);
    data.done(&["import", "postcodes", &postcodes]);
    let out = data.folder.at("cells.geojson");
    let told = data.done(&["hotspots", "database", "--cells", "h3:8", "--out", &out]);
    assert_eq!(told["asked"]["rates"], true, "{told}");
    let geojson = read(&out);
    let with_rate: Vec<f64> = features(&geojson)
        .iter()
        .filter_map(|cell| cell["properties"]["rate_per_1000"].as_f64())
        .collect();
    assert!(
        with_rate.len() > 300,
        "{} of {}",
        with_rate.len(),
        features(&geojson).len()
    );
    let hottest = features(&geojson)
        .iter()
        .max_by_key(|cell| cell["properties"]["count"].as_u64())
        .expect("cells");
    assert!(
        hottest["properties"]["rate_per_1000"]
            .as_f64()
            .is_some_and(|rate| rate > 0.0),
        "{hottest}"
    );
}

#[test]
fn wrong_questions_are_refused_with_a_reason() {
    let folder = Folder::new();
    months(&folder);
    let months = folder.at("months");
    let misused: &[(&[&str], &str)] = &[
        (&["hotspots"], "say what to count"),
        (
            &["hotspots", &months, "--cells", "h3:12"],
            "finer than h3:9",
        ),
        (&["hotspots", &months, "--cells", "hex"], "h3:5 to h3:9"),
        (&["hotspots", &months, "--from", "January"], "2025-01"),
        (
            &["hotspots", &months, "--from", "2025-02", "--to", "2025-01"],
            "after",
        ),
        (&["hotspots", &months, "--json"], "--out"),
    ];
    for (arguments, why) in misused {
        let ran = run(arguments);
        assert!(ran.misused().contains(why), "{arguments:?}: {ran:?}");
        assert!(ran.out.is_empty());
    }
    let failed: &[(&[&str], &str)] = &[
        (&["hotspots", "nowhere.csv"], "nowhere.csv"),
        (
            &["hotspots", &months, "--within", "nowhere.json"],
            "nowhere.json",
        ),
        (
            &["hotspots", &months, "--out", "/nowhere/x.json"],
            "/nowhere/x.json",
        ),
    ];
    for (arguments, why) in failed {
        let ran = run(arguments);
        assert!(ran.failed().contains(why), "{arguments:?}: {ran:?}");
    }
    // A file with only a header has nothing to look at, and says so.
    let none = folder.write("none.csv", format!("{HEADER}\n"));
    assert_eq!(run(&["hotspots", &none]).status, Some(1));
}
