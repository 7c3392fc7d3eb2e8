//! Global Moran's I: are near places alike?

use crate::normal::two_sided_p;
use crate::values::{at_least, deviations};
use crate::{InputError, Weights};

/// Moran's I with its expectation and variance under both assumptions of Cliff and Ord.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moran {
    /// The statistic: above `expected` where near places are alike, below it where they differ.
    pub i: f64,
    /// Its expectation without any pattern, −1/(n − 1).
    pub expected: f64,
    /// Variance if the values are independent draws from one normal distribution.
    pub variance_normal: f64,
    /// Variance if the values found are re-arranged at random over the map.
    pub variance_random: f64,
    /// Standardised with the normal variance.
    pub z_normal: f64,
    /// Standardised with the randomisation variance.
    pub z_random: f64,
    /// Two-sided p-value of `z_normal`.
    pub p_normal: f64,
    /// Two-sided p-value of `z_random`; the one to use for counts and rates, which are not normal.
    pub p_random: f64,
}

/// Global Moran's I.
///
/// `I = (n / S₀) · ΣᵢΣⱼ wᵢⱼ zᵢ zⱼ / Σᵢ zᵢ²` with z measured from the mean. Islands stay among the n units
/// with no weight, as in PySAL's esda. `None` where all values are equal or no unit has a neighbour.
///
/// Source: Cliff, A. D. and Ord, J. K. (1981), *Spatial Processes: Models and Applications*, Pion,
/// chapter 1 (moments in section 1.4.2, under N and R).
///
/// # Errors
///
/// [`InputError::TooFew`] below four units, [`InputError::SelfIncluded`] where a unit is its own
/// neighbour, and the errors of the values as in [`gi_star`](fn@crate::gi_star).
///
/// # Example
///
/// ```
/// use hotspot::{Weights, moran};
///
/// // Eight places round a lake; busy ones lie together.
/// let shore = Weights::from_neighbours((0..8).map(|i| [(i + 1) % 8, (i + 7) % 8]))?;
/// let result = moran(&[9.0, 8.0, 9.0, 7.0, 1.0, 0.0, 2.0, 1.0], &shore.row_standardised())?;
/// let result = result.ok_or("all equal")?;
/// assert!((result.i - 0.4903).abs() < 1e-4);
/// // Alike as they look, eight places are too few to rule out chance.
/// assert!(result.p_random > 0.05);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn moran(values: &[f64], weights: &Weights) -> Result<Option<Moran>, InputError> {
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
    let cross: f64 = (0..z.len())
        .map(|unit| z[unit] * weights.lag(unit, z))
        .sum();
    let i = n / sums.s0 * cross / deviations.sum_of_squares;

    let expected = -1.0 / (n - 1.0);
    let s0_squared = sums.s0 * sums.s0;
    let variance_normal = (n * n * sums.s1 - n * sums.s2 + 3.0 * s0_squared)
        / ((n * n - 1.0) * s0_squared)
        - expected * expected;
    let kurtosis = deviations.kurtosis();
    let a = n * ((n * n - 3.0 * n + 3.0) * sums.s1 - n * sums.s2 + 3.0 * s0_squared);
    let b = kurtosis * ((n * n - n) * sums.s1 - 2.0 * n * sums.s2 + 6.0 * s0_squared);
    let variance_random =
        (a - b) / ((n - 1.0) * (n - 2.0) * (n - 3.0) * s0_squared) - expected * expected;

    let z_normal = (i - expected) / variance_normal.sqrt();
    let z_random = (i - expected) / variance_random.sqrt();
    Ok(Some(Moran {
        i,
        expected,
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
    fn refuses_three_units_and_weights_with_self() {
        let three = Weights::from_neighbours([vec![1], vec![2], vec![0]]).unwrap();
        assert_eq!(
            moran(&[1.0, 2.0, 3.0], &three),
            Err(InputError::TooFew {
                units: 3,
                needed: 4
            })
        );
        assert_eq!(
            moran(&[1.0, 2.0, 3.0], &three.with_self()),
            Err(InputError::SelfIncluded)
        );
    }

    #[test]
    fn equal_values_and_islands_only_say_nothing() {
        let islands = Weights::from_neighbours(vec![Vec::new(); 5]).unwrap();
        assert_eq!(moran(&[1.0, 2.0, 3.0, 4.0, 5.0], &islands), Ok(None));
        let ring = Weights::from_neighbours((0..5).map(|i| [(i + 1) % 5, (i + 4) % 5])).unwrap();
        assert_eq!(moran(&[2.0; 5], &ring), Ok(None));
    }
}
