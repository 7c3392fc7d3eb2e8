//! Rates of small areas, drawn towards the whole by how little each area knows.

use crate::{RateError, Weights};

/// Empirical Bayes rates, all areas drawn towards the rate of the whole map.
///
/// With counts yᵢ, exposures nᵢ, rᵢ = yᵢ/nᵢ, m = Σy/Σn and n̄ = Σn/N:
///
/// ```text
/// s² = Σ nᵢ (rᵢ − m)² / Σ nᵢ        A = max(0, s² − m/n̄)
/// θᵢ = m + (rᵢ − m) · A / (A + m/nᵢ)
/// ```
///
/// An area with few residents says little, so its rate moves most. The answer is per unit of exposure, in
/// the order of the input; `None` for an area without exposure. Where the areas differ no more than chance
/// makes them differ (A = 0) all get the rate of the whole. PySAL's esda leaves A negative there, which
/// turns high rates into low ones.
///
/// Source: Marshall, R. J. (1991), 'Mapping disease and mortality rates using empirical Bayes estimators',
/// *Journal of the Royal Statistical Society C* 40(2), global estimator by moments.
///
/// # Errors
///
/// [`RateError::Lengths`] where counts and exposures differ in number, [`RateError::Exposure`] for an
/// exposure below zero or not finite, [`RateError::CountWithoutExposure`] for incidents among nobody.
///
/// # Example
///
/// ```
/// use hotspot::empirical_bayes;
///
/// // The last area is a hamlet where two incidents make a frightening rate.
/// let rates = empirical_bayes(&[30, 90, 10, 2], &[1_000.0, 1_500.0, 900.0, 10.0])?;
/// assert!(rates[3].is_some_and(|rate| rate < 0.1)); // not 0.2
/// assert!(rates[1].is_some_and(|rate| (rate - 0.06).abs() < 0.002)); // hardly moved
/// # Ok::<(), hotspot::RateError>(())
/// ```
pub fn empirical_bayes(counts: &[u64], exposures: &[f64]) -> Result<Vec<Option<f64>>, RateError> {
    check(counts, exposures)?;
    let all: Vec<usize> = (0..counts.len()).collect();
    let prior = Prior::of(counts, exposures, all.iter().copied());
    Ok(all
        .iter()
        .map(|&unit| prior.as_ref()?.smoothed(counts[unit], exposures[unit]))
        .collect())
}

/// Empirical Bayes rates, each area drawn towards the rate of itself and its neighbours.
///
/// As [`empirical_bayes`], with m and A taken over the area and its neighbours (`weights` with or without
/// self; how they are standardised does not matter). An island keeps its own rate, as there is nothing to
/// draw it towards.
///
/// Source: Marshall (1991), local estimator.
///
/// # Errors
///
/// As [`empirical_bayes`].
pub fn spatial_empirical_bayes(
    counts: &[u64],
    exposures: &[f64],
    weights: &Weights,
) -> Result<Vec<Option<f64>>, RateError> {
    check(counts, exposures)?;
    if counts.len() != weights.len() {
        return Err(RateError::Lengths {
            counts: counts.len(),
            others: weights.len(),
        });
    }
    let weights = weights.with_self();
    Ok((0..counts.len())
        .map(|unit| {
            let row = weights.neighbours(unit).iter().map(|&j| j as usize);
            Prior::of(counts, exposures, row)?.smoothed(counts[unit], exposures[unit])
        })
        .collect())
}

/// Standardised rates for a Moran test that allows for how much the areas differ in exposure.
///
/// `zᵢ = (rᵢ − b) / √(a + b/nᵢ)` with b = Σy/Σn and a = s² − b/n̄; where a + b/nᵢ falls below zero, b/nᵢ is
/// taken. Use the answer as the values of [`moran`](fn@crate::moran) or
/// [`local_permutation`](fn@crate::local_permutation): plain rates of small areas vary most, and would look
/// like a pattern where small areas lie together.
///
/// `None` where any area has no exposure or nothing was counted: leave areas without exposure out, as the
/// test must be over one set of areas.
///
/// Source: Assunção, R. M. and Reis, E. A. (1999), 'A new proposal to adjust Moran's I for population
/// density', *Statistics in Medicine* 18.
///
/// # Errors
///
/// As [`empirical_bayes`].
pub fn empirical_bayes_index(
    counts: &[u64],
    exposures: &[f64],
) -> Result<Option<Vec<f64>>, RateError> {
    check(counts, exposures)?;
    if exposures.contains(&0.0) || counts.iter().all(|&count| count == 0) {
        return Ok(None);
    }
    let Some(prior) = Prior::of(counts, exposures, 0..counts.len()) else {
        return Ok(None);
    };
    let index = counts.iter().zip(exposures).map(|(&count, &exposure)| {
        let chance = prior.mean / exposure;
        let variance = prior.spread + chance;
        let variance = if variance < 0.0 { chance } else { variance };
        (count as f64 / exposure - prior.mean) / variance.sqrt()
    });
    Ok(Some(index.collect()))
}

/// What a group of areas says of the rate of any of them.
struct Prior {
    mean: f64,
    /// Variance between areas beyond chance; below zero where there is less than chance makes.
    spread: f64,
}

impl Prior {
    fn of(
        counts: &[u64],
        exposures: &[f64],
        units: impl Iterator<Item = usize> + Clone,
    ) -> Option<Self> {
        let (mut count, mut exposure, mut areas) = (0.0, 0.0, 0.0);
        for unit in units.clone().filter(|&unit| exposures[unit] > 0.0) {
            count += counts[unit] as f64;
            exposure += exposures[unit];
            areas += 1.0;
        }
        if exposure == 0.0 {
            return None;
        }
        let mean = count / exposure;
        let squares: f64 = units
            .filter(|&unit| exposures[unit] > 0.0)
            .map(|unit| exposures[unit] * (counts[unit] as f64 / exposures[unit] - mean).powi(2))
            .sum();
        Some(Self {
            mean,
            spread: squares / exposure - mean * areas / exposure,
        })
    }

    fn smoothed(&self, count: u64, exposure: f64) -> Option<f64> {
        if exposure == 0.0 {
            return None;
        }
        let spread = self.spread.max(0.0);
        let share = if self.mean == 0.0 {
            0.0
        } else {
            spread / (spread + self.mean / exposure)
        };
        Some(self.mean + (count as f64 / exposure - self.mean) * share)
    }
}

fn check(counts: &[u64], exposures: &[f64]) -> Result<(), RateError> {
    if counts.len() != exposures.len() {
        return Err(RateError::Lengths {
            counts: counts.len(),
            others: exposures.len(),
        });
    }
    for (&count, &exposure) in counts.iter().zip(exposures) {
        if !exposure.is_finite() || exposure < 0.0 {
            return Err(RateError::Exposure(exposure));
        }
        if exposure == 0.0 && count > 0 {
            return Err(RateError::CountWithoutExposure(count));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTS: [u64; 8] = [30, 90, 10, 2, 0, 41, 17, 5];
    const EXPOSURES: [f64; 8] = [1000.0, 1500.0, 900.0, 10.0, 50.0, 1200.0, 300.0, 420.0];

    #[track_caller]
    fn close(found: &[Option<f64>], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                found.is_some_and(|f| (f - expected).abs() < 1e-14),
                "{found:?} {expected}"
            );
        }
    }

    #[test]
    fn rates_are_those_of_esda() {
        // Computed with esda 2.9.0: Empirical_Bayes, Spatial_Empirical_Bayes (a ring), assuncao_rate.
        close(
            &empirical_bayes(&COUNTS, &EXPOSURES).unwrap(),
            &[
                0.030_587_763_931_566_23,
                0.058_461_329_375_773_655,
                0.013_712_177_368_134_564,
                0.050_623_736_921_855_83,
                0.024_468_928_893_276_804,
                0.034_332_289_319_525_24,
                0.051_413_844_905_443_526,
                0.016_731_602_714_903_91,
            ],
        );
        let ring = Weights::from_neighbours((0..8).map(|i| [(i + 1) % 8, (i + 7) % 8])).unwrap();
        close(
            &spatial_empirical_bayes(&COUNTS, &EXPOSURES, &ring).unwrap(),
            &[
                0.031_592_948_353_912_804,
                0.058_664_568_969_506_26,
                0.013_349_332_202_781_138,
                0.052_324_521_422_060_16,
                0.026_901_393_081_875_38,
                0.035_376_750_120_697_98,
                0.045_964_371_251_139_224,
                0.017_815_930_895_783_19,
            ],
        );
        let index = empirical_bayes_index(&COUNTS, &EXPOSURES).unwrap().unwrap();
        close(
            &index.into_iter().map(Some).collect::<Vec<_>>(),
            &[
                -0.318_239_291_524_277_1,
                1.229_890_882_514_900_9,
                -1.274_100_514_248_775_6,
                2.597_834_283_140_231_5,
                -1.106_095_133_640_791_4,
                -0.106_762_521_066_248_85,
                0.942_264_063_510_955,
                -1.166_797_599_739_561,
            ],
        );
    }

    #[test]
    fn areas_that_differ_by_chance_alone_get_one_rate() {
        let rates = empirical_bayes(&[5, 5, 5], &[100.0; 3]).unwrap();
        close(&rates, &[0.05; 3]);
        let rates = empirical_bayes(&[4, 5, 6], &[100.0; 3]).unwrap();
        close(&rates, &[0.05; 3]);
        assert_eq!(
            empirical_bayes(&[0, 0], &[1.0, 2.0]).unwrap(),
            [Some(0.0); 2]
        );
    }

    #[test]
    fn areas_without_anybody_have_no_rate() {
        let rates = empirical_bayes(&[1, 0, 9], &[10.0, 0.0, 20.0]).unwrap();
        assert!(rates[0].is_some() && rates[1].is_none());
        assert_eq!(empirical_bayes(&[0], &[0.0]).unwrap(), [None]);
        assert_eq!(empirical_bayes_index(&[0, 1], &[0.0, 5.0]), Ok(None));
        assert_eq!(
            empirical_bayes(&[1], &[0.0]),
            Err(RateError::CountWithoutExposure(1))
        );
        assert!(empirical_bayes(&[1], &[f64::NAN]).is_err());
        assert!(empirical_bayes(&[1], &[]).is_err());
    }
}
