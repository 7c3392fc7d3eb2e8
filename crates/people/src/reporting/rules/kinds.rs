//! Kinds of anti-social behaviour, in the words of whoever reports.

use std::collections::BTreeSet;

use commonweal_records::incidents::Qualifier;
use serde::Deserialize;

use super::Wrong;

/// A kind.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Its key, such as `noise`.
    pub key: String,
    /// What staff read.
    pub label: String,
    /// What residents read.
    pub plain: String,
    /// How it usually affects people.
    pub qualifier: Option<Qualifier>,
    /// Whether it concerns the environment: only such reports, in public places, are ever shown.
    #[serde(default)]
    pub environmental: bool,
    /// What Open311 calls it; none where that interface does not take it.
    pub service_code: Option<String>,
    /// Flags that it suggests.
    #[serde(default)]
    pub suggest: Vec<String>,
}

/// All kinds, in the order in which residents read them.
#[derive(Debug, Clone)]
pub struct Kinds(Vec<Kind>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "type")]
    types: Vec<Kind>,
}

impl Kinds {
    pub(super) fn parse(text: &str) -> Result<Self, Wrong> {
        let file: File = toml::from_str(text)?;
        let mut seen = BTreeSet::new();
        for kind in &file.types {
            if !seen.insert(kind.key.as_str()) {
                return Err(Wrong(format!("the type '{}' stands there twice", kind.key)));
            }
        }
        Ok(Self(file.types))
    }

    /// The kind of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Kind> {
        self.0.iter().find(|kind| kind.key == key)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Kind> {
        self.0.iter()
    }

    /// What staff read for a key; the key itself where it is no longer among them.
    #[must_use]
    pub fn label<'a>(&'a self, key: &'a str) -> &'a str {
        self.get(key).map_or(key, |kind| kind.label.as_str())
    }
}
