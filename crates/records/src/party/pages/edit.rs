//! Adding somebody, and changing what is known of them.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::{Datelike as _, NaiveDate};
use commonweal_access::policy::{Action, Resource};
use commonweal_access::web::{App, PageError, Path, Query, Sent, Viewer};
use commonweal_core::ids::new_uuid;
use commonweal_core::{DbError, read, write};
use commonweal_govuk::{Form, Page, page};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::super::contact::{Means, read_date};
use super::super::model::{Age, Details, NewContact, NewParty, Party, PartyId, PartyKind};
use super::super::rules::Rules;
use super::super::store;
use super::{Row, address, look, rows, to};

page!(pub(super) EDIT_PAGE, "records/person-edit.html", "edit.html");

#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) id: PartyId,
    pub(super) new: bool,
    pub(super) title: &'static str,
    pub(super) action: String,
    /// Empty where nobody said yet.
    pub(super) kind: &'static str,
    pub(super) version: i64,
    /// What somebody else stored in the meantime.
    pub(super) theirs: Vec<Row>,
}

/// One-line fields: name, message where too long, characters at most.
const LINES: [(&str, usize); 8] = [
    ("given", 120),
    ("family", 120),
    ("known_as", 120),
    ("organisation", 200),
    ("pronouns", 40),
    ("language", 80),
    ("adjustments", 1_000),
    ("source", 200),
];

fn edit_page(
    app: &App,
    viewer: &Viewer,
    form: &Form,
    context: &Context,
    back: &str,
) -> Result<Response, PageError> {
    let mut page = Page::new(&EDIT_PAGE, context.title).back(back).form(form);
    if !context.theirs.is_empty() {
        page = page.status(StatusCode::CONFLICT);
    }
    app.page(viewer, page, context)
}

/// Reads what was typed; errors are at their fields.
fn details(form: &mut Form, kind: PartyKind, today: NaiveDate) -> Details {
    for (field, most) in LINES {
        if form.value(field).chars().count() > most {
            form.errors
                .add(field, format!("This must be {most} characters or fewer"));
        }
    }
    let text = |form: &Form, field: &str| form.value(field).to_owned();
    let source = text(form, "source");
    if kind == PartyKind::Organisation {
        return Details {
            organisation: form.required("organisation", "Enter the organisation's name"),
            source,
            ..Details::of(kind)
        };
    }
    let details = Details {
        given: text(form, "given"),
        family: text(form, "family"),
        known_as: text(form, "known_as"),
        age: age(form, today),
        pronouns: text(form, "pronouns"),
        language: text(form, "language"),
        interpreter: form.choices("interpreter").any(|choice| choice == "yes"),
        adjustments: text(form, "adjustments"),
        source,
        ..Details::of(kind)
    };
    if details.name().is_empty() {
        form.errors
            .add("given", "Enter a name, or what the person is known as");
    }
    details
}

fn age(form: &mut Form, today: NaiveDate) -> Age {
    let parts = ["born-day", "born-month", "born-year"].map(|part| form.value(part).to_owned());
    let about = form.value("about").to_owned();
    if parts.iter().any(|part| !part.is_empty()) {
        return match read_date(&parts.join("/")) {
            Some(born) if born <= today => Age::Born(born),
            Some(_) => {
                form.errors
                    .add("born", "The date of birth must be in the past");
                Age::Unknown
            }
            None => {
                form.errors
                    .add("born", "Enter a date of birth, like 27 3 1985");
                Age::Unknown
            }
        };
    }
    match about.parse::<u8>() {
        Ok(years) if years <= 120 => Age::About { years, on: today },
        _ if about.is_empty() => Age::Unknown,
        _ => {
            form.errors
                .add("about", "Enter an age in years, from 0 to 120");
            Age::Unknown
        }
    }
}

/// The fields filled with what is stored.
fn fill(party: &Party, today: NaiveDate) -> Form {
    let (details, mut form) = (&party.details, Form::default());
    for (field, value) in [
        ("given", &details.given),
        ("family", &details.family),
        ("known_as", &details.known_as),
        ("organisation", &details.organisation),
        ("pronouns", &details.pronouns),
        ("language", &details.language),
        ("adjustments", &details.adjustments),
        ("source", &details.source),
    ] {
        form.set(field, value);
    }
    if details.interpreter {
        form.set("interpreter", "yes");
    }
    match details.age {
        Age::Born(born) => {
            form.set("born-day", born.day().to_string());
            form.set("born-month", born.month().to_string());
            form.set("born-year", born.year().to_string());
        }
        Age::About { .. } => {
            let years = details.age.years(today);
            form.set(
                "about",
                years.map(|years| years.to_string()).unwrap_or_default(),
            );
        }
        Age::Unknown => {}
    }
    form
}

fn new_context(id: PartyId, kind: Option<PartyKind>) -> Context {
    Context {
        id,
        new: true,
        title: match kind {
            None => "Add a person or organisation",
            Some(PartyKind::Person) => "Add a person",
            Some(PartyKind::Organisation) => "Add an organisation",
        },
        action: "/people/new".to_owned(),
        kind: kind.map_or("", PartyKind::name),
        version: 0,
        theirs: Vec::new(),
    }
}

pub(in crate::party) async fn ask_new(
    State(app): State<App>,
    viewer: Viewer,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let id = PartyId(new_uuid(&app.clock));
    let mut form = Form::default();
    let kind = wanted.kind.as_deref().and_then(PartyKind::from_name);
    // Whoever continues without a choice is told; whoever comes for the first time is not.
    if kind.is_none() && wanted.sent.is_some() {
        form.errors.add("kind", NO_KIND);
    }
    let back = if kind.is_some() {
        "/people/new"
    } else {
        "/people"
    };
    edit_page(&app, &viewer, &form, &new_context(id, kind), back)
}

#[derive(Debug, Default, Deserialize)]
pub(in crate::party) struct Wanted {
    kind: Option<String>,
    sent: Option<String>,
}

const NO_KIND: &str = "Select whether it is a person or an organisation";

/// The telephone number and e-mail address of the form for somebody new.
fn first_contacts(form: &mut Form) -> Vec<NewContact> {
    let agreed: Vec<String> = form.choices("by").map(str::to_owned).collect();
    let mut contacts = Vec::new();
    for means in [Means::Phone, Means::Email] {
        let typed = form.value(means.name()).to_owned();
        let agreed = agreed.iter().any(|choice| choice == means.name());
        if typed.is_empty() {
            if agreed {
                let message = if means == Means::Phone {
                    "Enter the number to telephone"
                } else {
                    "Enter the email address to write to"
                };
                form.errors.add(means.name(), message);
            }
            continue;
        }
        match means.normal(&typed) {
            Ok(value) => contacts.push(NewContact {
                means,
                label: String::new(),
                value,
                home: false,
                agreed,
            }),
            Err(message) => form.errors.add(means.name(), message),
        }
    }
    contacts
}

pub(in crate::party) async fn add(
    State(app): State<App>,
    viewer: Viewer,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let id = form
        .value("id")
        .parse()
        .unwrap_or_else(|_| PartyId(new_uuid(&app.clock)));
    let agency = viewer.principal.agency;
    viewer.must(Action::EditParties, &Resource::party(id.0, agency))?;
    let Some(kind) = PartyKind::from_name(form.value("kind")) else {
        form.errors.add("kind", NO_KIND);
        return edit_page(&app, &viewer, &form, &new_context(id, None), "/people");
    };
    let new = NewParty {
        details: details(&mut form, kind, app.clock.today()),
        contacts: first_contacts(&mut form),
        agency,
        rules: Rules::default(),
    };
    if !form.is_valid() {
        let context = new_context(id, Some(kind));
        return edit_page(&app, &viewer, &form, &context, "/people/new");
    }
    let added = write!(&app.db, &app.clock, &viewer.actor(), |tx| store::add(
        tx, id, &new
    )
    .await)
    .await;
    let reference = match added {
        Ok(brief) => brief.reference,
        Err(DbError::Duplicate) => {
            // The same form sent twice.
            let party = read!(&app.db, |tx| store::find(tx, id).await).await?;
            if !viewer.may(Action::SeeParties, &Resource::party(id.0, party.agency)) {
                return Err(PageError::NotFound);
            }
            party.reference
        }
        Err(error) => return Err(error.into()),
    };
    app.flash(&viewer, "Added. Check how they may be contacted")
        .await?;
    Ok(Redirect::to(&format!("/people/{reference}")).into_response())
}

fn old_context(party: &Party, theirs: Vec<Row>) -> Context {
    Context {
        id: party.id,
        new: false,
        title: "Change details",
        action: format!("{}/edit", address(party)),
        kind: party.details.kind.name(),
        version: party.version,
        theirs,
    }
}

pub(in crate::party) async fn ask(
    State(app): State<App>,
    viewer: Viewer,
    Path(reference): Path<String>,
) -> Result<Response, PageError> {
    let party = look(&app, &viewer, &reference, Action::EditParties).await?;
    let form = fill(&party, app.clock.today());
    edit_page(
        &app,
        &viewer,
        &form,
        &old_context(&party, Vec::new()),
        &address(&party),
    )
}

pub(in crate::party) async fn change(
    State(app): State<App>,
    viewer: Viewer,
    Path(reference): Path<String>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let party = look(&app, &viewer, &reference, Action::EditParties).await?;
    let today = app.clock.today();
    let mut wanted = details(&mut form, party.details.kind, today);
    if wanted.age.years(today) == party.details.age.years(today)
        && matches!(
            (wanted.age, party.details.age),
            (Age::About { .. }, Age::About { .. })
        )
    {
        // Nobody was asked again: it stays what was said on its day.
        wanted.age = party.details.age;
    }
    if !form.is_valid() {
        return edit_page(
            &app,
            &viewer,
            &form,
            &old_context(&party, Vec::new()),
            &address(&party),
        );
    }
    let version = form.value("version").parse().unwrap_or(0);
    let changed = write!(&app.db, &app.clock, &viewer.actor(), |tx| store::change(
        tx, party.id, version, &wanted
    )
    .await)
    .await;
    match changed {
        Ok(()) => {
            app.flash(&viewer, "The details were changed").await?;
            Ok(to(&party))
        }
        Err(DbError::Stale) => {
            let now = look(&app, &viewer, &reference, Action::EditParties).await?;
            if now.details == wanted {
                return Ok(to(&now));
            }
            let theirs = rows(&now, today);
            edit_page(
                &app,
                &viewer,
                &form,
                &old_context(&now, theirs),
                &address(&now),
            )
        }
        Err(error) => Err(error.into()),
    }
}
