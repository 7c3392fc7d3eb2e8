//! Columbus, Ohio (49 neighbourhoods, crime): the answers of PySAL esda 2.9.0, from the polygons on.
//!
//! The data lie outside the repository; without them each test says so and passes.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use geo::{Coord, LineString, MultiPolygon, Polygon};
use hotspot::{
    Weights, geary, gi, gi_star, local_moran, local_moran_test, local_permutation, moran,
    suggested_tolerance,
};
use serde_json::Value;

type TestResult = Result<(), Box<dyn std::error::Error>>;

struct Columbus {
    ids: Vec<String>,
    crime: Vec<f64>,
    weights: Weights,
    expected: Vec<Value>,
    folder: PathBuf,
}

/// The data, or `None` (with the reason printed) where this machine has none.
#[expect(
    clippy::disallowed_methods,
    reason = "a test's data, not a setting of the product"
)]
fn columbus() -> Result<Option<Columbus>, Box<dyn std::error::Error>> {
    let shared = std::env::var_os("COMMONWEAL_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let folder = shared.join("data/benchmarks");
    if !folder.join("spatial/columbus.json").exists() {
        // Straight to standard error, so that the harness does not swallow it.
        writeln!(
            std::io::stderr(),
            "skipped: no reference data in {}",
            folder.display()
        )?;
        return Ok(None);
    }
    let read = |name: &str| -> Result<Value, Box<dyn std::error::Error>> {
        Ok(serde_json::from_str(&std::fs::read_to_string(
            folder.join(name),
        )?)?)
    };
    let collection = read("spatial/columbus.json")?;
    let features = collection["features"].as_array().ok_or("features")?;
    let mut ids = Vec::new();
    let mut crime = Vec::new();
    let mut polygons = Vec::new();
    for feature in features {
        let properties = &feature["properties"];
        ids.push(format!(
            "{:.0}",
            properties["POLYID"].as_f64().ok_or("POLYID")?
        ));
        crime.push(properties["CRIME"].as_f64().ok_or("CRIME")?);
        polygons.push(multipolygon(&feature["geometry"])?);
    }
    let weights = Weights::queen(&polygons, suggested_tolerance(&polygons))?;
    let expected = read("expected_results.json")?["spatial/columbus.json CRIME, columbus.gal"]
        .as_array()
        .ok_or("expected results")?
        .clone();
    Ok(Some(Columbus {
        ids,
        crime,
        weights,
        expected,
        folder,
    }))
}

fn multipolygon(geometry: &Value) -> Result<MultiPolygon<f64>, Box<dyn std::error::Error>> {
    let coordinates = &geometry["coordinates"];
    let parts = match geometry["type"].as_str() {
        Some("Polygon") => vec![coordinates],
        Some("MultiPolygon") => coordinates.as_array().ok_or("parts")?.iter().collect(),
        other => return Err(format!("geometry {other:?}").into()),
    };
    let mut polygons = Vec::new();
    for part in parts {
        let mut rings = Vec::new();
        for ring in part.as_array().ok_or("rings")? {
            let mut line = Vec::new();
            for at in ring.as_array().ok_or("ring")? {
                line.push(Coord {
                    x: at[0].as_f64().ok_or("x")?,
                    y: at[1].as_f64().ok_or("y")?,
                });
            }
            rings.push(LineString(line));
        }
        let mut rings = rings.into_iter();
        polygons.push(Polygon::new(
            rings.next().ok_or("outer ring")?,
            rings.collect(),
        ));
    }
    Ok(MultiPolygon(polygons))
}

impl Columbus {
    fn answer(&self, test: &str) -> Result<&Value, String> {
        self.expected
            .iter()
            .find(|entry| entry["test"].as_str().is_some_and(|t| t.contains(test)))
            .ok_or_else(|| format!("no expected answer for {test}"))
    }

    /// The expected numbers of one per-unit statistic in the order of our units.
    fn by_unit(&self, test: &str, field: &str) -> Result<Vec<f64>, Box<dyn std::error::Error>> {
        let answer = self.answer(test)?;
        let ids = answer["ids"].as_array().ok_or("ids")?;
        let numbers = answer[field].as_array().ok_or("numbers")?;
        self.ids
            .iter()
            .map(|id| {
                let place = ids
                    .iter()
                    .position(|other| other.as_str() == Some(id))
                    .ok_or("id")?;
                Ok(numbers[place].as_f64().ok_or("number")?)
            })
            .collect()
    }
}

#[track_caller]
fn close(found: f64, expected: f64, within: f64) {
    assert!(
        (found - expected).abs() <= within,
        "found {found}, expected {expected}"
    );
}

#[test]
fn queen_weights_from_the_polygons_are_those_of_the_gal_file() -> TestResult {
    let Some(columbus) = columbus()? else {
        return Ok(());
    };
    let text = std::fs::read_to_string(columbus.folder.join("spatial/columbus.gal"))?;
    let mut words = text.split_whitespace();
    let units: usize = words.next().ok_or("number of units")?.parse()?;
    assert_eq!(columbus.weights.len(), units);
    let mut seen = 0;
    while let Some(id) = words.next() {
        let count: usize = words.next().ok_or("number of neighbours")?.parse()?;
        let listed: BTreeSet<&str> = words.by_ref().take(count).collect();
        let unit = columbus.ids.iter().position(|i| i == id).ok_or("unit")?;
        let found: BTreeSet<&str> = columbus
            .weights
            .neighbours(unit)
            .iter()
            .map(|&j| columbus.ids[j as usize].as_str())
            .collect();
        assert_eq!(found, listed, "neighbours of {id}");
        seen += 1;
    }
    assert_eq!(seen, units);
    assert!(columbus.weights.islands().is_empty());
    Ok(())
}

#[test]
fn gi_star_equals_esda() -> TestResult {
    let Some(columbus) = columbus()? else {
        return Ok(());
    };
    let expected = columbus.by_unit("Gi*", "z")?;
    assert_eq!(expected.len(), 49);
    let found = gi_star(&columbus.crime, &columbus.weights.with_self())?;
    for (found, expected) in found.into_iter().zip(expected) {
        // The reference is printed to eight places.
        close(found.ok_or("no result")?.z, expected, 5.1e-9);
    }
    Ok(())
}

#[test]
fn local_moran_equals_esda() -> TestResult {
    let Some(columbus) = columbus()? else {
        return Ok(());
    };
    let expected = columbus.by_unit("local Moran", "Ii")?;
    let found = local_moran(&columbus.crime, &columbus.weights.row_standardised())?;
    for (found, expected) in found.into_iter().zip(expected) {
        close(found.ok_or("no result")?, expected, 5.1e-9);
    }
    Ok(())
}

#[test]
fn moran_and_geary_equal_esda() -> TestResult {
    let Some(columbus) = columbus()? else {
        return Ok(());
    };
    let weights = columbus.weights.clone().row_standardised();
    let found = moran(&columbus.crime, &weights)?.ok_or("no result")?;
    let expected = columbus.answer("Moran's I")?;
    for (found, name) in [
        (found.i, "I"),
        (found.expected, "EI"),
        (found.variance_normal, "VI_norm"),
        (found.variance_random, "VI_rand"),
        (found.z_normal, "z_norm"),
        (found.z_random, "z_rand"),
    ] {
        close(found, expected[name].as_f64().ok_or(name)?, 1e-12);
    }
    let found = geary(&columbus.crime, &weights)?.ok_or("no result")?;
    let expected = columbus.answer("Geary's C")?;
    close(found.c, expected["C"].as_f64().ok_or("C")?, 1e-12);
    Ok(())
}

#[test]
fn local_tests_of_columbus_agree_with_their_permutations() -> TestResult {
    let Some(columbus) = columbus()? else {
        return Ok(());
    };
    let weights = columbus.weights.clone().row_standardised();
    let tests = local_permutation(&columbus.crime, &weights, 9_999, 3)?;
    let i = local_moran(&columbus.crime, &weights)?;
    let analytic = local_moran_test(&columbus.crime, &weights)?;
    let gi = gi(&columbus.crime, &weights)?;
    for unit in 0..49 {
        let (test, i) = (tests[unit].ok_or("test")?, i[unit].ok_or("i")?);
        let (analytic, gi) = (analytic[unit].ok_or("analytic")?, gi[unit].ok_or("gi")?);
        close(analytic.i, i, 1e-12);
        close(analytic.z.abs(), gi.z.abs(), 1e-9);
        // Few neighbours make the normal approximation rough, not wrong.
        close(test.local_moran.p_two_sided(), analytic.p, 0.15);
        close(test.gi.p_two_sided(), test.local_moran.p_two_sided(), 0.0);
    }
    Ok(())
}
