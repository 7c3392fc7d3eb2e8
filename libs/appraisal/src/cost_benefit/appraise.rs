//! From a case to its present values.

use std::collections::BTreeMap;

use super::{Benefit, Case, CaseError, Field, Line, Parameter, Range, Value};

/// Which end of every range is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scenario {
    /// Whatever lowers the result: high costs, low effects, high deadweight.
    Pessimistic,
    /// The central values.
    Central,
    /// Whatever raises the result.
    Optimistic,
}

/// One year of an appraisal, in real prices and not yet discounted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Year {
    /// Which year, from 0.
    pub year: u32,
    /// What £1 of this year is worth in year 0.
    pub factor: f64,
    /// Costs of all kinds.
    pub costs: f64,
    /// Benefits of all kinds.
    pub benefits: f64,
}

/// A line of the case, worked out.
#[derive(Debug, Clone, PartialEq)]
pub struct LineResult {
    /// Which line of the case.
    pub line: Line,
    /// What it is called.
    pub label: String,
    /// Who bears or gains it.
    pub agency: String,
    /// Whose loss or gain it is.
    pub value: Value,
    /// Amounts of years 0, 1, 2 …, optimism corrected, not discounted.
    pub yearly: Vec<f64>,
    /// Their present value.
    pub present_value: f64,
    /// The part of it that can be taken out of a budget; for a cost all of it.
    pub cashable: f64,
}

/// Costs against benefits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Totals {
    /// Present value of the costs.
    pub costs: f64,
    /// Present value of the benefits.
    pub benefits: f64,
    /// Benefits less costs.
    pub net_present_value: f64,
    /// Benefits over costs; `None` where there are no costs.
    pub benefit_cost_ratio: Option<f64>,
    /// Years until benefits have made up for costs and stay above them, not discounted, taking each year's
    /// amounts as spread over it; `None` where that never comes.
    pub payback: Option<f64>,
    /// The same with discounted amounts.
    pub discounted_payback: Option<f64>,
}

/// What one agency bears and gains of one kind, in present values.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// The agency.
    pub agency: String,
    /// The kind.
    pub value: Value,
    /// What it bears.
    pub costs: f64,
    /// What it gains.
    pub benefits: f64,
    /// The part of the gain that can be taken out of a budget.
    pub cashable: f64,
}

/// A case worked out.
#[derive(Debug, Clone, PartialEq)]
pub struct Appraisal {
    /// Costs and benefits of every kind: net present public value.
    pub public: Totals,
    /// The public purse alone: the negative of the net present value is the net present budget impact.
    pub fiscal: Totals,
    /// The public purse, with only such benefits as can be taken out of a budget.
    pub cashable: Totals,
    /// Year by year.
    pub years: Vec<Year>,
    /// Line by line, costs first.
    pub lines: Vec<LineResult>,
    /// By agency and kind, in that order.
    pub shares: Vec<Share>,
    /// Benefits that nobody has put a value on. They are in no total.
    pub unvalued: Vec<String>,
}

/// Works out a case.
///
/// Year 0 is not discounted; the amounts of year t are multiplied by [`super::DiscountRates::factor`]. All ends of
/// ranges at once ([`Scenario::Pessimistic`], [`Scenario::Optimistic`]) are bounds, not a likely range: for
/// that take [`super::monte_carlo()`].
///
/// # Errors
///
/// [`CaseError`] for what cannot be reckoned with.
///
/// # Example
///
/// ```
/// use appraisal::cost_benefit::{
///     Case, Cost, DiscountRates, GREEN_BOOK_2026, Range, Scenario, Value, appraise,
/// };
///
/// let case = Case {
///     rates: DiscountRates::published(&GREEN_BOOK_2026)?,
///     costs: vec![Cost {
///         label: "Two wardens".into(),
///         agency: "Council".into(),
///         value: Value::Fiscal,
///         yearly: vec![80_000.0, 80_000.0],
///         factor: Range::certain(1.0)?,
///         optimism_bias: 0.10,
///     }],
///     benefits: vec![],
/// };
/// let result = appraise(&case, Scenario::Central)?;
/// assert_eq!(format!("{:.0}", result.public.costs), "173024"); // 88,000 + 88,000/1.035
/// assert_eq!(result.public.payback, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn appraise(case: &Case, scenario: Scenario) -> Result<Appraisal, CaseError> {
    case.check()?;
    let flows = Flows::of(case, |parameter, range| {
        end(case, parameter, range, scenario)
    });
    let appraisal = Appraisal::of(case, &flows);
    if appraisal.public.costs.is_finite() && appraisal.public.benefits.is_finite() {
        Ok(appraisal)
    } else {
        Err(CaseError::TooLarge)
    }
}

/// Which end of a range a scenario takes.
fn end(case: &Case, parameter: Parameter, range: Range, scenario: Scenario) -> f64 {
    // Where the effect is harmful, more of it reaching people is worse.
    let harmful = match parameter.line {
        Line::Benefit(i) => case.benefits.get(i).is_some_and(|benefit| match scenario {
            Scenario::Pessimistic => benefit.effect.low() < 0.0,
            Scenario::Central => false,
            Scenario::Optimistic => benefit.effect.high() < 0.0,
        }),
        Line::Cost(_) => false,
    };
    let more_is_better = match parameter.field {
        Field::Factor => false,
        Field::Effect | Field::Cashable => true,
        Field::Population | Field::Attribution | Field::UnitValue => !harmful,
        Field::Deadweight | Field::Displacement | Field::DropOff => harmful,
    };
    match (scenario, more_is_better) {
        (Scenario::Central, _) => range.central(),
        (Scenario::Pessimistic, true) | (Scenario::Optimistic, false) => range.low(),
        (Scenario::Pessimistic, false) | (Scenario::Optimistic, true) => range.high(),
    }
}

/// Amounts by line and year, and the cashable share of each benefit.
pub(super) struct Flows {
    factors: Vec<f64>,
    costs: Vec<Vec<f64>>,
    benefits: Vec<(Vec<f64>, f64)>,
}

impl Flows {
    /// The amounts with each assumption as `pick` has it, asked in the order of [`Case::parameters`].
    pub(super) fn of(case: &Case, mut pick: impl FnMut(Parameter, Range) -> f64) -> Self {
        let factors = (0..case.horizon())
            .map(|year| {
                u32::try_from(year)
                    .ok()
                    .and_then(|year| case.rates.factor(year))
                    .unwrap_or(0.0) // no year beyond the rates passes the check
            })
            .collect();
        let costs = case
            .costs
            .iter()
            .enumerate()
            .map(|(i, cost)| {
                let line = Line::Cost(i);
                let field = Field::Factor;
                let factor = pick(Parameter { line, field }, cost.factor);
                let factor = factor * (1.0 + cost.optimism_bias);
                cost.yearly.iter().map(|amount| amount * factor).collect()
            })
            .collect();
        let benefits = case
            .benefits
            .iter()
            .enumerate()
            .map(|(i, benefit)| {
                yearly(benefit, |field, range| {
                    let line = Line::Benefit(i);
                    pick(Parameter { line, field }, range)
                })
            })
            .collect();
        Self {
            factors,
            costs,
            benefits,
        }
    }

    fn present(&self, yearly: &[f64]) -> f64 {
        yearly
            .iter()
            .zip(&self.factors)
            .map(|(amount, factor)| amount * factor)
            .sum()
    }

    /// Present values of all costs and all benefits.
    pub(super) fn present_values(&self) -> (f64, f64) {
        let costs = self.costs.iter().map(|yearly| self.present(yearly)).sum();
        let benefits = self.benefits.iter().map(|(yearly, _)| self.present(yearly));
        (costs, benefits.sum())
    }

    pub(super) fn net_present_value(&self) -> f64 {
        let (costs, benefits) = self.present_values();
        benefits - costs
    }
}

/// The amounts of a benefit from year 0, and its cashable share.
fn yearly(benefit: &Benefit, mut pick: impl FnMut(Field, Range) -> f64) -> (Vec<f64>, f64) {
    let mut first = 1.0 - benefit.optimism_bias;
    let mut keeps = 1.0;
    let mut cashable = 0.0;
    for (field, _, range, _, _) in benefit.fields() {
        let value = pick(field, range);
        match field {
            Field::Population | Field::Effect | Field::Attribution | Field::UnitValue => {
                first *= value;
            }
            Field::Deadweight | Field::Displacement => first *= 1.0 - value,
            Field::DropOff => keeps = 1.0 - value,
            Field::Cashable => cashable = value,
            Field::Factor => {}
        }
    }
    if benefit.unit_value.is_none() {
        return (Vec::new(), 0.0);
    }
    let mut amounts = vec![0.0; benefit.first_year as usize];
    let mut amount = first;
    for _ in 0..benefit.years {
        amounts.push(amount);
        amount *= keeps;
    }
    (amounts, cashable)
}

impl Appraisal {
    fn of(case: &Case, flows: &Flows) -> Self {
        let mut lines = Vec::new();
        for (i, (cost, yearly)) in case.costs.iter().zip(&flows.costs).enumerate() {
            let present_value = flows.present(yearly);
            lines.push(LineResult {
                line: Line::Cost(i),
                label: cost.label.clone(),
                agency: cost.agency.clone(),
                value: cost.value,
                yearly: yearly.clone(),
                present_value,
                cashable: present_value,
            });
        }
        let mut unvalued = Vec::new();
        for (i, (benefit, (yearly, cashable))) in
            case.benefits.iter().zip(&flows.benefits).enumerate()
        {
            if benefit.unit_value.is_none() {
                unvalued.push(benefit.label.clone());
                continue;
            }
            let present_value = flows.present(yearly);
            lines.push(LineResult {
                line: Line::Benefit(i),
                label: benefit.label.clone(),
                agency: benefit.agency.clone(),
                value: benefit.value,
                yearly: yearly.clone(),
                present_value,
                cashable: present_value * cashable,
            });
        }
        let shares_of_cash: Vec<f64> = flows.benefits.iter().map(|(_, share)| *share).collect();
        let totals = |counts: &dyn Fn(&LineResult) -> f64| totals(&lines, &flows.factors, counts);
        let fiscal = |line: &LineResult| f64::from(u8::from(line.value == Value::Fiscal));
        let cash = |line: &LineResult| match line.line {
            Line::Cost(_) => fiscal(line),
            Line::Benefit(i) => fiscal(line) * shares_of_cash.get(i).copied().unwrap_or(0.0),
        };
        let public_totals = totals(&|_| 1.0);
        let fiscal_totals = totals(&fiscal);
        let cashable_totals = totals(&cash);
        let (costs, benefits) = by_year(&lines, flows.factors.len(), &|_| 1.0);
        let years = (0..)
            .zip(flows.factors.iter().zip(costs.iter().zip(&benefits)))
            .map(|(year, (&factor, (&costs, &benefits)))| Year {
                year,
                factor,
                costs,
                benefits,
            })
            .collect();
        let shares = shares(&lines);
        Self {
            public: public_totals,
            fiscal: fiscal_totals,
            cashable: cashable_totals,
            years,
            lines,
            shares,
            unvalued,
        }
    }
}

fn shares(lines: &[LineResult]) -> Vec<Share> {
    let mut sums: BTreeMap<(&str, Value), (f64, f64, f64)> = BTreeMap::new();
    for line in lines {
        let sum = sums.entry((line.agency.as_str(), line.value)).or_default();
        match line.line {
            Line::Cost(_) => sum.0 += line.present_value,
            Line::Benefit(_) => {
                sum.1 += line.present_value;
                sum.2 += line.cashable;
            }
        }
    }
    sums.into_iter()
        .map(|((agency, value), (costs, benefits, cashable))| Share {
            agency: agency.to_owned(),
            value,
            costs,
            benefits,
            cashable,
        })
        .collect()
}

/// Costs and benefits by year, each line weighed by `counts`.
fn by_year(
    lines: &[LineResult],
    years: usize,
    counts: &dyn Fn(&LineResult) -> f64,
) -> (Vec<f64>, Vec<f64>) {
    let mut costs = vec![0.0; years];
    let mut benefits = vec![0.0; years];
    for line in lines {
        let sums = match line.line {
            Line::Cost(_) => &mut costs,
            Line::Benefit(_) => &mut benefits,
        };
        let weight = counts(line);
        for (sum, amount) in sums.iter_mut().zip(&line.yearly) {
            *sum += weight * amount;
        }
    }
    (costs, benefits)
}

fn totals(lines: &[LineResult], factors: &[f64], counts: &dyn Fn(&LineResult) -> f64) -> Totals {
    let (costs, benefits) = by_year(lines, factors.len(), counts);
    let present = |amounts: &[f64]| -> f64 {
        amounts
            .iter()
            .zip(factors)
            .map(|(a, factor)| a * factor)
            .sum()
    };
    let (present_costs, present_benefits) = (present(&costs), present(&benefits));
    let net: Vec<f64> = benefits.iter().zip(&costs).map(|(b, c)| b - c).collect();
    let discounted: Vec<f64> = net.iter().zip(factors).map(|(n, f)| n * f).collect();
    Totals {
        costs: present_costs,
        benefits: present_benefits,
        net_present_value: present_benefits - present_costs,
        benefit_cost_ratio: (present_costs > 0.0).then(|| present_benefits / present_costs),
        payback: payback(&net),
        discounted_payback: payback(&discounted),
    }
}

/// When the running sum comes to zero or above for good.
fn payback(net: &[f64]) -> Option<f64> {
    let mut sum = 0.0;
    let mut answer = None;
    for (year, amount) in net.iter().enumerate() {
        let before = sum;
        sum += amount;
        if sum < 0.0 {
            answer = None;
        } else if answer.is_none() {
            let part = if before < 0.0 { -before / amount } else { 1.0 };
            // Year 0 is now; the amounts of year t come between t − 1 and t.
            answer = Some(if year == 0 {
                0.0
            } else {
                year as f64 - 1.0 + part
            });
        }
    }
    answer
}
