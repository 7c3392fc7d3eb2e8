//! Tables as files that people open in a spreadsheet: CSV and ODS, each with where its figures
//! come from, so that a file found a year later still explains itself.
//!
//! ```
//! use commonweal_documents::{Cell, Column, Kind, Table};
//! let table = Table {
//!     title: "Incidents by area".into(),
//!     notes: vec!["Filter: anti-social behaviour, January 2025".into()],
//!     columns: vec![Column::new("Area", Kind::Text), Column::new("Incidents", Kind::Integer)],
//!     rows: vec![vec![Cell::from("County Durham 025A"), Cell::from(12_i64)]],
//! };
//! let csv = String::from_utf8(table.to_csv()?)?;
//! assert!(csv.starts_with("# Incidents by area\r\n# Filter: "));
//! assert!(csv.ends_with("Area,Incidents\r\nCounty Durham 025A,12\r\n"));
//! assert!(!table.to_ods()?.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod comma;
mod open;
mod table;
#[cfg(test)]
mod tests;

pub use comma::MEDIA_TYPE as CSV;
pub use open::MEDIA_TYPE as ODS;
pub use table::{Cell, Column, Kind, Table, WriteError};
