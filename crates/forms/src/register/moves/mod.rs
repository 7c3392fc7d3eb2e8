//! Moves from state to state.

mod model;

pub use model::{may_move, unmet};
