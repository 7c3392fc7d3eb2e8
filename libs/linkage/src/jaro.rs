//! Jaro's likeness of short texts, and Winkler's change to it.

/// How much of the rest a common beginning of one letter makes up (Winkler 1990).
const SCALE: f64 = 0.1;
/// The longest beginning that counts.
const BEGINNING: usize = 4;
/// A beginning counts only where the texts are more alike than this, as in Winkler's `strcmp95`.
const BOOST_FROM: f64 = 0.7;

/// Jaro's likeness of two short texts: 0 where they share no letter near the same place, 1 where they
/// are equal. Case counts; see [`fold`](crate::fold).
///
/// With *m* letters that match within half the longer length, of which *t* pairs are out of order:
/// (m/|a| + m/|b| + (m − t)/m) / 3. Takes time with the product of the lengths: for names, not essays.
///
/// Source: M. A. Jaro (1989), *Advances in record-linkage methodology as applied to matching the 1985
/// census of Tampa, Florida*, JASA 84 (406).
///
/// ```
/// assert!((linkage::jaro("DWAYNE", "DUANE") - 0.822).abs() < 0.001);
/// ```
#[must_use]
pub fn jaro(a: &str, b: &str) -> f64 {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    of(&a, &b)
}

fn of(a: &[char], b: &[char]) -> f64 {
    if a == b {
        return 1.0;
    }
    // Which letters are taken depends on which text is walked: the shorter one, so that the likeness
    // is the same either way round; of two as long, the first in order.
    let (a, b) = if (a.len(), a) <= (b.len(), b) {
        (a, b)
    } else {
        (b, a)
    };
    if a.is_empty() {
        return 0.0;
    }
    let reach = (b.len() / 2).saturating_sub(1);
    let mut taken = vec![false; b.len()];
    let mut ours = Vec::new();
    for (place, letter) in a.iter().enumerate() {
        let from = place.saturating_sub(reach);
        let within = b.iter().zip(taken.iter_mut()).skip(from);
        let mut near = within.take(place + reach + 1 - from);
        if let Some((_, taken)) = near.find(|(other, taken)| !**taken && *other == letter) {
            *taken = true;
            ours.push(*letter);
        }
    }
    if ours.is_empty() {
        return 0.0;
    }
    let theirs = b.iter().zip(&taken).filter(|(_, taken)| **taken);
    let moved = ours
        .iter()
        .zip(theirs)
        .filter(|(ours, (theirs, _))| ours != theirs)
        .count();
    let matched = ours.len() as f64;
    let swapped = moved as f64 / 2.0;
    (matched / a.len() as f64 + matched / b.len() as f64 + (matched - swapped) / matched) / 3.0
}

/// Jaro's likeness, raised where the texts begin alike: by a tenth of what is missing for each of the
/// first four letters that agree, where it is above 0.7.
///
/// Source: W. E. Winkler (1990), *String comparator metrics and enhanced decision rules in the
/// Fellegi-Sunter model of record linkage*, Proceedings of the Section on Survey Research Methods, ASA.
///
/// ```
/// assert!((linkage::jaro_winkler("DIXON", "DICKSONX") - 0.813).abs() < 0.001);
/// ```
#[must_use]
pub fn jaro_winkler(a: &str, b: &str) -> f64 {
    let alike = jaro(a, b);
    if alike <= BOOST_FROM {
        return alike;
    }
    let pairs = a.chars().zip(b.chars()).take(BEGINNING);
    let same = pairs.take_while(|(a, b)| a == b).count();
    (alike + same as f64 * SCALE * (1.0 - alike)).min(1.0)
}
