//! People: who tells us, what becomes of it, and whom somebody can go to.
//!
//! * [`reporting`]: what every door of a report shares: rules, routing, clocks, receiving.
//! * [`tracking`]: what whoever reported can follow and do, by a private link.
//! * [`directory`]: services, organisations and their places and hours; public search, printed
//!   leaflets, the Open Referral UK interface and its import.

pub mod directory;
pub mod reporting;
pub mod tracking;
