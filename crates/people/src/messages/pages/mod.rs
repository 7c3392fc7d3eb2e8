//! The pages of staff: who reported a matter and what was written, by whom it may be read.

mod letter;
mod overview;
#[cfg(test)]
mod tests;
mod thread;
mod write;

use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::{DateTime, Utc};
use chrono_tz::Europe::London;
use commonweal_access::policy::{Action, Resource};
use commonweal_access::web::{PageError, Routes, Rule, Viewer};
use commonweal_core::ids::Reference;
use commonweal_core::{DbError, ReadTx, read};
use commonweal_records::matters::{self, Channel as Door, Identity, Matter, Report};
use commonweal_records::party::{Party, store as parties};
use uuid::Uuid;

use crate::reporting::People;

/// The routes.
pub(super) fn routes() -> Routes<People> {
    let see = Rule::May(Action::SeeReports);
    let work = Rule::May(Action::WorkOnReports);
    Routes::new()
        .get("/matters/{matter}/messages", see, overview::show)
        .post("/matters/{matter}/messages/switch", work, overview::switch)
        .post(
            "/matters/{matter}/messages/release",
            work,
            overview::release,
        )
        .post(
            "/matters/{matter}/messages/lines/{line}/withdraw",
            work,
            overview::withdraw,
        )
        .get("/matters/{matter}/messages/{report}", see, thread::show)
        .post("/matters/{matter}/messages/{report}", work, write::send)
        .post(
            "/matters/{matter}/messages/{report}/call",
            work,
            write::call,
        )
        .post(
            "/matters/{matter}/messages/{report}/code",
            work,
            write::code,
        )
        .post(
            "/matters/{matter}/messages/{report}/{message}/handled",
            work,
            write::handled,
        )
        .get(
            "/matters/{matter}/messages/{report}/{message}/letter",
            work,
            letter::show,
        )
        .get(
            "/matters/{matter}/messages/{report}/files/{file}",
            see,
            letter::file,
        )
}

/// A matter that the viewer may see, and whether a confidential reporter, too.
struct Loaded {
    matter: Matter,
    resource: Resource,
    sees: bool,
}

impl Loaded {
    fn href(&self, rest: &str) -> String {
        format!("{}/messages{rest}", self.matter.href())
    }

    fn may(&self, viewer: &Viewer, action: Action) -> bool {
        viewer.may(action, &self.resource)
    }

    /// Whether the viewer may know who sent a report.
    fn knows(&self, report: &Report) -> bool {
        match report.identity {
            Identity::Named => true,
            Identity::Confidential => self.sees,
            Identity::Anonymous => false,
        }
    }
}

/// The matter of an address, where the viewer may do this to it; others get the same answer as where
/// there is none.
async fn load(
    people: &People,
    viewer: &Viewer,
    reference: &str,
    action: Action,
) -> Result<Loaded, PageError> {
    let reference: Reference = reference.parse().map_err(|_| PageError::NotFound)?;
    let (matter, resource) = read!(&people.app.db, |tx| {
        let matter = matters::by_reference(tx, reference.as_str()).await?;
        let resource = matters::resource(tx, &matter).await?;
        Ok::<_, PageError>((matter, resource))
    })
    .await?;
    if !viewer.may(action, &resource) {
        return Err(PageError::NotFound);
    }
    let sees = viewer.may(Action::SeeConfidential, &resource);
    Ok(Loaded {
        matter,
        resource,
        sees,
    })
}

/// Notes in the access log that the viewer reads of a matter and of people.
async fn log(
    people: &People,
    viewer: &Viewer,
    action: Action,
    subjects: &[Uuid],
) -> Result<(), PageError> {
    let app = &people.app;
    app.access_log
        .record(&app.clock, viewer, action, subjects)
        .await
}

/// A report of a matter that has a thread: 'it happened again' belongs to the one that it goes on from.
fn has_thread(report: &Report) -> bool {
    report.channel != Door::Tracking
}

/// The report of an address.
async fn report(
    people: &People,
    loaded: &Loaded,
    reference: &str,
) -> Result<(Report, Option<Party>), PageError> {
    let reference: Reference = reference.parse().map_err(|_| PageError::NotFound)?;
    let (report, party) = read!(&people.app.db, |tx| {
        let report = matters::report_by_reference(tx, reference.as_str()).await?;
        let party = match report.reporter {
            Some(party) => Some(parties::find(tx, party).await?),
            None => None,
        };
        Ok::<_, PageError>((report, party))
    })
    .await?;
    if report.matter != loaded.matter.id || !has_thread(&report) {
        return Err(PageError::NotFound);
    }
    Ok((report, party))
}

/// Who sent a report, as far as the viewer may know.
fn who(loaded: &Loaded, report: &Report, party: Option<&Party>) -> String {
    match (report.identity, party) {
        (Identity::Anonymous, _) => "Anonymous: read on the tracking page only".to_owned(),
        (Identity::Confidential, Some(party)) if loaded.sees => {
            format!("{} (confidential)", party.details.name())
        }
        (Identity::Confidential, _) => {
            "Confidential: you can write without seeing who it is".to_owned()
        }
        (Identity::Named, Some(party)) => party.details.name(),
        (Identity::Named, None) => "No contact was given".to_owned(),
    }
}

/// Day and time by the clock of the place.
fn moment(at: DateTime<Utc>) -> String {
    at.with_timezone(&London)
        .format("%-d %B %Y, %H:%M")
        .to_string()
}

fn to(href: &str) -> Response {
    Redirect::to(href).into_response()
}

/// Threads of a matter, oldest first.
async fn threads(
    tx: &mut ReadTx,
    matter: &Matter,
) -> Result<Vec<(Report, Option<Party>)>, DbError> {
    let mut all = Vec::new();
    for report in matters::reports_of(tx, matter.id).await? {
        if !has_thread(&report) {
            continue;
        }
        let party = match report.reporter {
            Some(party) => Some(parties::find(tx, party).await?),
            None => None,
        };
        all.push((report, party));
    }
    Ok(all)
}
