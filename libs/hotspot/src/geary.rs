//! Geary's C: how far do near places differ?

use crate::normal::two_sided_p;
use crate::values::{at_least, deviations};
use crate::{InputError, Weights};

/// Geary's C with its variance under both assumptions of Cliff and Ord. Its expectation is 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geary {
    /// The statistic: below 1 where near places are alike, above 1 where they differ.
    pub c: f64,
    /// Variance if the values are independent draws from one normal distribution.
    pub variance_normal: f64,
    /// Variance if the values found are re-arranged at random over the map.
    pub variance_random: f64,
    /// Standardised with the normal variance; negative where near places are alike.
    pub z_normal: f64,
    /// Standardised with the randomisation variance.
    pub z_random: f64,
    /// Two-sided p-value of `z_normal`.
    pub p_normal: f64,
    /// Two-sided p-value of `z_random`.
    pub p_random: f64,
}

/// Geary's C.
///
/// `C = (n − 1) · ΣᵢΣⱼ wᵢⱼ (xᵢ − xⱼ)² / (2 S₀ Σᵢ (xᵢ − x̄)²)`. Islands stay among the n units with no
/// weight. `None` where all values are equal or no unit has a neighbour.
///
/// Source: Geary, R. C. (1954), 'The contiguity ratio and statistical mapping', *The Incorporated
/// Statistician* 5(3); moments from Cliff and Ord (1981), *Spatial Processes*, section 1.4.2.
///
/// # Errors
///
/// [`InputError::TooFew`] below four units, [`InputError::SelfIncluded`] where a unit is its own
/// neighbour, and the errors of the values as in [`gi_star`](fn@crate::gi_star).
///
/// # Example
///
/// ```
/// use hotspot::{Weights, geary};
///
/// let shore = Weights::from_neighbours((0..8).map(|i| [(i + 1) % 8, (i + 7) % 8]))?;
/// let result = geary(&[9.0, 8.0, 9.0, 7.0, 1.0, 0.0, 2.0, 1.0], &shore.row_standardised())?;
/// assert!(result.ok_or("all equal")?.c < 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn geary(values: &[f64], weights: &Weights) -> Result<Option<Geary>, InputError> {
    if weights.includes_self() {
        return Err(InputError::SelfIncluded);
    }
    at_least(weights, 4)?;
    let Some(deviations) = deviations(values, weights)? else {
        return Ok(None);
    };
    let sums = weights.sums();
    if sums.s0 == 0.0 {
        return Ok(None);
    }
    let z = &deviations.z;
    let n = z.len() as f64;
    let squared_differences: f64 = (0..z.len())
        .map(|unit| {
            let row: f64 = weights
                .neighbours(unit)
                .iter()
                .map(|&j| (z[unit] - z[j as usize]).powi(2))
                .sum();
            weights.weight(unit) * row
        })
        .sum();
    let c = (n - 1.0) * squared_differences / (2.0 * sums.s0 * deviations.sum_of_squares);

    let s0_squared = sums.s0 * sums.s0;
    let variance_normal =
        ((2.0 * sums.s1 + sums.s2) * (n - 1.0) - 4.0 * s0_squared) / (2.0 * (n + 1.0) * s0_squared);
    let k = deviations.kurtosis();
    let s1_part = (n - 1.0) * sums.s1 * (n * n - 3.0 * n + 3.0 - (n - 1.0) * k);
    let s2_part = 0.25 * (n - 1.0) * sums.s2 * (n * n + 3.0 * n - 6.0 - (n * n - n + 2.0) * k);
    let s0_part = s0_squared * (n * n - 3.0 - (n - 1.0).powi(2) * k);
    let variance_random = (s1_part - s2_part + s0_part) / (n * (n - 2.0) * (n - 3.0) * s0_squared);

    let z_normal = (c - 1.0) / variance_normal.sqrt();
    let z_random = (c - 1.0) / variance_random.sqrt();
    Ok(Some(Geary {
        c,
        variance_normal,
        variance_random,
        z_normal,
        z_random,
        p_normal: two_sided_p(z_normal),
        p_random: two_sided_p(z_random),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_weights_are_refused_and_equal_values_say_nothing() {
        let ring = Weights::from_neighbours((0..5).map(|i| [(i + 1) % 5, (i + 4) % 5])).unwrap();
        assert_eq!(geary(&[2.0; 5], &ring), Ok(None));
        assert_eq!(
            geary(&[1.0, 2.0, 3.0, 4.0, 5.0], &ring.with_self()),
            Err(InputError::SelfIncluded)
        );
        let pair = Weights::from_neighbours([vec![1], vec![0]]).unwrap();
        assert_eq!(
            geary(&[1.0, 2.0], &pair),
            Err(InputError::TooFew {
                units: 2,
                needed: 4
            })
        );
    }
}
