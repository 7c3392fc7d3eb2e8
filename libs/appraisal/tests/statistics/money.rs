//! What must hold of costs and benefits whatever the case.

use appraisal::cost_benefit::{
    Benefit, BreakEven, Case, Cost, Deflators, DiscountRates, Parameter, Range, Scenario, Shape,
    Simulation, Value, appraise, break_even, monte_carlo, tornado,
};
use appraisal::displacement::{Areas, BeforeAfter, displacement};
use appraisal::intervals::{difference_of_shares, on_earlier_years, wilson};
use proptest::prelude::*;

/// A range within these bounds.
fn range(low: f64, high: f64) -> impl Strategy<Value = Range> {
    prop::collection::vec(low..=high, 3).prop_map(|mut v| {
        v.sort_by(f64::total_cmp);
        Range::new(v[0], v[1], v[2]).unwrap()
    })
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Fiscal),
        Just(Value::Economic),
        Just(Value::Social)
    ]
}

fn cost() -> impl Strategy<Value = Cost> {
    let yearly = prop::collection::vec(0.0..1e6, 0..12);
    (yearly, range(0.5, 2.0), 0.0..0.5, value()).prop_map(|(yearly, factor, bias, value)| Cost {
        label: "cost".into(),
        agency: "council".into(),
        value,
        yearly,
        factor,
        optimism_bias: bias,
    })
}

fn benefit() -> impl Strategy<Value = Benefit> {
    (
        (
            range(0.0, 1e4),
            range(-1.0, 1.0),
            range(0.0, 1.0),
            range(0.0, 1.0),
        ),
        (
            range(0.0, 1.0),
            range(0.0, 1.0),
            prop::option::of(range(0.0, 1e3)),
            range(0.0, 1.0),
        ),
        (0_u32..5, 0_u32..20, 0.0..1.0, value()),
    )
        .prop_map(
            |(a, b, (first_year, years, optimism_bias, value))| Benefit {
                label: "benefit".into(),
                agency: "police".into(),
                value,
                population: a.0,
                effect: a.1,
                deadweight: a.2,
                attribution: a.3,
                displacement: b.0,
                drop_off: b.1,
                unit_value: b.2,
                cashable: b.3,
                first_year,
                years,
                optimism_bias,
            },
        )
}

fn case() -> impl Strategy<Value = Case> {
    let costs = prop::collection::vec(cost(), 1..4);
    let benefits = prop::collection::vec(benefit(), 0..4);
    (costs, benefits, -0.02..0.2).prop_map(|(costs, benefits, rate)| Case {
        rates: DiscountRates::flat(rate).unwrap(),
        costs,
        benefits,
    })
}

/// To rounding, beside sums of this size.
fn at_most(a: f64, b: f64, size: f64) -> bool {
    a <= b + 1e-9 * (1.0 + size.abs())
}

proptest! {
    #[test]
    fn the_central_case_lies_between_the_ends(case in case()) {
        let at = |scenario| appraise(&case, scenario).unwrap().public;
        let (worst, central, best) =
            (at(Scenario::Pessimistic), at(Scenario::Central), at(Scenario::Optimistic));
        let size = worst.costs + best.benefits.abs() + worst.benefits.abs();
        prop_assert!(at_most(worst.net_present_value, central.net_present_value, size));
        prop_assert!(at_most(central.net_present_value, best.net_present_value, size));
        let drawn = monte_carlo(&case, &Simulation { draws: 200, seed: 3, shape: Shape::Uniform }).unwrap();
        prop_assert!(at_most(worst.net_present_value, drawn.net_present_value.p5, size));
        prop_assert!(at_most(drawn.net_present_value.p95, best.net_present_value, size));
        for bar in tornado(&case).unwrap() {
            prop_assert!(at_most(worst.net_present_value, bar.net_at_low.min(bar.net_at_high), size));
            prop_assert!(at_most(bar.net_at_low.max(bar.net_at_high), best.net_present_value, size));
        }
    }

    #[test]
    fn parts_make_the_whole(case in case()) {
        let result = appraise(&case, Scenario::Central).unwrap();
        let size = result.public.costs + result.public.benefits.abs();
        let close = |a: f64, b: f64| at_most(a, b, size) && at_most(b, a, size);
        let shares = |part: fn(&appraisal::cost_benefit::Share) -> f64| -> f64 {
            result.shares.iter().map(part).sum()
        };
        prop_assert!(close(shares(|s| s.costs), result.public.costs));
        prop_assert!(close(shares(|s| s.benefits), result.public.benefits));
        let years: f64 = result.years.iter().map(|y| y.factor * (y.benefits - y.costs)).sum();
        prop_assert!(close(years, result.public.net_present_value));
        let unvalued = case.benefits.iter().filter(|b| b.unit_value.is_none()).count();
        prop_assert_eq!(result.unvalued.len(), unvalued);
        prop_assert_eq!(result.lines.len() + unvalued, case.costs.len() + case.benefits.len());
        if let (Some(plain), Some(years)) = (result.public.payback, Some(result.years.len() as f64)) {
            prop_assert!(0.0 <= plain && plain <= years);
        }
    }

    #[test]
    fn at_the_break_even_value_nothing_is_gained_or_lost(case in case()) {
        let parameters: Vec<Parameter> = case.parameters().map(|(p, _)| p).collect();
        for parameter in parameters {
            let BreakEven::At(value) = break_even(&case, parameter).unwrap() else { continue };
            let mut there = case.clone();
            let sure = Range::certain(value).unwrap();
            match parameter.line {
                appraisal::cost_benefit::Line::Cost(i) => there.costs[i].factor = sure,
                appraisal::cost_benefit::Line::Benefit(i) => {
                    use appraisal::cost_benefit::Field;
                    let benefit = &mut there.benefits[i];
                    match parameter.field {
                        Field::Population => benefit.population = sure,
                        Field::Effect => benefit.effect = sure,
                        Field::Deadweight => benefit.deadweight = sure,
                        Field::Attribution => benefit.attribution = sure,
                        Field::Displacement => benefit.displacement = sure,
                        Field::DropOff => benefit.drop_off = sure,
                        Field::UnitValue => benefit.unit_value = Some(sure),
                        Field::Cashable | Field::Factor => continue,
                    }
                }
            }
            let public = appraise(&there, Scenario::Central).unwrap().public;
            let size = public.costs + public.benefits.abs();
            prop_assert!(public.net_present_value.abs() <= 1e-6 * (1.0 + size), "{parameter:?} {public:?}");
        }
    }

    #[test]
    fn factors_fall_year_by_year(rate in 0.0..0.5, year in 0_u32..900) {
        let rates = DiscountRates::flat(rate).unwrap();
        let (now, next) = (rates.factor(year).unwrap(), rates.factor(year + 1).unwrap());
        prop_assert!(next <= now && now <= 1.0);
        prop_assert!((next * (1.0 + rate) / now - 1.0).abs() < 1e-9 || now < 1e-300);
    }

    #[test]
    fn there_and_back_is_the_same_price(amount in -1e9..1e9, a in 1.0..500.0, b in 1.0..500.0) {
        let deflators = Deflators::new([(2010, a), (2020, b)]).unwrap();
        let there = deflators.restate(amount, 2010, 2020).unwrap();
        let back = deflators.restate(there, 2020, 2010).unwrap();
        prop_assert!((back - amount).abs() <= 1e-9 * (1.0 + amount.abs()));
    }

    #[test]
    fn any_numbers_at_all_give_an_answer_or_an_error(
        values in prop::collection::vec(any::<f64>(), 12), years in any::<u32>(), first in any::<u32>(),
    ) {
        let range = |i: usize| Range::new(values[i], values[i + 1], values[i + 2]);
        let any = range(0).or_else(|_| Range::certain(0.5)).unwrap();
        let other = range(3).or_else(|_| Range::certain(1.0)).unwrap();
        let case = Case {
            rates: DiscountRates::flat(values[6]).or_else(|_| DiscountRates::flat(0.035)).unwrap(),
            costs: vec![Cost {
                label: String::new(), agency: String::new(), value: Value::Social,
                yearly: vec![values[7], values[8]], factor: other, optimism_bias: values[9],
            }],
            benefits: vec![Benefit {
                label: String::new(), agency: String::new(), value: Value::Social,
                population: other, effect: any, deadweight: any, attribution: any, displacement: any,
                drop_off: any, unit_value: Some(other), cashable: any, first_year: first, years,
                optimism_bias: values[10],
            }],
        };
        let _ = appraise(&case, Scenario::Optimistic);
        let _ = tornado(&case);
        let _ = monte_carlo(&case, &Simulation { draws: 100, seed: 1, shape: Shape::Triangular });
    }

    #[test]
    fn shares_and_changes_take_any_numbers(a in any::<u64>(), b in any::<u64>(), e in any::<f64>(), c in any::<f64>()) {
        let _ = wilson(a, b, c);
        let _ = difference_of_shares((a, b), (b, a), c);
        let _ = on_earlier_years((a % 1_000_000, e), &[(b % 1_000_000, e), (7, 1.0)], c);
        if let Ok(Some(share)) = wilson(a.min(b), b, 0.95) {
            prop_assert!(0.0 <= share.interval.lower && share.interval.lower <= share.share);
            prop_assert!(share.share <= share.interval.upper && share.interval.upper <= 1.0);
        }
        let area = BeforeAfter { before: a, after: b };
        let _ = displacement(&Areas { response: area, buffer: area, comparison: area }, 0, c);
    }
}
