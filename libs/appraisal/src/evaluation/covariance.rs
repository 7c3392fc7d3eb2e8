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
