//! Reports: told once, to anybody, by any door (PE1, PE2, K5).
//!
//! * [`rules`]: what a partnership decides: kinds, routing, clocks, hot words.
//! * [`prepare`]: a report as a door takes it becomes one that can be received: whose it is, by when,
//!   and what somebody must see now.
//! * [`receive()`]: receives it, in the caller's transaction, and alerts whom it must.

pub mod prepare;
mod receive;
pub mod rules;
mod state;
#[cfg(test)]
mod tests;

pub use prepare::Incoming;
pub use receive::{ALERT, agencies, alert_job, receive};
pub use rules::Rules;
pub use state::{People, Rulebook, content_kind, rules_of, shipped};
