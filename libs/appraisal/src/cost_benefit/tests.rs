use super::*;

fn sure(value: f64) -> Range {
    Range::certain(value).unwrap()
}

fn range(low: f64, central: f64, high: f64) -> Range {
    Range::new(low, central, high).unwrap()
}

fn cost(yearly: &[f64]) -> Cost {
    Cost {
        label: "Cost".into(),
        agency: "Council".into(),
        value: Value::Fiscal,
        yearly: yearly.to_vec(),
        factor: sure(1.0),
        optimism_bias: 0.0,
    }
}

/// So much in each of so many years, beginning with the first.
fn benefit(amount: f64, first_year: u32, years: u32) -> Benefit {
    Benefit {
        label: "Benefit".into(),
        agency: "Police".into(),
        value: Value::Fiscal,
        population: sure(amount),
        effect: sure(1.0),
        deadweight: sure(0.0),
        attribution: sure(1.0),
        displacement: sure(0.0),
        drop_off: sure(0.0),
        unit_value: Some(sure(1.0)),
        cashable: sure(0.0),
        first_year,
        years,
        optimism_bias: 0.0,
    }
}

fn case(rate: f64, costs: Vec<Cost>, benefits: Vec<Benefit>) -> Case {
    Case {
        rates: DiscountRates::flat(rate).unwrap(),
        costs,
        benefits,
    }
}

#[track_caller]
fn close(found: f64, expected: f64, within: f64) {
    assert!(
        (found - expected).abs() <= within,
        "found {found}, expected {expected}"
    );
}

/// Ross, Westerfield and Jordan, *Fundamentals of Corporate Finance*, chapter 9, review problem 9.1: 200 now;
/// 50, 60, 70, 200 in the four years after, at 10 %. Printed: present values 45.45, 49.59, 52.59, 136.60,
/// together 284.23 and net present value 84.23 (sums of the rounded); payback 3.10 years; discounted payback between years 3 and 4.
#[test]
fn published_ross_review_problem() {
    let flows = [50.0, 60.0, 70.0, 200.0];
    let benefits = (1..)
        .zip(flows)
        .map(|(year, amount)| benefit(amount, year, 1));
    let result = appraise(
        &case(0.10, vec![cost(&[200.0])], benefits.collect()),
        Scenario::Central,
    );
    let result = result.unwrap();
    for (line, printed) in result.lines[1..].iter().zip([45.45, 49.59, 52.59, 136.60]) {
        close(line.present_value, printed, 0.005);
    }
    close(result.public.benefits, 284.23, 0.01);
    close(result.public.net_present_value, 84.23, 0.01);
    close(result.public.payback.unwrap(), 3.10, 1e-12);
    close(
        result.public.discounted_payback.unwrap(),
        3.0 + 52.37 / 136.60,
        1e-4,
    );
}

/// Sullivan, Wicks and Koelling, *Engineering Economy*, problem 10-3 (b): 7,000,000 now and 150,000 a year
/// to run it against 400,000 + 300,000 + 50,000 + 50,000 a year for 20 years at 10 %. Printed ratio: 0.823.
///
/// The book takes running costs beneath the line, as this library does.
#[test]
fn published_sullivan_problem_10_3() {
    let mut yearly = vec![7_000_000.0];
    yearly.extend([150_000.0; 20]);
    let benefits = [400_000.0, 300_000.0, 50_000.0, 50_000.0].map(|amount| benefit(amount, 1, 20));
    let result = appraise(
        &case(0.10, vec![cost(&yearly)], benefits.into()),
        Scenario::Central,
    );
    let result = result.unwrap().public;
    close(result.benefit_cost_ratio.unwrap(), 0.823, 0.0005);
    assert_eq!(result.payback, Some(7_000_000.0 / 650_000.0));
    assert_eq!(result.discounted_payback, None);
}

/// Sullivan, Wicks and Koelling, fourteenth edition, example 10-8 (pages 452–453): two projects of unequal
/// life at 9 %. Printed: yearly worth of costs 190,977 and 173,629, ratio of the second 1.3247, of the step
/// from the second to the first 0.8647: the second is chosen.
#[test]
fn published_sullivan_example_10_8() {
    let ratio = |capital: f64, running: f64, gain: f64, years: u32| {
        let mut yearly = vec![capital];
        yearly.extend(vec![running; years as usize]);
        let case = case(0.09, vec![cost(&yearly)], vec![benefit(gain, 1, years)]);
        let result = appraise(&case, Scenario::Central).unwrap().public;
        // Worth per year: the present value over that of £1 a year.
        let annuity = result.benefits / gain;
        (result.costs / annuity, result.benefit_cost_ratio.unwrap())
    };
    let (first, _) = ratio(750_000.0, 120_000.0, 245_000.0, 35);
    let (second, of_second) = ratio(625_000.0, 110_000.0, 230_000.0, 25);
    close(first, 190_977.0, 0.5);
    close(second, 173_629.0, 0.5);
    close(of_second, 1.3247, 5e-5);
    close((245_000.0 - 230_000.0) / (first - second), 0.8647, 5e-5);
}

/// Designing Buildings Wiki, 'Discounting for construction projects': £1.7m now for £120,000, £250,000,
/// £550,000 and £1.3m at 5 %. Printed: £185,666.97 (from present values rounded to the penny).
#[test]
fn published_designing_buildings() {
    let flows = [120_000.0, 250_000.0, 550_000.0, 1_300_000.0];
    let benefits = (1..)
        .zip(flows)
        .map(|(year, amount)| benefit(amount, year, 1));
    let result = appraise(
        &case(0.05, vec![cost(&[1.7e6])], benefits.collect()),
        Scenario::Central,
    );
    close(result.unwrap().public.net_present_value, 185_666.97, 0.02);
}

/// The discount factors that the Green Book's tables print to four places.
#[test]
fn published_green_book_factors() {
    let rates = DiscountRates::published(&GREEN_BOOK_2026).unwrap();
    for (year, printed) in [
        (0, 1.0),
        (1, 0.9662),
        (2, 0.9335),
        (3, 0.9019),
        (4, 0.8714),
        (5, 0.8420),
        (10, 0.7089),
        (20, 0.5026),
        (30, 0.3563),
    ] {
        close(rates.factor(year).unwrap(), printed, 5e-5);
    }
    close(
        rates.factor(31).unwrap(),
        rates.factor(30).unwrap() / 1.03,
        1e-15,
    );
    close(
        rates.factor(75).unwrap(),
        1.035_f64.powi(-30) * 1.03_f64.powi(-45),
        1e-15,
    );
    assert_eq!(rates.factor(76), None);
    let health = DiscountRates::published(&GREEN_BOOK_2026_HEALTH).unwrap();
    close(health.factor(10).unwrap(), 1.015_f64.powi(-10), 1e-15);
}

/// A case of wardens worked by hand: every factor of a benefit is used once.
fn wardens() -> Case {
    Case {
        rates: DiscountRates::published(&GREEN_BOOK_2026).unwrap(),
        costs: vec![Cost {
            label: "Two wardens".into(),
            factor: range(0.9, 1.0, 1.3),
            optimism_bias: 0.10,
            ..cost(&[80_000.0, 80_000.0])
        }],
        benefits: vec![
            Benefit {
                label: "Incidents not dealt with".into(),
                population: range(900.0, 1_000.0, 1_100.0),
                effect: range(0.1, 0.2, 0.3),
                deadweight: range(0.1, 0.25, 0.4),
                attribution: sure(0.8),
                displacement: sure(0.1),
                drop_off: range(0.0, 0.5, 0.6),
                unit_value: Some(range(400.0, 500.0, 700.0)),
                cashable: sure(0.2),
                optimism_bias: 0.40,
                ..benefit(0.0, 1, 2)
            },
            Benefit {
                label: "Less fear".into(),
                agency: "Residents".into(),
                value: Value::Social,
                unit_value: None,
                ..benefit(100.0, 0, 2)
            },
            Benefit {
                label: "Wellbeing".into(),
                agency: "Residents".into(),
                value: Value::Social,
                ..benefit(30_000.0, 0, 1)
            },
        ],
    }
}

#[test]
fn every_part_of_a_benefit_by_hand() {
    let result = appraise(&wardens(), Scenario::Central).unwrap();
    // 1,000 × 0.2 × 0.75 × 0.8 × 0.9 × £500 × 0.6 = £32,400 in year 1, half in year 2.
    assert_eq!(result.lines[1].yearly.len(), 3);
    for (found, expected) in result.lines[1].yearly.iter().zip([0.0, 32_400.0, 16_200.0]) {
        close(*found, expected, 1e-9);
    }
    let fiscal = 32_400.0 / 1.035 + 16_200.0 / 1.035_f64.powi(2);
    let costs = 88_000.0 + 88_000.0 / 1.035;
    close(result.fiscal.benefits, fiscal, 1e-9);
    close(result.public.benefits, fiscal + 30_000.0, 1e-9);
    close(result.cashable.benefits, 0.2 * fiscal, 1e-9);
    close(result.public.costs, costs, 1e-9);
    close(
        result.public.benefit_cost_ratio.unwrap(),
        (fiscal + 30_000.0) / costs,
        1e-12,
    );
    assert_eq!(result.unvalued, ["Less fear"]);
    let shares: Vec<_> = result
        .shares
        .iter()
        .map(|s| (s.agency.as_str(), s.value))
        .collect();
    assert_eq!(
        shares,
        [
            ("Council", Value::Fiscal),
            ("Police", Value::Fiscal),
            ("Residents", Value::Social)
        ]
    );
    close(result.shares[1].cashable, 0.2 * fiscal, 1e-9);
    let sum: f64 = result
        .years
        .iter()
        .map(|y| (y.benefits - y.costs) * y.factor)
        .sum();
    close(sum, result.public.net_present_value, 1e-9);
}

#[test]
fn scenarios_take_the_worse_and_the_better_end() {
    let net = |scenario| {
        appraise(&wardens(), scenario)
            .unwrap()
            .public
            .net_present_value
    };
    let worst = 30_000.0 - 1.3 * (88_000.0 + 88_000.0 / 1.035)
        + 900.0 * 0.1 * 0.6 * 0.72 * 400.0 * 0.6 * (1.0 / 1.035 + 0.4 / 1.035_f64.powi(2));
    close(net(Scenario::Pessimistic), worst, 1e-6);
    assert!(net(Scenario::Pessimistic) < net(Scenario::Central));
    assert!(net(Scenario::Central) < net(Scenario::Optimistic));
}

#[test]
fn tornado_and_break_even() {
    let case = wardens();
    let bars = tornado(&case).unwrap();
    assert!(bars.is_sorted_by(|a, b| a.swing() >= b.swing()));
    // Certain values and the cashable share have no bar.
    assert_eq!(bars.len(), 6);
    assert_eq!(bars[0].parameter.field, Field::Factor);
    let net = appraise(&case, Scenario::Central)
        .unwrap()
        .public
        .net_present_value;
    let unit = Parameter {
        line: Line::Benefit(0),
        field: Field::UnitValue,
    };
    let BreakEven::At(value) = break_even(&case, unit).unwrap() else {
        panic!("there is a value");
    };
    // Straight in the unit value: benefits of £500 must grow by the gap.
    let fiscal = 32_400.0 / 1.035 + 16_200.0 / 1.035_f64.powi(2);
    close(value, 500.0 * (fiscal - net) / fiscal, 1e-6);
    // No effect, not even of 100 %, would make up for the costs? It does here: 100 % is five times 20 %.
    let effect = Parameter {
        field: Field::Effect,
        ..unit
    };
    close(
        match break_even(&case, effect).unwrap() {
            BreakEven::At(value) => value,
            BreakEven::Never => f64::NAN,
        },
        0.2 * (fiscal - net) / fiscal,
        1e-9,
    );
    let drop_off = Parameter {
        field: Field::DropOff,
        ..unit
    };
    assert_eq!(break_even(&case, drop_off).unwrap(), BreakEven::Never);
    let none = Parameter {
        line: Line::Benefit(9),
        ..unit
    };
    assert_eq!(break_even(&case, none), Err(CaseError::NoParameter));
    let unvalued = Parameter {
        line: Line::Benefit(1),
        ..unit
    };
    assert_eq!(break_even(&case, unvalued), Err(CaseError::NoParameter));
}

#[test]
fn break_even_drop_off_lies_where_the_sum_is_zero() {
    // 100 now; 80 in year 1 and 80·(1 − d) in year 2 at no discount: d = 0.75.
    let case = case(
        0.0,
        vec![cost(&[100.0])],
        vec![Benefit {
            drop_off: range(0.0, 0.1, 0.2),
            ..benefit(80.0, 1, 2)
        }],
    );
    let parameter = Parameter {
        line: Line::Benefit(0),
        field: Field::DropOff,
    };
    let BreakEven::At(value) = break_even(&case, parameter).unwrap() else {
        panic!("there is a value");
    };
    close(value, 0.75, 1e-9);
}

#[test]
fn monte_carlo_is_the_same_whatever_the_threads() {
    let simulation = Simulation {
        draws: 2_000,
        seed: 11,
        shape: Shape::Triangular,
    };
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| monte_carlo(&wardens(), &simulation).unwrap())
    };
    let one = on(1);
    assert_eq!(one, on(3));
    assert_ne!(
        one,
        monte_carlo(
            &wardens(),
            &Simulation {
                seed: 12,
                ..simulation
            }
        )
        .unwrap()
    );
    let spread = one.net_present_value;
    assert!(spread.p5 < spread.p25 && spread.p25 < spread.median && spread.median < spread.p95);
    let worst = appraise(&wardens(), Scenario::Pessimistic)
        .unwrap()
        .public
        .net_present_value;
    let best = appraise(&wardens(), Scenario::Optimistic)
        .unwrap()
        .public
        .net_present_value;
    assert!(worst < spread.p5 && spread.p95 < best);
    assert_eq!(one.above_zero.of, 2_000);
}

#[test]
fn monte_carlo_finds_the_moments_of_a_triangle() {
    // Benefits triangular 0, 3, 6 (mean 3, variance 1.5), nothing else uncertain.
    let case = case(
        0.0,
        vec![cost(&[1.0])],
        vec![Benefit {
            population: range(0.0, 3.0, 6.0),
            ..benefit(0.0, 0, 1)
        }],
    );
    let simulation = Simulation {
        draws: 20_000,
        seed: 5,
        shape: Shape::Triangular,
    };
    let drawn = monte_carlo(&case, &simulation).unwrap();
    close(drawn.net_present_value.mean, 2.0, 0.03);
    close(
        drawn.net_present_value.standard_deviation,
        1.5_f64.sqrt(),
        0.02,
    );
    close(drawn.net_present_value.median, 2.0, 0.03);
    // P(X > 1) = 1 − 1/18.
    close(drawn.above_zero.share, 17.0 / 18.0, 0.006);
    close(drawn.benefit_cost_ratio.unwrap().mean, 3.0, 0.03);
    let flat = monte_carlo(
        &case,
        &Simulation {
            shape: Shape::Uniform,
            ..simulation
        },
    )
    .unwrap();
    close(
        flat.net_present_value.standard_deviation,
        3.0_f64.sqrt(),
        0.03,
    );
}

#[test]
fn what_cannot_be_reckoned_with_is_refused() {
    let good = wardens();
    assert_eq!(
        appraise(&case(0.0, vec![], vec![]), Scenario::Central),
        Err(CaseError::Empty)
    );
    let mut bad = good.clone();
    bad.costs[0].yearly[1] = f64::NAN;
    assert!(matches!(
        appraise(&bad, Scenario::Central),
        Err(CaseError::Amount { year: 1, .. })
    ));
    let mut bad = good.clone();
    bad.benefits[0].deadweight = range(0.0, 0.5, 1.5);
    let error = appraise(&bad, Scenario::Central).unwrap_err().to_string();
    assert_eq!(
        error,
        "'Incidents not dealt with': deadweight must lie between 0 and 1"
    );
    let mut bad = good.clone();
    bad.benefits[0].years = u32::MAX;
    assert!(matches!(
        tornado(&bad),
        Err(CaseError::BeyondRates { last: 75, .. })
    ));
    let mut bad = good.clone();
    bad.benefits[0].optimism_bias = f64::INFINITY;
    assert!(appraise(&bad, Scenario::Central).is_err());
    let few = Simulation {
        draws: 99,
        seed: 1,
        shape: Shape::Uniform,
    };
    assert!(matches!(
        monte_carlo(&good, &few),
        Err(CaseError::Draws { .. })
    ));
    let huge = case(0.0, vec![cost(&[f64::MAX, f64::MAX])], vec![]);
    assert_eq!(appraise(&huge, Scenario::Central), Err(CaseError::TooLarge));
    assert!(Range::new(1.0, f64::NAN, 2.0).is_err());
    assert!(Range::new(2.0, 1.0, 3.0).is_err());
    let band = |from, to, rate| Band { from, to, rate };
    assert_eq!(DiscountRates::new(&[]), Err(RatesError::None));
    assert!(DiscountRates::new(&[band(0, 30, 0.03)]).is_err());
    assert!(DiscountRates::new(&[band(1, 30, 0.03), band(32, 40, 0.03)]).is_err());
    assert!(DiscountRates::new(&[band(1, 0, 0.03)]).is_err());
    assert!(DiscountRates::flat(-1.0).is_err());
    assert!(DiscountRates::flat(f64::NAN).is_err());
}

#[test]
fn prices_of_another_year() {
    let deflators = Deflators::new([(2002, 56.911), (2024, 100.0)]).unwrap();
    close(
        deflators.restate(500.0, 2002, 2024).unwrap(),
        500.0 / 0.56911,
        1e-9,
    );
    close(deflators.restate(500.0, 2024, 2024).unwrap(), 500.0, 0.0);
    assert_eq!(
        deflators.restate(1.0, 2003, 2024),
        Err(DeflatorError::NoYear(2003))
    );
    assert_eq!(
        deflators.restate(f64::NAN, 2002, 2024),
        Err(DeflatorError::Amount)
    );
    assert!(Deflators::new([(2002, 0.0)]).is_err());
    assert!(Deflators::new([(2002, 1.0), (2002, 1.0)]).is_err());
    assert_eq!(deflators.years().collect::<Vec<_>>(), [2002, 2024]);
}
