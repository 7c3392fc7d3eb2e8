//! Counts against what exposure leads to expect: an exact local test.

use rayon::prelude::*;

use crate::special::binomial_tails;
use crate::{RateError, Weights};

/// A place and its neighbours against what their share of the exposure leads to expect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoissonLocal {
    /// Incidents counted in the unit and its neighbours.
    pub observed: u64,
    /// Incidents expected there, had everybody the rate of the whole map.
    pub expected: f64,
    /// Chance of as many or more, without any pattern.
    pub p_high: f64,
    /// Chance of as many or fewer.
    pub p_low: f64,
    /// Twice the smaller, at most 1.
    pub p_two_sided: f64,
    /// As `p_high` with the chance of exactly this many halved: less cautious where counts are small.
    pub mid_p_high: f64,
}

/// Tests each unit, with its neighbours, for more or fewer incidents than its share of the exposure
/// (residents, homes, addresses) leads to expect.
///
/// If incidents are Poisson with one rate everywhere then, given their total Y over exposure E, the count
/// of a neighbourhood with exposure Eᵢ is binomial with Y trials and chance Eᵢ/E. The tails are exact, so
/// the test holds for counts of any size and needs no permutation. It supposes independent incidents:
/// repeat incidents at one address make more places look busy than are.
///
/// `weights` say who is a neighbour; the unit itself always counts. `None` where the neighbourhood has no
/// exposure or all of it, and where nothing was counted at all.
///
/// Source: Besag, J. and Newell, J. (1991), 'The detection of clusters in rare diseases', *Journal of the
/// Royal Statistical Society A* 154(1), with neighbourhoods given instead of grown; the conditional form
/// is Przyborowski and Wilenski's (see [`rate_ratio`](fn@crate::rate_ratio)).
///
/// # Errors
///
/// As [`empirical_bayes`](fn@crate::empirical_bayes).
///
/// # Example
///
/// ```
/// use hotspot::{Weights, poisson_local};
///
/// let road = Weights::from_neighbours([vec![1], vec![0, 2], vec![1, 3], vec![2]])?;
/// let found = poisson_local(&[9, 8, 1, 0], &[100.0, 100.0, 100.0, 900.0], &road)?;
/// let first = found[0].ok_or("nobody lives there")?;
/// assert_eq!((first.observed, first.expected), (17, 3.0));
/// assert!(first.p_high < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn poisson_local(
    counts: &[u64],
    exposures: &[f64],
    weights: &Weights,
) -> Result<Vec<Option<PoissonLocal>>, RateError> {
    for others in [exposures.len(), weights.len()] {
        if others != counts.len() {
            return Err(RateError::Lengths {
                counts: counts.len(),
                others,
            });
        }
    }
    for (&count, &exposure) in counts.iter().zip(exposures) {
        if !exposure.is_finite() || exposure < 0.0 {
            return Err(RateError::Exposure(exposure));
        }
        if exposure == 0.0 && count > 0 {
            return Err(RateError::CountWithoutExposure(count));
        }
    }
    let total: u64 = counts.iter().sum();
    let everybody: f64 = exposures.iter().sum();
    let weights = weights.with_self();
    Ok((0..counts.len())
        .into_par_iter()
        .with_min_len(256)
        .map(|unit| {
            let row = weights.neighbours(unit);
            let observed: u64 = row.iter().map(|&j| counts[j as usize]).sum();
            let exposure: f64 = row.iter().map(|&j| exposures[j as usize]).sum();
            let share = exposure / everybody;
            if total == 0 || share <= 0.0 || share >= 1.0 || row.len() == counts.len() {
                return None;
            }
            let (p_low, p_high) = binomial_tails(observed, total, share);
            Some(PoissonLocal {
                observed,
                expected: share * total as f64,
                p_high,
                p_low,
                p_two_sided: (2.0 * p_high.min(p_low)).min(1.0),
                // p_low and p_high share the chance of exactly this many.
                mid_p_high: p_high - 0.5 * (p_high + p_low - 1.0).max(0.0),
            })
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_the_binomial_summed() {
        let weights = Weights::from_neighbours([vec![1], vec![0], vec![]]).unwrap();
        let found = poisson_local(&[2, 1, 7], &[10.0, 20.0, 70.0], &weights).unwrap();
        let first = found[0].unwrap();
        // Three of ten with chance 0.3: the classic table.
        let chance = |k: i32| {
            (0..k)
                .map(|i| f64::from(10 - i) / f64::from(i + 1))
                .product::<f64>()
                * 0.3_f64.powi(k)
                * 0.7_f64.powi(10 - k)
        };
        let low: f64 = (0..=3).map(chance).sum();
        let high: f64 = (3..=10).map(chance).sum();
        assert!((first.p_low - low).abs() < 1e-12);
        assert!((first.p_high - high).abs() < 1e-12);
        assert!((first.mid_p_high - (high - 0.5 * chance(3))).abs() < 1e-12);
        assert_eq!(first.p_two_sided, 1.0);
    }

    #[test]
    fn nobody_everybody_and_nothing_have_no_test() {
        let weights = Weights::from_neighbours([vec![1], vec![0], vec![]]).unwrap();
        let found = poisson_local(&[0, 0, 4], &[0.0, 0.0, 5.0], &weights).unwrap();
        assert_eq!(found, vec![None; 3]);
        let found = poisson_local(&[0, 0, 0], &[1.0, 1.0, 5.0], &weights).unwrap();
        assert_eq!(found, vec![None; 3]);
        assert_eq!(
            poisson_local(&[0, 2, 0], &[1.0, 0.0, 5.0], &weights),
            Err(RateError::CountWithoutExposure(2))
        );
        assert!(poisson_local(&[0, 2], &[1.0, 0.0, 5.0], &weights).is_err());
        assert!(poisson_local(&[0, 2, 1], &[1.0, f64::NAN, 5.0], &weights).is_err());
    }
}
