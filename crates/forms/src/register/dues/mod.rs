//! Dates by which something is to be done: worked out from the definition whenever a record is
//! written, reminded of by mail, shown on the home page of whoever owns the record.

mod model;
mod remind;

pub use model::{after, wanted};
pub use remind::{REMIND, job};
