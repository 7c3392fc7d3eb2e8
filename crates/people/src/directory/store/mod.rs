//! The directory in the database.

pub mod entries;
pub mod places;
pub mod searches;

pub use entries::{New, add, all, assure, change, find, published, set_state};
