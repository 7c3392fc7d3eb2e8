//! Aalen and Johansen's cumulative incidence, with ways out that compete.

use std::collections::BTreeSet;

use crate::numeric::distributions::critical;
use crate::numeric::{Interval, level};

use super::kaplan_meier::log_log;
use super::{SurvivalError, check};

/// How somebody's time ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// By this way (the caller's number for it).
    Way(u32),
    /// Follow-up ended; nothing had happened.
    Censored,
}

/// How long somebody was followed, and how that ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exit {
    /// Time from the start, in any unit.
    pub time: f64,
    /// How it ended.
    pub outcome: Outcome,
}

/// Incidence after a time at which somebody left by any way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IncidenceStep {
    /// The time.
    pub time: f64,
    /// How many were followed up to it.
    pub at_risk: usize,
    /// How many left by this way at it.
    pub events: usize,
    /// Share that has left by this way, up to and including it.
    pub incidence: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Log–log interval; `None` while nobody has left by this way, or where it has no error.
    pub interval: Option<Interval>,
}

/// Incidence of one way out.
#[derive(Debug, Clone, PartialEq)]
pub struct Incidence {
    /// Which way.
    pub way: u32,
    /// One step for each time at which anybody left by any way, in order.
    pub steps: Vec<IncidenceStep>,
    /// The longest time anybody was followed.
    pub last_time: f64,
}

impl Incidence {
    /// Share that has left by this way up to and including `time`; `None` beyond what anybody was followed.
    #[must_use]
    pub fn at(&self, time: f64) -> Option<f64> {
        if time.is_nan() || time > self.last_time {
            return None;
        }
        Some(self.step_at(time).map_or(0.0, |step| step.incidence))
    }

    /// The last step up to and including `time`.
    #[must_use]
    pub fn step_at(&self, time: f64) -> Option<&IncidenceStep> {
        let after = self.steps.partition_point(|step| step.time <= time);
        self.steps.get(after.checked_sub(1)?)
    }
}

/// What one time with exits adds.
struct Moment {
    time: f64,
    at_risk: f64,
    all: f64,
    this: f64,
    before: f64,
    incidence: f64,
}

/// The share that has left by each way over time. Ways are answered in the order of their numbers.
///
/// Iₖ(t) = Σ S(tⱼ₋₁) dⱼₖ/nⱼ over the exit times tⱼ ≤ t, with S the share that has not left by any way. The
/// incidences of all ways and S add up to 1; one minus Kaplan–Meier with the other ways as censored would
/// overstate each. The variance is the delta method's (Marubini and Valsecchi 1995, as Stata's `stcompet` and
/// statsmodels have it); the interval is taken on the scale log(−log(1 − I)).
///
/// Sources: Aalen, O. O. and Johansen, S. (1978), *Scandinavian Journal of Statistics* 5; Marubini, E. and
/// Valsecchi, M. G. (1995), *Analysing Survival Data from Clinical Trials and Observational Studies*.
///
/// # Errors
///
/// [`SurvivalError`] for nobody, impossible times, or a level outside 0 to 1.
///
/// # Example
///
/// ```
/// use appraisal::survival::{Exit, Outcome::{Censored, Way}, aalen_johansen};
///
/// // 1: reported again, 2: moved away.
/// let people = [(1.0, Way(1)), (2.0, Way(2)), (3.0, Way(1)), (4.0, Censored)]
///     .map(|(time, outcome)| Exit { time, outcome });
/// let ways = aalen_johansen(&people, 0.95)?;
/// assert_eq!(ways[0].at(4.0), Some(0.5));
/// assert_eq!(ways[1].at(4.0), Some(0.25));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn aalen_johansen(exits: &[Exit], confidence: f64) -> Result<Vec<Incidence>, SurvivalError> {
    let z = critical(level(confidence)?, None);
    check(exits.iter().map(|exit| exit.time))?;
    let mut sorted = exits.to_vec();
    sorted.sort_by(|a, b| a.time.total_cmp(&b.time));
    let ways: BTreeSet<u32> = sorted
        .iter()
        .filter_map(|exit| match exit.outcome {
            Outcome::Way(way) => Some(way),
            Outcome::Censored => None,
        })
        .collect();
    let last_time = sorted.last().map_or(0.0, |exit| exit.time);
    Ok(ways
        .into_iter()
        .map(|way| Incidence {
            way,
            steps: steps(&sorted, way, z),
            last_time,
        })
        .collect())
}

fn steps(sorted: &[Exit], way: u32, z: f64) -> Vec<IncidenceStep> {
    let mut moments: Vec<Moment> = Vec::new();
    let mut at_risk = sorted.len();
    let mut survival = 1.0;
    let mut incidence = 0.0;
    for together in sorted.chunk_by(|a, b| a.time == b.time) {
        let count = |wanted: &dyn Fn(Outcome) -> bool| {
            together.iter().filter(|exit| wanted(exit.outcome)).count() as f64
        };
        let all = count(&|outcome| outcome != Outcome::Censored);
        if all > 0.0 {
            let this = count(&|outcome| outcome == Outcome::Way(way));
            let n = at_risk as f64;
            incidence += survival * this / n;
            moments.push(Moment {
                time: together.first().map_or(0.0, |exit| exit.time),
                at_risk: n,
                all,
                this,
                before: survival,
                incidence,
            });
            survival *= 1.0 - all / n;
        }
        at_risk -= together.len();
    }
    // Σ (I(t) − I(tⱼ))² a, with I(t) multiplied out, so that one pass serves all times.
    let (mut a, mut ai, mut aii, mut b, mut c, mut ci) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    moments
        .iter()
        .map(|m| {
            // Where the last person leaves, the term weighs (I(t) − I(tⱼ))², which is 0 from there on.
            if m.all < m.at_risk {
                let term = m.all / (m.at_risk * (m.at_risk - m.all));
                a += term;
                ai += term * m.incidence;
                aii += term * m.incidence * m.incidence;
            }
            b += (m.before / m.at_risk).powi(2) * (m.at_risk - m.this) * m.this / m.at_risk;
            let cross = m.before * m.this / (m.at_risk * m.at_risk);
            c += cross;
            ci += cross * m.incidence;
            let i = m.incidence;
            let variance = i * i * a - 2.0 * i * ai + aii + b - 2.0 * i * c + 2.0 * ci;
            let standard_error = variance.max(0.0).sqrt();
            let interval = (i > 0.0 && i < 1.0 && standard_error > 0.0).then(|| {
                let without = log_log(1.0 - i, standard_error, z);
                Interval {
                    lower: 1.0 - without.upper,
                    upper: 1.0 - without.lower,
                }
            });
            IncidenceStep {
                time: m.time,
                at_risk: m.at_risk as usize,
                events: m.this as usize,
                incidence: i,
                standard_error,
                interval,
            }
        })
        .collect()
}
