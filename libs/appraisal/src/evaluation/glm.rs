//! Log-linear models of counts: Poisson, and negative binomial with variance μ + αμ².
//!
//! Iteratively reweighted least squares (Nelder, J. A. and Wedderburn, R. W. M. (1972), *Journal of the Royal
//! Statistical Society A* 135), with the step halved wherever it would lower the likelihood.

use statrs::function::gamma::ln_gamma;

use crate::numeric::matrix::Square;

use super::EvaluationError;

/// The columns of one observation that are not zero.
pub(super) type Row = Vec<(usize, f64)>;

/// Counts with what explains them.
#[derive(Debug, Clone, Default)]
pub(super) struct Problem {
    /// What the columns are called, for errors.
    pub(super) names: Vec<String>,
    pub(super) rows: Vec<Row>,
    pub(super) counts: Vec<f64>,
    /// Logarithms of exposure.
    pub(super) offsets: Vec<f64>,
}

/// A fitted model.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    pub(super) coefficients: Vec<f64>,
    /// Expected counts.
    pub(super) fitted: Vec<f64>,
    /// Inverse of the observed information.
    pub(super) bread: Square,
    pub(super) alpha: f64,
}

impl Problem {
    fn linear(&self, coefficients: &[f64]) -> Vec<f64> {
        self.rows
            .iter()
            .zip(&self.offsets)
            .map(|(row, offset)| {
                let sum: f64 = row.iter().map(|&(j, x)| x * coefficients[j]).sum();
                offset + sum
            })
            .collect()
    }

    fn name(&self, column: usize) -> EvaluationError {
        let name = self.names.get(column).cloned().unwrap_or_default();
        EvaluationError::NotIdentified(name)
    }

    /// Σ wᵢ xᵢ xᵢᵀ.
    fn moments(&self, weights: impl Iterator<Item = f64>) -> Square {
        let mut moments = Square::zeros(self.names.len());
        for (row, weight) in self.rows.iter().zip(weights) {
            moments.add_outer(row, weight);
        }
        moments
    }

    /// Fits with this dispersion; 0 is Poisson.
    pub(super) fn fit(&self, alpha: f64) -> Result<Fit, EvaluationError> {
        let n = self.counts.len();
        if n < self.names.len() {
            return Err(EvaluationError::TooFew {
                what: "figures for this model",
                found: n,
                needed: self.names.len(),
            });
        }
        let mean = self.counts.iter().sum::<f64>() / n as f64;
        if mean == 0.0 {
            return Err(EvaluationError::NoAnswer);
        }
        let mut linear: Vec<f64> = self
            .counts
            .iter()
            .map(|y| (0.5 * (y + mean)).ln())
            .collect();
        let mut coefficients: Vec<f64> = Vec::new();
        let mut likelihood = f64::NEG_INFINITY;
        for _ in 0..100 {
            let mut next = self.step(&linear, alpha)?;
            let mut reached = self.linear(&next);
            let mut at = self.log_likelihood(&reached, alpha);
            for _ in 0..30 {
                if coefficients.is_empty() || at >= likelihood - 1e-9 * likelihood.abs() {
                    break;
                }
                for (new, old) in next.iter_mut().zip(&coefficients) {
                    *new = 0.5 * (*new + old);
                }
                reached = self.linear(&next);
                at = self.log_likelihood(&reached, alpha);
            }
            // A month or an area whose expected count goes to nothing: the answer lies at infinity.
            let lost = reached.iter().any(|l| !l.is_finite() || l.abs() > 50.0);
            if lost || !at.is_finite() {
                return Err(EvaluationError::NoAnswer);
            }
            let moved = linear
                .iter()
                .zip(&reached)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f64::max);
            let first = coefficients.is_empty();
            (linear, coefficients, likelihood) = (reached, next, at);
            if !first && moved < 1e-10 {
                return self.finished(coefficients, &linear, alpha);
            }
        }
        Err(EvaluationError::NoAnswer)
    }

    /// One weighted least squares step.
    fn step(&self, linear: &[f64], alpha: f64) -> Result<Vec<f64>, EvaluationError> {
        let expected: Vec<f64> = linear.iter().map(|l| l.exp()).collect();
        let weight = |mu: f64| mu / (1.0 + alpha * mu);
        let moments = self.moments(expected.iter().map(|&mu| weight(mu)));
        let mut right = vec![0.0; self.names.len()];
        for (i, row) in self.rows.iter().enumerate() {
            let mu = expected[i];
            let working = linear[i] - self.offsets[i] + (self.counts[i] - mu) / mu;
            for &(j, x) in row {
                right[j] += weight(mu) * x * working;
            }
        }
        let factors = moments.cholesky().map_err(|column| self.name(column))?;
        Ok(factors.solve(&right))
    }

    fn finished(
        &self,
        coefficients: Vec<f64>,
        linear: &[f64],
        alpha: f64,
    ) -> Result<Fit, EvaluationError> {
        let fitted: Vec<f64> = linear.iter().map(|l| l.exp()).collect();
        let observed = self.moments(fitted.iter().zip(&self.counts).map(|(&mu, &y)| {
            let below = 1.0 + alpha * mu;
            mu * (1.0 + alpha * y) / (below * below)
        }));
        let bread = observed
            .cholesky()
            .map_err(|column| self.name(column))?
            .inverse();
        Ok(Fit {
            coefficients,
            fitted,
            bread,
            alpha,
        })
    }

    fn log_likelihood(&self, linear: &[f64], alpha: f64) -> f64 {
        linear
            .iter()
            .zip(&self.counts)
            .map(|(&l, &y)| term(y, l.exp(), alpha))
            .sum()
    }
}

/// The part of the log-likelihood that hangs on the mean.
fn term(y: f64, mu: f64, alpha: f64) -> f64 {
    if alpha == 0.0 {
        return y * mu.ln() - mu;
    }
    y * mu.ln() - (y + 1.0 / alpha) * (alpha * mu).ln_1p()
}

/// The log-likelihood with all its constants.
pub(super) fn full_log_likelihood(counts: &[f64], fitted: &[f64], alpha: f64) -> f64 {
    counts
        .iter()
        .zip(fitted)
        .map(|(&y, &mu)| {
            let constant = if alpha == 0.0 {
                0.0
            } else {
                let r = 1.0 / alpha;
                ln_gamma(y + r) - ln_gamma(r) + y * alpha.ln()
            };
            term(y, mu, alpha) + constant - ln_gamma(y + 1.0)
        })
        .sum()
}

impl Fit {
    /// What each observation adds to the slope of the log-likelihood, per unit of its columns.
    pub(super) fn scores<'a>(&'a self, counts: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        counts
            .iter()
            .zip(&self.fitted)
            .map(|(y, mu)| (y - mu) / (1.0 + self.alpha * mu))
    }

    /// Residuals in standard deviations that the model expects.
    pub(super) fn pearson<'a>(&'a self, counts: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        counts
            .iter()
            .zip(&self.fitted)
            .map(|(y, mu)| (y - mu) / (mu + self.alpha * mu * mu).sqrt())
    }

    /// Pearson's sum over degrees of freedom: 1 where the counts spread as the model has it.
    pub(super) fn overdispersion(&self, counts: &[f64]) -> f64 {
        let freedom = counts.len().saturating_sub(self.coefficients.len());
        if freedom == 0 {
            return 1.0;
        }
        self.pearson(counts).map(|e| e * e).sum::<f64>() / freedom as f64
    }
}
