//! What residents say about a place: a comment or an offer of help, never a report. Somebody reads it
//! before anybody else does; whoever wrote it can take it back by the link that they were given.

mod model;
pub(super) mod pages;
pub(super) mod queue;
mod store;

pub(super) use store::{Said, said};
