//! Local Moran's I: each place's part in the global pattern.

use rayon::prelude::*;

use crate::values::deviations;
use crate::{InputError, Weights};

/// Local Moran's Iᵢ of each unit.
///
/// `Iᵢ = zᵢ · Σⱼ wᵢⱼ zⱼ / m₂` with z measured from the mean and `m₂ = Σz²/(n − 1)`: the denominator n − 1
/// is esda's choice; Anselin's paper divides by n, which makes every Iᵢ larger by n/(n − 1). Positive where
/// a unit is like its neighbours (both high or both low), negative where it stands out from them. No
/// p-value is given: the analytic one is known to be poor, and permutation is a matter of its own.
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
