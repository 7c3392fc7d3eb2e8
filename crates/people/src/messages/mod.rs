//! Messages to and from whoever reported (PE1, PE11): e-mail, text, letter, a note of a call, or the
//! tracking page alone.
//!
//! Everything goes through [`send()`], which keeps wishes about safe contact: the ways that somebody
//! agreed to, their hours, never a letter to a home that none may reach, nothing that tells who writes
//! where nobody else may learn it. What may not go out now waits. Words are [`templates`], subject
//! lines tell nothing, and what cannot be delivered comes back to the owner of the matter.

mod jobs;
pub mod merge;
mod model;
mod receive;
mod send;
mod store;
pub mod templates;
pub mod texts;

pub use jobs::{ACKNOWLEDGE, DELIVER, EVERY, acknowledge_job, acknowledge_later, deliver_job};
pub use model::{
    Channel, Choice, LONGEST, LONGEST_TEXT, Message, MessageId, Way, choose, takes_texts,
};
pub(crate) use receive::{files_received, receive};
pub(crate) use send::{LINK, deliver};
pub use send::{Outcome, Sender, ToSend, send};
pub(crate) use store::seen;
pub use store::{ToDo, load, of_report, to_do};
pub use templates::{content_kind, shipped};
