//! Getis-Ord Gi: are a place's neighbours, leaving itself aside, higher or lower than the rest?

use rayon::prelude::*;

use crate::normal::two_sided_p;
use crate::values::{Deviations, deviations};
use crate::{InputError, Weights};

/// The Gi result of one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gi {
    /// Standardised Gi: positive where the neighbours are together above the mean of all other units.
    pub z: f64,
    /// Two-sided p-value of `z` under the normal approximation, before any correction for testing many
    /// units at once.
    pub p: f64,
}

/// Standardised Gi of each unit with its analytic two-sided p-value.
///
/// With x̄₍ᵢ₎ and s₍ᵢ₎² = Σ(x−x̄₍ᵢ₎)²/(n−1) taken over the n − 1 other units, Wᵢ = Σⱼwᵢⱼ and S₁ᵢ = Σⱼwᵢⱼ²:
///
/// ```text
/// zᵢ = (Σⱼ wᵢⱼ xⱼ − Wᵢ x̄₍ᵢ₎) / (s₍ᵢ₎ √(((n − 1) S₁ᵢ − Wᵢ²) / (n − 2)))
/// ```
///
/// Expectation and variance are the exact ones of the conditional permutation test
/// ([`local_permutation`](fn@crate::local_permutation)); only the normal shape is an approximation. Binary
/// and row-standardised weights give the same z.
///
/// An entry is `None` for an island, for a unit whose neighbours are all other units, and where all other
/// units are equal.
///
/// Source: Ord, J. K. and Getis, A. (1995), 'Local spatial autocorrelation statistics: distributional
/// issues and an application', *Geographical Analysis* 27(4), equation 14.
///
/// # Errors
///
/// [`InputError::SelfIncluded`] where a unit is its own neighbour, and the errors of the values as in
/// [`gi_star`](fn@crate::gi_star).
///
/// # Example
///
/// ```
/// use hotspot::{Weights, gi};
///
/// let lake = Weights::from_neighbours((0..8).map(|i| [(i + 1) % 8, (i + 7) % 8]))?;
/// let result = gi(&[0.0, 9.0, 8.0, 9.0, 1.0, 0.0, 2.0, 1.0], &lake)?;
/// assert!(result[2].is_some_and(|gi| gi.z > 2.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn gi(values: &[f64], weights: &Weights) -> Result<Vec<Option<Gi>>, InputError> {
    if weights.includes_self() {
        return Err(InputError::SelfIncluded);
    }
    let Some(deviations) = deviations(values, weights)? else {
        return Ok(vec![None; values.len()]);
    };
    Ok((0..values.len())
        .into_par_iter()
        .with_min_len(1024)
        .map(|unit| {
            let moments = conditional(unit, &deviations, weights)?;
            let z = (moments.observed - moments.expected) / moments.variance.sqrt();
            Some(Gi {
                z,
                p: two_sided_p(z),
            })
        })
        .collect())
}

/// A sum of neighbours' deviations, and what it would be for neighbours drawn from all other units.
pub(crate) struct Moments {
    pub(crate) observed: f64,
    pub(crate) expected: f64,
    pub(crate) variance: f64,
}

/// Moments of the unweighted sum of neighbours' deviations, given the unit's own value.
pub(crate) fn conditional(
    unit: usize,
    deviations: &Deviations,
    weights: &Weights,
) -> Option<Moments> {
    let neighbours = weights.neighbours(unit);
    let z = &deviations.z;
    let others = z.len() as f64 - 1.0;
    if neighbours.is_empty() || neighbours.len() + 1 == z.len() {
        return None;
    }
    let k = neighbours.len() as f64;
    let own = z[unit];
    // All deviations add up to 0, so the others' mean follows from this unit's.
    let mean = -own / others;
    let variance = (deviations.sum_of_squares - own * own) / others - mean * mean;
    // What is left of a spread that only this unit made is rounding.
    if variance <= 1e-12 * deviations.variance() {
        return None;
    }
    Some(Moments {
        observed: neighbours.iter().map(|&j| z[j as usize]).sum(),
        expected: k * mean,
        variance: variance * k * (others - k) / (others - 1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moments_are_those_of_all_samples() {
        let values = [3.0, 1.0, 4.0, 1.5, 9.0, 2.5, 6.0];
        let weights = Weights::from_neighbours([
            vec![1, 2, 3],
            vec![0],
            vec![0, 1],
            vec![4],
            vec![5],
            vec![6],
            vec![5],
        ])
        .unwrap();
        let deviations = deviations(&values, &weights).unwrap().unwrap();
        let found = conditional(0, &deviations, &weights).unwrap();
        let mut sums = Vec::new();
        for a in 1..7 {
            for b in a + 1..7 {
                for c in b + 1..7 {
                    sums.push(deviations.z[a] + deviations.z[b] + deviations.z[c]);
                }
            }
        }
        let n = sums.len() as f64;
        let mean = sums.iter().sum::<f64>() / n;
        let variance = sums.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / n;
        assert!((found.expected - mean).abs() < 1e-12);
        assert!((found.variance - variance).abs() < 1e-12);
    }

    #[test]
    fn nothing_to_test() {
        let weights = Weights::from_neighbours([vec![1], vec![0], vec![0], vec![]]).unwrap();
        // Without the first unit all are equal.
        let found = gi(&[5.0, 0.1, 0.1, 0.1], &weights).unwrap();
        assert!(found[0].is_none() && found[1].is_some() && found[3].is_none());
        assert_eq!(
            gi(&[1.0, 2.0, 3.0, 4.0], &weights.with_self()),
            Err(InputError::SelfIncluded)
        );
    }
}
