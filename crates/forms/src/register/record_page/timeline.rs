//! What happened to a record, newest first: events, notes, files and records that belong to it.

use chrono::{DateTime, Utc};
use commonweal_govuk::escape;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::load::Loaded;
use crate::answers::Names;
use crate::register::list::show::short;
use crate::register::store::{Change, Note};
use crate::register::words::moment;

/// The kinds that the timeline is filtered by, with their words.
pub(super) const KINDS: &[(&str, &str)] = &[
    ("", "Everything"),
    ("notes", "Notes"),
    ("moves", "Moves"),
    ("answers", "Answers"),
    ("files", "Files"),
    ("records", "Records"),
];

/// An entry.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub at: DateTime<Utc>,
    pub kind: &'static str,
    pub label: String,
    pub who: Option<Uuid>,
    pub system: bool,
    pub html: String,
}

/// The entries of a record's own events.
pub(super) fn of_changes(loaded: &Loaded, changes: &[Change], names: &Names) -> Vec<Entry> {
    changes
        .iter()
        .filter_map(|change| of_change(loaded, change, names))
        .collect()
}

fn of_change(loaded: &Loaded, change: &Change, names: &Names) -> Option<Entry> {
    let definition = &loaded.definition;
    let state = |name: &str| {
        let key = change.data["state"][name].as_str()?;
        let found = definition.state(key);
        Some(found.map_or(key, |state| state.title.en()).to_owned())
    };
    let fields = || {
        let fields = change
            .data
            .as_object()
            .into_iter()
            .flat_map(|data| data.keys());
        let labels: Vec<String> = fields
            .map(|id| match definition.question(id) {
                Some((_, question)) => short(question).to_owned(),
                None => id.clone(),
            })
            .collect();
        escape(&labels.join(", "))
    };
    let (kind, label, html) = match change.kind.as_str() {
        "form_record.added" => ("answers", "Added".to_owned(), String::new()),
        "form_record.changed" if change.data.as_object().is_some_and(|data| !data.is_empty()) => {
            ("answers", "Answers changed".to_owned(), fields())
        }
        "form_record.moved" => {
            let key = change.data["move"].as_str().unwrap_or_default();
            let made = definition.moves.iter().find(|one| one.key == key);
            let label = made.map_or("Moved", |one| one.title.en()).to_owned();
            let mut html = match (state("was"), state("is")) {
                (Some(was), Some(is)) => escape(&format!("From ‘{was}’ to ‘{is}’.")),
                _ => String::new(),
            };
            if let Some(reason) = change.data["reason"].as_str() {
                let reason = if loaded.sees_free_words() {
                    reason
                } else {
                    "Withheld"
                };
                html.push_str("<br>Why: ");
                html.push_str(&lines(reason));
            }
            ("moves", label, html)
        }
        "form_record.handed_over" => {
            let id = |field: &str| {
                change.data.get(field).map(|both| {
                    both["is"]
                        .as_str()
                        .and_then(|id| id.parse::<Uuid>().ok())
                        .map_or("nobody", |id| names.get(id))
                        .to_owned()
                })
            };
            let parts: Vec<String> = [
                id("agency").map(|name| format!("Agency: {name}")),
                id("owner").map(|name| format!("Who answers for it: {name}")),
            ]
            .into_iter()
            .flatten()
            .collect();
            ("moves", "Handed over".to_owned(), escape(&parts.join(". ")))
        }
        "form_record.migrated" => (
            "moves",
            "Taken over to a new version of the questions".to_owned(),
            String::new(),
        ),
        "form_record.erased" => (
            "moves",
            "Personal answers erased".to_owned(),
            "Their time to be kept was over.".to_owned(),
        ),
        _ => return None,
    };
    Some(Entry {
        at: change.at,
        kind,
        label,
        who: change.actor,
        system: change.actor.is_none(),
        html,
    })
}

/// The entries of notes.
pub(super) fn of_notes(loaded: &Loaded, notes: &[Note]) -> Vec<Entry> {
    notes
        .iter()
        .map(|note| Entry {
            at: note.written_at,
            kind: "notes",
            label: "Note".to_owned(),
            who: note.written_by,
            system: false,
            html: if note.text.is_empty() {
                "Erased: its time to be kept was over.".to_owned()
            } else if loaded.sees_free_words() {
                lines(&note.text)
            } else {
                "Withheld: notes here may be about people, and your role does not show those."
                    .to_owned()
            },
        })
        .collect()
}

/// Text with its lines kept.
pub(super) fn lines(text: &str) -> String {
    escape(text).replace('\n', "<br>")
}

/// Entries as the component takes them, newest first, of one kind or all; 200 at most.
pub(super) fn items(mut entries: Vec<Entry>, only: &str, names: &Names) -> Vec<Json> {
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    entries
        .iter()
        .filter(|entry| only.is_empty() || entry.kind == only)
        .take(200)
        .map(|entry| {
            let who = match entry.who {
                Some(id) => Some(names.get(id).to_owned()),
                None if entry.system => Some("the service".to_owned()),
                None => None,
            };
            json!({
                "label": { "text": entry.label },
                "datetime": { "timestamp": entry.at.to_rfc3339(), "text": moment(entry.at) },
                "byline": who.map(|name| json!({ "text": name })),
                "html": entry.html,
            })
        })
        .collect()
}
