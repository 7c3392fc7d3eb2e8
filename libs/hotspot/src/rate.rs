//! Rates of counted incidents and how they changed, with exact intervals.

use crate::special::{beta_quantile, gamma_quantile};
use crate::{ConfidenceError, RateError};

/// The usual confidence level.
pub const CONFIDENCE_95: f64 = 0.95;

/// A two-sided confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
}

/// A rate per 1,000 with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Incidents per 1,000 of the exposure (residents, homes, days).
    pub per_1000: f64,
    /// Exact interval, also per 1,000.
    pub interval: Interval,
}

/// The ratio of two rates, or their relative change, with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatioEstimate {
    /// The ratio (1 is no change) or the relative change (0 is no change, 0.2 is up by 20 %).
    pub estimate: f64,
    /// Exact interval on the same scale.
    pub interval: Interval,
}

/// Rate per 1,000 with the exact Poisson interval.
///
/// The bounds on the expected count are the quantiles `Γ⁻¹(α/2; k)` (0 for k = 0) and `Γ⁻¹(1 − α/2; k + 1)`
/// of gamma distributions, divided by the exposure. `None` where both count and exposure are zero. The
/// interval covers chance alone: it takes incidents as independent, so where one household or one evening
/// makes many of them it is too narrow, and it knows nothing of what was never reported.
///
/// Source: Garwood, F. (1936), 'Fiducial limits for the Poisson distribution', *Biometrika* 28.
///
/// # Errors
///
/// [`RateError::Exposure`] for an exposure below zero or not finite, [`RateError::CountWithoutExposure`]
/// for incidents among nobody, [`RateError::Confidence`] for a level outside 0 to 1.
///
/// # Example
///
/// ```
/// use hotspot::{CONFIDENCE_95, rate_per_1000};
///
/// let rate = rate_per_1000(10, 1_500.0, CONFIDENCE_95)?.ok_or("nobody lives there")?;
/// assert_eq!(format!("{:.1}", rate.per_1000), "6.7");
/// assert_eq!(format!("{:.1} to {:.1}", rate.interval.lower, rate.interval.upper), "3.2 to 12.3");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rate_per_1000(
    count: u64,
    exposure: f64,
    confidence: f64,
) -> Result<Option<Rate>, RateError> {
    let tail = tail(confidence)?;
    if !usable(count, exposure)? {
        return Ok(None);
    }
    let scale = 1000.0 / exposure;
    let count = count as f64;
    let lower = if count == 0.0 {
        0.0
    } else {
        gamma_quantile(tail, count)
    };
    Ok(Some(Rate {
        per_1000: count * scale,
        interval: Interval {
            lower: lower * scale,
            upper: gamma_quantile(1.0 - tail, count + 1.0) * scale,
        },
    }))
}

/// Ratio of a later rate to an earlier (base) one, with the exact conditional interval.
///
/// Each argument is a count with its exposure. Given the sum of both counts, the later one is binomial with
/// chance π = ρE₁/(ρE₁ + E₀); Clopper and Pearson's bounds on π, carried over to ρ, are exact for two
/// independent Poisson counts. R's `poisson.test` uses the same method.
///
/// `None` where the base count or either exposure is zero: no ratio to nothing. The caveats of
/// [`rate_per_1000`] hold.
///
/// Source: Przyborowski, J. and Wilenski, H. (1940), 'Homogeneity of results in testing samples from Poisson
/// series', *Biometrika* 31; Clopper, C. J. and Pearson, E. S. (1934), *Biometrika* 26.
///
/// # Errors
///
/// As [`rate_per_1000`].
///
/// # Example
///
/// ```
/// use hotspot::{CONFIDENCE_95, rate_ratio};
///
/// // 60 incidents in 28 days after 30 in 28 days before: twice as many, and more than chance.
/// let ratio = rate_ratio((60, 28.0), (30, 28.0), CONFIDENCE_95)?.ok_or("nothing before")?;
/// assert_eq!(ratio.estimate, 2.0);
/// assert!(ratio.interval.lower > 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rate_ratio(
    later: (u64, f64),
    base: (u64, f64),
    confidence: f64,
) -> Result<Option<RatioEstimate>, RateError> {
    let tail = tail(confidence)?;
    if !usable(later.0, later.1)? | !usable(base.0, base.1)? || base.0 == 0 {
        return Ok(None);
    }
    let (later_count, base_count) = (later.0 as f64, base.0 as f64);
    let exposures = base.1 / later.1;
    // π/(1 − π), taken from the chance of whichever side is smaller so that no digit is lost near 1.
    let odds = |p: f64, a: f64, b: f64| {
        if a <= b {
            let chance = beta_quantile(p, a, b);
            chance / (1.0 - chance)
        } else {
            let other = beta_quantile(1.0 - p, b, a);
            (1.0 - other) / other
        }
    };
    let lower = if later.0 == 0 {
        0.0
    } else {
        odds(tail, later_count, base_count + 1.0)
    };
    let upper = odds(1.0 - tail, later_count + 1.0, base_count);
    Ok(Some(RatioEstimate {
        estimate: later_count / base_count * exposures,
        interval: Interval {
            lower: lower * exposures,
            upper: upper * exposures,
        },
    }))
}

/// Relative change of a later rate on an earlier (base) one: the ratio minus 1, with its interval.
///
/// `None` where the base count or either exposure is zero. Source and caveats as for [`rate_ratio`].
///
/// # Errors
///
/// As [`rate_per_1000`].
///
/// # Example
///
/// ```
/// use hotspot::{CONFIDENCE_95, relative_change};
///
/// // 120 this year after 100 last year, same residents: up 20 %, but chance alone could do it.
/// let change = relative_change((120, 1.0), (100, 1.0), CONFIDENCE_95)?.ok_or("nothing before")?;
/// assert!((change.estimate - 0.2).abs() < 1e-12);
/// assert!(change.interval.lower < 0.0 && change.interval.upper > 0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn relative_change(
    later: (u64, f64),
    base: (u64, f64),
    confidence: f64,
) -> Result<Option<RatioEstimate>, RateError> {
    let ratio = rate_ratio(later, base, confidence)?;
    Ok(ratio.map(|ratio| RatioEstimate {
        estimate: ratio.estimate - 1.0,
        interval: Interval {
            lower: ratio.interval.lower - 1.0,
            upper: ratio.interval.upper - 1.0,
        },
    }))
}

/// The chance left in each tail.
fn tail(confidence: f64) -> Result<f64, ConfidenceError> {
    if confidence > 0.0 && confidence < 1.0 {
        Ok((1.0 - confidence) / 2.0)
    } else {
        Err(ConfidenceError(confidence))
    }
}

/// Whether there is any exposure; an error where it makes no sense.
fn usable(count: u64, exposure: f64) -> Result<bool, RateError> {
    if !exposure.is_finite() || exposure < 0.0 {
        return Err(RateError::Exposure(exposure));
    }
    if exposure == 0.0 && count > 0 {
        return Err(RateError::CountWithoutExposure(count));
    }
    Ok(exposure > 0.0)
}

#[cfg(test)]
mod tests;
