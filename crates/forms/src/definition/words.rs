//! Text of definitions: per language, and with the names of questions in braces.

use std::collections::BTreeMap;

/// The language that every definition has.
const FIRST: &str = "en";

/// A text in one or more languages; never without English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words(BTreeMap<String, String>);

impl Words {
    /// A text in English.
    pub fn english(text: impl Into<String>) -> Self {
        Self(BTreeMap::from([(FIRST.to_owned(), text.into())]))
    }

    /// Texts by language; none where English is missing.
    #[must_use]
    pub fn new(texts: BTreeMap<String, String>) -> Option<Self> {
        texts.contains_key(FIRST).then_some(Self(texts))
    }

    /// The text in a language, or in English where it has none.
    #[must_use]
    pub fn get(&self, language: &str) -> &str {
        self.0
            .get(language)
            .or_else(|| self.0.get(FIRST))
            .map_or("", String::as_str)
    }

    /// The text in English.
    #[must_use]
    pub fn en(&self) -> &str {
        self.get(FIRST)
    }

    /// Its languages.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// A line with the ids of questions in braces: `{address}, {town}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Question(String),
}

/// A brace without its other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a brace has no other: write the id of a question between {{ and }}")]
pub struct UnclosedBrace;

impl Template {
    /// Reads a line.
    ///
    /// # Errors
    /// [`UnclosedBrace`].
    pub fn read(text: &str) -> Result<Self, UnclosedBrace> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (id, behind) = after.split_once('}').ok_or(UnclosedBrace)?;
            if before.contains('}') || id.contains('{') {
                return Err(UnclosedBrace);
            }
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(Piece::Question(id.trim().to_owned()));
            rest = behind;
        }
        if rest.contains('}') {
            return Err(UnclosedBrace);
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// The ids between its braces.
    pub fn questions(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Question(id) => Some(id.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The line with what a function gives for each id; what is missing leaves no gap behind.
    pub fn fill(&self, mut value: impl FnMut(&str) -> Option<String>) -> String {
        let mut line = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => line.push_str(text),
                Piece::Question(id) => line.push_str(&value(id).unwrap_or_default()),
            }
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        words
            .join(" ")
            .trim_matches([',', ' ', '–', '-', ':', ';'])
            .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_fills_what_is_there() {
        let template = Template::read("{address}, {town}").unwrap();
        let filled = template.fill(|id| (id == "address").then(|| "1 High Street".to_owned()));
        assert_eq!(filled, "1 High Street");
        assert_eq!(
            template.questions().collect::<Vec<_>>(),
            ["address", "town"]
        );
        for wrong in ["{a", "a}", "{a{b}}"] {
            assert_eq!(Template::read(wrong), Err(UnclosedBrace), "{wrong}");
        }
    }

    #[test]
    fn words_fall_back_to_english() {
        let words = Words::new(BTreeMap::from([
            ("en".to_owned(), "Send".to_owned()),
            ("cy".to_owned(), "Anfon".to_owned()),
        ]))
        .unwrap();
        assert_eq!((words.get("cy"), words.get("pl")), ("Anfon", "Send"));
        assert!(Words::new(BTreeMap::new()).is_none());
    }
}
