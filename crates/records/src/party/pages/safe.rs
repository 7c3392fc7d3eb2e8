//! Wishes about safe contact.

use axum::extract::State;
use axum::response::Response;
use commonweal_access::policy::Action;
use commonweal_access::web::{App, PageError, Path, Sent, Viewer};
use commonweal_core::{DbError, write};
use commonweal_govuk::{Form, Page, page};
use http::StatusCode;
use serde::Serialize;

use super::super::contact::{fill_rules, parse_rules};
use super::super::model::{ContactId, Party};
use super::super::rules::{Rules, WEEK};
use super::super::store;
use super::{Choice, address, called, look, to};

page!(pub(super) SAFE_PAGE, "records/person-safe-contact.html", "safe.html");

#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) action: String,
    pub(super) version: i64,
    pub(super) points: Vec<Choice>,
    pub(super) days: Vec<Choice>,
    pub(super) may: Vec<Choice>,
    /// The wishes that are stored now, where somebody else changed them.
    pub(super) theirs: Vec<String>,
}

/// What the boxes show: what was typed, or what is stored.
struct Boxes {
    rules: Rules,
    agreed: Vec<ContactId>,
}

impl Boxes {
    fn stored(party: &Party) -> Self {
        let agreed = party.contacts.iter().filter(|contact| contact.given.agreed);
        Self {
            rules: party.rules.clone(),
            agreed: agreed.map(|contact| contact.id).collect(),
        }
    }
}

fn safe_page(
    app: &App,
    viewer: &Viewer,
    party: &Party,
    form: &Form,
    boxes: &Boxes,
    stale: bool,
) -> Result<Response, PageError> {
    let rules = &boxes.rules;
    let points = party.contacts.iter().map(|contact| {
        let given = &contact.given;
        let shown = given.means.shown(&given.value).replace('\n', ", ");
        let text = format!("{}: {shown}", called(contact));
        Choice::new(
            contact.id.to_string(),
            text,
            boxes.agreed.contains(&contact.id),
        )
    });
    let context = Context {
        action: format!("{}/safe-contact", address(party)),
        version: party.version,
        points: points.collect(),
        days: WEEK
            .iter()
            .map(|(day, name, words)| Choice::new(*name, *words, rules.days.contains(*day)))
            .collect(),
        may: vec![
            Choice::new(
                "leave_message",
                "A message may be left",
                rules.leave_message,
            ),
            Choice::new(
                "hide_caller",
                "Do not say who is calling or writing",
                rules.hide_caller,
            ),
            Choice::new(
                "never_write_home",
                "Never write to the home address",
                rules.never_write_home,
            ),
        ],
        theirs: if stale {
            let mut lines = party.rules.lines();
            lines.extend((!party.rules.note.is_empty()).then(|| party.rules.note.clone()));
            lines
        } else {
            Vec::new()
        },
    };
    let mut page = Page::new(&SAFE_PAGE, "Safe contact")
        .back(address(party))
        .form(form);
    if stale {
        page = page.status(StatusCode::CONFLICT);
    }
    app.page(viewer, page, &context)
}

pub(in crate::party) async fn ask(
    State(app): State<App>,
    viewer: Viewer,
    Path(reference): Path<String>,
) -> Result<Response, PageError> {
    let party = look(&app, &viewer, &reference, Action::EditParties).await?;
    let mut form = Form::default();
    fill_rules(&mut form, "", &party.rules);
    safe_page(&app, &viewer, &party, &form, &Boxes::stored(&party), false)
}

pub(in crate::party) async fn change(
    State(app): State<App>,
    viewer: Viewer,
    Path(reference): Path<String>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let party = look(&app, &viewer, &reference, Action::EditParties).await?;
    let rules = parse_rules(&mut form, "");
    let agreed = form.choices("points").filter_map(|id| id.parse().ok());
    let boxes = Boxes {
        agreed: agreed.collect(),
        rules,
    };
    if !form.is_valid() {
        return safe_page(&app, &viewer, &party, &form, &boxes, false);
    }
    let version = form.value("version").parse().unwrap_or(0);
    let done = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        store::set_rules(tx, party.id, version, &boxes.rules, &boxes.agreed).await
    })
    .await;
    match done {
        Ok(()) => {
            app.flash(&viewer, "The wishes about safe contact were saved")
                .await?;
            Ok(to(&party))
        }
        Err(DbError::Stale) => {
            let now = look(&app, &viewer, &reference, Action::EditParties).await?;
            let stored = Boxes::stored(&now);
            if stored.rules == boxes.rules && stored.agreed == boxes.agreed {
                return Ok(to(&now));
            }
            safe_page(&app, &viewer, &now, &form, &boxes, true)
        }
        Err(error) => Err(error.into()),
    }
}
