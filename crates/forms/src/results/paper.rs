//! Results as an accessible PDF: each figure with its chart, its table and where it comes from.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use commonweal_access::web::{PageError, Path, Query, Viewer};
use commonweal_documents::pdf::{self, Block, Chart, DataTable, Document, KeyValue};

use super::pages::{self, FigureView, Shown, Wanted};
use crate::Forms;
use crate::exchange::download;

pub(super) async fn pdf(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let shown = pages::look(&forms, &viewer, &key, &wanted).await?;
    let document = document(&forms, &shown);
    let made = forms.app.clock.now();
    let bytes = tokio::task::spawn_blocking(move || pdf::render(&document, made))
        .await
        .map_err(|error| PageError::Internal(error.to_string()))?
        .map_err(|error| PageError::Internal(error.to_string()))?;
    let name = format!("results-{key}.pdf");
    Ok(download::file(
        bytes.into_response(),
        pdf::MEDIA_TYPE,
        &name,
    ))
}

/// The document.
pub(super) fn document(forms: &Forms, shown: &Shown) -> Document {
    let view = pages::context(forms, shown, &[], None);
    let heading = |level, text: &str| Block::Heading {
        level,
        text: text.to_owned(),
    };
    let mut blocks = Vec::new();
    if view.few {
        blocks.push(Block::Paragraph(
            "There are too few records in this time to show figures without telling about one person.".to_owned(),
        ));
    } else {
        blocks.push(Block::KeyValues(vec![KeyValue::new(
            format!("Counted: {}", view.plural),
            view.records.as_str(),
        )]));
        if !view.waves.is_empty() {
            blocks.push(heading(1, "Who answered"));
            let rows = view.waves.iter().map(|wave| {
                vec![
                    wave.title.clone(),
                    wave.sent.clone(),
                    wave.answered.clone(),
                    wave.share.clone(),
                    wave.interval.clone(),
                ]
            });
            blocks.push(Block::Table(DataTable {
                caption: "Response rate".to_owned(),
                header: ["Asked", "Sent", "Answered", "Response rate", "95% interval"]
                    .map(str::to_owned)
                    .to_vec(),
                numeric: vec![false, true, true, true, true],
                rows: rows.collect(),
            }));
        }
        for (title, figures) in [
            ("Scores", &view.scores),
            ("Questions", &view.questions),
            ("Where they stand", &view.groups),
        ] {
            if figures.is_empty() || view.empty {
                continue;
            }
            blocks.push(heading(1, title));
            for figure in figures {
                blocks.push(heading(2, &figure.title));
                add(&mut blocks, figure);
            }
        }
    }
    blocks.push(heading(1, "About these figures"));
    blocks.extend(view.rules.into_iter().map(Block::Paragraph));
    Document {
        title: format!("Results: {}", shown.definition.title.en()),
        subtitle: pages::period(&shown.asked),
        organisation: forms.app.settings.partnership_name.clone(),
        version: shown.definition.version.to_string(),
        date: Some(forms.app.clock.today()),
        blocks,
        ..Document::default()
    }
}

fn add(blocks: &mut Vec<Block>, figure: &FigureView) {
    if !figure.figures.is_empty() {
        let lines = figure.figures.iter();
        blocks.push(Block::KeyValues(
            lines
                .map(|(name, value)| KeyValue::new(name.as_str(), value.as_str()))
                .collect(),
        ));
    }
    if !figure.lines.is_empty() {
        let mut header = vec!["Answer".to_owned(), "Count".to_owned()];
        let mut numeric = vec![false, true];
        if figure.shares {
            header.extend(["Share".to_owned(), "95% interval".to_owned()]);
            numeric.extend([true, true]);
        }
        let rows = figure.lines.iter().map(|line| {
            let mut row = vec![line.label.clone(), line.count.clone()];
            if figure.shares {
                row.extend([line.share.clone(), line.interval.clone()]);
            }
            row
        });
        let table = DataTable {
            caption: String::new(),
            header,
            numeric,
            rows: rows.collect(),
        };
        blocks.push(match &figure.chart {
            Some(drawn) => Block::Chart(Chart {
                svg: drawn.svg.clone(),
                alt: format!("{}: the figures stand in the table below.", figure.title),
                table,
            }),
            None => Block::Table(table),
        });
    }
    blocks.extend(figure.hidden.iter().cloned().map(Block::Paragraph));
    blocks.push(Block::Paragraph(figure.note.clone()));
}
