//! The months of a view as a control chart.

use appraisal::xmr::{Chart, Options, Outcome, xmr};
use commonweal_records::Month;

use crate::cube::Snapshot;
use crate::view::{View, in_words};

/// A month of the trend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrendMonth {
    /// The month.
    pub month: Month,
    /// Incidents, where every source asked for has told of the month.
    pub count: Option<u32>,
    /// What is here where only some sources have told of it.
    pub partial: Option<u32>,
}

/// A trend.
#[derive(Debug, Clone)]
pub struct Trend {
    /// Its months, all of the period.
    pub months: Vec<TrendMonth>,
    /// The control chart, where there are months enough.
    pub chart: Option<Chart>,
    /// Why there are no limits, if there are none.
    pub no_limits: Option<String>,
    /// Signals in words.
    pub signals: Vec<String>,
    /// Signals by month's position, with the rule's short name.
    pub marks: Vec<(usize, &'static str)>,
}

/// The trend of a view.
#[must_use]
pub fn trend(snapshot: &Snapshot, view: &View) -> Trend {
    let expected = snapshot.sources_of(&view.filter);
    let months: Vec<TrendMonth> = snapshot
        .months(&view.filter)
        .into_iter()
        .map(|(month, told)| {
            let whole = told.sources >= expected && expected > 0;
            TrendMonth {
                month,
                count: whole.then_some(told.count),
                partial: (!whole && told.sources > 0).then_some(told.count),
            }
        })
        .collect();
    let values: Vec<Option<f64>> = months
        .iter()
        .map(|month| month.count.map(f64::from))
        .collect();
    let mut trend = Trend {
        months,
        chart: None,
        no_limits: None,
        signals: Vec::new(),
        marks: Vec::new(),
    };
    match xmr(&values, &Options::counts()) {
        Ok(Outcome::Chart(chart)) => {
            let name = |at: usize| {
                trend
                    .months
                    .get(at)
                    .map_or_else(String::new, |month| in_words(month.month))
            };
            trend.signals = chart
                .signals
                .iter()
                .map(|signal| signal.describe(name))
                .collect();
            trend.marks = chart
                .signals
                .iter()
                .map(|signal| (signal.index, signal.rule.name()))
                .collect();
            trend.chart = Some(chart);
        }
        Ok(Outcome::Insufficient(why)) => trend.no_limits = Some(why.to_string()),
        // Counts are finite and never negative.
        Err(error) => trend.no_limits = Some(error.to_string()),
    }
    trend
}
