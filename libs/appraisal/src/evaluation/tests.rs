use super::*;

fn present(counts: &[u64]) -> Vec<Option<u64>> {
    counts.iter().copied().map(Some).collect()
}

fn plain() -> SeriesOptions {
    SeriesOptions {
        season: Season::None,
        trend: false,
        ..SeriesOptions::default()
    }
}

fn fit(counts: &[Option<u64>], start: usize, options: &SeriesOptions) -> Interrupted {
    let series = Series {
        counts,
        exposure: None,
        start,
        first_month: 4,
    };
    interrupted_series(&series, options).unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64, within: f64) {
    assert!(
        (found - expected).abs() <= within,
        "found {found}, expected {expected}"
    );
}

#[test]
fn a_step_alone_is_the_ratio_of_two_means() {
    // Means 20 and 12: ratio 0.6; three months at 8 fewer are 24 avoided.
    let counts = present(&[18, 22, 19, 21, 20, 20, 11, 13, 12]);
    let result = fit(&counts, 6, &plain());
    close(result.average.ratio, 0.6, 1e-9);
    close(result.average.percent(), -40.0, 1e-7);
    close(result.avoided.value, 24.0, 1e-7);
    assert_eq!(result.average, result.step);
    assert_eq!(result.slope, None);
    close(result.without[8].unwrap(), 20.0, 1e-7);
    assert_eq!(result.level, MarylandLevel::Two);
    for caution in [
        Caution::NoComparison,
        Caution::FewBefore(6),
        Caution::FewAfter(3),
        Caution::OtherSeason,
    ] {
        assert!(result.cautions.contains(&caution), "{caution}");
    }
}

#[test]
fn a_missing_month_is_left_out_and_keeps_its_place() {
    let mut counts = present(&[18, 22, 19, 21, 20, 20, 11, 13, 12]);
    counts.insert(3, None);
    let result = fit(&counts, 7, &plain());
    close(result.average.ratio, 0.6, 1e-9);
    assert_eq!(result.fitted[3], None);
    assert!(result.cautions.contains(&Caution::Missing(1)));
}

#[test]
fn counts_that_spread_no_more_than_poissons_have_no_dispersion() {
    let counts = present(&[20, 21, 19, 20, 20, 21, 12, 12, 11]);
    let options = SeriesOptions {
        family: Family::NegativeBinomial,
        ..plain()
    };
    let result = fit(&counts, 6, &options);
    assert_eq!(result.alpha, 0.0);
    // A model of Poisson counts with a mean of 20 expects more than this: the errors do not go below it.
    let poisson = (1.0 / 121.0 + 1.0 / 35.0_f64).sqrt();
    assert!(result.average.standard_error >= poisson - 1e-9);
}

#[test]
fn what_the_months_cannot_tell_is_refused_by_name() {
    let series = |counts, start, first_month| Series {
        counts,
        exposure: None,
        start,
        first_month,
    };
    let counts = present(&[5; 9]);
    let few = interrupted_series(&series(&counts, 7, 1), &plain());
    assert!(matches!(
        few,
        Err(EvaluationError::TooFew {
            found: 2,
            needed: 3,
            ..
        })
    ));
    assert!(interrupted_series(&series(&counts, 99, 1), &plain()).is_err());
    assert!(interrupted_series(&series(&[], 0, 1), &plain()).is_err());
    let month = interrupted_series(&series(&counts, 5, 13), &plain());
    assert!(matches!(month, Err(EvaluationError::Setting { .. })));
    let terms = SeriesOptions {
        season: Season::Fourier(7),
        ..plain()
    };
    assert!(interrupted_series(&series(&counts, 5, 1), &terms).is_err());
    // Nine months cannot carry eleven terms for months.
    let months = SeriesOptions {
        season: Season::Months,
        ..plain()
    };
    assert!(matches!(
        interrupted_series(&series(&counts, 5, 1), &months),
        Err(EvaluationError::TooFew { .. })
    ));
    let mut zero_after = counts.clone();
    zero_after[5..].fill(Some(0));
    let nothing = interrupted_series(&series(&zero_after, 5, 1), &plain());
    assert_eq!(nothing, Err(EvaluationError::NoAnswer));
    let exposure = [1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
    let unusable = Series {
        exposure: Some(&exposure),
        ..series(&counts, 5, 1)
    };
    assert!(matches!(
        interrupted_series(&unusable, &plain()),
        Err(EvaluationError::Value { index: 2, .. })
    ));
    let level = SeriesOptions {
        confidence: 1.0,
        ..plain()
    };
    assert!(matches!(
        interrupted_series(&series(&counts, 5, 1), &level),
        Err(EvaluationError::Confidence(_))
    ));
}

fn unit(name: &str, treated: bool, before: u64, after: u64) -> Unit {
    Unit {
        name: name.into(),
        treated,
        counts: [[Some(before); 6], [Some(after); 6]].concat(),
        exposure: None,
    }
}

#[test]
fn one_area_on_a_side_says_so() {
    let panel = Panel {
        units: vec![
            unit("a", true, 20, 10),
            unit("b", false, 20, 20),
            unit("c", false, 30, 30),
        ],
        start: 6,
    };
    let result = difference_in_differences(&panel, 0.95).unwrap();
    close(result.effect.ratio, 0.5, 1e-9);
    close(result.avoided, 60.0, 1e-6);
    assert_eq!(result.errors, Errors::Overdispersion);
    assert!(result.cautions.contains(&Caution::OneUnit));
    // Var = 1/120 + 1/60 + 1/300 + 1/300 for the sums of Poisson counts.
    let expected = (1.0 / 120.0 + 1.0 / 60.0 + 2.0 / 300.0_f64).sqrt();
    close(result.effect.standard_error, expected, 1e-9);
    // Of three areas the true choice is one of three.
    let lot = randomisation(&panel, 1).unwrap();
    assert_eq!((lot.arrangements, lot.all), (3, true));
    close(lot.p, 1.0 / 3.0, 1e-12);
}

#[test]
fn areas_without_an_incident_are_named_and_left_out() {
    let mut units = vec![
        unit("a", true, 20, 10),
        unit("b", true, 24, 13),
        unit("c", false, 30, 30),
        unit("d", false, 31, 29),
        unit("empty", false, 0, 0),
    ];
    let panel = Panel {
        units: units.clone(),
        start: 6,
    };
    let result = difference_in_differences(&panel, 0.95).unwrap();
    assert_eq!(result.left_out, ["empty"]);
    assert_eq!((result.treated, result.comparison), (2, 2));
    // Counts that are the same every month leave nothing to test a trend with.
    assert!(matches!(&result.pre_trend, PreTrend::Tested(t) if t.p == 1.0 || t.p > 0.05));
    units.truncate(2);
    let alone = Panel { units, start: 6 };
    assert!(matches!(
        difference_in_differences(&alone, 0.95),
        Err(EvaluationError::TooFew {
            what: "areas without it that counted anything",
            ..
        })
    ));
    let unequal = Panel {
        units: vec![
            unit("a", true, 1, 2),
            Unit {
                counts: vec![Some(1)],
                ..unit("b", false, 1, 2)
            },
        ],
        start: 6,
    };
    assert!(matches!(
        difference_in_differences(&unequal, 0.95),
        Err(EvaluationError::Length { .. })
    ));
    assert!(
        difference_in_differences(
            &Panel {
                units: vec![],
                start: 0
            },
            0.95
        )
        .is_err()
    );
}

#[test]
fn every_choice_of_areas_is_tried_once() {
    // The three with the largest falls are the ones with it: only this choice and none other is so far.
    let units =
        (0..8_u64).map(|i| unit(&i.to_string(), i < 3, 40, if i < 3 { 20 } else { 38 + i }));
    let panel = Panel {
        units: units.collect(),
        start: 6,
    };
    let lot = randomisation(&panel, 1).unwrap();
    assert_eq!(lot.arrangements, 56);
    close(lot.p, 1.0 / 56.0, 1e-12);
    close(lot.least, 1.0 / 56.0, 1e-12);
    let many = (0..40_u64).map(|i| unit(&i.to_string(), i < 10, 40, 30 + i % 7));
    let panel = Panel {
        units: many.collect(),
        start: 6,
    };
    let lot = randomisation(&panel, 1).unwrap();
    assert_eq!((lot.arrangements, lot.all), (10_000, false));
    assert_eq!(lot, randomisation(&panel, 1).unwrap());
}

#[test]
fn before_and_after_never_comes_without_a_warning() {
    let result = before_after((0, 10.0), (5, 10.0), true, 0.95).unwrap();
    assert_eq!((result.ratio, result.reading), (None, Reading::NotClear));
    assert_eq!(
        result.cautions,
        [Caution::NoComparison, Caution::RegressionToTheMean]
    );
    assert_eq!(result.level.number(), 2);
    let other = before_after((50, 10.0), (90, 10.0), false, 0.95).unwrap();
    assert_eq!(other.reading, Reading::Rose);
    assert!(other.cautions.contains(&Caution::OtherSeason));
    assert!(before_after((5, -1.0), (5, 1.0), true, 0.95).is_err());
}

#[test]
fn the_maryland_scale() {
    let level = |design| maryland(&design).number();
    let compared = |alongside_before, controlled| Design::Compared {
        alongside_before,
        controlled,
    };
    assert_eq!(level(Design::Correlation), 1);
    assert_eq!(level(Design::InterruptedSeries), 2);
    assert_eq!(level(compared(false, true)), 2);
    assert_eq!(level(compared(true, false)), 3);
    assert_eq!(level(compared(true, true)), 4);
    assert_eq!(level(Design::Randomised), 5);
    assert!(
        maryland(&Design::BeforeAfter)
            .describe()
            .contains("not that it brought the change")
    );
}

#[test]
fn a_perfect_mixture_and_donors_alike() {
    let a = vec![1.0, 2.0, 1.0, 3.0, 2.0];
    // Donors that are the area itself: no gap, nothing out of the ordinary.
    let result = synthetic_control(&a, &[a.clone(), a.clone(), a.clone()], 3).unwrap();
    close(result.mean_gap, 0.0, 1e-12);
    close(result.p, 1.0, 1e-12);
    assert!(result.cautions.contains(&Caution::FewDonors(0.25)));
    // An area above all donors cannot be made of them: the nearest is taken, and the fit is called poor.
    let high = vec![10.0, 10.0, 10.0, 10.0, 10.0];
    let result = synthetic_control(&high, &[vec![1.0; 5], vec![2.0; 5]], 3).unwrap();
    close(result.weights[1], 1.0, 1e-9);
    assert!(
        result
            .cautions
            .iter()
            .any(|c| matches!(c, Caution::PoorFit(share) if *share > 0.79))
    );
    assert_eq!(result.level, MarylandLevel::Two);
    assert!(synthetic_control(&a, std::slice::from_ref(&a), 3).is_err());
    assert!(synthetic_control(&a, &[a.clone(), vec![1.0]], 3).is_err());
    assert!(synthetic_control(&a, &[a.clone(), vec![f64::NAN; 5]], 3).is_err());
    assert!(synthetic_control(&a, &[a.clone(), a.clone()], 5).is_err());
    assert!(synthetic_control(&[], &[], 0).is_err());
}

fn history() -> Vec<Option<u64>> {
    (0..36_u64).map(|t| Some(20 + (t * 7) % 11)).collect()
}

#[test]
fn power_is_the_same_whatever_the_threads_and_grows_with_the_effect() {
    let plan = Plan {
        months_after: 6,
        change: -0.2,
        test: Test::Interrupted(plain()),
        tries: 200,
        seed: 4,
    };
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| power(&history(), 4, &plan).unwrap())
    };
    let one = on(1);
    assert_eq!(one, on(3));
    let more = power(
        &history(),
        4,
        &Plan {
            change: -0.5,
            ..plan
        },
    )
    .unwrap();
    assert!(more.seen.share > one.seen.share && more.seen.share > 0.97);
    let changes = [-0.6, -0.1, -0.3];
    let (change, seen) = smallest_seen(&history(), 4, &plan, &changes, 0.8)
        .unwrap()
        .unwrap();
    assert!(change == -0.3 || change == -0.6);
    assert!(seen.share >= 0.8);
    assert_eq!(
        smallest_seen(&history(), 4, &plan, &[-0.01], 0.8).unwrap(),
        None
    );
    let before_after = Plan {
        test: Test::BeforeAfter { confidence: 0.95 },
        ..plan
    };
    assert!(power(&history(), 4, &before_after).unwrap().seen.share > 0.3);
}

#[test]
fn power_refuses_what_it_cannot_try() {
    let plan = Plan {
        months_after: 6,
        change: -0.2,
        test: Test::Interrupted(plain()),
        tries: 200,
        seed: 4,
    };
    let history = history();
    for bad in [
        Plan { tries: 99, ..plan },
        Plan {
            months_after: 0,
            ..plan
        },
        Plan {
            months_after: usize::MAX,
            ..plan
        },
        Plan {
            change: f64::NAN,
            ..plan
        },
        Plan {
            change: -1.1,
            ..plan
        },
        Plan {
            test: Test::BeforeAfter { confidence: 0.0 },
            ..plan
        },
    ] {
        assert!(power(&history, 4, &bad).is_err(), "{bad:?}");
    }
    assert!(power(&history[..5], 4, &plan).is_err());
    assert!(power(&history, 0, &plan).is_err());
    assert!(power(&[Some(u64::MAX); 12], 4, &plan).is_err());
    assert_eq!(
        power(&[Some(0); 12], 4, &plan),
        Err(EvaluationError::NoAnswer)
    );
    let months = Test::Interrupted(SeriesOptions {
        season: Season::Months,
        ..plain()
    });
    assert!(matches!(
        power(
            &history[..9],
            4,
            &Plan {
                test: months,
                ..plan
            }
        ),
        Err(EvaluationError::NotIdentified(_) | EvaluationError::TooFew { .. })
    ));
}

#[test]
fn every_caution_is_a_sentence() {
    for caution in [
        Caution::FewBefore(3),
        Caution::SmallCounts(2.345),
        Caution::Autocorrelated(0.41),
        Caution::SeasonUncertain,
        Caution::FewUnits(3),
        Caution::PreTrend(0.01),
        Caution::PoorFit(0.25),
        Caution::FewDonors(0.2),
    ] {
        let sentence = caution.to_string();
        assert!(sentence.ends_with('.') && sentence.len() > 20, "{sentence}");
    }
}

#[test]
fn one_area_against_many_takes_the_spread_of_the_many() {
    let others = [(200_u32, 150_u32), (210, 290), (190, 180), (205, 260)];
    let mut units = vec![unit("a", true, 200, 120)];
    units.extend((0_u32..).zip(others).map(|(i, (before, after))| {
        unit(
            &format!("other {i}"),
            false,
            u64::from(before),
            u64::from(after),
        )
    }));
    let result = difference_in_differences(&Panel { units, start: 6 }, 0.95).unwrap();
    assert_eq!((result.errors, result.degrees), (Errors::OtherSide, 3.0));
    // By hand: sums are six times the counts; s² of the four changes less the mean of Poisson's variances.
    let changes =
        others.map(|(b, a)| ((6.0 * f64::from(a) + 0.5) / (6.0 * f64::from(b) + 0.5)).ln());
    let mean = changes.iter().sum::<f64>() / 4.0;
    let variance = changes.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / 3.0;
    let poisson =
        others.map(|(b, a)| 1.0 / (6.0 * f64::from(b) + 0.5) + 1.0 / (6.0 * f64::from(a) + 0.5));
    let own = (variance - poisson.iter().sum::<f64>() / 4.0) * 1.25;
    assert!(result.effect.standard_error.powi(2) > own);
    close(result.effect.standard_error.powi(2), own, 0.1 * own);
    assert!(result.cautions.contains(&Caution::OneUnit));
}
