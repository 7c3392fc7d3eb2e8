//! The 'go to' directory (PE15): services, organisations, locations and opening hours, kept by those
//! who know them, found by everybody in plain words.
//!
//! * [`model`]: entries in the shape of the Open Referral UK standard, hours, needs, the search.
//! * [`public`] and [`leaflet`]: `/go-to`, without a sign-in and without a script.
//! * [`staff`]: `/directory`, where entries are kept, assured and archived; [`keeping`] reminds.
//! * [`open_referral`]: the standard's interface; [`mod@import`]: taking in another directory's.

pub mod import;
pub mod keeping;
pub mod leaflet;
pub mod model;
pub mod open_referral;
pub mod public;
pub mod staff;
pub mod state;
pub mod store;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
pub(crate) mod tests_support;

use commonweal_access::web::Routes;

pub use state::GoTo;

/// Every route of the directory.
#[must_use]
pub fn routes(state: &GoTo) -> Routes<()> {
    Routes::new()
        .merge(public::routes())
        .merge(leaflet::routes())
        .merge(open_referral::routes())
        .merge(staff::routes())
        .merge(import::pages::routes())
        .with_state(state.clone())
}
