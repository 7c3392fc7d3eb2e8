//! `/trend`: months with control limits (XmR) and signals named by rule. A missing month is
//! missing, never zero.

mod model;
mod pages;
#[cfg(test)]
mod tests;

use commonweal_access::policy::Action;
use commonweal_access::web::{Routes, Rule};

pub use model::{Trend, TrendMonth, trend};

use crate::Places;

/// The routes of the trend.
#[must_use]
pub fn routes() -> Routes<Places> {
    Routes::new().get("/trend", Rule::May(Action::SeeIncidents), pages::trend_page)
}
