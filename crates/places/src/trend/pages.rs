//! The page of the trend.

use appraisal::xmr::Rule as XmrRule;
use axum::extract::State;
use axum::response::Response;
use commonweal_access::policy::Action;
use commonweal_access::web::{PageError, Query, Viewer};
use commonweal_govuk::chart::{Drawn, Limits, LineChart, Series, Signal};
use commonweal_govuk::format::{decimal, whole};
use commonweal_govuk::{Page, page};
use serde::Serialize;

use super::model::{Trend, trend};
use crate::Places;
use crate::cube::Snapshot;
use crate::download::Statements;
use crate::view::filters::{Filters, PageOf};
use crate::view::{Asked, View, in_words, label};

page!(pub(super) TREND, "places/trend.html", "trend.html");

/// What the page shows.
#[derive(Debug, Serialize)]
pub(super) struct Context {
    filters: Filters,
    drawn: Option<Drawn>,
    signals: Vec<String>,
    no_limits: Option<String>,
    missing: Option<String>,
    partial: Vec<String>,
    figures: Vec<Figure>,
    rules: Vec<Explained>,
    statements: Statements,
}

#[derive(Debug, Serialize)]
struct Figure {
    label: &'static str,
    value: String,
    note: Option<String>,
}

#[derive(Debug, Serialize)]
struct Explained {
    name: &'static str,
    words: &'static str,
}

pub(super) async fn trend_page(
    State(places): State<Places>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let (snapshot, mut view) = places.view(&viewer, Action::SeeIncidents, &asked).await?;
    if asked.from.is_empty()
        && let Some((first, _)) = snapshot.period()
    {
        // A trend of twelve months has no limits worth drawing: five years, or all there is.
        view.filter.from = view.filter.to.plus(-59).max(first);
        view.asked.from = view.filter.from.to_string();
    }
    let mut context = context(&snapshot, &view);
    context.statements = Statements::new(&places.app.settings, &snapshot, &view);
    places
        .app
        .page(&viewer, Page::new(&TREND, "Trend"), &context)
}

pub(super) fn context(snapshot: &Snapshot, view: &View) -> Context {
    let trend = trend(snapshot, view);
    let known = trend.months.iter().filter_map(|month| month.count);
    let total: u64 = known.clone().map(u64::from).sum();
    let mut figures = vec![Figure {
        label: "Incidents",
        value: whole(i64::try_from(total).unwrap_or(i64::MAX)),
        note: Some(format!("in {} complete months", known.count())),
    }];
    if let Some(chart) = &trend.chart {
        figures.push(Figure {
            label: "Average a month",
            value: decimal(chart.centre, 0),
            note: Some(format!(
                "usual range {} to {}",
                decimal(chart.lower, 0),
                decimal(chart.upper, 0)
            )),
        });
    }
    Context {
        filters: Filters::new(snapshot, view, PageOf::Trend),
        missing: missing(&trend),
        partial: partial(&trend),
        drawn: (total > 0).then(|| draw(snapshot, view, &trend)),
        figures,
        rules: [
            XmrRule::BeyondLimit,
            XmrRule::Run,
            XmrRule::NearLimit,
            XmrRule::LargeChange,
        ]
        .map(|rule| Explained {
            name: rule.name(),
            words: rule.explanation(),
        })
        .into(),
        statements: Statements::default(),
        signals: trend.signals,
        no_limits: trend.no_limits,
    }
}

fn draw(snapshot: &Snapshot, view: &View, trend: &Trend) -> Drawn {
    LineChart {
        id: "trend-chart".to_owned(),
        title: view.words(snapshot),
        period: "Month".to_owned(),
        unit: "incidents".to_owned(),
        labels: trend
            .months
            .iter()
            .map(|month| label(month.month))
            .collect(),
        series: vec![Series {
            name: "Incidents".to_owned(),
            values: trend
                .months
                .iter()
                .map(|month| month.count.map(f64::from))
                .collect(),
        }],
        limits: trend
            .chart
            .iter()
            .map(|chart| Limits {
                from: 0,
                to: trend.months.len().saturating_sub(1),
                centre: chart.centre,
                lower: chart.lower,
                upper: chart.upper,
            })
            .collect(),
        signals: trend
            .marks
            .iter()
            .map(|(at, rule)| Signal {
                at: *at,
                rule: (*rule).to_owned(),
            })
            .collect(),
        ..LineChart::default()
    }
    .draw()
}

/// Which months are missing, as runs.
fn missing(trend: &Trend) -> Option<String> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, month) in trend.months.iter().enumerate() {
        if month.count.is_none() && month.partial.is_none() {
            match runs.last_mut() {
                Some(run) if run.1 + 1 == at => run.1 = at,
                _ => runs.push((at, at)),
            }
        }
    }
    let name = |at: usize| in_words(trend.months[at].month);
    let words: Vec<String> = runs
        .iter()
        .map(|(first, last)| {
            if first == last {
                name(*first)
            } else {
                format!("{} to {}", name(*first), name(*last))
            }
        })
        .collect();
    (!words.is_empty()).then(|| words.join("; "))
}

fn partial(trend: &Trend) -> Vec<String> {
    trend
        .months
        .iter()
        .filter_map(|month| {
            Some(format!(
                "{}: {} so far",
                in_words(month.month),
                whole(i64::from(month.partial?))
            ))
        })
        .collect()
}
