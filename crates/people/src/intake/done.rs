//! What is shown after a report was taken: the reference to read out, the private link, what happens next.

use axum::response::Response;
use commonweal_access::policy::Action;
use commonweal_access::web::{PageError, Viewer};
use commonweal_core::{DbError, args, read, sql};
use commonweal_govuk::{Page, page};
use commonweal_records::matters;
use serde::Serialize;

use super::pages::Saved;
use crate::reporting::{People, Rules};

page!(pub(super) DONE, "intake/done.html", "done.html");

#[derive(Debug, Clone, Serialize)]
pub(super) struct Context {
    pub(super) reference: String,
    pub(super) again: bool,
    pub(super) joined: bool,
    pub(super) urgent: bool,
    /// The whole private link.
    pub(super) link: Option<String>,
    /// Whose the matter is.
    pub(super) agency: String,
    /// What happens, and by when.
    pub(super) next: Option<(String, String)>,
    /// Reference and address of the matter, where the viewer may see it.
    pub(super) matter: Option<(String, String)>,
    pub(super) mapped: bool,
}

/// A moment as people say it.
pub(super) fn moment(at: chrono::DateTime<chrono::Utc>) -> String {
    at.with_timezone(&chrono_tz::Europe::London)
        .format("%A %-d %B %Y, %H:%M")
        .to_string()
}

pub(super) async fn show(
    people: &People,
    viewer: &Viewer,
    rules: &Rules,
    saved: &Saved,
) -> Result<Response, PageError> {
    let received = &saved.received;
    let looked: Result<_, DbError> = read!(&people.app.db, |tx| {
        let matter = matters::load(tx, received.matter).await?;
        let resource = matters::resource(tx, &matter).await?;
        let row = tx
            .one(
                sql!("select name from agencies where id = $1"),
                args![matter.agency],
            )
            .await?;
        Ok((matter, resource, row.get::<String>("name")?))
    })
    .await;
    let (matter, resource, agency) = looked?;
    let may = viewer.may(Action::SeeReports, &resource);
    let context = Context {
        reference: received.reference.clone(),
        again: received.again,
        joined: matter.reports > 1,
        urgent: matter.urgent,
        link: saved
            .link
            .as_ref()
            .map(|secret| format!("{}/track/{secret}", people.app.settings.address)),
        agency,
        next: matter
            .due
            .as_ref()
            .map(|(at, kind)| (rules.clocks.label(kind).to_owned(), moment(*at))),
        matter: may.then(|| (matter.reference.clone(), matter.href())),
        mapped: matter.point.is_some(),
    };
    people
        .app
        .page(viewer, Page::new(&DONE, "Report saved"), &context)
}
