//! Files that leave or enter: tables as CSV, ODS and XLSX ([`Table`]), what people send as a
//! spreadsheet ([`spreadsheet`]), accessible PDF ([`pdf`]), calendars ([`calendar`]) and feeds ([`feed`]). Only this crate
//! names the libraries behind them.
//!
//! A table carries where its figures come from, so that a file found a year later still explains
//! itself, and comes back in as it went out:
//!
//! ```
//! use commonweal_documents::{Cell, Column, Kind, Table, spreadsheet};
//! let table = Table {
//!     title: "Incidents by area".into(),
//!     notes: vec!["Filter: anti-social behaviour, January 2025".into()],
//!     columns: vec![Column::new("Area", Kind::Text), Column::new("Incidents", Kind::Integer)],
//!     rows: vec![vec![Cell::from("County Durham 025A"), Cell::from(12_i64)]],
//! };
//! let csv = String::from_utf8(table.to_csv()?)?;
//! assert!(csv.starts_with("# Incidents by area\r\n# Filter: "));
//! assert!(csv.ends_with("Area,Incidents\r\nCounty Durham 025A,12\r\n"));
//! for file in [csv.into_bytes(), table.to_ods()?, table.to_xlsx()?] {
//!     let sheet = spreadsheet::read(&file, "incidents")?;
//!     assert_eq!(sheet.headings, ["Area", "Incidents"]);
//!     assert_eq!(sheet.rows[0].cells, ["County Durham 025A", "12"]);
//! }
//! let wrong = spreadsheet::read(b"Area,Area\n1,2\n", "incidents.csv").unwrap_err();
//! assert!(wrong.to_string().starts_with("Columns A and B both have the heading"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod calendar;
mod comma;
pub mod feed;
mod open;
pub mod pdf;
pub mod spreadsheet;
mod table;
#[cfg(test)]
mod tests;
mod xlsx;

pub use comma::MEDIA_TYPE as CSV;
pub use open::MEDIA_TYPE as ODS;
pub use table::{Cell, Column, Kind, Table, WriteError};
pub use xlsx::MEDIA_TYPE as XLSX;
