//! Incidents straight from police.uk files, without a database.

use std::path::PathBuf;

use chrono::NaiveDate;
use commonweal_records::Month;
use commonweal_records::imports::read::Step;
use commonweal_records::imports::read::police_uk::StreetReader;
use commonweal_records::imports::read::source::{Limits, Wanted, plan};

use super::HotSpotError;
use crate::cube::Kind;

/// Where each incident of the files happened, by month; none where no place was published.
#[derive(Debug, Default)]
pub struct Points {
    /// Month and point of each incident that fits.
    pub points: Vec<(Month, Option<(f64, f64)>)>,
    /// Rows that could not be read.
    pub rejected: u64,
    /// Files read.
    pub files: usize,
}

/// Reads the incidents of a kind from street files (`.csv`, `.csv.gz`, folders, the monthly `.zip`).
///
/// # Errors
/// [`HotSpotError`] with the file and what is wrong with it.
pub fn points_of_files(
    paths: &[PathBuf],
    kind: &Kind,
    today: NaiveDate,
) -> Result<Points, HotSpotError> {
    let refuse =
        |error: commonweal_records::imports::read::ReadError| HotSpotError::new(error.to_string());
    let plan = plan(paths, Wanted::PoliceStreet, &Limits::default()).map_err(refuse)?;
    let mut points = Points {
        files: plan.sources.len(),
        ..Points::default()
    };
    for source in &plan.sources {
        let input = source.open().map_err(refuse)?;
        let mut reader = StreetReader::open(&source.name, input.reader, today).map_err(refuse)?;
        while let Some(step) = reader.next_row().map_err(refuse)? {
            match step {
                Step::Reject(_) => points.rejected += 1,
                Step::Row(row) => {
                    let wanted = match kind {
                        Kind::Asb => row.is_asb(),
                        Kind::All => true,
                        Kind::Category(code) => {
                            row.category.is_some_and(|category| category.code == code)
                        }
                    };
                    if wanted {
                        points.points.push((row.month, row.point));
                    }
                }
            }
        }
    }
    Ok(points)
}
