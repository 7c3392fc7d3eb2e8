//! The list, a new enquiry, the card on the home page.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::NaiveDate;
use commonweal_access::policy::{Action, Kind};
use commonweal_access::web::{PageError, Query, Sent, Viewer};
use commonweal_core::db::Asked;
use commonweal_core::ids::{Reference, new_uuid};
use commonweal_core::{DbError, Row, Value, read, write};
use commonweal_govuk::{Form, Page, page};
use commonweal_records::calendar::Calendar;
use commonweal_records::matters;
use commonweal_records::party::store as parties;
use commonweal_records::ports::HomeLine;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::{AUTHORITY, STATES, label};
use super::store::{self, ENQUIRIES, NewEnquiry};
use crate::reporting::People;
use crate::reporting::rules::Applies;

page!(pub(super) LIST, "enquiries/list.html", "list.html");
page!(pub(super) NEW, "enquiries/new.html", "new.html");

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    state: String,
    after: Option<Uuid>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Line {
    pub(super) reference: String,
    pub(super) asked_by: String,
    pub(super) authority: &'static str,
    pub(super) due: String,
    pub(super) overdue: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Tab {
    pub(super) text: &'static str,
    pub(super) href: String,
    pub(super) active: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct ListContext {
    pub(super) tabs: Vec<Tab>,
    pub(super) rows: Vec<Line>,
    pub(super) may_add: bool,
    pub(super) next: Option<String>,
}

pub(super) fn day(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

fn line(row: &Row, today: NaiveDate) -> Result<Line, DbError> {
    let due: NaiveDate = row.get("due_on")?;
    Ok(Line {
        reference: row.get("reference")?,
        asked_by: row.get("asked_by_name")?,
        authority: match row.get::<String>("authority")?.as_str() {
            "none" => "None",
            "own_words" => "Own words",
            _ => "In writing",
        },
        overdue: due < today && row.get::<String>("state")? == "open",
        due: day(due),
    })
}

pub(super) async fn list(
    State(people): State<People>,
    viewer: Viewer,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let chosen = STATES.iter().find(|one| one.0 == wanted.state);
    let chosen = chosen.map_or("open", |one| one.0);
    let scope = viewer.principal.scope(Action::SeeEnquiries, Kind::Enquiry);
    let asked = Asked {
        filters: vec![("state".to_owned(), Value::from(chosen))],
        sort: Some("due".to_owned()),
        after: wanted.after,
        ..Asked::default()
    };
    let found: Result<_, DbError> = read!(&people.app.db, |tx| ENQUIRIES
        .page(tx, &scope, &asked)
        .await)
    .await;
    let found = found?;
    let today = people.app.clock.today();
    let rows: Result<Vec<Line>, DbError> = found.rows.iter().map(|row| line(row, today)).collect();
    let context = ListContext {
        tabs: STATES
            .iter()
            .map(|(key, text)| Tab {
                text,
                href: format!("/enquiries?state={key}"),
                active: *key == chosen,
            })
            .collect(),
        rows: rows?,
        may_add: viewer.principal.may_enter(Action::AnswerEnquiries),
        next: found
            .next
            .map(|after| format!("/enquiries?state={chosen}&after={after}")),
    };
    people
        .app
        .page(&viewer, Page::new(&LIST, "Members’ enquiries"), &context)
}

/// Enquiries that wait, the first due first.
pub(super) async fn card(people: &People, viewer: &Viewer) -> Result<Vec<HomeLine>, PageError> {
    let scope = viewer
        .principal
        .scope(Action::AnswerEnquiries, Kind::Enquiry);
    let asked = Asked {
        filters: vec![("state".to_owned(), Value::from("open"))],
        sort: Some("due".to_owned()),
        limit: Some(5),
        ..Asked::default()
    };
    let found: Result<_, DbError> = read!(&people.app.db, |tx| ENQUIRIES
        .page(tx, &scope, &asked)
        .await)
    .await;
    let today = people.app.clock.today();
    let found = found?;
    let lines = found.rows.iter().map(|row| {
        let line = line(row, today)?;
        let note = if line.overdue {
            format!("Overdue since {}", line.due)
        } else {
            format!("Answer by {}", line.due)
        };
        let shown = HomeLine::new(format!("{}, {}", line.reference, line.asked_by))
            .note(note)
            .href(format!("/enquiries/{}", line.reference));
        Ok(if line.overdue {
            shown.attention()
        } else {
            shown
        })
    });
    Ok(lines.collect::<Result<_, DbError>>()?)
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Item {
    pub(super) value: String,
    pub(super) text: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct NewContext {
    pub(super) id: String,
    pub(super) members: Vec<Item>,
    pub(super) authority: Vec<Item>,
    /// How long there is for an answer, such as '10 working days'.
    pub(super) clock: String,
}

/// By when an enquiry that comes now is answered.
async fn due(people: &People) -> Result<(NaiveDate, String), PageError> {
    let rules = people.rules().await?;
    let now = people.app.clock.now();
    let calendar = Calendar::england();
    let clock = rules
        .clocks
        .start(calendar, "enquiry", Applies::Enquiry, now);
    Ok(match clock {
        Some(clock) => (
            clock
                .due_at
                .with_timezone(&chrono_tz::Europe::London)
                .date_naive(),
            clock.basis,
        ),
        // A partnership may take the clock out; the answer is then still due some day.
        None => (
            calendar.add_working_days(people.app.clock.today(), 10),
            "10 working days".to_owned(),
        ),
    })
}

async fn respond(people: &People, viewer: &Viewer, form: &Form) -> Result<Response, PageError> {
    let members: Result<_, DbError> = read!(&people.app.db, |tx| store::members(tx).await).await;
    let blank = Item {
        value: String::new(),
        text: "Somebody without an account here".to_owned(),
    };
    let members = members?.into_iter().map(|(id, name)| Item {
        value: id.to_string(),
        text: name,
    });
    let context = NewContext {
        id: match form.value("id") {
            "" => new_uuid(&people.app.clock).to_string(),
            id => id.to_owned(),
        },
        members: std::iter::once(blank).chain(members).collect(),
        authority: AUTHORITY
            .iter()
            .map(|(value, text)| Item {
                value: (*value).to_owned(),
                text: (*text).to_owned(),
            })
            .collect(),
        clock: due(people).await?.1,
    };
    let page = Page::new(&NEW, "Take an enquiry")
        .back("/enquiries")
        .form(form);
    people.app.page(viewer, page, &context)
}

pub(super) async fn ask(
    State(people): State<People>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    respond(&people, &viewer, &Form::default()).await
}

/// The id of a party whose reference was typed, where the viewer may see it.
async fn resident(people: &People, viewer: &Viewer, text: &str) -> Result<Option<Uuid>, PageError> {
    let Ok(reference) = text.parse::<Reference>() else {
        return Ok(None);
    };
    let found: Result<_, DbError> = read!(&people.app.db, |tx| {
        parties::find_reference(tx, reference.as_str()).await
    })
    .await;
    match found {
        Ok(party) => {
            let resource = commonweal_access::policy::Resource::party(party.id.0, party.agency);
            Ok(viewer
                .may(Action::SeeParties, &resource)
                .then_some(party.id.0))
        }
        Err(DbError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The id of a matter whose reference was typed, where the viewer may see it.
async fn matter(people: &People, viewer: &Viewer, text: &str) -> Result<Option<Uuid>, PageError> {
    let Ok(reference) = text.parse::<Reference>() else {
        return Ok(None);
    };
    let found: Result<_, DbError> = read!(&people.app.db, |tx| {
        let matter = matters::by_reference(tx, reference.as_str()).await?;
        let resource = matters::resource(tx, &matter).await?;
        Ok((matter.id.0, resource))
    })
    .await;
    match found {
        Ok((id, resource)) => Ok(viewer.may(Action::SeeReports, &resource).then_some(id)),
        Err(DbError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn put(
    State(people): State<People>,
    viewer: Viewer,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let members: Result<_, DbError> = read!(&people.app.db, |tx| store::members(tx).await).await;
    let chosen = form.value("member").parse::<Uuid>().ok();
    let member = members?.into_iter().find(|one| Some(one.0) == chosen);
    let asked_by_name = match &member {
        Some((_, name)) => name.clone(),
        None => form.required("name", "Enter who asks, or select a member"),
    };
    let authority = form.value("authority").to_owned();
    if label(&AUTHORITY, &authority).is_empty() {
        form.errors
            .add("authority", "Select what the resident allows");
    }
    let authority_note = form.value("authority_note").to_owned();
    if super::model::allows(&authority) && authority_note.is_empty() {
        form.errors.add(
            "authority_note",
            "Enter what the resident allowed, when, and how it is known",
        );
    }
    let question = form.required("question", "Enter what they ask");
    for (field, most) in [
        ("question", 20_000),
        ("authority_note", 2_000),
        ("name", 200),
    ] {
        if form.value(field).chars().count() > most {
            form.errors
                .add(field, format!("It must be {most} characters or fewer"));
        }
    }
    let mut found = [None, None];
    for (place, field) in ["resident", "matter"].into_iter().enumerate() {
        let typed = form.value(field).to_owned();
        if typed.is_empty() {
            continue;
        }
        let id = if field == "resident" {
            resident(&people, &viewer, &typed).await?
        } else {
            matter(&people, &viewer, &typed).await?
        };
        if id.is_none() {
            form.errors
                .add(field, "There is nothing of this reference that you may see");
        }
        if let Some(slot) = found.get_mut(place) {
            *slot = id;
        }
    }
    let [resident, matter] = found;
    let id: Option<Uuid> = form.value("id").parse().ok();
    let (Some(id), true) = (id, form.is_valid()) else {
        return respond(&people, &viewer, &form).await;
    };
    let new = NewEnquiry {
        id,
        agency: viewer.principal.agency,
        asked_by_name,
        asked_by_user: member.map(|member| member.0),
        resident,
        matter,
        authority,
        authority_note,
        question,
        due_on: due(&people).await?.0,
    };
    let reference: Result<String, DbError> =
        write!(&people.app.db, &people.app.clock, &viewer.actor(), |tx| {
            store::add(tx, &new).await
        })
        .await;
    let reference = reference?;
    let words = format!("{reference} was taken. Answer it by {}.", day(new.due_on));
    people.app.flash(&viewer, &words).await?;
    Ok(Redirect::to(&format!("/enquiries/{reference}")).into_response())
}
