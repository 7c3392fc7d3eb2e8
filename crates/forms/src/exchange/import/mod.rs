//! Tables that come in: sent, matched with the questions, looked at, confirmed.
//!
//! Nothing is written before somebody confirms exactly what was shown: the confirmation carries the
//! hash of the plan, the plan is worked out again in the transaction that writes, and another plan
//! is shown again instead of written. A file goes in as a whole or not at all, and the same file
//! again changes nothing. Until then it lies in the table `form_imports`, so that any copy of the
//! application can go on with it, for two days at most.

pub(crate) mod model;
mod pages;
mod store;

#[cfg(test)]
mod tests;

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{Routes, Rule};

use crate::Forms;

pub(super) fn routes() -> Routes<Forms> {
    let manage = Rule::Records(RecordAct::Manage);
    // The form around the file takes some bytes too.
    let limit = DefaultBodyLimit::max(pages::LARGEST + 100_000);
    Routes::new()
        .get("/registers/{key}/import", manage, pages::start)
        .post(
            "/registers/{key}/import",
            manage,
            pages::receive.layer(limit),
        )
        .get(
            "/registers/{key}/import/template.csv",
            manage,
            pages::template_csv,
        )
        .get(
            "/registers/{key}/import/template.ods",
            manage,
            pages::template_ods,
        )
        .get(
            "/registers/{key}/import/template.xlsx",
            manage,
            pages::template_xlsx,
        )
        .get("/registers/{key}/import/{id}", manage, pages::ask_matching)
        .post("/registers/{key}/import/{id}", manage, pages::set_matching)
        .get(
            "/registers/{key}/import/{id}/preview",
            manage,
            pages::preview,
        )
        .post(
            "/registers/{key}/import/{id}/confirm",
            manage,
            pages::confirm,
        )
        .post("/registers/{key}/import/{id}/drop", manage, pages::drop_it)
}
