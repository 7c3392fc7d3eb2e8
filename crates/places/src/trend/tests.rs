use commonweal_govuk::check_page;

use super::pages::{TREND, context};
use super::*;
use crate::cube::{Snapshot, samples};
use crate::view::{Asked, View};

fn view(snapshot: &Snapshot, from: &str, to: &str) -> View {
    let asked = Asked {
        from: from.to_owned(),
        to: to.to_owned(),
        ..Asked::default()
    };
    let mut view = View::new(snapshot, &asked);
    view.filter.allowed = None;
    view
}

#[test]
fn a_missing_month_is_missing_and_not_zero() {
    let snapshot = samples::snapshot();
    let trend = trend(&snapshot, &view(&snapshot, "2024-12", "2025-03"));
    let counts: Vec<_> = trend.months.iter().map(|month| month.count).collect();
    assert_eq!(counts, [None, Some(4), Some(2), Some(3)]);
    assert!(trend.chart.is_none());
    assert!(trend.no_limits.is_some());
}

#[test]
fn the_page_holds_with_figures_and_without() {
    let snapshot = samples::snapshot();
    let html = check_page(
        &TREND,
        &context(&snapshot, &view(&snapshot, "2024-12", "2025-03")),
    )
    .unwrap();
    assert!(html.contains("Missing, not zero: there are no figures for December 2024."));
    let empty = Snapshot::default();
    check_page(
        &TREND,
        &context(&empty, &view(&empty, "2025-01", "2025-02")),
    )
    .unwrap();
}
