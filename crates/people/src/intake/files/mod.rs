//! Partners' files: each row a report, by a profile that says which column is what.
//!
//! A file is taken whole or not at all. Each report is known by the profile and the partner's own reference,
//! so that a file that comes again, or overlaps with the one before, makes nothing twice.

pub mod inbox;
mod pages;
mod profile;
mod rows;
mod run;
#[cfg(test)]
mod tests;

pub(super) use pages::{ask, receive};
pub use profile::Profile;
pub use rows::Reject;
pub use run::{BYTES, ImportError, Outcome, import, profile, profiles};
