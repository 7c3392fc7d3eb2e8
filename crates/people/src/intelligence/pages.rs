//! The log, an entry with its grades, and a new one.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::policy::{Action, Kind};
use commonweal_access::web::{PageError, Path, Query, Sent, Viewer};
use commonweal_core::db::Asked;
use commonweal_core::ids::{Reference, new_uuid};
use commonweal_core::{DbError, Row, Value, read, write};
use commonweal_govuk::{Form, Page, page};
use commonweal_records::matters::{Channel, Place};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::{self, HANDLING, INTELLIGENCE_GRADES, SOURCE_GRADES, label};
use super::store::{self, ENTRIES, Entry, NewIntelligence};
use crate::reporting::People;

page!(pub(super) LIST, "intelligence/list.html", "list.html");
page!(pub(super) SHOW, "intelligence/show.html", "show.html");
page!(pub(super) NEW, "intelligence/new.html", "new.html");

pub(super) const STATES: [(&str, &str); 3] = [
    ("new", "To be graded"),
    ("graded", "Graded"),
    ("closed", "Closed"),
];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    state: String,
    after: Option<Uuid>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Line {
    pub(super) reference: String,
    pub(super) state: &'static str,
    pub(super) told: String,
    pub(super) channel: &'static str,
    pub(super) grades: String,
    pub(super) review: String,
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

fn channel(name: &str) -> &'static str {
    Channel::from_name(name).map_or("", Channel::label)
}

fn state(name: &str) -> &'static str {
    label(&STATES, name)
}

fn day(day: chrono::NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

fn told(at: chrono::DateTime<chrono::Utc>) -> String {
    day(at.with_timezone(&chrono_tz::Europe::London).date_naive())
}

fn line(row: &Row, today: chrono::NaiveDate) -> Result<(Uuid, Line), DbError> {
    let text = |name| {
        row.get::<Option<String>>(name)
            .map(Option::unwrap_or_default)
    };
    let review: Option<chrono::NaiveDate> = row.get("review_on")?;
    let name: String = row.get("state")?;
    Ok((
        row.get("id")?,
        Line {
            reference: row.get("reference")?,
            state: state(&name),
            told: told(row.get("told_at")?),
            channel: channel(&row.get::<String>("channel")?),
            grades: format!(
                "{}{}{}",
                text("source_grade")?,
                text("intelligence_grade")?,
                text("handling")?
            ),
            review: review.map(day).unwrap_or_default(),
            overdue: name == "graded" && review.is_some_and(|day| day < today),
        },
    ))
}

pub(super) async fn list(
    State(people): State<People>,
    viewer: Viewer,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let chosen = STATES
        .iter()
        .find(|one| one.0 == wanted.state)
        .map_or("new", |one| one.0);
    let scope = viewer
        .principal
        .scope(Action::SeeIntelligence, Kind::Intelligence);
    let asked = Asked {
        filters: vec![("state".to_owned(), Value::from(chosen))],
        sort: Some("newest".to_owned()),
        after: wanted.after,
        ..Asked::default()
    };
    let found: Result<_, DbError> =
        read!(&people.app.db, |tx| ENTRIES.page(tx, &scope, &asked).await).await;
    let found = found?;
    let today = people.app.clock.today();
    let lines: Result<Vec<_>, DbError> = found.rows.iter().map(|row| line(row, today)).collect();
    let (ids, rows): (Vec<Uuid>, Vec<Line>) = lines?.into_iter().unzip();
    if !ids.is_empty() {
        people
            .app
            .access_log
            .record(&people.app.clock, &viewer, Action::SeeIntelligence, &ids)
            .await?;
    }
    let context = ListContext {
        tabs: STATES
            .iter()
            .map(|(key, text)| Tab {
                text,
                href: format!("/intelligence?state={key}"),
                active: *key == chosen,
            })
            .collect(),
        rows,
        may_add: viewer.principal.may_enter(Action::GradeIntelligence),
        next: found
            .next
            .map(|after| format!("/intelligence?state={chosen}&after={after}")),
    };
    people
        .app
        .page(&viewer, Page::new(&LIST, "Intelligence"), &context)
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Item {
    pub(super) value: &'static str,
    pub(super) text: String,
}

fn items(grades: &[(&'static str, &'static str)]) -> Vec<Item> {
    grades
        .iter()
        .map(|(value, text)| Item {
            value,
            text: format!("{value}: {text}"),
        })
        .collect()
}

/// A grade in words, beside the one typed.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Fact {
    pub(super) key: &'static str,
    pub(super) value: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct ShowContext {
    pub(super) reference: String,
    pub(super) state: &'static str,
    pub(super) told: String,
    pub(super) facts: Vec<Fact>,
    /// What is stored now of the grading.
    pub(super) grading: Vec<Fact>,
    pub(super) may_grade: bool,
    pub(super) stale: bool,
    pub(super) version: i64,
    pub(super) sources: Vec<Item>,
    pub(super) intelligence: Vec<Item>,
    pub(super) handling: Vec<Item>,
}

async fn look(
    people: &People,
    viewer: &Viewer,
    reference: &str,
    action: Action,
) -> Result<Entry, PageError> {
    let reference: Reference = reference.parse().map_err(|_| PageError::NotFound)?;
    let entry: Result<_, DbError> = read!(&people.app.db, |tx| store::find(tx, reference.as_str())
        .await)
    .await;
    let entry = entry?;
    // Whoever may not see it does not learn that there is one.
    if !viewer.may(action, &entry.resource()) {
        return Err(PageError::NotFound);
    }
    people
        .app
        .access_log
        .record(&people.app.clock, viewer, action, &[entry.id])
        .await?;
    Ok(entry)
}

fn context(viewer: &Viewer, entry: &Entry, stale: bool) -> ShowContext {
    let fact = |key, value: String| (!value.is_empty()).then_some(Fact { key, value });
    let grade = |key: &str, grades| match key {
        "" => String::new(),
        key => format!("{key}: {}", label(grades, key)),
    };
    ShowContext {
        reference: entry.reference.clone(),
        state: state(&entry.state),
        told: entry.told.clone(),
        facts: [
            fact("Told on", told(entry.told_at)),
            fact("By", channel(&entry.channel).to_owned()),
            fact("When it happens", entry.happened.clone()),
            fact("Where", entry.place.clone()),
        ]
        .into_iter()
        .flatten()
        .collect(),
        grading: [
            fact("Source", grade(&entry.source, &SOURCE_GRADES)),
            fact(
                "Intelligence",
                grade(&entry.intelligence, &INTELLIGENCE_GRADES),
            ),
            fact("Handling", grade(&entry.handling, &HANDLING)),
            fact("Conditions", entry.conditions.clone()),
            fact("What may be shared", entry.sanitised.clone()),
            fact(
                "Looked at again on",
                entry.review_on.map(day).unwrap_or_default(),
            ),
        ]
        .into_iter()
        .flatten()
        .collect(),
        may_grade: viewer.may(Action::GradeIntelligence, &entry.resource()),
        stale,
        version: entry.version,
        sources: items(&SOURCE_GRADES),
        intelligence: items(&INTELLIGENCE_GRADES),
        handling: items(&HANDLING),
    }
}

fn respond(
    people: &People,
    viewer: &Viewer,
    form: &Form,
    context: &ShowContext,
) -> Result<Response, PageError> {
    let page = Page::new(&SHOW, format!("Intelligence {}", context.reference))
        .back("/intelligence")
        .form(form);
    people.app.page(viewer, page, context)
}

pub(super) async fn show(
    State(people): State<People>,
    viewer: Viewer,
    Path(reference): Path<String>,
) -> Result<Response, PageError> {
    let entry = look(&people, &viewer, &reference, Action::SeeIntelligence).await?;
    let mut form = Form::default();
    form.set("source", entry.source.clone());
    form.set("intelligence", entry.intelligence.clone());
    form.set("handling", entry.handling.clone());
    form.set("conditions", entry.conditions.clone());
    form.set("sanitised", entry.sanitised.clone());
    let review = entry
        .review_on
        .map(|day| day.format("%-d/%-m/%Y").to_string());
    form.set("review_on", review.unwrap_or_default());
    respond(&people, &viewer, &form, &context(&viewer, &entry, false))
}

pub(super) async fn grade(
    State(people): State<People>,
    viewer: Viewer,
    Path(reference): Path<String>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let entry = look(&people, &viewer, &reference, Action::GradeIntelligence).await?;
    let Some(grade) = model::read(&mut form, people.app.clock.today()) else {
        return respond(&people, &viewer, &form, &context(&viewer, &entry, false));
    };
    let version = form.value("version").parse().unwrap_or(0);
    let saved: Result<(), DbError> =
        write!(&people.app.db, &people.app.clock, &viewer.actor(), |tx| {
            store::grade(tx, entry.id, version, &grade).await
        })
        .await;
    match saved {
        Ok(()) => {
            people.app.flash(&viewer, "The grading was saved").await?;
            let place = format!("/intelligence/{}", entry.reference);
            Ok(Redirect::to(&place).into_response())
        }
        // Both versions: what is stored now above, what was typed below.
        Err(DbError::Stale) => respond(&people, &viewer, &form, &context(&viewer, &entry, true)),
        Err(error) => Err(error.into()),
    }
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct NewContext {
    pub(super) id: String,
}

fn respond_new(people: &People, viewer: &Viewer, form: &Form) -> Result<Response, PageError> {
    let id = match form.value("id") {
        "" => new_uuid(&people.app.clock).to_string(),
        id => id.to_owned(),
    };
    let page = Page::new(&NEW, "Add intelligence")
        .back("/intelligence")
        .form(form);
    people.app.page(viewer, page, &NewContext { id })
}

pub(super) async fn ask(
    State(people): State<People>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    respond_new(&people, &viewer, &Form::default())
}

pub(super) async fn put(
    State(people): State<People>,
    viewer: Viewer,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let told = form.required("told", "Enter what was told");
    if told.chars().count() > 50_000 {
        form.errors
            .add("told", "It must be 50,000 characters or fewer");
    }
    for field in ["happened", "where"] {
        if form.value(field).chars().count() > 500 {
            form.errors.add(field, "It must be 500 characters or fewer");
        }
    }
    let id: Option<Uuid> = form.value("id").parse().ok();
    let (Some(id), true) = (id, form.is_valid()) else {
        return respond_new(&people, &viewer, &form);
    };
    let words = form.value("where").to_owned();
    let point = match words.as_str() {
        "" => None,
        words => crate::intake::point_of(&people.app.db, words).await?,
    };
    let new = NewIntelligence {
        agency: viewer.principal.agency,
        channel: Channel::InPerson,
        delivery: Some(format!("intelligence:{id}")),
        told,
        happened: form.value("happened").to_owned(),
        place: Place {
            point,
            words,
            at_home: false,
        },
        record: None,
    };
    let added: Result<_, DbError> =
        write!(&people.app.db, &people.app.clock, &viewer.actor(), |tx| {
            store::add(tx, &new).await
        })
        .await;
    let added = added?;
    people
        .app
        .flash(&viewer, &format!("{} was added", added.reference))
        .await?;
    Ok(Redirect::to(&format!("/intelligence/{}", added.reference)).into_response())
}
