//! Records of forms and registers: their store, lists, pages, moves and dates.
//!
//! [`store`] is the only writer: each write is one transaction with its events, audit, index,
//! dates and search. [`visible`] says what of a record somebody may see; everything that shows,
//! exports or sends answers asks it.

pub mod dues;
pub mod moves;
pub mod store;
mod visible;

pub use visible::{Visible, log_read, visible, visible_to};
