//! Kaplan and Meier's curve with Greenwood's variance.

use crate::numeric::distributions::critical;
use crate::numeric::{Interval, level};

use super::{SurvivalError, check};

/// How long somebody was followed, and why that ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spell {
    /// Time from the start, in any unit.
    pub time: f64,
    /// The event happened then; else follow-up ended without it.
    pub event: bool,
}

/// The curve after a time with events.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The time.
    pub time: f64,
    /// How many were followed up to it.
    pub at_risk: usize,
    /// How many had the event at it.
    pub events: usize,
    /// Share without the event just after it.
    pub survival: f64,
    /// Greenwood's standard error of the share; `None` after the last person's event, where it has none.
    pub standard_error: Option<f64>,
    /// Log–log interval of the share; `None` where there is none (share 0).
    pub interval: Option<Interval>,
}

/// A curve of survival.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// One step for each time with events, in order.
    pub steps: Vec<Step>,
    /// The longest time anybody was followed. Beyond it nothing is known.
    pub last_time: f64,
    /// How many people.
    pub people: usize,
}

impl Curve {
    /// Share without the event up to and including `time`: 1 before the first event, `None` beyond what
    /// anybody was followed.
    #[must_use]
    pub fn survival_at(&self, time: f64) -> Option<f64> {
        if time.is_nan() || time > self.last_time {
            return None;
        }
        Some(self.step_at(time).map_or(1.0, |step| step.survival))
    }

    /// The last step up to and including `time`.
    #[must_use]
    pub fn step_at(&self, time: f64) -> Option<&Step> {
        let after = self.steps.partition_point(|step| step.time <= time);
        self.steps.get(after.checked_sub(1)?)
    }

    /// The first time by which half have had the event; `None` where it was not reached.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        // Rounding of a product of fractions must not miss a half that is exact.
        let reached = |step: &&Step| step.survival <= 0.5 + 1e-12;
        self.steps.iter().find(reached).map(|step| step.time)
    }
}

/// Share without the event over time, using everybody for as long as they were followed.
///
/// S(t) = Π (1 − d/n) over the event times up to t, with d events among n at risk; somebody whose follow-up
/// ends at an event time counts as at risk then. Greenwood: Var S = S² Σ d/(n(n − d)). The interval is taken
/// on the scale log(−log S), so that it stays within 0 and 1: S^exp(±z·se/(S·|log S|)).
///
/// It rests on follow-up ending for reasons that have nothing to do with the event; where people leave by a
/// way that rules the event out use [`super::aalen_johansen`].
///
/// Sources: Kaplan, E. L. and Meier, P. (1958), *Journal of the American Statistical Association* 53;
/// Greenwood, M. (1926), *Reports on Public Health and Medical Subjects* 33; Kalbfleisch, J. D. and
/// Prentice, R. L. (1980), *The Statistical Analysis of Failure Time Data* (the log–log scale).
///
/// # Errors
///
/// [`SurvivalError`] for nobody, impossible times, or a level outside 0 to 1.
///
/// # Example
///
/// ```
/// use appraisal::survival::{Spell, kaplan_meier};
///
/// let spell = |time, event| Spell { time, event };
/// let months = [spell(2.0, true), spell(5.0, false), spell(7.0, true), spell(12.0, false)];
/// let curve = kaplan_meier(&months, 0.95)?;
/// assert_eq!(curve.survival_at(6.0), Some(0.75));
/// assert_eq!(curve.survival_at(12.0), Some(0.375)); // 0.75 × 1/2
/// assert_eq!(curve.survival_at(13.0), None); // nobody was followed for so long
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn kaplan_meier(spells: &[Spell], confidence: f64) -> Result<Curve, SurvivalError> {
    let z = critical(level(confidence)?, None);
    check(spells.iter().map(|spell| spell.time))?;
    let mut sorted = spells.to_vec();
    sorted.sort_by(|a, b| a.time.total_cmp(&b.time));

    let mut steps = Vec::new();
    let mut survival = 1.0;
    let mut greenwood = 0.0;
    let mut at_risk = sorted.len();
    for together in sorted.chunk_by(|a, b| a.time == b.time) {
        let events = together.iter().filter(|spell| spell.event).count();
        if events > 0 {
            let (d, n) = (events as f64, at_risk as f64);
            survival *= 1.0 - d / n;
            greenwood += d / (n * (n - d));
            let standard_error = (events < at_risk).then(|| survival * greenwood.sqrt());
            steps.push(Step {
                time: together.first().map_or(0.0, |spell| spell.time),
                at_risk,
                events,
                survival,
                standard_error,
                interval: standard_error.map(|se| log_log(survival, se, z)),
            });
        }
        at_risk -= together.len();
    }
    Ok(Curve {
        steps,
        last_time: sorted.last().map_or(0.0, |spell| spell.time),
        people: sorted.len(),
    })
}

/// The log–log interval of a share strictly between 0 and 1.
pub(super) fn log_log(share: f64, standard_error: f64, z: f64) -> Interval {
    let reach = (z * standard_error / (share * share.ln().abs())).exp();
    Interval {
        lower: share.powf(reach),
        upper: share.powf(1.0 / reach),
    }
}
