//! People: who tells us, what becomes of it, and whom somebody can go to.
//!
//! * [`reporting`]: what every door of a report shares: rules, routing, clocks, receiving.
//! * [`directory`]: services, organisations and their places and hours; public search, printed
//!   leaflets, the Open Referral UK interface and its import.

pub mod directory;
pub mod reporting;
