//! What the public pages show, as the partnership decided: content of kind `place-pages`.

use chrono::NaiveDate;
use commonweal_core::content::{self, Shipped};
use commonweal_core::{DbError, ReadTx};
use serde::Deserialize;

/// The kind of content, and its folder.
pub const KIND: &str = "place-pages";
/// Its one file.
pub const FILE: &str = "place-pages.toml";
const SHIPPED: &str = include_str!("../../../../data/place-pages.toml");

/// A kind of area that has public pages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceKind {
    /// The kind of its area set, such as `ward`.
    pub key: String,
    /// What one is called, in small letters.
    pub name: String,
    /// The heading over several.
    pub plural: String,
}

/// What the public pages show.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The smallest count that is published, 3 or more.
    pub threshold: u64,
    /// Months of the chart, 12 to 60.
    pub months: i32,
    /// The month in which years by type begin, 1 to 12.
    pub year_begins: u32,
    /// Names of sources that are not counted for the public.
    #[serde(default)]
    pub withhold: Vec<String>,
    /// Kinds of areas that have pages.
    #[serde(rename = "kind")]
    pub kinds: Vec<PlaceKind>,
}

impl Policy {
    /// Reads the file.
    ///
    /// # Errors
    /// What is wrong with it, for whoever edits it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let policy: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        if policy.threshold < 3 {
            return Err(
                "threshold: must be 3 or more, or 'fewer than' would name the number".to_owned(),
            );
        }
        if !(12..=60).contains(&policy.months) {
            return Err("months: must be 12 to 60".to_owned());
        }
        if !(1..=12).contains(&policy.year_begins) {
            return Err("year_begins: must be a month, 1 to 12".to_owned());
        }
        if policy.kinds.is_empty() {
            return Err("kind: name at least one kind of area".to_owned());
        }
        for (n, kind) in policy.kinds.iter().enumerate() {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if kind.key.is_empty() || !kind.key.chars().all(plain) {
                return Err(format!(
                    "kind {}: the key may hold small letters, digits and hyphens",
                    n + 1
                ));
            }
            if policy.kinds[..n].iter().any(|other| other.key == kind.key) {
                return Err(format!("kind {}: {} is there twice", n + 1, kind.key));
            }
        }
        Ok(policy)
    }

    /// What holds on a day: the partnership's own, else what is shipped.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn load(tx: &mut ReadTx, on: NaiveDate) -> Result<Self, DbError> {
        let own = content::current(tx, KIND, FILE, on).await?;
        let text = own.as_ref().map_or(SHIPPED, |version| &version.body);
        Self::parse(text)
            .or_else(|_| Self::parse(SHIPPED))
            .map_err(DbError::Setup)
    }
}

/// The kind of content, for the program to register.
#[must_use]
pub fn content_kind() -> content::Kind {
    content::Kind::new(KIND, |_, body| Policy::parse(body).map(drop))
}

/// What is shipped.
#[must_use]
pub fn shipped() -> Shipped {
    Shipped {
        kind: KIND.to_owned(),
        key: FILE.to_owned(),
        body: SHIPPED.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shipped_is_right_and_mistakes_are_named() {
        let policy = Policy::parse(SHIPPED).unwrap();
        assert_eq!((policy.threshold, policy.year_begins), (5, 4));
        for (from, to, word) in [
            ("threshold = 5", "threshold = 2", "threshold"),
            ("months = 24", "months = 1", "months"),
            ("year_begins = 4", "year_begins = 13", "year_begins"),
            ("key = \"town\"", "key = \"ward\"", "twice"),
            ("key = \"town\"", "key = \"a b\"", "small letters"),
            ("withhold = []", "withold = []", "withold"),
        ] {
            let wrong = Policy::parse(&SHIPPED.replace(from, to)).unwrap_err();
            assert!(wrong.contains(word), "{wrong}");
        }
    }
}
