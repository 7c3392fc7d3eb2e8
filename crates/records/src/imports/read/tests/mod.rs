//! What the readers promise: each kind of bad input gets its own clear message, and real files
//! give exactly what they hold.

mod archives;
mod bad_text;
mod fuzz;
mod mapped;
mod real_data;
mod street;

use std::path::PathBuf;

use chrono::NaiveDate;

use super::police_uk::{StreetCounts, StreetReader};
use super::{ReadError, Reject, Step};

/// The day on which these tests take place.
pub(super) fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 15).unwrap()
}

pub(super) const HEADER: &str = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,Last outcome category,Context";

/// A street file of these lines below the right header.
pub(super) fn street_file(lines: &[&str]) -> String {
    let mut text = HEADER.to_owned();
    for line in lines {
        text.push('\n');
        text.push_str(line);
    }
    text.push('\n');
    text
}

/// Reads a street file to its end.
pub(super) fn read_street(
    name: &str,
    bytes: &[u8],
) -> Result<(StreetCounts, Vec<Reject>), ReadError> {
    let mut reader = StreetReader::open(name, bytes, today())?;
    let mut rejects = Vec::new();
    while let Some(step) = reader.next_row()? {
        if let Step::Reject(reject) = step {
            rejects.push(reject);
        }
    }
    Ok((reader.counts().clone(), rejects))
}

/// The shared real data, if it is there; otherwise says that the test is skipped.
#[expect(
    clippy::disallowed_methods,
    reason = "tests alone look for the shared data, and core's configuration does not know it"
)]
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("COMMONWEAL_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let found = root.join("data").join(path);
    if found.exists() {
        return Some(found);
    }
    eprintln!("skipped: {} is not there", found.display());
    None
}
