use std::io::Write as _;
use std::path::{Path, PathBuf};

use geo::coord;

use super::*;
use crate::draws::Draws;

type TestResult = Result<(), Box<dyn std::error::Error>>;
type Events = (Vec<Coord<f64>>, Vec<f64>);

/// The West Nile (Burkitt's lymphoma) data, or `None` with the reason printed.
#[expect(
    clippy::disallowed_methods,
    reason = "a test's data, not a setting of the product"
)]
fn burkitt() -> Result<Option<Events>, Box<dyn std::error::Error>> {
    let shared = std::env::var_os("COMMONWEAL_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let file = shared.join("data/benchmarks/nearrepeat/burkitt_west_nile.csv");
    if !file.exists() {
        writeln!(std::io::stderr(), "skipped: no {}", file.display())?;
        return Ok(None);
    }
    let (mut points, mut times) = (Vec::new(), Vec::new());
    for line in std::fs::read_to_string(file)?.lines().skip(1) {
        let numbers: Vec<f64> = line.split(',').map(str::parse).collect::<Result<_, _>>()?;
        points.push(coord! { x: numbers[0], y: numbers[1] });
        times.push(numbers[2]);
    }
    Ok(Some((points, times)))
}

#[test]
fn burkitt_has_the_published_answers() -> TestResult {
    let Some((points, times)) = burkitt()? else {
        return Ok(());
    };
    assert_eq!(points.len(), 188);
    let bands = KnoxBands {
        space: vec![20.0],
        time: vec![5.0],
    };
    let table = knox(&points, &times, &bands, Metric::Euclidean, 9_999, 1)?;
    let cell = table.cells[0][0];
    assert_eq!(cell.observed, 13);
    // pointpats prints 0.17 from 99 permutations.
    assert!((cell.test.p_high() - 0.17).abs() < 0.11, "{cell:?}");

    let modified = modified_knox(&points, &times, 20.0, 5.0, Metric::Euclidean, 9_999, 1)?;
    assert!((modified.statistic - 2.810_160_427_807_487).abs() < 1e-12);
    assert!((modified.test.p_high() - 0.11).abs() < 0.09, "{modified:?}");

    let reciprocal = MantelTransform::RECIPROCAL;
    let result = mantel(
        &points,
        &times,
        reciprocal,
        reciprocal,
        Metric::Euclidean,
        999,
        1,
    )?;
    let result = result.ok_or("no result")?;
    assert!((result.statistic - 0.048_368_351_579_668_37).abs() < 1e-12);
    assert!(result.test.p_high() < 0.05, "{result:?}");

    let result = jacquez(&points, &times, 3, 999, 1)?;
    assert_eq!(result.statistic, 12);
    Ok(())
}

fn random_events(n: u32, seed: u64) -> (Vec<Coord<f64>>, Vec<f64>) {
    let mut draws = Draws::new(seed, 0);
    let points = (0..n)
        .map(|_| coord! { x: f64::from(draws.below(50)), y: f64::from(draws.below(50)) })
        .collect();
    let times = (0..n).map(|_| f64::from(draws.below(200))).collect();
    (points, times)
}

#[test]
fn the_table_is_that_of_a_plain_count_over_all_pairs() -> TestResult {
    let (points, mut times) = random_events(300, 5);
    let bands = KnoxBands {
        space: vec![0.0, 2.0, 5.0],
        time: vec![0.0, 3.0, 10.0, 20.0, 21.0],
    };
    for fraction in [0.0, 0.25] {
        // Quarter days take the other way through the code.
        for (event, time) in times.iter_mut().enumerate() {
            *time += fraction * f64::from((event % 4) as u8);
        }
        for metric in [Metric::Euclidean, Metric::Manhattan] {
            let table = knox(&points, &times, &bands, metric, 9, 1)?;
            let mut cells = vec![vec![0_u64; 5]; 3];
            let mut in_time = [0_u64; 5];
            for a in 0..300 {
                for b in 0..a {
                    let row = bands
                        .space
                        .partition_point(|&e| e < metric.distance(points[a], points[b]));
                    let column = bands
                        .time
                        .partition_point(|&e| e < (times[a] - times[b]).abs());
                    if column < 5 {
                        in_time[column] += 1;
                        if row < 3 {
                            cells[row][column] += 1;
                        }
                    }
                }
            }
            for (found, expected) in table.cells.iter().flatten().zip(cells.iter().flatten()) {
                assert_eq!(found.observed, *expected);
            }
            assert_eq!(table.time_pairs, in_time);
            assert_eq!(table.pairs, 300 * 299 / 2);
        }
    }
    Ok(())
}

#[test]
fn the_mean_of_re_arrangements_is_the_expected_count() -> TestResult {
    let (points, times) = random_events(60, 8);
    let bands = KnoxBands {
        space: vec![8.0],
        time: vec![20.0],
    };
    let expected = knox(&points, &times, &bands, Metric::Euclidean, 1, 1)?.cells[0][0].expected;
    let mut sum = 0.0;
    for seed in 0..2_000 {
        let mut shuffled = times.clone();
        Draws::new(seed, 1).shuffle(&mut shuffled);
        let table = knox(&points, &shuffled, &bands, Metric::Euclidean, 1, 1)?;
        sum += table.cells[0][0].observed as f64;
    }
    assert!(
        (sum / 2_000.0 - expected).abs() < 0.2,
        "{} {expected}",
        sum / 2_000.0
    );
    Ok(())
}

#[test]
fn p_values_of_unconnected_events_are_uniform() -> TestResult {
    let bands = KnoxBands {
        space: vec![10.0],
        time: vec![30.0],
    };
    let mut decile = [0_u32; 10];
    for seed in 0..300 {
        let (points, times) = random_events(120, seed);
        let test = knox(&points, &times, &bands, Metric::Euclidean, 99, seed)?.cells[0][0].test;
        decile[((test.mid_p_high() * 10.0) as usize).min(9)] += 1;
    }
    let chi_square: f64 = decile
        .iter()
        .map(|&n| (f64::from(n) - 30.0).powi(2) / 30.0)
        .sum();
    assert!(chi_square < 27.9, "{decile:?}");
    Ok(())
}

#[test]
fn planted_repeats_are_found() -> TestResult {
    // 300 events, of which 40 are followed within three days and 2 units by another.
    let mut found = 0;
    for seed in 0..40 {
        let (mut points, mut times) = random_events(260, seed);
        let mut draws = Draws::new(seed, 9);
        for event in 0..40 {
            points.push(points[event] + coord! { x: draws.unit(), y: draws.unit() });
            times.push(times[event] + f64::from(draws.below(4)));
        }
        let bands = KnoxBands {
            space: vec![2.0],
            time: vec![3.0],
        };
        let table = knox(&points, &times, &bands, Metric::Euclidean, 99, 1)?;
        found += u32::from(table.cells[0][0].test.p_high() <= 0.05);
    }
    assert!(found >= 38, "power {found} of 40");
    Ok(())
}

#[test]
fn moving_turning_and_relabelling_change_nothing() -> TestResult {
    let (points, times) = random_events(150, 3);
    let bands = KnoxBands {
        space: vec![3.0, 6.0],
        time: vec![5.0],
    };
    let counts = |points: &[Coord<f64>], times: &[f64]| -> Result<Vec<u64>, NearRepeatError> {
        let table = knox(points, times, &bands, Metric::Euclidean, 1, 1)?;
        Ok(table.cells.iter().flatten().map(|c| c.observed).collect())
    };
    let plain = counts(&points, &times)?;
    let turned: Vec<_> = points
        .iter()
        .map(|p| coord! { x: 1000.0 - p.y, y: p.x - 77.0 })
        .collect();
    let later: Vec<f64> = times.iter().map(|t| t + 1e4).collect();
    assert_eq!(counts(&turned, &later)?, plain);
    let backwards: Vec<_> = points.iter().rev().copied().collect();
    let times_backwards: Vec<f64> = times.iter().rev().copied().collect();
    assert_eq!(counts(&backwards, &times_backwards)?, plain);
    Ok(())
}

#[test]
fn bad_input_is_refused_and_one_place_is_no_trouble() {
    let bands = KnoxBands {
        space: vec![1.0],
        time: vec![1.0],
    };
    let one = coord! { x: 0.0, y: 0.0 };
    let run = |points: &[Coord<f64>], times: &[f64], bands: &KnoxBands, r: u32| {
        knox(points, times, bands, Metric::Manhattan, r, 1)
    };
    assert!(matches!(
        run(&[one], &[1.0], &bands, 9),
        Err(NearRepeatError::Points(PointError::TooFew { .. }))
    ));
    assert!(matches!(
        run(&[one, one], &[1.0], &bands, 9),
        Err(NearRepeatError::Lengths { .. })
    ));
    assert_eq!(
        run(&[one, one], &[1.0, f64::NAN], &bands, 9),
        Err(NearRepeatError::Time { event: 1 })
    );
    let nowhere = coord! { x: f64::INFINITY, y: 0.0 };
    assert!(run(&[one, nowhere], &[1.0, 2.0], &bands, 9).is_err());
    assert!(matches!(
        run(&[one, one], &[1.0, 2.0], &bands, 0),
        Err(NearRepeatError::Permutations(_))
    ));
    for edges in [vec![], vec![2.0, 1.0], vec![-1.0], vec![f64::NAN]] {
        let bad = KnoxBands {
            space: edges,
            time: vec![1.0],
        };
        assert_eq!(
            run(&[one, one], &[1.0, 2.0], &bad, 9),
            Err(NearRepeatError::Bands)
        );
    }
    // All at one place at one time: everything ties.
    let table = run(&[one; 5], &[3.0; 5], &bands, 9).unwrap();
    assert_eq!(table.cells[0][0].observed, 10);
    assert_eq!(table.cells[0][0].test.p_two_sided(), 1.0);
    let reciprocal = MantelTransform::RECIPROCAL;
    let result = mantel(
        &[one; 5],
        &[1.0, 2.0, 3.0, 4.0, 5.0],
        reciprocal,
        reciprocal,
        Metric::Euclidean,
        9,
        1,
    );
    assert_eq!(result, Ok(None));
    let pole = MantelTransform {
        constant: 0.0,
        power: -1.0,
    };
    let result = mantel(
        &[one; 5],
        &[1.0, 2.0, 3.0, 4.0, 5.0],
        pole,
        pole,
        Metric::Euclidean,
        9,
        1,
    );
    assert_eq!(result, Err(NearRepeatError::Transform));
    assert!(jacquez(&[one; 3], &[1.0, 2.0, 3.0], 3, 9, 1).is_err());
    assert!(jacquez(&[one; 3], &[1.0, 2.0, 3.0], 0, 9, 1).is_err());
}
