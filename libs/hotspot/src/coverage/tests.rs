use std::sync::atomic::{AtomicU64, Ordering};

use geo::coord;

use super::*;
use crate::draws::Draws;

fn random(seed: u64, demands: usize, sites: usize, side: f64) -> (Reach, Vec<f64>) {
    let mut draws = Draws::new(seed, 0);
    let demand: Vec<_> = (0..demands)
        .map(|_| coord! { x: draws.unit() * side, y: draws.unit() * side })
        .collect();
    let site: Vec<Site> = (0..sites)
        .map(|_| Site {
            at: coord! { x: draws.unit() * side, y: draws.unit() * side },
            range: 1.0 + draws.unit(),
            sector: None,
        })
        .collect();
    let weights = (0..demands).map(|_| f64::from(draws.below(9))).collect();
    (Reach::new(&demand, &site).unwrap(), weights)
}

fn options(choose: usize, nodes: u64) -> CoverageOptions<'static> {
    CoverageOptions {
        choose,
        kept: &[],
        nodes,
    }
}

fn value(reach: &Reach, weights: &[f64], sites: &[usize]) -> f64 {
    let mut covered = vec![false; weights.len()];
    for &site in sites {
        for &demand in reach.of(site) {
            covered[demand as usize] = true;
        }
    }
    covered
        .iter()
        .zip(weights)
        .filter(|(c, _)| **c)
        .map(|(_, w)| w)
        .sum()
}

#[test]
fn the_optimum_is_that_of_trying_all() {
    for seed in 0..60 {
        let (reach, mut weights) = random(seed, 40, 12, 6.0);
        if seed % 2 == 1 {
            // Harm scores that are no whole numbers.
            weights.iter_mut().for_each(|w| *w *= 0.37);
        }
        let choose = 1 + seed as usize % 5;
        let kept: &[usize] = if seed % 3 == 0 { &[4] } else { &[] };
        let mut best = 0.0_f64;
        for set in 0_u32..1 << 12 {
            let sites: Vec<usize> = (0..12).filter(|site| set >> site & 1 == 1).collect();
            if sites.len() == choose && !sites.iter().any(|s| kept.contains(s)) {
                let all: Vec<usize> = sites.iter().chain(kept).copied().collect();
                best = best.max(value(&reach, &weights, &all));
            }
        }
        let asked = CoverageOptions {
            choose,
            kept,
            nodes: 10_000,
        };
        let found = cover(&reach, &weights, &asked, |_| true).unwrap();
        assert!(found.optimal, "{found:?}");
        assert!(
            (found.covered - best).abs() < 1e-9,
            "seed {seed}: {found:?}, best {best}"
        );
        assert_eq!(found.sites.len(), choose);
        let all: Vec<usize> = found.sites.iter().chain(kept).copied().collect();
        assert!((value(&reach, &weights, &all) - found.covered).abs() < 1e-9);
        assert!(found.greedy <= best + 1e-9 && found.greedy_bound >= best - 1e-9);
        assert!(found.gap().abs() < 1e-12);
    }
}

#[test]
fn a_search_that_is_stopped_has_an_honest_bound() {
    for seed in 0..10 {
        let (reach, weights) = random(seed, 600, 80, 12.0);
        let whole = cover(&reach, &weights, &options(8, 100_000), |_| true).unwrap();
        assert!(whole.optimal);
        let bounded = cover(&reach, &weights, &options(8, 0), |_| true).unwrap();
        assert!(bounded.bound >= whole.covered - 1e-9 && bounded.covered <= whole.covered + 1e-9);
        assert!(bounded.covered >= bounded.greedy);
        assert!(bounded.gap() < 0.05, "{bounded:?}");
        let asked = AtomicU64::new(0);
        let stopped = cover(&reach, &weights, &options(8, 100_000), |progress| {
            assert!(progress.covered <= progress.bound);
            asked.fetch_add(1, Ordering::Relaxed) < 2
        })
        .unwrap();
        assert!(stopped.bound >= whole.covered - 1e-9);
    }
}

#[test]
fn sectors_see_what_they_point_at() {
    let demands = [
        (0.0, 5.0),
        (5.0, 0.0),
        (0.0, -5.0),
        (-5.0, 0.1),
        (0.0, 0.0),
        (0.0, 11.0),
    ]
    .map(|(x, y)| coord! { x: x, y: y });
    let camera = |bearing, width| Site {
        at: coord! { x: 0.0, y: 0.0 },
        range: 10.0,
        sector: Some(Sector { bearing, width }),
    };
    let reach = Reach::new(
        &demands,
        &[
            camera(0.0, 90.0),
            camera(270.0, 90.0),
            camera(-350.0, 30.0),
            camera(0.0, 360.0),
        ],
    )
    .unwrap();
    assert_eq!(reach.of(0), [0, 4]);
    assert_eq!(reach.of(1), [3, 4]);
    assert_eq!(reach.of(2), [0, 4]);
    assert_eq!(reach.of(3), [0, 1, 2, 3, 4]);
    assert_eq!(reach.of(9), [0_u32; 0]);
    for bad in [camera(f64::NAN, 9.0), camera(0.0, 0.0), camera(0.0, 361.0)] {
        assert_eq!(
            Reach::new(&demands, &[bad]),
            Err(CoverageError::Site { site: 0 })
        );
    }
}

#[test]
fn more_sites_than_demands_and_nothing_to_cover() {
    let reach = Reach::from_lists(2, &vec![vec![0, 1]; 6]).unwrap();
    let found = cover(&reach, &[3.0, 4.0], &options(4, 10), |_| true).unwrap();
    assert_eq!(
        (found.sites, found.covered, found.optimal),
        (vec![0, 1, 2, 3], 7.0, true)
    );
    let none = cover(&reach, &[0.0, 0.0], &options(2, 10), |_| true).unwrap();
    assert_eq!((none.covered, none.optimal), (0.0, true));
    let nobody = Reach::from_lists(0, &[vec![], vec![]]).unwrap();
    assert!(
        cover(&nobody, &[], &options(1, 10), |_| true)
            .unwrap()
            .optimal
    );
    assert_eq!(
        cover(&reach, &[3.0, 4.0], &options(0, 10), |_| true)
            .unwrap()
            .sites,
        [0_usize; 0]
    );
}

#[test]
fn bad_input_is_refused() {
    let reach = Reach::from_lists(2, &[vec![0], vec![1]]).unwrap();
    let run = |weights: &[f64], asked: &CoverageOptions<'_>| {
        cover(&reach, weights, asked, |_| true).err()
    };
    let weights = Some(CoverageError::Weights { demands: 2 });
    assert_eq!(run(&[1.0], &options(1, 1)), weights);
    assert_eq!(run(&[1.0, f64::NAN], &options(1, 1)), weights);
    assert_eq!(run(&[1.0, -1.0], &options(1, 1)), weights);
    assert_eq!(
        run(&[1.0, 1.0], &options(3, 1)),
        Some(CoverageError::TooFewSites { choose: 3, left: 2 })
    );
    let twice = CoverageOptions {
        kept: &[1, 1],
        ..options(1, 1)
    };
    assert_eq!(
        run(&[1.0, 1.0], &twice),
        Some(CoverageError::Kept { site: 1 })
    );
    assert!(Reach::from_lists(2, &[vec![2]]).is_err());
    assert!(Reach::new(&[coord! { x: f64::NAN, y: 0.0 }], &[]).is_err());
}
