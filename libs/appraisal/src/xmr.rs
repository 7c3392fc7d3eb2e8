//! XmR control charts: single values and their moving ranges, with signals named by rule.
//!
//! The limits come from the mean moving range, the average step between neighbouring months, not from the
//! standard deviation of all months: a lasting change then shows up against the limits instead of widening
//! them. Sources: Wheeler, D. J. (2000), *Understanding Variation: The Key to Managing Chaos*, second
//! edition, SPC Press (chart, constants and rules); Shewhart, W. A. (1931), *Economic Control of Quality of
//! Manufactured Product* (the idea).

mod chart;
mod rules;

#[cfg(test)]
mod tests;

use thiserror::Error;

pub use chart::xmr;
pub use rules::{Rule, Side, Signal};

/// Mean moving range to natural process limits: 3 / 1.128, rounded as Wheeler has it.
pub const LIMIT_FACTOR: f64 = 2.66;
/// Mean moving range to the upper limit of the moving ranges.
pub const RANGE_LIMIT_FACTOR: f64 = 3.268;
/// How many successive months on one side of the centre line make a run.
pub const RUN_LENGTH: usize = 8;
/// The fewest moving ranges from which limits are drawn.
pub const FEWEST_RANGES: usize = 3;

/// What to chart and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Draw the limits from the first so many months present, and judge all months by them. `None` draws
    /// them from all.
    pub baseline: Option<usize>,
    /// The values are counts or rates that cannot fall below zero: a lower limit below zero is drawn at
    /// zero, and values below zero are refused.
    pub never_negative: bool,
    /// The fewest months present from which limits are drawn; below 2 it counts as 2.
    pub fewest: usize,
}

impl Options {
    /// For counts and rates: never negative, no baseline, at least six months.
    #[must_use]
    pub fn counts() -> Self {
        Self {
            baseline: None,
            never_negative: true,
            fewest: 6,
        }
    }

    /// For measurements that may be below zero, such as a difference: no baseline, at least six months.
    #[must_use]
    pub fn measurements() -> Self {
        Self {
            never_negative: false,
            ..Self::counts()
        }
    }
}

/// Why a series cannot be charted.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum XmrError {
    /// A month that is present has a value that is infinite or not a number. A missing month is `None`.
    #[error("value {index} is not a finite number")]
    NotFinite {
        /// Position of the month, from 0.
        index: usize,
    },
    /// A count or rate is below zero.
    #[error("value {index} is {value}, but counts and rates cannot be below zero")]
    Negative {
        /// Position of the month, from 0.
        index: usize,
        /// What it is.
        value: f64,
    },
    /// The values are so large that their sum or differences leave the range of `f64`.
    #[error("the values are too large to add up")]
    Range,
}

/// A chart, or what is missing for one.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Centre line, limits and signals.
    Chart(Chart),
    /// Too few months to tell routine from exception.
    Insufficient(Insufficient),
}

/// What there was to draw limits from, and what it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Insufficient {
    /// Months present in the baseline (all of them where there is none).
    pub present: usize,
    /// Months needed.
    pub needed: usize,
    /// Moving ranges in the baseline: pairs of months next to each other, both present.
    pub ranges: usize,
    /// Moving ranges needed.
    pub ranges_needed: usize,
}

impl std::fmt::Display for Insufficient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.present < self.needed {
            let (present, needed) = (self.present, self.needed);
            let s = if present == 1 { "" } else { "s" };
            write!(
                f,
                "Control limits need at least {needed} months; there are figures for {present} month{s}."
            )
        } else {
            let (ranges, needed) = (self.ranges, self.ranges_needed);
            let s = if ranges == 1 { "" } else { "s" };
            write!(
                f,
                "Control limits need at least {needed} pairs of months in a row; there are figures for \
                 {ranges} such pair{s}."
            )
        }
    }
}

/// A control chart of single values.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Mean of the baseline months present.
    pub centre: f64,
    /// Upper natural process limit.
    pub upper: f64,
    /// Lower natural process limit, at least 0 for counts and rates.
    pub lower: f64,
    /// Mean moving range of the baseline.
    pub mean_moving_range: f64,
    /// Upper limit of the moving ranges.
    pub range_limit: f64,
    /// For each month its distance to the month before; `None` for the first and where either is missing.
    pub moving_ranges: Vec<Option<f64>>,
    /// How many months the limits are drawn from.
    pub baseline_months: usize,
    /// Everything that calls for an explanation, in order of the month at which it showed, then by rule.
    pub signals: Vec<Signal>,
}
