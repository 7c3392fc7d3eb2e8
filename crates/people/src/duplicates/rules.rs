//! Weights and threshold: what a partnership decides about duplicates.

use std::collections::BTreeSet;

use commonweal_core::content::{self, Kind, Shipped};
use commonweal_core::{DbError, ReadTx};
use serde::Deserialize;

use crate::reporting::rules::Wrong;

/// The kind of content.
const KIND: &str = "duplicates";
/// Its one file.
const FILE: &str = "duplicates.toml";
/// What ships.
const SHIPPED: &str = include_str!("../../../../data/reporting/duplicates.toml");

/// What holds of duplicates.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The sum of weights from which a matter is shown.
    pub threshold: f64,
    pub(super) look: Look,
    pub(super) place: Place,
    pub(super) hours: Bands,
    pub(super) days: Bands,
    pub(super) told: Bands,
    pub(super) repeated: Bands,
    pub(super) words: WordBands,
    pub(super) kind: Kinds,
    pub(super) reporter: Reporter,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Look {
    pub(super) days: i64,
    pub(super) ring: u32,
    pub(super) newest: u32,
    pub(super) anywhere: u32,
    pub(super) most: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Within {
    within: f64,
    weight: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AtLeast {
    at_least: f64,
    weight: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bands {
    bands: Vec<Within>,
    r#else: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    bands: Vec<Within>,
    r#else: f64,
    words: Vec<AtLeast>,
    unlike: f64,
    also: Vec<AtLeast>,
    also_unlike: f64,
    pub(super) unknown: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WordBands {
    bands: Vec<AtLeast>,
    r#else: f64,
    say_little: BTreeSet<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kinds {
    same: f64,
    alike: f64,
    other: f64,
    groups: Vec<BTreeSet<String>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reporter {
    pub(super) same: f64,
}

fn within(bands: &[Within], otherwise: f64, value: f64) -> f64 {
    let found = bands.iter().find(|band| value <= band.within);
    found.map_or(otherwise, |band| band.weight)
}

fn at_least(bands: &[AtLeast], otherwise: f64, value: f64) -> f64 {
    let found = bands.iter().find(|band| value >= band.at_least);
    found.map_or(otherwise, |band| band.weight)
}

impl Bands {
    pub(super) fn weight(&self, value: f64) -> f64 {
        within(&self.bands, self.r#else, value)
    }
}

impl Place {
    pub(super) fn metres(&self, metres: f64) -> f64 {
        within(&self.bands, self.r#else, metres)
    }

    /// Where one of them has no point: what the words weigh, and whether they are alike enough to say so.
    pub(super) fn words(&self, alike: f64) -> (f64, bool) {
        let says = self
            .words
            .first()
            .is_some_and(|band| alike >= band.at_least);
        (at_least(&self.words, self.unlike, alike), says)
    }

    /// Besides the points.
    pub(super) fn also(&self, alike: f64) -> f64 {
        at_least(&self.also, self.also_unlike, alike)
    }
}

impl WordBands {
    pub(super) fn weight(&self, alike: f64) -> f64 {
        at_least(&self.bands, self.r#else, alike)
    }

    pub(super) fn says_little(&self, word: &str) -> bool {
        self.say_little.contains(word)
    }
}

impl Kinds {
    pub(super) fn weight(&self, a: &str, b: &str) -> f64 {
        let together = |group: &BTreeSet<String>| group.contains(a) && group.contains(b);
        if a == b {
            self.same
        } else if self.groups.iter().any(together) {
            self.alike
        } else {
            self.other
        }
    }
}

impl Rules {
    /// Reads the file.
    ///
    /// # Errors
    /// [`Wrong`]: what is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        let rules: Self = toml::from_str(text)?;
        let wrong = |text: &str| Err(Wrong(text.to_owned()));
        let look = &rules.look;
        if !(1..=366).contains(&look.days) || look.ring > 3 {
            return wrong("look: days are 1 to 366, ring is 0 to 3");
        }
        if !(1..=500).contains(&look.newest) || !(1..=500).contains(&look.anywhere) {
            return wrong("look: newest and anywhere are 1 to 500");
        }
        if !(1..=50).contains(&look.most) {
            return wrong("look: most is 1 to 50");
        }
        let rising =
            [&rules.hours, &rules.days, &rules.told, &rules.repeated].map(|one| &one.bands);
        for bands in rising.into_iter().chain([&rules.place.bands]) {
            if !bands.is_sorted_by(|a, b| a.within < b.within) {
                return wrong("bands that say 'within' go from the nearest to the farthest");
            }
        }
        for bands in [&rules.words.bands, &rules.place.words, &rules.place.also] {
            if !bands.is_sorted_by(|a, b| a.at_least > b.at_least) {
                return wrong("bands that say 'at_least' go from the most alike to the least");
            }
        }
        if !rules.threshold.is_finite() || rules.threshold <= 0.0 {
            return wrong("threshold is a number above 0, or else everything would be shown");
        }
        Ok(rules)
    }

    /// What ships.
    ///
    /// # Errors
    /// [`Wrong`], which a test rules out.
    pub fn shipped() -> Result<Self, Wrong> {
        Self::parse(SHIPPED)
    }

    /// The rules as they hold on a day.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn on(tx: &mut ReadTx, day: chrono::NaiveDate) -> Result<Self, DbError> {
        let found = content::current(tx, KIND, FILE, day).await?;
        let text = found.as_ref().map_or(SHIPPED, |found| found.body.as_str());
        Self::parse(text).map_err(|wrong| DbError::Setup(format!("{FILE}: {wrong}")))
    }
}

/// The kind of content, for `commonweal content`.
#[must_use]
pub fn content_kind() -> Kind {
    Kind::new(KIND, |file, body| {
        if file == FILE {
            Rules::parse(body)
                .map(drop)
                .map_err(|wrong| wrong.to_string())
        } else {
            Err(format!("{KIND} reads {FILE}, not {file}"))
        }
    })
}

/// What the program ships.
#[must_use]
pub fn shipped() -> Vec<Shipped> {
    vec![Shipped {
        kind: KIND.to_owned(),
        key: FILE.to_owned(),
        body: SHIPPED.to_owned(),
    }]
}
