//! Before and after, for want of anything better.

use crate::intervals::{RatioEstimate, Reading, rate_ratio};

use super::{Caution, Design, EvaluationError, MarylandLevel, maryland};

/// A change with the warnings that belong to it.
#[derive(Debug, Clone, PartialEq)]
pub struct BeforeAfter {
    /// The rate after over the rate before, with its exact interval; `None` where nothing was counted before.
    pub ratio: Option<RatioEstimate>,
    /// What it says.
    pub reading: Reading,
    /// Always 2.
    pub level: MarylandLevel,
    /// Never empty.
    pub cautions: Vec<Caution>,
}

/// The change of a rate, each side a count with its exposure (days, residents), and its warnings.
///
/// `same_months` says whether both sides hold the same months of the year. The interval is that of
/// [`crate::intervals::rate_ratio`]: chance alone.
///
/// # Errors
///
/// [`EvaluationError::Rate`] for exposures or a level that make no sense.
///
/// # Example
///
/// ```
/// use appraisal::evaluation::{Caution, before_after};
/// use appraisal::intervals::Reading;
///
/// let result = before_after((120, 182.0), (80, 182.0), false, 0.95)?;
/// assert_eq!(result.reading, Reading::Fell);
/// assert!(result.cautions.contains(&Caution::NoComparison));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn before_after(
    before: (u64, f64),
    after: (u64, f64),
    same_months: bool,
    confidence: f64,
) -> Result<BeforeAfter, EvaluationError> {
    let ratio = rate_ratio(after, before, confidence)?;
    let mut cautions = vec![Caution::NoComparison, Caution::RegressionToTheMean];
    if !same_months {
        cautions.push(Caution::OtherSeason);
    }
    let reading = match &ratio {
        Some(ratio) if ratio.interval.upper < 1.0 => Reading::Fell,
        Some(ratio) if ratio.interval.lower > 1.0 => Reading::Rose,
        _ => Reading::NotClear,
    };
    Ok(BeforeAfter {
        ratio,
        reading,
        level: maryland(&Design::BeforeAfter),
        cautions,
    })
}
