//! The analytic moments against all re-arrangements of a small map, one by one.
//!
//! The variances 'under randomisation' claim to be exact, so on six units, where all 720 arrangements can
//! be tried, they must equal the plain mean and variance over them.

use crate::{Weights, geary, gi_star, moran};

const VALUES: [f64; 6] = [3.0, 1.0, 4.0, 1.5, 9.0, 2.5];

/// An irregular, one-way-in-places map with an island, so that no symmetry hides an error.
fn weights() -> Weights {
    Weights::from_neighbours([
        vec![1, 2, 3],
        vec![0, 2],
        vec![0, 1, 3, 4],
        vec![0],
        vec![2, 3],
        vec![],
    ])
    .unwrap()
}

/// Calls `visit` with each arrangement of `values` (Heap's algorithm).
fn arrangements(values: &mut [f64], k: usize, visit: &mut impl FnMut(&[f64])) {
    if k <= 1 {
        visit(values);
        return;
    }
    for i in 0..k {
        arrangements(values, k - 1, visit);
        let other = if k.is_multiple_of(2) { i } else { 0 };
        values.swap(other, k - 1);
    }
}

fn mean_and_variance(statistic: impl Fn(&[f64]) -> f64) -> (f64, f64) {
    let mut all = Vec::new();
    let mut values = VALUES;
    arrangements(&mut values, VALUES.len(), &mut |v| all.push(statistic(v)));
    assert_eq!(all.len(), 720);
    let mean = all.iter().sum::<f64>() / 720.0;
    let variance = all.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 720.0;
    (mean, variance)
}

#[test]
fn moran_moments_are_exact() {
    for weights in [weights(), weights().row_standardised()] {
        let result = moran(&VALUES, &weights).unwrap().unwrap();
        let (mean, variance) =
            mean_and_variance(|values| moran(values, &weights).unwrap().unwrap().i);
        assert!((mean - result.expected).abs() < 1e-12);
        assert!((variance - result.variance_random).abs() < 1e-12);
    }
}

#[test]
fn geary_moments_are_exact() {
    for weights in [weights(), weights().row_standardised()] {
        let result = geary(&VALUES, &weights).unwrap().unwrap();
        let (mean, variance) =
            mean_and_variance(|values| geary(values, &weights).unwrap().unwrap().c);
        assert!((mean - 1.0).abs() < 1e-12);
        assert!((variance - result.variance_random).abs() < 1e-12);
    }
}

#[test]
fn gi_star_is_standardised_exactly() {
    let weights = weights().with_self();
    for unit in 0..5 {
        let (mean, variance) =
            mean_and_variance(|values| gi_star(values, &weights).unwrap()[unit].unwrap().z);
        assert!(mean.abs() < 1e-12, "unit {unit}: mean {mean}");
        assert!(
            (variance - 1.0).abs() < 1e-12,
            "unit {unit}: variance {variance}"
        );
    }
}
