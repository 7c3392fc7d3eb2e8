//! Likeness by whole words.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// A text without case and accents, compatible forms made one: `Café №3` becomes `cafe no3`.
///
/// ```
/// assert_eq!(linkage::fold("Café Ａ"), "cafe a");
/// ```
#[must_use]
pub fn fold(text: &str) -> String {
    let apart = text.nfkd().filter(|letter| !is_combining_mark(*letter));
    let lower: String = apart.flat_map(char::to_lowercase).collect();
    // Lower case can bring a mark of its own, as that of a dotted capital I.
    lower
        .nfkd()
        .filter(|letter| !is_combining_mark(*letter))
        .collect()
}

/// The words of a text: runs of letters and digits.
pub(crate) fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

/// The different words of a text, folded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words(BTreeSet<String>);

impl Words {
    /// The words of a text, each once, without case and accents; apostrophes are left out of words.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let plain = fold(&text.replace(['\'', '’'], ""));
        Self(split(&plain).map(str::to_owned).collect())
    }

    /// The same through `change`, which may shorten a word to its stem or drop it.
    #[must_use]
    pub fn map(self, change: impl FnMut(String) -> Option<String>) -> Self {
        Self(self.0.into_iter().filter_map(change).collect())
    }

    /// The words, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Jaccard's index: the weight of the words in both over that of the words in either. Two texts
    /// without words are equal: 1.
    ///
    /// Source: P. Jaccard (1901), *Distribution de la flore alpine dans le bassin des Dranses*.
    #[must_use]
    pub fn jaccard(&self, other: &Self, rarity: &Rarity) -> f64 {
        let (both, ours, theirs) = self.weigh(other, rarity);
        share(both, ours + theirs - both)
    }

    /// Dice's coefficient: twice the weight of the words in both over the sum of both texts' weights.
    /// Two texts without words are equal: 1.
    #[must_use]
    pub fn dice(&self, other: &Self, rarity: &Rarity) -> f64 {
        let (both, ours, theirs) = self.weigh(other, rarity);
        share(2.0 * both, ours + theirs)
    }

    /// How much of the lighter text is in the other: a short report of what a long one tells has 1. Two
    /// texts without words are equal: 1; one without words is in none: 0.
    #[must_use]
    pub fn containment(&self, other: &Self, rarity: &Rarity) -> f64 {
        if self.is_empty() != other.is_empty() {
            return 0.0;
        }
        let (both, ours, theirs) = self.weigh(other, rarity);
        share(both, ours.min(theirs))
    }

    /// Weights of the words in both, of ours and of theirs.
    fn weigh(&self, other: &Self, rarity: &Rarity) -> (f64, f64, f64) {
        let sum = |words: &BTreeSet<String>| words.iter().map(|word| rarity.of(word)).sum::<f64>();
        let both = self.0.intersection(&other.0);
        (
            both.map(|word| rarity.of(word)).sum(),
            sum(&self.0),
            sum(&other.0),
        )
    }
}

fn share(part: f64, whole: f64) -> f64 {
    match whole.partial_cmp(&0.0) {
        Some(Ordering::Greater) => (part / whole).clamp(0.0, 1.0),
        _ => 1.0,
    }
}

/// How much each word says: the rarer it is among some texts, the more.
///
/// The weight of a word that *n* of *N* texts have is ln(1 + (N + 1)/(n + 1)): never 0, and most for a word
/// that none has. Source: K. Spärck Jones (1972), *A statistical interpretation of term specificity and
/// its application in retrieval*, Journal of Documentation 28 (1); smoothed, so that few texts do.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rarity {
    weights: BTreeMap<String, f64>,
    unknown: f64,
}

impl Rarity {
    /// All words weigh the same.
    #[must_use]
    pub fn even() -> Self {
        Self {
            weights: BTreeMap::new(),
            unknown: 1.0,
        }
    }

    /// What words weigh among these texts.
    #[must_use]
    pub fn among<'a>(texts: impl IntoIterator<Item = &'a Words>) -> Self {
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        let mut all = 0.0;
        for text in texts {
            all += 1.0;
            for word in text.iter() {
                *counts.entry(word).or_default() += 1;
            }
        }
        let weight = |having: f64| libm::log1p((all + 1.0) / (having + 1.0));
        Self {
            weights: counts
                .into_iter()
                .map(|(word, count)| (word.to_owned(), weight(f64::from(count))))
                .collect(),
            unknown: weight(0.0),
        }
    }

    /// What a word weighs; always more than 0, but for [`Rarity::default`].
    #[must_use]
    pub fn of(&self, word: &str) -> f64 {
        self.weights.get(word).copied().unwrap_or(self.unknown)
    }
}
