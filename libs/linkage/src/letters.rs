//! Likeness by runs of letters: pairs and threes.

use std::collections::BTreeSet;

use crate::words::{fold, split};

fn shared<T: Ord>(a: &BTreeSet<T>, b: &BTreeSet<T>) -> usize {
    a.intersection(b).count()
}

fn dice<T: Ord>(a: &BTreeSet<T>, b: &BTreeSet<T>) -> f64 {
    let all = a.len() + b.len();
    if all == 0 {
        return 1.0;
    }
    2.0 * shared(a, b) as f64 / all as f64
}

/// Dice's coefficient of the pairs of neighbouring letters in two words: twice the shared pairs over all
/// pairs. Case and accents do not count. Words of one letter have no pairs: they are alike where equal.
///
/// Sources: L. R. Dice (1945), *Measures of the amount of ecologic association between species*, Ecology
/// 26 (3); G. W. Adamson and J. Boreham (1974), *The use of an association measure based on character
/// structure to identify semantically related pairs of words and document titles*, Information Storage
/// and Retrieval 10.
///
/// ```
/// assert_eq!(linkage::bigram_dice("night", "nacht"), 0.25);
/// ```
#[must_use]
pub fn bigram_dice(a: &str, b: &str) -> f64 {
    let (a, b) = (fold(a), fold(b));
    let (ours, theirs) = (pairs(&a), pairs(&b));
    if a == b || ours.is_empty() || theirs.is_empty() {
        return if a == b { 1.0 } else { 0.0 };
    }
    dice(&ours, &theirs)
}

fn pairs(text: &str) -> BTreeSet<(char, char)> {
    text.chars().zip(text.chars().skip(1)).collect()
}

/// The threes of letters in a text as PostgreSQL's `pg_trgm` takes them: of each word by itself, with two
/// spaces before it and one after. Case and accents do not count (accents do in `pg_trgm`).
///
/// Source: PostgreSQL documentation, appendix F, `pg_trgm`.
///
/// ```
/// let cat: Vec<String> = linkage::trigrams("cat").into_iter().map(String::from_iter).collect();
/// assert_eq!(cat, ["  c", " ca", "at ", "cat"]);
/// ```
#[must_use]
pub fn trigrams(text: &str) -> BTreeSet<[char; 3]> {
    let folded = fold(text);
    let mut found = BTreeSet::new();
    for word in split(&folded) {
        let mut last = [' ', ' '];
        for letter in word.chars().chain([' ']) {
            let [before, previous] = last;
            found.insert([before, previous, letter]);
            last = [previous, letter];
        }
    }
    found
}

/// The share of threes of letters that two texts have in common, of all that either has: what `pg_trgm`
/// calls similarity.
///
/// ```
/// assert!((linkage::trigram_jaccard("word", "words") - 0.571_429).abs() < 1e-6);
/// ```
#[must_use]
pub fn trigram_jaccard(a: &str, b: &str) -> f64 {
    let (a, b) = (trigrams(a), trigrams(b));
    let both = shared(&a, &b);
    let all = a.len() + b.len() - both;
    if all == 0 {
        return 1.0;
    }
    both as f64 / all as f64
}

/// Dice's coefficient of the threes of letters in two texts: as [`trigram_jaccard`], but twice the shared
/// ones over the sum of both.
#[must_use]
pub fn trigram_dice(a: &str, b: &str) -> f64 {
    dice(&trigrams(a), &trigrams(b))
}
