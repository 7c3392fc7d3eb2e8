//! A form on paper: every question in its order, with room to answer and, where a question is for
//! some only, who passes it over.

use axum::extract::State;
use axum::response::Response;
use commonweal_access::web::{PageError, Path, Query, Visit};
use commonweal_documents::pdf::{Block, Document, Field, FieldKind};
use commonweal_govuk::{Language, text};
use serde::Deserialize;

use crate::Forms;
use crate::definition::{
    Audience, Definition, Question, QuestionId, QuestionKind, TextFormat, Words,
};
use crate::filling::{fields, walk};

/// The language of a copy.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    lang: Option<String>,
}

/// `GET /forms/{key}/blank.pdf` and `GET /registers/{key}/blank.pdf`.
pub(super) async fn page(
    State(forms): State<Forms>,
    visit: Visit,
    Path(key): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let definition = forms.catalogue.get(&key).ok_or(PageError::NotFound)?;
    // What people are invited to answer is no secret; what only colleagues fill in is.
    if definition.audience == Audience::Staff {
        crate::filling::must_begin(&definition, &visit)?;
    }
    let language = asked
        .lang
        .filter(|code| definition.title.languages().any(|one| one == code))
        .unwrap_or_else(|| "en".to_owned());
    let settings = &forms.app.settings;
    let document = blank(
        &definition,
        &language,
        settings.language,
        &settings.partnership_name,
    );
    super::respond(document, forms.app.clock.now(), &key).await
}

/// The blank copy of a definition.
pub(crate) fn blank(
    definition: &Definition,
    language: &str,
    engine: Language,
    organisation: &str,
) -> Document {
    let say = |words: &Words| words.get(language).to_owned();
    let texts = &definition.texts;
    let mut blocks = vec![Block::Paragraph(say(&definition.about))];
    blocks.extend(texts.intro.iter().map(|line| Block::Paragraph(say(line))));
    if !texts.before_you_start.is_empty() {
        blocks.push(Block::Paragraph(
            text::t(engine, "forms.before").into_owned(),
        ));
        blocks.push(Block::List {
            numbered: false,
            items: texts.before_you_start.iter().map(say).collect(),
        });
    }
    if let Some(privacy) = &texts.privacy {
        blocks.push(Block::Note {
            title: text::t(engine, "forms.privacy").into_owned(),
            text: say(privacy),
        });
    }
    let nothing = crate::answers::Answers::default();
    let mut page = usize::MAX;
    for step in walk::steps(definition) {
        for id in &step.questions {
            let Some(question) = definition
                .get(*id)
                .filter(|_| walk::asks(definition, *id, &nothing))
            else {
                continue;
            };
            if step.page != page {
                page = step.page;
                if let Some(section) = definition.pages.get(page) {
                    blocks.push(Block::Heading {
                        level: 1,
                        text: say(&section.title),
                    });
                    blocks.extend(section.intro.iter().map(|line| Block::Paragraph(say(line))));
                }
            }
            blocks.extend(ask(definition, *id, question, language, engine));
        }
    }
    Document {
        title: say(&definition.title),
        organisation: organisation.to_owned(),
        language: if language == "en" { "en-GB" } else { language }.to_owned(),
        version: format!("{} {}", definition.prefix, definition.version),
        blocks,
        ..Document::default()
    }
}

/// A question with its room; when only some answer it, that is said first.
fn ask(
    definition: &Definition,
    id: QuestionId,
    question: &Question,
    language: &str,
    engine: Language,
) -> Vec<Block> {
    let t = |key: &str| text::t(engine, key).into_owned();
    let mut hint = question
        .hint
        .as_ref()
        .map(|hint| hint.get(language).to_owned())
        .unwrap_or_default();
    let page = definition.pages.get(question.page);
    let conditional =
        question.shown_if.is_some() || page.is_some_and(|page| page.shown_if.is_some());
    if conditional {
        let more = condition(definition, id, language, engine);
        hint = if hint.is_empty() {
            more
        } else {
            format!("{more} {hint}")
        };
    }
    let field = |label: String, hint: String, optional: bool, kind: FieldKind| {
        Block::Field(Field {
            label,
            hint,
            optional,
            kind,
        })
    };
    let label = question.label.get(language).to_owned();
    let optional = !question.required;
    let one = |kind| vec![field(label.clone(), hint.clone(), optional, kind)];
    match &question.kind {
        QuestionKind::Text(limits) => match limits.format {
            TextFormat::Postcode => one(FieldKind::Letters(8)),
            TextFormat::Uprn => one(FieldKind::Letters(12)),
            _ => one(FieldKind::Line),
        },
        QuestionKind::LongText(_) => one(FieldKind::Lines(6)),
        QuestionKind::Number { unit, .. } => {
            let label = match unit {
                Some(unit) => format!("{label} ({})", unit.get(language)),
                None => label.clone(),
            };
            vec![field(label, hint, optional, FieldKind::Letters(6))]
        }
        QuestionKind::Money { .. } => one(FieldKind::Money),
        QuestionKind::Date { .. } => one(FieldKind::Date),
        QuestionKind::Time => one(FieldKind::Letters(5)),
        QuestionKind::YesNo { .. } => one(FieldKind::YesNo),
        QuestionKind::Choice(choices) => one(FieldKind::Choices {
            options: options(choices, language),
            several: false,
        }),
        QuestionKind::Choices {
            options: choices, ..
        } => one(FieldKind::Choices {
            options: options(choices, language),
            several: true,
        }),
        QuestionKind::Scale {
            from,
            to,
            low,
            high,
            unsure,
        } => match (i8::try_from(*from), i8::try_from(*to)) {
            (Ok(lowest), Ok(highest)) if to - from <= 10 => {
                let mut blocks = one(FieldKind::Scale {
                    lowest,
                    highest,
                    low: low.get(language).to_owned(),
                    high: high.get(language).to_owned(),
                });
                if *unsure && let Some(Block::Field(field)) = blocks.first_mut() {
                    let words = t("forms.paper_unsure");
                    field.hint = [field.hint.as_str(), &words].join(" ").trim().to_owned();
                }
                blocks
            }
            _ => one(FieldKind::Letters(5)),
        },
        QuestionKind::Location => one(FieldKind::Lines(2)),
        QuestionKind::Address => parts(
            &label,
            &hint,
            optional,
            &[
                (t("forms.line1"), FieldKind::Line),
                (t("forms.line2"), FieldKind::Line),
                (t("forms.town"), FieldKind::Line),
                (t("forms.postcode"), FieldKind::Letters(8)),
            ],
        ),
        QuestionKind::Contact => parts(
            &label,
            &hint,
            optional,
            &[
                (t("forms.name"), FieldKind::Line),
                (t("forms.telephone"), FieldKind::Line),
                (t("forms.email"), FieldKind::Line),
                (t("forms.safe"), FieldKind::Lines(2)),
            ],
        ),
        QuestionKind::Files { .. } => {
            let words = t("forms.paper_files");
            let hint = [hint.as_str(), &words].join(" ").trim().to_owned();
            vec![field(label, hint, optional, FieldKind::Lines(2))]
        }
        QuestionKind::Agency | QuestionKind::Person { .. } | QuestionKind::Record { .. } => {
            one(FieldKind::Line)
        }
    }
}

fn options(choices: &[crate::definition::Choice], language: &str) -> Vec<String> {
    choices
        .iter()
        .map(|choice| choice.text.get(language).to_owned())
        .collect()
}

/// A question of several fields: its words above them.
fn parts(label: &str, hint: &str, optional: bool, parts: &[(String, FieldKind)]) -> Vec<Block> {
    let above = if hint.is_empty() {
        label.to_owned()
    } else {
        format!("{label}\n{hint}")
    };
    let mut blocks = vec![Block::Paragraph(above)];
    blocks.extend(parts.iter().map(|(label, kind)| {
        Block::Field(Field {
            label: label.trim_end_matches("(optional)").trim_end().to_owned(),
            hint: String::new(),
            optional: optional || label.ends_with("(optional)"),
            kind: kind.clone(),
        })
    }));
    blocks
}

/// Who answers a question that is for some only: the one choice that brings it up, where there is
/// exactly one.
fn condition(definition: &Definition, id: QuestionId, language: &str, engine: Language) -> String {
    match walk::brought_up_by(definition, id) {
        Some((question, value)) => {
            let label = question.label.get(language).to_owned();
            let choice = match &question.kind {
                QuestionKind::YesNo { .. } => text::t(
                    engine,
                    if value == "yes" {
                        "forms.yes"
                    } else {
                        "forms.no"
                    },
                )
                .into_owned(),
                QuestionKind::Choice(choices)
                | QuestionKind::Choices {
                    options: choices, ..
                } => choices
                    .iter()
                    .find(|choice| choice.value == value)
                    .map_or(value, |choice| choice.text.get(language).to_owned()),
                _ => value,
            };
            fields::filled(
                engine,
                "forms.paper_if",
                &[("question", label), ("answer", choice)],
            )
        }
        None => text::t(engine, "forms.paper_some").into_owned(),
    }
}
