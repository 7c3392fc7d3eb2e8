//! Tail areas of the standard normal distribution.

// libm's is right to the last place; statrs' strays from the eleventh on.
use libm::erfc;

/// Two-sided tail area: the chance of a standard normal value at least as far from 0 as `z`.
pub(crate) fn two_sided_p(z: f64) -> f64 {
    erfc(z.abs() / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::two_sided_p;

    #[test]
    fn matches_the_printed_table() {
        // Quantiles as every table of the normal distribution prints them.
        assert!((two_sided_p(0.0) - 1.0).abs() < 1e-15);
        assert!((two_sided_p(1.959_963_984_540_054) - 0.05).abs() < 1e-15);
        assert!((two_sided_p(-2.575_829_303_548_901) - 0.01).abs() < 1e-15);
        assert!((two_sided_p(3.290_526_731_491_926) - 0.001).abs() < 1e-15);
    }
}
