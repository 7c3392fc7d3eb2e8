//! The catalogue of texts for public pages: `data/text/en.toml`, one table per part of the service.
//!
//! A text may hold places for values, `{name}`. Templates write `{{ t("errors.title", name=value) }}`,
//! Rust writes [`t`] or [`fill`]. [`Language::Pseudo`] is English in disguise for tests: a page that
//! shows plain letters in it has text that is not in the catalogue.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;
use std::sync::LazyLock;

use serde::{Serialize, Serializer};

/// The shipped English texts, as they lie in `data/text/en.toml`.
pub const ENGLISH: &str = include_str!("../../../data/text/en.toml");

/// The shipped Polish texts, as they lie in `data/text/pl.toml`: those that people meet who report, and
/// English for the rest.
pub const POLISH: &str = include_str!("../../../data/text/pl.toml");

static POLISH_CATALOGUE: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    toml::from_str(POLISH)
        .map(|table: toml::Table| flatten(&table))
        .unwrap_or_default()
});

static CATALOGUE: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    toml::from_str(ENGLISH)
        .map(|table: toml::Table| flatten(&table))
        .unwrap_or_default()
});

/// A language that pages can be shown in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Polish.
    Polish,
    /// English with accents and in brackets, for tests.
    Pseudo,
}

impl Language {
    /// The code for the `lang` attribute.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Polish => "pl",
            Self::Pseudo => "en-x-pseudo",
        }
    }

    /// The language of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::English, Self::Polish, Self::Pseudo]
            .into_iter()
            .find(|language| language.code() == code)
    }
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// All keys of the catalogue.
pub fn keys() -> impl Iterator<Item = &'static str> {
    CATALOGUE.keys().map(String::as_str)
}

/// The text of a key, with its places still open.
pub fn find(language: Language, key: &str) -> Option<Cow<'static, str>> {
    let text = CATALOGUE.get(key)?;
    Some(match language {
        Language::English => Cow::Borrowed(text.as_str()),
        Language::Polish => Cow::Borrowed(
            POLISH_CATALOGUE
                .get(key)
                .map_or(text.as_str(), String::as_str),
        ),
        Language::Pseudo => Cow::Owned(pseudo(text)),
    })
}

/// The text of a key; the key itself where the catalogue lacks it.
pub fn t(language: Language, key: &str) -> Cow<'static, str> {
    find(language, key).unwrap_or_else(|| Cow::Owned(key.to_owned()))
}

/// Fills the places of a text.
///
/// # Errors
/// The name of the first place that has no value.
pub fn fill<S: BuildHasher>(
    pattern: &str,
    values: &HashMap<String, String, S>,
) -> Result<String, String> {
    let mut text = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or_else(|| after.to_owned())?;
        text.push_str(before);
        text.push_str(values.get(name).ok_or_else(|| name.to_owned())?);
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

/// English in disguise: `pseudo("Sign in, {name}")` is `[Šîĝñ îñ, {name}]`.
pub fn pseudo(text: &str) -> String {
    const PLAIN: &str = "aeiouycdghjklnrstwzAEIOUYCDGHJKLNRSTWZ";
    const ACCENTED: &str = "âêîôûŷçďĝĥĵķļñŕšťŵžÂÊÎÔÛŶÇĎĜĤĴĶĻÑŔŠŤŴŽ";
    let mut inside = false;
    let disguised: String = text
        .chars()
        .map(|letter| {
            inside = (inside || letter == '{') && letter != '}';
            if inside {
                return letter;
            }
            PLAIN
                .chars()
                .zip(ACCENTED.chars())
                .find(|(plain, _)| *plain == letter)
                .map_or(letter, |(_, accented)| accented)
        })
        .collect();
    format!("[{disguised}]")
}

fn flatten(table: &toml::Table) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    for (key, value) in table {
        match value {
            toml::Value::String(text) => {
                flat.insert(key.clone(), text.clone());
            }
            toml::Value::Table(inner) => {
                flat.extend(
                    flatten(inner)
                        .into_iter()
                        .map(|(inner, text)| (format!("{key}.{inner}"), text)),
                );
            }
            _ => {}
        }
    }
    flat
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_holds_texts_only_and_all_of_them() {
        let table: toml::Table = toml::from_str(ENGLISH).unwrap();
        assert_eq!(flatten(&table).len(), keys().count());
        assert!(keys().count() > 20);
        assert!(CATALOGUE.values().all(|text| !text.trim().is_empty()));
    }

    #[test]
    fn every_key_in_a_template_is_in_the_catalogue() {
        let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..")];
        let mut seen = 0;
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().path())
            {
                if path.is_dir() {
                    folders.push(path);
                } else if path
                    .extension()
                    .is_some_and(|extension| extension == "html")
                {
                    let source = std::fs::read_to_string(&path).unwrap();
                    for call in source
                        .split([' ', '(', '{', ','])
                        .zip(source.split([' ', '(', '{', ',']).skip(1))
                    {
                        let (("t", key), false) = (call, call.1.is_empty()) else {
                            continue;
                        };
                        let key = key.trim_start_matches(['"', '\'']);
                        let key = key.split(['"', '\'']).next().unwrap();
                        assert!(
                            CATALOGUE.contains_key(key),
                            "{}: no text '{key}'",
                            path.display()
                        );
                        seen += 1;
                    }
                }
            }
        }
        assert!(seen > 15, "{seen}");
    }

    #[test]
    fn polish_texts_have_the_keys_and_places_of_the_english() {
        let places = |text: &str| {
            let mut found: Vec<String> = text
                .split('{')
                .skip(1)
                .filter_map(|part| part.split_once('}').map(|(name, _)| name.to_owned()))
                .collect();
            found.sort();
            found.dedup();
            found
        };
        assert!(POLISH_CATALOGUE.len() > 100);
        for (key, text) in POLISH_CATALOGUE.iter() {
            let english = CATALOGUE.get(key).unwrap_or_else(|| panic!("no '{key}'"));
            assert_eq!(places(text), places(english), "{key}");
        }
        assert_eq!(t(Language::Polish, "layout.back"), "Wstecz");
        assert_eq!(
            t(Language::Polish, "sign_in.title"),
            t(Language::English, "sign_in.title")
        );
    }

    #[test]
    fn places_are_filled_or_named() {
        let values = HashMap::from([("name".to_owned(), "Sam".to_owned())]);
        assert_eq!(fill("Hello {name}", &values).as_deref(), Ok("Hello Sam"));
        assert_eq!(fill("Hello {nmae}", &values), Err("nmae".to_owned()));
    }

    #[test]
    fn the_disguise_keeps_places() {
        assert_eq!(pseudo("Sign in, {name}"), "[Šîĝñ îñ, {name}]");
    }
}
