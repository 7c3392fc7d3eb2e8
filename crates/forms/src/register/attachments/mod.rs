//! Files beside the answers: letters, plans, photographs.

mod pages;
pub mod store;

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{Routes, Rule};

use crate::Forms;

/// The largest file, in megabytes.
pub(crate) const MEGABYTES: u32 = 25;

/// The routes of files.
pub(crate) fn routes() -> Routes<Forms> {
    let change = Rule::Records(RecordAct::Change);
    let limit = (MEGABYTES as usize + 1) * 1_000_000;
    Routes::new()
        .post(
            "/registers/{key}/records/{reference}/attachments",
            change,
            pages::add.layer(DefaultBodyLimit::max(limit)),
        )
        .get(
            "/registers/{key}/records/{reference}/attachments/{file}",
            Rule::Records(RecordAct::See),
            pages::give,
        )
        .post(
            "/registers/{key}/records/{reference}/attachments/{file}/remove",
            change,
            pages::remove,
        )
}
