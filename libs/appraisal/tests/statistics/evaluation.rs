//! What must hold of evaluations whatever the months.

use appraisal::evaluation::{
    Family, Panel, Plan, Season, Series, SeriesErrors, SeriesOptions, Test, Unit, before_after,
    difference_in_differences, event_study, interrupted_series, power, randomisation,
    synthetic_control,
};
use proptest::prelude::*;

fn months(length: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Option<u64>>> {
    prop::collection::vec(prop::option::weighted(0.95, 0_u64..60), length)
}

fn options() -> impl Strategy<Value = SeriesOptions> {
    let season = prop_oneof![
        Just(Season::None),
        (0_u8..8).prop_map(Season::Fourier),
        Just(Season::Months)
    ];
    let family = prop_oneof![Just(Family::Poisson), Just(Family::NegativeBinomial)];
    (
        season,
        family,
        any::<bool>(),
        any::<bool>(),
        prop::option::of(0_usize..30),
    )
        .prop_map(
            |(season, family, trend, slope_change, lags)| SeriesOptions {
                family,
                season,
                trend,
                slope_change,
                errors: SeriesErrors::Wider,
                lags,
                confidence: 0.95,
            },
        )
}

fn panels() -> impl Strategy<Value = Panel> {
    let unit = |length| (any::<bool>(), months(length..length + 1));
    (1_usize..20).prop_flat_map(move |length| {
        (prop::collection::vec(unit(length), 0..8), 0..length + 2).prop_map(|(units, start)| {
            Panel {
                units: units
                    .into_iter()
                    .enumerate()
                    .map(|(i, (treated, counts))| Unit {
                        name: format!("area {i}"),
                        treated,
                        counts,
                        exposure: None,
                    })
                    .collect(),
                start,
            }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_series_gives_an_answer_or_an_error(
        counts in months(0..70), start in 0_usize..80, first_month in 0_u8..14, options in options(),
    ) {
        let series = Series { counts: &counts, exposure: None, start, first_month };
        if let Ok(result) = interrupted_series(&series, &options) {
            let effect = result.average;
            prop_assert!(effect.ratio > 0.0 && effect.standard_error.is_finite());
            prop_assert!(effect.interval.lower <= effect.ratio && effect.ratio <= effect.interval.upper);
            prop_assert!((0.0..=1.0).contains(&effect.p));
            prop_assert_eq!(result.fitted.len(), counts.len());
            let gaps = counts.iter().zip(&result.fitted).all(|(c, f)| c.is_some() == f.is_some());
            prop_assert!(gaps);
            // What the model expects adds up to what was counted.
            if result.alpha == 0.0 {
                let counted: u64 = counts.iter().flatten().sum();
                let expected: f64 = result.fitted.iter().flatten().sum();
                prop_assert!((counted as f64 - expected).abs() < 1e-6 * (1.0 + expected));
            }
            prop_assert!(result.cautions.iter().all(|caution| !caution.to_string().is_empty()));
        }
    }

    #[test]
    fn exposure_in_another_unit_changes_nothing_but_the_level(
        counts in prop::collection::vec(1_u64..60, 30..40), scale in 0.01_f64..1e4,
    ) {
        let counts: Vec<_> = counts.into_iter().map(Some).collect();
        let days: Vec<f64> = (0..counts.len()).map(|t| 28.0 + (t % 4) as f64).collect();
        let scaled: Vec<f64> = days.iter().map(|d| d * scale).collect();
        let fit = |exposure: &[f64]| {
            let series = Series { counts: &counts, exposure: Some(exposure), start: 20, first_month: 1 };
            interrupted_series(&series, &SeriesOptions::default()).unwrap()
        };
        let (a, b) = (fit(&days), fit(&scaled));
        prop_assert!((a.average.log - b.average.log).abs() < 1e-8);
        prop_assert!((a.average.standard_error - b.average.standard_error).abs() < 1e-8);
        prop_assert!((a.avoided.value - b.avoided.value).abs() < 1e-5);
    }

    #[test]
    fn any_panel_gives_an_answer_or_an_error(panel in panels(), width in 0_usize..6, seed in any::<u64>()) {
        if let Ok(result) = difference_in_differences(&panel, 0.95) {
            prop_assert!(result.effect.ratio > 0.0);
            prop_assert!((0.0..=1.0).contains(&result.effect.p));
        }
        if let Ok(study) = event_study(&panel, width, 0.95) {
            prop_assert_eq!(study.bins.iter().filter(|bin| bin.effect.is_none()).count(), 1);
            // The bins follow each other without gap from the first month to the last.
            let mut next = 0;
            for bin in &study.bins {
                prop_assert_eq!(bin.first, next);
                next = bin.last + 1;
            }
            prop_assert_eq!(next, panel.units[0].counts.len());
        }
        if let Ok(test) = randomisation(&panel, seed) {
            prop_assert!(test.least <= test.p && test.p <= 1.0);
        }
    }

    #[test]
    fn in_full_panels_the_effect_is_the_ratio_of_ratios(
        counts in prop::collection::vec(prop::collection::vec(1_u64..50, 10), 6), start in 1_usize..9,
    ) {
        let units: Vec<Unit> = counts.iter().enumerate().map(|(i, counts)| Unit {
            name: i.to_string(),
            treated: i < 3,
            counts: counts.iter().copied().map(Some).collect(),
            exposure: None,
        }).collect();
        let sum = |treated: bool, after: bool| -> f64 {
            units.iter().filter(|u| u.treated == treated).flat_map(|u| u.counts.iter().enumerate())
                .filter(|(t, _)| (*t >= start) == after).filter_map(|(_, c)| *c).sum::<u64>() as f64
        };
        let expected = sum(true, true) / sum(true, false) / (sum(false, true) / sum(false, false));
        let result = difference_in_differences(&Panel { units: units.clone(), start }, 0.95).unwrap();
        prop_assert!((result.effect.ratio / expected - 1.0).abs() < 1e-8);
    }

    #[test]
    fn weights_are_shares_and_no_swap_of_two_donors_does_better(
        series in prop::collection::vec(prop::collection::vec(0.0_f64..100.0, 8), 3..9),
    ) {
        let (area, donors) = series.split_first().unwrap();
        let result = synthetic_control(area, donors, 5).unwrap();
        prop_assert!((result.weights.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        prop_assert!(result.weights.iter().all(|w| *w >= 0.0));
        let error = |weights: &[f64]| -> f64 {
            (0..5).map(|t| {
                let mix: f64 = donors.iter().zip(weights).map(|(d, w)| d[t] * w).sum();
                (area[t] - mix).powi(2)
            }).sum()
        };
        let best = error(&result.weights);
        for from in 0..donors.len() {
            for to in 0..donors.len() {
                let mut moved = result.weights.clone();
                let step = moved[from].min(0.01);
                moved[from] -= step;
                moved[to] += step;
                prop_assert!(error(&moved) >= best - 1e-5 * (1.0 + best));
            }
        }
        prop_assert!(result.p >= 1.0 / series.len() as f64 && result.p <= 1.0);
    }

    #[test]
    fn nonsense_is_refused_not_fallen_over(
        values in prop::collection::vec(any::<f64>(), 0..10), start in any::<usize>(), n in any::<u64>(),
        change in any::<f64>(),
    ) {
        let _ = synthetic_control(&values, &[values.clone(), values.clone()], start);
        let _ = before_after((n % 1_000_000, 1.0), (n % 3_000, change), false, 0.95);
        let counts = [Some(3), Some(4), None, Some(6), Some(2), Some(1), Some(9)];
        let series = Series { counts: &counts, exposure: Some(&values), start, first_month: 1 };
        let _ = interrupted_series(&series, &SeriesOptions::default());
        let test = Test::BeforeAfter { confidence: 0.95 };
        let plan = Plan { months_after: start, change, test, tries: 100, seed: n };
        let _ = power(&counts, 1, &plan);
        let _ = power(&[], 1, &Plan { months_after: 3, ..plan });
    }
}
