//! Subscriptions by e-mail: asked for on a page, confirmed by a link, ended by one click.
//!
//! An address lies apart from what it subscribed to and goes, with every mail to it, when the
//! subscription ends. It is in no web address and no log. An area asks with [`ask`], finds with
//! [`due`] whom to tell, and tells them with [`tell`] in its own transaction.

mod flood;
mod pages;
mod store;
#[cfg(test)]
mod tests;

pub use flood::{Limit, within};
pub use pages::{one_click, routes};
pub use store::{Asked, Due, Subject, ask, confirm, due, end, find, nothing_new, sweep, tell};
