//! Answers and scores as the record's page shows them.

use std::collections::BTreeSet;

use commonweal_govuk::escape;
use serde_json::json;
use uuid::Uuid;

use super::context::{Fact, Section, Tag};
use super::load::Loaded;
use super::timeline;
use crate::answers::{self, Answer, Names};
use crate::definition::{Definition, Personal, Question, QuestionKind, TextFormat};
use crate::register::seen_file;
use crate::register::store::Record;
use crate::register::words::colour;

/// The answers by page, each with a link to the page that asks for it.
pub(super) fn sections(
    loaded: &Loaded,
    names: &Names,
    stopped: &BTreeSet<Uuid>,
    may_change: bool,
) -> Vec<Section> {
    let Loaded {
        record,
        definition,
        seen,
    } = loaded;
    let shown = answers::shown(definition, &record.answers);
    let mut sections = Vec::new();
    for page in &definition.pages {
        let mut rows = Vec::new();
        for id in &page.questions {
            let Some(question) = definition.get(*id) else {
                continue;
            };
            let answer = seen.answer(question);
            // Whether a question is shown may follow from what is withheld: then it tells nothing.
            let tells = seen.withheld.is_empty() || seen.may_see_personal;
            if !shown.question(*id) && answer.is_none() {
                continue;
            }
            if !tells
                && question.shown_if.is_some()
                && answer.is_none()
                && !seen.withholds(question)
            {
                continue;
            }
            let personal = question.personal != Personal::None;
            let html = match answer {
                Some(answer) => of_answer(record, question, answer, names, stopped),
                None if personal && !seen.may_see_personal => {
                    "<span class=\"govuk-hint govuk-!-margin-bottom-0\">Withheld</span>".to_owned()
                }
                None => "<span class=\"govuk-hint govuk-!-margin-bottom-0\">Not answered</span>"
                    .to_owned(),
            };
            let mut row = json!({
                "key": { "text": question.label.en() },
                "value": { "html": html },
            });
            if may_change
                && (seen.may_see_personal || !personal)
                && let Some(row) = row.as_object_mut()
            {
                row.insert(
                    "actions".to_owned(),
                    json!({ "items": [{
                        "href": format!("{}/edit/{}#{}", record.href(), page.key, question.id),
                        "text": "Change",
                        "visuallyHiddenText": question.label.en(),
                    }] }),
                );
            }
            rows.push(row);
        }
        if !rows.is_empty() {
            sections.push(Section {
                id: page.key.clone(),
                title: page.title.en().to_owned(),
                rows,
            });
        }
    }
    sections
}

/// An answer as HTML: files and records are links.
fn of_answer(
    record: &Record,
    question: &Question,
    answer: &Answer,
    names: &Names,
    stopped: &BTreeSet<Uuid>,
) -> String {
    let link = |href: &str, text: &str| {
        format!(
            "<a class=\"govuk-link\" href=\"{}\">{}</a>",
            escape(href),
            escape(text)
        )
    };
    match (answer, &question.kind) {
        (Answer::Files(files), _) => files
            .iter()
            .map(|file| {
                if stopped.contains(&file.id) {
                    return format!(
                        "{} <span class=\"cw-secondary\">stopped, because it may be illegal</span>",
                        escape(&file.name)
                    );
                }
                format!(
                    "{} <a class=\"govuk-link govuk-body-s\" href=\"{}\">Report this image\
                     <span class=\"govuk-visually-hidden\"> {}</span></a>",
                    link(&format!("{}/files/{}", record.href(), file.id), &file.name),
                    escape(&seen_file::mark_href(file.id)),
                    escape(&file.name)
                )
            })
            .collect::<Vec<_>>()
            .join("<br>"),
        (Answer::Record(id), QuestionKind::Record { register }) => {
            let name = names.get(*id);
            let reference = name
                .rsplit('(')
                .next()
                .map(|end| end.trim_end_matches(')'))
                .filter(|end| end.parse::<commonweal_core::ids::Reference>().is_ok());
            match reference {
                Some(reference) => {
                    link(&format!("/registers/{register}/records/{reference}"), name)
                }
                None => escape(name),
            }
        }
        (Answer::Text(text), QuestionKind::Text(limits))
            if limits.format == TextFormat::Link && text.starts_with("https://") =>
        {
            link(text, text)
        }
        _ => timeline::lines(&answers::show(question, answer, "en", names)),
    }
}

/// Scores with their bands. A score that reads personal answers is personal.
pub(super) fn scores(loaded: &Loaded) -> (Vec<Fact>, Vec<Tag>) {
    let definition = &loaded.definition;
    let (mut facts, mut tags) = (Vec::new(), Vec::new());
    for scored in answers::scores(definition, &loaded.record.answers) {
        if !loaded.seen.may_see_personal
            && reads_personal(definition, &scored.score.value.names(), 0)
        {
            continue;
        }
        let Some(value) = scored.value else { continue };
        let title = scored.score.title.en();
        facts.push(Fact {
            label: title.to_owned(),
            value: commonweal_govuk::format::decimal(value, u32::from(value.fract() != 0.0)),
            note: scored.band.map_or_else(String::new, |band| {
                let advice = band.advice.as_ref().map_or("", |advice| advice.en());
                format!("{}. {advice}", band.title.en()).trim().to_owned()
            }),
            attention: false,
        });
        if let Some(band) = scored.band {
            tags.push(Tag {
                text: format!("{title}: {}", band.title.en()),
                colour: colour(band.colour),
            });
        }
    }
    (facts, tags)
}

/// Whether any of these names is a personal question, or a score that reads one.
fn reads_personal(definition: &Definition, names: &[&str], depth: usize) -> bool {
    names.iter().any(|name| {
        if let Some((_, question)) = definition.question(name) {
            return question.personal != Personal::None
                || question.shown_if.as_ref().is_some_and(|shown| {
                    depth < 8 && reads_personal(definition, &shown.names(), depth + 1)
                });
        }
        let score = definition.scores.iter().find(|score| score.id == *name);
        score.is_some_and(|score| {
            depth < 8 && reads_personal(definition, &score.value.names(), depth + 1)
        })
    })
}
