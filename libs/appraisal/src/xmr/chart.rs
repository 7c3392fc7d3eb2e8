//! Centre line and limits.

use super::rules::{Lines, signals};
use super::{
    Chart, FEWEST_RANGES, Insufficient, LIMIT_FACTOR, Options, Outcome, RANGE_LIMIT_FACTOR,
    XmrError,
};

/// The XmR chart of a series of months, in order, with `None` where a month is missing.
///
/// With x̄ the mean of the baseline months and mR̄ the mean of their moving ranges |xᵢ − xᵢ₋₁|:
///
/// ```text
/// centre x̄,  limits x̄ ± 2.66 · mR̄,  limit of the moving ranges 3.268 · mR̄
/// ```
///
/// A missing month is never a zero. A moving range is taken only between two months next to each other, both
/// present; runs and windows of the rules do not reach across a gap either, as nobody knows on which side of
/// the centre line the missing month lay. The rules are those of [`Rule`](super::Rule). Limits need
/// [`Options::fewest`] months and [`FEWEST_RANGES`] moving ranges; with fewer the outcome is
/// [`Outcome::Insufficient`]. With a baseline window, moving ranges are taken within it.
///
/// # Errors
///
/// [`XmrError::NotFinite`] for a value that is infinite or not a number, [`XmrError::Negative`] for a count
/// below zero, [`XmrError::Range`] where sums overflow.
///
/// # Example
///
/// ```
/// use appraisal::xmr::{Options, Outcome, Rule, xmr};
///
/// let series: Vec<_> = [12.0, 14.0, 11.0, 13.0, 12.0, 14.0, 13.0, 29.0].map(Some).into();
/// let Outcome::Chart(chart) = xmr(&series, &Options::counts())? else {
///     return Err("too few months".into());
/// };
/// assert_eq!(chart.signals[0].rule, Rule::BeyondLimit);
/// assert_eq!(chart.signals[0].index, 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn xmr(series: &[Option<f64>], options: &Options) -> Result<Outcome, XmrError> {
    check(series, options.never_negative)?;
    let moving_ranges = moving_ranges(series);
    let baseline = baseline_end(series, options.baseline);

    let values: Vec<f64> = series[..baseline].iter().flatten().copied().collect();
    let ranges: Vec<f64> = moving_ranges[..baseline]
        .iter()
        .flatten()
        .copied()
        .collect();
    let needed = options.fewest.max(2);
    // Two months have but one range: the floor must not ask for more than the months can give.
    let ranges_needed = FEWEST_RANGES.min(needed - 1);
    if values.len() < needed || ranges.len() < ranges_needed {
        return Ok(Outcome::Insufficient(Insufficient {
            present: values.len(),
            needed,
            ranges: ranges.len(),
            ranges_needed,
        }));
    }

    let centre = mean(&values);
    let mean_moving_range = mean(&ranges);
    let reach = LIMIT_FACTOR * mean_moving_range;
    let range_limit = RANGE_LIMIT_FACTOR * mean_moving_range;
    let natural_lower = centre - reach;
    let upper = centre + reach;
    if !(natural_lower.is_finite() && upper.is_finite() && range_limit.is_finite()) {
        return Err(XmrError::Range);
    }
    let lower = if options.never_negative {
        natural_lower.max(0.0)
    } else {
        natural_lower
    };
    let lines = Lines {
        centre,
        lower,
        upper,
        reach,
        range_limit,
    };
    Ok(Outcome::Chart(Chart {
        centre,
        upper,
        lower,
        mean_moving_range,
        range_limit,
        signals: signals(series, &moving_ranges, &lines),
        moving_ranges,
        baseline_months: values.len(),
    }))
}

fn check(series: &[Option<f64>], never_negative: bool) -> Result<(), XmrError> {
    for (index, value) in series.iter().enumerate() {
        let Some(value) = *value else { continue };
        if !value.is_finite() {
            return Err(XmrError::NotFinite { index });
        }
        if never_negative && value < 0.0 {
            return Err(XmrError::Negative { index, value });
        }
    }
    Ok(())
}

fn moving_ranges(series: &[Option<f64>]) -> Vec<Option<f64>> {
    (0..series.len())
        .map(|index| {
            let before = series[index.checked_sub(1)?]?;
            Some((series[index]? - before).abs())
        })
        .collect()
}

/// The position after the last month of the baseline.
fn baseline_end(series: &[Option<f64>], months: Option<usize>) -> usize {
    let Some(months) = months else {
        return series.len();
    };
    let mut present = series
        .iter()
        .enumerate()
        .filter(|(_, value)| value.is_some());
    match months.checked_sub(1) {
        None => 0,
        // Fewer months than asked for: the window is the series, and the count of months says the rest.
        Some(last) => present
            .nth(last)
            .map_or(series.len(), |(index, _)| index + 1),
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
