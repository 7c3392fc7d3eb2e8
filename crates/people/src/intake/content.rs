//! What a partnership decides about its doors: the script of a call.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use commonweal_core::content::{self, Kind, Shipped};
use commonweal_core::{DbError, ReadTx};
use serde::Deserialize;

use super::files::Profile;
use crate::enquiries;
use crate::open311::config as open311;

/// The kind of content.
pub(crate) const KIND: &str = "intake";
const SCRIPT: &str = "script.toml";
/// What the program ships.
const FILES: [(&str, &str); 4] = [
    (SCRIPT, include_str!("../../../../data/intake/script.toml")),
    (
        open311::FILE,
        include_str!("../../../../data/intake/open311.toml"),
    ),
    (
        enquiries::FILE,
        include_str!("../../../../data/intake/enquiries.toml"),
    ),
    (
        "import-landlord.toml",
        include_str!("../../../../data/intake/import-landlord.toml"),
    ),
];

/// The kind of content that says how other doors work, for `commonweal content`.
#[must_use]
pub fn content_kind() -> Kind {
    Kind::new(KIND, |key, body| match key {
        SCRIPT => Script::parse(body).map(drop),
        open311::FILE => open311::Config::parse(body).map(drop),
        enquiries::FILE => enquiries::Drafts::parse(body).map(drop),
        other if other.starts_with("import-") && other.ends_with(".toml") => {
            Profile::parse(body).map(drop)
        }
        other => Err(format!(
            "intake reads {SCRIPT}, {}, {} and import-….toml, not {other}",
            open311::FILE,
            enquiries::FILE
        )),
    })
}

/// What the program ships.
#[must_use]
pub fn shipped() -> Vec<Shipped> {
    FILES
        .map(|(key, body)| Shipped {
            kind: KIND.to_owned(),
            key: key.to_owned(),
            body: body.to_owned(),
        })
        .to_vec()
}

/// What a call-taker asks about risk.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The questions, in their order.
    #[serde(rename = "question")]
    pub questions: Vec<Question>,
}

/// Answers that a report keeps apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Whether they are safe now.
    SafeNow,
    /// Whether they think that hatred is behind it.
    Hate,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its key.
    pub key: String,
    /// Which answer of the report it is, if one of those.
    pub field: Option<Field>,
    /// What is read out.
    pub ask: String,
    /// What to do at once where the answer is yes.
    pub yes: Option<String>,
    /// What to do at once where the answer is no.
    pub no: Option<String>,
    /// What stands in the report where the answer is yes.
    pub note: Option<String>,
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let script: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut seen = BTreeSet::new();
        for question in &script.questions {
            let key = &question.key;
            let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if key.is_empty() || !key.chars().all(good) {
                return Err(format!(
                    "the question's key '{key}' may hold small letters, digits and hyphens only"
                ));
            }
            if !seen.insert(key) {
                return Err(format!("the question '{key}' stands there twice"));
            }
            if question.field.is_none() && question.note.is_none() {
                return Err(format!(
                    "the question '{key}' needs a note for the report, or a field"
                ));
            }
        }
        Ok(script)
    }
}

/// A file of content as it holds today; the shipped one before anything was installed.
pub(crate) async fn current(
    tx: &mut ReadTx,
    key: &str,
    today: NaiveDate,
) -> Result<String, DbError> {
    let found = content::current(tx, KIND, key, today).await?;
    let shipped = || FILES.iter().find(|file| file.0 == key).map(|file| file.1);
    found
        .map(|version| version.body)
        .or_else(|| shipped().map(str::to_owned))
        .ok_or(DbError::NotFound)
}

/// The script as it holds today.
///
/// # Errors
/// [`DbError`].
pub async fn script(tx: &mut ReadTx, today: NaiveDate) -> Result<Script, DbError> {
    let text = current(tx, SCRIPT, today).await?;
    Script::parse(&text).map_err(|wrong| DbError::Setup(format!("{KIND}/{SCRIPT}: {wrong}")))
}
