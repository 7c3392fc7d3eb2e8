//! How an effect unfolded, and whether there was one before anything began.

use statrs::function::beta::checked_beta_reg;

use crate::numeric::level;

use super::covariance::clustered;
use super::{Effect, EvaluationError, Panel};

/// Some months, as they lie to the start.
#[derive(Debug, Clone, PartialEq)]
pub struct Bin {
    /// Which bin: −1 is the last before the start, 0 the first from it on.
    pub relative: i64,
    /// Position of its first month.
    pub first: usize,
    /// Position of its last month.
    pub last: usize,
    /// Areas with it against areas without, as a ratio to the bin −1; `None` for that bin itself.
    pub effect: Option<Effect>,
}

/// A joint test of several coefficients.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Joint {
    /// Wald's statistic with the cluster-robust covariance.
    pub wald: f64,
    /// How many coefficients.
    pub coefficients: usize,
    /// p from the F distribution, with Welch's degrees of freedom beneath.
    pub p: f64,
}

/// The bins and the test of those before the start.
#[derive(Debug, Clone, PartialEq)]
pub struct EventStudy {
    /// In order of time.
    pub bins: Vec<Bin>,
    /// That all bins before the start are without effect; `None` where there are too many bins for the
    /// number of areas, or none: take wider bins.
    pub before: Option<Joint>,
    /// Areas left out, because nothing at all was counted in them.
    pub left_out: Vec<String>,
}

/// Fits [`super::difference_in_differences`]' model with one effect for each bin of `width` months but the
/// last before the start, against which all are measured.
///
/// The first bin holds what is left over at the beginning, so it may be wider than the others by less than
/// one width, and the last likewise may be narrower.
///
/// Effects before the start should lie about 1. That none is found says little where areas or counts are few.
///
/// # Errors
///
/// As [`super::difference_in_differences`], and [`EvaluationError::TooFew`] with fewer than two areas on a
/// side or fewer than two bins before.
pub fn event_study(
    panel: &Panel,
    width: usize,
    confidence: f64,
) -> Result<EventStudy, EvaluationError> {
    let confidence = level(confidence)?;
    panel.check()?;
    let width = width.max(1);
    let (start, length) = (panel.start, panel.length());
    let before = start / width;
    if before < 2 {
        return Err(EvaluationError::TooFew {
            what: "bins before the start",
            found: before,
            needed: 2,
        });
    }
    let after = (length - start).div_ceil(width);
    // Which bin a month is in, counted from the first; what is left over at the beginning joins it.
    let bin_of = |t: usize| {
        if t >= start {
            before + (t - start) / width
        } else {
            before - 1 - ((start - 1 - t) / width).min(before - 1)
        }
    };
    let reference = before - 1;
    let relative = |bin: usize| bin as i64 - before as i64;
    let names: Vec<String> = (0..before + after)
        .filter(|&bin| bin != reference)
        .map(|bin| format!("bin {}", relative(bin)))
        .collect();
    let column_of = |bin: usize| if bin < reference { bin } else { bin - 1 };
    let built = panel.model(0..length, &names, |t| {
        let bin = bin_of(t);
        if bin == reference {
            Vec::new()
        } else {
            vec![(column_of(bin), 1.0)]
        }
    })?;
    for (what, found) in [
        ("areas with it", built.treated),
        ("areas without it", built.comparison),
    ] {
        if found < 2 {
            let needed = 2;
            return Err(EvaluationError::TooFew {
                what,
                found,
                needed,
            });
        }
    }
    let fit = built.problem.fit(0.0)?;
    let covariance = clustered(&built.problem, &fit, &built.clusters);
    let degrees = built.welch();
    let bins = (0..before + after)
        .map(|bin| {
            let months: Vec<usize> = (0..length).filter(|&t| bin_of(t) == bin).collect();
            let effect = (bin != reference).then(|| {
                let column = built.wanted[column_of(bin)];
                let (log, variance) = (fit.coefficients[column], covariance.at(column, column));
                Effect::new(log, variance, confidence, Some(degrees))
            });
            Bin {
                relative: relative(bin),
                first: months.first().copied().unwrap_or_default(),
                last: months.last().copied().unwrap_or_default(),
                effect,
            }
        })
        .collect();
    let leads: Vec<usize> = (0..reference).map(|bin| built.wanted[bin]).collect();
    // The covariance has no more than so many independent directions among areas with it.
    let testable = leads.len() < built.treated.min(built.comparison);
    let joint = testable.then(|| {
        let values: Vec<f64> = leads.iter().map(|&j| fit.coefficients[j]).collect();
        let factors = covariance.part(&leads).cholesky().ok()?;
        let wald: f64 = factors
            .solve(&values)
            .iter()
            .zip(&values)
            .map(|(a, b)| a * b)
            .sum();
        let q = leads.len() as f64;
        let beneath = degrees / (degrees + wald);
        Some(Joint {
            wald,
            coefficients: leads.len(),
            p: checked_beta_reg(0.5 * degrees, 0.5 * q, beneath).ok()?,
        })
    });
    Ok(EventStudy {
        bins,
        before: joint.flatten(),
        left_out: built.left_out,
    })
}
