//! Filling in: one engine of GOV.UK pages for every form and register.
//!
//! A start page, a page for each question or section, the check of the answers, the confirmation;
//! drafts that are kept at every page; changing a record by the same pages; invitations. Nothing
//! here needs JavaScript.
//!
//! | route | who |
//! |---|---|
//! | `GET`, `POST /forms/{key}` | whoever the definition's audience names |
//! | `GET`, `POST /forms/{key}/drafts/{draft}/{page}`, `…/check`, `…/sent`, `…/later`, `…/files/{file}` | whose draft it is |
//! | `GET /forms/drafts`, `POST /forms/drafts/{draft}/delete` | whoever is signed in, their own |
//! | `GET`, `POST /forms/resume/{secret}`, `/forms/invited/{secret}` | whoever has the link |
//! | `GET`, `POST /registers/{key}/records/{reference}/edit/{page}`, `…/check` | whoever may change the record |
//! | `GET /registers/{key}/records/{reference}/files/{file}` | whoever may see the answer |
//! | `GET`, `POST /registers/{key}/invitations`, `…/remind`, `…/{invitation}/paper` | whoever may add records |
//!
//! * [`walk`]: the steps and what each shows. `fields`: questions as components. `read`: a sent
//!   page as answers. `step`: one page. `check`: the end. `edit`: changing a record.
//! * [`embedded`]: journeys that begin and end on an area's own pages.
//! * [`drafts`]: their store. `journey`: whose they are. `uploads`: files. `places`,
//!   `lookups`: what is looked up.

mod around;
mod check;
mod composed;
pub mod drafts;
mod edit;
pub mod embedded;
mod exif;
mod field;
pub(crate) mod fields;
pub mod invitations;
mod journey;
mod keep;
mod later;
pub(crate) mod lookups;
mod message;
pub(crate) mod mine;
mod needs;
pub(crate) mod places;
mod read;
pub(crate) mod rows;
mod start;
mod step;
#[cfg(test)]
mod tests;
mod uploads;
pub mod walk;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::handler::Handler as _;
use axum::response::Response;
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{Address, PageError, Path, Query, Routes, Rule, Visit};
use commonweal_core::jobs::{JobError, JobKind};
use commonweal_core::{DbError, upkeep};
use serde::Deserialize;
use uuid::Uuid;

pub(crate) use journey::must_begin;
pub use mine::home_link;
pub use places::{Meant, meant};

use crate::Forms;

/// The recurring job of this slice.
pub const UPKEEP: &str = "forms.upkeep";

/// Where a page leads back to.
#[derive(Debug, Default, Deserialize)]
struct To {
    /// `check`, where somebody changes one answer.
    #[serde(default)]
    to: String,
}

/// The routes.
#[must_use]
pub fn routes() -> Routes<Forms> {
    let anybody = Rule::Public;
    let add = Rule::Records(RecordAct::Add);
    let change = Rule::Records(RecordAct::Change);
    Routes::new()
        .get("/forms/drafts", Rule::SignedIn, mine::list)
        .post("/forms/drafts/{draft}/delete", Rule::SignedIn, mine::delete)
        .get("/forms/resume/{secret}", anybody, later::ask)
        .post("/forms/resume/{secret}", anybody, later::resume)
        .get("/forms/invited/{secret}", anybody, invitations::ask)
        .post("/forms/invited/{secret}", anybody, invitations::begin)
        .get("/forms/{key}", anybody, start::page)
        .post("/forms/{key}", anybody, start::begin)
        .get("/forms/{key}/drafts/{draft}/check", anybody, check::page)
        .post("/forms/{key}/drafts/{draft}/check", anybody, check::send)
        .get("/forms/{key}/drafts/{draft}/sent", anybody, check::sent)
        .post("/forms/{key}/drafts/{draft}/later", anybody, later::mail)
        .get(
            "/forms/{key}/drafts/{draft}/files/{file}",
            anybody,
            draft_file,
        )
        .get("/forms/{key}/drafts/{draft}/{page}", anybody, page)
        // How much may come is counted as it comes, with a message at the field.
        .post(
            "/forms/{key}/drafts/{draft}/{page}",
            anybody,
            receive.layer(DefaultBodyLimit::disable()),
        )
        .get("/registers/{key}/new", anybody, start::from_register)
        .get(
            "/registers/{key}/records/{reference}/edit",
            change,
            edit::first,
        )
        .get(
            "/registers/{key}/records/{reference}/edit/check",
            change,
            edit::check,
        )
        .post(
            "/registers/{key}/records/{reference}/edit/check",
            change,
            edit::save,
        )
        .get(
            "/registers/{key}/records/{reference}/edit/files/{file}",
            change,
            edit::file,
        )
        .get(
            "/registers/{key}/records/{reference}/edit/{page}",
            change,
            edit::page,
        )
        .post(
            "/registers/{key}/records/{reference}/edit/{page}",
            change,
            edit::receive.layer(DefaultBodyLimit::disable()),
        )
        .get(
            "/registers/{key}/records/{reference}/files/{file}",
            Rule::Records(RecordAct::See),
            edit::record_file,
        )
        .get("/registers/{key}/invitations", add, invitations::list)
        .post("/registers/{key}/invitations", add, invitations::make)
        .post(
            "/registers/{key}/invitations/remind",
            add,
            invitations::remind,
        )
        .post(
            "/registers/{key}/invitations/{invitation}/paper",
            add,
            invitations::paper,
        )
}

/// `GET /forms/{key}/drafts/{draft}/{page}`.
async fn page(
    State(forms): State<Forms>,
    visit: Visit,
    Path((key, draft, page)): Path<(String, Uuid, String)>,
    Query(to): Query<To>,
) -> Result<Response, PageError> {
    let journey = journey::open(&forms, &visit, &key, draft).await?;
    step::show(&forms, &visit, &journey, &page, &to.to).await
}

/// `POST /forms/{key}/drafts/{draft}/{page}`.
async fn receive(
    State(forms): State<Forms>,
    visit: Visit,
    address: Address,
    Path((key, draft, page)): Path<(String, Uuid, String)>,
    Query(to): Query<To>,
    request: Request,
) -> Result<Response, PageError> {
    let journey = journey::open(&forms, &visit, &key, draft).await?;
    step::receive(&forms, &visit, journey, (&page, &to.to), &address, request).await
}

/// `GET /forms/{key}/drafts/{draft}/files/{file}`.
async fn draft_file(
    State(forms): State<Forms>,
    visit: Visit,
    Path((key, draft, file)): Path<(String, Uuid, Uuid)>,
) -> Result<Response, PageError> {
    let journey = journey::open(&forms, &visit, &key, draft).await?;
    step::file(&forms, &journey, file).await
}

/// The job that removes drafts whose time is over, and forgets to whom ended invitations went; put
/// it down with `jobs::every(tx, filling::UPKEEP, …)`, once an hour.
#[must_use]
pub fn job() -> JobKind {
    JobKind::new(
        UPKEEP,
        "Remove old drafts and forget who was invited",
        |context| async move {
            let today = context.clock.today();
            let (drafts, invitations) = upkeep!(&context.db, &context.clock, |tx| {
                let drafts = drafts::sweep(tx).await?;
                let invitations = invitations::store::forget(tx, today).await?;
                Ok::<_, DbError>((drafts, invitations))
            })
            .await?;
            tracing::info!(drafts, invitations, "forms: removed what is over");
            Ok::<_, JobError>(())
        },
    )
}
