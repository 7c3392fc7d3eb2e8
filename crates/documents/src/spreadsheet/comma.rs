//! CSV as people's programs write it: comma, semicolon or tab, UTF-8, UTF-16 or Windows-1252.
//!
//! A scanner of our own, since an unclosed quotation mark must be an error that names its row
//! (a general reader takes the rest of the file as one cell), and blank lines must count.

use std::borrow::Cow;

use super::{Collector, Format, Limits, Place, ReadError, Sheet, WIDEST};

pub(super) fn read(bytes: &[u8], name_hint: &str, limits: Limits) -> Result<Sheet, ReadError> {
    let text = decode(bytes);
    if text.contains('\0') {
        return Err(ReadError::NotATable { what: "not text" });
    }
    let (text, separator) = separator(&text, name_hint);
    let mut collector = Collector::new(limits);
    records(text, separator, |number, mut cells| {
        for cell in &mut cells {
            unguard(cell);
        }
        collector.add(number, cells)
    })?;
    collector.finish(Format::Csv, None)
}

fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        let body = bytes.get(mark..).unwrap_or_default();
        return encoding.decode_without_bom_handling(body).0;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            encoding_rs::WINDOWS_1252
                .decode_without_bom_handling(bytes)
                .0
        }
    }
}

/// The separator that the first line which is not a note holds most often outside quotation
/// marks; Excel's own `sep=;` line decides where it is there.
fn separator<'a>(text: &'a str, name_hint: &str) -> (&'a str, u8) {
    let first = text.lines().next().unwrap_or_default();
    if let Some(mark) = first.strip_prefix("sep=")
        && let [mark] = *mark.trim_end_matches('\r').as_bytes()
    {
        return (text.split_once('\n').map_or("", |(_, rest)| rest), mark);
    }
    let line = text
        .lines()
        .find(|line| !line.trim().is_empty() && !line.starts_with('#') && !line.starts_with("\"#"))
        .unwrap_or_default();
    let name = name_hint.to_ascii_lowercase();
    let likely = if name.ends_with(".tsv") || name.ends_with(".tab") {
        b'\t'
    } else {
        b','
    };
    let count = |mark: u8| {
        let mut quoted = false;
        let letters = line.bytes().filter(|&letter| {
            quoted ^= letter == b'"';
            letter == mark && !quoted
        });
        letters.count()
    };
    let best = [b';', b'\t', b',']
        .into_iter()
        .max_by_key(|&mark| (count(mark), mark == likely))
        .unwrap_or(b',');
    (text, best)
}

/// Our own exports put an apostrophe before what looks like a formula; here it goes again.
fn unguard(cell: &mut String) {
    if let Some(rest) = cell.strip_prefix('\'')
        && crate::comma::is_guarded(rest)
    {
        cell.remove(0);
    }
}

/// Calls with the number of each record, blank lines counted, and its cells.
fn records(
    text: &str,
    separator: u8,
    mut each: impl FnMut(u64, Vec<String>) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut row = 1;
    let mut rest = text;
    while !rest.is_empty() {
        let mut cells = Vec::new();
        loop {
            if cells.len() > WIDEST {
                return Err(ReadError::TooManyColumns {
                    row,
                    limit: super::COLUMNS,
                });
            }
            let (cell, after) = cell(rest, separator).ok_or(ReadError::Unclosed {
                place: Place::new(row, cells.len()),
            })?;
            cells.push(cell);
            if after.as_bytes().first() == Some(&separator) {
                rest = after.get(1..).unwrap_or_default();
            } else {
                rest = after
                    .strip_prefix("\r\n")
                    .unwrap_or_else(|| after.get(1..).unwrap_or_default());
                break;
            }
        }
        each(row, cells)?;
        row += 1;
    }
    Ok(())
}

/// One cell, and what follows it: a separator, an end of line, or nothing.
/// None where a quotation mark is never closed.
fn cell(text: &str, separator: u8) -> Option<(String, &str)> {
    let mut words = String::new();
    let mut rest = text;
    if let Some(mut inner) = text.strip_prefix('"') {
        loop {
            let (before, after) = inner.split_once('"')?;
            words.push_str(before);
            if let Some(more) = after.strip_prefix('"') {
                words.push('"');
                inner = more;
            } else {
                rest = after;
                break;
            }
        }
    }
    // Separators and ends of line are ASCII, so the cut is between letters.
    let end = rest
        .bytes()
        .position(|letter| letter == separator || matches!(letter, b'\r' | b'\n'))
        .unwrap_or(rest.len());
    let (tail, after) = rest.split_at_checked(end)?;
    words.push_str(tail);
    Some((words, after))
}
