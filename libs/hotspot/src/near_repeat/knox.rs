//! Knox's test, in one cell or in a table of bands of distance and time.

use std::ops::Sub;

use geo::Coord;
use rayon::prelude::*;

use super::{NearPairs, NearRepeatError, Rows, check, close_times, pairs_of};
use crate::draws::Draws;
use crate::permuted::some_permutations;
use crate::{Metric, Permuted};

/// Bands of distance and time by their upper edges, which belong to them.
///
/// Edges 0, 100, 200 make three bands: the same place, above 0 to 100, above 100 to 200. A single edge
/// makes the classic test, 'within 200 metres'.
#[derive(Debug, Clone, PartialEq)]
pub struct KnoxBands {
    /// Upper edges of the bands of distance, ascending, in the unit of the coordinates.
    pub space: Vec<f64>,
    /// Upper edges of the bands of time, ascending, in the unit of the times.
    pub time: Vec<f64>,
}

/// One cell of the table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnoxCell {
    /// Pairs of events in this band of distance and this band of time.
    pub observed: u64,
    /// Pairs expected there if times had nothing to do with places: pairs near in space times pairs near
    /// in time over all pairs. This is the exact mean of the permutation test.
    pub expected: f64,
    /// Observed over expected: 1.5 says half as many again as chance makes. `None` where 0 are expected.
    pub ratio: Option<f64>,
    /// How the re-arrangements compare; `p_high` is the one for near repeats.
    pub test: Permuted,
}

/// The table of a Knox test.
#[derive(Debug, Clone, PartialEq)]
pub struct Knox {
    /// The bands asked for.
    pub bands: KnoxBands,
    /// Rows are bands of distance, columns bands of time.
    pub cells: Vec<Vec<KnoxCell>>,
    /// Pairs of events in each band of distance, at any time.
    pub space_pairs: Vec<u64>,
    /// Pairs of events in each band of time, at any distance.
    pub time_pairs: Vec<u64>,
    /// All pairs of events.
    pub pairs: u64,
}

/// Knox's test for near repeats, over one or several bands of distance and time.
///
/// Counts the pairs of events that are near in space and in time, and compares with re-arrangements in
/// which places stay and times are dealt out among them at random, `permutations` times from `seed`. Two
/// events are near where their distance (by `metric`) and their difference in time are at most the edge.
///
/// Source: Knox, E. G. (1964), 'The detection of space-time interactions', *Journal of the Royal
/// Statistical Society C* 13; as a table with Monte Carlo: Johnson, S. D. et al. (2007), 'Space–time
/// patterns of risk: a cross national assessment of residential burglary victimization', *Journal of
/// Quantitative Criminology* 23.
///
/// # Errors
///
/// [`NearRepeatError::Bands`] for edges that do not ascend, [`NearRepeatError::Points`] for fewer than two
/// events or places that are not numbers, [`NearRepeatError::Lengths`], [`NearRepeatError::Time`],
/// [`NearRepeatError::Permutations`] for 0 permutations and [`NearRepeatError::TooManyPairs`] for a
/// distance that makes everything near.
///
/// # Example
///
/// ```
/// use geo::coord;
/// use hotspot::{KnoxBands, Metric, knox};
///
/// // Pairs of events at one place on following days, each pair far from the others in both.
/// let points: Vec<_> = (0..40).map(|i| coord! { x: f64::from(i / 2) * 500.0, y: 0.0 }).collect();
/// let times: Vec<f64> = (0..40).map(|i| f64::from((i / 2) * 30 + i % 2)).collect();
/// let bands = KnoxBands { space: vec![0.0, 100.0], time: vec![7.0, 14.0] };
/// let table = knox(&points, &times, &bands, Metric::Manhattan, 99, 1)?;
/// let same_place_same_week = table.cells[0][0];
/// assert_eq!(same_place_same_week.observed, 20);
/// assert_eq!(same_place_same_week.test.p_high(), 0.01);
/// # Ok::<(), hotspot::NearRepeatError>(())
/// ```
pub fn knox(
    points: &[Coord<f64>],
    times: &[f64],
    bands: &KnoxBands,
    metric: Metric,
    permutations: u32,
    seed: u64,
) -> Result<Knox, NearRepeatError> {
    for edges in [&bands.space, &bands.time] {
        let usable = edges.iter().all(|edge| edge.is_finite() && *edge >= 0.0);
        if edges.is_empty() || !usable || !edges.is_sorted_by(|a, b| a < b) {
            return Err(NearRepeatError::Bands);
        }
    }
    check(points, times, 2)?;
    some_permutations(permutations)?;
    let near = NearPairs::new(points, metric, &bands.space)?;
    let placed: Vec<f64> = near
        .order
        .iter()
        .map(|&event| times[event as usize])
        .collect();

    // Whole numbers, as days are, compare faster in 32 bits.
    let earliest = times.iter().copied().fold(f64::INFINITY, f64::min);
    let whole: Option<Vec<i32>> = placed
        .iter()
        .map(|time| {
            let since = time - earliest;
            (since.fract() == 0.0 && since < f64::from(i32::MAX)).then_some(since as i32)
        })
        .collect();
    let (observed, at_least, at_most) = match whole {
        Some(whole) => {
            let edges: Vec<i32> = bands
                .time
                .iter()
                .map(|edge| edge.floor().min(f64::from(i32::MAX)) as i32)
                .collect();
            compare(&near, &whole, &edges, permutations, seed)
        }
        None => compare(&near, &placed, &bands.time, permutations, seed),
    };

    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut before = 0;
    let time_pairs: Vec<u64> = bands
        .time
        .iter()
        .map(|&edge| {
            let within = close_times(&sorted, edge);
            let here = within - before;
            before = within;
            here
        })
        .collect();
    let space_pairs: Vec<u64> = near
        .bands
        .iter()
        .map(|rows| rows.others.len() as u64)
        .collect();
    let all = pairs_of(points.len());
    let columns = time_pairs.len();
    let cells = space_pairs
        .iter()
        .enumerate()
        .map(|(row, &in_space)| {
            time_pairs
                .iter()
                .enumerate()
                .map(|(column, &in_time)| {
                    let cell = row * columns + column;
                    let expected = in_space as f64 * in_time as f64 / all;
                    KnoxCell {
                        observed: observed[cell],
                        expected,
                        ratio: (expected > 0.0).then(|| observed[cell] as f64 / expected),
                        test: Permuted {
                            permutations,
                            at_least: at_least[cell],
                            at_most: at_most[cell],
                        },
                    }
                })
                .collect()
        })
        .collect();
    Ok(Knox {
        bands: bands.clone(),
        cells,
        space_pairs,
        time_pairs,
        pairs: all as u64,
    })
}

/// A difference in time that can be compared with an edge.
trait Time: Copy + PartialOrd + Sub<Output = Self> + Send + Sync {}
impl Time for i32 {}
impl Time for f64 {}

/// Observed counts, and how many re-arrangements reached them from above and below, cell by cell.
fn compare<T: Time>(
    near: &NearPairs,
    times: &[T],
    edges: &[T],
    permutations: u32,
    seed: u64,
) -> (Vec<u64>, Vec<u32>, Vec<u32>) {
    let cells = near.bands.len() * edges.len();
    let observed = count(near, times, edges);
    let (at_least, at_most) = (0..u64::from(permutations))
        .into_par_iter()
        .map_init(
            || times.to_vec(),
            |shuffled, replicate| {
                shuffled.copy_from_slice(times);
                Draws::new(seed, replicate).shuffle(shuffled);
                count(near, shuffled, edges)
            },
        )
        .fold(
            || (vec![0_u32; cells], vec![0_u32; cells]),
            |(mut high, mut low), simulated| {
                for cell in 0..cells {
                    high[cell] += u32::from(simulated[cell] >= observed[cell]);
                    low[cell] += u32::from(simulated[cell] <= observed[cell]);
                }
                (high, low)
            },
        )
        // Whole numbers add up to the same whatever the order.
        .reduce(
            || (vec![0; cells], vec![0; cells]),
            |(high, low), (more_high, more_low)| {
                let add = |a: Vec<u32>, b: Vec<u32>| a.iter().zip(&b).map(|(a, b)| a + b).collect();
                (add(high, more_high), add(low, more_low))
            },
        );
    (observed, at_least, at_most)
}

/// Pairs per cell for one arrangement of the times.
fn count<T: Time>(near: &NearPairs, times: &[T], edges: &[T]) -> Vec<u64> {
    near.bands
        .iter()
        .flat_map(|rows| {
            let within: Vec<u64> = match edges {
                [one] => within(rows, times, [*one]).to_vec(),
                [a, b] => within(rows, times, [*a, *b]).to_vec(),
                [a, b, c] => within(rows, times, [*a, *b, *c]).to_vec(),
                [a, b, c, d] => within(rows, times, [*a, *b, *c, *d]).to_vec(),
                all => all
                    .iter()
                    .map(|&edge| within(rows, times, [edge])[0])
                    .collect(),
            };
            let mut before = 0;
            within.into_iter().map(move |upto| {
                let here = upto - before;
                before = upto;
                here
            })
        })
        .collect()
}

/// Pairs whose times are at most each edge apart.
fn within<T: Time, const N: usize>(rows: &Rows, times: &[T], edges: [T; N]) -> [u64; N] {
    let mut pairs = [0; N];
    for (place, bounds) in rows.offsets.windows(2).enumerate() {
        let time = times[place];
        let mut row = [0_u32; N];
        for &other in &rows.others[bounds[0]..bounds[1]] {
            let other = times[other as usize];
            let apart = if other > time {
                other - time
            } else {
                time - other
            };
            for edge in 0..N {
                row[edge] += u32::from(apart <= edges[edge]);
            }
        }
        for edge in 0..N {
            pairs[edge] += u64::from(row[edge]);
        }
    }
    pairs
}
