//! Reading what people send: CSV, ODS and XLSX into one plain [`Sheet`] of words, with row
//! numbers as the person sees them in their spreadsheet and errors that say what to do.
//!
//! The kind of a file is told from its bytes, never from its name. Dates come as ISO
//! (`2025-01-31`, with a time `2025-01-31T14:30:00`) where the file knows that they are dates;
//! a CSV file does not, so there they stay as typed. Formulas come as their last value.

mod comma;
mod error;
mod numbers;
mod open;
#[cfg(test)]
mod tests;
mod xlsx;
mod zipped;

use std::collections::HashMap;

pub use error::{Place, ReadError};

/// The most rows below the headings that a file may have.
pub const ROWS: usize = 200_000;
/// The most columns that a file may have.
pub const COLUMNS: usize = 500;
/// The most letters that one cell may have.
pub const CELL_LETTERS: usize = 100_000;
/// The largest file that is read, in bytes.
pub const FILE_BYTES: usize = 50 * 1024 * 1024;

/// The last column of the widest spreadsheet program, so that empty columns up to it are fine.
const WIDEST: usize = 16_384;

#[derive(Clone, Copy)]
struct Limits {
    rows: usize,
    columns: usize,
    letters: usize,
    file: usize,
    /// Of everything that a zipped file unpacks to, in bytes.
    unpacked: u64,
    /// Of the words that are kept, in bytes: one long shared string may stand in each cell.
    words: usize,
}

const LIMITS: Limits = Limits {
    rows: ROWS,
    columns: COLUMNS,
    letters: CELL_LETTERS,
    file: FILE_BYTES,
    unpacked: 512 * 1024 * 1024,
    words: 128 * 1024 * 1024,
};

/// What a file was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma, semicolon or tab separated text.
    Csv,
    /// OpenDocument.
    Ods,
    /// Excel since 2007.
    Xlsx,
}

/// A table as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// What the file was.
    pub format: Format,
    /// The name of the sheet, where the file has one.
    pub name: Option<String>,
    /// Lines above the headings that begin with `#`, without it: our own CSV files say there
    /// what they show.
    pub notes: Vec<String>,
    /// The number of the row that holds the headings; the first is 1.
    pub heading_row: u64,
    /// The headings. No two are the same (whatever their case); one may be empty where its
    /// column is.
    pub headings: Vec<String>,
    /// The rows that are not blank, in order.
    pub rows: Vec<Row>,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number in the file as a spreadsheet shows it; the first row is 1.
    pub number: u64,
    /// As many cells as there are headings, without spaces at their ends; empty is `""`.
    pub cells: Vec<String>,
}

impl Sheet {
    /// Which column has this heading, whatever its case and spaces.
    #[must_use]
    pub fn column(&self, heading: &str) -> Option<usize> {
        let wanted = folded(heading);
        self.headings.iter().position(|name| folded(name) == wanted)
    }

    /// Where a cell is, in words: `row 5, column C ("Postcode")`.
    #[must_use]
    pub fn place(&self, row: &Row, column: usize) -> String {
        let place = Place::new(row.number, column);
        match self.headings.get(column).filter(|name| !name.is_empty()) {
            Some(name) => format!("{place} (\u{201c}{name}\u{201d})"),
            None => place.to_string(),
        }
    }
}

/// A column as a spreadsheet names it: 0 is `A`, 26 is `AA`.
#[must_use]
pub fn column_letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = Some(column);
    while let Some(n) = rest {
        letters.push(char::from(b'A' + u8::try_from(n % 26).unwrap_or(0)));
        rest = (n / 26).checked_sub(1);
    }
    letters.iter().rev().collect()
}

/// Reads a file. `name_hint` is its name: it only settles which of two equally likely
/// separators a CSV file uses.
///
/// Of a spreadsheet with several sheets the first that is shown and not blank is read.
///
/// # Errors
/// [`ReadError`], which a page shows as it is: it names the row and column and says what to do.
pub fn read(bytes: &[u8], name_hint: &str) -> Result<Sheet, ReadError> {
    read_within(bytes, name_hint, LIMITS)
}

fn read_within(bytes: &[u8], name_hint: &str, limits: Limits) -> Result<Sheet, ReadError> {
    if bytes.len() > limits.file {
        return Err(ReadError::TooLarge {
            megabytes: limits.file / (1024 * 1024),
        });
    }
    let start = bytes.trim_ascii_start();
    let begins = |magic: &[u8]| bytes.starts_with(magic);
    let says = |word: &[u8]| {
        start
            .get(..word.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(word))
    };
    if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") {
        return zipped::read(bytes, limits);
    }
    if begins(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Err(ReadError::OldExcel);
    }
    let other = [
        (begins(b"%PDF"), "a PDF document"),
        (
            begins(b"\x89PNG") || begins(b"\xff\xd8\xff") || begins(b"GIF8"),
            "a picture",
        ),
        (begins(b"{\\rtf"), "a text document"),
        (says(b"<!doctype") || says(b"<html"), "a web page"),
        (
            says(b"<?xml") || says(b"<kml") || says(b"<gpx"),
            "an XML file",
        ),
        (says(b"{"), "a JSON file"),
    ];
    if let Some((_, what)) = other.into_iter().find(|(is, _)| *is) {
        return Err(ReadError::NotATable { what });
    }
    comma::read(bytes, name_hint, limits)
}

/// Takes rows one by one, keeps the limits and finds the headings.
struct Collector {
    limits: Limits,
    words: usize,
    notes: Vec<String>,
    heading_row: u64,
    headings: Vec<String>,
    rows: Vec<Row>,
}

impl Collector {
    const fn new(limits: Limits) -> Self {
        Self {
            limits,
            words: 0,
            notes: Vec::new(),
            heading_row: 0,
            headings: Vec::new(),
            rows: Vec::new(),
        }
    }

    fn is_empty(&self) -> bool {
        self.headings.is_empty()
    }

    fn add(&mut self, number: u64, mut cells: Vec<String>) -> Result<(), ReadError> {
        for (column, cell) in cells.iter_mut().enumerate() {
            let trimmed = cell.trim_matches(blank);
            if trimmed.len() != cell.len() {
                *cell = trimmed.to_owned();
            }
            // Bytes first: they are never fewer than letters, and known already.
            if cell.len() > self.limits.letters && cell.chars().count() > self.limits.letters {
                let place = Place::new(number, column);
                let limit = self.limits.letters;
                return Err(ReadError::CellTooLong { place, limit });
            }
        }
        while cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        if cells.is_empty() {
            return Ok(());
        }
        self.words += cells
            .iter()
            .map(|cell| cell.len() + size_of::<String>())
            .sum::<usize>();
        if self.words > self.limits.words {
            return Err(ReadError::TooMuch);
        }
        if self.headings.is_empty() && cells.first().is_some_and(|cell| cell.starts_with('#')) {
            let line = cells.join(", ");
            self.notes
                .push(line.trim_start_matches('#').trim().to_owned());
            return Ok(());
        }
        if cells.len() > self.limits.columns {
            return Err(ReadError::TooManyColumns {
                row: number,
                limit: self.limits.columns,
            });
        }
        if self.headings.is_empty() {
            return self.head(number, cells);
        }
        for (column, cell) in cells.iter().enumerate() {
            if !cell.is_empty() && self.headings.get(column).is_none_or(String::is_empty) {
                return Err(ReadError::NoHeading {
                    place: Place::new(number, column),
                    heading_row: self.heading_row,
                });
            }
        }
        if self.rows.len() >= self.limits.rows {
            return Err(ReadError::TooManyRows {
                limit: self.limits.rows,
            });
        }
        cells.resize(self.headings.len(), String::new());
        self.rows.push(Row { number, cells });
        Ok(())
    }

    fn head(&mut self, number: u64, cells: Vec<String>) -> Result<(), ReadError> {
        let mut seen = HashMap::new();
        for (column, name) in cells
            .iter()
            .enumerate()
            .filter(|(_, name)| !name.is_empty())
        {
            if let Some(first) = seen.insert(folded(name), column) {
                return Err(ReadError::SameHeading {
                    row: number,
                    first: column_letters(first),
                    second: column_letters(column),
                    name: name.chars().take(100).collect(),
                });
            }
        }
        self.heading_row = number;
        self.headings = cells;
        Ok(())
    }

    fn finish(self, format: Format, name: Option<String>) -> Result<Sheet, ReadError> {
        if self.headings.is_empty() {
            return Err(ReadError::Empty);
        }
        Ok(Sheet {
            format,
            name,
            notes: self.notes,
            heading_row: self.heading_row,
            headings: self.headings,
            rows: self.rows,
        })
    }
}

/// What stands for nothing at the ends of a cell.
fn blank(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{feff}' | '\u{200b}')
}

fn folded(heading: &str) -> String {
    let words: Vec<&str> = heading.split_whitespace().collect();
    words.join(" ").to_lowercase()
}
