//! The pages of people and organisations.

pub(super) mod contacts;
pub(super) mod edit;
pub(super) mod safe;
pub(super) mod search;
pub(super) mod show;

use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::NaiveDate;
use commonweal_access::policy::{Action, Resource};
use commonweal_access::web::{App, PageError, Viewer};
use commonweal_core::ids::Reference;
use commonweal_core::read;
use commonweal_govuk::escape;
use serde::Serialize;

use super::model::{Contact, Party, PartyKind};
use super::store;

/// The party of an address, where the viewer may do this to it; the look is recorded first.
/// Whoever may not gets the same answer as where there is none.
async fn look(
    app: &App,
    viewer: &Viewer,
    reference: &str,
    action: Action,
) -> Result<Party, PageError> {
    let reference: Reference = reference.parse().map_err(|_| PageError::NotFound)?;
    let party = read!(&app.db, |tx| store::find_reference(tx, reference.as_str())
        .await
        .map_err(PageError::from))
    .await?;
    if !viewer.may(action, &Resource::party(party.id.0, party.agency)) {
        return Err(PageError::NotFound);
    }
    app.access_log
        .record(&app.clock, viewer, action, &[party.id.0])
        .await?;
    Ok(party)
}

fn address(party: &Party) -> String {
    format!("/people/{}", party.reference)
}

fn to(party: &Party) -> Response {
    Redirect::to(&address(party)).into_response()
}

/// A row of a summary list, as the component takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    key: Text,
    value: Html,
    #[serde(skip_serializing_if = "Option::is_none")]
    actions: Option<Actions>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Text {
    text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Html {
    html: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Actions {
    items: Vec<Link>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Link {
    href: String,
    text: &'static str,
    visually_hidden_text: String,
}

/// A choice of a group of radios or checkboxes, as the component takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Choice {
    value: String,
    text: String,
    checked: bool,
}

impl Choice {
    fn new(value: impl Into<String>, text: impl Into<String>, checked: bool) -> Self {
        Self {
            value: value.into(),
            text: text.into(),
            checked,
        }
    }
}

/// A text of several lines as HTML.
fn lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(escape).collect();
    lines.join("<br>")
}

impl Row {
    /// A row whose value is text, perhaps of several lines.
    fn new(key: impl Into<String>, value: &str) -> Self {
        Self::html(key, lines(value))
    }

    fn html(key: impl Into<String>, html: String) -> Self {
        Self {
            key: Text { text: key.into() },
            value: Html { html },
            actions: None,
        }
    }

    fn action(mut self, href: String, text: &'static str, hidden: impl Into<String>) -> Self {
        self.actions = Some(Actions {
            items: vec![Link {
                href,
                text,
                visually_hidden_text: hidden.into(),
            }],
        });
        self
    }
}

/// What is known of a party, a row each; what is not known has none.
fn rows(party: &Party, today: NaiveDate) -> Vec<Row> {
    let details = &party.details;
    let mut rows = Vec::new();
    let mut add = |key: &str, value: &str| {
        if !value.is_empty() {
            rows.push(Row::new(key, value));
        }
    };
    if details.kind == PartyKind::Organisation {
        add("Name", &details.organisation);
    } else {
        add("Given names", &details.given);
        add("Family name", &details.family);
        add("Known as", &details.known_as);
        add(
            match details.age {
                super::Age::Born(_) => "Date of birth",
                _ => "Age",
            },
            &details.age.words(today).unwrap_or_default(),
        );
        add("Pronouns", &details.pronouns);
        let interpreter = if details.interpreter {
            "An interpreter is needed"
        } else {
            ""
        };
        let language = [details.language.as_str(), interpreter].join("\n");
        add("Language", language.trim());
        add("Adjustments needed", &details.adjustments);
    }
    add("Where this comes from", &details.source);
    add("Added by", &party.agency_name);
    rows
}

/// How a contact point is called: 'Telephone, Work'.
fn called(contact: &Contact) -> String {
    let means = contact.given.means.words();
    match (contact.given.label.as_str(), contact.given.home) {
        ("", false) => means.to_owned(),
        ("", true) => format!("{means}, home"),
        (label, _) => format!("{means}, {label}"),
    }
}

#[cfg(test)]
mod tests {
    use commonweal_govuk::check_page;
    use uuid::Uuid;

    use super::super::model::{Brief, PartyId};
    use super::*;

    fn choices() -> Vec<Choice> {
        vec![
            Choice::new("one", "One", true),
            Choice::new("two", "Two", false),
        ]
    }

    #[test]
    fn the_pages_keep_the_rules() {
        let row = || Row::new("Name", "Sam <Ridley>\n1 High Street");
        let brief = Brief {
            id: PartyId(Uuid::nil()),
            reference: "P-7K3M-9QX4".to_owned(),
            name: "Sam Ridley".to_owned(),
            line: "Born in 1980".to_owned(),
        };
        for on in [true, false] {
            let search = search::Context {
                may_add: on,
                asked: on,
                rows: vec![brief.clone()],
                found: "120 found".to_owned(),
                more: on,
            };
            check_page(&search::SEARCH_PAGE, &search).unwrap();
            let words = || show::Words {
                text: "Added".to_owned(),
            };
            let shown = show::Context {
                name: "Sam".to_owned(),
                reference: "P-7K3M-9QX4".to_owned(),
                path: "/people/P-7K3M-9QX4".to_owned(),
                under_18: on,
                careful: on,
                may_edit: on,
                rows: vec![row()],
                contacts: if on {
                    vec![row().action("/people".to_owned(), "Change", "telephone")]
                } else {
                    Vec::new()
                },
                wishes: vec!["Do not leave a message.".to_owned()],
                note: if on {
                    "Ring twice".to_owned()
                } else {
                    String::new()
                },
                history: vec![show::Happened {
                    label: words(),
                    datetime: show::Moment {
                        timestamp: "2026-06-01T12:00:00Z".to_owned(),
                        text: "1 June 2026, 13:00".to_owned(),
                    },
                    byline: on.then(words),
                    text: String::new(),
                }],
            };
            check_page(&show::SHOW_PAGE, &shown).unwrap();
            for kind in ["", "person", "organisation"] {
                let edit = edit::Context {
                    id: PartyId(Uuid::nil()),
                    new: on,
                    title: "Add a person",
                    action: "/people/new".to_owned(),
                    kind,
                    version: 1,
                    theirs: if on { Vec::new() } else { vec![row()] },
                };
                check_page(&edit::EDIT_PAGE, &edit).unwrap();
            }
            let contact = contacts::Context {
                action: "/people/P-7K3M-9QX4/contacts/1".to_owned(),
                new: on,
                version: 1,
                means: choices(),
                theirs: vec![row()],
                stale: !on,
            };
            check_page(&contacts::CONTACT_PAGE, &contact).unwrap();
            let safe = safe::Context {
                action: "/people/P-7K3M-9QX4/safe-contact".to_owned(),
                version: 1,
                points: choices(),
                days: vec![Choice::new("mon", "Monday", on)],
                may: vec![Choice::new("leave_message", "A message may be left", on)],
                theirs: if on {
                    vec!["Do not leave a message.".to_owned()]
                } else {
                    Vec::new()
                },
            };
            check_page(&safe::SAFE_PAGE, &safe).unwrap();
        }
    }
}
