//! The checks and moments that all statistics share.

use crate::{InputError, Weights};

/// Values measured from their mean, with their second moment.
pub(crate) struct Deviations {
    /// Each value minus the mean.
    pub(crate) z: Vec<f64>,
    /// Σz².
    pub(crate) sum_of_squares: f64,
}

impl Deviations {
    /// Mean square, with `n` below.
    pub(crate) fn variance(&self) -> f64 {
        self.sum_of_squares / self.z.len() as f64
    }

    /// The kurtosis Σz⁴/n over (Σz²/n)², as Cliff and Ord's randomisation moments want it.
    pub(crate) fn kurtosis(&self) -> f64 {
        // Dividing first keeps fourth powers in range for any spread that `deviations` lets pass.
        let variance = self.variance();
        let fourth: f64 = self.z.iter().map(|z| (z * z / variance).powi(2)).sum();
        fourth / self.z.len() as f64
    }
}

/// Checks that there is one finite value per unit and centres them on their mean.
///
/// `None` where all values are equal: nothing varies, so no statistic of variation exists. Sums run in
/// the order of the input whatever the number of threads, so that results repeat to the last bit.
pub(crate) fn deviations(
    values: &[f64],
    weights: &Weights,
) -> Result<Option<Deviations>, InputError> {
    if values.len() != weights.len() {
        return Err(InputError::Length {
            values: values.len(),
            units: weights.len(),
        });
    }
    if let Some(index) = values.iter().position(|value| !value.is_finite()) {
        return Err(InputError::NotFinite { index });
    }
    let Some(&first) = values.first() else {
        return Ok(None);
    };
    // Compared exactly: the mean of equal values may differ from them by rounding.
    if values.iter().all(|&value| value == first) {
        return Ok(None);
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let z: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let sum_of_squares: f64 = z.iter().map(|z| z * z).sum();
    if !sum_of_squares.is_normal() {
        return Err(InputError::Range);
    }
    Ok(Some(Deviations { z, sum_of_squares }))
}

/// Refuses fewer units than a statistic's variance needs.
pub(crate) fn at_least(weights: &Weights, needed: usize) -> Result<(), InputError> {
    if weights.len() < needed {
        return Err(InputError::TooFew {
            units: weights.len(),
            needed,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(n: usize) -> Weights {
        Weights::from_neighbours((0..n).map(|i| if i + 1 < n { vec![i + 1] } else { vec![] }))
            .unwrap()
    }

    #[test]
    fn refuses_what_cannot_be_counted() {
        let refused = |values: &[f64]| deviations(values, &chain(3)).err();
        assert_eq!(
            refused(&[1.0, 2.0]),
            Some(InputError::Length {
                values: 2,
                units: 3
            })
        );
        assert_eq!(
            refused(&[1.0, f64::NAN, 2.0]),
            Some(InputError::NotFinite { index: 1 })
        );
        assert_eq!(
            refused(&[1.0, 2.0, f64::INFINITY]),
            Some(InputError::NotFinite { index: 2 })
        );
        assert_eq!(refused(&[1e200, 2e200, 3e200]), Some(InputError::Range));
        assert_eq!(refused(&[1e-200, 2e-200, 3e-200]), Some(InputError::Range));
    }

    #[test]
    fn equal_values_have_no_deviations_even_when_their_mean_rounds() {
        assert!(deviations(&[0.1; 3], &chain(3)).unwrap().is_none());
        assert!(deviations(&[], &chain(0)).unwrap().is_none());
    }
}
