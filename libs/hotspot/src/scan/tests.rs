use geo::{Coord, coord};

use super::*;
use crate::Weights;

const PERIODS: usize = 30;

/// Thirty places in a box, and cases at them without any pattern.
fn quiet(cases: usize, seed: u64) -> (Vec<Coord<f64>>, Vec<ScanCase>) {
    let mut draws = Draws::new(seed, 40);
    let places = (0..30)
        .map(|_| coord! { x: draws.unit() * 10.0, y: draws.unit() * 10.0 })
        .collect();
    let cases = (0..cases)
        .map(|_| ScanCase {
            location: draws.below(30) as usize,
            period: draws.below(PERIODS as u32) as usize,
        })
        .collect();
    (places, cases)
}

fn population(cases: &[ScanCase]) -> Vec<f64> {
    let mut population = vec![0.0; 30];
    for case in cases {
        population[case.location] += 1.0;
    }
    population
}

fn options(windows: Windows, replicates: u32) -> ScanOptions {
    ScanOptions {
        windows,
        least_cases: 2,
        replicates,
        clusters: 1,
        seed: 3,
    }
}

/// Every zone and window, one after the other: the largest statistic, the shortest window, its cases.
fn plain(
    places: &[Coord<f64>],
    cases: &[ScanCase],
    windows: Windows,
    poisson: Option<&[f64]>,
) -> (f64, usize, u64) {
    let n = cases.len() as f64;
    let people = poisson.map_or_else(|| population(cases), <[f64]>::to_vec);
    let everybody: f64 = people.iter().sum();
    let mut best = (0.0_f64, usize::MAX, 0);
    for centre in places {
        let apart = |at: Coord<f64>| (at.x - centre.x).powi(2) + (at.y - centre.y).powi(2);
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_by(|&a, &b| apart(places[a]).total_cmp(&apart(places[b])));
        for size in 1..=places.len() {
            let zone = &order[..size];
            let inside: f64 = zone.iter().map(|&l| people[l]).sum();
            if inside > 0.5 * everybody + 1e-9 {
                break;
            }
            for from in 0..PERIODS {
                for to in from..PERIODS {
                    let allowed = match windows {
                        Windows::Prospective { longest } => {
                            to + 1 == PERIODS && to - from < longest
                        }
                        Windows::Retrospective { longest } => to - from < longest,
                    };
                    if !allowed {
                        continue;
                    }
                    let within = |c: &&ScanCase| (from..=to).contains(&c.period);
                    let window = cases.iter().filter(within).count() as f64;
                    let observed = cases
                        .iter()
                        .filter(within)
                        .filter(|c| zone.contains(&c.location))
                        .count();
                    let share = if poisson.is_some() {
                        (to - from + 1) as f64 / PERIODS as f64
                    } else {
                        window / n
                    };
                    let expected = inside / everybody * n * share;
                    let c = observed as f64;
                    if observed < 2 || c <= expected {
                        continue;
                    }
                    let rest = if c < n {
                        (n - c) * ((n - c) / (n - expected)).ln()
                    } else {
                        0.0
                    };
                    let value = c * (c / expected).ln() + rest;
                    let better = if (value - best.0).abs() <= 1e-10 * value {
                        to - from + 1 < best.1
                    } else {
                        value > best.0
                    };
                    if better {
                        best = (value, to - from + 1, observed as u64);
                    }
                }
            }
        }
    }
    best
}

#[test]
fn the_most_likely_cluster_is_that_of_a_plain_search() {
    for seed in 0..6 {
        let (places, cases) = quiet(90, seed);
        let people: Vec<f64> = (0..30).map(|l| 5.0 + f64::from(l % 7)).collect();
        for windows in [
            Windows::Prospective { longest: 12 },
            Windows::Retrospective { longest: 9 },
        ] {
            for poisson in [None, Some(people.as_slice())] {
                let base = poisson.map_or_else(|| population(&cases), <[f64]>::to_vec);
                let zones = Zones::circles(&places, &base, 0.5, None).unwrap();
                let model =
                    poisson.map_or(ScanModel::Permutation, |population| ScanModel::Poisson {
                        population,
                        periods: None,
                    });
                let found = scan(&cases, PERIODS, &zones, model, &options(windows, 9)).unwrap();
                let (value, length, observed) = plain(&places, &cases, windows, poisson);
                let first = &found[0];
                assert!(
                    (first.log_likelihood_ratio - value).abs() < 1e-8 * value,
                    "{first:?} {value}"
                );
                assert_eq!(first.to - first.from + 1, length, "{first:?}");
                assert_eq!(first.observed, observed);
                assert!((first.ratio * first.expected - observed as f64).abs() < 1e-9);
            }
        }
    }
}

#[test]
fn a_flexible_zone_finds_a_bent_street() {
    // A 6 by 5 grid of places; extra cases along an L of five places in the last three periods.
    let places: Vec<Coord<f64>> = (0..30)
        .map(|i| coord! { x: f64::from(i % 6), y: f64::from(i / 6) })
        .collect();
    let weights = Weights::distance_band(&places, 1.0, crate::Metric::Euclidean).unwrap();
    let mut cases = quiet(300, 1).1;
    for location in [6, 7, 8, 14, 20] {
        cases.extend((0..6).map(|i| ScanCase {
            location,
            period: 27 + i % 3,
        }));
    }
    let zones = Zones::flexible(&places, &weights, 12).unwrap();
    let windows = Windows::Prospective { longest: 7 };
    let found = scan(
        &cases,
        PERIODS,
        &zones,
        ScanModel::Permutation,
        &options(windows, 99),
    )
    .unwrap();
    let mut locations = found[0].locations.clone();
    locations.sort_unstable();
    // A place beside the street that happens to be busy may come with it.
    assert!([6, 7, 8, 14, 20].iter().all(|l| locations.contains(l)));
    assert!(locations.len() <= 8, "{locations:?}");
    assert_eq!((found[0].from, found[0].to), (27, 29));
    assert!(found[0].test.p_high() <= 0.01);
}

#[test]
fn secondary_clusters_share_no_place() {
    let (places, mut cases) = quiet(200, 2);
    for location in [3, 17] {
        cases.extend((20..30).map(|period| ScanCase { location, period }));
    }
    let zones = Zones::circles(&places, &population(&cases), 0.5, None).unwrap();
    let mut options = options(Windows::Prospective { longest: 14 }, 99);
    options.clusters = 40;
    let found = scan(&cases, PERIODS, &zones, ScanModel::Permutation, &options).unwrap();
    let mut all: Vec<usize> = found.iter().flat_map(|c| c.locations.clone()).collect();
    let many = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), many);
    assert!(found.len() > 2 && found.len() < 40);
    assert!(found.is_sorted_by(|a, b| a.log_likelihood_ratio >= b.log_likelihood_ratio));
    assert!(found[..2].iter().any(|c| c.locations.contains(&3)));
    assert!(
        found
            .iter()
            .all(|c| c.recurrence.is_some_and(|r| r >= 1.0 - 1e-9))
    );
}

#[test]
fn p_values_without_a_pattern_are_uniform() {
    for poisson in [false, true] {
        let mut decile = [0_u32; 10];
        let people = vec![1.0; 30];
        for seed in 0..200 {
            let (places, cases) = quiet(80, seed);
            let zones = Zones::circles(&places, &people, 0.3, None).unwrap();
            let model = if poisson {
                ScanModel::Poisson {
                    population: &people,
                    periods: None,
                }
            } else {
                ScanModel::Permutation
            };
            let mut options = options(Windows::Prospective { longest: 10 }, 99);
            options.seed = seed;
            let found = scan(&cases, PERIODS, &zones, model, &options).unwrap();
            let p = found.first().map_or(1.0, |cluster| cluster.test.p_high());
            decile[((p * 10.0 - 0.05) as usize).min(9)] += 1;
        }
        let chi_square: f64 = decile
            .iter()
            .map(|&n| (f64::from(n) - 20.0).powi(2) / 20.0)
            .sum();
        assert!(chi_square < 27.9, "{decile:?}");
    }
}

#[test]
fn a_planted_outbreak_is_found() {
    // Sixteen extra cases in the last five periods at two places near each other, among 300 without a pattern.
    let (mut found, mut right) = (0, 0);
    for seed in 0..40 {
        let (places, mut cases) = quiet(300, seed);
        let apart =
            |a: usize, b: usize| (places[a].x - places[b].x).hypot(places[a].y - places[b].y);
        let near = (1..30)
            .min_by(|&a, &b| apart(0, a).total_cmp(&apart(0, b)))
            .unwrap();
        cases.extend((0..16).map(|i| ScanCase {
            location: if i % 2 == 0 { 0 } else { near },
            period: 25 + i % 5,
        }));
        let zones = Zones::circles(&places, &population(&cases), 0.5, None).unwrap();
        let mut options = options(Windows::Prospective { longest: 14 }, 99);
        options.seed = seed;
        let clusters = scan(&cases, PERIODS, &zones, ScanModel::Permutation, &options).unwrap();
        found += u32::from(clusters[0].test.p_high() <= 0.05);
        right += u32::from(clusters[0].locations.contains(&0));
    }
    assert!(
        found >= 24 && right >= 30,
        "found {found}, in the right place {right}, of 40"
    );
}

#[test]
fn threads_do_not_matter() {
    let (places, cases) = quiet(120, 9);
    let zones = Zones::circles(&places, &population(&cases), 0.5, None).unwrap();
    let options = options(Windows::Retrospective { longest: 8 }, 99);
    let on = |threads: usize| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(|| scan(&cases, PERIODS, &zones, ScanModel::Permutation, &options).unwrap())
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn bad_input_is_refused() {
    let (places, cases) = quiet(20, 0);
    let zones = Zones::circles(&places, &population(&cases), 0.5, None).unwrap();
    let good = options(Windows::Prospective { longest: 7 }, 9);
    let run = |cases: &[ScanCase], model: ScanModel<'_>, options: &ScanOptions| {
        scan(cases, PERIODS, &zones, model, options)
    };
    let none = ScanOptions {
        replicates: 0,
        ..good
    };
    assert!(matches!(
        run(&cases, ScanModel::Permutation, &none),
        Err(ScanError::Replicates(_))
    ));
    for longest in [0, 31] {
        let bad = ScanOptions {
            windows: Windows::Prospective { longest },
            ..good
        };
        assert!(matches!(
            run(&cases, ScanModel::Permutation, &bad),
            Err(ScanError::Range { .. })
        ));
    }
    assert!(matches!(
        run(&cases[..1], ScanModel::Permutation, &good),
        Err(ScanError::TooFewCases { .. })
    ));
    let beyond = [ScanCase {
        location: 30,
        period: 0,
    }; 3];
    assert!(matches!(
        run(&beyond, ScanModel::Permutation, &good),
        Err(ScanError::Case { case: 0, .. })
    ));
    let mut people = vec![1.0; 30];
    fn poisson(population: &[f64]) -> ScanModel<'_> {
        ScanModel::Poisson {
            population,
            periods: None,
        }
    }
    assert!(matches!(
        run(&cases, poisson(&people[..29]), &good),
        Err(ScanError::Lengths { .. })
    ));
    people[cases[4].location] = 0.0;
    assert!(matches!(
        run(&cases, poisson(&people), &good),
        Err(ScanError::Impossible { .. })
    ));
    people[0] = f64::NAN;
    assert_eq!(
        run(&cases, poisson(&people), &good),
        Err(ScanError::Population)
    );
    // All at one place at one time: nothing is above expectation.
    let same = [ScanCase {
        location: 2,
        period: 4,
    }; 9];
    assert_eq!(run(&same, ScanModel::Permutation, &good), Ok(vec![]));
}
