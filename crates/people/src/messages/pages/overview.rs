//! All who reported a matter; what stands on the tracking page; the switch.

use axum::extract::State;
use axum::response::Response;
use commonweal_access::policy::Action;
use commonweal_access::web::{PageError, Path, Sent, Viewer};
use commonweal_core::{DbError, read, write};
use commonweal_govuk::{Form, Page, page};
use commonweal_records::matters;
use serde::Serialize;
use uuid::Uuid;

use super::{Loaded, load, log, moment, threads, to, who};
use crate::messages::store;
use crate::reporting::People;
use crate::tracking::{self, model::cautions};

page!(pub(crate) OVERVIEW, "messages/overview.html", "overview.html");

/// The longest line of the tracking page and reason, in characters.
const LONGEST: usize = 500;

#[derive(Debug, Serialize)]
pub(crate) struct Thread {
    pub(crate) href: String,
    pub(crate) reference: String,
    pub(crate) who: String,
    pub(crate) how: &'static str,
    pub(crate) when: String,
    pub(crate) to_do: usize,
}

#[derive(Debug, Serialize)]
pub(crate) struct Line {
    pub(crate) words: String,
    pub(crate) when: String,
    pub(crate) whose: String,
    pub(crate) withdraw: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) text: String,
    pub(crate) selected: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct Overview {
    pub(crate) reference: String,
    pub(crate) title: String,
    pub(crate) base: String,
    pub(crate) may_write: bool,
    pub(crate) off: bool,
    pub(crate) reason: String,
    pub(crate) switched: String,
    pub(crate) version: i64,
    pub(crate) threads: Vec<Thread>,
    pub(crate) lines: Vec<Line>,
    pub(crate) whose: Vec<Choice>,
}

/// `GET /matters/{matter}/messages`.
pub(super) async fn show(
    State(people): State<People>,
    viewer: Viewer,
    Path(reference): Path<String>,
) -> Result<Response, PageError> {
    let loaded = load(&people, &viewer, &reference, Action::SeeReports).await?;
    page(&people, &viewer, &loaded, &Form::default()).await
}

async fn page(
    people: &People,
    viewer: &Viewer,
    loaded: &Loaded,
    form: &Form,
) -> Result<Response, PageError> {
    let app = &people.app;
    let matter = &loaded.matter;
    let found = read!(&app.db, |tx| {
        let threads = threads(tx, matter).await?;
        let mut counts = Vec::new();
        for (report, _) in &threads {
            let messages = store::of_report(tx, report.id).await?;
            counts.push(messages.iter().filter(|one| one.to_do()).count());
        }
        let lines = tracking::lines(tx, matter.id, None).await?;
        let switch = tracking::switch(tx, matter.id).await?;
        Ok::<_, DbError>((threads, counts, lines, switch))
    })
    .await;
    let (all, counts, lines, switch) = found.map_err(PageError::from)?;
    let mut subjects = vec![matter.id.0];
    for (report, party) in &all {
        if let Some(party) = party.as_ref().filter(|_| loaded.knows(report)) {
            subjects.push(party.id.0);
        }
    }
    log(people, viewer, Action::SeeReports, &subjects).await?;
    let whose = |report: Option<matters::ReportId>| {
        let one = report.and_then(|id| all.iter().find(|(report, _)| report.id == id));
        one.map_or("Everybody who reported it".to_owned(), |(report, _)| {
            format!("Whoever sent {}", report.reference)
        })
    };
    let chosen = form.value("whose");
    let mut choices = vec![Choice {
        value: String::new(),
        text: whose(None),
        selected: chosen.is_empty(),
    }];
    choices.extend(all.iter().map(|(report, _)| Choice {
        value: report.reference.clone(),
        text: whose(Some(report.id)),
        selected: chosen == report.reference,
    }));
    let context = Overview {
        reference: matter.reference.clone(),
        title: matter.title.clone(),
        base: loaded.href(""),
        may_write: loaded.may(viewer, Action::WorkOnReports),
        off: switch.off,
        reason: switch.reason,
        switched: switch.at.map(moment).unwrap_or_default(),
        version: switch.version,
        lines: lines
            .into_iter()
            .map(|line| Line {
                when: moment(line.at),
                whose: whose(line.report),
                withdraw: loaded.href(&format!("/lines/{}/withdraw", line.id)),
                words: line.words,
            })
            .collect(),
        threads: all
            .iter()
            .zip(counts)
            .map(|((report, party), to_do)| Thread {
                href: loaded.href(&format!("/{}", report.reference)),
                reference: report.reference.clone(),
                who: who(loaded, report, party.as_ref()),
                how: report.channel.label(),
                when: moment(report.received_at),
                to_do,
            })
            .collect(),
        whose: choices,
    };
    let title = format!("Messages in {}", matter.reference);
    let page = Page::new(&OVERVIEW, title)
        .breadcrumb("Home", "/")
        .breadcrumb(matter.reference.clone(), matter.href())
        .form(form);
    app.page(viewer, page, &context)
}

/// `POST /matters/{matter}/messages/switch`.
pub(super) async fn switch(
    State(people): State<People>,
    viewer: Viewer,
    Path(reference): Path<String>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let loaded = load(&people, &viewer, &reference, Action::WorkOnReports).await?;
    let app = &people.app;
    let off = form.value("off") == "yes";
    // Off in one move: whoever is in danger must not wait for a sentence.
    let reason = form.value("reason").to_owned();
    if reason.chars().count() > LONGEST {
        form.errors
            .add("reason", "The reason must be 500 characters or fewer");
        return page(&people, &viewer, &loaded, &form).await;
    }
    let version = form.value("version").parse().unwrap_or(-1);
    let id = loaded.matter.id;
    let done = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        tracking::set_switch(tx, id, version, off, &reason).await
    })
    .await;
    done.map_err(|error: DbError| PageError::from(error))?;
    let told = if off {
        "The tracking page and all notifications are off"
    } else {
        "The tracking page and notifications are on"
    };
    app.flash(&viewer, told).await?;
    Ok(to(&loaded.href("")))
}

/// `POST /matters/{matter}/messages/release`.
pub(super) async fn release(
    State(people): State<People>,
    viewer: Viewer,
    Path(reference): Path<String>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let loaded = load(&people, &viewer, &reference, Action::WorkOnReports).await?;
    let app = &people.app;
    let words = form.required("line", "Enter the line");
    if words.chars().count() > LONGEST || words.contains(['\r', '\n']) {
        form.errors
            .add("line", "It must be one line of 500 characters or fewer");
    }
    let matter = &loaded.matter;
    let all = read!(&app.db, |tx| threads(tx, matter).await).await;
    let all = all.map_err(|error: DbError| PageError::from(error))?;
    let whose = form.value("whose").to_owned();
    let report = all
        .iter()
        .find(|(report, _)| report.reference == whose)
        .map(|(report, _)| report.id);
    if report.is_none() && !whose.is_empty() {
        form.errors.add("whose", "Choose who is to read it");
    }
    let names: Vec<String> = all
        .iter()
        .filter_map(|(_, party)| party.as_ref().map(|party| party.details.name()))
        .collect();
    for caution in cautions(&words, &names, app.clock.today()) {
        // What a confidential name is must not be learned by trying.
        form.errors.add("line", caution);
    }
    if form.value("checked") != "yes" {
        form.errors.add(
            "checked",
            "Confirm that you read it through with this in mind",
        );
    }
    if !form.is_valid() {
        return page(&people, &viewer, &loaded, &form).await;
    }
    let done = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        tracking::add_line(tx, matter, report, &words, None)
            .await
            .map(drop)
    })
    .await;
    done.map_err(|error: DbError| PageError::from(error))?;
    app.flash(&viewer, "The line is on the tracking page")
        .await?;
    Ok(to(&loaded.href("")))
}

/// `POST /matters/{matter}/messages/lines/{line}/withdraw`.
pub(super) async fn withdraw(
    State(people): State<People>,
    viewer: Viewer,
    Path((reference, line)): Path<(String, Uuid)>,
) -> Result<Response, PageError> {
    let loaded = load(&people, &viewer, &reference, Action::WorkOnReports).await?;
    let app = &people.app;
    let id = loaded.matter.id;
    let done = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        tracking::withdraw_line(tx, id, line).await
    })
    .await;
    done.map_err(|error: DbError| PageError::from(error))?;
    app.flash(&viewer, "The line is off the tracking page")
        .await?;
    Ok(to(&loaded.href("")))
}
