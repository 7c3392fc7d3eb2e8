//! Results as a file: one row a figure, so that a spreadsheet can filter them.

use axum::extract::State;
use axum::response::Response;
use commonweal_access::web::{PageError, Path, Query, Viewer};
use commonweal_documents::{Cell, Column, Kind, Table};

use super::model::Figure;
use super::pages::{self, Shown, Wanted};
use super::statistics::Share;
use crate::Forms;
use crate::exchange::download::{self, Format};

pub(super) async fn csv(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    file(&forms, &viewer, &key, &wanted, Format::Csv).await
}

pub(super) async fn ods(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    file(&forms, &viewer, &key, &wanted, Format::Ods).await
}

pub(super) async fn xlsx(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    file(&forms, &viewer, &key, &wanted, Format::Xlsx).await
}

async fn file(
    forms: &Forms,
    viewer: &Viewer,
    key: &str,
    wanted: &Wanted,
    format: Format,
) -> Result<Response, PageError> {
    let shown = pages::look(forms, viewer, key, wanted).await?;
    let table = table(forms, &shown);
    download::table(table, format, &format!("results-{key}")).await
}

/// All figures as a table.
pub(super) fn table(forms: &Forms, shown: &Shown) -> Table {
    let mut notes = vec![pages::source(forms, shown)];
    notes.extend(pages::rules(shown));
    notes.push("An empty count is hidden, not nought.".to_owned());
    let mut rows = Vec::new();
    for wave in &shown.invited {
        let title = wave
            .wave
            .as_ref()
            .and_then(|key| shown.definition.waves.iter().find(|one| one.key == *key));
        let (answered, share) = pages::answered(wave, shown.sight);
        let mut row = Line::new("Response rate", title.map_or("All", |wave| wave.title.en()));
        row.count = answered;
        row.of = Some(wave.sent);
        row.share = share;
        rows.push(row.cells());
    }
    let figures = shown.figures.scores.iter();
    for figure in figures
        .chain(&shown.figures.questions)
        .chain(&shown.figures.groups)
    {
        rows.extend(lines(figure));
    }
    Table {
        title: format!("Results: {}", shown.definition.title.en()),
        notes,
        columns: vec![
            Column::new("Question", Kind::Text),
            Column::new("Answer or figure", Kind::Text),
            Column::new("Count", Kind::Integer),
            Column::new("Of", Kind::Integer),
            Column::new("Share", Kind::Percent),
            Column::new("Share from", Kind::Percent),
            Column::new("Share to", Kind::Percent),
            Column::new("Value", Kind::Decimal(3)),
            Column::new("Value from", Kind::Decimal(3)),
            Column::new("Value to", Kind::Decimal(3)),
            Column::new("Unit", Kind::Text),
        ],
        rows,
    }
}

struct Line<'a> {
    title: &'a str,
    label: &'a str,
    count: Option<u64>,
    of: Option<u64>,
    share: Option<Share>,
    value: Option<f64>,
    interval: Option<(f64, f64)>,
    unit: &'a str,
}

impl<'a> Line<'a> {
    fn new(title: &'a str, label: &'a str) -> Self {
        Self {
            title,
            label,
            count: None,
            of: None,
            share: None,
            value: None,
            interval: None,
            unit: "",
        }
    }

    fn cells(&self) -> Vec<Cell> {
        let whole = |count: Option<u64>| Cell::from(count.and_then(|n| i64::try_from(n).ok()));
        vec![
            self.title.into(),
            self.label.into(),
            whole(self.count),
            whole(self.of),
            self.share.map(|share| share.share).into(),
            self.share.map(|share| share.low).into(),
            self.share.map(|share| share.high).into(),
            self.value.into(),
            self.interval.map(|(low, _)| low).into(),
            self.interval.map(|(_, high)| high).into(),
            self.unit.into(),
        ]
    }
}

fn lines(figure: &Figure) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    let with_count = |label: &'static str, count| {
        let mut line = Line::new(&figure.title, label);
        line.count = count;
        line.cells()
    };
    if !figure.id.starts_with("by-") {
        rows.push(with_count("Answered", figure.answered));
        rows.push(with_count("Unanswered", figure.unanswered));
        rows.push(with_count("Not asked", figure.not_asked));
    }
    for part in &figure.parts {
        let mut line = Line::new(&figure.title, &part.label);
        line.count = part.count;
        line.of = figure.answered;
        line.share = part.share;
        rows.push(line.cells());
    }
    let Some(summary) = &figure.mean else {
        return rows;
    };
    let mut with_value = |label: &'static str, value: f64, interval| {
        let mut line = Line::new(&figure.title, label);
        line.of = Some(summary.n);
        line.value = Some(value);
        line.interval = interval;
        line.unit = &figure.unit;
        rows.push(line.cells());
    };
    with_value("Mean", summary.mean, summary.interval);
    if figure.quartiles {
        let names = [
            "Smallest",
            "Lower quartile",
            "Median",
            "Upper quartile",
            "Largest",
        ];
        for (name, value) in names.into_iter().zip(summary.five) {
            with_value(name, value, None);
        }
    }
    rows
}
