//! Asking people to answer: by e-mail, through a person's safe ways of contact, or by letter. Each
//! has a link of their own that works once, until a day; one reminder; and who answered is counted,
//! by the point in time at which they were asked. Where a form is anonymous nothing leads from the
//! answers back to the invitation.

mod asked;
pub(crate) mod pages;
mod sending;
pub mod store;

pub(super) use asked::{ask, begin, paper};
pub(super) use pages::{list, make, remind};
pub use sending::{invite, reminders};
