//! Near repeats: do incidents that are near in space come soon after each other, beyond chance?

mod jacquez;
mod knox;
mod mantel;
mod modified;
#[cfg(test)]
mod tests;

use geo::Coord;
use rayon::prelude::*;
use thiserror::Error;

use crate::near::{Metric, Squares};
use crate::weights::finite;
use crate::{PermutationError, PointError};

pub use jacquez::{Jacquez, jacquez};
pub use knox::{Knox, KnoxBands, KnoxCell, knox};
pub use mantel::{Mantel, MantelTransform, mantel};
pub use modified::{ModifiedKnox, modified_knox};

/// Why incidents could not be tested for near repeats.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum NearRepeatError {
    /// The places are unusable.
    #[error(transparent)]
    Points(#[from] PointError),
    /// There is not one time for each place.
    #[error("there are {times} times for {points} places")]
    Lengths {
        /// How many places were given.
        points: usize,
        /// How many times were given.
        times: usize,
    },
    /// A time is infinite or not a number.
    #[error("time {event} is missing or not a finite number")]
    Time {
        /// Position of the event, from 0.
        event: usize,
    },
    /// Edges of bands are missing, negative, infinite or not in ascending order.
    #[error("edges of bands must be zero or more and ascend, for example 100, 200, 400")]
    Bands,
    /// So many pairs are near in space that they cannot be held.
    #[error("{pairs} pairs of events are near in space, more than {most}: take a shorter distance")]
    TooManyPairs {
        /// How many pairs there are.
        pairs: u64,
        /// How many can be held.
        most: u64,
    },
    /// More events than a test of all pairs can take.
    #[error("{events} events are too many for a test of all pairs, which takes {most}: use Knox's")]
    TooManyEvents {
        /// How many events there are.
        events: usize,
        /// How many it takes.
        most: usize,
    },
    /// A transform of distances has no finite value for some pair.
    #[error("the transform of a distance is not finite (a distance of zero to a negative power?)")]
    Transform,
    /// No re-arrangement was asked for.
    #[error(transparent)]
    Permutations(#[from] PermutationError),
}

/// Pairs held at most: eight bytes each.
const MOST_PAIRS: u64 = 400_000_000;

/// Checks that there are at least `needed` finite places, each with a finite time.
fn check(points: &[Coord<f64>], times: &[f64], needed: usize) -> Result<(), NearRepeatError> {
    finite(points)?;
    if points.len() != times.len() {
        return Err(NearRepeatError::Lengths {
            points: points.len(),
            times: times.len(),
        });
    }
    if let Some(event) = times.iter().position(|time| !time.is_finite()) {
        return Err(NearRepeatError::Time { event });
    }
    if points.len() < needed {
        return Err(PointError::TooFew {
            points: points.len(),
            needed,
        }
        .into());
    }
    Ok(())
}

/// Pairs of events near in space, in rows of the event that comes first in `order`.
struct NearPairs {
    /// Positions of the events in the input: near ones lie near each other here too.
    order: Vec<u32>,
    /// For each band of distance, the rows.
    bands: Vec<Rows>,
}

/// Row i is `others[offsets[i]..offsets[i + 1]]`, places in `order`.
struct Rows {
    offsets: Vec<usize>,
    others: Vec<u32>,
}

impl NearPairs {
    /// Pairs up to the last of the edges; a pair belongs to the first band whose edge it does not exceed.
    fn new(points: &[Coord<f64>], metric: Metric, edges: &[f64]) -> Result<Self, NearRepeatError> {
        let furthest = edges.last().copied().unwrap_or(0.0);
        let squares = Squares::new(points, furthest);
        let counted: u64 = (0..squares.len())
            .into_par_iter()
            .map(|square| {
                let mut count = 0_u64;
                squares.pairs(square, metric, furthest, |_, _, _| count += 1);
                count
            })
            .sum();
        if counted > MOST_PAIRS {
            return Err(NearRepeatError::TooManyPairs {
                pairs: counted,
                most: MOST_PAIRS,
            });
        }
        // Squares are in the order of their first points, and so are the pairs of each.
        let found: Vec<Vec<(u32, u32, u32)>> = (0..squares.len())
            .into_par_iter()
            .map(|square| {
                let mut found = Vec::new();
                squares.pairs(square, metric, furthest, |a, b, apart| {
                    let band = edges.partition_point(|&edge| edge < apart);
                    found.push((a as u32, b as u32, band as u32));
                });
                found
            })
            .collect();
        let bands = (0..edges.len() as u32)
            .map(|band| {
                let mut offsets = vec![0; points.len() + 1];
                let mut others = Vec::new();
                for &(a, b, of) in found.iter().flatten() {
                    if of == band {
                        offsets[a as usize + 1] += 1;
                        others.push(b);
                    }
                }
                for place in 0..points.len() {
                    offsets[place + 1] += offsets[place];
                }
                Rows { offsets, others }
            })
            .collect();
        Ok(Self {
            order: squares.order,
            bands,
        })
    }
}

/// How many pairs of times are at most `within` apart.
fn close_times(sorted: &[f64], within: f64) -> u64 {
    let mut first = 0;
    let mut pairs = 0;
    for (place, &time) in sorted.iter().enumerate() {
        while time - sorted[first] > within {
            first += 1;
        }
        pairs += (place - first) as u64;
    }
    pairs
}

/// The number of pairs of n things.
fn pairs_of(n: usize) -> f64 {
    n as f64 * (n as f64 - 1.0) / 2.0
}
