//! Moves from state to state.

mod model;

pub use model::unmet;
