//! The columns of a segmented series: level, trend, step, change of slope, season.

use super::glm::{Fit, Problem, Row};
use super::{Caution, EvaluationError, Season, Series, SeriesOptions};

/// The model's columns, and where its parts stand.
pub(super) struct Built {
    pub(super) problem: Problem,
    /// The position in the series of each observation.
    pub(super) months: Vec<usize>,
    trend: Option<usize>,
    pub(super) step: Option<usize>,
    pub(super) slope: Option<usize>,
    season: Vec<(usize, Term)>,
}

impl Built {
    /// The model with step and slope, or (for a history alone) without.
    pub(super) fn new(
        series: &Series<'_>,
        options: &SeriesOptions,
        with_effects: bool,
    ) -> Result<Self, EvaluationError> {
        check(series, options)?;
        let mut names = vec!["level".to_owned()];
        let mut column = |name: String| {
            names.push(name);
            names.len() - 1
        };
        let trend = options.trend.then(|| column("trend".into()));
        let step = with_effects.then(|| column("step".into()));
        let slope = (with_effects && options.trend && options.slope_change)
            .then(|| column("change of slope".into()));
        let season = season_columns(series, options.season, &mut column);
        let mut built = Self {
            problem: Problem {
                names,
                ..Problem::default()
            },
            months: Vec::new(),
            trend,
            step,
            slope,
            season,
        };
        for (t, count) in series.counts.iter().enumerate() {
            let Some(count) = count else { continue };
            let mut row = built.base_row(t, calendar(series, t));
            if t >= series.start {
                row.extend(step.map(|j| (j, 1.0)));
                row.extend(slope.map(|j| (j, (t - series.start) as f64)));
            }
            let exposure = series.exposure.and_then(|e| e.get(t)).copied();
            built.problem.rows.push(row);
            built.problem.counts.push(*count as f64);
            built.problem.offsets.push(exposure.unwrap_or(1.0).ln());
            built.months.push(t);
        }
        let needed = built.problem.names.len() + 1;
        if built.months.len() < needed {
            return Err(EvaluationError::TooFew {
                what: "months for this model",
                found: built.months.len(),
                needed,
            });
        }
        Ok(built)
    }

    /// Level, trend and season at a position and a calendar month (0 is January).
    fn base_row(&self, t: usize, month: usize) -> Row {
        let mut row: Row = vec![(0, 1.0)];
        row.extend(self.trend.map(|j| (j, t as f64)));
        row.extend(self.season.iter().filter_map(|(j, term)| {
            let value = term.at(month);
            (value != 0.0).then_some((*j, value))
        }));
        row
    }

    /// Expected count in a calendar month (0 is January) at the level of position `t`.
    pub(super) fn expected(&self, fit: &Fit, t: usize, month: usize) -> f64 {
        let row = self.base_row(t, month);
        let linear: f64 = row.iter().map(|&(j, x)| x * fit.coefficients[j]).sum();
        linear.exp()
    }

    /// Expected counts with step and slope taken away.
    pub(super) fn without(&self, fit: &Fit) -> Vec<f64> {
        let away = |row: &Row| -> f64 {
            let part = row.iter().filter(|(j, _)| self.is_effect(*j));
            part.map(|&(j, x)| x * fit.coefficients[j]).sum()
        };
        let rows = self.problem.rows.iter();
        rows.zip(&fit.fitted)
            .map(|(row, mu)| mu * (-away(row)).exp())
            .collect()
    }

    fn is_effect(&self, column: usize) -> bool {
        Some(column) == self.step || Some(column) == self.slope
    }

    /// Incidents avoided, and how that moves with each coefficient.
    pub(super) fn avoided(&self, fit: &Fit) -> (f64, Vec<(usize, f64)>) {
        let mut gradient = vec![0.0; self.problem.names.len()];
        let mut avoided = 0.0;
        for ((row, mu), without) in self
            .problem
            .rows
            .iter()
            .zip(&fit.fitted)
            .zip(self.without(fit))
        {
            if !row.iter().any(|(j, _)| Some(*j) == self.step) {
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
    pub(super) fn spread(&self, length: usize, values: &[f64]) -> Vec<Option<f64>> {
        let mut spread = vec![None; length];
        for (&month, &value) in self.months.iter().zip(values) {
            spread[month] = Some(value);
        }
        spread
    }

    pub(super) fn cautions(
        &self,
        series: &Series<'_>,
        options: &SeriesOptions,
        r: f64,
    ) -> Vec<Caution> {
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
        when(
            before < 24 && options.season != Season::None,
            Caution::SeasonUncertain,
        );
        let whole_years = series.start.is_multiple_of(12)
            && (series.counts.len() - series.start).is_multiple_of(12);
        when(
            options.season == Season::None && !whole_years,
            Caution::OtherSeason,
        );
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
    Ok(())
}

/// Refuses a series with too little on either side of the start.
pub(super) fn check_sides(series: &Series<'_>) -> Result<(), EvaluationError> {
    let start = series.start.min(series.counts.len());
    let (before, after) = series.counts.split_at(start);
    for (what, part) in [("months before", before), ("months after", after)] {
        let found = part.iter().flatten().count();
        if found < 3 {
            let needed = 3;
            return Err(EvaluationError::TooFew {
                what,
                found,
                needed,
            });
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
#[derive(Debug, Clone, Copy)]
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
