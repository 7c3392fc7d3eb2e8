//! `/ranking`: places by count, rate, change, share and deprivation, and why in words.

mod model;
mod pages;
#[cfg(test)]
mod tests;
mod words;

use commonweal_access::policy::Action;
use commonweal_access::web::{Routes, Rule};

pub use model::{CONFIDENCE, Order, Ranked, Ranking, complete_places, rank};
pub(crate) use model::{code, population};
pub use words::{signed, why};

use crate::Places;

/// The routes of the ranking.
#[must_use]
pub fn routes() -> Routes<Places> {
    Routes::new().get("/ranking", Rule::May(Action::SeeIncidents), pages::ranking)
}
