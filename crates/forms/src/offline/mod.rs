//! Street audits and door knocks without a signal.
//!
//! `GET /offline` is a page without personal data that a service worker (`GET /sw.js`) keeps on the
//! device. Its script asks the questions of the definitions with `offline = true`, which it has from
//! `GET /offline/definitions.json`, and keeps answers and photographs encrypted on the device until
//! they are delivered: photographs to `POST /offline/files`, then the answers to
//! `POST /offline/deliveries`. The answer holds the hash of what arrived, which the script compares
//! and asks for once more (`GET /offline/deliveries/{delivery}`) before it lets go of its own copy.
//!
//! - `deliveries`: what is sent, checked as any form is, written once however often it arrives.
//! - `files`: photographs before the record that they belong to.
//! - `model`: definitions as the script reads them.
//! - `shell`: the page and its service worker.

mod catalogue;
mod deliveries;
mod files;
mod model;
mod resolve;
mod shell;
#[cfg(test)]
mod tests;

use axum::body::{Body, to_bytes};
use axum::extract::{DefaultBodyLimit, Request};
use axum::handler::Handler as _;
use axum::response::{IntoResponse as _, Response};
use chrono::Duration;
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{PageError, Routes, Rule};
use commonweal_core::jobs::{JobError, JobKind};
use commonweal_core::{DbError, args, sql, upkeep};
use commonweal_records::ports::HomeLink;
use http::{HeaderValue, StatusCode, header};
use serde_json::Value as Json;

use crate::Forms;

/// The name of the job that forgets old deliveries and photographs that never got a record.
pub const UPKEEP: &str = "forms.offline";

/// The largest delivery without its photographs, in bytes.
const LARGEST: usize = 1 << 20;

/// The routes.
pub fn routes() -> Routes<Forms> {
    let add = Rule::Records(RecordAct::Add);
    Routes::new()
        .get("/offline", add, shell::page)
        // A browser that asks for it after signing out keeps the one that it has.
        .get("/sw.js", add, shell::worker)
        .get("/offline/definitions.json", add, catalogue::definitions)
        .get("/offline/session.json", add, catalogue::session)
        .post(
            "/offline/files",
            add,
            // How much may come is counted as it comes.
            files::receive.layer(DefaultBodyLimit::disable()),
        )
        .post("/offline/deliveries", add, deliveries::receive)
        .get("/offline/deliveries/{delivery}", add, deliveries::confirm)
}

/// The link on the home page.
#[must_use]
pub fn home_link() -> HomeLink {
    HomeLink {
        group: "Forms and registers",
        title: "Work without a signal",
        hint: "Street audits and door knocks on a phone, sent when there is a signal again",
        href: "/offline",
        rule: Rule::Records(RecordAct::Add),
    }
}

/// The job that forgets deliveries after 400 days and removes photographs whose record did not
/// follow within 60; put it down with `jobs::every(tx, offline::UPKEEP, …)`, once a day.
#[must_use]
pub fn job() -> JobKind {
    JobKind::new(
        UPKEEP,
        "Forget old deliveries from devices",
        |context| async move {
            let now = context.clock.now();
            let (old, stray) = (now - Duration::days(400), now - Duration::days(60));
            upkeep!(&context.db, &context.clock, |tx| {
                tx.run(
                    sql!("delete from offline_deliveries where received_at < $1"),
                    args![old],
                )
                .await?;
                tx.run(
                    sql!("delete from file_uses where subject_kind = 'offline_upload' and created_at < $1"),
                    args![stray],
                )
                .await?;
                Ok::<_, DbError>(())
            })
            .await?;
            Ok::<_, JobError>(())
        },
    )
}

/// JSON that no cache keeps.
fn answer(status: StatusCode, body: &Json) -> Response {
    let mut response = (status, body.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The body of a request, in bytes.
async fn body(request: Request<Body>) -> Result<axum::body::Bytes, PageError> {
    to_bytes(request.into_body(), LARGEST).await.map_err(|_| {
        PageError::TooLarge("What was entered is larger than 1 MB without photographs.".to_owned())
    })
}
