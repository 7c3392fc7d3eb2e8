//! What an intervention costs and brings, as it is entered.

use thiserror::Error;

use super::DiscountRates;

/// Shares by which the local-partnership guidance corrects for optimism, from the strongest evidence
/// (grade 1, such as audited figures or a randomised trial) to the weakest (grade 6, one expert's judgement).
///
/// Costs go up by it, benefits down. Source: *Cost benefit analysis guidance for local partnerships* (2014).
pub const LOCAL_PARTNERSHIP_OPTIMISM: [f64; 6] = [0.0, 0.05, 0.10, 0.15, 0.25, 0.40];

/// Low, central and high value of one assumption.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    low: f64,
    central: f64,
    high: f64,
}

/// Why three numbers are not a range.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum RangeError {
    /// One is infinite or not a number.
    #[error("a low, central or high value is not a finite number")]
    NotFinite,
    /// They are not in order.
    #[error("low, central and high must rise: {low}, {central}, {high}")]
    Order {
        /// The low value.
        low: f64,
        /// The central value.
        central: f64,
        /// The high value.
        high: f64,
    },
}

impl Range {
    /// A range.
    ///
    /// # Errors
    ///
    /// [`RangeError`] where a value is not finite or they are not in order.
    pub fn new(low: f64, central: f64, high: f64) -> Result<Self, RangeError> {
        if ![low, central, high].iter().all(|v| v.is_finite()) {
            return Err(RangeError::NotFinite);
        }
        if low > central || central > high {
            return Err(RangeError::Order { low, central, high });
        }
        Ok(Self { low, central, high })
    }

    /// One value that is taken as known.
    ///
    /// # Errors
    ///
    /// [`RangeError::NotFinite`].
    pub fn certain(value: f64) -> Result<Self, RangeError> {
        Self::new(value, value, value)
    }

    /// The low value.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.low
    }

    /// The central value.
    #[must_use]
    pub fn central(&self) -> f64 {
        self.central
    }

    /// The high value.
    #[must_use]
    pub fn high(&self) -> f64 {
        self.high
    }
}

/// Whose gain or loss it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// The public purse.
    Fiscal,
    /// Individuals' and firms' incomes.
    Economic,
    /// Wellbeing, health, confidence, fear.
    Social,
}

/// A cost, year by year from year 0, in real prices of one year.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// What it is.
    pub label: String,
    /// Who bears it.
    pub agency: String,
    /// Whose loss it is: fiscal for a public body's money.
    pub value: Value,
    /// The central amounts of years 0, 1, 2 …
    pub yearly: Vec<f64>,
    /// What the amounts are multiplied by: 1 in the centre, such as 0.9 to 1.3.
    pub factor: Range,
    /// Share added against optimism ([`LOCAL_PARTNERSHIP_OPTIMISM`]).
    pub optimism_bias: f64,
}

/// A benefit, in the same prices as the costs.
///
/// In year t from `first_year` on, for `years` years, it is
///
/// population × effect × (1 − deadweight) × attribution × (1 − displacement) × (1 − drop-off)^(t − first
/// year) × unit value × (1 − optimism bias).
#[derive(Debug, Clone, PartialEq)]
pub struct Benefit {
    /// What it is.
    pub label: String,
    /// Who gains.
    pub agency: String,
    /// Whose gain it is.
    pub value: Value,
    /// Units reached in each year: incidents, people, households.
    pub population: Range,
    /// Share of them for which the outcome changes.
    pub effect: Range,
    /// Share of the change that would have happened anyway. Zero where the effect was measured against a
    /// comparison group: it has taken this out already.
    pub deadweight: Range,
    /// Share of the rest that is due to this intervention and not to others.
    pub attribution: Range,
    /// Share that only moved elsewhere.
    pub displacement: Range,
    /// Share by which the benefit falls from each year to the next.
    pub drop_off: Range,
    /// What one changed outcome is worth; `None` where nobody knows: it is listed, not counted as zero.
    pub unit_value: Option<Range>,
    /// Share of it that can be taken out of a budget.
    pub cashable: Range,
    /// The first year with the benefit (the lag).
    pub first_year: u32,
    /// For how many years it comes.
    pub years: u32,
    /// Share taken off against optimism.
    pub optimism_bias: f64,
}

/// What is appraised.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The rates at which years are discounted.
    pub rates: DiscountRates,
    /// What it costs.
    pub costs: Vec<Cost>,
    /// What it brings.
    pub benefits: Vec<Benefit>,
}

/// A line of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Line {
    /// A cost, by position.
    Cost(usize),
    /// A benefit, by position.
    Benefit(usize),
}

/// An assumption of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// [`Cost::factor`].
    Factor,
    /// [`Benefit::population`].
    Population,
    /// [`Benefit::effect`].
    Effect,
    /// [`Benefit::deadweight`].
    Deadweight,
    /// [`Benefit::attribution`].
    Attribution,
    /// [`Benefit::displacement`].
    Displacement,
    /// [`Benefit::drop_off`].
    DropOff,
    /// [`Benefit::unit_value`].
    UnitValue,
    /// [`Benefit::cashable`]. It moves no total but the cashable one.
    Cashable,
}

/// One assumption of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Parameter {
    /// Which line.
    pub line: Line,
    /// Which assumption of it.
    pub field: Field,
}

/// Why a case cannot be appraised.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum CaseError {
    /// It has neither costs nor benefits.
    #[error("there is nothing to appraise: no cost and no benefit")]
    Empty,
    /// An amount is negative, infinite or not a number.
    #[error("'{label}': the amount for year {year} must be a number, zero or above, not {value}")]
    Amount {
        /// The line.
        label: String,
        /// The year.
        year: usize,
        /// What it is.
        value: f64,
    },
    /// A value lies outside what it can be.
    #[error("'{label}': {what} must lie between {least} and {most}")]
    Outside {
        /// The line.
        label: String,
        /// The assumption.
        what: &'static str,
        /// The least that it can be.
        least: f64,
        /// The most that it can be.
        most: f64,
    },
    /// The discount rates do not reach so far.
    #[error("'{label}': year {year} is beyond the discount rates, which end at year {last}")]
    BeyondRates {
        /// The line.
        label: String,
        /// Its last year.
        year: u64,
        /// The last year with a rate.
        last: u32,
    },
    /// Nothing of the case is called so.
    #[error("the case has no such assumption")]
    NoParameter,
    /// Numbers so large that sums leave the range of `f64`.
    #[error("the amounts are too large to add up")]
    TooLarge,
    /// A simulation of no draws.
    #[error("a simulation needs at least {needed} draws, not {draws}")]
    Draws {
        /// How many were asked for.
        draws: usize,
        /// How many are needed.
        needed: usize,
    },
}

/// More years than any appraisal looks ahead: a bound on memory, not a rule.
pub(super) const MOST_YEARS: u32 = 1_000;

impl Benefit {
    /// The assumptions with what they can be.
    pub(super) fn fields(&self) -> impl Iterator<Item = (Field, &'static str, Range, f64, f64)> {
        let share = (0.0, 1.0);
        let amount = (0.0, f64::MAX);
        [
            (
                Field::Population,
                "the population",
                Some(self.population),
                amount,
            ),
            (Field::Effect, "the effect", Some(self.effect), (-1.0, 1.0)),
            (
                Field::Deadweight,
                "deadweight",
                Some(self.deadweight),
                share,
            ),
            (
                Field::Attribution,
                "attribution",
                Some(self.attribution),
                share,
            ),
            (
                Field::Displacement,
                "displacement",
                Some(self.displacement),
                share,
            ),
            (Field::DropOff, "drop-off", Some(self.drop_off), share),
            (Field::UnitValue, "the unit value", self.unit_value, amount),
            (
                Field::Cashable,
                "the cashable share",
                Some(self.cashable),
                share,
            ),
        ]
        .into_iter()
        .filter_map(|(field, what, range, (least, most))| {
            range.map(|range| (field, what, range, least, most))
        })
    }
}

impl Case {
    /// The number of years from 0 that anything happens in.
    pub(super) fn horizon(&self) -> usize {
        let costs = self.costs.iter().map(|cost| cost.yearly.len());
        let benefits = self
            .benefits
            .iter()
            .map(|benefit| (benefit.first_year as usize).saturating_add(benefit.years as usize));
        costs.chain(benefits).max().unwrap_or(0)
    }

    /// Refuses what cannot be reckoned with.
    pub(super) fn check(&self) -> Result<(), CaseError> {
        if self.costs.is_empty() && self.benefits.is_empty() {
            return Err(CaseError::Empty);
        }
        let last = self.rates.last_year().min(MOST_YEARS);
        let reach = |label: &str, years: u64| match years.checked_sub(1) {
            Some(year) if year > u64::from(last) => Err(CaseError::BeyondRates {
                label: label.to_owned(),
                year,
                last,
            }),
            _ => Ok(()),
        };
        for cost in &self.costs {
            reach(&cost.label, cost.yearly.len() as u64)?;
            for (year, &value) in cost.yearly.iter().enumerate() {
                if !value.is_finite() || value < 0.0 {
                    let label = cost.label.clone();
                    return Err(CaseError::Amount { label, year, value });
                }
            }
            inside(&cost.label, "the cost factor", cost.factor, 0.0, f64::MAX)?;
            bias(&cost.label, cost.optimism_bias, f64::MAX)?;
        }
        for benefit in &self.benefits {
            let years = u64::from(benefit.first_year) + u64::from(benefit.years);
            reach(&benefit.label, years)?;
            for (_, what, range, least, most) in benefit.fields() {
                inside(&benefit.label, what, range, least, most)?;
            }
            bias(&benefit.label, benefit.optimism_bias, 1.0)?;
        }
        Ok(())
    }

    /// Every assumption of the case with its range, costs first.
    pub fn parameters(&self) -> impl Iterator<Item = (Parameter, Range)> + '_ {
        let costs = self.costs.iter().enumerate().map(|(i, cost)| {
            let line = Line::Cost(i);
            let field = Field::Factor;
            (Parameter { line, field }, cost.factor)
        });
        let benefits = self.benefits.iter().enumerate().flat_map(|(i, benefit)| {
            benefit.fields().map(move |(field, _, range, _, _)| {
                let line = Line::Benefit(i);
                (Parameter { line, field }, range)
            })
        });
        costs.chain(benefits)
    }

    /// What a line is called; `None` where the case has none such.
    #[must_use]
    pub fn label(&self, line: Line) -> Option<&str> {
        match line {
            Line::Cost(i) => self.costs.get(i).map(|cost| cost.label.as_str()),
            Line::Benefit(i) => self.benefits.get(i).map(|benefit| benefit.label.as_str()),
        }
    }
}

fn inside(
    label: &str,
    what: &'static str,
    range: Range,
    least: f64,
    most: f64,
) -> Result<(), CaseError> {
    if range.low < least || range.high > most {
        let label = label.to_owned();
        return Err(CaseError::Outside {
            label,
            what,
            least,
            most,
        });
    }
    Ok(())
}

fn bias(label: &str, bias: f64, most: f64) -> Result<(), CaseError> {
    if bias.is_finite() && (0.0..=most).contains(&bias) {
        return Ok(());
    }
    Err(CaseError::Outside {
        label: label.to_owned(),
        what: "optimism bias",
        least: 0.0,
        most,
    })
}
