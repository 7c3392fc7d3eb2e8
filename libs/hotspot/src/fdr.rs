//! Many tests at once: the false discovery rate.

use thiserror::Error;

/// Why p-values could not be adjusted.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum FdrError {
    /// A p-value is not a number between 0 and 1.
    #[error("p-value {index} is {p}, not a number between 0 and 1")]
    PValue {
        /// Position of the p-value, from 0.
        index: usize,
        /// What it is.
        p: f64,
    },
    /// The rate to hold is not between 0 and 1.
    #[error("a false discovery rate lies between 0 and 1, for example 0.05, not {0}")]
    Alpha(f64),
}

/// One test after adjustment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Discovery {
    /// Adjusted p-value: the smallest false discovery rate at which this test would be called significant.
    pub q: f64,
    /// Whether `q` is at most the rate asked for.
    pub significant: bool,
}

/// Benjamini and Hochberg's adjustment: among the tests called significant, at most a share `alpha` is
/// expected to be false.
///
/// With m p-values in ascending order, `q₍ᵢ₎ = min over j ≥ i of p₍ⱼ₎ · m / j`, at most 1. A `None` (a unit
/// that was not tested, such as an island) stays `None` and does not count in m. Holds for independent tests
/// and for positive dependence of the kind neighbouring units have.
///
/// Source: Benjamini, Y. and Hochberg, Y. (1995), 'Controlling the false discovery rate', *Journal of the
/// Royal Statistical Society B* 57(1).
///
/// # Errors
///
/// [`FdrError::PValue`] for a p-value outside 0 to 1 or not a number, [`FdrError::Alpha`] for a rate
/// outside 0 to 1.
///
/// # Example
///
/// ```
/// use hotspot::benjamini_hochberg;
///
/// let adjusted = benjamini_hochberg(&[Some(0.01), None, Some(0.04), Some(0.30)], 0.05)?;
/// assert!(adjusted[0].is_some_and(|test| test.significant));
/// assert!(adjusted[2].is_some_and(|test| !test.significant && (test.q - 0.06).abs() < 1e-12));
/// # Ok::<(), hotspot::FdrError>(())
/// ```
pub fn benjamini_hochberg(
    p_values: &[Option<f64>],
    alpha: f64,
) -> Result<Vec<Option<Discovery>>, FdrError> {
    if !(0.0..=1.0).contains(&alpha) {
        return Err(FdrError::Alpha(alpha));
    }
    let mut tests = Vec::with_capacity(p_values.len());
    for (index, p) in p_values.iter().enumerate() {
        let Some(p) = *p else { continue };
        if !(0.0..=1.0).contains(&p) {
            return Err(FdrError::PValue { index, p });
        }
        tests.push((p, index));
    }
    tests.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let m = tests.len() as f64;
    let mut adjusted = vec![None; p_values.len()];
    let mut smallest = 1.0_f64;
    for (position, &(p, index)) in tests.iter().enumerate().rev() {
        // The quotient first: it is at least 1, so that rounding never puts q below p.
        smallest = smallest.min(p * (m / (position + 1) as f64));
        adjusted[index] = Some(Discovery {
            q: smallest,
            significant: smallest <= alpha,
        });
    }
    Ok(adjusted)
}

/// The cut-off that holds a false discovery rate over local statistics, and who passes it.
#[derive(Debug, Clone, PartialEq)]
pub struct CutOff {
    /// Largest p-value that counts as significant.
    pub critical: f64,
    /// For each test whether its p-value is at most `critical`; `None` where there was no test.
    pub significant: Vec<Option<bool>>,
}

/// Caldas de Castro and Singer's form for local statistics: one cut-off for the whole map.
///
/// With m p-values in ascending order, the cut-off is `α · i/m` for the largest i with `p₍ᵢ₎ ≤ α · i/m`, and
/// Bonferroni's `α/m` where there is none. It calls the same tests significant as [`benjamini_hochberg`],
/// as a line to draw on a map's legend; PySAL's `fdr` gives the same number. Tests of neighbouring units
/// share values and are positively dependent, where the procedure still holds its rate.
///
/// Source: Caldas de Castro, M. and Singer, B. H. (2006), 'Controlling the false discovery rate: a new
/// application to account for multiple and dependent tests in local statistics of spatial association',
/// *Geographical Analysis* 38(2).
///
/// # Errors
///
/// As [`benjamini_hochberg`].
///
/// # Example
///
/// ```
/// use hotspot::caldas_de_castro_singer;
///
/// let cut = caldas_de_castro_singer(&[Some(0.01), None, Some(0.04), Some(0.02), Some(0.5)], 0.05)?;
/// assert!((cut.critical - 0.025).abs() < 1e-15); // 2 of 4 tests
/// assert_eq!(cut.significant, [Some(true), None, Some(false), Some(true), Some(false)]);
/// # Ok::<(), hotspot::FdrError>(())
/// ```
pub fn caldas_de_castro_singer(p_values: &[Option<f64>], alpha: f64) -> Result<CutOff, FdrError> {
    let adjusted = benjamini_hochberg(p_values, alpha)?;
    let tests = adjusted.iter().flatten().count().max(1) as f64;
    let passed = adjusted
        .iter()
        .flatten()
        .filter(|test| test.significant)
        .count();
    Ok(CutOff {
        critical: alpha * passed.max(1) as f64 / tests,
        significant: adjusted
            .iter()
            .map(|test| test.map(|test| test.significant))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_example_has_its_cut_off() {
        let p: Vec<_> = PAPER.into_iter().map(Some).collect();
        let cut = caldas_de_castro_singer(&p, 0.05).unwrap();
        assert!((cut.critical - 0.05 * 4.0 / 15.0).abs() < 1e-15);
        assert_eq!(cut.significant.iter().flatten().filter(|s| **s).count(), 4);
        let none = caldas_de_castro_singer(&[Some(0.9), Some(0.8)], 0.05).unwrap();
        assert!((none.critical - 0.025).abs() < 1e-15);
        assert!(caldas_de_castro_singer(&[], 0.05).is_ok());
    }

    /// The fifteen p-values of Benjamini and Hochberg (1995), section 3.2 (thrombolysis trial).
    const PAPER: [f64; 15] = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.000,
    ];

    #[test]
    fn the_papers_example_rejects_four() {
        let p: Vec<_> = PAPER.into_iter().map(Some).collect();
        let adjusted = benjamini_hochberg(&p, 0.05).unwrap();
        let significant: Vec<bool> = adjusted.iter().flatten().map(|t| t.significant).collect();
        assert_eq!(significant.iter().filter(|s| **s).count(), 4);
        assert!(significant[..4].iter().all(|s| *s));
        // By hand: 0.0095 · 15/4; 0.0201 · 15/5; and for the sixth the seventh's 0.0298 · 15/7, as it is smaller
        // than its own 0.0278 · 15/6.
        let q: Vec<f64> = adjusted.iter().flatten().map(|t| t.q).collect();
        assert!((q[3] - 0.035_625).abs() < 1e-12);
        assert!((q[4] - 0.0603).abs() < 1e-12);
        assert!((q[5] - 0.063_857_142_857).abs() < 1e-9);
        assert_eq!(q[5], q[6]);
        assert_eq!(q[14], 1.0);
    }

    #[test]
    fn untested_units_do_not_count() {
        let with_gaps = [None, Some(0.02), None, Some(0.04), None];
        let adjusted = benjamini_hochberg(&with_gaps, 0.05).unwrap();
        assert_eq!(adjusted[1].unwrap().q, 0.04);
        assert_eq!(adjusted[3].unwrap().q, 0.04);
        assert!(adjusted[0].is_none() && adjusted[2].is_none() && adjusted[4].is_none());
        assert!(benjamini_hochberg(&[], 0.05).unwrap().is_empty());
    }

    #[test]
    fn refuses_what_is_no_probability() {
        assert_eq!(
            benjamini_hochberg(&[None, Some(1.5)], 0.05),
            Err(FdrError::PValue { index: 1, p: 1.5 })
        );
        assert!(benjamini_hochberg(&[Some(f64::NAN)], 0.05).is_err());
        assert_eq!(benjamini_hochberg(&[], 5.0), Err(FdrError::Alpha(5.0)));
        assert!(benjamini_hochberg(&[], f64::NAN).is_err());
    }
}
