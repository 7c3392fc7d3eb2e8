use commonweal_govuk::check_page;

use super::pages::{LIST, context};
use super::*;
use crate::cube::samples;
use crate::view::{Asked, View};

#[test]
fn most_incidents_come_first_and_equal_ones_share_a_rank() {
    let snapshot = samples::snapshot();
    let mut view = View::new(
        &snapshot,
        &Asked {
            areas: "ward-2022".to_owned(),
            ..Asked::default()
        },
    );
    view.filter.allowed = None;
    let ranking = rank(&snapshot, &view, Order::Count);
    assert!(
        ranking
            .places
            .windows(2)
            .all(|pair| pair[0].count >= pair[1].count && pair[0].rank <= pair[1].rank)
    );
    let inside: u64 = ranking
        .places
        .iter()
        .map(|place| u64::from(place.count))
        .sum();
    assert_eq!(inside + u64::from(ranking.elsewhere), ranking.total);
    assert!(!ranking.has_comparison, "the sample holds no year before");
    assert!(ranking.comparison_note.is_some());
}

#[test]
fn a_reader_without_any_source_counts_nothing() {
    let snapshot = samples::snapshot();
    let view = View::new(&snapshot, &Asked::default());
    let ranking = rank(&snapshot, &view, Order::Count);
    assert_eq!(ranking.total, 0);
}

#[test]
fn the_page_holds_with_figures_and_without() {
    let snapshot = samples::snapshot();
    let mut view = View::new(
        &snapshot,
        &Asked {
            areas: "ward-2022".to_owned(),
            ..Asked::default()
        },
    );
    view.filter.allowed = None;
    let html = check_page(&LIST, &context(&snapshot, &view)).unwrap();
    assert!(html.contains("Why it ranks here"));
    let empty = crate::cube::Snapshot::default();
    check_page(
        &LIST,
        &context(&empty, &View::new(&empty, &Asked::default())),
    )
    .unwrap();
}
