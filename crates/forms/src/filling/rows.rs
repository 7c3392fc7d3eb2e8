//! Answers as rows of a summary list.

use commonweal_access::web::{PageError, Visit};
use commonweal_govuk::{Language, escape, text};
use serde::Serialize;

use super::journey::Journey;
use super::lookups;
use super::places;
use super::walk::{self, Step};
use crate::Forms;
use crate::answers::{self, Answer, Answers, Names};
use crate::definition::{Definition, Question};

/// A row of the summary list, as the component takes it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Row {
    /// What was asked.
    pub key: Text,
    /// What was answered.
    pub value: Html,
    /// Where it can be changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actions: Option<Actions>,
}

/// Plain text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Text {
    /// The text.
    pub text: String,
}

/// Safe HTML.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Html {
    /// The HTML.
    pub html: String,
}

/// What can be done with a row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Actions {
    /// The links.
    pub items: Vec<Link>,
}

/// A link.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Link {
    /// Where it leads.
    pub href: String,
    /// Its words.
    pub text: String,
    /// What it is about, for those who do not see the row.
    pub visually_hidden_text: String,
}

/// Rows under a heading.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Section {
    /// The page's title.
    pub title: Option<String>,
    /// Its answers.
    pub rows: Vec<Row>,
}

/// An answer as HTML: lines stay lines, a place says how exact it is.
pub(crate) fn value(
    question: &Question,
    answer: Option<&Answer>,
    language: &str,
    engine: Language,
    names: &Names,
) -> String {
    let Some(answer) = answer else {
        return escape(&text::t(engine, "forms.not_answered"));
    };
    let shown = answers::show(question, answer, language, names);
    let mut html = escape(&shown).replace('\n', "<br>");
    if let Answer::Location(place) = answer {
        html.push_str("<br><span class=\"govuk-hint\">");
        html.push_str(&escape(&places::exactness(engine, place)));
        html.push_str("</span>");
    }
    html
}

/// A row without a link.
pub(crate) fn row(
    question: &Question,
    answer: Option<&Answer>,
    language: &str,
    engine: Language,
    names: &Names,
) -> Row {
    Row {
        key: Text {
            text: question.label.get(language).to_owned(),
        },
        value: Html {
            html: value(question, answer, language, engine, names),
        },
        actions: None,
    }
}

/// All answers that were asked for, by page, each with a link to change it.
pub(super) fn sections(
    forms: &Forms,
    journey: &Journey,
    names: &Names,
    answers: &Answers,
) -> Vec<Section> {
    let (definition, language) = (&journey.definition, journey.draft.language.as_str());
    let engine = journey.engine(forms);
    let shown = walk::shown(definition, answers, journey.state());
    let mut sections: Vec<(usize, Section)> = Vec::new();
    for step in walk::steps(definition) {
        for id in &step.questions {
            let Some(question) = definition.get(*id) else {
                continue;
            };
            if !shown.page(step.page)
                || !shown.question(*id)
                || !walk::asks(definition, *id, answers)
                || journey.withheld.contains(&question.id)
            {
                continue;
            }
            let mut row = row(question, answers.get(&question.id), language, engine, names);
            row.actions = Some(Actions {
                items: vec![Link {
                    href: format!(
                        "{}?to=check#{}",
                        journey.at(&step),
                        super::fields::anchor(question)
                    ),
                    text: text::t(engine, "forms.change").into_owned(),
                    visually_hidden_text: question.label.get(language).to_owned(),
                }],
            });
            match sections.last_mut().filter(|(page, _)| *page == step.page) {
                Some((_, section)) => section.rows.push(row),
                None => sections.push((
                    step.page,
                    Section {
                        title: definition
                            .pages
                            .get(step.page)
                            .map(|page| page.title.get(language).to_owned()),
                        rows: vec![row],
                    },
                )),
            }
        }
    }
    sections.into_iter().map(|(_, section)| section).collect()
}

/// The saved answers of a step, beside what somebody typed in another tab.
///
/// # Errors
/// [`PageError`].
pub(super) async fn of_step(
    forms: &Forms,
    visit: &Visit,
    journey: &Journey,
    step: &Step,
) -> Result<Vec<Row>, PageError> {
    let (definition, answers) = (&journey.definition, &journey.draft.answers);
    let names = lookups::names(forms, visit.viewer.as_ref(), definition, answers).await?;
    Ok(step
        .questions
        .iter()
        .filter_map(|id| definition.get(*id))
        .filter(|question| !journey.withheld.contains(&question.id))
        .map(|question| {
            row(
                question,
                answers.get(&question.id),
                &journey.draft.language,
                forms.app.settings.language,
                &names,
            )
        })
        .collect())
}

/// Scores as rows, for those who may see them.
pub(super) fn scores(definition: &Definition, answers: &Answers, language: &str) -> Vec<Row> {
    answers::scores(definition, answers)
        .into_iter()
        .filter_map(|scored| {
            let value = scored.value?;
            let figure = commonweal_govuk::format::decimal(
                value,
                u32::from(value.fract().abs() > f64::EPSILON),
            );
            let html = match scored.band {
                Some(band) => {
                    let advice = band
                        .advice
                        .as_ref()
                        .map(|advice| format!("<br>{}", escape(advice.get(language))))
                        .unwrap_or_default();
                    format!("{figure}: {}{advice}", escape(band.title.get(language)))
                }
                None => figure,
            };
            Some(Row {
                key: Text {
                    text: scored.score.title.get(language).to_owned(),
                },
                value: Html { html },
                actions: None,
            })
        })
        .collect()
}
