//! Free texts: what people wrote, to read and to search, for those who may see it.

use axum::extract::State;
use axum::response::Response;
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{PageError, Path, Sent, Viewer};
use commonweal_core::db::{Asked as ListAsked, Value};
use commonweal_core::{DbError, read};
use commonweal_govuk::{Form, Page, page};
use serde::Serialize;
use uuid::Uuid;

use super::pages::enter;
use super::store::{COUNTED, Read};
use crate::Forms;
use crate::answers::Answer;
use crate::definition::{Personal, Question, QuestionKind, Shared};

page!(pub(super) TEXTS, "forms/results/texts.html", "texts.html");

/// The most answers on a page.
const MOST: usize = 100;

#[derive(Serialize)]
struct Line {
    reference: String,
    day: String,
    text: String,
}

#[derive(Serialize)]
struct Context {
    key: String,
    question: String,
    title: String,
    label: String,
    lines: Vec<Line>,
    more: bool,
    most: usize,
    searched: String,
}

/// The question, where it asks for text and the viewer may see such answers at all.
fn question<'a>(
    viewer: &Viewer,
    definition: &'a Shared,
    id: &str,
) -> Result<(&'a Question, RecordAct), PageError> {
    let (_, question) = definition.question(id).ok_or(PageError::NotFound)?;
    if !matches!(
        question.kind,
        QuestionKind::Text(_) | QuestionKind::LongText(_)
    ) {
        return Err(PageError::NotFound);
    }
    let act = match question.personal {
        Personal::None => RecordAct::See,
        _ => RecordAct::SeePersonal,
    };
    if viewer.principal.may_enter_records(&definition.key, act) {
        Ok((question, act))
    } else {
        Err(PageError::NotFound)
    }
}

pub(super) async fn show(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    list(&forms, &viewer, &key, &id, &Form::default()).await
}

/// Words that are searched for may be a name: they are sent, never part of an address.
pub(super) async fn search(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, id)): Path<(String, String)>,
    Sent(form): Sent,
) -> Result<Response, PageError> {
    list(&forms, &viewer, &key, &id, &form).await
}

async fn list(
    forms: &Forms,
    viewer: &Viewer,
    key: &str,
    id: &str,
    form: &Form,
) -> Result<Response, PageError> {
    let definition = enter(forms, viewer, key, RecordAct::See)?;
    viewer.must_record(
        key,
        RecordAct::Results,
        &commonweal_access::policy::Resource::door(),
    )?;
    let (question, act) = question(viewer, &definition, id)?;
    let words: Vec<String> = form
        .value("words")
        .split_whitespace()
        .map(str::to_lowercase)
        .take(10)
        .collect();
    let scope = viewer.principal.record_scope(act);
    let found: Result<(Vec<(Uuid, Line)>, bool), DbError> = read!(&forms.app.db, |tx| {
        let mut lines = Vec::new();
        let mut asked = ListAsked {
            filters: vec![("definition".to_owned(), Value::from(key))],
            limit: Some(500),
            ..ListAsked::default()
        };
        loop {
            let page = COUNTED.page(tx, &scope, &asked).await?;
            for row in &page.rows {
                let record = Read::of(row)?;
                // The scope and the policy are equal by a property test; both are asked all the same.
                let resource = commonweal_access::policy::Resource::record(
                    record.id,
                    record.agency,
                    record.owner,
                );
                let Some(Answer::Text(text)) = record.answers.get(id) else {
                    continue;
                };
                let lower = text.to_lowercase();
                if !words.iter().all(|word| lower.contains(word.as_str()))
                    || !viewer.principal.may_record(key, act, &resource)
                    || !viewer.principal.may_record(key, RecordAct::See, &resource)
                {
                    continue;
                }
                if lines.len() == MOST {
                    return Ok((lines, true));
                }
                let day = record.created_at.with_timezone(&chrono_tz::Europe::London);
                let line = Line {
                    reference: record.reference,
                    day: day.format("%-d %B %Y").to_string(),
                    text: text.clone(),
                };
                lines.push((record.id, line));
            }
            asked.after = page.next;
            if asked.after.is_none() {
                return Ok((lines, false));
            }
        }
    })
    .await;
    let (lines, more) = found?;
    if act == RecordAct::SeePersonal {
        let ids: Vec<Uuid> = lines.iter().map(|(id, _)| *id).collect();
        crate::register::log_read(&forms.app, viewer, "read_results", &ids).await?;
    }
    let context = Context {
        key: key.to_owned(),
        question: id.to_owned(),
        title: definition.title.en().to_owned(),
        label: question.label.en().to_owned(),
        lines: lines.into_iter().map(|(_, line)| line).collect(),
        more,
        most: MOST,
        searched: form.value("words").to_owned(),
    };
    let page = Page::new(&TEXTS, format!("Answers: {}", question.label.en()))
        .breadcrumb("Forms and registers", "/registers")
        .breadcrumb(definition.title.en(), format!("/registers/{key}"))
        .breadcrumb("Results", format!("/registers/{key}/results"))
        .form(form);
    forms.app.page(viewer, page, &context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_keeps_the_rules() {
        let line = || Line {
            reference: "EH-7K3M-9QX4".to_owned(),
            day: "1 June 2026".to_owned(),
            text: "The <b>gate</b> is open\nat night".to_owned(),
        };
        for (lines, more, searched) in [(vec![], false, "gate"), (vec![line(), line()], true, "")] {
            let sample = Context {
                key: "empty-homes".to_owned(),
                question: "trace".to_owned(),
                title: "Empty homes".to_owned(),
                label: "What has been done?".to_owned(),
                lines,
                more,
                most: MOST,
                searched: searched.to_owned(),
            };
            commonweal_govuk::check_page(&TEXTS, &sample).unwrap();
        }
    }
}
