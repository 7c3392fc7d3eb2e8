//! A small snapshot for tests: two wards side by side, one source, three months.

use std::sync::Arc;

use commonweal_records::Month;
use geo::{MultiPolygon, polygon};
use h3o::{LatLng, Resolution};

use super::{Area, AreaSet, Category, Cells, Location, Run, Segment, Snapshot, Source};

/// The snapshot.
pub(crate) fn snapshot() -> Snapshot {
    let points = [(-1.58, 54.775), (-1.57, 54.776), (-1.53, 54.775)];
    let locations = points
        .map(|point| Location {
            point: Some(point),
            code: 0,
        })
        .to_vec();
    let ward = |name: &str, code: &str, west: f64| Area {
        code: code.to_owned(),
        name: name.to_owned(),
        geometry: MultiPolygon(vec![polygon![
            (x: west, y: 54.76), (x: west + 0.05, y: 54.76), (x: west + 0.05, y: 54.79), (x: west, y: 54.79), (x: west, y: 54.76)
        ]]),
    };
    let set = AreaSet {
        kind: "ward".to_owned(),
        vintage: "2022".to_owned(),
        id: uuid::Uuid::nil(),
        areas: vec![
            ward("Elvet", "E05000001", -1.60),
            ward("Gilesgate", "E05000002", -1.55),
        ],
        by_code: [("E05000001".to_owned(), 0), ("E05000002".to_owned(), 1)].into(),
        of_location: vec![0, 0, 1],
        population: vec![Some(6_000.0), Some(8_000.0)],
        deprivation: vec![Some(1.0), Some(6.0)],
    };
    let cells = |resolution| {
        let cells = points
            .map(|(x, y)| LatLng::new(y, x).unwrap().to_cell(resolution))
            .to_vec();
        Arc::new(Cells {
            cells,
            of_location: vec![0, 1, 2],
            population: Some(vec![900.0, 700.0, 0.0]),
        })
    };
    let segment = |part, month: i32, rows: Vec<u32>| {
        let end = u32::try_from(rows.len()).unwrap();
        let runs = vec![Run {
            category: 0,
            qualifier: 0,
            start: 0,
            end,
        }];
        Arc::new(Segment {
            part,
            source: 0,
            month: Month::new(2025, 1).unwrap().plus(month),
            rows,
            runs,
        })
    };
    Snapshot {
        generation: 1,
        categories: vec![Category {
            key: 1,
            code: "anti-social-behaviour".to_owned(),
            label: "Anti-social behaviour".to_owned(),
            asb: true,
        }],
        sources: vec![Source {
            key: 1,
            name: "Durham Constabulary".to_owned(),
        }],
        location_index: Arc::new([(1, 0), (2, 1), (3, 2)].into()),
        locations: Arc::new(locations),
        codes: Arc::new(vec![String::new()]),
        segments: vec![
            segment(1, 0, vec![0, 0, 1, 2]),
            segment(2, 1, vec![0, 2]),
            segment(3, 2, vec![0, 1, 1]),
        ],
        areas: [("ward-2022".to_owned(), Arc::new(set))].into(),
        shares: None,
        cells9: cells(Resolution::Nine),
        cells8: cells(Resolution::Eight),
    }
}
