//! Moves from state to state, and handing a record over.

mod conflict;
mod fields;
mod hand_over;
mod model;
mod pages;

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{Routes, Rule};

pub use model::{before, may_move, unmet};

use crate::Forms;

/// The routes of moves.
pub(crate) fn routes() -> Routes<Forms> {
    let change = Rule::Records(RecordAct::Change);
    Routes::new()
        .get(
            "/registers/{key}/records/{reference}/moves/{move}",
            change,
            pages::ask,
        )
        .post(
            "/registers/{key}/records/{reference}/moves/{move}",
            change,
            pages::make.layer(DefaultBodyLimit::disable()),
        )
        .get(
            "/registers/{key}/records/{reference}/hand-over",
            change,
            hand_over::ask,
        )
        .post(
            "/registers/{key}/records/{reference}/hand-over",
            change,
            hand_over::make,
        )
}
