//! A table and what it is about.

use chrono::NaiveDate;

/// A table with what a reader must know to use it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// Filter, period, source, licence, whether the data are made up, when it was made: one
    /// sentence each.
    pub notes: Vec<String>,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows; a row that is too short ends in empty cells.
    pub rows: Vec<Vec<Cell>>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub name: String,
    /// What its cells hold.
    pub kind: Kind,
}

impl Column {
    /// A column.
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            kind,
        }
    }
}

/// What the cells of a column hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers with so many decimals.
    Decimal(u8),
    /// Shares: cells hold 0.125 for 12.5 %. CSV shows 12.5 under a heading with '(%)'.
    Percent,
    /// Days.
    Date,
    /// Pounds. CSV shows 12.50 under a heading with '(£)'.
    Money,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    /// Not known. Never zero.
    #[default]
    Empty,
    /// Words.
    Text(String),
    /// A number; shown as its column says. One that is not finite is not known.
    Number(f64),
    /// A whole number.
    Integer(i64),
    /// A day.
    Date(NaiveDate),
    /// Money, in pence; shown in pounds.
    Pence(i64),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<u32> for Cell {
    fn from(number: u32) -> Self {
        Self::Integer(i64::from(number))
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<NaiveDate> for Cell {
    fn from(day: NaiveDate) -> Self {
        Self::Date(day)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The CSV writer.
    #[error("the CSV file could not be written: {0}")]
    Csv(#[from] csv::Error),
    /// The archive of an ODS file.
    #[error("the ODS file could not be written: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// The XLSX writer.
    #[error("the XLSX file could not be written: {0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// Writing itself.
    #[error("the file could not be written: {0}")]
    Io(#[from] std::io::Error),
}

/// Pence in pounds, exactly: `-1.05`.
pub(crate) fn pounds(pence: i64) -> String {
    let sign = if pence < 0 { "-" } else { "" };
    let whole = pence.unsigned_abs();
    format!("{sign}{}.{:02}", whole / 100, whole % 100)
}
