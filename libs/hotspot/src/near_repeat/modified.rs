//! Baker's modified Knox statistic.

use geo::Coord;
use rayon::prelude::*;

use super::{NearPairs, NearRepeatError, check};
use crate::draws::Draws;
use crate::permuted::some_permutations;
use crate::{Metric, Permuted};

/// The result of a modified Knox test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModifiedKnox {
    /// Pairs near in both, less those that each event's own numbers of near events lead to expect.
    pub statistic: f64,
    /// How re-arrangements of the times compare.
    pub test: Permuted,
}

/// Baker's modified Knox test: pairs near in space and time beyond what busy places and busy days explain.
///
/// With sᵢ the number of other events within `distance` of event i and tᵢ those within `time` of it:
///
/// ```text
/// T = ½ (Σᵢⱼ aᵢⱼ bᵢⱼ − Σᵢ sᵢ tᵢ / (n − 1))
/// ```
///
/// where aᵢⱼ and bᵢⱼ are 1 for pairs near in space and in time. PySAL's pointpats computes the same.
///
/// Source: Baker, R. D. (2004), 'Identifying space–time disease clusters', *Acta Tropica* 91(3).
///
/// # Errors
///
/// As [`knox`](fn@crate::knox).
///
/// # Example
///
/// ```
/// use geo::coord;
/// use hotspot::{Metric, modified_knox};
///
/// let points: Vec<_> = (0..40).map(|i| coord! { x: f64::from(i / 2) * 500.0, y: 0.0 }).collect();
/// let times: Vec<f64> = (0..40).map(|i| f64::from((i / 2) * 30 + i % 2)).collect();
/// let result = modified_knox(&points, &times, 100.0, 7.0, Metric::Euclidean, 99, 1)?;
/// assert!(result.statistic > 15.0 && result.test.p_high() == 0.01);
/// # Ok::<(), hotspot::NearRepeatError>(())
/// ```
pub fn modified_knox(
    points: &[Coord<f64>],
    times: &[f64],
    distance: f64,
    time: f64,
    metric: Metric,
    permutations: u32,
    seed: u64,
) -> Result<ModifiedKnox, NearRepeatError> {
    if ![distance, time]
        .iter()
        .all(|edge| edge.is_finite() && *edge >= 0.0)
    {
        return Err(NearRepeatError::Bands);
    }
    check(points, times, 2)?;
    some_permutations(permutations)?;
    let near = NearPairs::new(points, metric, &[distance])?;
    let Some(rows) = near.bands.first() else {
        return Err(NearRepeatError::Bands);
    };
    let mut in_space = vec![0_u32; points.len()];
    for (place, bounds) in rows.offsets.windows(2).enumerate() {
        let others = &rows.others[bounds[0]..bounds[1]];
        in_space[place] += others.len() as u32;
        for &other in others {
            in_space[other as usize] += 1;
        }
    }
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    // Each time with the number of other events near it.
    let placed: Vec<(f64, u32)> = near
        .order
        .iter()
        .map(|&event| {
            let at = times[event as usize];
            let from = sorted.partition_point(|&other| at - other > time);
            let to = sorted.partition_point(|&other| other - at <= time);
            (at, (to - from - 1) as u32)
        })
        .collect();
    let others = points.len() as f64 - 1.0;
    let statistic = |placed: &[(f64, u32)]| {
        let mut pairs = 0_u64;
        let mut products = 0_u64;
        for (place, bounds) in rows.offsets.windows(2).enumerate() {
            let (at, in_time) = placed[place];
            products += u64::from(in_space[place]) * u64::from(in_time);
            pairs += rows.others[bounds[0]..bounds[1]]
                .iter()
                .filter(|&&other| (placed[other as usize].0 - at).abs() <= time)
                .count() as u64;
        }
        pairs as f64 - products as f64 / others / 2.0
    };
    let observed = statistic(&placed);
    let simulated: Vec<f64> = (0..u64::from(permutations))
        .into_par_iter()
        .map_init(
            || placed.clone(),
            |shuffled, replicate| {
                shuffled.copy_from_slice(&placed);
                Draws::new(seed, replicate).shuffle(shuffled);
                statistic(shuffled)
            },
        )
        .collect();
    Ok(ModifiedKnox {
        statistic: observed,
        // Both parts come from whole numbers, so only rounding of the division separates equal ones.
        test: Permuted::count(observed, 1e-9, simulated),
    })
}
