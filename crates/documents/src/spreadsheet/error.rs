//! Why a file could not be read, in words for the person who sent it.

use std::fmt;

use super::column_letters;

/// A cell in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The row; the first is 1.
    pub row: u64,
    /// The column; the first is 0 and shown as `A`.
    pub column: usize,
}

impl Place {
    pub(super) const fn new(row: u64, column: usize) -> Self {
        Self { row, column }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "row {}, column {}",
            self.row,
            column_letters(self.column)
        )
    }
}

/// Why a file could not be read. Each says what is wrong, where, and what to do; none holds
/// words from a cell but headings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Nothing in it.
    #[error("The file is empty. It must have a row of headings and rows below them.")]
    Empty,
    /// Another kind of file.
    #[error(
        "The file is {what}, not a table. Save the table as CSV, ODS or XLSX and choose that file."
    )]
    NotATable {
        /// What it is.
        what: &'static str,
    },
    /// Excel before 2007, or XLSX under a password, which look the same.
    #[error(
        "The file is an old Excel file (.xls) or is protected by a password. Open it, save it as XLSX, ODS or CSV without a password and choose that file."
    )]
    OldExcel,
    /// ODS under a password.
    #[error(
        "The file is protected by a password. Open it, save it without one and choose that file."
    )]
    Protected,
    /// Too many bytes.
    #[error(
        "The file must be smaller than {megabytes} MB. Take out pictures and other sheets, or split it into several files."
    )]
    TooLarge {
        /// The limit.
        megabytes: usize,
    },
    /// It unpacks to far more than a table would.
    #[error(
        "The file unpacks to more than can be read. Save only the sheet that you need as CSV and choose that file."
    )]
    Unpacks,
    /// All words together are too many.
    #[error("The table holds too much text to be read at once. Split it into several files.")]
    TooMuch,
    /// Cut short or not what it says it is.
    #[error(
        "The file is damaged and can't be read. Open it in your spreadsheet program, save it again as CSV, ODS or XLSX and choose that file."
    )]
    Damaged,
    /// Too many rows.
    #[error("The table has more than {limit} rows. Split it into several files.")]
    TooManyRows {
        /// The limit.
        limit: usize,
    },
    /// Too many columns.
    #[error("Row {row} has more than {limit} columns. Take out the columns that you do not need.")]
    TooManyColumns {
        /// The first such row.
        row: u64,
        /// The limit.
        limit: usize,
    },
    /// A cell is too long.
    #[error("The cell in {place} has more than {limit} letters. Shorten it.")]
    CellTooLong {
        /// Where.
        place: Place,
        /// The limit.
        limit: usize,
    },
    /// A quotation mark that opens a cell has no partner.
    #[error(
        "The cell in {place} begins with a quotation mark that is never closed. Close it, or take it out."
    )]
    Unclosed {
        /// Where it opens.
        place: Place,
    },
    /// A value stands in a column that has no heading.
    #[error(
        "There is a value in {place}, but that column has no heading in row {heading_row}. Give the column a heading or clear the cell."
    )]
    NoHeading {
        /// Where.
        place: Place,
        /// Where the headings are.
        heading_row: u64,
    },
    /// Two columns have one heading.
    #[error(
        "Columns {first} and {second} both have the heading \u{201c}{name}\u{201d} in row {row}. Rename one of them or take it out."
    )]
    SameHeading {
        /// The row of headings.
        row: u64,
        /// The first column.
        first: String,
        /// The second.
        second: String,
        /// The heading.
        name: String,
    },
    /// A formula failed.
    #[error(
        "The formula in {place} gives the error {error}. Correct the formula or type the value."
    )]
    Formula {
        /// Where.
        place: Place,
        /// What the spreadsheet shows.
        error: &'static str,
    },
}
