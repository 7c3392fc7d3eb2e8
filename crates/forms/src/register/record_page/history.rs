//! Every version of the answers: who changed what, from what to what.

use axum::extract::State;
use axum::response::Response;
use commonweal_access::web::{PageError, Path, Viewer};
use commonweal_core::{DbError, read};
use commonweal_govuk::{Page, page};
use serde::Serialize;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::load::{self, Loaded};
use crate::Forms;
use crate::answers::{self, Answer, Answers, Names};
use crate::definition::Personal;
use crate::register::list::show::short;
use crate::register::store::{self, Change};
use crate::register::words::moment;

page!(pub(super) HISTORY, "forms/history.html", "history.html");

#[derive(Debug, Serialize)]
struct Context {
    title: String,
    reference: String,
    href: String,
    versions: Vec<Version>,
}

#[derive(Debug, Serialize)]
struct Version {
    id: usize,
    heading: String,
    who: String,
    rows: Vec<Json>,
}

pub(super) async fn show(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, reference)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let loaded = load::load(&forms, &viewer, &key, &reference).await?;
    loaded.log(&forms, &viewer).await?;
    let (changes, names) = read!(&forms.app.db, |tx| {
        let changes = store::changes(tx, loaded.record.id).await?;
        let mut everything = Answers::default();
        let people: Vec<Uuid> = changes.iter().filter_map(|change| change.actor).collect();
        let mut names = Names::default();
        for change in &changes {
            for answer in ["was", "is"]
                .iter()
                .flat_map(|side| answers_of(change, side))
            {
                everything.0.insert(answer.0, answer.1);
            }
            let found = load::all_names(&forms, &viewer, tx, &everything, &people).await?;
            names.0.extend(found.0);
            everything.0.clear();
        }
        Ok::<_, DbError>((changes, names))
    })
    .await?;
    let context = Context {
        title: loaded.seen.title.clone(),
        reference: loaded.record.reference.clone(),
        href: loaded.record.href(),
        versions: versions(&loaded, &changes, &names),
    };
    let page = Page::new(&HISTORY, format!("Versions of {}", loaded.record.reference))
        .breadcrumb("Forms and registers", "/registers")
        .breadcrumb(loaded.definition.title.en(), format!("/registers/{key}"))
        .breadcrumb(&loaded.record.reference, loaded.record.href());
    forms.app.page(&viewer, page, &context)
}

/// The answers of one side of a change.
fn answers_of<'a>(
    change: &'a Change,
    side: &'a str,
) -> impl Iterator<Item = (String, Answer)> + 'a {
    let fields = change.data.as_object().into_iter().flatten();
    fields.filter_map(move |(id, both)| {
        let answer = serde_json::from_value(both.get(side)?.clone()).ok()?;
        Some((id.clone(), answer))
    })
}

fn versions(loaded: &Loaded, changes: &[Change], names: &Names) -> Vec<Version> {
    let definition = &loaded.definition;
    let shown = |id: &str, value: Option<&Json>| match (value, definition.question(id)) {
        (None, _) => "Not answered".to_owned(),
        (Some(value), Some((_, question))) => serde_json::from_value::<Answer>(value.clone())
            .map_or_else(
                |_| "Erased".to_owned(),
                |answer| answers::show(question, &answer, "en", names),
            ),
        (Some(_), None) => "An answer to a question that is no longer asked".to_owned(),
    };
    changes
        .iter()
        .filter(|change| ["form_record.added", "form_record.changed"].contains(&change.kind.as_str()))
        .enumerate()
        .map(|(number, change)| {
            let rows = change.data.as_object().into_iter().flatten().map(|(id, both)| {
                let question = definition.question(id).map(|(_, question)| question);
                let personal = question.is_none_or(|question| question.personal != Personal::None);
                let label = question.map_or(id.as_str(), short);
                if personal && !loaded.seen.may_see_personal {
                    json!({ "label": label, "was": "Withheld", "is": "Withheld" })
                } else if both.is_string() {
                    json!({ "label": label, "was": "Erased", "is": "Erased" })
                } else {
                    json!({ "label": label, "was": shown(id, both.get("was")), "is": shown(id, both.get("is")) })
                }
            });
            Version {
                id: number,
                heading: moment(change.at),
                who: change.actor.map_or("the service", |id| names.get(id)).to_owned(),
                rows: rows.collect(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_keeps_the_rules() {
        let version = |id, rows| Version {
            id,
            heading: "1 June 2026 at 1pm".to_owned(),
            who: "Ann".to_owned(),
            rows,
        };
        let context = Context {
            title: "1 High Street".to_owned(),
            reference: "SA-7K3M-9QX4".to_owned(),
            href: "/registers/sample/records/SA-7K3M-9QX4".to_owned(),
            versions: vec![
                version(0, vec![json!({ "label": "Name", "was": "A", "is": "B" })]),
                version(1, Vec::new()),
            ],
        };
        commonweal_govuk::check_page(&HISTORY, &context).unwrap();
    }
}
