//! What must hold of a control chart whatever the series.

use appraisal::xmr::{Chart, Options, Outcome, Rule, Side, xmr};
use proptest::prelude::*;

/// Up to five years of counts with gaps.
fn series() -> impl Strategy<Value = Vec<Option<f64>>> {
    prop::collection::vec(
        prop::option::weighted(0.9, (0_u16..200).prop_map(f64::from)),
        0..60,
    )
}

fn chart(series: &[Option<f64>], options: &Options) -> Result<Option<Chart>, TestCaseError> {
    match xmr(series, options) {
        Ok(Outcome::Chart(chart)) => Ok(Some(chart)),
        Ok(Outcome::Insufficient(_)) => Ok(None),
        Err(error) => Err(TestCaseError::fail(error.to_string())),
    }
}

/// Rule, side, when it showed, first and last month.
fn shape(chart: &Chart) -> Vec<(Rule, Side, usize, usize, usize)> {
    chart
        .signals
        .iter()
        .map(|s| (s.rule, s.side, s.index, s.first, s.last))
        .collect()
}

proptest! {
    #[test]
    fn the_chart_is_in_order(series in series(), baseline in prop::option::of(0_usize..30)) {
        let options = Options { baseline, ..Options::counts() };
        let Some(chart) = chart(&series, &options)? else { return Ok(()) };
        prop_assert!(0.0 <= chart.lower && chart.lower <= chart.centre && chart.centre <= chart.upper);
        prop_assert_eq!(chart.moving_ranges.len(), series.len());
        prop_assert!(chart.signals.is_sorted_by_key(|s| (s.index, s.rule)));
        for signal in &chart.signals {
            prop_assert!(signal.first <= signal.index && signal.index <= signal.last);
            // No signal reaches across a gap.
            prop_assert!(series[signal.first..=signal.last].iter().all(Option::is_some));
            prop_assert!(!signal.describe(|index| index.to_string()).is_empty());
        }
        let beyond = series.iter().flatten()
            .filter(|v| **v > chart.upper + 1e-9 || **v < chart.lower - 1e-9).count();
        let named = chart.signals.iter().filter(|s| s.rule == Rule::BeyondLimit).count();
        prop_assert_eq!(named, beyond);
    }

    #[test]
    fn another_unit_or_zero_point_gives_the_same_signals(
        series in series(), scale in 1_u8..9, shift in -500_i32..500,
    ) {
        // Whole numbers, so that points on a line stay on it.
        let changed: Vec<_> = series.iter()
            .map(|value| value.map(|v| v * f64::from(scale) + f64::from(shift))).collect();
        let options = Options::measurements();
        let before = chart(&series, &options)?.map(|chart| shape(&chart));
        let after = chart(&changed, &options)?.map(|chart| shape(&chart));
        prop_assert_eq!(before, after);
    }

    #[test]
    fn upside_down_gives_the_same_signals_on_the_other_side(series in series()) {
        let negated: Vec<_> = series.iter().map(|value| value.map(|v| -v)).collect();
        let options = Options::measurements();
        let turned = |side| match side { Side::Above => Side::Below, Side::Below => Side::Above };
        let mut before = chart(&series, &options)?.map(|c| shape(&c)).unwrap_or_default();
        for signal in &mut before {
            signal.1 = turned(signal.1);
        }
        let mut after = chart(&negated, &options)?.map(|c| shape(&c)).unwrap_or_default();
        // Two near-limit episodes may show in the same month only if both sides are at it, which they cannot.
        before.sort_by_key(|s| (s.2, s.0));
        after.sort_by_key(|s| (s.2, s.0));
        prop_assert_eq!(before, after);
    }

    #[test]
    fn gaps_at_either_end_change_no_limit(series in series(), lead in 0_usize..5, tail in 0_usize..5) {
        let mut padded = vec![None; lead];
        padded.extend(series.iter().copied());
        padded.extend(vec![None; tail]);
        let options = Options::counts();
        let plain = chart(&series, &options)?;
        let padded = chart(&padded, &options)?;
        prop_assert_eq!(
            plain.map(|c| (c.centre, c.lower, c.upper, c.signals.len())),
            padded.map(|c| (c.centre, c.lower, c.upper, c.signals.len()))
        );
    }
}
