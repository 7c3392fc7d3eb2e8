//! What must hold whatever the data.

use geo::{MapCoords, MultiPolygon, Rect};
use hotspot::{
    CONFIDENCE_95, DensityOptions, GiStar, Grid, Kernel, KnoxBands, Method, Metric, Weights,
    benjamini_hochberg, density, geary, gi_star, knox, local_moran, local_permutation, moran,
    rate_per_1000, rate_ratio,
};
use proptest::prelude::*;

/// A map of 5 to 24 units with values (many of them equal, as counts are) and neighbour lists.
fn map() -> impl Strategy<Value = (Vec<f64>, Vec<Vec<usize>>)> {
    (5_usize..25).prop_flat_map(|n| {
        (
            prop::collection::vec((0_u16..40).prop_map(f64::from), n),
            prop::collection::vec(prop::collection::vec(0..n, 0..6), n),
        )
    })
}

/// A map with a shuffled order of its units: `order[new] = old`.
fn shuffled() -> impl Strategy<Value = (Vec<f64>, Vec<Vec<usize>>, Vec<usize>)> {
    map().prop_flat_map(|(values, lists)| {
        let order: Vec<usize> = (0..values.len()).collect();
        (Just(values), Just(lists), Just(order).prop_shuffle())
    })
}

fn z(result: &[Option<GiStar>]) -> Vec<Option<f64>> {
    result.iter().map(|unit| unit.map(|unit| unit.z)).collect()
}

fn alike(a: &[Option<f64>], b: &[Option<f64>], within: f64) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|pair| match pair {
            (Some(a), Some(b)) => (a - b).abs() <= within * (1.0 + a.abs()),
            (None, None) => true,
            _ => false,
        })
}

/// `work` on a pool of so many threads.
fn on_threads<T: Send>(
    threads: usize,
    work: impl FnOnce() -> T + Send,
) -> Result<T, TestCaseError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| TestCaseError::fail(error.to_string()))?;
    Ok(pool.install(work))
}

fn fail(error: impl std::fmt::Display) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

proptest! {
    #[test]
    fn the_order_of_units_does_not_matter((values, lists, order) in shuffled()) {
        let mut place = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            place[old] = new;
        }
        let moved_values: Vec<f64> = order.iter().map(|&old| values[old]).collect();
        let moved_lists = order.iter().map(|&old| lists[old].iter().map(|&j| place[j]));
        let weights = Weights::from_neighbours(lists.clone()).map_err(fail)?;
        let moved = Weights::from_neighbours(moved_lists).map_err(fail)?;

        let before = z(&gi_star(&values, &weights.with_self()).map_err(fail)?);
        let after = z(&gi_star(&moved_values, &moved.with_self()).map_err(fail)?);
        let before_moved: Vec<_> = order.iter().map(|&old| before[old]).collect();
        prop_assert!(alike(&before_moved, &after, 1e-9));

        let before = local_moran(&values, &weights).map_err(fail)?;
        let after = local_moran(&moved_values, &moved).map_err(fail)?;
        let before_moved: Vec<_> = order.iter().map(|&old| before[old]).collect();
        prop_assert!(alike(&before_moved, &after, 1e-9));

        let i = |values: &[f64], weights: &Weights| moran(values, weights).map(|m| m.map(|m| m.i));
        prop_assert!(alike(
            &[i(&values, &weights).map_err(fail)?],
            &[i(&moved_values, &moved).map_err(fail)?],
            1e-9
        ));
    }

    #[test]
    fn shift_and_scale_do_not_matter(
        (values, lists) in map(),
        shift in -1000.0..1000.0_f64,
        scale in 0.01..100.0_f64,
    ) {
        let changed: Vec<f64> = values.iter().map(|v| shift + scale * v).collect();
        let weights = Weights::from_neighbours(lists).map_err(fail)?;
        let own = weights.with_self();
        prop_assert!(alike(
            &z(&gi_star(&values, &own).map_err(fail)?),
            &z(&gi_star(&changed, &own).map_err(fail)?),
            1e-6
        ));
        let numbers = |values: &[f64]| -> Result<[Option<f64>; 4], TestCaseError> {
            let m = moran(values, &weights).map_err(fail)?;
            let g = geary(values, &weights).map_err(fail)?;
            Ok([m.map(|m| m.i), m.map(|m| m.variance_random), g.map(|g| g.c), g.map(|g| g.variance_random)])
        };
        prop_assert!(alike(&numbers(&values)?, &numbers(&changed)?, 1e-6));
    }

    #[test]
    fn turning_values_upside_down_turns_gi_star((values, lists) in map()) {
        let weights = Weights::from_neighbours(lists).map_err(fail)?.with_self();
        let negated: Vec<f64> = values.iter().map(|v| -v).collect();
        let up = gi_star(&values, &weights).map_err(fail)?;
        let down = gi_star(&negated, &weights).map_err(fail)?;
        for (up, down) in up.iter().flatten().zip(down.iter().flatten()) {
            prop_assert!((up.z + down.z).abs() < 1e-9);
            prop_assert!((0.0..=1.0).contains(&up.p));
        }
    }

    #[test]
    fn islands_are_exactly_the_units_without_a_result((values, lists) in map()) {
        let weights = Weights::from_neighbours(lists).map_err(fail)?;
        prop_assume!(values.iter().any(|v| *v != values[0]));
        let silent: Vec<usize> = local_moran(&values, &weights).map_err(fail)?
            .iter().enumerate().filter(|(_, r)| r.is_none()).map(|(unit, _)| unit).collect();
        prop_assert_eq!(silent, weights.islands());
    }

    #[test]
    fn adjusted_p_values_keep_the_order(
        p in prop::collection::vec(prop::option::of(0.0..=1.0_f64), 0..60),
        alpha in 0.0..=1.0_f64,
    ) {
        let adjusted = benjamini_hochberg(&p, alpha).map_err(fail)?;
        let mut tests = Vec::new();
        for (p, test) in p.iter().zip(&adjusted) {
            prop_assert_eq!(p.is_some(), test.is_some());
            tests.extend(p.zip(*test));
        }
        for &(p, test) in &tests {
            prop_assert!(test.q >= p && test.q <= 1.0);
            prop_assert_eq!(test.significant, test.q <= alpha);
        }
        tests.sort_by(|a, b| a.0.total_cmp(&b.0));
        prop_assert!(tests.is_sorted_by(|a, b| a.1.q <= b.1.q));
        // The step-up rule as the paper words it.
        let m = tests.len() as f64;
        let last = tests.iter().enumerate()
            .rposition(|(i, (p, _))| p * (m / (i + 1) as f64) <= alpha);
        let called = tests.iter().filter(|(_, test)| test.significant).count();
        prop_assert_eq!(called, last.map_or(0, |i| i + 1));
    }

    #[test]
    fn a_rate_lies_in_its_interval_and_more_exposure_narrows_it(
        count in 0_u64..5000,
        exposure in 1.0..1e6_f64,
    ) {
        let rate = rate_per_1000(count, exposure, CONFIDENCE_95).map_err(fail)?;
        let rate = rate.ok_or_else(|| fail("no rate"))?;
        prop_assert!(rate.interval.lower <= rate.per_1000 && rate.per_1000 < rate.interval.upper);
        let wider = rate_per_1000(count, exposure, 0.99).map_err(fail)?.ok_or_else(|| fail("no rate"))?;
        prop_assert!(wider.interval.lower <= rate.interval.lower);
        prop_assert!(wider.interval.upper > rate.interval.upper);
    }

    #[test]
    fn a_ratio_turned_round_is_its_inverse(
        a in 1_u64..3000, b in 1_u64..3000,
        ea in 0.5..2000.0_f64, eb in 0.5..2000.0_f64,
    ) {
        let there = rate_ratio((a, ea), (b, eb), CONFIDENCE_95).map_err(fail)?.ok_or_else(|| fail("none"))?;
        let back = rate_ratio((b, eb), (a, ea), CONFIDENCE_95).map_err(fail)?.ok_or_else(|| fail("none"))?;
        prop_assert!(there.interval.lower < there.estimate && there.estimate < there.interval.upper);
        prop_assert!((there.estimate * back.estimate - 1.0).abs() < 1e-9);
        prop_assert!((there.interval.lower * back.interval.upper - 1.0).abs() < 1e-8);
        prop_assert!((there.interval.upper * back.interval.lower - 1.0).abs() < 1e-8);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn the_number_of_threads_does_not_matter(seed in prop::collection::vec(0_u16..50, 64)) {
        // Large enough that the work is really shared out.
        let n = 6000;
        let values: Vec<f64> = (0..n).map(|i| f64::from(seed[i % 61 % 64]) / (1 + i % 7) as f64).collect();
        let weights = Weights::from_neighbours((0..n).map(|i| [(i + 1) % n, (i + 77) % n, (i + n - 1) % n]))
            .map_err(fail)?;
        let run = || {
            (gi_star(&values, &weights.with_self()), local_moran(&values, &weights), moran(&values, &weights))
        };
        let alone = on_threads(1, run)?;
        let shared = on_threads(4, run)?;
        // Equal to the last bit, not merely close.
        prop_assert_eq!(alone, shared);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn where_the_map_lies_does_not_matter(
        squares in prop::collection::vec((0_i32..6, 0_i32..6), 2..20),
        dx in -1000_i32..1000, dy in -1000_i32..1000,
    ) {
        // Whole numbers, so that moving the map rounds nothing.
        let polygons: Vec<MultiPolygon<f64>> = squares.iter().map(|&(x, y)| {
            let (x, y) = (f64::from(x), f64::from(y));
            Rect::new((x, y), (x + 1.0, y + 1.0)).to_polygon().into()
        }).collect();
        let moved: Vec<MultiPolygon<f64>> = polygons.iter().map(|polygon| {
            polygon.map_coords(|at| geo::coord! { x: at.x + f64::from(dx), y: at.y + f64::from(dy) })
        }).collect();
        let exact = Weights::queen(&polygons, 0.0).map_err(fail)?;
        prop_assert_eq!(&exact, &Weights::queen(&moved, 0.0).map_err(fail)?);
        prop_assert_eq!(&exact, &Weights::queen(&moved, 1e-6).map_err(fail)?);
        // And it is what a plain comparison of all pairs finds.
        for (i, a) in squares.iter().enumerate() {
            for (j, b) in squares.iter().enumerate() {
                let touch = i != j && (a.0 - b.0).abs() <= 1 && (a.1 - b.1).abs() <= 1;
                prop_assert_eq!(exact.neighbours(i).contains(&(j as u32)), touch);
            }
        }
    }
}

/// Places on whole numbers, many of them shared, so that ties are common.
fn places() -> impl Strategy<Value = Vec<geo::Coord<f64>>> {
    prop::collection::vec((0_i32..20, 0_i32..20), 12..60).prop_map(|at| {
        at.into_iter()
            .map(|(x, y)| geo::coord! { x: f64::from(x), y: f64::from(y) })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn rook_neighbours_are_queen_neighbours_and_bands_are_mutual(
        squares in prop::collection::vec((0_i32..6, 0_i32..6), 2..20),
        at in places(),
        distance in 0.0..6.0_f64,
    ) {
        let polygons: Vec<MultiPolygon<f64>> = squares.iter().map(|&(x, y)| {
            let (x, y) = (f64::from(x), f64::from(y));
            Rect::new((x, y), (x + 1.0, y + 1.0)).to_polygon().into()
        }).collect();
        let queen = Weights::queen(&polygons, 0.0).map_err(fail)?;
        let rook = Weights::rook(&polygons, 0.0).map_err(fail)?;
        for unit in 0..rook.len() {
            for other in rook.neighbours(unit) {
                prop_assert!(queen.neighbours(unit).contains(other));
                prop_assert!(rook.neighbours(*other as usize).contains(&(unit as u32)));
            }
        }
        let euclidean = Weights::distance_band(&at, distance, Metric::Euclidean).map_err(fail)?;
        let manhattan = Weights::distance_band(&at, distance, Metric::Manhattan).map_err(fail)?;
        for unit in 0..at.len() {
            for other in manhattan.neighbours(unit) {
                prop_assert!(euclidean.neighbours(unit).contains(other));
            }
            for other in euclidean.neighbours(unit) {
                prop_assert!(euclidean.neighbours(*other as usize).contains(&(unit as u32)));
            }
        }
        let nearest = Weights::k_nearest(&at, 5).map_err(fail)?;
        prop_assert!((0..at.len()).all(|unit| nearest.neighbours(unit).len() == 5));
    }

    #[test]
    fn permutation_tests_shift_scale_and_turn_with_the_values(
        (values, lists) in map(), shift in -50_i32..50, scale in 1_i32..20, seed in any::<u64>(),
    ) {
        // Whole numbers, so that shifting and scaling round nothing.
        let values: Vec<f64> = values.iter().map(|value| value.round()).collect();
        let weights = Weights::from_neighbours(lists).map_err(fail)?;
        let plain = local_permutation(&values, &weights, 49, seed).map_err(fail)?;
        let changed: Vec<f64> = values.iter().map(|v| f64::from(shift) + f64::from(scale) * v).collect();
        let moved = local_permutation(&changed, &weights, 49, seed).map_err(fail)?;
        let negated: Vec<f64> = values.iter().map(|v| -v).collect();
        let turned = local_permutation(&negated, &weights, 49, seed).map_err(fail)?;
        for ((plain, moved), turned) in plain.iter().zip(&moved).zip(&turned) {
            prop_assert_eq!(plain.map(|p| p.gi), moved.map(|p| p.gi));
            prop_assert_eq!(plain.map(|p| p.gi.at_least), turned.map(|p| p.gi.at_most));
            for test in plain.iter().flat_map(|p| [p.gi, p.local_moran]) {
                let p = [test.p_high(), test.p_low(), test.p_two_sided(), test.mid_p_two_sided()];
                prop_assert!(p.iter().all(|p| *p > 0.0 && *p <= 1.0));
                prop_assert!(test.at_least + test.at_most >= 49);
            }
        }
    }

    #[test]
    fn densities_move_with_the_points_and_ignore_threads(at in places(), h in 0.5..6.0_f64) {
        let grid = Grid { corner: geo::coord! { x: -4.0, y: -4.0 }, cell: 0.5, columns: 56, rows: 56 };
        for method in [Method::Exact, Method::Fast] {
            let options = DensityOptions { kernel: Kernel::Quartic, bandwidth: h, border: None, method };
            let run = |at: &[geo::Coord<f64>], grid: &Grid| density(at, None, grid, &options);
            let plain = run(&at, &grid).map_err(fail)?;
            prop_assert_eq!(&on_threads(1, || run(&at, &grid))?.map_err(fail)?, &on_threads(3, || run(&at, &grid))?.map_err(fail)?);
            let by = geo::coord! { x: 128.0, y: -64.0 };
            let moved: Vec<_> = at.iter().map(|p| *p + by).collect();
            let moved = run(&moved, &Grid { corner: grid.corner + by, ..grid }).map_err(fail)?;
            let peak = plain.values.iter().copied().fold(0.0, f64::max);
            for (a, b) in plain.values.iter().zip(&moved.values) {
                prop_assert!((a - b).abs() <= 1e-9 * peak);
            }
        }
    }

    #[test]
    fn near_repeat_tests_ignore_threads_and_relabelling(
        at in places(), seed in any::<u64>(), order in any::<u64>(),
    ) {
        let days: Vec<f64> = (0..at.len() as u64).map(|i| ((i * 7 + seed % 11) % 23) as f64).collect();
        let bands = KnoxBands { space: vec![0.0, 3.0], time: vec![2.0, 5.0] };
        let run = || knox(&at, &days, &bands, Metric::Manhattan, 33, seed);
        let alone = on_threads(1, run)?.map_err(fail)?;
        prop_assert_eq!(&alone, &on_threads(3, run)?.map_err(fail)?);
        // Another order of the same events has the same counts.
        let by = 1 + (order % (at.len() as u64 - 1)) as usize;
        let (mut turned, mut days_turned) = (at.clone(), days.clone());
        turned.rotate_left(by);
        days_turned.rotate_left(by);
        let other = knox(&turned, &days_turned, &bands, Metric::Manhattan, 33, seed).map_err(fail)?;
        let counts = |table: &hotspot::Knox| -> Vec<u64> { table.cells.iter().flatten().map(|c| c.observed).collect() };
        prop_assert_eq!(counts(&alone), counts(&other));
    }
}
