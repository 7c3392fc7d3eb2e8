//! One area against a mixture of others that ran alongside it before.

use crate::numeric::matrix::Square;

use super::{Caution, Design, EvaluationError, MarylandLevel, maryland};

/// A donor taken as if it had had the intervention.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placebo {
    /// Which donor, by position.
    pub donor: usize,
    /// Root mean squared gap before.
    pub error_before: f64,
    /// Root mean squared gap after.
    pub error_after: f64,
    /// After over before; infinite where the fit before is perfect and that after is not.
    pub ratio: f64,
}

/// What became of the area.
#[derive(Debug, Clone, PartialEq)]
pub struct Synthetic {
    /// The share of each donor, none below 0, all together 1.
    pub weights: Vec<f64>,
    /// The mixture, month by month.
    pub synthetic: Vec<f64>,
    /// The area less the mixture.
    pub gaps: Vec<f64>,
    /// Mean gap over the months after, in the unit of the outcome.
    pub mean_gap: f64,
    /// Outcome of the months after over that of the mixture; `None` where the mixture has none.
    pub ratio: Option<f64>,
    /// Root mean squared gap before: how well the mixture stands in.
    pub error_before: f64,
    /// Root mean squared gap after.
    pub error_after: f64,
    /// Every donor taken as if it had had it.
    pub placebos: Vec<Placebo>,
    /// Share of areas, the true one among them, whose gap grew at least as much after the start.
    pub p: f64,
    /// Where the design stands on the Maryland scale.
    pub level: MarylandLevel,
    /// What to tell the reader.
    pub cautions: Vec<Caution>,
}

/// Builds the mixture of donors that follows the area most closely before the start, and compares after it.
///
/// Weights minimise Σ_{t < start} (yₜ − Σⱼ wⱼ xⱼₜ)² with wⱼ ≥ 0 and Σ wⱼ = 1. Outcomes should be rates, so
/// that areas of different size can stand in for each other, and no month may be missing. The placebo test
/// does the same to every donor, with the others as its donors, and asks whether the area's ratio of errors
/// after to before is out of the ordinary.
///
/// Source: Abadie, A., Diamond, A. and Hainmueller, J. (2010), 'Synthetic control methods for comparative case
/// studies', *Journal of the American Statistical Association* 105, on outcomes before alone.
///
/// # Errors
///
/// [`EvaluationError`]: fewer than 2 donors, fewer than 3 months before or none after, lists of unequal
/// length, or an outcome that is not a finite number.
///
/// # Example
///
/// ```
/// use appraisal::evaluation::synthetic_control;
///
/// let up = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
/// let down = vec![6.0, 5.0, 4.0, 3.0, 2.0, 1.0];
/// let wild = vec![9.0, 0.0, 9.0, 0.0, 9.0, 0.0];
/// // A third of the first, two thirds of the second, until the fifth month: then one less.
/// let area: Vec<f64> = up.iter().zip(&down).enumerate()
///     .map(|(t, (u, d))| u / 3.0 + d * 2.0 / 3.0 - if t >= 4 { 1.0 } else { 0.0 }).collect();
/// let result = synthetic_control(&area, &[up, down, wild], 4)?;
/// assert!((result.weights[0] - 1.0 / 3.0).abs() < 1e-6);
/// assert!((result.mean_gap + 1.0).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn synthetic_control(
    area: &[f64],
    donors: &[Vec<f64>],
    start: usize,
) -> Result<Synthetic, EvaluationError> {
    check(area, donors, start)?;
    let all: Vec<&[f64]> = donors.iter().map(Vec::as_slice).collect();
    let fit = mix(area, &all, start);
    let placebos: Vec<Placebo> = (0..donors.len())
        .map(|donor| {
            let others: Vec<&[f64]> = all
                .iter()
                .enumerate()
                .filter(|(i, _)| *i != donor)
                .map(|(_, other)| *other)
                .collect();
            let fit = mix(all[donor], &others, start);
            Placebo {
                donor,
                error_before: fit.before,
                error_after: fit.after,
                ratio: fit.ratio(),
            }
        })
        .collect();
    let own = fit.ratio();
    let as_far = placebos.iter().filter(|p| p.ratio >= own).count();
    let p = (as_far + 1) as f64 / (donors.len() + 1) as f64;

    let after = area.len() - start;
    let gaps: Vec<f64> = area
        .iter()
        .zip(&fit.synthetic)
        .map(|(y, s)| y - s)
        .collect();
    let sum = |values: &[f64]| values.iter().skip(start).sum::<f64>();
    let expected = sum(&fit.synthetic);
    let level_before = area.iter().take(start).sum::<f64>().abs() / start as f64;
    let share = fit.before / level_before;
    let least = 1.0 / (donors.len() + 1) as f64;
    let poor = share.is_nan() || share > 0.1;
    let mut cautions = Vec::new();
    let mut when = |holds: bool, caution| {
        if holds {
            cautions.push(caution);
        }
    };
    when(poor, Caution::PoorFit(share));
    when(least > 0.05, Caution::FewDonors(least));
    when(start < 12, Caution::FewBefore(start));
    when(after < 12, Caution::FewAfter(after));
    Ok(Synthetic {
        mean_gap: sum(&gaps) / after as f64,
        ratio: (expected > 0.0).then(|| sum(area) / expected),
        weights: fit.weights,
        synthetic: fit.synthetic,
        gaps,
        error_before: fit.before,
        error_after: fit.after,
        placebos,
        p,
        level: maryland(&Design::Compared {
            alongside_before: !poor,
            controlled: false,
        }),
        cautions,
    })
}

fn check(area: &[f64], donors: &[Vec<f64>], start: usize) -> Result<(), EvaluationError> {
    for (what, found, needed) in [
        ("areas to compare with", donors.len(), 2),
        ("months before", start.min(area.len()), 3),
        ("months after", area.len().saturating_sub(start), 1),
    ] {
        if found < needed {
            return Err(EvaluationError::TooFew {
                what,
                found,
                needed,
            });
        }
    }
    for series in donors.iter().map(Vec::as_slice).chain([area]) {
        if series.len() != area.len() {
            return Err(EvaluationError::Length {
                what: "months of an area",
                found: series.len(),
                expected: area.len(),
            });
        }
        for (index, &value) in series.iter().enumerate() {
            // Squares of larger ones would leave the range of `f64`.
            if !value.is_finite() || value.abs() > 1e100 {
                let what = "the outcome of month";
                return Err(EvaluationError::Value { what, index, value });
            }
        }
    }
    Ok(())
}

/// A mixture and how it does.
struct Mixture {
    weights: Vec<f64>,
    synthetic: Vec<f64>,
    before: f64,
    after: f64,
}

impl Mixture {
    fn ratio(&self) -> f64 {
        // Both errors may be nothing but rounding: then there is no gap to speak of.
        if self.after <= 1e-9 * self.scale() {
            0.0
        } else {
            self.after / self.before
        }
    }

    fn scale(&self) -> f64 {
        self.synthetic
            .iter()
            .fold(0.0, |most: f64, v| most.max(v.abs()))
    }
}

fn mix(area: &[f64], donors: &[&[f64]], start: usize) -> Mixture {
    let weights = weights(area, donors, start);
    let synthetic: Vec<f64> = (0..area.len())
        .map(|t| donors.iter().zip(&weights).map(|(d, w)| w * d[t]).sum())
        .collect();
    let error = |months: std::ops::Range<usize>| {
        let n = months.len() as f64;
        let squares: f64 = months.map(|t| (area[t] - synthetic[t]).powi(2)).sum();
        (squares / n).sqrt()
    };
    Mixture {
        before: error(0..start),
        after: error(start..area.len()),
        weights,
        synthetic,
    }
}

/// Minimises w′Dw over w ≥ 0, Σw = 1, D the products of the donors' distances from the area: since the
/// weights sum to 1, the distance of the mixture is the mixture of the distances.
///
/// An active set method in the manner of Lawson, C. L. and Hanson, R. J. (1974), *Solving Least Squares
/// Problems*: donors enter one at a time while that helps, and leave when their weight would fall below 0.
fn weights(area: &[f64], donors: &[&[f64]], start: usize) -> Vec<f64> {
    let n = donors.len();
    let distance = |j: usize, t: usize| donors[j][t] - area[t];
    let mut products = Square::zeros(n);
    for i in 0..n {
        for j in 0..n {
            products.add(
                i,
                j,
                (0..start).map(|t| distance(i, t) * distance(j, t)).sum(),
            );
        }
    }
    let largest = (0..n).map(|j| products.at(j, j)).fold(0.0, f64::max);
    let nearest = (0..n)
        .min_by(|&a, &b| products.at(a, a).total_cmp(&products.at(b, b)))
        .unwrap_or_default();
    let mut weights = vec![0.0; n];
    if let Some(first) = weights.get_mut(nearest) {
        *first = 1.0;
    }
    if largest == 0.0 {
        return weights; // every donor is the area itself
    }
    // More donors than months leave the weights open; a touch of equal shares settles them.
    for j in 0..n {
        products.add(j, j, 1e-10 * largest);
    }
    let mut active = vec![nearest];
    for _ in 0..20 * n {
        let Some(candidate) = on_simplex(&products, &active) else {
            break;
        };
        if candidate.iter().all(|w| *w > 0.0) {
            weights.fill(0.0);
            for (&j, w) in active.iter().zip(&candidate) {
                weights[j] = *w;
            }
            let pull = |j: usize| (0..n).map(|k| products.at(j, k) * weights[k]).sum::<f64>();
            let level: f64 = active.iter().map(|&j| weights[j] * pull(j)).sum();
            let entering = (0..n)
                .filter(|j| !active.contains(j))
                .map(|j| (j, pull(j) - level))
                .min_by(|a, b| a.1.total_cmp(&b.1));
            match entering {
                Some((j, gain)) if gain < -1e-13 * largest => active.push(j),
                _ => break,
            }
        } else {
            // As far towards the candidate as no weight falls below 0; who reaches 0 leaves.
            let step = active
                .iter()
                .zip(&candidate)
                .filter(|(_, w)| **w <= 0.0)
                .map(|(&j, w)| weights[j] / (weights[j] - w))
                .fold(1.0, f64::min);
            for (&j, w) in active.iter().zip(&candidate) {
                weights[j] += step * (w - weights[j]);
            }
            let before = active.len();
            active.retain(|&j| weights[j] > 1e-14);
            if active.len() == before || active.is_empty() {
                break; // rounding: nobody can leave
            }
        }
    }
    let sum: f64 = weights.iter().map(|w| w.max(0.0)).sum();
    weights.iter().map(|w| w.max(0.0) / sum).collect()
}

/// The best weights of these donors alone that sum to 1, signs left free.
fn on_simplex(products: &Square, active: &[usize]) -> Option<Vec<f64>> {
    let factors = products.part(active).cholesky().ok()?;
    let raw = factors.solve(&vec![1.0; active.len()]);
    let sum: f64 = raw.iter().sum();
    (sum.is_finite() && sum > 0.0).then(|| raw.iter().map(|w| w / sum).collect())
}
