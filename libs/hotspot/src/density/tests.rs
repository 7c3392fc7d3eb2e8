use geo::{LineString, Polygon, Rect, coord};

use super::*;
use crate::draws::Draws;

fn cloud(n: usize, seed: u64) -> Vec<Coord<f64>> {
    let mut draws = Draws::new(seed, 0);
    let mut bell = || (0..6).map(|_| draws.unit()).sum::<f64>() - 3.0;
    (0..n)
        .map(|i| {
            let town = if i % 3 == 0 { 30.0 } else { 70.0 };
            coord! { x: town + 9.0 * bell(), y: 50.0 + 14.0 * bell() }
        })
        .collect()
}

const GRID: Grid = Grid {
    corner: Coord { x: 0.0, y: 10.0 },
    cell: 1.0,
    columns: 100,
    rows: 80,
};

fn options(kernel: Kernel, bandwidth: f64, method: Method) -> DensityOptions<'static> {
    DensityOptions {
        kernel,
        bandwidth,
        border: None,
        method,
    }
}

/// Root mean square and largest difference, in units of the highest value.
fn difference(a: &Density, b: &Density) -> (f64, f64) {
    let peak = b.values.iter().copied().fold(0.0, f64::max);
    let apart = a
        .values
        .iter()
        .zip(&b.values)
        .map(|(a, b)| (a - b).abs() / peak);
    let n = a.values.len() as f64;
    let squares: f64 = apart.clone().map(|d| d * d).sum();
    ((squares / n).sqrt(), apart.fold(0.0, f64::max))
}

#[test]
fn exact_is_the_plain_sum() {
    let points = cloud(300, 1);
    let weights: Vec<f64> = (0..300).map(|i| f64::from(i % 4)).collect();
    for kernel in Kernel::ALL {
        let surface = density(
            &points,
            Some(&weights),
            &GRID,
            &options(kernel, 5.0, Method::Exact),
        )
        .unwrap();
        let places: Vec<_> = (0..8000).map(|i| GRID.middle(i % 100, i / 100)).collect();
        let at = density_at(&points, Some(&weights), &places, kernel, 5.0).unwrap();
        for (place, (surface, at)) in places.iter().zip(surface.values.iter().zip(&at)) {
            let plain: f64 = points
                .iter()
                .zip(&weights)
                .map(|(p, w)| {
                    w * kernel.at(((p.x - place.x).powi(2) + (p.y - place.y).powi(2)) / 25.0) / 25.0
                })
                .sum();
            assert!(
                (surface - plain).abs() < 1e-12 && (at - plain).abs() < 1e-12,
                "{kernel:?}"
            );
        }
    }
}

#[test]
fn fast_differs_little_from_exact() {
    // Measured, and a little more: root mean square and largest difference as shares of the peak.
    let points = cloud(3_000, 2);
    for (kernel, bandwidth, root, most) in [
        (Kernel::Gaussian, 10.0, 1e-5, 5e-5),
        (Kernel::Gaussian, 3.0, 1e-3, 5e-3),
        (Kernel::Gaussian, 1.5, 5e-3, 5e-2),
        (Kernel::Quartic, 10.0, 1e-3, 5e-3),
        (Kernel::Epanechnikov, 10.0, 5e-3, 3e-2),
        (Kernel::Triangular, 10.0, 5e-3, 3e-2),
        (Kernel::Uniform, 10.0, 5e-2, 3e-1),
    ] {
        let exact = density(
            &points,
            None,
            &GRID,
            &options(kernel, bandwidth, Method::Exact),
        )
        .unwrap();
        let fast = density(
            &points,
            None,
            &GRID,
            &options(kernel, bandwidth, Method::Fast),
        )
        .unwrap();
        let found = difference(&fast, &exact);
        assert!(
            found.0 < root && found.1 < most,
            "{kernel:?} {bandwidth}: {found:?}"
        );
        assert!(fast.values.iter().all(|value| *value >= 0.0));
    }
}

#[test]
fn no_incident_is_lost() {
    let points = cloud(1_000, 3);
    let wide = Grid {
        corner: coord! { x: -60.0, y: -60.0 },
        columns: 220,
        rows: 220,
        ..GRID
    };
    for kernel in Kernel::ALL {
        for method in [Method::Exact, Method::Fast] {
            let surface = density(&points, None, &wide, &options(kernel, 6.0, method)).unwrap();
            assert!(
                (surface.total() - 1000.0).abs() < 5.0,
                "{kernel:?} {}",
                surface.total()
            );
        }
    }
}

#[test]
fn an_even_spread_stays_even_up_to_the_border() {
    // One incident on every cell of an 80 by 60 field: with the border corrected it is 1 everywhere in it.
    let points: Vec<_> = (0..4800)
        .map(|i| coord! { x: 10.5 + f64::from(i % 80), y: 20.5 + f64::from(i / 80) })
        .collect();
    let field = MultiPolygon::from(Rect::new((10.0, 20.0), (90.0, 80.0)).to_polygon());
    for method in [Method::Exact, Method::Fast] {
        let mut options = options(Kernel::Gaussian, 6.0, method);
        let plain = density(&points, None, &GRID, &options).unwrap();
        options.border = Some(&field);
        let corrected = density(&points, None, &GRID, &options).unwrap();
        assert_eq!(corrected.left_out, 0);
        for row in 0..80 {
            for column in 0..100 {
                let inside = (10..90).contains(&column) && (10..70).contains(&row);
                let value = corrected.values[row * 100 + column];
                let expected = if inside { 1.0 } else { 0.0 };
                assert!((value - expected).abs() < 3e-3, "{column} {row} {value}");
            }
        }
        assert!(plain.values[10 * 100 + 10] < 0.3); // a corner loses three quarters
    }
}

#[test]
fn holes_are_outside_and_points_in_them_left_out() {
    let ring = |a: f64, b: f64| LineString::from(vec![(a, a), (b, a), (b, b), (a, b), (a, a)]);
    let with_hole = MultiPolygon::from(Polygon::new(ring(20.0, 80.0), vec![ring(40.0, 60.0)]));
    let points = [
        coord! { x: 50.0, y: 50.0 },
        coord! { x: 30.0, y: 30.0 },
        coord! { x: 5.0, y: 50.0 },
    ];
    let options = DensityOptions {
        border: Some(&with_hole),
        ..options(Kernel::Quartic, 4.0, Method::Fast)
    };
    let surface = density(&points, None, &GRID, &options).unwrap();
    assert_eq!(surface.left_out, 2);
    assert_eq!(surface.values[40 * 100 + 50], 0.0);
    assert!(surface.values[20 * 100 + 30] > 0.0);
}

#[test]
fn dual_density_compares_and_leaves_out_the_empty() {
    let cases = density(
        &cloud(500, 4),
        None,
        &GRID,
        &options(Kernel::Gaussian, 6.0, Method::Fast),
    )
    .unwrap();
    let same = dual_density(&cases, &cases, 0.01).unwrap();
    assert!(
        same.iter()
            .flatten()
            .all(|ratio| (ratio - 1.0).abs() < 1e-12)
    );
    assert!(same.iter().any(Option::is_none) && same.iter().any(Option::is_some));
    let mut other = cases.clone();
    other.grid.cell = 2.0;
    assert_eq!(
        dual_density(&cases, &other, 0.0),
        Err(DensityError::DifferentGrids)
    );
}

#[test]
fn cross_validation_finds_a_sensible_bandwidth() {
    // Score by hand for three points.
    let points = cloud(400, 6);
    let chosen = cross_validated_bandwidth(&points, Kernel::Gaussian).unwrap();
    assert!(!chosen.at_edge);
    assert!(
        (1.0..8.0).contains(&chosen.bandwidth),
        "{}",
        chosen.bandwidth
    );
    // Snapped to few places, it runs to the smallest tried and says so.
    let snapped: Vec<_> = points
        .iter()
        .map(|p| coord! { x: (p.x / 9.0).round() * 9.0, y: (p.y / 9.0).round() * 9.0 })
        .collect();
    assert!(
        cross_validated_bandwidth(&snapped, Kernel::Quartic)
            .unwrap()
            .at_edge
    );
}

#[test]
fn bad_input_is_refused() {
    let one = [coord! { x: 50.0, y: 50.0 }];
    let good = options(Kernel::Gaussian, 5.0, Method::Fast);
    let with = |bandwidth| {
        density(
            &one,
            None,
            &GRID,
            &options(Kernel::Gaussian, bandwidth, Method::Fast),
        )
    };
    for bandwidth in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(with(bandwidth), Err(DensityError::Bandwidth(_))));
    }
    assert!(matches!(with(1e9), Err(DensityError::TooSmooth { .. })));
    assert!(density(&[coord! { x: f64::NAN, y: 1.0 }], None, &GRID, &good).is_err());
    assert!(matches!(
        density(&one, Some(&[]), &GRID, &good),
        Err(DensityError::Lengths { .. })
    ));
    assert_eq!(
        density(&one, Some(&[-1.0]), &GRID, &good),
        Err(DensityError::Weight { index: 0 })
    );
    for grid in [
        Grid { cell: 0.0, ..GRID },
        Grid { columns: 0, ..GRID },
        Grid {
            columns: usize::MAX,
            ..GRID
        },
        Grid {
            corner: coord! { x: f64::NAN, y: 0.0 },
            ..GRID
        },
    ] {
        assert!(matches!(
            density(&one, None, &grid, &good),
            Err(DensityError::Grid { .. })
        ));
    }
    let flat = MultiPolygon::from(Polygon::new(LineString::from(vec![(1.0, 1.0); 4]), vec![]));
    for border in [flat, MultiPolygon(vec![])] {
        let options = DensityOptions {
            border: Some(&border),
            ..good
        };
        assert_eq!(
            density(&one, None, &GRID, &options),
            Err(DensityError::Border)
        );
    }
    // Nothing, one point, all at one place.
    assert_eq!(density(&[], None, &GRID, &good).unwrap().total(), 0.0);
    assert!(density(&one, None, &GRID, &good).unwrap().total() > 0.99);
    assert_eq!(
        reference_bandwidth(&[one[0]; 9], Kernel::Quartic),
        Err(DensityError::OnePlace)
    );
    assert!(reference_bandwidth(&one, Kernel::Quartic).is_err());
}
