//! One person or organisation.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use commonweal_access::account::moment;
use commonweal_access::policy::{Action, Resource};
use commonweal_access::web::{App, PageError, Path, Viewer};
use commonweal_core::{DbError, ReadTx, args, read, sql};
use commonweal_govuk::{Page, escape, page};
use serde::Serialize;

use super::super::model::{Party, PartyId};
use super::super::rules::Decision;
use super::{Row, address, called, lines, look, rows};

page!(pub(super) SHOW_PAGE, "records/person.html", "show.html");

#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) name: String,
    pub(super) reference: String,
    pub(super) path: String,
    pub(super) under_18: bool,
    /// Whether whoever makes contact must read the wishes first.
    pub(super) careful: bool,
    pub(super) may_edit: bool,
    pub(super) rows: Vec<Row>,
    pub(super) contacts: Vec<Row>,
    pub(super) wishes: Vec<String>,
    pub(super) note: String,
    pub(super) history: Vec<Happened>,
}

/// An item of the timeline, as the component takes it.
#[derive(Debug, Serialize)]
pub(super) struct Happened {
    pub(super) label: Words,
    pub(super) datetime: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) byline: Option<Words>,
    pub(super) text: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Words {
    pub(super) text: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Moment {
    pub(super) timestamp: String,
    pub(super) text: String,
}

pub(in crate::party) async fn show(
    State(app): State<App>,
    viewer: Viewer,
    Path(reference): Path<String>,
) -> Result<Response, PageError> {
    let party = look(&app, &viewer, &reference, Action::SeeParties).await?;
    let history = read!(&app.db, |tx| history(tx, party.id).await).await?;
    let context = context(&app, &viewer, &party, history);
    // The name is on the page, not in its title: titles go into the browser's history.
    let title = format!("{} – People and organisations", party.reference);
    let page = Page::new(&SHOW_PAGE, title)
        .breadcrumb("Home", "/")
        .breadcrumb("People and organisations", "/people");
    app.page(&viewer, page, &context)
}

fn context(app: &App, viewer: &Viewer, party: &Party, history: Vec<Happened>) -> Context {
    let (today, now) = (app.clock.today(), app.clock.now());
    let may_edit = viewer.may(
        Action::EditParties,
        &Resource::party(party.id.0, party.agency),
    );
    let path = address(party);
    let contacts = party.contacts.iter().map(|contact| {
        let given = &contact.given;
        let shown = lines(&given.means.shown(&given.value));
        let (colour, words, why) = match contact.decision(&party.rules, now) {
            Decision::Allowed => ("green", "May be used now", String::new()),
            Decision::Refused(why) => ("red", "Do not use now", format!("<p class=\"govuk-body govuk-!-margin-bottom-0\">{}</p>", escape(&why))),
        };
        let html = format!(
            "<p class=\"govuk-body govuk-!-margin-bottom-1\">{shown}</p><p class=\"govuk-body govuk-!-margin-bottom-1\"><strong class=\"govuk-tag govuk-tag--{colour}\">{words}</strong></p>{why}"
        );
        let called = called(contact);
        let row = Row::html(called.clone(), html);
        if may_edit {
            row.action(
                format!("{path}/contacts/{}", contact.id),
                "Change",
                called.to_lowercase(),
            )
        } else {
            row
        }
    });
    Context {
        name: party.details.name(),
        reference: party.reference.clone(),
        under_18: party.details.age.under_18(today) == Some(true),
        careful: party.rules.say_something()
            || party.contacts.iter().any(|point| !point.given.agreed),
        may_edit,
        rows: rows(party, today),
        contacts: contacts.collect(),
        wishes: party.rules.lines(),
        note: party.rules.note.clone(),
        path,
        history,
    }
}

async fn history(tx: &mut ReadTx, id: PartyId) -> Result<Vec<Happened>, DbError> {
    let rows = tx
        .all(
            sql!("select events.kind, events.recorded_at, users.name from events left join users on users.id = events.actor where events.subject_kind = 'party' and events.subject_id = $1 order by events.recorded_at desc, events.id desc limit 50"),
            args![id],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let at: DateTime<Utc> = row.get("recorded_at")?;
            let kind: String = row.get("kind")?;
            let name: Option<String> = row.get("name")?;
            Ok(Happened {
                label: Words {
                    text: words(&kind).to_owned(),
                },
                datetime: Moment {
                    timestamp: at.to_rfc3339(),
                    text: moment(at),
                },
                byline: name.map(|text| Words { text }),
                text: String::new(),
            })
        })
        .collect()
}

/// What an event is called on the page.
fn words(kind: &str) -> &'static str {
    match kind {
        "party.added" => "Added",
        "party.changed" => "Details changed",
        "party.wishes_changed" => "Safe contact changed",
        "party.contact_added" => "Contact added",
        "party.contact_changed" => "Contact changed",
        "party.contact_removed" => "Contact removed",
        _ => "Changed",
    }
}
