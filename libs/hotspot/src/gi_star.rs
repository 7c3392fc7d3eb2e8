//! Getis-Ord Gi*: is a place, with its neighbours, higher or lower than the whole?

use rayon::prelude::*;

use crate::normal::two_sided_p;
use crate::values::{Deviations, deviations};
use crate::{InputError, Weights};

/// The Gi* result of one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GiStar {
    /// Standardised Gi*: positive where the unit and its neighbours are together above the mean, negative
    /// where they are below it.
    pub z: f64,
    /// Two-sided p-value of `z` under the normal approximation, before any correction for testing many
    /// units at once (see [`benjamini_hochberg`](crate::benjamini_hochberg)).
    pub p: f64,
}

/// Standardised Gi* of each unit with its analytic two-sided p-value.
///
/// With wᵢⱼ the weights of unit i (its own included), Wᵢ = Σⱼwᵢⱼ, S₁ᵢ = Σⱼwᵢⱼ², mean x̄ and
/// s² = Σ(x−x̄)²/n:
///
/// ```text
/// zᵢ = (Σⱼ wᵢⱼ xⱼ − Wᵢ x̄) / (s √((n S₁ᵢ − Wᵢ²) / (n − 1)))
/// ```
///
/// The variance is the exact one under random re-arrangement of all n values. Because all weights of one
/// unit are equal here, binary and row-standardised weights give the same z.
///
/// The answer has one entry per unit, in the order of `values`. An entry is `None` where there is nothing
/// to test: an island (no neighbour but itself), a unit whose neighbourhood is the whole map, and every
/// unit where all values are equal.
///
/// Source: Ord, J. K. and Getis, A. (1995), 'Local spatial autocorrelation statistics: distributional
/// issues and an application', *Geographical Analysis* 27(4), equation 14.
///
/// # Errors
///
/// [`InputError::SelfMissing`] where the weights leave out the unit itself, [`InputError::Length`] where
/// there is not one value per unit, [`InputError::NotFinite`] for a missing value and
/// [`InputError::Range`] where squares overflow.
///
/// # Example
///
/// ```
/// use hotspot::{Weights, gi_star};
///
/// // Six places along a road; the last three are busy.
/// let road = Weights::from_neighbours((0..6_usize).map(|i| {
///     [i.checked_sub(1), (i < 5).then_some(i + 1)].into_iter().flatten()
/// }))?
/// .with_self();
/// let result = gi_star(&[1.0, 0.0, 2.0, 9.0, 8.0, 10.0], &road)?;
/// let busiest = result[4].ok_or("no neighbours")?;
/// assert!(busiest.z > 2.0 && busiest.p < 0.05);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn gi_star(values: &[f64], weights: &Weights) -> Result<Vec<Option<GiStar>>, InputError> {
    if !weights.includes_self() {
        return Err(InputError::SelfMissing);
    }
    let Some(deviations) = deviations(values, weights)? else {
        return Ok(vec![None; values.len()]);
    };
    Ok((0..values.len())
        .into_par_iter()
        .with_min_len(1024)
        .map(|unit| one(unit, &deviations, weights))
        .collect())
}

fn one(unit: usize, deviations: &Deviations, weights: &Weights) -> Option<GiStar> {
    let neighbours = weights.neighbours(unit);
    let n = deviations.z.len();
    if neighbours.len() <= 1 || neighbours.len() == n {
        return None;
    }
    // The weight of a row is one number, so it cancels: with k neighbours n·S₁ − W² is w²·k(n − k).
    let k = neighbours.len() as f64;
    let n = n as f64;
    let sum: f64 = neighbours.iter().map(|&j| deviations.z[j as usize]).sum();
    let z = sum / (deviations.variance() * k * (n - k) / (n - 1.0)).sqrt();
    Some(GiStar {
        z,
        p: two_sided_p(z),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(n: usize) -> Weights {
        Weights::from_neighbours((0..n).map(|i| [(i + 1) % n, (i + n - 1) % n]))
            .unwrap()
            .with_self()
    }

    #[test]
    fn weights_must_count_the_unit_itself() {
        let weights = ring(5).without_self();
        let refused = gi_star(&[1.0, 2.0, 3.0, 4.0, 5.0], &weights);
        assert_eq!(refused, Err(InputError::SelfMissing));
    }

    #[test]
    fn equal_values_and_no_values_say_nothing() {
        assert_eq!(gi_star(&[0.1; 5], &ring(5)).unwrap(), vec![None; 5]);
        assert_eq!(gi_star(&[], &ring(0)).unwrap(), vec![]);
    }

    #[test]
    fn an_island_and_a_neighbourhood_of_everything_say_nothing() {
        let weights = Weights::from_neighbours([vec![1, 2, 3], vec![0], vec![0], vec![0], vec![]])
            .unwrap()
            .with_self();
        let result = gi_star(&[1.0, 2.0, 3.0, 4.0, 5.0], &weights).unwrap();
        assert!(result[4].is_none());
        assert!(result[0].is_some());

        let all = gi_star(&[1.0, 2.0, 4.0], &ring(3)).unwrap();
        assert_eq!(all, vec![None; 3]);
    }

    #[test]
    fn row_standardising_changes_nothing() {
        let values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0];
        let binary = gi_star(&values, &ring(7)).unwrap();
        let standardised = gi_star(&values, &ring(7).row_standardised()).unwrap();
        assert_eq!(binary, standardised);
    }
}
