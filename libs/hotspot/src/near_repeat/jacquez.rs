//! Jacquez's test: nearest neighbours in space that are nearest neighbours in time.

use geo::Coord;
use rayon::prelude::*;

use super::{NearRepeatError, check};
use crate::draws::Draws;
use crate::nearest::Tree;
use crate::permuted::some_permutations;
use crate::{Permuted, PointError};

/// The result of Jacquez's test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jacquez {
    /// How many of all events' k nearest in space are among their k nearest in time as well.
    pub statistic: u64,
    /// How re-arrangements of the times compare.
    pub test: Permuted,
}

/// Jacquez's k nearest neighbours test: needs no distance to call near, so it holds where town and country
/// lie in one map.
///
/// `J = Σᵢ |Sᵢ ∩ Tᵢ|` with Sᵢ the k events nearest to event i in space (Euclidean) and Tᵢ those nearest in
/// time. Of events equally near, those that come first in the input are taken; where many events share a
/// place or a day (police.uk's snap points and months do) the statistic depends on that rule, so Knox's
/// test is the better one there.
///
/// Source: Jacquez, G. M. (1996), 'A k nearest neighbour test for space–time interaction', *Statistics in
/// Medicine* 15.
///
/// # Errors
///
/// [`NearRepeatError::Points`] where `k` is 0 or there are not more than `k` events, else as
/// [`knox`](fn@crate::knox).
///
/// # Example
///
/// ```
/// use geo::coord;
/// use hotspot::jacquez;
///
/// let points: Vec<_> = (0..30).map(|i| coord! { x: f64::from(i), y: 0.0 }).collect();
/// let times: Vec<f64> = (0..30).map(|i| f64::from(i * 2)).collect();
/// let result = jacquez(&points, &times, 2, 99, 1)?;
/// assert_eq!(result.statistic, 60); // all of them
/// assert_eq!(result.test.p_high(), 0.01);
/// # Ok::<(), hotspot::NearRepeatError>(())
/// ```
pub fn jacquez(
    points: &[Coord<f64>],
    times: &[f64],
    k: usize,
    permutations: u32,
    seed: u64,
) -> Result<Jacquez, NearRepeatError> {
    check(points, times, 2)?;
    some_permutations(permutations)?;
    if k == 0 || k >= points.len() {
        return Err(PointError::TooFew {
            points: points.len(),
            needed: k + 1,
        }
        .into());
    }
    let places: Vec<[f64; 2]> = points.iter().map(|at| [at.x, at.y]).collect();
    let moments: Vec<[f64; 1]> = times.iter().map(|&time| [time]).collect();
    let in_space = Tree::new(&places).all_nearest(k);
    let mut in_time = Tree::new(&moments).all_nearest(k);
    for row in &mut in_time {
        row.sort_unstable();
    }
    // `label[i]` is the event whose time event i has.
    let statistic = |label: &[u32]| -> u64 {
        in_space
            .iter()
            .zip(label)
            .map(|(near, &own)| {
                let soon = &in_time[own as usize];
                near.iter()
                    .filter(|&&other| soon.binary_search(&label[other as usize]).is_ok())
                    .count() as u64
            })
            .sum()
    };
    let label: Vec<u32> = (0..points.len() as u32).collect();
    let observed = statistic(&label);
    let simulated: Vec<f64> = (0..u64::from(permutations))
        .into_par_iter()
        .map(|replicate| {
            let mut shuffled = label.clone();
            Draws::new(seed, replicate).shuffle(&mut shuffled);
            statistic(&shuffled) as f64
        })
        .collect();
    Ok(Jacquez {
        statistic: observed,
        test: Permuted::count(observed as f64, 0.0, simulated),
    })
}
