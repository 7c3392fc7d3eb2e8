//! The place file as a document that can be taken along: tagged PDF.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use commonweal_access::web::{PageError, Path, Viewer};
use commonweal_documents::pdf::{self, Block, DataTable, Document, KeyValue, MEDIA_TYPE};
use uuid::Uuid;

use super::PlaceFiles;
use super::pages::{Context, Line, Section, Table, read_file};

const MADE_UP: &str = "Made-up data: no figure is about real people or events.";

pub(super) async fn pdf(
    State(files): State<PlaceFiles>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    let app = files.app();
    let context = read_file(&files, &viewer, id).await?;
    let mut document = document(context, &app.settings.partnership_name);
    document.date = Some(app.clock.today());
    if app.settings.made_up_data {
        document.blocks.insert(
            0,
            Block::Note {
                title: String::new(),
                text: MADE_UP.to_owned(),
            },
        );
    }
    let made = app.clock.now();
    let bytes = tokio::task::spawn_blocking(move || pdf::render(&document, made))
        .await
        .map_err(|error| PageError::Internal(error.to_string()))?
        .map_err(|error| PageError::Internal(error.to_string()))?;
    // The name says nothing of the place: files lie about.
    let name = HeaderValue::from_static("attachment; filename=\"place-file.pdf\"");
    let kind = HeaderValue::from_static(MEDIA_TYPE);
    let private = HeaderValue::from_static("no-store");
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, private),
    ];
    Ok((headers, bytes).into_response())
}

fn document(context: Context, organisation: &str) -> Document {
    let mut blocks = vec![Block::KeyValues(vec![
        KeyValue::new("Place", context.place.as_str()),
        KeyValue::new("Period", context.period),
        KeyValue::new("Read for", context.purpose),
        KeyValue::new("Read by", context.reader),
        KeyValue::new("Made", context.made),
    ])];
    for section in context.sections {
        add(&mut blocks, section);
    }
    Document {
        title: "Place file".to_owned(),
        subtitle: context.place,
        organisation: organisation.to_owned(),
        marking: "Official – sensitive".to_owned(),
        blocks,
        ..Document::default()
    }
}

fn add(blocks: &mut Vec<Block>, section: Section) {
    blocks.push(Block::Heading {
        level: 1,
        text: match section.count {
            Some(count) => format!("{} ({count})", section.title),
            None => section.title.to_owned(),
        },
    });
    if section.failed {
        blocks.push(Block::Paragraph(
            "This part could not be read. The rest is complete.".to_owned(),
        ));
    } else if section.empty {
        blocks.push(Block::Paragraph(
            "Nothing here that you may see.".to_owned(),
        ));
    }
    if !section.lines.is_empty() {
        blocks.push(Block::List {
            numbered: false,
            items: section.lines.into_iter().map(line).collect(),
        });
    }
    blocks.extend(section.tables.into_iter().map(table));
    blocks.extend(section.notes.into_iter().map(Block::Paragraph));
}

fn line(line: Line) -> String {
    let mut words: Vec<String> = Vec::new();
    if line.attention {
        words.push("To act on:".to_owned());
    }
    words.extend(line.date.map(|date| format!("{date}:")));
    words.push(line.text);
    words.extend(line.note.map(|note| format!("({note})")));
    words.join(" ")
}

fn table(table: Table) -> Block {
    Block::Table(DataTable {
        caption: table.caption,
        numeric: table.columns.iter().map(|column| column.numeric).collect(),
        header: table
            .columns
            .into_iter()
            .map(|column| column.text)
            .collect(),
        rows: table.rows,
    })
}
