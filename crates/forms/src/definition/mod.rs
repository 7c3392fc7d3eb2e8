//! Definitions: what a partnership writes in a TOML file, checked.

mod expression;
mod model;
mod words;

pub use expression::Expression;
pub use model::*;
pub use words::{Template, UnclosedBrace, Words};
