//! Small numbers in a table whose total is known: what of it may be shown so that nobody is given
//! away. Pure; counts in, counts or silence out.
//!
//! Source: Office for National Statistics, 'Policy on protecting confidentiality in tables of
//! birth and death statistics' (cell suppression, primary and complementary). The rule here is
//! stricter than the usual one in two ways: larger cells are chosen by their *place* and never by
//! their size, since a choice by size tells something; and so many are hidden together that no
//! hidden cell can be worked out from the total.

/// The threshold where nobody has set another: counts from 1 to 4 are small.
pub const THRESHOLD: u64 = 5;

/// A table of counts as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Shown {
    /// Each cell as it is, or hidden. The total may be shown.
    Cells(Vec<Option<u64>>),
    /// No cell can be shown without giving a small one away; the total may be shown.
    OnlyTotal,
    /// The total itself is small: nothing may be shown but that it is.
    Fewer,
}

impl Shown {
    /// A cell; none where it is hidden.
    #[must_use]
    pub fn cell(&self, place: usize) -> Option<u64> {
        match self {
            Self::Cells(cells) => cells.get(place).copied().flatten(),
            Self::OnlyTotal | Self::Fewer => None,
        }
    }

    /// Whether every cell is shown.
    #[must_use]
    pub fn whole(&self) -> bool {
        matches!(self, Self::Cells(cells) if cells.iter().all(Option::is_some))
    }
}

/// Everything, for those who may see each record anyway.
#[must_use]
pub fn all(counts: &[u64]) -> Shown {
    Shown::Cells(counts.iter().copied().map(Some).collect())
}

/// What may be shown of counts that do not overlap and whose total is known. A zero is no person
/// and stays, unless it is needed to hide others. The order of `counts` must not depend on them.
#[must_use]
pub fn hide(counts: &[u64], threshold: u64) -> Shown {
    let total: u64 = counts.iter().sum();
    if total > 0 && total < threshold {
        return Shown::Fewer;
    }
    let small = |count: u64| count > 0 && count < threshold;
    let mut hidden: Vec<bool> = counts.iter().map(|count| small(*count)).collect();
    if !hidden.contains(&true) {
        return all(counts);
    }
    // All that are below the threshold are hidden alike, nought too: else whoever sees a nought
    // would know that the hidden ones are at least one each.
    for (place, count) in hidden.iter_mut().zip(counts) {
        *place = *count < threshold;
    }
    let mut together: u64 = counts.iter().filter(|count| **count < threshold).sum();
    let mut larger = 0;
    for (place, count) in hidden.iter_mut().zip(counts) {
        if larger >= 2 && together >= 3 * threshold {
            break;
        }
        if !*place {
            *place = true;
            together += count;
            larger += 1;
        }
    }
    if larger < 2 || together < 3 * threshold {
        return Shown::OnlyTotal;
    }
    Shown::Cells(
        hidden
            .iter()
            .zip(counts)
            .map(|(hidden, count)| (!hidden).then_some(*count))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_small_cell_takes_two_larger_ones_with_it() {
        assert_eq!(hide(&[3, 1], 5), Shown::Fewer);
        assert_eq!(hide(&[0, 0], 5), all(&[0, 0]));
        assert_eq!(hide(&[9, 0, 7], 5), all(&[9, 0, 7]));
        assert_eq!(hide(&[40, 3], 5), Shown::OnlyTotal);
        let shown = hide(&[40, 3, 30, 20, 0], 5);
        assert_eq!(shown, Shown::Cells(vec![None, None, None, Some(20), None]));
        assert!(!shown.whole());
        assert_eq!((shown.cell(3), shown.cell(0)), (Some(20), None));
    }

    /// Every way in which `n` counts below `most` can be.
    fn every(n: usize, most: u64) -> Vec<Vec<u64>> {
        (0..n).fold(vec![Vec::new()], |before, _| {
            let longer = |counts: &Vec<u64>| {
                let counts = counts.clone();
                (0..most).map(move |count| [counts.clone(), vec![count]].concat())
            };
            before.iter().flat_map(longer).collect()
        })
    }

    /// The reader knows the rule, the total and what is shown; a small cell must still be able to
    /// be at least two different numbers.
    #[test]
    fn whoever_knows_the_rule_cannot_work_out_a_small_cell() {
        for (n, most, threshold) in [(2, 40, 4), (3, 26, 3), (4, 14, 3), (3, 22, 4)] {
            let mut seen: HashMap<(u64, Shown), Vec<Vec<u64>>> = HashMap::new();
            for counts in every(n, most) {
                let total: u64 = counts.iter().sum();
                // Of larger totals not every way has been tried.
                if total < most {
                    let shown = hide(&counts, threshold);
                    let known = if shown == Shown::Fewer { 0 } else { total };
                    seen.entry((known, shown)).or_default().push(counts);
                }
            }
            for ((total, shown), like) in seen {
                for place in 0..n {
                    let can_be: BTreeSet<u64> = like.iter().map(|counts| counts[place]).collect();
                    let small = can_be.iter().any(|count| (1..threshold).contains(count));
                    assert!(
                        !small || can_be.len() > 1,
                        "total {total}, {shown:?}: {like:?}"
                    );
                }
            }
        }
    }

    proptest! {
        #[test]
        fn no_small_cell_is_shown(counts in proptest::collection::vec(0_u64..60, 0..9), threshold in 3_u64..12) {
            if let Shown::Cells(cells) = hide(&counts, threshold) {
                prop_assert_eq!(cells.len(), counts.len());
                for (cell, count) in cells.iter().zip(&counts) {
                    prop_assert!(cell.is_none_or(|shown| shown == *count && (shown == 0 || shown >= threshold)));
                }
            }
        }
    }
}
