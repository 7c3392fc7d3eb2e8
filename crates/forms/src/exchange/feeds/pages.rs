//! The feeds, and the page on which somebody gets and revokes their addresses.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use commonweal_access::policy::RecordAct;
use commonweal_access::tokens;
use commonweal_access::web::{PageError, Path, Sent, Viewer};
use commonweal_core::db::{Asked as ListAsked, Filter, List, Sort, Value};
use commonweal_core::{DbError, list, read, write};
use commonweal_documents::{calendar, feed};
use commonweal_govuk::{Page, page};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::model::{self, DueLine, Line, Of};
use crate::Forms;
use crate::definition::Shared;
use crate::exchange::records::{RECORDS, enter, title_is_personal};
use crate::register::{self, store};

mod fresh;

use fresh::fresh;

page!(FEEDS, "forms/exchange/feeds/feeds.html", "feeds.html");

/// The most entries of a feed.
const MOST: u32 = 100;
/// The most due dates of a calendar.
const MOST_DUES: u32 = 500;

/// Open due dates with their records.
static DUES: List = List {
    columns: "form_records.id, form_records.definition, form_records.definition_version, form_records.reference, \
              form_records.state, form_records.title, form_records.answers, form_records.agency, form_records.owner, \
              form_records.created_by, form_records.parent, form_records.wave, form_records.channel, \
              form_records.latitude, form_records.longitude, form_records.due_on, form_records.state_since, \
              form_records.closed_at, form_records.erased_at, form_records.created_at, form_records.changed_at, \
              form_records.version",
    from: "form_records",
    key: "form_records.id",
    filters: &[
        Filter {
            name: "definition",
            sql: "form_records.definition = ? and form_records.due_on is not null",
        },
        Filter {
            name: "owner",
            sql: "form_records.owner = ? and form_records.due_on is not null",
        },
    ],
    sorts: &[Sort {
        name: "due",
        by: "coalesce(form_records.due_on, form_records.due_on)",
        descending: false,
    }],
};
list!(DUES);

/// The name of a register's feed of changes, as its address is known by.
fn changes_of(key: &str) -> String {
    format!("registers/{key}/changes.atom")
}

/// The name of a register's calendar.
fn dues_of(key: &str) -> String {
    format!("registers/{key}/due.ics")
}

/// The calendar of one's own due dates, over all registers.
const MINE: &str = "due.ics";

pub(super) async fn changes(
    State(forms): State<Forms>,
    Path((secret, key)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let name = changes_of(&key);
    let viewer = tokens::feed_viewer(&forms.app, &secret, &name)
        .await?
        .ok_or(PageError::NotFound)?;
    let definition = enter(&forms, &viewer, &key, RecordAct::Export)?;
    let scope = viewer.principal.record_scope(RecordAct::Export);
    let asked = ListAsked {
        filters: vec![("definition".to_owned(), Value::from(key.as_str()))],
        sort: Some("changed".to_owned()),
        limit: Some(MOST),
        ..ListAsked::default()
    };
    let page = read!(&forms.app.db, |tx| RECORDS.page(tx, &scope, &asked).await).await;
    let page = page.map_err(PageError::from)?;
    let (mut lines, mut seen) = (Vec::new(), Vec::new());
    for row in &page.rows {
        let record = store::from_row(row)?;
        if !viewer
            .principal
            .may_record(&key, RecordAct::See, &record.resource())
        {
            continue;
        }
        let visible = register::visible(&viewer, &definition, &record);
        if visible.title != record.reference && title_is_personal(&definition) {
            seen.push(record.id);
        }
        lines.push(Line {
            id: record.id,
            title: visible.title,
            state: state_of(&definition, &record.state),
            href: record.href(),
            reference: record.reference,
            created_at: record.created_at,
            changed_at: record.changed_at,
        });
    }
    let settings = &forms.app.settings;
    let of = Of {
        base: settings.address.trim_end_matches('/'),
        partnership: &settings.partnership_name,
        key: &key,
        title: definition.title.en(),
        path: &format!("/feeds/{secret}/{name}"),
    };
    let feed = model::atom(&of, &lines, DateTime::<Utc>::UNIX_EPOCH);
    let updated = feed.updated;
    let bytes = feed
        .to_atom()
        .map_err(|error| PageError::Internal(error.to_string()))?;
    register::log_read(&forms.app, &viewer, "feed", &seen).await?;
    Ok(fresh(&headers, bytes, feed::MEDIA_TYPE, Some(updated)))
}

fn state_of(definition: &Shared, key: &str) -> String {
    if definition.states.len() < 2 {
        return String::new();
    }
    definition
        .state(key)
        .map_or_else(|| key.to_owned(), |state| state.title.en().to_owned())
}

pub(super) async fn dues(
    State(forms): State<Forms>,
    Path((secret, key)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let viewer = tokens::feed_viewer(&forms.app, &secret, &dues_of(&key))
        .await?
        .ok_or(PageError::NotFound)?;
    let definition = enter(&forms, &viewer, &key, RecordAct::Export)?;
    let filter = ("definition".to_owned(), Value::from(key.as_str()));
    let lines = due_lines(&forms, &viewer, RecordAct::Export, filter).await?;
    calendar_of(&forms, &headers, definition.title.en(), &lines)
}

pub(super) async fn my_dues(
    State(forms): State<Forms>,
    Path(secret): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let viewer = tokens::feed_viewer(&forms.app, &secret, MINE)
        .await?
        .ok_or(PageError::NotFound)?;
    let filter = ("owner".to_owned(), Value::from(viewer.user()));
    let lines = due_lines(&forms, &viewer, RecordAct::See, filter).await?;
    calendar_of(&forms, &headers, "My due dates", &lines)
}

fn calendar_of(
    forms: &Forms,
    headers: &HeaderMap,
    name: &str,
    lines: &[DueLine],
) -> Result<Response, PageError> {
    let base = forms.app.settings.address.trim_end_matches('/');
    let text = model::calendar(base, name, lines).to_ics();
    let updated = lines.iter().map(|line| line.changed_at).max();
    Ok(fresh(
        headers,
        text.into_bytes(),
        calendar::MEDIA_TYPE,
        updated,
    ))
}

/// Open due dates that a viewer may see, of the records that a filter names.
async fn due_lines(
    forms: &Forms,
    viewer: &Viewer,
    act: RecordAct,
    filter: (String, Value),
) -> Result<Vec<DueLine>, PageError> {
    let scope = viewer.principal.record_scope(act);
    let asked = ListAsked {
        filters: vec![filter],
        limit: Some(MOST_DUES),
        ..ListAsked::default()
    };
    let found: Result<_, DbError> = read!(&forms.app.db, |tx| {
        let page = DUES.page(tx, &scope, &asked).await?;
        let mut found = Vec::new();
        for row in &page.rows {
            let record = store::from_row(row)?;
            let dues = store::dues(tx, record.id).await?;
            found.push((record, dues));
        }
        Ok(found)
    })
    .await;
    let (mut lines, mut seen) = (Vec::new(), Vec::new());
    for (record, dues) in found? {
        let key = record.definition.clone();
        let may = |act| viewer.principal.may_record(&key, act, &record.resource());
        let Some(definition) = forms
            .catalogue
            .get(&key)
            .filter(|_| may(act) && may(RecordAct::See))
        else {
            continue;
        };
        let visible = register::visible(viewer, &definition, &record);
        if visible.title != record.reference && title_is_personal(&definition) {
            seen.push(record.id);
        }
        for timed in dues.iter().filter(|timed| timed.done_at.is_none()) {
            let due = definition.dues.iter().find(|due| due.key == timed.due);
            lines.push(DueLine {
                record: record.id,
                due: timed.due.clone(),
                what: due.map_or("Due", |due| due.title.en()).to_owned(),
                on: timed.due_on,
                title: visible.title.clone(),
                reference: record.reference.clone(),
                register: definition.title.en().to_owned(),
                href: record.href(),
                changed_at: record.changed_at,
                version: record.version,
            });
        }
    }
    register::log_read(&forms.app, viewer, "feed", &seen).await?;
    Ok(lines)
}

#[derive(Serialize)]
struct Existing {
    id: Uuid,
    made: String,
    used: String,
}

#[derive(Serialize)]
struct Offer {
    name: &'static str,
    title: String,
    about: String,
    made: Option<String>,
    existing: Vec<Existing>,
}

#[derive(Serialize)]
struct Context {
    action: String,
    title: String,
    offers: Vec<Offer>,
}

/// The feeds of a page: the name in its form, the name of the address, title and what it is.
fn offers(key: Option<&str>, plural: &str) -> Vec<(&'static str, String, String, String)> {
    match key {
        Some(key) => vec![
            (
                "changes",
                changes_of(key),
                "What changed".to_owned(),
                format!(
                    "An Atom feed of the {MOST} {plural} that changed last, for feed readers and programs."
                ),
            ),
            (
                "due",
                dues_of(key),
                "Due dates".to_owned(),
                format!(
                    "A calendar of the open due dates of {plural}, for Outlook, Google Calendar and others."
                ),
            ),
        ],
        None => vec![(
            "mine",
            MINE.to_owned(),
            "My due dates".to_owned(),
            "A calendar of the open due dates of all records that you own.".to_owned(),
        )],
    }
}

async fn show(
    forms: &Forms,
    viewer: &Viewer,
    definition: Option<&Shared>,
    made: Option<(&str, String)>,
) -> Result<Response, PageError> {
    let user = viewer.user();
    let plural = definition.map_or("records", |definition| definition.plural.en());
    let key = definition.map(|definition| definition.key.as_str());
    let mut shown = Vec::new();
    for (name, feed, title, about) in offers(key, plural) {
        let existing = read!(&forms.app.db, |tx| tokens::subscriptions(tx, user, &feed)
            .await)
        .await;
        let existing: Vec<tokens::Subscription> = existing.map_err(PageError::from)?;
        let day = |moment: DateTime<Utc>| {
            moment
                .with_timezone(&chrono_tz::Europe::London)
                .format("%-d %B %Y")
                .to_string()
        };
        shown.push(Offer {
            name,
            title,
            about,
            made: made
                .as_ref()
                .filter(|(one, _)| *one == name)
                .map(|(_, address)| address.clone()),
            existing: existing
                .into_iter()
                .map(|one| Existing {
                    id: one.id,
                    made: day(one.created_at),
                    used: one.last_used_at.map_or_else(|| "not yet".to_owned(), day),
                })
                .collect(),
        });
    }
    let context = Context {
        action: key.map_or_else(
            || "/registers/due-dates".to_owned(),
            |key| format!("/registers/{key}/feeds"),
        ),
        title: definition
            .map_or("My due dates", |definition| definition.title.en())
            .to_owned(),
        offers: shown,
    };
    let mut page = Page::new(&FEEDS, format!("Feeds and calendars: {}", context.title))
        .breadcrumb("Forms and registers", "/registers");
    if let Some(definition) = definition {
        page = page.breadcrumb(
            definition.title.en(),
            format!("/registers/{}", definition.key),
        );
    }
    forms.app.page(viewer, page, &context)
}

/// Makes or revokes an address, as the form says.
async fn act(
    forms: &Forms,
    viewer: &Viewer,
    definition: Option<&Shared>,
    form: &commonweal_govuk::Form,
) -> Result<Response, PageError> {
    let user = viewer.user();
    let key = definition.map(|definition| definition.key.as_str());
    if let Ok(id) = form.value("end").parse::<Uuid>() {
        write!(&forms.app.db, &forms.app.clock, &viewer.actor(), |tx| {
            tokens::end_subscription(tx, user, id).await
        })
        .await
        .map_err(PageError::from)?;
        return show(forms, viewer, definition, None).await;
    }
    let wanted = form.value("make");
    let offer = offers(key, "")
        .into_iter()
        .find(|(name, ..)| *name == wanted);
    let Some((name, feed, ..)) = offer else {
        return show(forms, viewer, definition, None).await;
    };
    let made = write!(&forms.app.db, &forms.app.clock, &viewer.actor(), |tx| {
        tokens::feed_secret(tx, user, &feed).await
    })
    .await
    .map_err(PageError::from)?;
    let base = forms.app.settings.address.trim_end_matches('/');
    let address = format!("{base}{}", made.path());
    show(forms, viewer, definition, Some((name, address))).await
}

pub(super) async fn of_register(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
) -> Result<Response, PageError> {
    let definition = enter(&forms, &viewer, &key, RecordAct::Export)?;
    show(&forms, &viewer, Some(&definition), None).await
}

pub(super) async fn act_on_register(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Sent(form): Sent,
) -> Result<Response, PageError> {
    let definition = enter(&forms, &viewer, &key, RecordAct::Export)?;
    act(&forms, &viewer, Some(&definition), &form).await
}

pub(super) async fn of_mine(
    State(forms): State<Forms>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    show(&forms, &viewer, None, None).await
}

pub(super) async fn act_on_mine(
    State(forms): State<Forms>,
    viewer: Viewer,
    Sent(form): Sent,
) -> Result<Response, PageError> {
    act(&forms, &viewer, None, &form).await
}

#[cfg(test)]
mod page_tests {
    use super::*;

    #[test]
    fn the_page_keeps_the_rules() {
        let offer = |name, made: Option<&str>, existing| Offer {
            name,
            title: "What changed".to_owned(),
            about: "An Atom feed.".to_owned(),
            made: made.map(str::to_owned),
            existing,
        };
        let existing = Existing {
            id: Uuid::nil(),
            made: "1 June 2026".to_owned(),
            used: "not yet".to_owned(),
        };
        let sample = Context {
            action: "/registers/empty-homes/feeds".to_owned(),
            title: "Empty homes".to_owned(),
            offers: vec![
                offer(
                    "changes",
                    Some("https://asb.example.org/feeds/00/registers/empty-homes/changes.atom"),
                    vec![existing],
                ),
                offer("due", None, Vec::new()),
            ],
        };
        commonweal_govuk::check_page(&FEEDS, &sample).unwrap();
    }
}
