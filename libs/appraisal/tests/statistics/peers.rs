//! The answers of statsmodels, quadprog and SciPy on fixed data: `tests/peers/make.py` makes them anew.

use appraisal::evaluation::{
    Errors, Family, Interrupted, Panel, PreTrend, Season, Series, SeriesErrors, SeriesOptions,
    Unit, difference_in_differences, event_study, interrupted_series, synthetic_control,
};
use appraisal::intervals::{expected_count, wilson};
use appraisal::survival::{Exit, Outcome, Spell, aalen_johansen, kaplan_meier};
use serde_json::Value;

/// What issue 6 asks for.
const TOLERANCE: f64 = 1e-6;

fn answers(part: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../peers/answers.json")).unwrap();
    all[part].clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect()
}

fn counts(value: &Value) -> Vec<Option<u64>> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(Value::as_u64)
        .collect()
}

fn position(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

#[track_caller]
fn same(found: f64, expected: &Value) {
    let expected = expected.as_f64().unwrap();
    let within = TOLERANCE * expected.abs().max(1.0);
    assert!(
        (found - expected).abs() <= within,
        "found {found}, peer {expected}"
    );
}

fn check_coefficients(result: &Interrupted, expected: &Value) {
    assert_eq!(
        result.coefficients.len(),
        expected.as_object().unwrap().len()
    );
    for coefficient in &result.coefficients {
        let peer = &expected[&coefficient.name];
        same(coefficient.value, &peer["value"]);
        same(coefficient.standard_error, &peer["se"]);
    }
}

#[test]
fn interrupted_poisson_series() {
    let peer = answers("interrupted_poisson");
    let (counts, exposure) = (counts(&peer["counts"]), numbers(&peer["exposure"]));
    let series = Series {
        counts: &counts,
        exposure: Some(&exposure),
        start: position(&peer["start"]),
        first_month: 4,
    };
    let options = SeriesOptions {
        season: Season::Fourier(2),
        slope_change: true,
        errors: SeriesErrors::NeweyWest,
        lags: Some(4),
        ..SeriesOptions::default()
    };
    let result = interrupted_series(&series, &options).unwrap();
    check_coefficients(&result, &peer["coefficients"]);
    let step = &peer["coefficients"]["step"];
    same(result.step.p, &step["p"]);
    same(result.step.interval.lower.ln(), &step["low"]);
    same(result.step.interval.upper.ln(), &step["high"]);
    let slope = result.slope.unwrap();
    same(slope.log, &peer["coefficients"]["change of slope"]["value"]);
    same(slope.p, &peer["coefficients"]["change of slope"]["p"]);
    same(result.average.log, &peer["average"]["value"]);
    same(result.average.standard_error, &peer["average"]["se"]);
    same(result.average.p, &peer["average"]["p"]);
    same(result.avoided.value, &peer["avoided"]);
    same(result.avoided.standard_error, &peer["avoided_se"]);
    same(result.log_likelihood, &peer["log_likelihood"]);
    same(result.overdispersion, &peer["overdispersion"]);
    let both = result.fitted.iter().zip(&result.without);
    for (t, (fitted, without)) in both.enumerate() {
        same(fitted.unwrap(), &peer["fitted"][t]);
        same(without.unwrap(), &peer["without"][t]);
    }
}

#[test]
fn interrupted_negative_binomial_series() {
    let peer = answers("interrupted_negative_binomial");
    let counts = counts(&peer["counts"]);
    let series = Series {
        counts: &counts,
        exposure: None,
        start: position(&peer["start"]),
        first_month: 1,
    };
    let options = SeriesOptions {
        family: Family::NegativeBinomial,
        season: Season::Months,
        errors: SeriesErrors::NeweyWest,
        lags: Some(3),
        ..SeriesOptions::default()
    };
    let result = interrupted_series(&series, &options).unwrap();
    same(result.alpha, &peer["alpha"]);
    same(result.log_likelihood, &peer["log_likelihood"]);
    same(result.overdispersion, &peer["overdispersion"]);
    check_coefficients(&result, &peer["coefficients"]);
    same(result.step.p, &peer["coefficients"]["step"]["p"]);
}

fn panel(peer: &Value) -> Panel {
    let residents = numbers(&peer["residents"]);
    let units = peer["counts"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
        .map(|(i, series)| Unit {
            name: format!("area {i}"),
            treated: peer["treated"][i].as_bool().unwrap(),
            counts: counts(series),
            exposure: Some(vec![residents[i]; series.as_array().unwrap().len()]),
        });
    Panel {
        units: units.collect(),
        start: position(&peer["start"]),
    }
}

#[test]
fn differences_in_differences() {
    let peer = answers("differences");
    let result = difference_in_differences(&panel(&peer), 0.95).unwrap();
    assert_eq!(result.errors, Errors::Clusters);
    same(result.degrees, &peer["degrees"]);
    same(result.overdispersion, &peer["overdispersion"]);
    let PreTrend::Tested(trend) = &result.pre_trend else {
        panic!("the months before can be tested");
    };
    for (effect, expected) in [
        (&result.effect, &peer["effect"]),
        (trend, &peer["pre_trend"]),
    ] {
        same(effect.log, &expected["value"]);
        same(effect.standard_error, &expected["se"]);
        same(effect.p, &expected["p"]);
        same(effect.interval.lower.ln(), &expected["low"]);
        same(effect.interval.upper.ln(), &expected["high"]);
    }
}

#[test]
fn the_event_study() {
    let peer = answers("differences");
    let study = event_study(&panel(&peer), 6, 0.95).unwrap();
    assert_eq!(study.bins.len(), 5);
    let bins = study
        .bins
        .iter()
        .filter_map(|bin| Some((bin.relative, bin.effect?)));
    for (j, (relative, effect)) in bins.enumerate() {
        assert_eq!(Some(relative), peer["bins"][j].as_i64());
        same(effect.log, &peer["study"][j]["value"]);
        same(effect.standard_error, &peer["study"][j]["se"]);
    }
    let joint = study.before.unwrap();
    assert_eq!(joint.coefficients, 2);
    same(joint.wald, &peer["wald"]);
    same(joint.p, &peer["wald_p"]);
}

#[test]
fn synthetic_controls() {
    let peer = answers("synthetic");
    let donors: Vec<Vec<f64>> = peer["donors"]
        .as_array()
        .unwrap()
        .iter()
        .map(numbers)
        .collect();
    let start = position(&peer["start"]);
    let result = synthetic_control(&numbers(&peer["area"]), &donors, start).unwrap();
    for (j, weight) in result.weights.iter().enumerate() {
        same(*weight, &peer["weights"][j]);
        same(result.placebos[j].ratio, &peer["placebo_ratios"][j]);
    }
    same(result.mean_gap, &peer["mean_gap"]);
    same(result.error_before, &peer["error_before"]);
    same(result.error_after, &peer["error_after"]);
}

#[test]
fn survival_and_incidence() {
    let peer = answers("survival");
    let time = numbers(&peer["time"]);
    let way: Vec<u64> = peer["way"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_u64)
        .collect();
    let spells: Vec<Spell> = time
        .iter()
        .zip(&way)
        .map(|(&time, &way)| Spell {
            time,
            event: way == 1,
        })
        .collect();
    let curve = kaplan_meier(&spells, 0.95).unwrap();
    assert_eq!(curve.steps.len(), numbers(&peer["km_time"]).len());
    for (j, step) in curve.steps.iter().enumerate() {
        same(step.time, &peer["km_time"][j]);
        same(step.survival, &peer["km"][j]);
        same(step.standard_error.unwrap(), &peer["km_se"][j]);
        same(step.interval.unwrap().lower, &peer["km_low"][j]);
        same(step.interval.unwrap().upper, &peer["km_high"][j]);
    }
    let exits: Vec<Exit> = time
        .iter()
        .zip(&way)
        .map(|(&time, &way)| Exit {
            time,
            outcome: match u32::try_from(way).unwrap() {
                0 => Outcome::Censored,
                way => Outcome::Way(way),
            },
        })
        .collect();
    let ways = aalen_johansen(&exits, 0.95).unwrap();
    assert_eq!(ways.len(), 3);
    for (k, incidence) in ways.iter().enumerate() {
        assert_eq!(
            incidence.steps.len(),
            numbers(&peer["incidence_time"]).len()
        );
        for (j, step) in incidence.steps.iter().enumerate() {
            same(step.time, &peer["incidence_time"][j]);
            same(step.incidence, &peer["incidence"][k][j]);
            same(step.standard_error, &peer["incidence_se"][k][j]);
        }
    }
}

#[test]
fn intervals_of_shares_and_counts() {
    let peer = answers("intervals");
    for case in peer["wilson"].as_array().unwrap() {
        let (k, n) = (case[0].as_u64().unwrap(), case[1].as_u64().unwrap());
        let found = wilson(k, n, 0.95).unwrap().unwrap();
        same(found.interval.lower, &case[2]);
        same(found.interval.upper, &case[3]);
    }
    for case in peer["poisson"].as_array().unwrap() {
        let found = expected_count(case[0].as_u64().unwrap(), 0.95).unwrap();
        same(found.lower, &case[1]);
        same(found.upper, &case[2]);
    }
}
