//! Messages to and from whoever reported (PE1, PE11): e-mail, text, letter, a note of a call, or the
//! tracking page alone.
//!
//! Everything goes through [`send()`], which keeps wishes about safe contact: the ways that somebody
//! agreed to, their hours, never a letter to a home that none may reach, nothing that tells who writes
//! where nobody else may learn it. What may not go out now waits. Words are [`templates`], subject
//! lines tell nothing, and what cannot be delivered comes back to the owner of the matter.
//!
//! | route | rule |
//! |---|---|
//! | `GET /matters/{matter}/messages`, `…/{report}`, `…/{report}/files/{file}` | see reports |
//! | `POST /matters/{matter}/messages/switch`, `…/release`, `…/lines/{line}/withdraw` | work on reports |
//! | `POST /matters/{matter}/messages/{report}`, `…/call`, `…/code`, `…/{message}/handled` | work on reports |
//! | `GET /matters/{matter}/messages/{report}/{message}/letter` | work on reports |
//!
//! Who a confidential reporter is, only those see who may; others write without knowing.

mod home;
mod jobs;
pub mod merge;
mod model;
mod pages;
mod receive;
mod send;
mod store;
pub mod templates;
#[cfg(test)]
mod tests;
pub mod texts;

use commonweal_access::web::{App, Routes};
use commonweal_core::jobs::JobKind;

use crate::reporting::People;

pub use home::{Panel, home_card, panel};
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

/// The routes of staff.
#[must_use]
pub fn routes(people: &People) -> Routes<()> {
    pages::routes().with_state(people.clone())
}

/// Work in the background. [`DELIVER`] recurs: `jobs::every(tx, DELIVER, EVERY)`.
#[must_use]
pub fn jobs(app: &App, texts: texts::Texts) -> Vec<JobKind> {
    let sender = Sender::of(app);
    vec![
        acknowledge_job(&sender),
        deliver_job(&sender),
        texts::job(texts),
    ]
}
