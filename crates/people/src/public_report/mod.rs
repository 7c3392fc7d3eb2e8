//! The public report (PE1, PE2): told once, by anybody, with or without a name.
//!
//! | route | who |
//! |---|---|
//! | `GET`, `POST /report` | anybody |
//! | `GET /report/sent/{draft}`, `POST …/link`, `POST …/more` | whoever sent it, for a day |
//! | `GET /report/more/{draft}` | whoever sent it |
//! | `GET`, `POST /report/person` | anybody: somebody calls back |
//! | `GET`, `POST /report/tell-us`, `GET /report/told` | anybody |
//!
//! Questions are definitions of the forms engine (`data/forms/report.toml`, `report-more.toml`,
//! `tell-us-what-you-know.toml`), its pages lie under `/forms/…/drafts/…`. What is sent becomes a report
//! in the same transaction ([`workflows`]).
//!
//! * `told`: answers by their binds. `workflow`: what becomes of them. `areas`: whether a place is ours,
//!   and whose it is. `guard`: floods. `sent`: the confirmation. `support`: services near.

mod areas;
mod guard;
mod person;
mod sent;
mod start;
mod state;
mod support;
mod tell;
mod told;
mod words;
mod workflow;

#[cfg(test)]
mod tests;

use commonweal_access::web::{Routes, Rule};
use commonweal_core::jobs::JobKind;
use commonweal_core::{DbError, upkeep};
use commonweal_forms::Workflow;

pub use guard::Limits;
pub use state::PublicReport;
pub use told::{Fact, facts};

/// The definition of the report.
pub const REPORT: &str = "report";
/// The definition of what is added to it.
pub const MORE: &str = "report-more";
/// The definition of what somebody knows.
pub const TELL: &str = "tell-us-what-you-know";

/// The job that forgets from where reports came.
pub const SWEEP: &str = "report.sweep";

/// The routes.
#[must_use]
pub fn routes(state: &PublicReport) -> Routes<()> {
    let anybody = Rule::Public;
    Routes::new()
        .get("/report", anybody, start::page)
        .post("/report", anybody, start::begin)
        .get("/report/sent/{draft}", anybody, sent::page)
        .post("/report/sent/{draft}/link", anybody, sent::link)
        .post("/report/sent/{draft}/more", anybody, sent::more)
        .get("/report/more/{draft}", anybody, sent::added)
        .get("/report/person", anybody, person::page)
        .post("/report/person", anybody, person::ask)
        .get("/report/tell-us", anybody, tell::page)
        .post("/report/tell-us", anybody, tell::begin)
        .get("/report/told", anybody, tell::told)
        .with_state(state.clone())
}

/// What becomes of these forms when they are sent.
#[must_use]
pub fn workflows() -> Vec<Workflow> {
    workflow::all()
}

/// The recurring job; put it down with `jobs::every(tx, public_report::SWEEP, …)`, once an hour.
#[must_use]
pub fn job() -> JobKind {
    JobKind::new(
        SWEEP,
        "Forget from where reports came",
        |context| async move {
            upkeep!(&context.db, &context.clock, |tx| {
                guard::sweep(tx).await?;
                Ok::<_, DbError>(())
            })
            .await?;
            Ok(())
        },
    )
}
