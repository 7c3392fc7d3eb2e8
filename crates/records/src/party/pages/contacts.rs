//! Adding, changing and removing a way of contact.

use axum::extract::State;
use axum::response::Response;
use commonweal_access::policy::Action;
use commonweal_access::web::{App, PageError, Path, Sent, Viewer};
use commonweal_core::ids::new_uuid;
use commonweal_core::{DbError, write};
use commonweal_govuk::{Form, Page, page};
use http::StatusCode;
use serde::Serialize;

use super::super::contact::Means;
use super::super::model::{Contact, ContactId, NewContact, Party};
use super::super::store;
use super::{Choice, Row, address, called, look, to};

page!(pub(super) CONTACT_PAGE, "records/person-contact.html", "contact.html");

#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) action: String,
    pub(super) new: bool,
    pub(super) version: i64,
    pub(super) means: Vec<Choice>,
    /// What is stored now, where somebody else changed it.
    pub(super) theirs: Vec<Row>,
    pub(super) stale: bool,
}

fn contact_page(
    app: &App,
    viewer: &Viewer,
    party: &Party,
    contact: ContactId,
    form: &Form,
    stale: bool,
) -> Result<Response, PageError> {
    let stored = party.contacts.iter().find(|stored| stored.id == contact);
    let theirs = party.contacts.iter().map(|stored| {
        Row::new(
            called(stored),
            &stored.given.means.shown(&stored.given.value),
        )
    });
    let context = Context {
        action: format!("{}/contacts/{contact}", address(party)),
        new: stored.is_none(),
        version: party.version,
        means: Means::ALL
            .into_iter()
            .map(|means| {
                Choice::new(
                    means.name(),
                    means.words(),
                    form.value("means") == means.name(),
                )
            })
            .collect(),
        theirs: if stale { theirs.collect() } else { Vec::new() },
        stale,
    };
    let title = if context.new {
        "Add a contact"
    } else {
        "Change a contact"
    };
    let mut page = Page::new(&CONTACT_PAGE, title)
        .back(address(party))
        .form(form);
    if stale {
        page = page.status(StatusCode::CONFLICT);
    }
    app.page(viewer, page, &context)
}

fn fill(contact: Option<&Contact>) -> Form {
    let mut form = Form::default();
    if let Some(Contact { given, .. }) = contact {
        form.set("means", given.means.name());
        form.set("value", given.means.shown(&given.value));
        form.set("label", &given.label);
        if given.home {
            form.set("home", "yes");
        }
        if given.agreed {
            form.set("agreed", "yes");
        }
    }
    form
}

fn read_form(form: &mut Form) -> Option<NewContact> {
    let means = Means::from_name(form.value("means"));
    if means.is_none() {
        form.errors
            .add("means", "Select what kind of contact it is");
    }
    let typed = form.value("value").to_owned();
    let value = match means.map(|means| means.normal(&typed)) {
        Some(Ok(value)) => value,
        Some(Err(message)) => {
            form.errors.add("value", message);
            String::new()
        }
        None => String::new(),
    };
    let label = form.value("label").to_owned();
    if label.chars().count() > 60 {
        form.errors
            .add("label", "This must be 60 characters or fewer");
    }
    let ticked = |field: &str| form.choices(field).any(|choice| choice == "yes");
    let (home, agreed) = (ticked("home"), ticked("agreed"));
    means.filter(|_| form.is_valid()).map(|means| NewContact {
        means,
        label,
        value,
        home,
        agreed,
    })
}

pub(in crate::party) async fn ask(
    State(app): State<App>,
    viewer: Viewer,
    Path((reference, contact)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let party = look(&app, &viewer, &reference, Action::EditParties).await?;
    if contact == "new" {
        let id = ContactId(new_uuid(&app.clock));
        return contact_page(&app, &viewer, &party, id, &fill(None), false);
    }
    let id: ContactId = contact.parse().map_err(|_| PageError::NotFound)?;
    let stored = party.contacts.iter().find(|stored| stored.id == id);
    let form = fill(Some(stored.ok_or(PageError::NotFound)?));
    contact_page(&app, &viewer, &party, id, &form, false)
}

pub(in crate::party) async fn put(
    State(app): State<App>,
    viewer: Viewer,
    Path((reference, id)): Path<(String, ContactId)>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let party = look(&app, &viewer, &reference, Action::EditParties).await?;
    let Some(given) = read_form(&mut form) else {
        return contact_page(&app, &viewer, &party, id, &form, false);
    };
    let version = form.value("version").parse().unwrap_or(0);
    let done = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        store::put_contact(tx, party.id, version, id, &given).await
    })
    .await;
    match done {
        Ok(()) => {
            app.flash(&viewer, "The contact was saved").await?;
            Ok(to(&party))
        }
        Err(DbError::Stale) => {
            let now = look(&app, &viewer, &reference, Action::EditParties).await?;
            let same = now
                .contacts
                .iter()
                .any(|stored| stored.id == id && stored.given == given);
            if same {
                return Ok(to(&now));
            }
            contact_page(&app, &viewer, &now, id, &form, true)
        }
        // The id is that of a contact of somebody else.
        Err(DbError::Duplicate) => Err(PageError::NotFound),
        Err(error) => Err(error.into()),
    }
}

pub(in crate::party) async fn remove(
    State(app): State<App>,
    viewer: Viewer,
    Path((reference, id)): Path<(String, ContactId)>,
    Sent(form): Sent,
) -> Result<Response, PageError> {
    let party = look(&app, &viewer, &reference, Action::EditParties).await?;
    let stored = party.contacts.iter().find(|stored| stored.id == id);
    let form_of_it = fill(Some(stored.ok_or(PageError::NotFound)?));
    let version = form.value("version").parse().unwrap_or(0);
    let done = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        store::remove_contact(tx, party.id, version, id).await
    })
    .await;
    match done {
        Ok(()) => {
            app.flash(&viewer, "The contact was removed").await?;
            Ok(to(&party))
        }
        Err(DbError::Stale) => contact_page(&app, &viewer, &party, id, &form_of_it, true),
        Err(error) => Err(error.into()),
    }
}
