use geo::{LineString, MultiPolygon, Polygon, Rect};
use h3o::{CellIndex, LatLng, Resolution};

use super::*;

fn square(x: f64, y: f64, side: f64) -> Polygon<f64> {
    Rect::new((x, y), (x + side, y + side)).to_polygon()
}

/// Unit squares, row by row.
fn grid(columns: usize, rows: usize) -> Vec<MultiPolygon<f64>> {
    (0..rows)
        .flat_map(|y| (0..columns).map(move |x| square(x as f64, y as f64, 1.0).into()))
        .collect()
}

fn lists(weights: &Weights) -> Vec<Vec<u32>> {
    (0..weights.len())
        .map(|unit| weights.neighbours(unit).to_vec())
        .collect()
}

#[test]
fn a_grid_has_three_five_and_eight_neighbours() {
    let polygons = grid(4, 3);
    for tolerance in [0.0, 1e-9, 0.25] {
        let weights = Weights::queen(&polygons, tolerance).unwrap();
        let counts: Vec<usize> = lists(&weights).iter().map(Vec::len).collect();
        assert_eq!(counts, [3, 5, 5, 3, 5, 8, 8, 5, 3, 5, 5, 3]);
        assert_eq!(weights.neighbours(5), [0, 1, 2, 4, 6, 8, 9, 10]);
        assert!(weights.islands().is_empty());
    }
}

#[test]
fn tolerance_closes_small_gaps_and_no_larger_ones() {
    // The gap straddles a bucket's edge wherever the buckets begin.
    for gap in [0.4, 0.9, 1.0] {
        let polygons = [square(0.0, 0.0, 10.0), square(10.0 + gap, 0.0, 10.0)].map(Into::into);
        let linked = |tolerance| {
            Weights::queen(&polygons, tolerance)
                .unwrap()
                .islands()
                .is_empty()
        };
        assert!(linked(gap * 1.001), "gap {gap}");
        assert!(!linked(gap * 0.999), "gap {gap}");
        assert!(!linked(0.0));
    }
}

#[test]
fn diagonal_neighbours_across_buckets_are_found_in_every_direction() {
    for (dx, dy) in [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)] {
        let near = (dx * 100.06, dy * 100.06);
        let polygons = [square(0.0, 0.0, 100.0), square(near.0, near.1, 100.0)].map(Into::into);
        let weights = Weights::queen(&polygons, 0.1).unwrap();
        assert_eq!(lists(&weights), [vec![1], vec![0]], "{dx} {dy}");
    }
}

#[test]
fn holes_and_all_parts_of_a_multipolygon_count() {
    let ring = |p: Polygon<f64>| -> LineString<f64> { p.into_inner().0 };
    let with_hole = Polygon::new(
        ring(square(0.0, 0.0, 9.0)),
        vec![ring(square(3.0, 3.0, 3.0))],
    );
    let enclave = square(3.0, 3.0, 3.0);
    let far = square(100.0, 100.0, 1.0);
    let next_to_far = square(101.0, 100.0, 1.0);
    let polygons = [
        MultiPolygon(vec![with_hole, far]),
        enclave.into(),
        next_to_far.into(),
        MultiPolygon(vec![]),
    ];
    let weights = Weights::queen(&polygons, 0.0).unwrap();
    assert_eq!(lists(&weights), [vec![1, 2], vec![0], vec![0], vec![]]);
    assert_eq!(weights.islands(), [3]);
}

#[test]
fn minus_zero_is_zero() {
    let a = Rect::new((-1.0, -1.0), (-0.0, -0.0)).to_polygon();
    let b = square(0.0, 0.0, 1.0);
    let weights = Weights::queen(&[a.into(), b.into()], 0.0).unwrap();
    assert_eq!(lists(&weights), [vec![1], vec![0]]);
}

#[test]
fn unusable_polygons_and_tolerances_are_refused() {
    let fine = grid(2, 1);
    for tolerance in [-1.0, f64::NAN, f64::INFINITY] {
        let refused = Weights::queen(&fine, tolerance);
        assert!(matches!(refused, Err(WeightsError::Tolerance(_))));
    }
    assert!(matches!(
        Weights::queen(&fine, 1e-300),
        Err(WeightsError::ToleranceTooFine { .. })
    ));
    let broken = Polygon::new(
        LineString::from(vec![(0.0, 0.0), (f64::NAN, 1.0), (1.0, 1.0)]),
        vec![],
    );
    let polygons = [square(0.0, 0.0, 1.0).into(), broken.into()];
    assert_eq!(
        Weights::queen(&polygons, 0.0),
        Err(WeightsError::NotFinite { polygon: 1 })
    );
    assert_eq!(suggested_tolerance(&polygons), 0.0);
}

#[test]
fn the_suggested_tolerance_follows_the_extent() {
    assert!((suggested_tolerance(&grid(10, 2)) - 1e-8).abs() < 1e-20);
    assert_eq!(suggested_tolerance(&[]), 0.0);
    assert!(Weights::queen(&[], 0.0).unwrap().is_empty());
}

#[test]
fn h3_cells_have_their_ring() {
    let centre = LatLng::new(54.776, -1.575)
        .unwrap()
        .to_cell(Resolution::Nine);
    let cells: Vec<CellIndex> = centre.grid_disk(3);
    let weights = Weights::h3_ring(&cells).unwrap();
    assert_eq!(weights.len(), 37);
    for (unit, &cell) in cells.iter().enumerate() {
        let mut expected: Vec<u32> = cells
            .iter()
            .zip(0..)
            .filter(|(other, _)| cell.is_neighbor_with(**other).unwrap())
            .map(|(_, place)| place)
            .collect();
        expected.sort_unstable();
        assert_eq!(weights.neighbours(unit), expected);
    }
    assert_eq!(weights.with_self().neighbours(0).len(), 7);
}

#[test]
fn a_pentagon_has_five_neighbours() {
    let pentagon = Resolution::Five.pentagons().next().unwrap();
    let cells: Vec<CellIndex> = pentagon.grid_disk(1);
    let weights = Weights::h3_ring(&cells).unwrap();
    let place = cells.iter().position(|&cell| cell == pentagon).unwrap();
    assert_eq!(weights.neighbours(place).len(), 5);
}

#[test]
fn repeated_and_mixed_cells_are_refused() {
    let cell = LatLng::new(54.776, -1.575)
        .unwrap()
        .to_cell(Resolution::Nine);
    assert_eq!(
        Weights::h3_ring(&[cell, cell]),
        Err(WeightsError::RepeatedCell {
            cell: cell.to_string()
        })
    );
    let parent = cell.parent(Resolution::Eight).unwrap();
    assert_eq!(
        Weights::h3_ring(&[cell, parent]),
        Err(WeightsError::MixedResolution { first: 9, other: 8 })
    );
    assert!(Weights::h3_ring(&[]).unwrap().is_empty());
    assert_eq!(Weights::h3_ring(&[cell]).unwrap().islands(), [0]);
}

#[test]
fn lists_are_put_in_order_and_checked() {
    let weights = Weights::from_neighbours([vec![2, 1, 2, 0], vec![0], vec![]]).unwrap();
    assert_eq!(lists(&weights), [vec![1, 2], vec![0], vec![]]);
    assert_eq!(
        Weights::from_neighbours([vec![1], vec![7]]),
        Err(WeightsError::NoSuchNeighbour {
            unit: 1,
            neighbour: 7,
            units: 2
        })
    );
}

#[test]
fn self_and_standardisation_come_and_go() {
    let plain = Weights::from_neighbours([vec![1, 2], vec![0], vec![], vec![0, 1]]).unwrap();
    let own = plain.with_self();
    assert_eq!(
        lists(&own),
        [vec![0, 1, 2], vec![0, 1], vec![2], vec![0, 1, 3]]
    );
    assert_eq!(own.islands(), [2]);
    assert_eq!(own.with_self(), own);
    assert_eq!(own.without_self(), plain);
    let shared = plain.clone().row_standardised();
    assert_eq!(shared.weight(0), 0.5);
    assert_eq!(shared.weight(2), 0.0);
    assert_eq!(shared.weight(99), 0.0);
    assert_eq!(shared.binary(), plain);
}

#[test]
fn discs_hold_all_cells_within_their_steps() {
    let centre = LatLng::new(54.776, -1.575)
        .unwrap()
        .to_cell(Resolution::Nine);
    let cells: Vec<CellIndex> = centre.grid_disk(4);
    for steps in [0, 1, 2, 3] {
        let weights = Weights::h3_disc(&cells, steps).unwrap();
        for (unit, &cell) in cells.iter().enumerate() {
            let within = cells.iter().filter(|&&other| {
                other != cell && cell.grid_distance(other).is_ok_and(|d| d <= steps as i32)
            });
            assert_eq!(weights.neighbours(unit).len(), within.count());
        }
    }
    assert_eq!(
        Weights::h3_disc(&cells, 101),
        Err(WeightsError::Steps {
            steps: 101,
            most: 100
        })
    );
}
