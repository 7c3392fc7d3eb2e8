//! One series before and after: segmented regression of counts.

use crate::numeric::{Interval, distributions::critical, level};

use super::covariance::newey_west;
use super::dispersion::negative_binomial;
use super::glm::{Fit, Problem, Row, full_log_likelihood};
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
    /// Up to how many months apart errors may hang together; `None`: ⌊4(n/100)^(2/9)⌋.
    pub lags: Option<usize>,
    /// Confidence of the intervals.
    pub confidence: f64,
}

impl Default for SeriesOptions {
    /// Poisson, one pair of season terms, trend, a step and no change of slope, 95 %.
    fn default() -> Self {
        Self {
            family: Family::Poisson,
            season: Season::Fourier(1),
            trend: true,
            slope_change: false,
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
    /// Correlation of what is left over with the month before.
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
/// Months count from 0; `stepₜ` is 1 from the start on. Standard errors are Newey and West's with the factor
/// n/(n − k), intervals Student's with n − k degrees of freedom.
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
    let built = Built::new(series, options)?;
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
    let degrees = Some(freedom as f64);
    let effect = |terms: &[(usize, f64)]| {
        let log = terms.iter().map(|&(j, x)| x * fit.coefficients[j]).sum();
        Effect::new(log, covariance.quadratic(terms), confidence, degrees)
    };
    let after = built.months.iter().filter(|month| **month >= series.start);
    let after_count = after.clone().count();
    let ramp: usize = after.map(|month| month - series.start).sum();
    let mean_ramp = ramp as f64 / after_count as f64;
    let (avoided, gradient) = built.avoided(&fit);
    let reach = covariance.quadratic(&gradient).max(0.0).sqrt();
    let width = critical(confidence, degrees) * reach;

    let mut average = vec![(built.step, 1.0)];
    average.extend(built.slope.map(|slope| (slope, mean_ramp)));
    let autocorrelation = built.autocorrelation(&fit);
    let coefficients = problem.names.iter().enumerate().map(|(j, name)| Coefficient {
        name: name.clone(),
        value: fit.coefficients[j],
        standard_error: covariance.at(j, j).max(0.0).sqrt(),
    });
    Ok(Interrupted {
        step: effect(&[(built.step, 1.0)]),
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
        autocorrelation,
        lags,
        log_likelihood: full_log_likelihood(&problem.counts, &fit.fitted, fit.alpha),
        level: maryland(&Design::InterruptedSeries),
        cautions: built.cautions(series, options, autocorrelation),
    })
}

/// The model's columns, and where its parts stand.
pub(super) struct Built {
    pub(super) problem: Problem,
    /// The position in the series of each observation.
    pub(super) months: Vec<usize>,
    step: usize,
    slope: Option<usize>,
}

impl Built {
    pub(super) fn new(
        series: &Series<'_>,
        options: &SeriesOptions,
    ) -> Result<Self, EvaluationError> {
        check(series, options)?;
        let mut names = vec!["level".to_owned()];
        let mut column = |name: String| {
            names.push(name);
            names.len() - 1
        };
        let trend = options.trend.then(|| column("trend".into()));
        let step = column("step".into());
        let slope =
            (options.trend && options.slope_change).then(|| column("change of slope".into()));
        let season = season_columns(series, options.season, &mut column);
        let mut problem = Problem::default();
        let mut months = Vec::new();
        for (t, count) in series.counts.iter().enumerate() {
            let Some(count) = count else { continue };
            let mut row: Row = vec![(0, 1.0)];
            row.extend(trend.map(|j| (j, t as f64)));
            if t >= series.start {
                row.push((step, 1.0));
                row.extend(slope.map(|j| (j, (t - series.start) as f64)));
            }
            let month = calendar(series, t);
            row.extend(season.iter().filter_map(|(j, term)| {
                let value = term.at(month);
                (value != 0.0).then_some((*j, value))
            }));
            problem.rows.push(row);
            problem.counts.push(*count as f64);
            let exposure = series.exposure.and_then(|e| e.get(t)).copied();
            problem.offsets.push(exposure.unwrap_or(1.0).ln());
            months.push(t);
        }
        problem.names = names;
        let needed = problem.names.len() + 1;
        if months.len() < needed {
            return Err(EvaluationError::TooFew {
                what: "months for this model",
                found: months.len(),
                needed,
            });
        }
        Ok(Self {
            problem,
            months,
            step,
            slope,
        })
    }

    /// Expected counts with step and slope taken away.
    fn without(&self, fit: &Fit) -> Vec<f64> {
        let away = |row: &Row| -> f64 {
            let part = row.iter().filter(|(j, _)| self.is_effect(*j));
            part.map(|&(j, x)| x * fit.coefficients[j]).sum()
        };
        let rows = self.problem.rows.iter();
        rows.zip(&fit.fitted).map(|(row, mu)| mu * (-away(row)).exp()).collect()
    }

    fn is_effect(&self, column: usize) -> bool {
        column == self.step || Some(column) == self.slope
    }

    /// Incidents avoided, and how that moves with each coefficient.
    fn avoided(&self, fit: &Fit) -> (f64, Vec<(usize, f64)>) {
        let mut gradient = vec![0.0; self.problem.names.len()];
        let mut avoided = 0.0;
        for ((row, mu), without) in self.problem.rows.iter().zip(&fit.fitted).zip(self.without(fit)) {
            if !row.iter().any(|(j, _)| *j == self.step) {
                continue;
            }
            avoided += without - mu;
            for &(j, x) in row {
                let kept = if self.is_effect(j) { 0.0 } else { without };
                gradient[j] += x * (kept - mu);
            }
        }
        (avoided, gradient.into_iter().enumerate().collect())
    }

    /// Values of observations at their places in the series.
    fn spread(&self, length: usize, values: &[f64]) -> Vec<Option<f64>> {
        let mut spread = vec![None; length];
        for (&month, &value) in self.months.iter().zip(values) {
            spread[month] = Some(value);
        }
        spread
    }

    fn autocorrelation(&self, fit: &Fit) -> f64 {
        let residuals: Vec<f64> = fit.pearson(&self.problem.counts).collect();
        let square: f64 = residuals.iter().map(|e| e * e).sum();
        let neighbours = self.months.windows(2).zip(residuals.windows(2));
        let product: f64 = neighbours
            .filter_map(|(months, e)| match (months, e) {
                ([a, b], [x, y]) if a + 1 == *b => Some(x * y),
                _ => None,
            })
            .sum();
        if square > 0.0 { product / square } else { 0.0 }
    }

    fn cautions(&self, series: &Series<'_>, options: &SeriesOptions, r: f64) -> Vec<Caution> {
        let before = self.months.iter().filter(|m| **m < series.start).count();
        let after = self.months.len() - before;
        let missing = series.counts.len() - self.months.len();
        let mean = self.problem.counts.iter().sum::<f64>() / self.months.len() as f64;
        let mut cautions = vec![Caution::NoComparison];
        let mut when = |holds: bool, caution| {
            if holds {
                cautions.push(caution);
            }
        };
        when(before < 12, Caution::FewBefore(before));
        when(after < 12, Caution::FewAfter(after));
        when(before < 24 && options.season != Season::None, Caution::SeasonUncertain);
        when(options.season == Season::None, Caution::OtherSeason);
        when(missing > 0, Caution::Missing(missing));
        when(mean < 5.0, Caution::SmallCounts(mean));
        when(r > 0.3, Caution::Autocorrelated(r));
        cautions
    }
}

/// Refuses what cannot be fitted.
fn check(series: &Series<'_>, options: &SeriesOptions) -> Result<(), EvaluationError> {
    let length = series.counts.len();
    if let Some(exposure) = series.exposure {
        if exposure.len() != length {
            return Err(EvaluationError::Length {
                what: "exposure",
                found: exposure.len(),
                expected: length,
            });
        }
        for (index, &value) in exposure.iter().enumerate() {
            if !value.is_normal() || value <= 0.0 {
                let what = "exposure";
                return Err(EvaluationError::Value { what, index, value });
            }
        }
    }
    if !(1..=12).contains(&series.first_month) {
        return Err(setting("the first month", 1.0, 12.0));
    }
    if let Season::Fourier(terms) = options.season
        && !(1..=6).contains(&terms)
    {
        return Err(setting("the number of season terms", 1.0, 6.0));
    }
    let (before, after) = series.counts.split_at(series.start.min(length));
    for (what, part) in [("months before", before), ("months after", after)] {
        let found = part.iter().flatten().count();
        if found < 3 {
            let needed = 3;
            return Err(EvaluationError::TooFew { what, found, needed });
        }
        // Nothing counted on one side sends the step to infinity.
        if part.iter().flatten().all(|count| *count == 0) {
            return Err(EvaluationError::NoAnswer);
        }
    }
    Ok(())
}

fn setting(what: &'static str, least: f64, most: f64) -> EvaluationError {
    EvaluationError::Setting { what, least, most }
}

/// The calendar month of a position, 0 (January) to 11.
fn calendar(series: &Series<'_>, t: usize) -> usize {
    (t + usize::from(series.first_month) - 1) % 12
}

/// One term of the season.
enum Term {
    Sine(u8),
    Cosine(u8),
    Month(usize),
}

impl Term {
    fn at(&self, month: usize) -> f64 {
        // In whole steps of the year, so that each month has one value whatever the year.
        let turn = |k: u8| {
            let twelfths = (usize::from(k) * month) % 12;
            std::f64::consts::TAU * twelfths as f64 / 12.0
        };
        match self {
            Self::Sine(k) => turn(*k).sin(),
            Self::Cosine(k) => turn(*k).cos(),
            Self::Month(m) => f64::from(u8::from(*m == month)),
        }
    }
}

fn season_columns(
    series: &Series<'_>,
    season: Season,
    column: &mut impl FnMut(String) -> usize,
) -> Vec<(usize, Term)> {
    match season {
        Season::None => Vec::new(),
        Season::Fourier(terms) => (1..=terms)
            .flat_map(|k| {
                // The sixth sine is zero in every month.
                let sine = (k < 6).then(|| (column(format!("sine {k}")), Term::Sine(k)));
                let cosine = (column(format!("cosine {k}")), Term::Cosine(k));
                sine.into_iter().chain([cosine])
            })
            .collect(),
        Season::Months => {
            let mut present: Vec<usize> = series
                .counts
                .iter()
                .enumerate()
                .filter(|(_, count)| count.is_some())
                .map(|(t, _)| calendar(series, t))
                .collect();
            present.sort_unstable();
            present.dedup();
            // The first month present is what the others are measured from.
            present
                .into_iter()
                .skip(1)
                .map(|month| (column(format!("month {}", month + 1)), Term::Month(month)))
                .collect()
        }
    }
}
