//! The rules that tell an exception from routine.

use super::RUN_LENGTH;

/// By which rule a signal was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// One month beyond a natural process limit. A month exactly on the limit is within it.
    BeyondLimit,
    /// Eight or more successive months on one side of the centre line. A month on the line ends the run.
    Run,
    /// Three of four successive months nearer to a limit than to the centre line, all on the same side.
    /// Measured against the natural limit even where that is below zero and not drawn.
    NearLimit,
    /// A step from one month to the next beyond the limit of the moving ranges.
    LargeChange,
}

impl Rule {
    /// A short name for tables and files; it will not change.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BeyondLimit => "beyond limit",
            Self::Run => "run of 8",
            Self::NearLimit => "3 of 4 near limit",
            Self::LargeChange => "large change",
        }
    }

    /// The rule in a sentence, for a legend.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            Self::BeyondLimit => "One month lies beyond a control limit.",
            Self::Run => {
                "Eight or more months in a row lie on the same side of the average: the level has shifted."
            }
            Self::NearLimit => {
                "Three of four months in a row lie nearer to the same control limit than to the average."
            }
            Self::LargeChange => {
                "The step from one month to the next is larger than routine steps."
            }
        }
    }
}

/// Above or below the centre line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Higher than the centre line; of a step, upwards.
    Above,
    /// Lower than the centre line; of a step, downwards.
    Below,
}

/// Something that calls for an explanation.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// The rule by which it was found.
    pub rule: Rule,
    /// Which way it points.
    pub side: Side,
    /// The month, from 0, at which the rule was first met: when someone watching would have known.
    pub index: usize,
    /// The first month that takes part.
    pub first: usize,
    /// The last month that takes part; a run or a cluster that goes on is one signal.
    pub last: usize,
    /// The value at `index`; for [`Rule::LargeChange`] the step.
    pub value: f64,
    /// The line it is measured against: a limit, or the centre line for a run.
    pub line: f64,
}

impl Signal {
    /// The signal as a sentence, with months named by `label`.
    ///
    /// ```
    /// use appraisal::xmr::{Rule, Side, Signal};
    ///
    /// let signal = Signal {
    ///     rule: Rule::Run, side: Side::Above, index: 9, first: 2, last: 11, value: 31.0, line: 24.3,
    /// };
    /// assert_eq!(
    ///     signal.describe(|index| format!("month {}", index + 1)),
    ///     "All 10 months from month 3 to month 12 are above the average of 24.3."
    /// );
    /// ```
    #[must_use]
    pub fn describe(&self, label: impl Fn(usize) -> String) -> String {
        let side = match self.side {
            Side::Above => "above",
            Side::Below => "below",
        };
        let limit = match self.side {
            Side::Above => "upper",
            Side::Below => "lower",
        };
        let (value, line) = apart(self.value, self.line);
        match self.rule {
            Rule::BeyondLimit => {
                let month = label(self.index);
                format!("{month} ({value}) is {side} the {limit} limit of {line}.")
            }
            Rule::Run => {
                let months = self.last - self.first + 1;
                let (from, to) = (label(self.first), label(self.last));
                format!("All {months} months from {from} to {to} are {side} the average of {line}.")
            }
            Rule::NearLimit => {
                let (from, to) = (label(self.first), label(self.last));
                format!(
                    "Most months from {from} to {to} are nearer to the {limit} limit of {line} than to \
                     the average."
                )
            }
            Rule::LargeChange => {
                let (from, to) = (label(self.first), label(self.last));
                format!(
                    "The change from {from} to {to} ({value}) is more than the {line} that is routine."
                )
            }
        }
    }
}

/// Both numbers with one decimal, or with as many more as it takes to tell them apart: '27 is above 27'
/// explains nothing.
fn apart(value: f64, line: f64) -> (String, String) {
    (1..6)
        .map(|places| (short(value, places), short(line, places)))
        .find(|(value, line)| value != line)
        .unwrap_or_else(|| (short(value, 1), short(line, 1)))
}

/// At most so many decimals, and none where they would be zeros; thousands with commas.
fn short(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    match text.trim_end_matches('0').trim_end_matches('.') {
        "-0" => "0".to_owned(),
        shorter => grouped(shorter),
    }
}

/// `-1671.6` as `-1,671.6`.
fn grouped(number: &str) -> String {
    let (whole, decimals) = number.split_at(number.find('.').unwrap_or(number.len()));
    let (sign, digits) = whole.split_at(usize::from(whole.starts_with('-')));
    let mut text = sign.to_owned();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text + decimals
}

/// The lines of a chart, as the rules need them.
pub(super) struct Lines {
    pub(super) centre: f64,
    /// As drawn: at least zero for counts.
    pub(super) lower: f64,
    pub(super) upper: f64,
    /// From the centre line to a natural limit, clamped or not.
    pub(super) reach: f64,
    pub(super) range_limit: f64,
}

impl Lines {
    /// How far rounding may put a value off a line: equal values must not lie 'above' their own mean.
    fn slack(&self, value: f64) -> f64 {
        1e-12 * self.centre.abs().max(value.abs())
    }

    fn side(&self, value: f64) -> Option<Side> {
        if value > self.centre + self.slack(value) {
            Some(Side::Above)
        } else if value < self.centre - self.slack(value) {
            Some(Side::Below)
        } else {
            None
        }
    }

    fn beyond(&self, value: f64) -> Option<Side> {
        if value > self.upper + self.slack(value) {
            Some(Side::Above)
        } else if value < self.lower - self.slack(value) {
            Some(Side::Below)
        } else {
            None
        }
    }

    fn near_limit(&self, value: f64) -> Option<Side> {
        let far = (value - self.centre).abs() > 0.5 * self.reach + self.slack(value);
        self.side(value).filter(|_| far)
    }

    /// The limit on that side, as drawn.
    fn limit(&self, side: Side) -> f64 {
        match side {
            Side::Above => self.upper,
            Side::Below => self.lower,
        }
    }
}

/// All signals, by the month at which they showed and then by rule.
pub(super) fn signals(
    series: &[Option<f64>],
    moving_ranges: &[Option<f64>],
    lines: &Lines,
) -> Vec<Signal> {
    let mut found = Vec::new();
    beyond_limit(series, lines, &mut found);
    runs(series, lines, &mut found);
    near_limit(series, lines, &mut found);
    large_changes(series, moving_ranges, lines, &mut found);
    found.sort_by_key(|signal| (signal.index, signal.rule));
    found
}

fn beyond_limit(series: &[Option<f64>], lines: &Lines, found: &mut Vec<Signal>) {
    for (index, value) in series.iter().enumerate() {
        let Some(value) = *value else { continue };
        if let Some(side) = lines.beyond(value) {
            found.push(Signal {
                rule: Rule::BeyondLimit,
                side,
                index,
                first: index,
                last: index,
                value,
                line: lines.limit(side),
            });
        }
    }
}

fn runs(series: &[Option<f64>], lines: &Lines, found: &mut Vec<Signal>) {
    let sides: Vec<Option<Side>> = series
        .iter()
        .map(|value| value.and_then(|value| lines.side(value)))
        .collect();
    let mut first = 0;
    for same in sides.chunk_by(|a, b| a == b) {
        if let Some(side) = same[0]
            && same.len() >= RUN_LENGTH
        {
            let index = first + RUN_LENGTH - 1;
            found.push(Signal {
                rule: Rule::Run,
                side,
                index,
                first,
                last: first + same.len() - 1,
                value: series[index].unwrap_or(lines.centre),
                line: lines.centre,
            });
        }
        first += same.len();
    }
}

fn near_limit(series: &[Option<f64>], lines: &Lines, found: &mut Vec<Signal>) {
    for side in [Side::Above, Side::Below] {
        let near: Vec<bool> = series
            .iter()
            .map(|value| value.and_then(|value| lines.near_limit(value)) == Some(side))
            .collect();
        let mut open: Option<Signal> = None;
        for (index, value) in series.iter().enumerate() {
            let Some(value) = *value else {
                // A gap ends whatever was going on: no window reaches across it.
                found.extend(open.take());
                continue;
            };
            // Three near ones of the last four months; three are enough where the fourth is out of reach.
            let from = (index.saturating_sub(3)..=index)
                .rev()
                .take_while(|&month| series[month].is_some())
                .last()
                .unwrap_or(index);
            let hits: Vec<usize> = (from..=index).filter(|&month| near[month]).collect();
            if !near[index] || hits.len() < 3 {
                continue;
            }
            match &mut open {
                // Overlapping windows are one episode.
                Some(signal) if hits[0] <= signal.last => signal.last = index,
                _ => {
                    found.extend(open.take());
                    open = Some(Signal {
                        rule: Rule::NearLimit,
                        side,
                        index,
                        first: hits[0],
                        last: index,
                        value,
                        line: lines.limit(side),
                    });
                }
            }
        }
        found.extend(open);
    }
}

fn large_changes(
    series: &[Option<f64>],
    moving_ranges: &[Option<f64>],
    lines: &Lines,
    found: &mut Vec<Signal>,
) {
    for (index, range) in moving_ranges.iter().enumerate() {
        let (Some(range), Some(value)) = (*range, series[index]) else {
            continue;
        };
        if range > lines.range_limit + lines.slack(value) {
            let before = index - 1;
            let up = series[before].is_some_and(|before| value > before);
            found.push(Signal {
                rule: Rule::LargeChange,
                side: if up { Side::Above } else { Side::Below },
                index,
                first: before,
                last: index,
                value: range,
                line: lines.range_limit,
            });
        }
    }
}
