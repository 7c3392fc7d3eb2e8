//! E-mail to intake: a message that somebody sent becomes a report, its attachments evidence.
//!
//! A message is read with limits: its size, how many files it holds, how deep messages lie in messages. What
//! cannot be read is refused with its reason and leaves nothing behind. The same message twice makes one report.

mod pages;
mod parse;
mod take;
#[cfg(test)]
mod tests;

pub(super) use pages::{ask, receive};
pub use parse::{BYTES, Letter, MailError, parse};
pub use take::{Door, TakeError, Taken, take};
