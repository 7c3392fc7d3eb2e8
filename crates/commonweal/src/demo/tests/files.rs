//! The files go through the real readers without a reject, and the real names are right where
//! the real data is at hand.

use std::path::PathBuf;

use commonweal_records::geography::shapes::{AreaOptions, read_areas};
use commonweal_records::imports::read::Step;
use commonweal_records::imports::read::context::{ContextReader, Shape};
use commonweal_records::imports::read::mapping::RecordReader;
use commonweal_records::imports::read::police_uk::StreetReader;
use commonweal_records::imports::read::postcodes::PostcodeReader;
use commonweal_records::imports::read::profile::Profile;

use super::*;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

#[test]
fn the_police_file_is_a_police_uk_file() {
    let police = source("police");
    for month in [MADE.months().next().unwrap(), month("2026-10")] {
        let text = MADE.police_csv(month);
        let name = format!("{month}-demo-street.csv");
        let mut reader = StreetReader::open(&name, text.as_bytes(), today()).unwrap();
        let incidents = MADE.incidents_of(police, month);
        for incident in &incidents {
            let Some(Step::Row(row)) = reader.next_row().unwrap() else {
                panic!("a reject or the end")
            };
            assert_eq!(row.point, incident.place.map(|p| (p.lon, p.lat)));
            assert_eq!(row.is_asb(), incident.category.asb);
            assert_eq!(row.category.unwrap().code, incident.category.code);
            let code = incident.place.map(|p| p.neighbourhood_code.as_str());
            assert_eq!(row.lsoa_code.as_deref(), code);
            assert_eq!(row.crime_id.as_deref(), incident.source_key.as_deref());
        }
        assert!(reader.next_row().unwrap().is_none());
    }
}

#[test]
fn the_lists_are_read_by_their_profile() {
    let profile = Profile::from_toml(LIST_PROFILE).unwrap();
    for slug in ["council", "landlord", "fire"] {
        let text = MADE.list_csv(source(slug), month("2026-07")).unwrap();
        let mut reader = RecordReader::open(slug, text.as_bytes(), &profile, today()).unwrap();
        for incident in MADE.incidents_of(source(slug), month("2026-07")) {
            let Some(Step::Row(row)) = reader.next_row().unwrap() else {
                panic!("a reject or the end")
            };
            assert_eq!(row.category, incident.category.code);
            assert_eq!(row.source_key.as_deref(), incident.source_key.as_deref());
            assert_eq!(row.qualifier.is_some(), incident.qualifier.is_some());
        }
        assert!(reader.next_row().unwrap().is_none());
    }
}

#[test]
fn areas_postcodes_and_figures_are_read() {
    for kind in [AreaKind::Division, AreaKind::Neighbourhood] {
        let text = MADE.areas_geojson(kind);
        let shapes = read_areas("demo.geojson", text.as_bytes(), &AreaOptions::default()).unwrap();
        assert_eq!(shapes.shapes.len(), MADE.areas_of(kind).count());
    }
    let text = MADE.postcodes_csv();
    let mut reader = PostcodeReader::open("demo.csv", text.as_bytes()).unwrap();
    let mut rows = 0;
    while let Some(step) = reader.next_row().unwrap() {
        let Step::Row(row) = step else {
            panic!("a reject")
        };
        assert_eq!(row.postcode.as_str(), MADE.postcodes[rows].postcode);
        assert_eq!(row.areas, [&*MADE.postcodes[rows].neighbourhood_code]);
        rows += 1;
    }
    assert_eq!(rows, MADE.postcodes.len());
    let shape: Shape = toml::from_str(CONTEXT_SHAPE).unwrap();
    let text = MADE.context_csv();
    assert!(ContextReader::open("demo.csv", text.as_bytes(), Some(&shape)).is_ok());
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests alone look for the shared data, and core's configuration does not know it"
)]
fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("COMMONWEAL_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let found = root.join("data").join(path);
    if found.exists() {
        return Some(found);
    }
    eprintln!("skipped: {} is not there", found.display());
    None
}

#[test]
fn settlements_lie_in_the_real_county() {
    use geo::Contains as _;
    let Some(path) = shared("boundaries/lsoa2011_uk-geojson_E06000047.json") else {
        return;
    };
    let file = std::fs::File::open(path).unwrap();
    let real = read_areas("lsoa.json", file, &AreaOptions::default()).unwrap();
    for place in Content::embedded().unwrap().land.places {
        let at = geo::Point::new(place.lon, place.lat);
        let inside = real.shapes.iter().any(|area| area.geometry.contains(&at));
        assert!(inside, "{} lies outside the county", place.name);
    }
}

#[test]
fn no_invented_street_is_a_real_one() {
    use commonweal_records::imports::read::source::{Limits, Wanted, plan};
    let Some(path) = shared("police/durham") else {
        return;
    };
    let invented: HashSet<String> = MADE
        .map_points()
        .iter()
        .map(|p| p.name.to_lowercase())
        .collect();
    let facilities = Content::embedded().unwrap().land.facilities;
    let common: HashSet<String> = facilities
        .iter()
        .map(|f| format!("on or near {}", f.name.to_lowercase()))
        .chain(
            MADE.hot_spots
                .iter()
                .map(|h| format!("on or near {}", h.name.to_lowercase())),
        )
        .collect();
    let plan = plan(&[path], Wanted::PoliceStreet, &Limits::default()).unwrap();
    for file in plan.sources.iter().step_by(6) {
        let input = file.open().unwrap();
        let mut reader = StreetReader::open(&input.name, input.reader, today()).unwrap();
        while let Some(step) = reader.next_row().unwrap() {
            if let Step::Row(row) = step {
                let real = row.location.to_lowercase();
                assert!(
                    !invented.contains(&real) || common.contains(&real),
                    "{real}"
                );
            }
        }
    }
}
