//! The pages of a definition as they will look, with nothing to be sent.

use serde::Serialize;

use super::outline::options;
use crate::definition::{Definition, Question, QuestionKind};

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct PreviewPage {
    pub(super) title: String,
    pub(super) intro: Vec<String>,
    pub(super) condition: Option<String>,
    pub(super) questions: Vec<Field>,
}

/// A question with the fields that it is answered in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Field {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) hint: Option<String>,
    pub(super) optional: bool,
    pub(super) condition: Option<String>,
    /// `line`, `lines`, `radios`, `checkboxes`, `date`, `several` or `files`.
    pub(super) look: &'static str,
    /// After the field, such as 'hours'.
    pub(super) unit: Option<String>,
    /// Before the field, such as '£'.
    pub(super) before: Option<&'static str>,
    /// Options, or the labels of several lines.
    pub(super) items: Vec<Choice>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Choice {
    pub(super) text: String,
    pub(super) hint: Option<String>,
}

pub(super) fn preview(definition: &Definition) -> Vec<PreviewPage> {
    let page = |page: &crate::definition::Page| PreviewPage {
        title: page.title.en().to_owned(),
        intro: page.intro.iter().map(|text| text.en().to_owned()).collect(),
        condition: page.shown_if.as_ref().map(ToString::to_string),
        questions: page
            .questions
            .iter()
            .filter_map(|id| definition.get(*id))
            .map(field)
            .collect(),
    };
    definition.pages.iter().map(page).collect()
}

fn plain(texts: &[&str]) -> Vec<Choice> {
    let choice = |text: &&str| Choice {
        text: (*text).to_owned(),
        hint: None,
    };
    texts.iter().map(choice).collect()
}

fn field(question: &Question) -> Field {
    let (look, items) = match &question.kind {
        QuestionKind::LongText(_) => ("lines", Vec::new()),
        QuestionKind::YesNo { .. } => ("radios", plain(&["Yes", "No"])),
        QuestionKind::Choice(_) => ("radios", choices(question)),
        QuestionKind::Choices { .. } => ("checkboxes", choices(question)),
        QuestionKind::Scale {
            from,
            to,
            low,
            high,
            unsure,
        } => (
            "radios",
            points((*from, *to), (low.en(), high.en()), *unsure),
        ),
        QuestionKind::Date { .. } => ("date", plain(&["Day", "Month", "Year"])),
        QuestionKind::Address => (
            "several",
            plain(&[
                "Address line 1",
                "Address line 2 (optional)",
                "Town or city",
                "Postcode (optional)",
                "UPRN (optional)",
            ]),
        ),
        QuestionKind::Contact => (
            "several",
            plain(&[
                "Name",
                "Telephone",
                "Email",
                "When and how it is safe to get in touch",
            ]),
        ),
        QuestionKind::Files { .. } => ("files", Vec::new()),
        _ => ("line", Vec::new()),
    };
    Field {
        id: format!("preview-{}", question.id),
        label: question.label.en().to_owned(),
        hint: question.hint.as_ref().map(|hint| hint.en().to_owned()),
        optional: !question.required,
        condition: question.shown_if.as_ref().map(ToString::to_string),
        look,
        unit: match &question.kind {
            QuestionKind::Number { unit, .. } => unit.as_ref().map(|unit| unit.en().to_owned()),
            _ => None,
        },
        before: matches!(question.kind, QuestionKind::Money { .. }).then_some("£"),
        items,
    }
}

fn choices(question: &Question) -> Vec<Choice> {
    let choice = |option: &crate::definition::Choice| Choice {
        text: option.text.en().to_owned(),
        hint: option.hint.as_ref().map(|hint| hint.en().to_owned()),
    };
    options(&question.kind).iter().map(choice).collect()
}

fn points((from, to): (i64, i64), (low, high): (&str, &str), unsure: bool) -> Vec<Choice> {
    let mut items: Vec<Choice> = (from..=to)
        .map(|point| Choice {
            text: match point {
                _ if point == from => format!("{point}: {low}"),
                _ if point == to => format!("{point}: {high}"),
                _ => point.to_string(),
            },
            hint: None,
        })
        .collect();
    if unsure {
        items.extend(plain(&["Do not know or rather not say"]));
    }
    items
}
