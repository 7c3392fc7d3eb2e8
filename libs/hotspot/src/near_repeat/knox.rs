//! Knox's test, in one cell or in a table of bands of distance and time.

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

    let (observed, at_least, at_most) = match days(&placed) {
        Some(days) => {
            let edges: Vec<i16> = bands.time.iter().map(|edge| edge.floor() as i16).collect();
            compare_days(&near, &days, &edges, permutations, seed)
        }
        None => compare_times(&near, &placed, &bands.time, permutations, seed),
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

/// Observed counts, and how many re-arrangements reached them from above and below, cell by cell.
type Compared = (Vec<u64>, Vec<u32>, Vec<u32>);

/// Re-arrangements counted side by side: as many 16-bit numbers as fast registers hold.
const LANES: usize = 16;
type Lanes = [i16; LANES];

/// Times as whole numbers since the first, where they are (days) and fit 15 bits (89 years).
fn days(times: &[f64]) -> Option<Vec<i16>> {
    let earliest = times.iter().copied().fold(f64::INFINITY, f64::min);
    times
        .iter()
        .map(|time| {
            let since = time - earliest;
            (since.fract() == 0.0 && since < f64::from(i16::MAX)).then_some(since as i16)
        })
        .collect()
}

fn compare_days(
    near: &NearPairs,
    days: &[i16],
    edges: &[i16],
    permutations: u32,
    seed: u64,
) -> Compared {
    let together: Vec<Lanes> = days.iter().map(|&day| [day; LANES]).collect();
    let observed: Vec<u64> = count_lanes(near, &together, edges)
        .iter()
        .map(|lanes| lanes[0])
        .collect();
    let groups = permutations.div_ceil(LANES as u32);
    let counted: Vec<Vec<[u64; LANES]>> = (0..groups)
        .into_par_iter()
        .map_init(
            || (days.to_vec(), together.clone()),
            |(shuffled, together), group| {
                for lane in 0..LANES {
                    let replicate = u64::from(group) * LANES as u64 + lane as u64;
                    if replicate >= u64::from(permutations) {
                        break;
                    }
                    shuffled.copy_from_slice(days);
                    Draws::new(seed, replicate).shuffle(shuffled);
                    for (lanes, &day) in together.iter_mut().zip(shuffled.iter()) {
                        lanes[lane] = day;
                    }
                }
                count_lanes(near, together, edges)
            },
        )
        .collect();
    let simulated = (0..permutations as usize).map(|replicate| {
        let (group, lane) = (replicate / LANES, replicate % LANES);
        counted[group].iter().map(|lanes| lanes[lane]).collect()
    });
    tally(observed, simulated)
}

/// Pairs per cell, for each of several arrangements of the days.
fn count_lanes(near: &NearPairs, days: &[Lanes], edges: &[i16]) -> Vec<[u64; LANES]> {
    near.bands
        .iter()
        .flat_map(|rows| {
            let within: Vec<[u64; LANES]> = match edges {
                [a, b] => within_lanes(rows, days, [*a, *b]).to_vec(),
                [a, b, c] => within_lanes(rows, days, [*a, *b, *c]).to_vec(),
                [a, b, c, d] => within_lanes(rows, days, [*a, *b, *c, *d]).to_vec(),
                all => all
                    .iter()
                    .flat_map(|&edge| within_lanes(rows, days, [edge]))
                    .collect(),
            };
            let mut before = [0; LANES];
            within.into_iter().map(move |upto| {
                let here = std::array::from_fn(|lane| upto[lane] - before[lane]);
                before = upto;
                here
            })
        })
        .collect()
}

/// Pairs whose days are at most each edge apart.
fn within_lanes<const N: usize>(rows: &Rows, days: &[Lanes], edges: [i16; N]) -> [[u64; LANES]; N] {
    let mut pairs = [[0_u64; LANES]; N];
    let mut part = [[0_i16; LANES]; N];
    let mut held = 0;
    for (place, bounds) in rows.offsets.windows(2).enumerate() {
        let own = days[place];
        for others in rows.others[bounds[0]..bounds[1]].chunks(4_096) {
            // 16 bits hold so many pairs, and no more.
            held += others.len();
            if held > 32_000 {
                drain(&mut part, &mut pairs);
                held = others.len();
            }
            for &other in others {
                let other = &days[other as usize];
                for edge in 0..N {
                    for lane in 0..LANES {
                        let apart = (other[lane] - own[lane]).abs();
                        part[edge][lane] += i16::from(apart <= edges[edge]);
                    }
                }
            }
        }
    }
    drain(&mut part, &mut pairs);
    pairs
}

/// Moves what 16 bits held into the sums.
fn drain<const N: usize>(part: &mut [[i16; LANES]; N], sums: &mut [[u64; LANES]; N]) {
    for (part, sums) in part.iter_mut().zip(sums) {
        for (part, sum) in part.iter_mut().zip(sums) {
            *sum += u64::from(part.unsigned_abs());
            *part = 0;
        }
    }
}

fn compare_times(
    near: &NearPairs,
    times: &[f64],
    edges: &[f64],
    permutations: u32,
    seed: u64,
) -> Compared {
    let observed = count(near, times, edges);
    let simulated: Vec<Vec<u64>> = (0..u64::from(permutations))
        .into_par_iter()
        .map_init(
            || times.to_vec(),
            |shuffled, replicate| {
                shuffled.copy_from_slice(times);
                Draws::new(seed, replicate).shuffle(shuffled);
                count(near, shuffled, edges)
            },
        )
        .collect();
    tally(observed, simulated.into_iter())
}

fn tally(observed: Vec<u64>, simulated: impl Iterator<Item = Vec<u64>>) -> Compared {
    let mut at_least = vec![0; observed.len()];
    let mut at_most = vec![0; observed.len()];
    for counts in simulated {
        for (cell, count) in counts.into_iter().enumerate() {
            at_least[cell] += u32::from(count >= observed[cell]);
            at_most[cell] += u32::from(count <= observed[cell]);
        }
    }
    (observed, at_least, at_most)
}

/// Pairs per cell for one arrangement of the times.
fn count(near: &NearPairs, times: &[f64], edges: &[f64]) -> Vec<u64> {
    let mut cells = vec![0; near.bands.len() * edges.len()];
    for (rows, cells) in near.bands.iter().zip(cells.chunks_mut(edges.len().max(1))) {
        for (place, bounds) in rows.offsets.windows(2).enumerate() {
            for &other in &rows.others[bounds[0]..bounds[1]] {
                let apart = (times[other as usize] - times[place]).abs();
                let band = edges.iter().filter(|&&edge| edge < apart).count();
                if let Some(cell) = cells.get_mut(band) {
                    *cell += 1;
                }
            }
        }
    }
    cells
}
