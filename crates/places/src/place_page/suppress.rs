//! Small numbers: what of a count may be published so that nobody is given away.
//!
//! Two rules, each safe by itself against a reader who knows the rules and all that was ever published:
//!
//! * A month's count is published as a function of itself alone: nothing, or the count from the
//!   threshold on, or 'fewer than'. A total is a function of what was published, never of the counts,
//!   so no difference of totals tells more than the months did.
//! * Counts by type are published for whole years that do not overlap, and only where all months were
//!   published, so that the year's total is known. Types below the threshold are joined with larger
//!   ones, chosen by their place in a fixed order and not by their size, into 'other types'.

use serde::Serialize;

/// A count as it is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Published {
    /// The count: none, or the threshold and more.
    Exactly(u64),
    /// At least one, fewer than the threshold.
    Fewer,
    /// There are no figures.
    Missing,
}

/// The rule for a month's count; `None` where there are no figures.
#[must_use]
pub fn publish(count: Option<u64>, threshold: u64) -> Published {
    match count {
        None => Published::Missing,
        Some(count) if count == 0 || count >= threshold => Published::Exactly(count),
        Some(_) => Published::Fewer,
    }
}

/// A total of what was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Total {
    /// The least that it can be: published counts, and one for each that is hidden.
    pub least: u64,
    /// Hidden counts among them.
    pub hidden: usize,
    /// Months without figures.
    pub missing: usize,
}

impl Total {
    /// The total of published counts: it uses nothing else.
    #[must_use]
    pub fn of(published: &[Published]) -> Self {
        let hidden = published.iter().filter(|p| **p == Published::Fewer).count();
        let shown: u64 = published
            .iter()
            .map(|p| match p {
                Published::Exactly(count) => *count,
                Published::Fewer | Published::Missing => 0,
            })
            .sum();
        Self {
            least: shown + hidden as u64,
            hidden,
            missing: published
                .iter()
                .filter(|p| **p == Published::Missing)
                .count(),
        }
    }

    /// The total where nothing of it is hidden or missing.
    #[must_use]
    pub fn exactly(self) -> Option<u64> {
        (self.hidden == 0 && self.missing == 0).then_some(self.least)
    }
}

/// Counts by type as they are published.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Default)]
pub struct Types {
    /// Types by their place in the list, each with a count of the threshold or more.
    pub own: Vec<(usize, u64)>,
    /// All others together; none where they are all zero.
    pub others: Option<u64>,
}

/// What of a year's counts by type may be published, where the year's total is public; none where
/// nothing may. The order of `counts` must not depend on the counts.
#[must_use]
pub fn types(counts: &[u64], threshold: u64) -> Option<Types> {
    let small = |count: u64| count < threshold;
    let mut joined: Vec<bool> = counts.iter().map(|count| small(*count)).collect();
    let mut together: u64 = counts.iter().filter(|count| small(**count)).sum();
    if together > 0 {
        // As many larger ones as make it impossible to take the small ones out again.
        let mut larger = 0;
        for (n, count) in counts.iter().enumerate() {
            if larger >= 2 && together >= 3 * threshold {
                break;
            }
            if !joined[n] {
                joined[n] = true;
                together += count;
                larger += 1;
            }
        }
        if larger < 2 || together < 3 * threshold {
            return None;
        }
    }
    Some(Types {
        own: counts
            .iter()
            .enumerate()
            .filter(|(n, _)| !joined[*n])
            .map(|(n, count)| (n, *count))
            .collect(),
        others: (together > 0).then_some(together),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet, HashMap};

    use proptest::prelude::*;

    use super::*;

    /// Every way in which up to `n` counts below `most` can be.
    fn all(n: usize, most: u64) -> Vec<Vec<u64>> {
        (0..n).fold(vec![Vec::new()], |before, _| {
            before
                .iter()
                .flat_map(|counts| {
                    (0..most).map(|count| {
                        let mut counts = counts.clone();
                        counts.push(count);
                        counts
                    })
                })
                .collect()
        })
    }

    /// The reader knows the rule, the total, and what was published. A count that was kept back must
    /// still be able to be at least two different numbers.
    #[test]
    fn whoever_knows_the_rule_and_the_total_cannot_work_out_a_small_count() {
        for (n, most, threshold) in [(1, 30, 3), (2, 40, 4), (3, 26, 3), (4, 14, 3), (3, 22, 4)] {
            let mut seen: HashMap<(u64, Option<Types>), Vec<Vec<u64>>> = HashMap::new();
            for counts in all(n, most) {
                let total: u64 = counts.iter().sum();
                // The total is public only where every month is: then it is nothing, or large enough.
                // Of larger totals not every way has been tried.
                if (total == 0 || total >= threshold) && total < most {
                    seen.entry((total, types(&counts, threshold)))
                        .or_default()
                        .push(counts);
                }
            }
            for ((total, published), like) in seen {
                for place in 0..n {
                    let can_be: BTreeSet<u64> = like.iter().map(|counts| counts[place]).collect();
                    let hidden = can_be.iter().any(|count| (1..threshold).contains(count));
                    assert!(
                        !hidden || can_be.len() > 1,
                        "{n} types, total {total}, {published:?}: {like:?}"
                    );
                }
            }
        }
    }

    proptest! {
        #[test]
        fn no_published_cell_is_small(counts in proptest::collection::vec(0_u64..60, 0..8), threshold in 3_u64..12) {
            let months: Vec<_> = counts.iter().map(|count| publish(Some(*count), threshold)).collect();
            for (count, published) in counts.iter().zip(&months) {
                match published {
                    Published::Exactly(shown) => prop_assert!(shown == count && (*shown == 0 || *shown >= threshold)),
                    Published::Fewer => prop_assert!((1..threshold).contains(count)),
                    Published::Missing => prop_assert!(false),
                }
            }
            if let Some(types) = types(&counts, threshold) {
                prop_assert!(types.own.iter().all(|(n, count)| *count >= threshold && counts[*n] == *count));
                prop_assert!(types.others.is_none_or(|others| others >= 3 * threshold));
                let shown: u64 = types.own.iter().map(|(_, count)| count).sum::<u64>() + types.others.unwrap_or(0);
                prop_assert_eq!(shown, counts.iter().sum::<u64>(), "nothing is lost");
            }
        }

        /// Whatever the hidden months are, the same is published: every month, every total, every
        /// difference of totals, of every window that was ever on a page.
        #[test]
        fn totals_of_any_windows_tell_nothing_of_a_hidden_month(
            counts in proptest::collection::vec(proptest::option::weighted(0.9, 0_u64..12), 1..40),
            threshold in 3_u64..8, other in proptest::collection::vec(0_u64..1_000, 40), width in 1_usize..13,
        ) {
            let another: Vec<_> = counts
                .iter()
                .zip(&other)
                .map(|(count, other)| count.map(|count| if (1..threshold).contains(&count) { 1 + other % (threshold - 1) } else { count }))
                .collect();
            let page = |counts: &[Option<u64>]| {
                let months: Vec<_> = counts.iter().map(|count| publish(*count, threshold)).collect();
                let totals: Vec<_> = months.windows(width.min(months.len())).map(Total::of).collect();
                (months, totals)
            };
            prop_assert_eq!(page(&counts), page(&another));
        }

        #[test]
        fn a_total_is_exact_only_where_nothing_is_hidden(counts in proptest::collection::vec(proptest::option::of(0_u64..12), 0..14)) {
            let published: Vec<_> = counts.iter().map(|count| publish(*count, 5)).collect();
            let total = Total::of(&published);
            let known: u64 = counts.iter().flatten().sum();
            prop_assert!(total.least <= known);
            match total.exactly() {
                Some(exactly) => prop_assert_eq!(exactly, known),
                None => prop_assert!(counts.iter().any(|count| count.is_none_or(|count| (1..5).contains(&count)))),
            }
        }

        #[test]
        fn types_in_another_order_of_size_are_joined_by_place(counts in proptest::collection::vec(20_u64..60, 3..8), small in 1_u64..5) {
            let mut with_small = counts;
            with_small.push(small);
            let own: BTreeMap<_, _> = types(&with_small, 5).unwrap().own.into_iter().collect();
            prop_assert!(!own.contains_key(&0) && !own.contains_key(&1), "the first two are joined, whatever they are");
        }
    }
}
