//! Tracking: what somebody who reported can see and do (PE1, PE11).

mod links;

pub use links::make_link;
