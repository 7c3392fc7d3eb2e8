//! Which assumption the answer hangs on, and how far each may move before it turns.

use super::appraise::Flows;
use super::{Case, CaseError, Field, Line, Parameter};

/// One assumption at its ends, all others at their centre.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// The assumption.
    pub parameter: Parameter,
    /// What its line is called.
    pub label: String,
    /// Its low value.
    pub low: f64,
    /// Its high value.
    pub high: f64,
    /// Net present value with it low.
    pub net_at_low: f64,
    /// Net present value with it high.
    pub net_at_high: f64,
}

impl Bar {
    /// How far the net present value moves.
    #[must_use]
    pub fn swing(&self) -> f64 {
        (self.net_at_high - self.net_at_low).abs()
    }
}

/// Moves one assumption at a time between its ends: the bars of a tornado chart, widest first.
///
/// Assumptions without a range, and those that move no total, are left out.
///
/// # Errors
///
/// [`CaseError`] for what cannot be reckoned with.
pub fn tornado(case: &Case) -> Result<Vec<Bar>, CaseError> {
    case.check()?;
    let mut bars = Vec::new();
    for (parameter, range) in case.parameters() {
        if range.low() == range.high() || parameter.field == Field::Cashable {
            continue;
        }
        let (net_at_low, net_at_high) = (
            net_with(case, parameter, range.low()),
            net_with(case, parameter, range.high()),
        );
        if !(net_at_low.is_finite() && net_at_high.is_finite()) {
            return Err(CaseError::TooLarge);
        }
        bars.push(Bar {
            parameter,
            label: case.label(parameter.line).unwrap_or_default().to_owned(),
            low: range.low(),
            high: range.high(),
            net_at_low,
            net_at_high,
        });
    }
    // A stable sort: equal swings stay in the order of the case.
    bars.sort_by(|a, b| b.swing().total_cmp(&a.swing()));
    Ok(bars)
}

/// Where an assumption would have to lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BreakEven {
    /// At this value costs and benefits are equal.
    At(f64),
    /// At no value that it can take.
    Never,
}

/// The value of one assumption at which the net present value is zero, all others at their centre.
///
/// # Errors
///
/// [`CaseError::NoParameter`] for an assumption that the case has not, and [`CaseError`] for what cannot
/// be reckoned with.
pub fn break_even(case: &Case, parameter: Parameter) -> Result<BreakEven, CaseError> {
    case.check()?;
    let (_, range) = case
        .parameters()
        .find(|(candidate, _)| *candidate == parameter)
        .ok_or(CaseError::NoParameter)?;
    let net = |value: f64| net_with(case, parameter, value);
    if parameter.field == Field::DropOff {
        // The one assumption that does not enter in a straight line; benefits only fall with it.
        return Ok(halving(net));
    }
    let most = match (parameter.line, parameter.field) {
        (Line::Cost(_), _) | (_, Field::Population | Field::UnitValue) => f64::MAX,
        _ => 1.0,
    };
    let least = if parameter.field == Field::Effect {
        -1.0
    } else {
        0.0
    };
    let step = range.central().abs().max(1.0);
    let (here, there) = (net(0.0), net(step));
    let value = -here * step / (there - here);
    Ok(if value.is_finite() && (least..=most).contains(&value) {
        BreakEven::At(value)
    } else {
        BreakEven::Never
    })
}

/// The root between 0 and 1 of a function that does not turn.
fn halving(net: impl Fn(f64) -> f64) -> BreakEven {
    let (mut low, mut high) = (0.0, 1.0);
    let (at_low, at_high) = (net(low), net(high));
    let crosses = at_low * at_high <= 0.0;
    if !crosses || at_low == at_high {
        return BreakEven::Never;
    }
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if net(middle) * at_low > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    BreakEven::At(0.5 * (low + high))
}

fn net_with(case: &Case, parameter: Parameter, value: f64) -> f64 {
    Flows::of(case, |candidate, range| {
        if candidate == parameter {
            value
        } else {
            range.central()
        }
    })
    .net_present_value()
}
