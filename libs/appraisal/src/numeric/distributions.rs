//! Tail areas and quantiles of the normal and of Student's distribution.

use std::f64::consts::{PI, SQRT_2};

use libm::erfc;
use statrs::function::beta::checked_beta_reg;

/// Beyond so many degrees of freedom Student's distribution is taken as the normal one.
const NORMAL_FROM: f64 = 1e6;

/// The chance of a standard normal value below `z`.
pub(crate) fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z / SQRT_2)
}

/// The value below which a standard normal falls with chance `p`, 0 < p < 1.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    if p > 0.5 {
        return -normal_quantile(1.0 - p);
    }
    // Start from the tail's leading term (Abramowitz and Stegun 26.2.23), then Halley's steps on erfc.
    let t = (-2.0 * p.ln()).sqrt();
    let mut z = -(t
        - (2.515_517 + t * (0.802_853 + t * 0.010_328))
            / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308))));
    for _ in 0..4 {
        let excess = (normal_cdf(z) - p) * (2.0 * PI).sqrt() * (0.5 * z * z).exp();
        let step = excess / (1.0 + 0.5 * z * excess);
        z -= step;
        if step.abs() <= 1e-15 * z.abs() {
            break;
        }
    }
    z
}

/// Two-sided tail area of a statistic: normal, or Student's with these degrees of freedom.
pub(crate) fn two_sided_p(statistic: f64, degrees: Option<f64>) -> f64 {
    match degrees {
        Some(df) if df < NORMAL_FROM => {
            let square = statistic * statistic;
            // NaN where the function cannot be had, which no caller's degrees of freedom reach.
            checked_beta_reg(0.5 * df, 0.5, df / (df + square)).unwrap_or(f64::NAN)
        }
        _ => erfc(statistic.abs() / SQRT_2),
    }
}

/// How many standard errors an interval of this confidence reaches to each side.
pub(crate) fn critical(confidence: f64, degrees: Option<f64>) -> f64 {
    let outside = 1.0 - confidence;
    let normal = -normal_quantile(0.5 * outside);
    let Some(df) = degrees.filter(|df| *df < NORMAL_FROM) else {
        return normal;
    };
    // Student's tails are heavier: the normal's quantile is below the one sought.
    let (mut low, mut high) = (normal, 2.0 * normal + 1.0);
    while two_sided_p(high, Some(df)) > outside && high < 1e12 {
        low = high;
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if two_sided_p(middle, Some(df)) > outside {
            low = middle;
        } else {
            high = middle;
        }
        if high - low <= 1e-14 * high {
            break;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_as_printed_in_tables() {
        assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-14);
        assert!((normal_quantile(0.005) + 2.575_829_303_548_901).abs() < 1e-14);
        assert!((normal_quantile(1e-10) + 6.361_340_902_404_056).abs() < 1e-12);
        assert!(normal_quantile(0.5).abs() < 1e-15);
        for p in [0.001, 0.2, 0.5, 0.77, 0.999] {
            assert!((normal_cdf(normal_quantile(p)) - p).abs() < 1e-14);
        }
    }

    #[test]
    fn students_distribution_as_printed_in_tables() {
        // Two-sided 5 % points: 1, 5, 10, 30 degrees of freedom.
        for (df, value) in [
            (1.0, 12.706_204_736),
            (5.0, 2.570_581_836),
            (10.0, 2.228_138_852),
            (30.0, 2.042_272_456),
        ] {
            assert!((critical(0.95, Some(df)) - value).abs() < 2e-9, "{df}");
            assert!((two_sided_p(value, Some(df)) - 0.05).abs() < 1e-9, "{df}");
        }
        // One degree of freedom is Cauchy's: P(|T| > 1) = 1/2.
        assert!((two_sided_p(1.0, Some(1.0)) - 0.5).abs() < 1e-13);
        assert!((critical(0.95, Some(1e7)) - critical(0.95, None)).abs() < 1e-15);
    }
}
