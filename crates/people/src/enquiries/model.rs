//! What the resident allows, and drafts of replies.

use serde::Deserialize;

/// How the resident's authority is known.
pub(super) const AUTHORITY: [(&str, &str); 3] = [
    ("none", "None: nothing about any person may be told"),
    ("own_words", "In their own words, to us or to the member"),
    ("in_writing", "In writing"),
];
/// States, with their words.
pub(super) const STATES: [(&str, &str); 3] = [
    ("open", "To be answered"),
    ("answered", "Answered"),
    ("closed", "Closed without an answer"),
];

/// The words of a key.
pub(super) fn label(of: &'static [(&'static str, &'static str)], key: &str) -> &'static str {
    of.iter().find(|one| one.0 == key).map_or("", |one| one.1)
}

/// Whether details of a matter may be told.
pub(super) fn allows(authority: &str) -> bool {
    matches!(authority, "own_words" | "in_writing")
}

/// Drafts of replies, as content.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drafts {
    /// Without the resident's authority.
    pub without_authority: String,
    /// With it.
    pub with_authority: String,
}

const ALWAYS: [&str; 3] = ["member", "reference", "due"];
const DETAILS: [&str; 2] = ["state", "agency"];

impl Drafts {
    /// Reads them; a draft that uses a field that it may not have is refused.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let drafts: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        check(&drafts.without_authority, &[])?;
        check(&drafts.with_authority, &DETAILS)?;
        Ok(drafts)
    }
}

fn fields(text: &str) -> impl Iterator<Item = &str> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

fn check(text: &str, more: &[&str]) -> Result<(), String> {
    for name in fields(text) {
        if DETAILS.contains(&name) && more.is_empty() {
            return Err(format!(
                "the draft without authority uses {{{name}}}, which would tell of a case"
            ));
        }
        if !ALWAYS.contains(&name) && !more.contains(&name) {
            return Err(format!("there is no field {{{name}}}"));
        }
    }
    Ok(())
}

/// A text with its fields filled, in one pass: what a value holds is never read as a field.
pub(super) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        let value = values.iter().find(|value| value.0 == name);
        out.push_str(value.map_or("", |value| value.1));
        rest = after;
    }
    out.push_str(rest);
    out.trim().to_owned()
}
