//! `GET /registers/{key}/records/{reference}`.

use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use commonweal_access::policy::{Action, RecordAct};
use commonweal_access::web::{PageError, Path, Query, Viewer};
use commonweal_core::files::blocked_among;
use commonweal_core::ids::new_uuid;
use commonweal_core::{DbError, read};
use commonweal_govuk::{Page, escape, page};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::answered::{scores, sections};
use super::context::{Context, Fact, Next, Tag};
use super::load::{self, Loaded};
use super::others::{belonging, links};
use super::timeline::{self, Entry, KINDS};
use crate::Forms;
use crate::answers::Names;
use crate::definition::{Definition, DefinitionKind, Personal, QuestionKind};
use crate::register::attachments::store::{self as attached, Attachment};
use crate::register::list::show::{capital, with_article};
use crate::register::moves::{before, may_move};
use crate::register::seen_file;
use crate::register::store::{self, Record, Timed};
use crate::register::words::{colour, day, moment};

page!(pub(super) RECORD, "forms/record.html", "record.html");

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    only: String,
}

pub(super) async fn show(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, reference)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let loaded = load::load(&forms, &viewer, &key, &reference).await?;
    loaded.log(&forms, &viewer).await?;
    let context = context(&forms, &viewer, &loaded, &asked.only).await?;
    let title = format!(
        "{} {}",
        capital(loaded.definition.singular.en()),
        context.reference
    );
    let mut page = Page::new(&RECORD, title)
        .breadcrumb("Forms and registers", "/registers")
        .breadcrumb(loaded.definition.title.en(), format!("/registers/{key}"));
    if context.place.is_some() {
        page = page.script("map.js").style("map.css");
    }
    forms.app.page(&viewer, page, &context)
}

async fn context(
    forms: &Forms,
    viewer: &Viewer,
    loaded: &Loaded,
    only: &str,
) -> Result<Context, PageError> {
    let Loaded {
        record,
        definition,
        seen,
    } = loaded;
    let app = &forms.app;
    let today = app.clock.today();
    let gathered = read!(&app.db, |tx| {
        let changes = store::changes(tx, record.id).await?;
        let notes = store::notes(tx, record.id).await?;
        let dues = store::dues(tx, record.id).await?;
        let files = attached::of(tx, record.id).await?;
        let stopped = blocked_among(tx, record.id).await?;
        let children = store::children(tx, record.id).await?;
        let uses = store::uses(tx, record.id).await?;
        let mut people: Vec<Uuid> = Vec::new();
        people.extend(changes.iter().filter_map(|change| change.actor));
        for change in &changes {
            for field in ["owner", "agency"] {
                let id = change.data[field]["is"].as_str();
                people.extend(id.and_then(|id| id.parse::<Uuid>().ok()));
            }
        }
        people.extend(notes.iter().filter_map(|note| note.written_by));
        people.extend(files.iter().filter_map(|file| file.by));
        people.extend(
            [record.owner, record.agency, record.created_by]
                .into_iter()
                .flatten(),
        );
        people.extend(children.iter().chain(&uses).filter_map(|one| one.owner));
        let names = load::all_names(forms, viewer, tx, &seen.answers, &people).await?;
        Ok::<_, DbError>((
            changes,
            notes,
            dues,
            (files, stopped),
            children,
            uses,
            names,
        ))
    })
    .await?;
    let (changes, notes, dues, (files, stopped), children, uses, names) = gathered;
    let resource = record.resource();
    let may = |act| viewer.principal.may_record(&definition.key, act, &resource);
    let may_change = may(RecordAct::Change);
    let state = definition.state(&record.state);
    let register = definition.kind == DefinitionKind::Register;
    let mut entries = timeline::of_changes(loaded, &changes, &names);
    entries.extend(timeline::of_notes(loaded, &notes));
    entries.extend(files.iter().map(|file| Entry {
        at: file.at,
        kind: "files",
        label: "File added".to_owned(),
        who: file.by,
        system: false,
        html: if loaded.sees_free_words() {
            escape(&file.name)
        } else {
            "Withheld".to_owned()
        },
    }));
    let groups = belonging(forms, viewer, record, &children, &names, &mut entries);
    let (mut moves, mut blocked) = (Vec::new(), Vec::new());
    for one in definition.moves_from(&record.state) {
        if !may_move(viewer, definition, one, record) {
            continue;
        }
        let next = Next {
            text: one.title.en().to_owned(),
            href: format!("{}/moves/{}", record.href(), one.key),
            missing: before(definition, one, record, "en"),
        };
        if next.missing.is_empty() {
            moves.push(next);
        } else {
            blocked.push(next);
        }
    }
    let scored = scores(loaded);
    Ok(Context {
        key: definition.key.clone(),
        reference: record.reference.clone(),
        singular: definition.singular.en().to_owned(),
        title: seen.title.clone(),
        state: Tag {
            text: state
                .map_or(record.state.as_str(), |state| state.title.en())
                .to_owned(),
            colour: state.map_or("grey", |state| colour(state.colour)),
        },
        bands: scored.1,
        facts: facts(record, register, &names, today),
        moves,
        blocked,
        sections: sections(loaded, &names, &stopped, may_change),
        scores: scored.0,
        withheld: !seen.withheld.is_empty(),
        erased: record.erased_at.map(moment),
        dues: dues
            .iter()
            .map(|due| of_due(definition, due, today))
            .collect(),
        timeline: timeline::items(entries, only, &names),
        kinds: KINDS
            .iter()
            .map(|(kind, text)| {
                let href = if kind.is_empty() {
                    format!("{}#timeline", record.href())
                } else {
                    format!("{}?only={kind}#timeline", record.href())
                };
                json!({ "text": text, "href": href, "active": *kind == only })
            })
            .collect(),
        children: groups,
        links: links(forms, viewer, record, &uses, &names),
        place: place(loaded),
        attachments: files
            .iter()
            .map(|file| of_file(record, file, stopped.contains(&file.id)))
            .collect(),
        sees_words: loaded.sees_free_words(),
        may_change,
        may_hand_over: may_change && register,
        note_id: new_uuid(&app.clock).to_string(),
        audit: viewer
            .principal
            .may_enter(Action::SeeAudit)
            .then(|| format!("/audit?subject={}", record.id)),
        note: if may_change {
            format!(
                "What is written here stays with {} and is seen by whoever may see its personal answers.",
                with_article(definition.singular.en())
            )
        } else {
            String::new()
        },
    })
}

fn facts(record: &Record, register: bool, names: &Names, today: NaiveDate) -> Vec<Fact> {
    let fact = |label: &str, value: String| Fact {
        label: label.to_owned(),
        value,
        ..Fact::default()
    };
    let mut facts = Vec::new();
    if register {
        let owner = record.owner.map_or("Nobody yet", |id| names.get(id));
        facts.push(fact("Who answers for it", owner.to_owned()));
        if let Some(agency) = record.agency {
            facts.push(fact("Agency", names.get(agency).to_owned()));
        }
        if let Some(due) = record.due_on {
            facts.push(Fact {
                note: left(due, today),
                attention: due < today,
                ..fact("Next due", day(due))
            });
        }
        if let Some(since) = record.state_since {
            facts.push(fact("In this state since", moment(since)));
        }
    }
    facts.push(fact(
        if register { "Added" } else { "Received" },
        moment(record.created_at),
    ));
    facts
}

/// How long there is until a day, in words.
fn left(due: NaiveDate, today: NaiveDate) -> String {
    match (due - today).num_days() {
        0 => "Today".to_owned(),
        1 => "Tomorrow".to_owned(),
        -1 => "Overdue by 1 day".to_owned(),
        days if days < 0 => format!("Overdue by {} days", -days),
        days => format!("In {days} days"),
    }
}

fn of_due(definition: &Definition, due: &Timed, today: NaiveDate) -> Json {
    let title = definition.dues.iter().find(|one| one.key == due.due);
    let (state, colour) = match due.done_at {
        Some(at) => (
            format!("Done or no longer needed since {}", moment(at)),
            "grey",
        ),
        None if due.due_on < today => (left(due.due_on, today), "red"),
        None => (left(due.due_on, today), "blue"),
    };
    json!({
        "title": title.map_or(due.due.as_str(), |one| one.title.en()),
        "on": day(due.due_on),
        "state": state,
        "colour": colour,
        "open": due.done_at.is_none(),
    })
}

/// Where it is, as far as the viewer may know: an address that is personal is a personal place.
fn place(loaded: &Loaded) -> Option<Json> {
    let Loaded {
        record,
        definition,
        seen,
    } = loaded;
    let question = definition.get(definition.place?)?;
    if question.personal != Personal::None && !seen.may_see_personal {
        return None;
    }
    let (latitude, longitude) = record.place?;
    Some(json!({
        "url": format!("{}/place", record.href()),
        "latitude": format!("{latitude:.5}"),
        "longitude": format!("{longitude:.5}"),
        "exact": matches!(question.kind, QuestionKind::Location),
        "basemap": Json::Null,
    }))
}

fn of_file(record: &Record, file: &Attachment, stopped: bool) -> Json {
    json!({
        "id": file.id,
        "name": file.name,
        "href": format!("{}/attachments/{}", record.href(), file.id),
        "size": file.size_words(),
        "at": moment(file.at),
        "mark": seen_file::mark_href(file.id),
        "stopped": stopped,
    })
}

#[cfg(test)]
mod tests {
    use super::super::context::{Children, Section};
    use super::*;

    #[test]
    fn the_page_keeps_the_rules() {
        let fact = |attention| Fact {
            label: "Next due".to_owned(),
            value: "1 June 2026".to_owned(),
            note: "In 3 days".to_owned(),
            attention,
        };
        let row = json!({ "href": "/r", "title": "A", "reference": "SA-1", "state": "Found", "colour": "blue", "owner": "Nobody", "due": "1 June 2026", "register": "Others" });
        let full = Context {
            key: "sample".to_owned(),
            reference: "SA-7K3M-9QX4".to_owned(),
            singular: "sample problem".to_owned(),
            title: "1 High Street".to_owned(),
            state: Tag {
                text: "Found".to_owned(),
                colour: "blue",
            },
            bands: vec![Tag {
                text: "Risk: high".to_owned(),
                colour: "red",
            }],
            facts: vec![fact(true), fact(false)],
            moves: vec![Next {
                text: "Start work".to_owned(),
                href: "/m".to_owned(),
                missing: Vec::new(),
            }],
            blocked: vec![Next {
                text: "Finish".to_owned(),
                href: "/f".to_owned(),
                missing: vec!["First answer this.".to_owned()],
            }],
            sections: vec![Section {
                id: "what".to_owned(),
                title: "What it is".to_owned(),
                rows: vec![
                    json!({ "key": { "text": "Name" }, "value": { "html": "A<br>b" }, "actions": { "items": [{ "href": "/e", "text": "Change", "visuallyHiddenText": "name" }] } }),
                ],
            }],
            scores: vec![fact(false)],
            withheld: true,
            erased: Some("1 June 2026".to_owned()),
            dues: vec![
                json!({ "title": "Look at it", "on": "1 June 2026", "state": "Overdue by 1 day", "colour": "red", "open": true }),
            ],
            timeline: vec![
                json!({ "label": { "text": "Added" }, "datetime": { "timestamp": "2026-06-01T12:00:00Z", "text": "1 June 2026 at 1pm" }, "byline": { "text": "Ann" }, "html": "" }),
            ],
            kinds: vec![json!({ "text": "Everything", "href": "/r", "active": true })],
            children: vec![
                Children {
                    id: "items".to_owned(),
                    title: "Items".to_owned(),
                    add: Some(json!({ "text": "Add an item", "href": "/n" })),
                    rows: vec![row.clone()],
                },
                Children {
                    id: "others".to_owned(),
                    title: "Others".to_owned(),
                    ..Children::default()
                },
            ],
            links: vec![row],
            place: Some(
                json!({ "url": "/p", "latitude": "54.77500", "longitude": "-1.58000", "exact": false, "basemap": null }),
            ),
            attachments: vec![
                json!({ "id": Uuid::nil(), "name": "letter.pdf", "href": "/a", "size": "12 kB", "at": "1 June 2026", "mark": "/m", "stopped": false }),
                json!({ "id": Uuid::nil(), "name": "b.png", "href": "/b", "size": "12 kB", "at": "1 June 2026", "mark": "/m", "stopped": true }),
            ],
            sees_words: true,
            may_change: true,
            may_hand_over: true,
            note_id: Uuid::nil().to_string(),
            audit: Some("/audit?subject=1".to_owned()),
            note: "Stays here.".to_owned(),
        };
        commonweal_govuk::check_page(&RECORD, &full).unwrap();
        let bare = Context {
            title: "SA-7K3M-9QX4".to_owned(),
            reference: "SA-7K3M-9QX4".to_owned(),
            state: Tag {
                text: "Found".to_owned(),
                colour: "grey",
            },
            ..Context::default()
        };
        commonweal_govuk::check_page(&RECORD, &bare).unwrap();
    }
}
