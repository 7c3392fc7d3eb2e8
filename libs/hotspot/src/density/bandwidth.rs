//! How far to smooth.

use geo::Coord;
use rayon::prelude::*;

use super::{DensityError, Kernel};
use crate::PointError;
use crate::near::{Metric, Squares};
use crate::weights::finite;

/// Points at most for cross-validation, which compares pairs.
const MOST_POINTS: usize = 30_000;

/// The reference bandwidth: right if the points were one bell-shaped cloud.
///
/// `h = σ n^(−1/6)` for the Gaussian, with σ² the mean of the variances along both axes; for other kernels
/// the one that smooths as much. A county of several towns is no such cloud, and the reference smooths it
/// too much: take it for an upper bound.
///
/// Source: Silverman (1986), section 4.3.2; factors between kernels: Wand and Jones (1995), *Kernel
/// Smoothing*.
///
/// # Errors
///
/// [`DensityError::Points`] for fewer than two points or points that are not numbers,
/// [`DensityError::OnePlace`] where all lie at one place.
///
/// # Example
///
/// ```
/// use geo::coord;
/// use hotspot::{Kernel, reference_bandwidth};
///
/// let points = [coord! { x: 0.0, y: 0.0 }, coord! { x: 100.0, y: 40.0 }, coord! { x: 50.0, y: 90.0 }];
/// let h = reference_bandwidth(&points, Kernel::Gaussian)?;
/// assert!((h - 39.64).abs() < 0.01);
/// # Ok::<(), hotspot::DensityError>(())
/// ```
pub fn reference_bandwidth(points: &[Coord<f64>], kernel: Kernel) -> Result<f64, DensityError> {
    let n = some(points)?;
    let mean = points.iter().fold(Coord::zero(), |sum, at| sum + *at) / n;
    let squares: f64 = points
        .iter()
        .map(|at| (at.x - mean.x).powi(2) + (at.y - mean.y).powi(2))
        .sum();
    let sigma = (squares / (n - 1.0) / 2.0).sqrt();
    if sigma > 0.0 && points.iter().any(|at| *at != points[0]) {
        Ok(sigma * n.powf(-1.0 / 6.0) * kernel.canonical())
    } else {
        Err(DensityError::OnePlace)
    }
}

/// The bandwidth chosen by cross-validation, and what it was chosen from.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossValidated {
    /// The bandwidth with the least score.
    pub bandwidth: f64,
    /// Each bandwidth that was tried with its score, ascending in bandwidth; lower scores are better.
    pub scores: Vec<(f64, f64)>,
    /// Whether the choice is the smallest or the largest that was tried, so that the best may lie beyond.
    /// At the small end this is what snapped points do: many incidents at one place look like infinitely
    /// sharp peaks, and the answer is not to be used.
    pub at_edge: bool,
}

/// The bandwidth with the least expected squared error, found by leaving each point out in turn.
///
/// For Gaussian bandwidths h the score is
/// `∫f̂² − 2/n Σᵢ f̂₋ᵢ(xᵢ)` with `∫f̂² = 1/n² Σᵢⱼ N(xᵢ − xⱼ; 2h²)`; the other kernels take the bandwidth that
/// smooths as much. Tried are 13 bandwidths from 1/32 to 2 times the reference, half an octave apart. Takes
/// 30,000 points at most.
///
/// Source: Bowman, A. W. (1984), 'An alternative method of cross-validation for the smoothing of density
/// estimates', *Biometrika* 71.
///
/// # Errors
///
/// [`DensityError::TooMany`] beyond 30,000 points, else as [`reference_bandwidth`].
///
/// # Example
///
/// ```
/// use geo::coord;
/// use hotspot::{Kernel, cross_validated_bandwidth, reference_bandwidth};
///
/// // Two towns far from each other: the reference smooths over both, cross-validation does not.
/// let points: Vec<_> = (0..200)
///     .map(|i| {
///         let (ring, town) = (f64::from(i % 25), f64::from(i % 2) * 5_000.0);
///         let angle = f64::from(i) * 2.4;
///         coord! { x: town + ring * 4.0 * angle.cos(), y: ring * 4.0 * angle.sin() }
///     })
///     .collect();
/// let chosen = cross_validated_bandwidth(&points, Kernel::Gaussian)?;
/// assert!(chosen.bandwidth < 0.2 * reference_bandwidth(&points, Kernel::Gaussian)?);
/// # Ok::<(), hotspot::DensityError>(())
/// ```
pub fn cross_validated_bandwidth(
    points: &[Coord<f64>],
    kernel: Kernel,
) -> Result<CrossValidated, DensityError> {
    let n = some(points)?;
    if points.len() > MOST_POINTS {
        return Err(DensityError::TooMany {
            points: points.len(),
            most: MOST_POINTS,
        });
    }
    let reference = reference_bandwidth(points, Kernel::Gaussian)?;
    let scores: Vec<(f64, f64)> = (-10..=2)
        .map(|half_octave| {
            let h = reference * (f64::from(half_octave) / 2.0).exp2();
            (h * kernel.canonical(), score(points, n, h))
        })
        .collect();
    let best = scores
        .iter()
        .enumerate()
        .min_by(|a, b| a.1.1.total_cmp(&b.1.1))
        .map_or(0, |(place, _)| place);
    Ok(CrossValidated {
        bandwidth: scores[best].0,
        at_edge: best == 0 || best + 1 == scores.len(),
        scores,
    })
}

/// Least-squares cross-validation of one Gaussian bandwidth.
fn score(points: &[Coord<f64>], n: f64, h: f64) -> f64 {
    // Beyond 6 standard deviations of the wider curve nothing is left that could decide.
    let reach = 6.0 * std::f64::consts::SQRT_2 * h;
    let squares = Squares::new(points, reach);
    let parts: Vec<(f64, f64)> = (0..squares.len())
        .into_par_iter()
        .map(|square| {
            let (mut wide, mut narrow) = (0.0, 0.0);
            squares.pairs(square, Metric::Euclidean, reach, |_, _, apart| {
                let squared = (apart / h).powi(2);
                let half = (-0.25 * squared).exp();
                wide += half;
                narrow += half * half;
            });
            (wide, narrow)
        })
        .collect();
    // In the order of the squares, so that the sum is the same for any number of threads.
    let (wide, narrow) = parts
        .iter()
        .fold((0.0, 0.0), |(a, b), (c, d)| (a + c, b + d));
    let area = 2.0 * std::f64::consts::PI * h * h;
    let squared_surface = (n + 2.0 * wide) / (2.0 * area) / (n * n);
    squared_surface - 2.0 * (2.0 * narrow / area) / (n * (n - 1.0))
}

/// How many points there are, if enough and all finite.
fn some(points: &[Coord<f64>]) -> Result<f64, DensityError> {
    finite(points)?;
    if points.len() < 2 {
        return Err(PointError::TooFew {
            points: points.len(),
            needed: 2,
        }
        .into());
    }
    Ok(points.len() as f64)
}
