//! Local Moran's I: each place's part in the global pattern.

use rayon::prelude::*;

use crate::gi::conditional;
use crate::normal::two_sided_p;
use crate::values::deviations;
use crate::{InputError, Weights};

/// Local Moran's Iᵢ of one unit with its moments under conditional randomisation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalMoran {
    /// The statistic.
    pub i: f64,
    /// Its expectation where the unit keeps its value and the others are re-arranged.
    pub expected: f64,
    /// Its variance under the same re-arrangement.
    pub variance: f64,
    /// Standardised with both.
    pub z: f64,
    /// Two-sided p-value of `z` under the normal approximation, before any correction for testing many
    /// units at once.
    pub p: f64,
    /// Where the unit lies: its own value against the mean, and its neighbours' mean against the mean.
    pub quadrant: Quadrant,
}

/// A unit and its neighbours against the mean of the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quadrant {
    /// High among high: the middle of a busy area.
    HighHigh,
    /// Low among high: a quiet place in a busy area.
    LowHigh,
    /// Low among low: the middle of a quiet area.
    LowLow,
    /// High among low: a busy place in a quiet area.
    HighLow,
}

/// Local Moran's Iᵢ of each unit.
///
/// `Iᵢ = zᵢ · Σⱼ wᵢⱼ zⱼ / m₂` with z measured from the mean and `m₂ = Σz²/(n − 1)`: the denominator n − 1
/// is esda's choice; Anselin's paper divides by n, which makes every Iᵢ larger by n/(n − 1). Positive where
/// a unit is like its neighbours (both high or both low), negative where it stands out from them. For
/// p-values see [`local_permutation`](fn@crate::local_permutation) and [`local_moran_test`].
///
/// `None` for islands, and for every unit where all values are equal.
///
/// Source: Anselin, L. (1995), 'Local indicators of spatial association: LISA', *Geographical Analysis*
/// 27(2), equation 12.
///
/// # Errors
///
/// [`InputError::SelfIncluded`] where a unit is its own neighbour, and the errors of the values as in
/// [`gi_star`](fn@crate::gi_star).
///
/// # Example
///
/// ```
/// use hotspot::{Weights, local_moran};
///
/// let shore = Weights::from_neighbours((0..4).map(|i| [(i + 1) % 4, (i + 3) % 4]))?;
/// // One busy place between quiet ones stands out from its neighbours.
/// let result = local_moran(&[9.0, 1.0, 2.0, 1.0], &shore.row_standardised())?;
/// assert!(result[0].is_some_and(|i| i < 0.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn local_moran(values: &[f64], weights: &Weights) -> Result<Vec<Option<f64>>, InputError> {
    if weights.includes_self() {
        return Err(InputError::SelfIncluded);
    }
    let Some(deviations) = deviations(values, weights)? else {
        return Ok(vec![None; values.len()]);
    };
    let z = &deviations.z;
    let m2 = deviations.sum_of_squares / (z.len() as f64 - 1.0);
    Ok((0..z.len())
        .into_par_iter()
        .with_min_len(1024)
        .map(|unit| {
            (!weights.neighbours(unit).is_empty()).then(|| z[unit] / m2 * weights.lag(unit, z))
        })
        .collect())
}

/// Local Moran's Iᵢ of each unit with its analytic p-value under conditional randomisation.
///
/// Iᵢ is that of [`local_moran`]. Given the unit's own value, its expectation and variance over all
/// re-arrangements of the other units are exact:
///
/// ```text
/// E[Iᵢ] = −zᵢ² Wᵢ / ((n − 1) m₂)
/// V[Iᵢ] = (zᵢ/m₂)² s₍ᵢ₎² ((n − 1) S₁ᵢ − Wᵢ²) / (n − 2)
/// ```
///
/// with s₍ᵢ₎² the mean square of the others about their own mean. The standardised value is therefore that
/// of Gi with the sign of zᵢ. The normal shape is poor where most units are empty:
/// [`local_permutation`](fn@crate::local_permutation) does without it.
///
/// `None` for islands, for a unit whose neighbours are all other units, for a unit exactly at the mean
/// (its Iᵢ is 0 whatever the others do), and where all others are equal.
///
/// Source: Sokal, R. R., Oden, N. L. and Thomson, B. A. (1998), 'Local spatial autocorrelation in a
/// biological model', *Geographical Analysis* 30(4).
///
/// # Errors
///
/// As [`local_moran`].
///
/// # Example
///
/// ```
/// use hotspot::{Quadrant, Weights, local_moran_test};
///
/// let lake = Weights::from_neighbours((0..8).map(|i| [(i + 1) % 8, (i + 7) % 8]))?;
/// let result = local_moran_test(&[0.0, 9.0, 8.0, 9.0, 1.0, 0.0, 2.0, 1.0], &lake)?;
/// let middle = result[2].ok_or("nothing to test")?;
/// assert_eq!(middle.quadrant, Quadrant::HighHigh);
/// assert!(middle.z > 2.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn local_moran_test(
    values: &[f64],
    weights: &Weights,
) -> Result<Vec<Option<LocalMoran>>, InputError> {
    if weights.includes_self() {
        return Err(InputError::SelfIncluded);
    }
    let Some(deviations) = deviations(values, weights)? else {
        return Ok(vec![None; values.len()]);
    };
    let z = &deviations.z;
    let m2 = deviations.sum_of_squares / (z.len() as f64 - 1.0);
    Ok((0..z.len())
        .into_par_iter()
        .with_min_len(1024)
        .map(|unit| {
            let own = z[unit];
            if own == 0.0 {
                return None;
            }
            let sum = conditional(unit, &deviations, weights)?;
            let scale = own / m2 * weights.weight(unit);
            let standard =
                (sum.observed - sum.expected) / sum.variance.sqrt() * 1.0_f64.copysign(own);
            Some(LocalMoran {
                i: scale * sum.observed,
                expected: scale * sum.expected,
                variance: scale * scale * sum.variance,
                z: standard,
                p: two_sided_p(standard),
                quadrant: match (own > 0.0, sum.observed > 0.0) {
                    (true, true) => Quadrant::HighHigh,
                    (false, true) => Quadrant::LowHigh,
                    (false, false) => Quadrant::LowLow,
                    (true, false) => Quadrant::HighLow,
                },
            })
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moran;

    #[test]
    fn the_parts_add_up_to_the_global_statistic() {
        // Σ Iᵢ = S₀ · I · (n − 1)/n, here with S₀ = n.
        let ring = Weights::from_neighbours((0..6).map(|i| [(i + 1) % 6, (i + 5) % 6]))
            .unwrap()
            .row_standardised();
        let values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0];
        let parts: f64 = local_moran(&values, &ring).unwrap().iter().flatten().sum();
        let whole = moran(&values, &ring).unwrap().unwrap().i;
        assert!((parts - whole * 5.0).abs() < 1e-12);
    }

    #[test]
    fn islands_and_equal_values_say_nothing() {
        let weights = Weights::from_neighbours([vec![1], vec![0], vec![]]).unwrap();
        let result = local_moran(&[1.0, 2.0, 4.0], &weights).unwrap();
        assert!(result[0].is_some() && result[2].is_none());
        assert_eq!(local_moran(&[1.0; 3], &weights).unwrap(), vec![None; 3]);
        assert_eq!(
            local_moran(&[1.0, 2.0, 4.0], &weights.with_self()),
            Err(InputError::SelfIncluded)
        );
    }
}
