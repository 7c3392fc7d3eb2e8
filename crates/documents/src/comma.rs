//! CSV (RFC 4180, UTF-8): title and notes first, in lines that begin with `# `, then the
//! headings, then the rows.

use csv::{QuoteStyle, Terminator, WriterBuilder};

use crate::table::pounds;
use crate::{Cell, Kind, Table, WriteError};

/// The media type.
pub const MEDIA_TYPE: &str = "text/csv; charset=utf-8; header=present";

impl Table {
    /// The table as CSV. Words that a spreadsheet would take for a formula get an apostrophe
    /// in front (OWASP, 'CSV injection').
    ///
    /// # Errors
    /// [`WriteError`] where memory ends.
    pub fn to_csv(&self) -> Result<Vec<u8>, WriteError> {
        let mut out = Vec::with_capacity(64 * (self.rows.len() + self.notes.len() + 2));
        for note in std::iter::once(&self.title).chain(&self.notes) {
            out.extend_from_slice(b"# ");
            out.extend_from_slice(comment(note).as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        let mut writer = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .quote_style(QuoteStyle::Necessary)
            .flexible(true)
            .from_writer(&mut out);
        writer.write_record(self.columns.iter().map(|column| match column.kind {
            Kind::Percent => format!("{} (%)", safe(&column.name)),
            Kind::Money => format!("{} (£)", safe(&column.name)),
            _ => safe(&column.name),
        }))?;
        for row in &self.rows {
            let cells = self.columns.iter().enumerate();
            writer.write_record(
                cells.map(|(n, column)| text(row.get(n).unwrap_or(&Cell::Empty), column.kind)),
            )?;
        }
        writer.flush()?;
        drop(writer);
        Ok(out)
    }
}

/// A note on one line. It stands unquoted, so nothing after a comma in it may look like a formula.
fn comment(note: &str) -> String {
    let mut line = String::with_capacity(note.len());
    let mut new_cell = false;
    for letter in note.chars() {
        let letter = if letter.is_control() { ' ' } else { letter };
        if new_cell && is_formula(letter) {
            line.push('\'');
        }
        new_cell = matches!(letter, ',' | ';') || (new_cell && matches!(letter, ' ' | '"'));
        line.push(letter);
    }
    line
}

fn text(cell: &Cell, kind: Kind) -> String {
    match (cell, kind) {
        (Cell::Text(words), _) => safe(words),
        (Cell::Number(number), Kind::Decimal(digits)) if number.is_finite() => {
            format!("{number:.*}", usize::from(digits))
        }
        (Cell::Number(number), Kind::Percent) if number.is_finite() => {
            format!("{:.1}", number * 100.0)
        }
        (Cell::Number(number), Kind::Integer) if number.is_finite() => format!("{number:.0}"),
        (Cell::Number(number), _) if number.is_finite() => number.to_string(),
        (Cell::Empty | Cell::Number(_), _) => String::new(),
        (Cell::Integer(number), _) => number.to_string(),
        (Cell::Pence(pence), _) => pounds(*pence),
        (Cell::Date(day), _) => day.format("%Y-%m-%d").to_string(),
    }
}

fn is_formula(letter: char) -> bool {
    matches!(
        letter,
        '=' | '+' | '-' | '@' | '\t' | '\r' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}'
    )
}

/// Whether words get an apostrophe in front.
pub(crate) fn is_guarded(words: &str) -> bool {
    words.trim_start_matches(' ').starts_with(is_formula)
}

fn safe(words: &str) -> String {
    if is_guarded(words) {
        format!("'{words}")
    } else {
        words.to_owned()
    }
}
