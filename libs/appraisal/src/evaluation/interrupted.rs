//! One series before and after: segmented regression of counts.

use crate::numeric::{Interval, distributions::critical, level};

use super::covariance::{carried_over, newey_west};
use super::dispersion::negative_binomial;
use super::glm::full_log_likelihood;
use super::segments::{Built, check_sides};
use super::{Caution, Design, Effect, EvaluationError, MarylandLevel, maryland};

/// How counts spread about their mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// As Poisson's. The errors are robust to more, so this is seldom wrong for the effect.
    Poisson,
    /// Variance μ + αμ², with α estimated.
    NegativeBinomial,
}

/// How the time of year enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Season {
    /// Not at all.
    None,
    /// As so many sines and cosines of the year, 1 to 6: few terms, for short series.
    Fourier(u8),
    /// Every month for itself: eleven terms, for series of three years and more.
    Months,
}

/// Where the errors of effects come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SeriesErrors {
    /// Newey and West's alone. With a year or two after the start they claim too much: by simulation, 12 to
    /// 18 false alarms in 100 where 5 are meant.
    NeweyWest,
    /// The wider of Newey and West's and those of a model in which errors carry over from month to month.
    Wider,
}

/// A monthly series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Series<'a> {
    /// Incidents by month; `None` where no figures came.
    pub counts: &'a [Option<u64>],
    /// What each month's count is out of (days, residents); `None` where months weigh alike.
    pub exposure: Option<&'a [f64]>,
    /// Position of the first month with the intervention.
    pub start: usize,
    /// The calendar month of the first count, 1 to 12.
    pub first_month: u8,
}

/// What to fit and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeriesOptions {
    /// How counts spread.
    pub family: Family,
    /// The time of year.
    pub season: Season,
    /// A trend over all months.
    pub trend: bool,
    /// A change of the trend at the start, besides the step; only with a trend.
    pub slope_change: bool,
    /// Where the errors of effects come from.
    pub errors: SeriesErrors,
    /// Up to how many months apart Newey and West's errors may hang together; `None`: ⌊4(n/100)^(2/9)⌋.
    pub lags: Option<usize>,
    /// Confidence of the intervals.
    pub confidence: f64,
}

impl Default for SeriesOptions {
    /// Poisson, one pair of season terms, trend, a step and no change of slope, the wider errors, 95 %.
    fn default() -> Self {
        Self {
            family: Family::Poisson,
            season: Season::Fourier(1),
            trend: true,
            slope_change: false,
            errors: SeriesErrors::Wider,
            lags: None,
            confidence: 0.95,
        }
    }
}

/// A term of the fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct Coefficient {
    /// What it is called.
    pub name: String,
    /// Its value on the scale of logarithms.
    pub value: f64,
    /// Its Newey–West standard error.
    pub standard_error: f64,
}

/// A number with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Its interval.
    pub interval: Interval,
}

/// What became of the series.
#[derive(Debug, Clone, PartialEq)]
pub struct Interrupted {
    /// The step at the start.
    pub step: Effect,
    /// By how much the trend per month changed; `None` where it was not let change.
    pub slope: Option<Effect>,
    /// The effect over all months after, step and slope together, as the mean of logarithms: the figure to
    /// report.
    pub average: Effect,
    /// Incidents fewer than the model expects without the intervention, over the months after with figures.
    pub avoided: Estimate,
    /// All terms.
    pub coefficients: Vec<Coefficient>,
    /// What the model has for each month; `None` where figures are missing.
    pub fitted: Vec<Option<f64>>,
    /// What it has without the intervention.
    pub without: Vec<Option<f64>>,
    /// α of the negative binomial; 0 for Poisson.
    pub alpha: f64,
    /// How much more than the model says counts spread: Pearson's sum over degrees of freedom.
    pub overdispersion: f64,
    /// Correlation of what is left over with the month before, freed of what fitting puts into it; 0 where
    /// it comes out below.
    pub autocorrelation: f64,
    /// The lags of the errors.
    pub lags: usize,
    /// Log-likelihood with all constants.
    pub log_likelihood: f64,
    /// Where the design stands on the Maryland scale.
    pub level: MarylandLevel,
    /// What to tell the reader.
    pub cautions: Vec<Caution>,
}

/// Fits a segmented log-linear model of counts:
///
/// log E\[yₜ\] = log exposureₜ + β₀ + β₁t + β₂·stepₜ + β₃(t − start)·stepₜ + season
///
/// Months count from 0; `stepₜ` is 1 from the start on. Standard errors of coefficients are Newey and West's
/// with the factor n/(n − k). They are too small in series as short as these, so effects take the wider of them
/// and those of a model with carry-over ([`SeriesErrors::Wider`]); intervals are Student's with n − k degrees of
/// freedom.
///
/// Sources: Bernal, J. L., Cummins, S. and Gasparrini, A. (2017), 'Interrupted time series regression for the
/// evaluation of public health interventions', *International Journal of Epidemiology* 46; Newey and West
/// (1987), *Econometrica* 55.
///
/// # Errors
///
/// [`EvaluationError`]: fewer than 3 months with figures on either side, exposures that are not above 0, a
/// model with more terms than the months can carry, or one without a finite answer.
///
/// # Example
///
/// ```
/// use appraisal::evaluation::{Season, Series, SeriesOptions, interrupted_series};
///
/// // Two years at about 50 a month, then half a year at about 35.
/// let counts: Vec<Option<u64>> = (0..24).map(|t| 50 + [0, 3, 1, 4, 2][t % 5] - 2)
///     .chain((0..6).map(|t| 35 + [1, 0, 2][t % 3] - 1)).map(Some).collect();
/// let series = Series { counts: &counts, exposure: None, start: 24, first_month: 4 };
/// let options = SeriesOptions { season: Season::None, trend: false, ..SeriesOptions::default() };
/// let result = interrupted_series(&series, &options)?;
/// assert_eq!(format!("{:.0} %", result.average.percent()), "-30 %");
/// assert!(result.average.interval.upper < 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn interrupted_series(
    series: &Series<'_>,
    options: &SeriesOptions,
) -> Result<Interrupted, EvaluationError> {
    let confidence = level(options.confidence)?;
    check_sides(series)?;
    let built = Built::new(series, options, true)?;
    let Some(step) = built.step else {
        return Err(EvaluationError::NoAnswer);
    };
    let problem = &built.problem;
    let fit = match options.family {
        Family::Poisson => problem.fit(0.0)?,
        Family::NegativeBinomial => negative_binomial(problem)?,
    };
    let n = problem.counts.len();
    let freedom = n - problem.names.len(); // `Built` leaves at least one
    let lags = options
        .lags
        .unwrap_or_else(|| (4.0 * (n as f64 / 100.0).powf(2.0 / 9.0)) as usize);
    let covariance = newey_west(problem, &fit, &built.months, lags);
    let (carried, carry) = carried_over(problem, &fit, &built.months);
    let variance = |terms: &[(usize, f64)]| {
        let plain = covariance.quadratic(terms);
        match options.errors {
            SeriesErrors::NeweyWest => plain,
            SeriesErrors::Wider => plain.max(carried.quadratic(terms)),
        }
    };
    let degrees = Some(freedom as f64);
    let effect = |terms: &[(usize, f64)]| {
        let log = terms.iter().map(|&(j, x)| x * fit.coefficients[j]).sum();
        Effect::new(log, variance(terms), confidence, degrees)
    };
    let after = built.months.iter().filter(|month| **month >= series.start);
    let after_count = after.clone().count();
    let ramp: usize = after.map(|month| month - series.start).sum();
    let mean_ramp = ramp as f64 / after_count as f64;
    let (avoided, gradient) = built.avoided(&fit);
    let reach = variance(&gradient).max(0.0).sqrt();
    let width = critical(confidence, degrees) * reach;

    let mut average = vec![(step, 1.0)];
    average.extend(built.slope.map(|slope| (slope, mean_ramp)));
    let coefficients = problem
        .names
        .iter()
        .enumerate()
        .map(|(j, name)| Coefficient {
            name: name.clone(),
            value: fit.coefficients[j],
            standard_error: covariance.at(j, j).max(0.0).sqrt(),
        });
    Ok(Interrupted {
        step: effect(&[(step, 1.0)]),
        slope: built.slope.map(|slope| effect(&[(slope, 1.0)])),
        average: effect(&average),
        avoided: Estimate {
            value: avoided,
            standard_error: reach,
            interval: Interval {
                lower: avoided - width,
                upper: avoided + width,
            },
        },
        coefficients: coefficients.collect(),
        fitted: built.spread(series.counts.len(), &fit.fitted),
        without: built.spread(series.counts.len(), &built.without(&fit)),
        alpha: fit.alpha,
        overdispersion: fit.overdispersion(&problem.counts),
        autocorrelation: carry,
        lags,
        log_likelihood: full_log_likelihood(&problem.counts, &fit.fitted, fit.alpha),
        level: maryland(&Design::InterruptedSeries),
        cautions: built.cautions(series, options, carry),
    })
}
