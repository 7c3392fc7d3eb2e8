//! What a permutation or Monte Carlo test found, and the p-values that can be read from it.

use crate::{InputError, PermutationError};

/// How often random re-arrangements reached the statistic that was observed.
///
/// Ties count on both sides. With R re-arrangements, of which `at_least` gave a statistic at least as
/// large as the observed one and `at_most` one at most as large:
///
/// ```text
/// p_high      = (1 + at_least) / (R + 1)
/// p_low       = (1 + at_most)  / (R + 1)
/// p_two_sided = min(1, 2 · min(p_high, p_low))
/// ```
///
/// The observed arrangement counts as one of the R + 1, so no p-value is 0 and the smallest is 1/(R + 1).
/// Where most cells are empty almost everything ties; a test that counts ties on one side only (as taking
/// the smaller of a count and its complement does) then makes hundreds of false cold spots.
///
/// Source: Davison, A. C. and Hinkley, D. V. (1997), *Bootstrap Methods and their Application*, section
/// 4.2; mid-p: Lancaster, H. O. (1961), 'Significance tests in discrete distributions', *Journal of the
/// American Statistical Association* 56.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permuted {
    /// R: how many re-arrangements were made.
    pub permutations: u32,
    /// How many gave a statistic at least as large as the observed one.
    pub at_least: u32,
    /// How many gave a statistic at most as large as the observed one.
    pub at_most: u32,
}

impl Permuted {
    /// Chance of a statistic this high without any pattern.
    #[must_use]
    pub fn p_high(&self) -> f64 {
        self.share(f64::from(self.at_least))
    }

    /// Chance of a statistic this low without any pattern.
    #[must_use]
    pub fn p_low(&self) -> f64 {
        self.share(f64::from(self.at_most))
    }

    /// Chance of a statistic this far out on either side: twice the smaller, at most 1.
    #[must_use]
    pub fn p_two_sided(&self) -> f64 {
        (2.0 * self.p_high().min(self.p_low())).min(1.0)
    }

    /// As [`p_high`](Self::p_high), ties (the observed arrangement among them) counting half.
    ///
    /// Less cautious than `p_high` where ties are many: right on average, but not a guaranteed level.
    #[must_use]
    pub fn mid_p_high(&self) -> f64 {
        self.p_high() - 0.5 * self.ties()
    }

    /// As [`p_low`](Self::p_low), ties counting half.
    #[must_use]
    pub fn mid_p_low(&self) -> f64 {
        self.p_low() - 0.5 * self.ties()
    }

    /// Twice the smaller of the two mid-p values, at most 1.
    #[must_use]
    pub fn mid_p_two_sided(&self) -> f64 {
        (2.0 * self.mid_p_high().min(self.mid_p_low())).min(1.0)
    }

    /// The same test of the statistic with its sign turned round.
    #[must_use]
    pub(crate) fn turned(self) -> Self {
        Self {
            at_least: self.at_most,
            at_most: self.at_least,
            ..self
        }
    }

    fn share(&self, others: f64) -> f64 {
        (1.0 + others) / (f64::from(self.permutations) + 1.0)
    }

    fn ties(&self) -> f64 {
        let both = f64::from(self.at_least) + f64::from(self.at_most);
        self.share(both - f64::from(self.permutations))
    }

    /// Counts simulated statistics against an observed one, taking those within `tolerance` for ties.
    pub(crate) fn count(
        observed: f64,
        tolerance: f64,
        simulated: impl IntoIterator<Item = f64>,
    ) -> Self {
        let mut counts = Self {
            permutations: 0,
            at_least: 0,
            at_most: 0,
        };
        for value in simulated {
            counts.permutations += 1;
            counts.at_least += u32::from(value >= observed - tolerance);
            counts.at_most += u32::from(value <= observed + tolerance);
        }
        counts
    }
}

/// Refuses a test without re-arrangements.
pub(crate) fn some_permutations(permutations: u32) -> Result<(), PermutationError> {
    if permutations == 0 {
        return Err(PermutationError::None);
    }
    Ok(())
}

impl From<InputError> for PermutationError {
    fn from(error: InputError) -> Self {
        Self::Input(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_count_on_both_sides() {
        // 99 re-arrangements: 4 higher, 5 the same, 90 lower.
        let test = Permuted {
            permutations: 99,
            at_least: 9,
            at_most: 95,
        };
        assert!((test.p_high() - 0.10).abs() < 1e-15);
        assert!((test.p_low() - 0.96).abs() < 1e-15);
        assert!((test.p_two_sided() - 0.20).abs() < 1e-15);
        assert!((test.mid_p_high() - 0.07).abs() < 1e-15);
        assert!((test.mid_p_low() - 0.93).abs() < 1e-15);
        assert!((test.mid_p_two_sided() - 0.14).abs() < 1e-15);
        assert_eq!(test.turned().p_high(), test.p_low());
    }

    #[test]
    fn all_ties_say_nothing() {
        let test = Permuted::count(1.0, 1e-9, [1.0; 19]);
        assert_eq!((test.p_high(), test.p_low()), (1.0, 1.0));
        assert_eq!(test.p_two_sided(), 1.0);
        assert!((test.mid_p_high() - 0.5).abs() < 1e-15);
    }
}
