//! Neighbours among points: within a distance, or the k nearest.

use geo::Coord;
use rayon::prelude::*;

use super::Weights;
use crate::near::{Metric, Squares};
use crate::nearest::Tree;
use crate::{PointError, WeightsError};

impl Weights {
    /// Binary weights of points: two are neighbours where they are at most `distance` apart.
    ///
    /// Coordinates are planar and in the unit of the distance (metres for the British National Grid);
    /// longitudes and latitudes have to be projected first. Points in one place are neighbours at any
    /// distance, 0 included. A point with nobody in reach is an island.
    ///
    /// # Errors
    ///
    /// [`PointError::Distance`] for a negative distance or one that is not a number,
    /// [`PointError::NotFinite`] and [`PointError::TooMany`] for the points, all within
    /// [`WeightsError::Points`].
    ///
    /// # Example
    ///
    /// ```
    /// use geo::coord;
    /// use hotspot::{Metric, Weights};
    ///
    /// let points = [coord! { x: 0.0, y: 0.0 }, coord! { x: 3.0, y: 4.0 }, coord! { x: 99.0, y: 0.0 }];
    /// let weights = Weights::distance_band(&points, 5.0, Metric::Euclidean)?;
    /// assert_eq!(weights.neighbours(0), [1]);
    /// assert_eq!(weights.islands(), [2]);
    /// # Ok::<(), hotspot::WeightsError>(())
    /// ```
    pub fn distance_band(
        points: &[Coord<f64>],
        distance: f64,
        metric: Metric,
    ) -> Result<Self, WeightsError> {
        finite(points)?;
        if !distance.is_finite() || distance < 0.0 {
            return Err(PointError::Distance(distance).into());
        }
        let squares = Squares::new(points, distance);
        let pairs: Vec<(u32, u32)> = (0..squares.len())
            .into_par_iter()
            .flat_map_iter(|square| {
                let mut found = Vec::new();
                squares.pairs(square, metric, distance, |a, b, _| {
                    let (a, b) = (squares.order[a], squares.order[b]);
                    found.push((a, b));
                    found.push((b, a));
                });
                found
            })
            .collect();
        Ok(Self::from_pairs(points.len(), pairs))
    }

    /// Binary weights of points: the neighbours of each are the `neighbours` points nearest to it.
    ///
    /// Distances are Euclidean; of points equally far, those that come first in the input are taken, so
    /// that the answer does not depend on anything else. The lists are not mutual: a lone point has near
    /// ones that do not have it. Nobody is an island.
    ///
    /// # Errors
    ///
    /// [`WeightsError::NearestOfTooFew`] where `neighbours` is 0 or there are not as many other points,
    /// [`WeightsError::Points`] for points that cannot be used.
    ///
    /// # Example
    ///
    /// ```
    /// use geo::coord;
    /// use hotspot::Weights;
    ///
    /// let points = [coord! { x: 0.0, y: 0.0 }, coord! { x: 1.0, y: 0.0 }, coord! { x: 9.0, y: 0.0 }];
    /// let weights = Weights::k_nearest(&points, 1)?;
    /// assert_eq!((weights.neighbours(0), weights.neighbours(2)), (&[1][..], &[1][..]));
    /// # Ok::<(), hotspot::WeightsError>(())
    /// ```
    pub fn k_nearest(points: &[Coord<f64>], neighbours: usize) -> Result<Self, WeightsError> {
        finite(points)?;
        let others = points.len().saturating_sub(1);
        if neighbours == 0 || neighbours > others {
            return Err(WeightsError::NearestOfTooFew { neighbours, others });
        }
        let places: Vec<[f64; 2]> = points.iter().map(|at| [at.x, at.y]).collect();
        let pairs = Tree::new(&places)
            .all_nearest(neighbours)
            .into_iter()
            .zip(0_u32..)
            .flat_map(|(row, unit)| row.into_iter().map(move |other| (unit, other)))
            .collect();
        Ok(Self::from_pairs(points.len(), pairs))
    }
}

/// Refuses points that are not numbers, and more than 32 bits can name.
pub(crate) fn finite(points: &[Coord<f64>]) -> Result<(), PointError> {
    if u32::try_from(points.len()).is_err() {
        return Err(PointError::TooMany);
    }
    points
        .iter()
        .position(|at| !at.x.is_finite() || !at.y.is_finite())
        .map_or(Ok(()), |point| Err(PointError::NotFinite { point }))
}

#[cfg(test)]
mod tests {
    use geo::coord;

    use super::*;

    #[test]
    fn bad_points_and_distances_are_refused() {
        let points = [coord! { x: 0.0, y: 0.0 }, coord! { x: f64::NAN, y: 0.0 }];
        let refused = Err(WeightsError::Points(PointError::NotFinite { point: 1 }));
        assert_eq!(
            Weights::distance_band(&points, 1.0, Metric::Euclidean),
            refused
        );
        assert_eq!(Weights::k_nearest(&points, 1), refused);
        for distance in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(Weights::distance_band(&points[..1], distance, Metric::Manhattan).is_err());
        }
        for k in [0, 1, 7] {
            assert_eq!(
                Weights::k_nearest(&points[..1], k),
                Err(WeightsError::NearestOfTooFew {
                    neighbours: k,
                    others: 0
                })
            );
        }
        assert!(
            Weights::distance_band(&[], 1.0, Metric::Euclidean)
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn points_in_one_place_are_neighbours_at_distance_nought() {
        let points = [coord! { x: 5.0, y: 5.0 }; 4];
        let weights = Weights::distance_band(&points, 0.0, Metric::Manhattan).unwrap();
        assert_eq!(weights.neighbours(1), [0, 2, 3]);
        let weights = Weights::k_nearest(&points, 2).unwrap();
        assert_eq!(weights.neighbours(3), [0, 1]);
    }
}
