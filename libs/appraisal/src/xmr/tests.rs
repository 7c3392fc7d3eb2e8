use super::*;

fn present(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

fn chart(series: &[Option<f64>], options: &Options) -> Chart {
    match xmr(series, options).unwrap() {
        Outcome::Chart(chart) => chart,
        Outcome::Insufficient(missing) => panic!("{missing}"),
    }
}

fn rules(chart: &Chart) -> Vec<(Rule, Side, usize)> {
    chart
        .signals
        .iter()
        .map(|s| (s.rule, s.side, s.index))
        .collect()
}

#[track_caller]
fn close(found: f64, expected: f64, within: f64) {
    assert!(
        (found - expected).abs() <= within,
        "found {found}, expected {expected}"
    );
}

/// Ten months that alternate 9, 11: centre 10, mR̄ 2, limits 4.68 and 15.32 when they are the baseline.
const QUIET: [f64; 10] = [9.0, 11.0, 9.0, 11.0, 9.0, 11.0, 9.0, 11.0, 9.0, 11.0];

/// The quiet months as the baseline, then these.
fn after_quiet(then: &[Option<f64>]) -> Chart {
    let mut series = present(&QUIET);
    series.extend_from_slice(then);
    let options = Options {
        baseline: Some(10),
        ..Options::counts()
    };
    let chart = chart(&series, &options);
    close(chart.upper, 15.32, 1e-12);
    close(chart.lower, 4.68, 1e-12);
    close(chart.range_limit, 6.536, 1e-12);
    chart
}

#[test]
fn the_nist_example() {
    // NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2 (flow rate of ten batches). It prints the mean
    // 50.81, the mean moving range 1.8778 and limits 55.8041 and 45.8159; the limits use 3/1.128 where ours
    // use the rounded 2.66, hence the wider margin.
    let flow = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1];
    let chart = chart(&present(&flow), &Options::measurements());
    close(chart.centre, 50.81, 1e-9);
    close(chart.mean_moving_range, 1.8778, 5e-5);
    close(chart.upper, 55.8041, 1e-3);
    close(chart.lower, 45.8159, 1e-3);
    assert!(chart.signals.is_empty());
}

#[test]
fn monthly_trade_deficits_by_hand() {
    // The monthly United States trade deficits of 1987 (thousand million dollars), a series that Wheeler's
    // Understanding Variation made known. Worked by hand: the sum is 153.0; the eleven moving ranges are
    // 2.3 1.6 0.1 1.0 1.6 0.7 0.7 1.5 3.4 4.3 1.1, sum 18.3.
    let deficits = [
        10.7, 13.0, 11.4, 11.5, 12.5, 14.1, 14.8, 14.1, 12.6, 16.0, 11.7, 10.6,
    ];
    let chart = chart(&present(&deficits), &Options::counts());
    close(chart.centre, 12.75, 1e-9);
    close(chart.mean_moving_range, 18.3 / 11.0, 1e-9);
    close(chart.upper, 17.175, 1e-3);
    close(chart.lower, 8.325, 1e-3);
    close(chart.range_limit, 5.437, 1e-3);
    assert!(chart.signals.is_empty());
}

#[test]
fn a_gap_is_not_a_zero_and_gives_no_moving_range() {
    let series = [
        Some(10.0),
        Some(12.0),
        None,
        Some(20.0),
        Some(18.0),
        None,
        None,
        Some(14.0),
        Some(16.0),
    ];
    let chart = chart(&series, &Options::counts());
    close(chart.centre, 15.0, 1e-12);
    // Only 10–12, 20–18 and 14–16: the steps across gaps (8 and 4) do not count.
    close(chart.mean_moving_range, 2.0, 1e-12);
    let ranges: Vec<usize> = (0..9)
        .filter(|&i| chart.moving_ranges[i].is_some())
        .collect();
    assert_eq!(ranges, [1, 4, 8]);
    assert_eq!(chart.baseline_months, 6);
}

#[test]
fn a_month_beyond_a_limit_is_named_and_one_on_it_is_not() {
    let chart = after_quiet(&[Some(15.3), Some(10.0), Some(15.4)]);
    assert_eq!(rules(&chart), [(Rule::BeyondLimit, Side::Above, 12)]);
    let said = chart.signals[0].describe(|i| format!("Month {}", i + 1));
    assert_eq!(said, "Month 13 (15.4) is above the upper limit of 15.3.");

    let chart = after_quiet(&[Some(4.6)]);
    assert_eq!(rules(&chart), [(Rule::BeyondLimit, Side::Below, 10)]);

    let barely = after_quiet(&[Some(15.33)]);
    assert_eq!(
        barely.signals[0].describe(|i| format!("Month {}", i + 1)),
        "Month 11 (15.33) is above the upper limit of 15.32."
    );

    let series = present(&[1.0, 3.0, 1.0, 3.0, 1.0, 3.0, 2.0 + 2.66 * 2.0]);
    let options = Options {
        baseline: Some(6),
        ..Options::counts()
    };
    let exactly_on = self::chart(&series, &options);
    assert!(exactly_on.signals.is_empty());
}

#[test]
fn eight_on_one_side_are_a_run_and_seven_are_not() {
    // The last quiet month, 11, is above too: seven more make eight.
    let seven = after_quiet(&[Some(12.0); 6]);
    assert!(seven.signals.is_empty());

    let eight = after_quiet(&[Some(12.0); 9]);
    assert_eq!(rules(&eight), [(Rule::Run, Side::Above, 16)]);
    let run = &eight.signals[0];
    assert_eq!((run.first, run.last), (9, 18));
    assert_eq!(
        run.describe(|i| format!("month {}", i + 1)),
        "All 10 months from month 10 to month 19 are above the average of 10."
    );
}

#[test]
fn a_gap_or_a_month_on_the_line_ends_a_run() {
    for interruption in [None, Some(10.0)] {
        let mut then = vec![Some(12.0); 6];
        then.push(interruption);
        then.extend([Some(12.0); 7]);
        assert!(after_quiet(&then).signals.is_empty(), "{interruption:?}");
        then.push(Some(12.0));
        assert_eq!(
            rules(&after_quiet(&then)),
            [(Rule::Run, Side::Above, 24)],
            "{interruption:?}"
        );
    }
}

#[test]
fn three_of_four_near_a_limit() {
    // Nearer to 15.32 than to 10 from 12.66 on.
    let chart = after_quiet(&[Some(13.0), Some(9.0), Some(13.0), Some(12.7)]);
    assert_eq!(rules(&chart), [(Rule::NearLimit, Side::Above, 13)]);
    assert_eq!((chart.signals[0].first, chart.signals[0].last), (10, 13));

    let too_near_the_centre = after_quiet(&[Some(13.0), Some(9.0), Some(13.0), Some(12.6)]);
    assert!(too_near_the_centre.signals.is_empty());
    let both_sides = after_quiet(&[Some(13.0), Some(7.0), Some(13.0), Some(7.0)]);
    assert!(both_sides.signals.is_empty());
    let across_a_gap = after_quiet(&[Some(13.0), Some(13.0), None, Some(13.0)]);
    assert!(across_a_gap.signals.is_empty());

    // One that goes on is one signal.
    let chart = after_quiet(&[Some(7.0); 6]);
    assert_eq!(rules(&chart), [(Rule::NearLimit, Side::Below, 12)]);
    assert_eq!((chart.signals[0].first, chart.signals[0].last), (10, 15));
    assert_eq!(
        chart.signals[0].describe(|i| format!("month {}", i + 1)),
        "Most months from month 11 to month 16 are nearer to the lower limit of 4.7 than to the average."
    );
}

#[test]
fn a_large_step_between_two_routine_months() {
    let chart = after_quiet(&[Some(6.0), Some(14.0)]);
    assert_eq!(rules(&chart), [(Rule::LargeChange, Side::Above, 11)]);
    let said = chart.signals[0].describe(|i| format!("month {}", i + 1));
    assert_eq!(
        said,
        "The change from month 11 to month 12 (8) is more than the 6.5 that is routine."
    );
}

#[test]
fn the_lower_limit_of_counts_stops_at_zero() {
    let series = present(&[2.0, 0.0, 3.0, 0.0, 2.0, 1.0, 0.0]);
    let counts = chart(&series, &Options::counts());
    let measurements = chart(&series, &Options::measurements());
    assert_eq!(counts.lower, 0.0);
    assert!(measurements.lower < 0.0);
    assert_eq!(counts.upper, measurements.upper);
    // Zeros are not 'near the lower limit': the natural one is far below them.
    assert!(counts.signals.is_empty());
}

#[test]
fn equal_months_signal_nothing_and_the_first_other_one_does() {
    // The mean of seven times 0.1 is not 0.1 to the last bit.
    let same = chart(&present(&[0.1; 24]), &Options::counts());
    assert!(same.signals.is_empty());
    assert_eq!(same.mean_moving_range, 0.0);

    let mut series = present(&[5.0; 12]);
    series.push(Some(6.0));
    let options = Options {
        baseline: Some(12),
        ..Options::counts()
    };
    let other = chart(&series, &options);
    assert_eq!(
        rules(&other),
        [
            (Rule::BeyondLimit, Side::Above, 12),
            (Rule::LargeChange, Side::Above, 12)
        ]
    );
}

#[test]
fn the_baseline_counts_months_present() {
    let mut series = vec![None, Some(9.0), Some(11.0), None, Some(9.0), Some(11.0)];
    series.extend(present(&[9.0, 11.0, 30.0, 30.0]));
    let options = Options {
        baseline: Some(6),
        ..Options::counts()
    };
    let chart = chart(&series, &options);
    assert_eq!(chart.baseline_months, 6);
    close(chart.centre, 10.0, 1e-12);
    close(chart.mean_moving_range, 2.0, 1e-12);
    assert_eq!(chart.signals[0].index, 8);
}

#[test]
fn too_few_months_say_what_is_missing() {
    let insufficient = |series: &[Option<f64>], options: &Options| match xmr(series, options) {
        Ok(Outcome::Insufficient(missing)) => missing,
        other => panic!("{other:?}"),
    };
    let options = Options::counts();
    let missing = insufficient(&present(&[1.0, 2.0, 3.0, 4.0, 5.0]), &options);
    assert_eq!((missing.present, missing.needed), (5, 6));
    assert_eq!(
        missing.to_string(),
        "Control limits need at least 6 months; there are figures for 5 months."
    );
    assert_eq!(insufficient(&[], &options).present, 0);
    assert_eq!(insufficient(&[None; 30], &options).present, 0);

    // Every other month: plenty of figures, not one step between neighbours.
    let sparse: Vec<_> = (0..20)
        .map(|i| (i % 2 == 0).then_some(f64::from(i)))
        .collect();
    let missing = insufficient(&sparse, &options);
    assert_eq!((missing.present, missing.ranges), (10, 0));
    assert_eq!(
        missing.to_string(),
        "Control limits need at least 3 pairs of months in a row; there are figures for 0 such pairs."
    );

    let short_baseline = Options {
        baseline: Some(3),
        ..options
    };
    let missing = insufficient(&present(&QUIET), &short_baseline);
    assert_eq!((missing.present, missing.needed), (3, 6));
}

#[test]
fn nonsense_is_refused() {
    let mut series = present(&QUIET);
    series[4] = Some(f64::NAN);
    let options = Options::counts();
    assert_eq!(
        xmr(&series, &options),
        Err(XmrError::NotFinite { index: 4 })
    );
    series[4] = Some(-1.0);
    assert_eq!(
        xmr(&series, &options),
        Err(XmrError::Negative {
            index: 4,
            value: -1.0
        })
    );
    assert!(xmr(&series, &Options::measurements()).is_ok());
    let huge = present(&[1e308, -1e308, 1e308, -1e308, 1e308, -1e308]);
    assert_eq!(xmr(&huge, &Options::measurements()), Err(XmrError::Range));
}

#[test]
fn large_figures_are_grouped() {
    let mut values = [12_000.0, 12_010.0, 11_990.0].repeat(4);
    values.push(1_234_567.0);
    let series: Vec<Option<f64>> = values.into_iter().map(Some).collect();
    let chart = chart(&series, &Options::counts());
    let said: Vec<String> = chart
        .signals
        .iter()
        .map(|signal| signal.describe(|i| format!("month {}", i + 1)))
        .collect();
    assert!(
        said.iter()
            .any(|words| words.starts_with("month 13 (1,234,567) is above the upper limit of ")),
        "{said:?}"
    );
}
