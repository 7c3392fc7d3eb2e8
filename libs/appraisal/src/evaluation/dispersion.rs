//! How much more counts spread than Poisson ones: α of the negative binomial, by maximum likelihood.

use statrs::function::gamma::digamma;

use super::EvaluationError;
use super::glm::{Fit, Problem};

/// Beyond these the likelihood is flat: Poisson, or nothing to be learnt.
const LEAST: f64 = 1e-8;
const MOST: f64 = 1e4;

/// Fits coefficients and α together: each in turn with the other held, until neither moves. They are
/// orthogonal, so a few turns do. α is 0 where counts spread no more than Poisson's.
///
/// Source: Lawless, J. F. (1987), 'Negative binomial and mixed Poisson regression', *Canadian Journal of
/// Statistics* 15.
pub(super) fn negative_binomial(problem: &Problem) -> Result<Fit, EvaluationError> {
    let mut fit = problem.fit(0.0)?;
    let mut alpha = 0.0;
    for _ in 0..100 {
        let next = best(&problem.counts, &fit.fitted);
        if next == 0.0 {
            return problem.fit(0.0);
        }
        let moved = (next - alpha).abs() / next;
        alpha = next;
        fit = problem.fit(alpha)?;
        if moved < 1e-10 {
            return Ok(fit);
        }
    }
    Ok(fit)
}

/// α that makes these counts likeliest under these means.
fn best(counts: &[f64], fitted: &[f64]) -> f64 {
    // Near 0 the likelihood rises with α only where Σ((y − μ)² − y) is above 0.
    let excess: f64 = counts
        .iter()
        .zip(fitted)
        .map(|(y, mu)| (y - mu).powi(2) - y)
        .sum();
    if excess <= 0.0 || slope(counts, fitted, LEAST) <= 0.0 {
        return 0.0;
    }
    if slope(counts, fitted, MOST) >= 0.0 {
        return MOST;
    }
    // The slope falls through zero once: regula falsi (Illinois) on the logarithm of α, with halving first.
    let at = |log: f64| slope(counts, fitted, log.exp());
    let (mut low, mut high) = (LEAST.ln(), MOST.ln());
    for _ in 0..12 {
        let middle = 0.5 * (low + high);
        if at(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    let (mut at_low, mut at_high) = (at(low), at(high));
    for _ in 0..100 {
        let next = (low * at_high - high * at_low) / (at_high - at_low);
        if !next.is_finite() || high - low < 1e-13 {
            break;
        }
        let value = at(next);
        if value == 0.0 {
            return next.exp();
        }
        if value > 0.0 {
            let moved = next - low;
            (low, at_low) = (next, value);
            at_high *= 0.5;
            if moved < 1e-13 {
                break;
            }
        } else {
            let moved = high - next;
            (high, at_high) = (next, value);
            at_low *= 0.5;
            if moved < 1e-13 {
                break;
            }
        }
    }
    (0.5 * (low + high)).exp()
}

/// The derivative of the log-likelihood by α.
fn slope(counts: &[f64], fitted: &[f64], alpha: f64) -> f64 {
    let r = 1.0 / alpha;
    let at_r = digamma(r);
    counts
        .iter()
        .zip(fitted)
        .map(|(&y, &mu)| {
            let rising = r * r * ((alpha * mu).ln_1p() - (digamma(y + r) - at_r));
            rising + (y - mu) / (alpha * (1.0 + alpha * mu))
        })
        .sum()
}
