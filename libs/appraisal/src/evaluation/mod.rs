//! Did it work? Effects estimated against what would have happened otherwise.
//!
//! | question | function |
//! | --- | --- |
//! | Did one series change when something began? | [`interrupted_series`] |
//! | Did areas with it fare differently from areas without? | [`difference_in_differences`] |
//! | Did they differ before, and how did the effect unfold? | [`event_study()`] |
//! | Did one area fare differently from a mixture of others? | [`synthetic_control`] |
//! | Only a before and an after? | [`before_after()`], with its warnings |
//! | How far can such a design be trusted? | [`maryland()`] |
//! | Could we see an effect here at all? | [`power()`], [`smallest_seen`] |
//!
//! Counts are modelled as counts, effects are ratios: 0.8 is a fifth less. A missing month is `None`, never
//! zero.

mod before_after;
mod covariance;
mod differences;
mod dispersion;
mod event_study;
mod glm;
mod interrupted;
mod maryland;
mod panel;
mod power;
mod randomisation;
mod segments;
mod synthetic;

#[cfg(test)]
mod tests;

use thiserror::Error;

use crate::intervals::{Interval, RateError, Reading};
use crate::numeric::ConfidenceError;
use crate::numeric::distributions::{critical, two_sided_p};

pub use before_after::{BeforeAfter, before_after};
pub use differences::{DifferenceInDifferences, Errors, PreTrend, difference_in_differences};
pub use event_study::{Bin, EventStudy, Joint, event_study};
pub use interrupted::{
    Coefficient, Estimate, Family, Interrupted, Season, Series, SeriesErrors, SeriesOptions,
    interrupted_series,
};
pub use maryland::{Design, MarylandLevel, maryland};
pub use panel::{Panel, Unit};
pub use power::{Plan, Power, Test, power, smallest_seen};
pub use randomisation::{Randomisation, randomisation};
pub use synthetic::{Placebo, Synthetic, synthetic_control};

/// An effect as a ratio: what was, over what would have been.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// The ratio: 1 is no effect, 0.8 a fifth less.
    pub ratio: f64,
    /// Its interval.
    pub interval: Interval,
    /// The natural logarithm of the ratio, as it was estimated.
    pub log: f64,
    /// The standard error of the logarithm.
    pub standard_error: f64,
    /// Chance of an estimate at least so far from no effect where there is none.
    pub p: f64,
}

impl Effect {
    /// From a logarithm with its variance; Student's distribution where degrees of freedom are given.
    fn new(log: f64, variance: f64, confidence: f64, degrees: Option<f64>) -> Self {
        let standard_error = variance.max(0.0).sqrt();
        let reach = critical(confidence, degrees) * standard_error;
        Self {
            ratio: log.exp(),
            interval: Interval {
                lower: (log - reach).exp(),
                upper: (log + reach).exp(),
            },
            log,
            standard_error,
            p: if standard_error > 0.0 {
                two_sided_p(log / standard_error, degrees)
            } else {
                1.0 // no error could be estimated: nothing is claimed
            },
        }
    }

    /// The change in per cent: -20 is a fifth less.
    #[must_use]
    pub fn percent(&self) -> f64 {
        100.0 * (self.ratio - 1.0)
    }

    /// What the interval says.
    #[must_use]
    pub fn reading(&self) -> Reading {
        if self.interval.upper < 1.0 {
            Reading::Fell
        } else if self.interval.lower > 1.0 {
            Reading::Rose
        } else {
            Reading::NotClear
        }
    }
}

/// Why nothing was estimated.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// Two lists that belong together differ in length.
    #[error("{what}: {found} values where {expected} belong")]
    Length {
        /// Which list.
        what: &'static str,
        /// How many it has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },
    /// Too little to estimate anything from.
    #[error("{what}: {found} are too few, at least {needed} are needed")]
    TooFew {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A setting makes no sense.
    #[error("{what} must lie between {least} and {most}")]
    Setting {
        /// Which.
        what: &'static str,
        /// The least that it can be.
        least: f64,
        /// The most that it can be.
        most: f64,
    },
    /// An exposure or an outcome is infinite, not a number, or (an exposure) not above 0.
    #[error("{what} {index} is {value}, which cannot be used")]
    Value {
        /// What.
        what: &'static str,
        /// Its position, from 0.
        index: usize,
        /// What it is.
        value: f64,
    },
    /// The data cannot tell this from the rest of the model, such as a season from one year of months.
    #[error("the data cannot tell '{0}' from the rest: use a simpler model, or more months")]
    NotIdentified(String),
    /// The model has no finite answer, such as where nothing at all was counted after the start.
    #[error("the model has no finite answer: are there months or areas without any incident?")]
    NoAnswer,
    /// The confidence level is unusable.
    #[error(transparent)]
    Confidence(#[from] ConfidenceError),
    /// A rate is unusable.
    #[error(transparent)]
    Rate(#[from] RateError),
}

/// What a reader must know beside a result.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Caution {
    /// Fewer than 12 months before.
    FewBefore(usize),
    /// Fewer than 12 months after.
    FewAfter(usize),
    /// Months are missing.
    Missing(usize),
    /// Fewer than 5 incidents a month (or a cell) on average.
    SmallCounts(f64),
    /// What the model leaves over still goes from month to month (correlation of neighbours above 0.3).
    Autocorrelated(f64),
    /// Less than two years before: a season cannot be told from a change.
    SeasonUncertain,
    /// There is no comparison: anything else that changed at the time looks like an effect.
    NoComparison,
    /// An area picked because it was high mostly falls by itself.
    RegressionToTheMean,
    /// Fewer than 5 areas on one side.
    FewUnits(usize),
    /// Only one area on one side: how areas change by themselves is seen on the other side, or not at all.
    OneUnit,
    /// Areas with and without it went apart before it began.
    PreTrend(f64),
    /// The synthetic series does not follow the area before the start (error as a share of its mean).
    PoorFit(f64),
    /// So few areas to compare with that even the most extreme result could be luck (least possible p).
    FewDonors(f64),
    /// Before and after are not the same months of the year.
    OtherSeason,
}

impl std::fmt::Display for Caution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::FewBefore(n) => write!(f, "Only {n} months before; 12 or more are wanted."),
            Self::FewAfter(n) => write!(f, "Only {n} months after; 12 or more are wanted."),
            Self::Missing(n) => write!(f, "Figures are missing in {n} places; they are left out."),
            Self::SmallCounts(mean) => write!(
                f,
                "Counts are small ({mean:.1} on average): only a large effect could be seen."
            ),
            Self::Autocorrelated(r) => write!(
                f,
                "What the model leaves over goes from month to month (correlation {r:.2}): the interval may \
                 be too narrow."
            ),
            Self::SeasonUncertain => write!(
                f,
                "Less than two years before: a season cannot be told from a change."
            ),
            Self::NoComparison => write!(
                f,
                "There is no comparison: anything else that changed at the time looks like an effect."
            ),
            Self::RegressionToTheMean => write!(
                f,
                "An area picked because it was high mostly falls by itself (regression to the mean)."
            ),
            Self::FewUnits(n) => write!(
                f,
                "Only {n} areas on one side: read the test by re-arrangement beside the interval."
            ),
            Self::OneUnit => write!(
                f,
                "Only one area on one side: how areas change by themselves is taken from the other side \
                 where it has three or more, and is else left out of the interval."
            ),
            Self::PreTrend(p) => write!(
                f,
                "Areas with and without it went apart before it began (p {p:.3}): the comparison does not \
                 hold."
            ),
            Self::PoorFit(share) => write!(
                f,
                "The mixture misses the area by {:.0} % of its mean before the start: it is a poor stand-in.",
                100.0 * share
            ),
            Self::FewDonors(p) => write!(
                f,
                "With so few areas to compare with, no result could have p below {p:.2}."
            ),
            Self::OtherSeason => write!(f, "Before and after are not the same months of the year."),
        }
    }
}
