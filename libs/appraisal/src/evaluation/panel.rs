//! Areas over months.

use super::EvaluationError;
use super::glm::{Problem, Row};

/// An area with its months.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// What it is called.
    pub name: String,
    /// Whether it has the intervention (from the panel's start on).
    pub treated: bool,
    /// Incidents by month; `None` where no figures came.
    pub counts: Vec<Option<u64>>,
    /// What each count is out of (residents, days); `None` where months weigh alike.
    pub exposure: Option<Vec<f64>>,
}

/// Areas with and without an intervention that began in one month.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// The areas.
    pub units: Vec<Unit>,
    /// Position of the first month with the intervention.
    pub start: usize,
}

/// A model of a panel: an effect for each area and each month, and what is asked for.
pub(super) struct Built {
    pub(super) problem: Problem,
    /// The area of each observation, numbered as they were kept.
    pub(super) clusters: Vec<usize>,
    /// Names of areas without a single incident: they say nothing about a ratio.
    pub(super) left_out: Vec<String>,
    pub(super) treated: usize,
    pub(super) comparison: usize,
    /// Columns of what is asked for.
    pub(super) wanted: Vec<usize>,
}

impl Panel {
    /// How many months.
    pub(super) fn length(&self) -> usize {
        self.units.first().map_or(0, |unit| unit.counts.len())
    }

    /// Refuses what cannot be compared.
    pub(super) fn check(&self) -> Result<(), EvaluationError> {
        let expected = self.length();
        for unit in &self.units {
            let exposure = unit.exposure.as_ref().map_or(expected, Vec::len);
            for (what, found) in [("months", unit.counts.len()), ("exposure", exposure)] {
                if found != expected {
                    return Err(EvaluationError::Length {
                        what,
                        found,
                        expected,
                    });
                }
            }
            for (index, &value) in unit.exposure.iter().flatten().enumerate() {
                if !value.is_normal() || value <= 0.0 {
                    let what = "exposure";
                    return Err(EvaluationError::Value { what, index, value });
                }
            }
        }
        let sides = [
            ("months before", self.start.min(expected)),
            ("months after", expected.saturating_sub(self.start)),
        ];
        for (what, found) in sides {
            if found == 0 {
                let needed = 1;
                return Err(EvaluationError::TooFew {
                    what,
                    found,
                    needed,
                });
            }
        }
        Ok(())
    }

    /// How many months have no figures.
    pub(super) fn missing(&self) -> usize {
        let all = self.units.iter().flat_map(|unit| &unit.counts);
        all.filter(|count| count.is_none()).count()
    }

    /// Lays the model out over the months of `window`; `terms` gives for a treated area's month the wanted
    /// columns (numbered from 0) that are not zero.
    pub(super) fn model(
        &self,
        window: std::ops::Range<usize>,
        wanted: &[String],
        terms: impl Fn(usize) -> Vec<(usize, f64)>,
    ) -> Result<Built, EvaluationError> {
        let sum_of = |unit: &Unit| -> u64 {
            let counts = unit.counts.get(window.clone()).unwrap_or_default();
            counts
                .iter()
                .flatten()
                .fold(0, |sum: u64, count| sum.saturating_add(*count))
        };
        let (kept, out): (Vec<&Unit>, Vec<&Unit>) =
            self.units.iter().partition(|unit| sum_of(unit) > 0);
        let treated = kept.iter().filter(|unit| unit.treated).count();
        let comparison = kept.len() - treated;
        for (what, found) in [
            ("areas with it that counted anything", treated),
            ("areas without it that counted anything", comparison),
        ] {
            if found == 0 {
                let needed = 1;
                return Err(EvaluationError::TooFew {
                    what,
                    found,
                    needed,
                });
            }
        }
        // A month in which no area counted anything says nothing either.
        let months: Vec<usize> = window
            .filter(|&t| {
                kept.iter()
                    .any(|unit| unit.counts.get(t).copied().flatten().is_some_and(|c| c > 0))
            })
            .collect();

        let mut problem = Problem {
            names: vec!["level".to_owned()],
            ..Problem::default()
        };
        problem
            .names
            .extend(kept.iter().skip(1).map(|unit| unit.name.clone()));
        let first_month = problem.names.len();
        let later = months.iter().skip(1).map(|t| format!("month {}", t + 1));
        problem.names.extend(later);
        let first_wanted = problem.names.len();
        problem.names.extend(wanted.iter().cloned());

        let mut clusters = Vec::new();
        for (i, unit) in kept.iter().enumerate() {
            for (m, &t) in months.iter().enumerate() {
                let Some(count) = unit.counts.get(t).copied().flatten() else {
                    continue;
                };
                let mut row: Row = vec![(0, 1.0)];
                row.extend((i > 0).then_some((i, 1.0)));
                row.extend((m > 0).then(|| (first_month + m - 1, 1.0)));
                if unit.treated {
                    row.extend(terms(t).into_iter().map(|(j, x)| (first_wanted + j, x)));
                }
                let exposure = unit.exposure.as_ref().and_then(|e| e.get(t));
                problem.rows.push(row);
                problem.counts.push(count as f64);
                problem.offsets.push(exposure.copied().unwrap_or(1.0).ln());
                clusters.push(i);
            }
        }
        Ok(Built {
            wanted: (first_wanted..problem.names.len()).collect(),
            problem,
            clusters,
            left_out: out.iter().map(|unit| unit.name.clone()).collect(),
            treated,
            comparison,
        })
    }
}

impl Built {
    /// Degrees of freedom left to tell areas apart: Welch's for a difference of two means of areas that
    /// spread alike, 1/T and 1/C their variances. With few areas on a side it is close to that side's.
    pub(super) fn welch(&self) -> f64 {
        let (t, c) = (self.treated as f64, self.comparison as f64);
        let (a, b) = (1.0 / t, 1.0 / c);
        (a + b).powi(2) / (a * a / (t - 1.0) + b * b / (c - 1.0))
    }
}
