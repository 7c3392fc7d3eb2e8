//! Rank intervals by resampling.

use rayon::prelude::*;

use super::{RankingOptions, RankingPlace};
use crate::draws::Draws;

/// Months below which whole months are too few to resample.
const FEWEST_MONTHS: usize = 6;

pub(super) struct Stability {
    pub(super) interval: (usize, usize),
    pub(super) in_the_top: f64,
}

/// The ranks of every place over all resamplings.
pub(super) fn resampled(
    places: &[RankingPlace],
    scores: &[Vec<f64>],
    options: &RankingOptions,
) -> Vec<Stability> {
    let months = scores.first().map_or(0, Vec::len);
    let ranks: Vec<Vec<u32>> = (0..u64::from(options.resamplings))
        .into_par_iter()
        .map(|resampling| {
            let mut draws = Draws::new(options.seed, resampling);
            let totals: Vec<f64> = if months >= FEWEST_MONTHS {
                let drawn: Vec<usize> = (0..months)
                    .map(|_| draws.below(months as u32) as usize)
                    .collect();
                scores
                    .iter()
                    .map(|scores| drawn.iter().map(|&month| scores[month]).sum())
                    .collect()
            } else {
                let weight = |kind: usize| {
                    options
                        .weighting
                        .as_ref()
                        .map_or(1.0, |weighting| weighting.kinds[kind])
                };
                places
                    .iter()
                    .map(|place| {
                        let kinds = place.months.first().map_or(0, Vec::len);
                        (0..kinds)
                            .map(|kind| {
                                let mean: u32 = place.months.iter().map(|month| month[kind]).sum();
                                weight(kind) * poisson(f64::from(mean), &mut draws)
                            })
                            .sum()
                    })
                    .collect()
            };
            // Ties are broken anew each time: the input's order is no reason to rank higher.
            let keys: Vec<u64> = totals.iter().map(|_| draws.bits()).collect();
            let mut order: Vec<usize> = (0..totals.len()).collect();
            order.sort_unstable_by(|&a, &b| {
                totals[b].total_cmp(&totals[a]).then(keys[a].cmp(&keys[b]))
            });
            let mut ranks = vec![0; totals.len()];
            for (rank, place) in (1..).zip(order) {
                ranks[place] = rank;
            }
            ranks
        })
        .collect();
    (0..scores.len())
        .map(|place| {
            let mut own: Vec<u32> = ranks.iter().map(|ranks| ranks[place]).collect();
            own.sort_unstable();
            let n = own.len();
            // As many below the lower as above the upper: 2.5 of 100.
            let cut = (n as f64 * 0.025).floor() as usize;
            let top = own.partition_point(|&rank| rank as usize <= options.most);
            Stability {
                interval: (own[cut] as usize, own[n - 1 - cut] as usize),
                in_the_top: top as f64 / n as f64,
            }
        })
        .collect()
}

/// For each place, the months in which it was among the `most` highest with something counted. All that
/// tie with the last of them are among them.
pub(super) fn months_in_the_top(scores: &[Vec<f64>], most: usize) -> Vec<usize> {
    let months = scores.first().map_or(0, Vec::len);
    let mut times = vec![0; scores.len()];
    if most == 0 {
        return times;
    }
    for month in 0..months {
        let mut sorted: Vec<f64> = scores.iter().map(|scores| scores[month]).collect();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let last = sorted.get(most - 1).copied().unwrap_or(0.0);
        for (times, scores) in times.iter_mut().zip(scores) {
            *times += usize::from(scores[month] > 0.0 && scores[month] >= last);
        }
    }
    times
}

/// A Poisson draw: products of uniform numbers, in parts small enough for them.
fn poisson(mean: f64, draws: &mut Draws) -> f64 {
    let mut left = mean;
    let mut count = 0.0;
    while left > 0.0 {
        let part = left.min(500.0);
        left -= part;
        let limit = (-part).exp();
        let mut product = 1.0;
        loop {
            product *= 1.0 - draws.unit();
            if product <= limit {
                break;
            }
            count += 1.0;
        }
    }
    count
}
