//! The ranking of a view as a table for a file.

use commonweal_documents::{Cell, Column, Kind, Table};

use super::Statements;
use crate::cube::{By, Snapshot};
use crate::ranking::{Order, Ranking, complete_places, rank};
use crate::view::View;

/// All places of a view in the order asked for, with their names.
pub(super) fn ranked(snapshot: &Snapshot, view: &View) -> Ranking {
    let mut ranking = rank(snapshot, view, Order::read(&view.asked.sort));
    complete_places(snapshot, view, &mut ranking.places);
    ranking
}

/// A number that is known and finite.
pub(super) fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

pub(super) fn table(
    snapshot: &Snapshot,
    view: &View,
    ranking: &Ranking,
    statements: &Statements,
) -> Table {
    let what = match &view.by {
        By::Area(_) => view
            .area_set(snapshot)
            .map_or_else(|| "Area".to_owned(), crate::cube::AreaSet::label),
        By::Cell9 | By::Cell8 => "H3 cell".to_owned(),
    };
    let mut notes = statements.lines(ranking.total, ranking.elsewhere);
    notes.extend(ranking.comparison_note.iter().cloned());
    Table {
        title: format!("Incidents by place: {}", statements.filter),
        notes,
        columns: vec![
            Column::new("Rank", Kind::Integer),
            Column::new(format!("{what} code"), Kind::Text),
            Column::new("Name", Kind::Text),
            Column::new("Incidents", Kind::Integer),
            Column::new("Share of all", Kind::Percent),
            Column::new("Residents", Kind::Decimal(0)),
            Column::new("Per 1,000 residents", Kind::Decimal(2)),
            Column::new("Per 1,000 residents, 95% from", Kind::Decimal(2)),
            Column::new("Per 1,000 residents, 95% to", Kind::Decimal(2)),
            Column::new("Incidents a year before", Kind::Integer),
            Column::new("Change on the year before", Kind::Percent),
            Column::new("Change, 95% from", Kind::Percent),
            Column::new("Change, 95% to", Kind::Percent),
            Column::new("Deprivation decile (1 is most deprived)", Kind::Decimal(0)),
        ],
        rows: ranking
            .places
            .iter()
            .map(|place| {
                vec![
                    Cell::from(i64::try_from(place.rank).unwrap_or(i64::MAX)),
                    Cell::from(place.code.as_str()),
                    Cell::from(place.name.as_str()),
                    Cell::from(place.count),
                    Cell::from(place.share),
                    Cell::from(place.population),
                    Cell::from(place.rate.map(|rate| rate.per_1000)),
                    Cell::from(place.rate.map(|rate| rate.interval.lower)),
                    Cell::from(place.rate.map(|rate| rate.interval.upper)),
                    Cell::from(place.compared.map(|(_, before)| before)),
                    Cell::from(place.change.map(|change| change.estimate)),
                    Cell::from(place.change.map(|change| change.interval.lower)),
                    Cell::from(place.change.map(|change| change.interval.upper)),
                    Cell::from(place.decile),
                ]
            })
            .collect(),
    }
}
