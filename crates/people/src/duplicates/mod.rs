//! Matters that may be about the same thing as a report, with reasons in plain words (PE2).
//!
//! * [`rules`]: weights and threshold, which are content.
//! * [`model`]: what is compared, and what was found.
//! * `score`: how alike two are, and why.
//! * `store`: which reports come into question: near by and not long ago, or from the same person.
//!
//! Nothing is joined by itself; what was found is shown to whoever decides. Only matters within the
//! viewer's scope are looked at, and a confidential or anonymous reporter is never compared, since 'the
//! same person told us' would say who it was. How well it works: `docs/methods/duplicates.md`.

pub mod model;
pub mod rules;
mod score;
mod store;
#[cfg(test)]
mod tests;

pub use model::{Likely, Subject, Times};
pub use rules::{Rules, content_kind, shipped};
pub use store::{likely, subject};
