//! How sure a share, a count, a rate or a change is.
//!
//! Counts and rates take the exact Poisson intervals of the library `hotspot`, which are passed on here.

use thiserror::Error;

use crate::numeric::distributions::critical;
use crate::numeric::level;
pub use hotspot::{
    CONFIDENCE_95, ConfidenceError, Interval, Rate, RateError, RatioEstimate, rate_per_1000,
    rate_ratio, relative_change,
};

/// A share of a whole with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proportion {
    /// How many have it.
    pub count: u64,
    /// How many there are.
    pub of: u64,
    /// The share, 0 to 1.
    pub share: f64,
    /// Its interval.
    pub interval: Interval,
}

/// Why a share could not be computed.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ProportionError {
    /// More have it than there are.
    #[error("{count} of {of} cannot be: the part is larger than the whole")]
    PartAboveWhole {
        /// How many have it.
        count: u64,
        /// How many there are.
        of: u64,
    },
    /// The confidence level is unusable.
    #[error(transparent)]
    Confidence(#[from] ConfidenceError),
}

/// A share with Wilson's score interval. `None` of nobody: there is no share then.
///
/// With p = count/of, n = of and z the normal quantile,
/// (p + z²/2n ± z√(p(1 − p)/n + z²/4n²)) / (1 + z²/n). Unlike p ± z√(p(1 − p)/n) it stays within 0 and 1
/// and does not collapse where nobody, or everybody, has it. It takes people as drawn independently: for
/// survey answers with weights use the survey's own design.
///
/// Source: Wilson, E. B. (1927), 'Probable inference, the law of succession, and statistical inference',
/// *Journal of the American Statistical Association* 22.
///
/// # Errors
///
/// [`ProportionError`] where the part exceeds the whole or the level is not between 0 and 1.
///
/// # Example
///
/// ```
/// use appraisal::intervals::{CONFIDENCE_95, wilson};
///
/// let again = wilson(81, 263, CONFIDENCE_95)?.ok_or("nobody")?;
/// assert_eq!(format!("{:.4}", again.share), "0.3080");
/// assert_eq!(format!("{:.4} to {:.4}", again.interval.lower, again.interval.upper), "0.2553 to 0.3662");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn wilson(count: u64, of: u64, confidence: f64) -> Result<Option<Proportion>, ProportionError> {
    let confidence = level(confidence)?;
    if count > of {
        return Err(ProportionError::PartAboveWhole { count, of });
    }
    if of == 0 {
        return Ok(None);
    }
    let (p, n) = (count as f64 / of as f64, of as f64);
    let z = critical(confidence, None);
    let square = z * z;
    let centre = p + square / (2.0 * n);
    let reach = z * (p * (1.0 - p) / n + square / (4.0 * n * n)).sqrt();
    let below = 1.0 + square / n;
    Ok(Some(Proportion {
        count,
        of,
        share: p,
        interval: Interval {
            // At the ends the bound is the end itself, which rounding would miss.
            lower: if count == 0 {
                0.0
            } else {
                ((centre - reach) / below).max(0.0)
            },
            upper: if count == of {
                1.0
            } else {
                ((centre + reach) / below).min(1.0)
            },
        },
    }))
}

/// A count with the exact Poisson interval of what might be expected in such a period.
///
/// # Errors
///
/// [`RateError::Confidence`] for a level outside 0 to 1.
///
/// # Example
///
/// ```
/// use appraisal::intervals::{CONFIDENCE_95, expected_count};
///
/// let expected = expected_count(10, CONFIDENCE_95)?;
/// assert_eq!(format!("{:.2} to {:.2}", expected.lower, expected.upper), "4.80 to 18.39");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn expected_count(count: u64, confidence: f64) -> Result<Interval, RateError> {
    // A rate per 1,000 of an exposure of 1,000 is the count.
    let rate = rate_per_1000(count, 1_000.0, confidence)?;
    Ok(rate.map_or(
        Interval {
            lower: 0.0,
            upper: 0.0,
        },
        |rate| rate.interval,
    ))
}

/// The difference of two shares, later less earlier, with Newcombe's interval from two of Wilson's.
/// `None` where either is of nobody.
///
/// Source: Newcombe, R. G. (1998), 'Interval estimation for the difference between independent proportions:
/// comparison of eleven methods', *Statistics in Medicine* 17, method 10.
///
/// # Errors
///
/// As [`wilson`].
pub fn difference_of_shares(
    later: (u64, u64),
    earlier: (u64, u64),
    confidence: f64,
) -> Result<Option<RatioEstimate>, ProportionError> {
    let later = wilson(later.0, later.1, confidence)?;
    let earlier = wilson(earlier.0, earlier.1, confidence)?;
    let (Some(later), Some(earlier)) = (later, earlier) else {
        return Ok(None);
    };
    let estimate = later.share - earlier.share;
    let root = |a: f64, b: f64| (a * a + b * b).sqrt();
    let down = root(
        later.share - later.interval.lower,
        earlier.interval.upper - earlier.share,
    );
    let up = root(
        later.interval.upper - later.share,
        earlier.share - earlier.interval.lower,
    );
    Ok(Some(RatioEstimate {
        estimate,
        interval: Interval {
            lower: estimate - down,
            upper: estimate + up,
        },
    }))
}

/// What a change says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reading {
    /// The interval lies below no change.
    Fell,
    /// The interval holds no change: chance alone could have done it.
    NotClear,
    /// The interval lies above no change.
    Rose,
}

/// How a count compares with earlier years.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Mean of the earlier years.
    pub base: f64,
    /// Relative change on it: -0.2 is down by a fifth.
    pub change: f64,
    /// Its exact interval.
    pub interval: Interval,
    /// What it says.
    pub reading: Reading,
}

/// A year's (or quarter's) count against the same of earlier years: give one for 'on last year', three for
/// the three-year mean. Each comes with its exposure, residents or days, all in the same unit.
///
/// `None` where there is nothing to compare with: no earlier year, no earlier incident, or no exposure.
/// Leave out years recorded in another way, and years without figures: they are not zero.
///
/// The interval is that of [`rate_ratio`]: chance alone, incidents taken as independent.
///
/// # Errors
///
/// As [`rate_ratio`].
///
/// # Example
///
/// ```
/// use appraisal::intervals::{CONFIDENCE_95, Reading, on_earlier_years};
///
/// let on_last_year = on_earlier_years((900, 1.0), &[(1_000, 1.0)], CONFIDENCE_95)?.ok_or("no year")?;
/// assert_eq!(on_last_year.reading, Reading::Fell);
/// let on_three = on_earlier_years((90, 1.0), &[(100, 1.0), (95, 1.0), (90, 1.0)], CONFIDENCE_95)?
///     .ok_or("no year")?;
/// assert_eq!(on_three.base, 95.0);
/// assert_eq!(on_three.reading, Reading::NotClear);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn on_earlier_years(
    now: (u64, f64),
    earlier: &[(u64, f64)],
    confidence: f64,
) -> Result<Option<Comparison>, RateError> {
    for &(count, exposure) in earlier {
        // Each year by itself, so that a sum hides no impossible one.
        rate_per_1000(count, exposure, confidence)?;
    }
    let count = earlier
        .iter()
        .fold(0_u64, |sum, (count, _)| sum.saturating_add(*count));
    let exposure: f64 = earlier.iter().map(|(_, exposure)| exposure).sum();
    let Some(change) = relative_change(now, (count, exposure), confidence)? else {
        return Ok(None);
    };
    let reading = if change.interval.upper < 0.0 {
        Reading::Fell
    } else if change.interval.lower > 0.0 {
        Reading::Rose
    } else {
        Reading::NotClear
    };
    Ok(Some(Comparison {
        base: count as f64 / earlier.len() as f64,
        change: change.estimate,
        interval: change.interval,
        reading,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newcombes_table() {
        // Newcombe (1998), Table II, method 10: 56/70 − 48/80, and 9/10 − 3/10.
        let d = difference_of_shares((56, 70), (48, 80), 0.95)
            .unwrap()
            .unwrap();
        assert!((d.estimate - 0.2).abs() < 1e-12);
        assert!((d.interval.lower - 0.0524).abs() < 5e-5, "{d:?}");
        assert!((d.interval.upper - 0.3339).abs() < 5e-5, "{d:?}");
        let d = difference_of_shares((9, 10), (3, 10), 0.95)
            .unwrap()
            .unwrap();
        assert!((d.interval.lower - 0.1705).abs() < 5e-5, "{d:?}");
        assert!((d.interval.upper - 0.8090).abs() < 5e-5, "{d:?}");
    }

    #[test]
    fn wilson_at_the_ends() {
        // Newcombe (1998, the paper on one proportion), Table I: 0/20 and 1/29.
        let none = wilson(0, 20, 0.95).unwrap().unwrap();
        assert_eq!(none.interval.lower, 0.0);
        assert!((none.interval.upper - 0.1611).abs() < 5e-5);
        let one = wilson(1, 29, 0.95).unwrap().unwrap();
        assert!((one.interval.lower - 0.0061).abs() < 5e-5);
        assert!((one.interval.upper - 0.1718).abs() < 5e-5);
        let all = wilson(20, 20, 0.95).unwrap().unwrap();
        assert_eq!(all.interval.upper, 1.0);
        assert_eq!(wilson(0, 0, 0.95), Ok(None));
        assert!(matches!(
            wilson(2, 1, 0.95),
            Err(ProportionError::PartAboveWhole { .. })
        ));
        assert!(wilson(1, 2, f64::NAN).is_err());
    }

    #[test]
    fn nothing_to_compare_with_is_no_change_of_nothing() {
        assert_eq!(on_earlier_years((4, 1.0), &[], 0.95), Ok(None));
        assert_eq!(on_earlier_years((4, 1.0), &[(0, 1.0)], 0.95), Ok(None));
        assert!(on_earlier_years((4, 1.0), &[(3, 0.0), (3, 2.0)], 0.95).is_err());
        assert!(on_earlier_years((4, f64::NAN), &[(3, 1.0)], 0.95).is_err());
        let rose = on_earlier_years((60, 1.0), &[(30, 1.0)], 0.95)
            .unwrap()
            .unwrap();
        assert_eq!(rose.reading, Reading::Rose);
    }
}
