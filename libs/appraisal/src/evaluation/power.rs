//! Could we see an effect here at all? Answered by trying it many times on made-up months.

use rayon::prelude::*;

use crate::intervals::{Proportion, rate_ratio, wilson};
use crate::numeric::level;
use crate::numeric::random::Source;

use super::dispersion::negative_binomial;
use super::segments::Built;
use super::{EvaluationError, Season, Series, SeriesOptions, interrupted_series};

/// No place counts more in a month: a bound on the time that draws take, not a rule.
const MOST_COUNTED: u64 = 1_000_000_000;

/// The test that will be made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test {
    /// [`interrupted_series`] with these options; its average effect is what is looked at.
    Interrupted(SeriesOptions),
    /// The rate after over that of the same number of months just before, with its exact interval.
    BeforeAfter {
        /// Confidence of the interval.
        confidence: f64,
    },
}

/// What is to be tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// For how many months it will be watched.
    pub months_after: usize,
    /// The change that should be seen: −0.2 is a fifth less.
    pub change: f64,
    /// The test.
    pub test: Test,
    /// How often it is tried, at least 100; 1,000 gives the answer to about 3 in 100.
    pub tries: usize,
    /// Names the sequence of random numbers: the same seed, the same answer.
    pub seed: u64,
}

/// How often the effect was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Power {
    /// Share of tries in which the test found a change in the right direction. 0.8 is usually asked for.
    pub seen: Proportion,
    /// Share of tries without any effect in which it found one, in either direction: a false alarm. Should
    /// be about one minus the confidence; well above means that the test is not to be trusted here.
    pub false_alarm: Proportion,
    /// Expected incidents a month, without effect, over the months after.
    pub mean_after: f64,
    /// How much more than Poisson's the months spread (α of variance μ + αμ²).
    pub alpha: f64,
}

/// Tries an effect on months made up after the history: expected counts by its level and season, spread as it
/// spreads, each month by itself. The trend of the history is taken out of the future: it is seldom right to
/// draw it on.
///
/// # Errors
///
/// [`EvaluationError`] for a history that cannot be fitted, a change outside −1 to 10, fewer than 100 tries,
/// or no months after.
///
/// # Example
///
/// ```
/// use appraisal::evaluation::{Plan, SeriesOptions, Season, Test, power};
///
/// // Three years at about 80 a month. Could a 20 % fall be seen in 6 months?
/// let history: Vec<Option<u64>> = (0..36_u64).map(|t| Some(70 + (t * 7) % 21)).collect();
/// let options = SeriesOptions { season: Season::None, trend: false, ..SeriesOptions::default() };
/// let plan = Plan {
///     months_after: 6, change: -0.2, test: Test::Interrupted(options), tries: 400, seed: 1,
/// };
/// let answer = power(&history, 4, &plan)?;
/// assert!(answer.seen.share > 0.8);
/// let tiny = power(&history, 4, &Plan { change: -0.02, ..plan })?;
/// assert!(tiny.seen.share < 0.3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn power(
    history: &[Option<u64>],
    first_month: u8,
    plan: &Plan,
) -> Result<Power, EvaluationError> {
    let world = World::of(history, first_month, plan)?;
    let seen = world.share_seen(plan.change, plan, |ratio| {
        (ratio < 1.0) == (plan.change < 0.0)
    })?;
    let false_alarm = world.share_seen(0.0, plan, |_| true)?;
    let after = world.expected.iter().skip(history.len());
    Ok(Power {
        seen,
        false_alarm,
        mean_after: after.sum::<f64>() / plan.months_after as f64,
        alpha: world.alpha,
    })
}

/// The smallest of these changes that is seen in at least `wanted` of tries, with its share; `None` where
/// none is. Changes are tried from the smallest on.
///
/// # Errors
///
/// As [`power`].
pub fn smallest_seen(
    history: &[Option<u64>],
    first_month: u8,
    plan: &Plan,
    changes: &[f64],
    wanted: f64,
) -> Result<Option<(f64, Proportion)>, EvaluationError> {
    let world = World::of(history, first_month, plan)?;
    let mut sorted = changes.to_vec();
    sorted.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    for change in sorted {
        check_change(change)?;
        let seen = world.share_seen(change, plan, |ratio| (ratio < 1.0) == (change < 0.0))?;
        if seen.share >= wanted {
            return Ok(Some((change, seen)));
        }
    }
    Ok(None)
}

fn check_change(change: f64) -> Result<(), EvaluationError> {
    if (-1.0..=10.0).contains(&change) {
        return Ok(());
    }
    Err(EvaluationError::Setting {
        what: "the change",
        least: -1.0,
        most: 10.0,
    })
}

/// What the made-up months are drawn from.
struct World {
    /// Expected counts without effect, history and after; `None` of the history are left out of tests too.
    expected: Vec<f64>,
    present: Vec<bool>,
    alpha: f64,
    start: usize,
    first_month: u8,
}

impl World {
    fn of(history: &[Option<u64>], first_month: u8, plan: &Plan) -> Result<Self, EvaluationError> {
        check_change(plan.change)?;
        let least = 100;
        for (what, found, needed) in [
            ("tries", plan.tries, least),
            ("months after", plan.months_after, 1),
            ("months of history", history.iter().flatten().count(), 6),
        ] {
            if found < needed {
                return Err(EvaluationError::TooFew {
                    what,
                    found,
                    needed,
                });
            }
        }
        for (index, count) in history.iter().enumerate() {
            if let Some(count) = count.filter(|count| *count > MOST_COUNTED) {
                let (what, value) = ("the count of month", count as f64);
                return Err(EvaluationError::Value { what, index, value });
            }
        }
        if plan.months_after > 1_200 {
            return Err(EvaluationError::Setting {
                what: "the number of months after",
                least: 1.0,
                most: 1_200.0,
            });
        }
        let options = match plan.test {
            Test::Interrupted(options) => {
                level(options.confidence)?;
                options
            }
            Test::BeforeAfter { confidence } => {
                level(confidence)?;
                SeriesOptions {
                    season: Season::None,
                    trend: false,
                    ..SeriesOptions::default()
                }
            }
        };
        let length = history.len() + plan.months_after;
        let (expected, alpha) = expected(history, first_month, &options, length)?;
        let present = history
            .iter()
            .map(Option::is_some)
            .chain((0..plan.months_after).map(|_| true))
            .collect();
        Ok(Self {
            expected,
            present,
            alpha,
            start: history.len(),
            first_month,
        })
    }

    /// The share of tries in which the test finds a change that counts.
    fn share_seen(
        &self,
        change: f64,
        plan: &Plan,
        counts: impl Fn(f64) -> bool + Sync,
    ) -> Result<Proportion, EvaluationError> {
        // Tries without effect take other streams than those with one.
        let offset = if change == 0.0 { 1_u64 << 40 } else { 0 };
        let seen = (0..plan.tries as u64)
            .into_par_iter()
            .filter(|&draw| {
                let mut source = Source::new(plan.seed, draw + offset);
                let series = self.draw(&mut source, change);
                // A try that has no answer (nothing at all counted after, say) has not shown an effect.
                self.ratio_if_clear(&series, plan).is_some_and(&counts)
            })
            .count();
        wilson(seen as u64, plan.tries as u64, 0.95)
            .ok()
            .flatten()
            .ok_or(EvaluationError::NoAnswer)
    }

    fn draw(&self, source: &mut Source, change: f64) -> Vec<Option<u64>> {
        self.expected
            .iter()
            .zip(&self.present)
            .enumerate()
            .map(|(t, (mean, present))| {
                let mean = if t >= self.start {
                    mean * (1.0 + change)
                } else {
                    *mean
                };
                let count = source.negative_binomial(mean, self.alpha);
                present.then_some(count)
            })
            .collect()
    }

    /// The ratio found, where its interval lies on one side of no change.
    fn ratio_if_clear(&self, counts: &[Option<u64>], plan: &Plan) -> Option<f64> {
        let (ratio, interval) = match plan.test {
            Test::Interrupted(options) => {
                let series = Series {
                    counts,
                    exposure: None,
                    start: self.start,
                    first_month: self.first_month,
                };
                let result = interrupted_series(&series, &options).ok()?;
                (result.average.ratio, result.average.interval)
            }
            Test::BeforeAfter { confidence } => {
                let (history, after) = counts.split_at_checked(self.start)?;
                let before = history.get(history.len().saturating_sub(plan.months_after)..)?;
                let side = |months: &[Option<u64>]| {
                    let present = months.iter().flatten();
                    (present.clone().sum::<u64>(), present.count() as f64)
                };
                let ratio = rate_ratio(side(after), side(before), confidence).ok()??;
                (ratio.estimate, ratio.interval)
            }
        };
        (interval.upper < 1.0 || interval.lower > 1.0).then_some(ratio)
    }
}

/// Expected counts by the last level and the season of the history, to `length` months, and how they spread.
fn expected(
    history: &[Option<u64>],
    first_month: u8,
    options: &SeriesOptions,
    length: usize,
) -> Result<(Vec<f64>, f64), EvaluationError> {
    let series = Series {
        counts: history,
        exposure: None,
        start: history.len(),
        first_month,
    };
    let months = || (0..length).map(|t| (t + usize::from(first_month) + 11) % 12);
    if options.season == Season::Months {
        let seen = |month| {
            months()
                .zip(history)
                .any(|(m, count)| m == month && count.is_some())
        };
        if let Some(unseen) = months().find(|month| !seen(*month)) {
            let name = format!("month {}", unseen + 1);
            return Err(EvaluationError::NotIdentified(name));
        }
    }
    let built = Built::new(&series, options, false)?;
    let fit = negative_binomial(&built.problem)?;
    let last = history.len() - 1;
    let expected = months()
        .map(|month| built.expected(&fit, last, month))
        .collect();
    Ok((expected, fit.alpha))
}
