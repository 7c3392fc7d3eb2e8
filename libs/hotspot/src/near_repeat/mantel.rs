//! Mantel's test: does distance in time go with distance in space?

use geo::Coord;
use rayon::prelude::*;

use super::{NearRepeatError, check, pairs_of};
use crate::draws::Draws;
use crate::permuted::some_permutations;
use crate::{Metric, Permuted};

/// Events at most: all pairs are held.
const MOST_EVENTS: usize = 6_000;

/// How a distance is changed before it is compared: `(distance + constant)^power`.
///
/// Constant 1 and power −1, Mantel's reciprocal, makes near pairs count and far ones hardly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MantelTransform {
    /// Added first.
    pub constant: f64,
    /// Raised to this.
    pub power: f64,
}

impl MantelTransform {
    /// `1 / (distance + 1)`.
    pub const RECIPROCAL: Self = Self {
        constant: 1.0,
        power: -1.0,
    };

    fn of(self, distance: f64) -> f64 {
        let sum = distance + self.constant;
        if self.power == -1.0 {
            1.0 / sum
        } else if self.power == 1.0 {
            sum
        } else {
            sum.powf(self.power)
        }
    }
}

/// The result of Mantel's test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mantel {
    /// Correlation of the changed distances in space and time over all pairs, −1 to 1.
    pub statistic: f64,
    /// How re-arrangements of the times compare.
    pub test: Permuted,
}

/// Mantel's test in its standardised form: the correlation, over all pairs of events, of changed distances
/// in space and in time.
///
/// `None` where all changed distances in space, or all in time, are equal (all events at one place). Takes
/// 6,000 events at most, as all pairs are compared in each re-arrangement; Knox's test has no such limit.
///
/// Source: Mantel, N. (1967), 'The detection of disease clustering and a generalized regression approach',
/// *Cancer Research* 27.
///
/// # Errors
///
/// [`NearRepeatError::TooManyEvents`] beyond 6,000, [`NearRepeatError::Transform`] where a changed
/// distance is not finite, else as [`knox`](fn@crate::knox).
///
/// # Example
///
/// ```
/// use geo::coord;
/// use hotspot::{MantelTransform, Metric, mantel};
///
/// let points: Vec<_> = (0..30).map(|i| coord! { x: f64::from(i * i), y: 0.0 }).collect();
/// let times: Vec<f64> = (0..30).map(f64::from).collect();
/// let reciprocal = MantelTransform::RECIPROCAL;
/// let result = mantel(&points, &times, reciprocal, reciprocal, Metric::Euclidean, 99, 1)?;
/// let result = result.ok_or("all at one place")?;
/// assert!(result.statistic > 0.5 && result.test.p_high() == 0.01);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn mantel(
    points: &[Coord<f64>],
    times: &[f64],
    space: MantelTransform,
    time: MantelTransform,
    metric: Metric,
    permutations: u32,
    seed: u64,
) -> Result<Option<Mantel>, NearRepeatError> {
    check(points, times, 3)?;
    some_permutations(permutations)?;
    if points.len() > MOST_EVENTS {
        return Err(NearRepeatError::TooManyEvents {
            events: points.len(),
            most: MOST_EVENTS,
        });
    }
    let n = points.len();
    let pairs = pairs_of(n);
    let mut in_space = Vec::with_capacity(pairs as usize);
    let mut in_time = Vec::with_capacity(pairs as usize);
    for a in 1..n {
        for b in 0..a {
            in_space.push(space.of(metric.distance(points[a], points[b])));
            in_time.push(time.of((times[a] - times[b]).abs()));
        }
    }
    if !in_space
        .iter()
        .chain(&in_time)
        .all(|value| value.is_finite())
    {
        return Err(NearRepeatError::Transform);
    }
    let (Some(space_spread), Some(time_spread)) = (centre(&mut in_space), centre(&mut in_time))
    else {
        return Ok(None);
    };
    let correlation = |order: &[u32]| {
        let mut sum = 0.0;
        let mut pair = 0;
        for (a, &from) in order.iter().enumerate().skip(1) {
            let mut row = 0.0;
            for &to in &order[..a] {
                let (low, high) = (from.min(to) as usize, from.max(to) as usize);
                row += in_space[pair] * in_time[high * (high - 1) / 2 + low];
                pair += 1;
            }
            sum += row;
        }
        sum / (space_spread * time_spread).sqrt()
    };
    let order: Vec<u32> = (0..n as u32).collect();
    let observed = correlation(&order);
    let simulated: Vec<f64> = (0..u64::from(permutations))
        .into_par_iter()
        .map(|replicate| {
            let mut shuffled = order.clone();
            Draws::new(seed, replicate).shuffle(&mut shuffled);
            correlation(&shuffled)
        })
        .collect();
    Ok(Some(Mantel {
        statistic: observed,
        test: Permuted::count(observed, 1e-12, simulated),
    }))
}

/// Measures values from their mean; the sum of their squares then, unless all are equal.
fn centre(values: &mut [f64]) -> Option<f64> {
    let first = *values.first()?;
    if values.iter().all(|&value| value == first) {
        return None;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let mut squares = 0.0;
    for value in values {
        *value -= mean;
        squares += *value * *value;
    }
    Some(squares)
}
