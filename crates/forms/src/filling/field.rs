//! What a question is drawn from: components' parameters and what stands beside them.

use std::collections::{BTreeMap, HashMap};

use commonweal_govuk::{Language, text};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use crate::answers::FileAnswer;
use crate::definition::{Question, Words};

/// A question, or a part of one, as the template draws it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Field {
    /// Which component: `input`, `textarea`, `count`, `radios`, `checkboxes`, `select`, `date`,
    /// `group`, `files` or `search`.
    pub kind: &'static str,
    /// The component's parameters.
    pub params: Json,
    /// Choices, with what each reveals.
    pub options: Vec<Option_>,
    /// The fields of a group.
    pub parts: Vec<Field>,
    /// Hidden fields.
    pub hidden: Vec<Pair>,
    /// Files that were given already.
    pub files: Vec<FileShown>,
    /// The button that looks something up: its value.
    pub find: Option<Pair>,
    /// Where the map beside the field begins, for its script.
    pub map: Option<MapShown>,
    /// What was understood, such as how exact a place is.
    pub note: Option<String>,
}

/// A choice and what it reveals.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Option_ {
    /// The component's item.
    pub item: Json,
    /// Questions that the choice reveals.
    pub reveals: Vec<Field>,
}

/// A name and a value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Pair {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

impl Pair {
    pub(super) fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }
}

/// A file that was given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct FileShown {
    /// Its id.
    pub id: String,
    /// The question that it answers.
    pub question: String,
    /// Its name.
    pub name: String,
    /// Its size in words.
    pub size: String,
    /// Where it is served.
    pub href: String,
    /// Whether nobody may have it, because it may be illegal.
    pub stopped: bool,
    /// Whether the page can show it.
    pub picture: bool,
    /// Whether it knows where it was taken and can answer the question about the place.
    pub place: bool,
}

/// What the map's script needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct MapShown {
    /// West, south, east, north.
    pub bounds: String,
    /// The background's tiles, where an administrator allows them.
    pub tiles: Option<String>,
    /// The background's credit.
    pub attribution: Option<String>,
    /// Where the partnership's outline is, for those who may have it.
    pub outline: Option<String>,
}

/// What the fields of a step need beside the definition.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extra {
    /// Agencies to choose from.
    pub agencies: Vec<(Uuid, String)>,
    /// What a search found, by question: value, text and hint of each.
    pub found: BTreeMap<String, Vec<(String, String, String)>>,
    /// What was understood, by question.
    pub notes: BTreeMap<String, String>,
    /// Files that were given, by question.
    pub files: BTreeMap<String, Vec<FileShown>>,
    /// Where maps begin.
    pub map: MapShown,
    /// Whether colleagues fill it in, who know about property numbers.
    pub staff: bool,
    /// The language of the engine's own words.
    pub engine: Language,
    /// The language of the definition's words.
    pub language: String,
    /// Whether the one question is the page's heading.
    pub heading: bool,
}

impl Extra {
    /// A text of the engine.
    pub(super) fn t(&self, key: &str) -> String {
        text::t(self.engine, key).into_owned()
    }

    /// A text of the engine with values in its places.
    pub(super) fn filled(&self, key: &str, values: &[(&str, String)]) -> String {
        filled(self.engine, key, values)
    }

    /// What is wrong, as components take it.
    pub(super) fn wrong(&self, message: &str) -> Json {
        json!({ "text": message, "visuallyHiddenText": self.t("forms.error") })
    }

    /// Words of the definition.
    pub(super) fn words<'a>(&self, words: &'a Words) -> &'a str {
        words.get(&self.language)
    }
}

/// A text of the catalogue with values in its places; open places stay as they are written.
pub(crate) fn filled(language: Language, key: &str, values: &[(&str, String)]) -> String {
    let pattern = text::t(language, key);
    let values: HashMap<String, String> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    text::fill(&pattern, &values).unwrap_or_else(|_| pattern.into_owned())
}

/// The words of a question; those of an optional one say so.
pub(super) fn asked(question: &Question, extra: &Extra) -> String {
    let words = extra.words(&question.label);
    if question.required {
        words.to_owned()
    } else {
        format!("{words} {}", extra.t("forms.optional"))
    }
}

pub(super) fn label(question: &Question, extra: &Extra, heading: bool) -> Json {
    json!({
        "text": asked(question, extra),
        "classes": if heading { "govuk-label--l" } else { "govuk-label--s" },
        "isPageHeading": heading,
    })
}

pub(super) fn legend(question: &Question, extra: &Extra, heading: bool) -> Json {
    json!({
        "text": asked(question, extra),
        "classes": if heading { "govuk-fieldset__legend--l" } else { "govuk-fieldset__legend--s" },
        "isPageHeading": heading,
    })
}

pub(super) fn add_hint(params: &mut Json, hint: Option<String>) {
    if let Some(hint) = hint {
        set(params, "hint", json!({ "text": hint }));
    }
}

/// A question's own hint with the engine's after it.
pub(super) fn joined(hint: Option<String>, more: String) -> String {
    match hint {
        Some(hint) if hint.ends_with(['.', '?', '!']) => format!("{hint} {more}"),
        Some(hint) => format!("{hint}. {more}"),
        None => more,
    }
}

pub(super) fn set(params: &mut Json, key: &str, value: Json) {
    if let Json::Object(map) = params {
        map.insert(key.to_owned(), value);
    }
}

pub(super) fn merged(mut params: Map<String, Json>, more: Json) -> Json {
    if let Json::Object(more) = more {
        params.extend(more);
    }
    Json::Object(params)
}

/// A size in words.
#[must_use]
pub(crate) fn size(bytes: u64) -> String {
    if bytes >= 1_000_000 {
        // Whole tenths of a megabyte.
        format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
    } else {
        format!("{} KB", (bytes / 1_000).max(1))
    }
}

/// A file as pages show it.
#[must_use]
pub(crate) fn shown(question: &str, file: &FileAnswer, base: &str, place: bool) -> FileShown {
    FileShown {
        id: file.id.to_string(),
        question: question.to_owned(),
        name: file.name.clone(),
        size: size(file.size),
        href: format!("{base}/files/{}", file.id),
        stopped: false,
        picture: ["image/jpeg", "image/png", "image/webp"].contains(&file.media_type.as_str()),
        place,
    }
}
