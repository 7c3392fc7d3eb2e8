//! ODS, read here element by element: the general reader unfolds repeated rows and cells before
//! anyone can count them.

use std::io::{BufReader, Read as _};

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

use super::zipped::Archive;
use super::{Collector, Format, Limits, Place, ReadError, Sheet, WIDEST, numbers};

/// Deeper than any spreadsheet nests.
const DEEP: usize = 200;

pub(super) fn read(archive: &mut Archive<'_>, limits: Limits) -> Result<Sheet, ReadError> {
    if let Ok(manifest) = archive.by_name("META-INF/manifest.xml") {
        let mut text = Vec::new();
        let _unreadable_is_none = manifest.take(1024 * 1024).read_to_end(&mut text);
        if text.windows(15).any(|words| words == b"encryption-data") {
            return Err(ReadError::Protected);
        }
    }
    let part = archive
        .by_name("content.xml")
        .map_err(|_| ReadError::Damaged)?;
    // One byte more than allowed, so that what was cut is known from what ended.
    let mut reader = Reader::from_reader(BufReader::new(part.take(limits.unpacked + 1)));
    reader.config_mut().expand_empty_elements = true;
    let mut state = State::new(limits);
    let mut buffer = Vec::new();
    loop {
        let event = reader.read_event_into(&mut buffer);
        if reader.buffer_position() > limits.unpacked {
            return Err(ReadError::Unpacks);
        }
        match event.map_err(|_| ReadError::Damaged)? {
            Event::Start(element) => state.open(&element)?,
            Event::End(element) => {
                if let Some((name, collector)) = state.close(element.name().as_ref())? {
                    return collector.finish(Format::Ods, name);
                }
            }
            Event::Text(text) => state.words(&text.xml10_content()),
            Event::CData(text) => state.words(&text.xml10_content()),
            Event::GeneralRef(entity) => {
                if let Ok(Some(letter)) = entity.resolve_char_ref() {
                    state.words(letter.encode_utf8(&mut [0; 4]));
                } else if let Some(text) = resolve_predefined_entity(&entity.xml10_content()) {
                    state.words(text);
                }
            }
            Event::Eof if state.depth == 0 && state.seen => return Err(ReadError::Empty),
            Event::Eof => return Err(ReadError::Damaged),
            _ => {}
        }
        buffer.clear();
    }
}

struct State {
    limits: Limits,
    depth: usize,
    seen: bool,
    name: Option<String>,
    collector: Collector,
    /// Inside a table; the number of the row that is being read.
    table: bool,
    row: u64,
    row_repeats: u64,
    cells: Vec<String>,
    column: usize,
    cell: Option<Cell>,
    /// Inside a comment on a cell: how deep.
    comment: usize,
    paragraph: bool,
}

#[derive(Default)]
struct Cell {
    repeats: usize,
    value: Option<String>,
    failed: bool,
    text: String,
    paragraphs: usize,
}

impl State {
    fn new(limits: Limits) -> Self {
        Self {
            limits,
            depth: 0,
            seen: false,
            name: None,
            collector: Collector::new(limits),
            table: false,
            row: 0,
            row_repeats: 0,
            cells: Vec::new(),
            column: 0,
            cell: None,
            comment: 0,
            paragraph: false,
        }
    }

    fn open(&mut self, element: &BytesStart<'_>) -> Result<(), ReadError> {
        self.depth += 1;
        self.seen = true;
        if self.depth > DEEP {
            return Err(ReadError::Damaged);
        }
        if self.comment > 0 {
            self.comment += 1;
            return Ok(());
        }
        match element.name().as_ref() {
            // A table within a cell is no table of data.
            "table:table" if self.table => return Err(ReadError::Damaged),
            "table:table" => {
                self.table = true;
                self.row = 1;
                self.name = attribute(element, "table:name");
                self.collector = Collector::new(self.limits);
            }
            "table:table-row" if self.table => {
                self.row_repeats = repeats(element, "table:number-rows-repeated");
                self.cells.clear();
                self.column = 0;
            }
            "table:table-cell" | "table:covered-table-cell" if self.table => {
                self.cell = Some(Cell::new(element));
            }
            "office:annotation" => self.comment = 1,
            "text:p" | "text:h" => {
                self.paragraph = true;
                if let Some(cell) = &mut self.cell {
                    if cell.paragraphs > 0 {
                        cell.text.push('\n');
                    }
                    cell.paragraphs += 1;
                }
            }
            "text:s" => {
                let count = attribute(element, "text:c").and_then(|c| c.parse().ok());
                self.words(&" ".repeat(count.unwrap_or(1_usize).min(1_000)));
            }
            "text:tab" => self.words("\t"),
            "text:line-break" => self.words("\n"),
            _ => {}
        }
        Ok(())
    }

    fn words(&mut self, text: &str) {
        if let Some(cell) = &mut self.cell
            && self.paragraph
            && self.comment == 0
        {
            cell.text.push_str(text);
        }
    }

    /// The table, once it is whole and not blank.
    fn close(&mut self, name: &str) -> Result<Option<(Option<String>, Collector)>, ReadError> {
        self.depth = self.depth.saturating_sub(1);
        if self.comment > 0 {
            self.comment -= 1;
            return Ok(None);
        }
        match name {
            "text:p" | "text:h" => self.paragraph = false,
            "table:table-cell" | "table:covered-table-cell" => self.end_cell()?,
            "table:table-row" if self.table => self.end_row()?,
            "table:table" => {
                self.table = false;
                if !self.collector.is_empty() {
                    let collector =
                        std::mem::replace(&mut self.collector, Collector::new(self.limits));
                    return Ok(Some((self.name.take(), collector)));
                }
            }
            _ => {}
        }
        Ok(None)
    }

    fn end_cell(&mut self) -> Result<(), ReadError> {
        let Some(cell) = self.cell.take() else {
            return Ok(());
        };
        if cell.failed {
            let place = Place::new(self.row, self.column);
            return Err(ReadError::Formula {
                place,
                error: "that the cell shows",
            });
        }
        let words = cell.value.unwrap_or(cell.text);
        let after = self.column.saturating_add(cell.repeats);
        if !words.is_empty() {
            // A value repeated over a whole row of the sheet would be more than a table holds.
            if after > WIDEST {
                return Err(ReadError::TooManyColumns {
                    row: self.row,
                    limit: self.limits.columns,
                });
            }
            if words.len().saturating_mul(cell.repeats) > self.limits.words {
                return Err(ReadError::TooMuch);
            }
            self.cells.resize(self.column, String::new());
            self.cells.resize(after, words);
        }
        self.column = after;
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), ReadError> {
        let cells = std::mem::take(&mut self.cells);
        if cells.iter().any(|cell| !cell.is_empty()) {
            for n in 1..self.row_repeats {
                self.collector
                    .add(self.row.saturating_add(n - 1), cells.clone())?;
            }
            self.collector
                .add(self.row.saturating_add(self.row_repeats - 1), cells)?;
        }
        self.row = self.row.saturating_add(self.row_repeats);
        Ok(())
    }
}

impl Cell {
    fn new(element: &BytesStart<'_>) -> Self {
        let repeats = repeats(element, "table:number-columns-repeated");
        let given = |name| attribute(element, name);
        let value = match given("office:value-type").as_deref() {
            Some("float" | "currency" | "percentage") => given("office:value").map(|value| {
                value
                    .parse()
                    .map_or_else(|_| value.clone(), numbers::number)
            }),
            Some("date") => given("office:date-value").map(|day| numbers::iso(&day)),
            Some("time") => given("office:time-value").map(|time| numbers::iso_length(&time)),
            Some("boolean") => given("office:boolean-value").map(|is| is.to_uppercase()),
            _ => given("office:string-value"),
        };
        Self {
            repeats: usize::try_from(repeats).unwrap_or(usize::MAX),
            value,
            failed: given("calcext:value-type").as_deref() == Some("error"),
            ..Self::default()
        }
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = element.try_get_attribute(name).ok()??;
    Some(
        attribute
            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
            .ok()?
            .into_owned(),
    )
}

fn repeats(element: &BytesStart<'_>, name: &str) -> u64 {
    attribute(element, name)
        .and_then(|count| count.parse().ok())
        .unwrap_or(1_u64)
        .max(1)
}
