//! Difference in differences of counts.

use crate::numeric::level;

use super::covariance::clustered;
use super::glm::Fit;
use super::panel::Built;
use super::randomisation::sums;
use super::{Caution, Design, Effect, EvaluationError, MarylandLevel, Panel, maryland};

/// From what the standard error was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Errors {
    /// From how areas differ among themselves (cluster-robust): two or more areas on both sides.
    Clusters,
    /// From how counts spread about the model, and how the areas of the other side differ among themselves:
    /// one area on a side, three or more on the other.
    OtherSide,
    /// From how counts spread about the model (Pearson's factor, at least 1): one area on a side, fewer than
    /// three on the other. How areas differ among themselves is not in it.
    Overdispersion,
}

/// Whether areas with and without it went apart before it began.
#[derive(Debug, Clone, PartialEq)]
pub enum PreTrend {
    /// Their ratio's change per month before the start.
    Tested(Effect),
    /// It cannot be tested, and why.
    NotTested(EvaluationError),
}

/// What became of the areas.
#[derive(Debug, Clone, PartialEq)]
pub struct DifferenceInDifferences {
    /// The effect on the areas with it, as a ratio.
    pub effect: Effect,
    /// Where its error comes from.
    pub errors: Errors,
    /// Degrees of freedom of its interval.
    pub degrees: f64,
    /// Areas with it.
    pub treated: usize,
    /// Areas without.
    pub comparison: usize,
    /// Areas left out, because nothing at all was counted in them.
    pub left_out: Vec<String>,
    /// Incidents fewer in the areas with it, over the months after, than without it.
    pub avoided: f64,
    /// How much more than Poisson's counts spread.
    pub overdispersion: f64,
    /// The check on the months before.
    pub pre_trend: PreTrend,
    /// Where the design stands on the Maryland scale.
    pub level: MarylandLevel,
    /// What to tell the reader.
    pub cautions: Vec<Caution>,
}

/// Fits a Poisson model with an effect for every area and every month:
///
/// log E\[yᵢₜ\] = log exposureᵢₜ + αᵢ + γₜ + δ · treatedᵢ · afterₜ
///
/// The effect is e^δ. Standard errors are robust to anything that goes on within an area
/// (G/(G − 1) · (n − 1)/(n − k) as Stata and statsmodels have it). The interval is Student's with Welch's
/// degrees of freedom for so many areas with and without it: cluster-robust errors with few areas on a side
/// claim too much with any more. With one area on a side they claim everything; then the error is that of
/// overdispersed counts and of the spread of the other side's changes beyond Poisson's, s²(1 + 1/C), with
/// C − 1 degrees of freedom, and [`Caution::OneUnit`] says so.
///
/// Sources: Donald, S. G. and Lang, K. (2007), 'Inference with difference-in-differences and other panel data',
/// *Review of Economics and Statistics* 89 (one area on a side); Angrist, J. D. and Pischke, J.-S. (2009), *Mostly Harmless Econometrics*, chapter 5; Wooldridge,
/// J. M. (2023), 'Simple approaches to nonlinear difference-in-differences with panel data', *Econometrics
/// Journal* 26.
///
/// # Errors
///
/// [`EvaluationError`]: lists of unequal length, exposures not above 0, no area on a side, no month before or
/// after, or counts without a finite answer.
///
/// # Example
///
/// ```
/// use appraisal::evaluation::{Panel, Unit, difference_in_differences};
///
/// let unit = |name: &str, treated, before: u64, after: u64| Unit {
///     name: name.into(),
///     treated,
///     counts: [[Some(before); 12], [Some(after); 12]].concat(),
///     exposure: None,
/// };
/// let panel = Panel {
///     units: vec![
///         unit("a", true, 20, 14), unit("b", true, 30, 20), unit("c", true, 25, 18),
///         unit("d", false, 22, 20), unit("e", false, 40, 37), unit("f", false, 31, 27),
///     ],
///     start: 12,
/// };
/// let result = difference_in_differences(&panel, 0.95)?;
/// // (52/75) / (84/93): the ratio of the ratios of sums.
/// assert_eq!(format!("{:.4}", result.effect.ratio), "0.7676");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn difference_in_differences(
    panel: &Panel,
    confidence: f64,
) -> Result<DifferenceInDifferences, EvaluationError> {
    let confidence = level(confidence)?;
    panel.check()?;
    let start = panel.start;
    let built = panel.model(0..panel.length(), &["effect".to_owned()], |t| {
        if t >= start {
            vec![(0, 1.0)]
        } else {
            Vec::new()
        }
    })?;
    let fit = built.problem.fit(0.0)?;
    let (effect, errors, degrees) = match other_side(panel, &built) {
        Some((spread, degrees)) => {
            let (log, variance) = overdispersed(&built, &fit);
            let effect = Effect::new(log, variance + spread, confidence, Some(degrees));
            (effect, Errors::OtherSide, degrees)
        }
        None => judge(&built, &fit, confidence),
    };
    let Some(&column) = built.wanted.first() else {
        return Err(EvaluationError::NoAnswer);
    };
    let after = built
        .problem
        .rows
        .iter()
        .zip(&fit.fitted)
        .filter(|(row, _)| row.iter().any(|(j, _)| *j == column));
    let avoided = after.map(|(_, mu)| mu * ((-effect.log).exp() - 1.0)).sum();
    let pre_trend = match before_start(panel, confidence) {
        Ok(effect) => PreTrend::Tested(effect),
        Err(error) => PreTrend::NotTested(error),
    };
    let parallel = matches!(&pre_trend, PreTrend::Tested(trend) if trend.p >= 0.05);
    let cautions = cautions(panel, &built, &pre_trend);
    Ok(DifferenceInDifferences {
        effect,
        errors,
        degrees,
        treated: built.treated,
        comparison: built.comparison,
        overdispersion: fit.overdispersion(&built.problem.counts),
        left_out: built.left_out,
        avoided,
        pre_trend,
        level: maryland(&Design::Compared {
            alongside_before: parallel,
            controlled: false,
        }),
        cautions,
    })
}

/// The first wanted column as an effect, with its error.
fn judge(built: &Built, fit: &Fit, confidence: f64) -> (Effect, Errors, f64) {
    let column = built.wanted.first().copied().unwrap_or_default();
    let log = fit.coefficients[column];
    if built.treated > 1 && built.comparison > 1 {
        let covariance = clustered(&built.problem, fit, &built.clusters);
        let degrees = built.welch();
        let variance = covariance.at(column, column);
        let effect = Effect::new(log, variance, confidence, Some(degrees));
        return (effect, Errors::Clusters, degrees);
    }
    let degrees = (built.problem.counts.len() - fit.coefficients.len()).max(1) as f64;
    let (log, variance) = overdispersed(built, fit);
    let effect = Effect::new(log, variance, confidence, Some(degrees));
    (effect, Errors::Overdispersion, degrees)
}

/// The first wanted column with the variance of overdispersed counts.
fn overdispersed(built: &Built, fit: &Fit) -> (f64, f64) {
    let column = built.wanted.first().copied().unwrap_or_default();
    let spread = fit.overdispersion(&built.problem.counts).max(1.0);
    (
        fit.coefficients[column],
        spread * fit.bread.at(column, column),
    )
}

/// With one area on a side and three or more on the other: what the other side's changes, which have had no
/// intervention in common, spread beyond Poisson's, as variance of the effect; and its degrees of freedom.
fn other_side(panel: &Panel, built: &Built) -> Option<(f64, f64)> {
    let many = built.treated.max(built.comparison);
    if built.treated.min(built.comparison) != 1 || many < 3 {
        return None;
    }
    let side = built.treated > built.comparison;
    let units = panel.units.iter().filter(|unit| unit.treated == side);
    let sums: Vec<[f64; 4]> = units
        .map(|unit| sums(unit, panel.start))
        .filter(|s| s[0] + s[2] > 0.0 && s[1] > 0.0 && s[3] > 0.0)
        .collect();
    let n = sums.len() as f64;
    if n < 3.0 {
        return None;
    }
    let changes: Vec<f64> = sums
        .iter()
        .map(|s| ((s[2] + 0.5) / s[3]).ln() - ((s[0] + 0.5) / s[1]).ln())
        .collect();
    let mean = changes.iter().sum::<f64>() / n;
    let variance = changes.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let poisson = sums
        .iter()
        .map(|s| 1.0 / (s[0] + 0.5) + 1.0 / (s[2] + 0.5))
        .sum::<f64>()
        / n;
    Some(((variance - poisson).max(0.0) * (1.0 + 1.0 / n), n - 1.0))
}

/// The change per month, before the start, of areas with it against areas without.
fn before_start(panel: &Panel, confidence: f64) -> Result<Effect, EvaluationError> {
    if panel.start < 3 {
        return Err(EvaluationError::TooFew {
            what: "months before",
            found: panel.start,
            needed: 3,
        });
    }
    let name = ["trend before".to_owned()];
    let built = panel.model(0..panel.start, &name, |t| vec![(0, t as f64)])?;
    let fit = built.problem.fit(0.0)?;
    Ok(judge(&built, &fit, confidence).0)
}

fn cautions(panel: &Panel, built: &Built, pre_trend: &PreTrend) -> Vec<Caution> {
    let mut cautions = Vec::new();
    let mut when = |holds: bool, caution| {
        if holds {
            cautions.push(caution);
        }
    };
    let fewest = built.treated.min(built.comparison);
    when(fewest == 1, Caution::OneUnit);
    when((2..5).contains(&fewest), Caution::FewUnits(fewest));
    if let PreTrend::Tested(trend) = pre_trend {
        when(trend.p < 0.05, Caution::PreTrend(trend.p));
    }
    let after = panel.length() - panel.start;
    when(panel.start < 12, Caution::FewBefore(panel.start));
    when(after < 12, Caution::FewAfter(after));
    let missing = panel.missing();
    when(missing > 0, Caution::Missing(missing));
    let counts = &built.problem.counts;
    let mean = counts.iter().sum::<f64>() / counts.len() as f64;
    when(mean < 5.0, Caution::SmallCounts(mean));
    cautions
}
