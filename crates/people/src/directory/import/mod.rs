//! Import from another Open Referral feed: all or nothing, the same feed again changes nothing, what
//! was changed here is never overwritten unasked, and what is wrong is named by its place in the JSON.

mod check;
pub mod feed;
mod merge;
pub mod pages;
pub mod run;
#[cfg(test)]
mod tests;

pub use feed::{Document, Reject};
pub use run::{Options, Report, import};
