//! Covariances of coefficients that hold where counts spread more than the model says, or hang together.

use crate::numeric::matrix::Square;

use super::glm::{Fit, Problem};

/// Robust to anything within a cluster: A⁻¹ (Σ_g s_g s_gᵀ) A⁻¹ with s_g the summed scores of cluster g, times
/// G/(G − 1) · (n − 1)/(n − k).
///
/// Source: Liang, K.-Y. and Zeger, S. L. (1986), *Biometrika* 73; the factor as in Stata and statsmodels.
pub(super) fn clustered(problem: &Problem, fit: &Fit, clusters: &[usize]) -> Square {
    let count = clusters.iter().max().map_or(0, |last| last + 1);
    let k = problem.names.len();
    let mut sums = vec![vec![0.0; k]; count];
    let scores = fit.scores(&problem.counts);
    for ((row, score), &cluster) in problem.rows.iter().zip(scores).zip(clusters) {
        for &(j, x) in row {
            sums[cluster][j] += score * x;
        }
    }
    let mut meat = Square::zeros(k);
    for sum in &sums {
        let all: Vec<(usize, f64)> = sum.iter().copied().enumerate().collect();
        meat.add_outer(&all, 1.0);
    }
    let (groups, n) = (count as f64, problem.counts.len() as f64);
    let factor = groups / (groups - 1.0) * (n - 1.0) / (n - k as f64);
    fit.bread.sandwich(&meat).scaled(factor)
}

/// Robust to neighbours in time that hang together: Bartlett's weights 1 − l/(L + 1) on the products of
/// scores l months apart, times n/(n − k). `months` says when each observation was, so that a missing month
/// keeps its place.
///
/// Source: Newey, W. K. and West, K. D. (1987), *Econometrica* 55.
pub(super) fn newey_west(problem: &Problem, fit: &Fit, months: &[usize], lags: usize) -> Square {
    let k = problem.names.len();
    let length = months.iter().max().map_or(0, |last| last + 1);
    let mut by_month: Vec<Vec<(usize, f64)>> = vec![Vec::new(); length];
    let scores = fit.scores(&problem.counts);
    for ((row, score), &month) in problem.rows.iter().zip(scores).zip(months) {
        by_month[month] = row.iter().map(|&(j, x)| (j, score * x)).collect();
    }
    let mut meat = Square::zeros(k);
    for (month, here) in by_month.iter().enumerate() {
        meat.add_outer(here, 1.0);
        for lag in 1..=lags.min(month) {
            let weight = 1.0 - lag as f64 / (lags as f64 + 1.0);
            for &(i, a) in here {
                for &(j, b) in &by_month[month - lag] {
                    meat.add(i, j, weight * a * b);
                    meat.add(j, i, weight * a * b);
                }
            }
        }
    }
    let n = problem.counts.len() as f64;
    fit.bread.sandwich(&meat).scaled(n / (n - k as f64))
}

/// Under errors that carry a share over from each month to the next: A⁻¹ (φ Σ ρ^|s − t| √wₛ√wₜ xₛxₜᵀ) A⁻¹
/// with φ Pearson's sum over degrees of freedom (at least 1) and ρ the correlation of neighbours, freed of
/// what fitting itself puts into it. Fitting makes white residuals look as if they alternated: the
/// expectation of their correlation is −Σ hₜ,ₜ₋₁/(n − k), h the hat matrix, which is taken out.
///
/// Also answers ρ (0 where it comes out below).
pub(super) fn carried_over(problem: &Problem, fit: &Fit, months: &[usize]) -> (Square, f64) {
    let freedom = problem
        .counts
        .len()
        .saturating_sub(problem.names.len())
        .max(1) as f64;
    let roots: Vec<f64> = fit
        .fitted
        .iter()
        .map(|mu| (mu / (1.0 + fit.alpha * mu)).sqrt())
        .collect();
    let residuals: Vec<f64> = fit.pearson(&problem.counts).collect();
    let square: f64 = residuals.iter().map(|e| e * e).sum();
    let (mut product, mut hat) = (0.0, 0.0);
    for t in 1..months.len() {
        if months[t] == months[t - 1] + 1 {
            product += residuals[t] * residuals[t - 1];
            let across: f64 = problem.rows[t]
                .iter()
                .map(|&(i, a)| {
                    let row = &problem.rows[t - 1];
                    row.iter()
                        .map(|&(j, b)| a * b * fit.bread.at(i, j))
                        .sum::<f64>()
                })
                .sum();
            hat += roots[t] * roots[t - 1] * across;
        }
    }
    let raw = if square > 0.0 { product / square } else { 0.0 };
    let rho = (raw + hat / freedom).clamp(0.0, 0.95);
    let mut meat = Square::zeros(problem.names.len());
    for (s, here) in problem.rows.iter().enumerate() {
        for (t, there) in problem.rows.iter().enumerate() {
            let apart = months[s].abs_diff(months[t]);
            let weight = rho.powi(i32::try_from(apart).unwrap_or(i32::MAX)) * roots[s] * roots[t];
            if weight > 1e-12 {
                for &(i, a) in here {
                    for &(j, b) in there {
                        meat.add(i, j, weight * a * b);
                    }
                }
            }
        }
    }
    let spread = fit.overdispersion(&problem.counts).max(1.0);
    (fit.bread.sandwich(&meat).scaled(spread), rho)
}
