//! What a partnership decides about reports: kinds, routing, clocks, hot words. All of it is content.

mod clocks;
mod hot_words;
mod kinds;
mod routing;

use std::fmt;

pub use clocks::{Applies, Clocks};
pub use hot_words::HotWords;
pub use kinds::{Kind, Kinds};
pub use routing::{Agency, Asked, Routed, Routing};

/// The files, each with the text that ships.
pub const FILES: [(&str, &str); 4] = [
    (
        "types.toml",
        include_str!("../../../../data/reporting/types.toml"),
    ),
    (
        "routing.toml",
        include_str!("../../../../data/reporting/routing.toml"),
    ),
    (
        "clocks.toml",
        include_str!("../../../../data/reporting/clocks.toml"),
    ),
    (
        "hot-words.toml",
        include_str!("../../../../data/reporting/hot-words.toml"),
    ),
];

/// What is wrong with a file, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong(pub String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Wrong {}

impl From<toml::de::Error> for Wrong {
    fn from(error: toml::de::Error) -> Self {
        Self(error.to_string())
    }
}

/// Everything that holds today.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Kinds of anti-social behaviour.
    pub kinds: Kinds,
    /// Whose a new report becomes.
    pub routing: Routing,
    /// By when what is to be done.
    pub clocks: Clocks,
    /// Words that somebody must see now.
    pub hot_words: HotWords,
}

impl Rules {
    /// Reads the four files, in the order of [`FILES`].
    ///
    /// # Errors
    /// [`Wrong`]: what is wrong with which.
    pub fn parse(texts: [&str; 4]) -> Result<Self, Wrong> {
        let [kinds, routing, clocks, hot_words] = texts;
        let kinds = Kinds::parse(kinds)?;
        let routing = Routing::parse(routing)?;
        if let Some(unknown) = routing.kinds().find(|key| kinds.get(key).is_none()) {
            return Err(Wrong(format!(
                "routing.toml speaks of the type '{unknown}', which types.toml does not have"
            )));
        }
        Ok(Self {
            kinds,
            routing,
            clocks: Clocks::parse(clocks)?,
            hot_words: HotWords::parse(hot_words)?,
        })
    }

    /// What is wrong with one file, whatever the others say.
    ///
    /// # Errors
    /// [`Wrong`].
    pub fn check(file: &str, body: &str) -> Result<(), Wrong> {
        match file {
            "types.toml" => Kinds::parse(body).map(drop),
            "routing.toml" => Routing::parse(body).map(drop),
            "clocks.toml" => Clocks::parse(body).map(drop),
            "hot-words.toml" => HotWords::parse(body).map(drop),
            other => {
                let known: Vec<&str> = FILES.iter().map(|file| file.0).collect();
                Err(Wrong(format!(
                    "reporting reads {}, not {other}",
                    known.join(", ")
                )))
            }
        }
    }
}
