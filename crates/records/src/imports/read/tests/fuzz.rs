//! Whatever the bytes, a reader answers; it never panics.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::context::ContextReader;
use super::super::mapping::RecordReader;
use super::super::postcodes::PostcodeReader;
use super::super::profile::Profile;
use super::super::source::{Limits, Wanted, plan};
use super::*;
use crate::geography::shapes::{AreaOptions, Coordinates, read_areas};

/// Text that looks enough like a CSV to come past the header.
fn csv_like() -> impl Strategy<Value = Vec<u8>> {
    let cell = prop_oneof![
        "[0-9.,\"\\-: a-zA-Z]{0,12}".prop_map(String::into_bytes),
        vec(any::<u8>(), 0..8),
        Just(b"2025-01".to_vec()),
        Just(b"54.77".to_vec()),
        Just(b"-1.57".to_vec()),
    ];
    let row = vec(cell, 0..14).prop_map(|cells| cells.join(&b','));
    vec(row, 0..8).prop_map(|rows| rows.join(&b'\n'))
}

fn each_reader(header: &str, body: &[u8]) {
    let mut bytes = header.as_bytes().to_vec();
    bytes.push(b'\n');
    bytes.extend(body);
    let _ = read_street("2025-01-durham-street.csv", &bytes);
    if let Ok(mut reader) = PostcodeReader::open("x", &bytes[..]) {
        while let Ok(Some(_)) = reader.next_row() {}
    }
    if let Ok(mut reader) = ContextReader::open("x", &bytes[..], None) {
        while let Ok(Some(_)) = reader.next_figure() {}
    }
    for toml in super::mapped::PROFILES {
        let profile = Profile::from_toml(toml).unwrap();
        if let Ok(mut reader) = RecordReader::open("x", &bytes[..], &profile, today()) {
            while let Ok(Some(_)) = reader.next_row() {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_of_anything(body in csv_like()) {
        for header in [
            HEADER,
            "postcode,lat,long,doterm,lsoa11",
            "postcode,easting,northing",
            "lsoa21_code,total_residents",
            "Ref,When,Date,Time,X,Y,Postcode,Area,Kind,Type",
        ] {
            each_reader(header, &body);
        }
    }

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..2_000)) {
        each_reader("", &bytes);
        let _ = read_areas("x", &bytes[..], &AreaOptions::default());
        let folder = tempfile::tempdir().unwrap();
        for magic in [&b""[..], b"PK\x03\x04", b"\x1f\x8b\x08\x00"] {
            let path = folder.path().join("x");
            std::fs::write(&path, [magic, &bytes].concat()).unwrap();
            if let Ok(found) = plan(&[path], Wanted::PoliceStreet, &Limits::default()) {
                for source in found.sources {
                    let _ = source.sha256();
                }
            }
        }
    }

    #[test]
    fn polygons_of_any_points(rings in vec(vec((-3.0..3.0_f64, 49.0..62.0_f64), 0..12), 0..4), planar in any::<bool>()) {
        let json = serde_json::json!({"type": "FeatureCollection", "features": [
            {"type": "Feature", "properties": {"code": 1}, "geometry": {"type": "Polygon", "coordinates": rings}}]});
        let coordinates = if planar { Coordinates::Planar } else { Coordinates::UnitedKingdom };
        let options = AreaOptions { coordinates, ..AreaOptions::default() };
        let _ = read_areas("x", json.to_string().as_bytes(), &options);
    }
}
