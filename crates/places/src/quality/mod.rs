//! `/data-quality`: how complete and how good each source's months are.

mod model;
mod pages;
#[cfg(test)]
mod tests;

use commonweal_access::policy::Action;
use commonweal_access::web::{Routes, Rule};

pub use model::{MonthQuality, SourceQuality, quality};

use crate::Places;

/// The routes of data quality.
#[must_use]
pub fn routes() -> Routes<Places> {
    Routes::new().get(
        "/data-quality",
        Rule::May(Action::SeeDataQuality),
        pages::quality_page,
    )
}
