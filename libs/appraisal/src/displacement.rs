//! Did trouble move next door? Effects net of a comparison area, and the weighted displacement quotient.
//!
//! Source: Bowers, K. J. and Johnson, S. D. (2003), 'Measuring the geographical displacement and diffusion of
//! benefit effects of crime prevention activity', *Journal of Quantitative Criminology* 19; Guerette, R. T.
//! (2009), *Analyzing Crime Displacement and Diffusion*, ASU Center for Problem-Oriented Policing, tool guide 10.

use thiserror::Error;

use crate::intervals::{Interval, RatioEstimate};
use crate::numeric::distributions::critical;
use crate::numeric::{ConfidenceError, level};

/// The fewest incidents in any area and period from which anything is said, unless the caller asks for more.
pub const FEWEST: u64 = 10;

/// Incidents in one area before and after, over periods of the same length and season.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BeforeAfter {
    /// Incidents before.
    pub before: u64,
    /// Incidents after.
    pub after: u64,
}

/// The three areas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Areas {
    /// Where something was done.
    pub response: BeforeAfter,
    /// The ring around it, to which trouble might move.
    pub buffer: BeforeAfter,
    /// An area alike, too far away for trouble to move to.
    pub comparison: BeforeAfter,
}

/// Why nothing is said.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum DisplacementError {
    /// A count is too small to say anything.
    #[error("{area}, {period}: {count} incidents are too few, at least {needed} are needed")]
    TooFew {
        /// Which area.
        area: &'static str,
        /// Before or after.
        period: &'static str,
        /// How many there are.
        count: u64,
        /// How many are needed.
        needed: u64,
    },
    /// The confidence level is unusable.
    #[error(transparent)]
    Confidence(#[from] ConfidenceError),
}

/// What the quotient says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Movement {
    /// Above 0: the buffer gained too.
    Diffusion,
    /// 0: neither.
    None,
    /// Between −1 and 0: some moved, less than was prevented.
    SmallerThanEffect,
    /// −1: as much moved as was prevented.
    EqualToEffect,
    /// Below −1: more moved than was prevented.
    ExceedsEffect,
}

/// What became of the three areas.
#[derive(Debug, Clone, PartialEq)]
pub struct Displacement {
    /// Gross effect: incidents before less incidents after in the response area.
    pub gross_effect: i128,
    /// Net effect: the share that response was of comparison, before less after. Above 0 is a success.
    pub net_effect: f64,
    /// Incidents prevented in response and buffer together, net of the comparison area's change, with the
    /// interval that chance alone leaves.
    pub total_net_effect: RatioEstimate,
    /// The quotient with what it says; `None` where the response area did not fare better than the
    /// comparison, so that there is no effect which could move.
    pub quotient: Option<(f64, Movement)>,
}

/// Works out displacement from counts in three areas.
///
/// With R, D, C the counts in response, buffer and comparison, b before and a after:
/// gross effect R_b − R_a; net effect R_b/C_b − R_a/C_a; quotient
/// (D_a/C_a − D_b/C_b) / (R_a/C_a − R_b/C_b), read only where its denominator is below 0; total net effect
/// \[R_b(C_a/C_b) − R_a\] + \[D_b(C_a/C_b) − D_a\]. The interval of the total is the delta method's for six
/// independent Poisson counts; where one household or evening makes many reports it is too narrow.
///
/// # Errors
///
/// [`DisplacementError::TooFew`] where any of the six counts is below `fewest` (or below 1, whatever is
/// asked for), [`DisplacementError::Confidence`] for a level outside 0 to 1.
///
/// # Example
///
/// ```
/// use appraisal::displacement::{Areas, BeforeAfter, FEWEST, Movement, displacement};
///
/// let areas = Areas {
///     response: BeforeAfter { before: 200, after: 120 },
///     buffer: BeforeAfter { before: 100, after: 110 },
///     comparison: BeforeAfter { before: 400, after: 400 },
/// };
/// let result = displacement(&areas, FEWEST, 0.95)?;
/// assert_eq!(result.gross_effect, 80);
/// assert_eq!(result.total_net_effect.estimate, 70.0); // 80 prevented, 10 more next door
/// let (quotient, movement) = result.quotient.ok_or("no effect")?;
/// assert!((quotient + 0.125).abs() < 1e-12); // 0.025 / −0.2
/// assert_eq!(movement, Movement::SmallerThanEffect);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn displacement(
    areas: &Areas,
    fewest: u64,
    confidence: f64,
) -> Result<Displacement, DisplacementError> {
    let z = critical(level(confidence)?, None);
    let needed = fewest.max(1);
    for (area, counts) in [
        ("response area", areas.response),
        ("buffer", areas.buffer),
        ("comparison area", areas.comparison),
    ] {
        for (period, count) in [("before", counts.before), ("after", counts.after)] {
            if count < needed {
                return Err(DisplacementError::TooFew {
                    area,
                    period,
                    count,
                    needed,
                });
            }
        }
    }
    let [rb, ra] = counts(areas.response);
    let [db, da] = counts(areas.buffer);
    let [cb, ca] = counts(areas.comparison);

    let growth = ca / cb;
    let total = (rb * growth - ra) + (db * growth - da);
    let expected = rb + db;
    let variance = growth * growth * (rb + db)
        + (ra + da)
        + (expected / cb).powi(2) * ca
        + (expected * growth / cb).powi(2) * cb;
    let reach = z * variance.sqrt();

    // Cross-multiplied, so that equal shares give an exact zero.
    let response_change = ra * cb - rb * ca;
    let buffer_change = da * cb - db * ca;
    let quotient = (response_change < 0.0).then(|| {
        let quotient = buffer_change / response_change;
        let movement = if quotient > 0.0 {
            Movement::Diffusion
        } else if quotient == 0.0 {
            Movement::None
        } else if quotient > -1.0 {
            Movement::SmallerThanEffect
        } else if quotient == -1.0 {
            Movement::EqualToEffect
        } else {
            Movement::ExceedsEffect
        };
        (quotient, movement)
    });
    Ok(Displacement {
        gross_effect: i128::from(areas.response.before) - i128::from(areas.response.after),
        net_effect: rb / cb - ra / ca,
        total_net_effect: RatioEstimate {
            estimate: total,
            interval: Interval {
                lower: total - reach,
                upper: total + reach,
            },
        },
        quotient,
    })
}

fn counts(area: BeforeAfter) -> [f64; 2] {
    [area.before as f64, area.after as f64]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn areas(r: (u64, u64), d: (u64, u64), c: (u64, u64)) -> Areas {
        let area = |(before, after)| BeforeAfter { before, after };
        Areas {
            response: area(r),
            buffer: area(d),
            comparison: area(c),
        }
    }

    fn movement(r: (u64, u64), d: (u64, u64), c: (u64, u64)) -> Option<Movement> {
        let result = displacement(&areas(r, d, c), FEWEST, 0.95).unwrap();
        result.quotient.map(|(_, movement)| movement)
    }

    #[test]
    fn worked_by_hand_with_a_comparison_that_changed() {
        // Comparison down a tenth: 180 and 90 were to be expected.
        let result =
            displacement(&areas((200, 100), (100, 80), (1000, 900)), FEWEST, 0.95).unwrap();
        assert_eq!(result.gross_effect, 100);
        assert!((result.net_effect - (0.2 - 100.0 / 900.0)).abs() < 1e-15);
        assert!((result.total_net_effect.estimate - 90.0).abs() < 1e-12);
        // (80/900 − 0.1) / (100/900 − 0.2) = (−1/90)/(−8/90) = 1/8.
        let (quotient, movement) = result.quotient.unwrap();
        assert!((quotient - 0.125).abs() < 1e-12);
        assert_eq!(movement, Movement::Diffusion);
        // 0.81·300 + 180 + 0.3²·900 + 0.27²·1000 = 576.9
        let reach = 1.959_963_985 * 576.9_f64.sqrt();
        assert!((result.total_net_effect.interval.upper - 90.0 - reach).abs() < 1e-6);
    }

    #[test]
    fn every_reading() {
        use Movement::*;
        assert_eq!(movement((200, 100), (100, 100), (400, 400)), Some(None));
        assert_eq!(
            movement((200, 100), (100, 150), (400, 400)),
            Some(SmallerThanEffect)
        );
        assert_eq!(
            movement((200, 100), (100, 200), (400, 400)),
            Some(EqualToEffect)
        );
        assert_eq!(
            movement((200, 100), (100, 201), (400, 400)),
            Some(ExceedsEffect)
        );
        // No effect, or a rise: nothing that could have moved.
        assert_eq!(movement((200, 200), (100, 50), (400, 400)), Option::None);
        assert_eq!(movement((200, 250), (100, 50), (400, 400)), Option::None);
    }

    #[test]
    fn small_counts_are_refused_by_name() {
        let refused =
            displacement(&areas((200, 100), (9, 50), (400, 400)), FEWEST, 0.95).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "buffer, before: 9 incidents are too few, at least 10 are needed"
        );
        // Zero is never let through, even where somebody asks for it.
        assert!(displacement(&areas((200, 0), (90, 50), (400, 400)), 0, 0.95).is_err());
        assert!(displacement(&areas((200, 100), (90, 50), (400, 400)), 5, 1.0).is_err());
        let huge = u64::MAX;
        let result =
            displacement(&areas((huge, huge), (huge, huge), (huge, huge)), 5, 0.95).unwrap();
        assert!(result.total_net_effect.interval.upper.is_finite());
    }
}
