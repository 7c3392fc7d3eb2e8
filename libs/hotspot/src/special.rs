//! Quantiles of the gamma and beta distributions, from which the exact intervals come.
//!
//! statrs supplies the gamma function and the incomplete gamma. Its incomplete beta stops after 140 terms,
//! too few for a county's counts (some √n are needed), and its quantiles lean on it, so those are here.

use statrs::function::gamma::{gamma_lr, ln_gamma};

/// The p-quantile of the gamma distribution with this shape (above 0) and scale 1, for 0 < p < 1.
pub(crate) fn gamma_quantile(p: f64, shape: f64) -> f64 {
    // Far beyond any quantile in use: ten standard deviations and some.
    let high = shape + 10.0 * shape.sqrt() + 50.0;
    let log_normaliser = ln_gamma(shape);
    root(p, high, |x| {
        let density = ((shape - 1.0) * x.ln() - x - log_normaliser).exp();
        (gamma_lr(shape, x), density)
    })
}

/// The p-quantile of the beta distribution with a, b above 0, for 0 < p < 1.
pub(crate) fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    let log_normaliser = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
    root(p, 1.0, |x| {
        let density = (log_normaliser + (a - 1.0) * x.ln() + (b - 1.0) * (-x).ln_1p()).exp();
        (beta_cdf(x, a, b, log_normaliser), density)
    })
}

/// The chances of at most, and of at least, `observed` of `trials` with this chance each (above 0, below 1).
pub(crate) fn binomial_tails(observed: u64, trials: u64, chance: f64) -> (f64, f64) {
    let at_least = |k: u64| {
        if k == 0 {
            return 1.0;
        }
        if k > trials {
            return 0.0;
        }
        let (a, b) = (k as f64, (trials - k) as f64 + 1.0);
        let log_normaliser = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
        beta_cdf(chance, a, b, log_normaliser)
    };
    // The lower tail from its own side, so that a small one keeps its digits.
    let at_most = if observed >= trials {
        1.0
    } else {
        let (a, b) = (observed as f64 + 1.0, (trials - observed) as f64);
        let log_normaliser = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
        beta_cdf(1.0 - chance, b, a, log_normaliser)
    };
    (at_most, at_least(observed))
}

/// Where a distribution function on 0 to `high` reaches p: Newton steps, halving the bracket wherever one
/// would leave it. `at` gives the distribution function and the density.
fn root(p: f64, high: f64, at: impl Fn(f64) -> (f64, f64)) -> f64 {
    let (mut low, mut high) = (0.0, high);
    let mut x = 0.5 * (low + high);
    for _ in 0..200 {
        let (reached, density) = at(x);
        if reached < p {
            low = x;
        } else {
            high = x;
        }
        let newton = x - (reached - p) / density;
        let next = if newton > low && newton < high {
            newton
        } else {
            0.5 * (low + high)
        };
        if (next - x).abs() <= 1e-14 * next.abs() {
            return next;
        }
        x = next;
    }
    x
}

/// The distribution function of the beta distribution: continued fraction 26.5.8 of Abramowitz and Stegun,
/// evaluated by Lentz's method on the side of the mean where it converges fast.
fn beta_cdf(x: f64, a: f64, b: f64, log_normaliser: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (log_normaliser + a * x.ln() + b * (-x).ln_1p()).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * continued_fraction(x, a, b) / a
    } else {
        1.0 - front * continued_fraction(1.0 - x, b, a) / b
    }
}

fn continued_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut h = d;
    let mut m = 1.0;
    // Some √max(a, b) terms suffice; the bound only guards against never ending.
    let bound = 200.0 + 20.0 * a.max(b).sqrt();
    while m < bound {
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut step = 1.0;
        for term in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + term * d);
            c = away_from_zero(1.0 + term / c);
            step = d * c;
            h *= step;
        }
        if (step - 1.0).abs() < 1e-15 {
            break;
        }
        m += 1.0;
    }
    h
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_with_a_closed_form() {
        for p in [0.001_f64, 0.025, 0.5, 0.975, 0.999] {
            // Shape 1 is the exponential; Beta(a, 1) and Beta(1, b) are powers.
            let exponential = -(-p).ln_1p();
            assert!((gamma_quantile(p, 1.0) / exponential - 1.0).abs() < 1e-12);
            assert!((beta_quantile(p, 7.0, 1.0) - p.powf(1.0 / 7.0)).abs() < 1e-13);
            let other = 1.0 - (1.0 - p).powf(1.0 / 300.0);
            assert!((beta_quantile(p, 1.0, 300.0) / other - 1.0).abs() < 1e-10);
        }
        assert!((beta_quantile(0.5, 3.0, 3.0) - 0.5).abs() < 1e-14);
    }

    #[test]
    fn quantiles_of_a_million_are_those_of_the_normal() {
        let n = 1e6_f64;
        // Gamma: Cornish and Fisher's first terms, n + z√n + (z² − 1)/3.
        let z = 1.959_963_984_540_054_f64;
        let expected = n + z * n.sqrt() + (z * z - 1.0) / 3.0;
        assert!((gamma_quantile(0.975, n) - expected).abs() < 0.01);
        // Beta(n, n) has variance 1/(4(2n + 1)).
        let expected = 0.5 + z / (4.0 * (2.0 * n + 1.0)).sqrt();
        assert!((beta_quantile(0.975, n, n) - expected).abs() < 1e-8);
    }

    #[test]
    fn the_beta_distribution_function_is_the_binomial_tail() {
        // P(X ≥ 3) for X ~ Binomial(10, 0.3) = I₀.₃(3, 8).
        let tail: f64 = (3..=10)
            .map(|k| binomial(10, k) * 0.3_f64.powi(k) * 0.7_f64.powi(10 - k))
            .sum();
        let log_normaliser = ln_gamma(11.0) - ln_gamma(3.0) - ln_gamma(8.0);
        assert!((beta_cdf(0.3, 3.0, 8.0, log_normaliser) - tail).abs() < 1e-13);
    }

    fn binomial(n: i32, k: i32) -> f64 {
        (0..k)
            .map(|i| f64::from(n - i) / f64::from(i + 1))
            .product()
    }
}
