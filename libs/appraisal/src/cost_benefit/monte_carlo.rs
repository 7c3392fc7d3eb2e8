//! The likely range of the answer, by drawing all assumptions at once.

use rayon::prelude::*;

use crate::intervals::{Proportion, wilson};
use crate::numeric::random::Source;

use super::appraise::Flows;
use super::{Case, CaseError, Range};

/// The fewest draws from which percentiles are read.
const FEWEST_DRAWS: usize = 100;

/// How an assumption is spread between its low and high value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A triangle with its peak at the central value.
    Triangular,
    /// Every value between the ends alike.
    Uniform,
}

/// How to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Simulation {
    /// How often, at least 100; 10,000 is usual.
    pub draws: usize,
    /// Names the sequence of random numbers: the same seed, the same answer.
    pub seed: u64,
    /// The shape of every range.
    pub shape: Shape,
}

/// Where the draws lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation.
    pub standard_deviation: f64,
    /// 5 in 100 draws lie below.
    pub p5: f64,
    /// 25 in 100 lie below.
    pub p25: f64,
    /// Half lie below.
    pub median: f64,
    /// 75 in 100 lie below.
    pub p75: f64,
    /// 95 in 100 lie below.
    pub p95: f64,
}

/// What the draws gave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Distribution {
    /// Net present value of everything.
    pub net_present_value: Spread,
    /// Benefit–cost ratio; `None` where a draw had no costs.
    pub benefit_cost_ratio: Option<Spread>,
    /// Share of draws with a net present value above zero, with the interval that the number of draws
    /// leaves. It is a chance only as far as the ranges are right.
    pub above_zero: Proportion,
    /// How many draws.
    pub draws: usize,
}

/// Draws every assumption from its range, each on its own, and works the case out, many times.
///
/// A draw takes its random numbers from its own stream, so the answer is the same whatever the number of
/// threads. Assumptions are drawn independently: where high deadweight goes with low effect, the true range
/// is wider than this one.
///
/// # Errors
///
/// [`CaseError::Draws`] for fewer than 100 draws, and [`CaseError`] for what cannot be reckoned with.
pub fn monte_carlo(case: &Case, simulation: &Simulation) -> Result<Distribution, CaseError> {
    case.check()?;
    if simulation.draws < FEWEST_DRAWS {
        return Err(CaseError::Draws {
            draws: simulation.draws,
            needed: FEWEST_DRAWS,
        });
    }
    let drawn: Vec<(f64, f64)> = (0..simulation.draws as u64)
        .into_par_iter()
        .map(|draw| {
            let mut source = Source::new(simulation.seed, draw);
            Flows::of(case, |_, range| {
                within(&mut source, range, simulation.shape)
            })
            .present_values()
        })
        .collect();
    let net: Vec<f64> = drawn
        .iter()
        .map(|(costs, benefits)| benefits - costs)
        .collect();
    if net.iter().any(|value| !value.is_finite()) {
        return Err(CaseError::TooLarge);
    }
    let above = net.iter().filter(|value| **value > 0.0).count();
    let ratios = drawn
        .iter()
        .map(|(costs, benefits)| (*costs > 0.0).then(|| benefits / costs))
        .collect::<Option<Vec<f64>>>();
    let above_zero = wilson(above as u64, net.len() as u64, 0.95)
        .ok()
        .flatten()
        .ok_or(CaseError::TooLarge)?;
    Ok(Distribution {
        above_zero,
        draws: net.len(),
        net_present_value: Spread::of(net),
        benefit_cost_ratio: ratios.map(Spread::of),
    })
}

fn within(source: &mut Source, range: Range, shape: Shape) -> f64 {
    match shape {
        Shape::Triangular => source.triangular(range.low(), range.central(), range.high()),
        Shape::Uniform => range.low() + source.uniform() * (range.high() - range.low()),
    }
}

impl Spread {
    /// Sums run over the sorted values: they do not hang on the order of the draws.
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
        // Between neighbours in proportion: type 7 of Hyndman and Fan (1996), as R and spreadsheets do.
        let quantile = |p: f64| {
            let place = p * (n - 1.0);
            let below = values.get(place as usize).copied().unwrap_or(mean);
            let above = values.get(place as usize + 1).copied().unwrap_or(below);
            below + (place - place.floor()) * (above - below)
        };
        Self {
            mean,
            standard_deviation: variance.sqrt(),
            p5: quantile(0.05),
            p25: quantile(0.25),
            median: quantile(0.5),
            p75: quantile(0.75),
            p95: quantile(0.95),
        }
    }
}
