//! Densities summed over every point in reach.

use geo::Coord;
use rayon::prelude::*;

use super::{DensityError, DensityOptions, Grid, Kernel, check};

/// The surface, without edge correction, and how many points were left out.
pub(super) fn surface(
    points: &[Coord<f64>],
    weights: Option<&[f64]>,
    grid: &Grid,
    options: &DensityOptions<'_>,
    margin: usize,
    inside: Option<&[bool]>,
) -> (Vec<f64>, usize) {
    let h = options.bandwidth;
    let reach = options.kernel.reach() * h;
    let width = grid.columns + 2 * margin;
    let height = grid.rows + 2 * margin;
    // Points in units of the bandwidth, from south to north.
    let mut sorted: Vec<(f64, f64, f64)> = points
        .iter()
        .enumerate()
        .filter(|(_, at)| {
            let column = (at.x - grid.corner.x) / grid.cell + margin as f64;
            let row = (at.y - grid.corner.y) / grid.cell + margin as f64;
            let near = (0.0..width as f64).contains(&column) && (0.0..height as f64).contains(&row);
            near && inside.is_none_or(|inside| inside[row as usize * width + column as usize])
        })
        .map(|(index, at)| (at.y, at.x, weights.map_or(1.0, |weights| weights[index])))
        .collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let left_out = points.len() - sorted.len();
    let mut values = vec![0.0; grid.columns * grid.rows];
    values
        .par_chunks_mut(grid.columns)
        .enumerate()
        .for_each(|(row, values)| {
            let y = grid.middle(0, row).y;
            let from = sorted.partition_point(|point| point.0 < y - reach);
            let to = sorted.partition_point(|point| point.0 <= y + reach);
            for &(north, east, weight) in &sorted[from..to] {
                let dy = (y - north) / h;
                let across = (reach * reach - (y - north).powi(2)).max(0.0).sqrt();
                let column_of = |x: f64| (x - grid.corner.x) / grid.cell - 0.5;
                let first = column_of(east - across).ceil().max(0.0) as usize;
                let last = (column_of(east + across).floor() + 1.0).max(0.0) as usize;
                let reached = values.get_mut(first..last.min(grid.columns));
                for (column, value) in (first..).zip(reached.into_iter().flatten()) {
                    let dx = (grid.middle(column, row).x - east) / h;
                    *value += weight * options.kernel.at(dx * dx + dy * dy);
                }
            }
            for value in values {
                *value /= h * h;
            }
        });
    (values, left_out)
}

/// Kernel density of points at places of any kind, such as the middles of H3 cells.
///
/// As [`density`](fn@crate::density) with the exact method and no border. Points and places are planar and
/// in one system: bring longitudes and latitudes into a [`Plane`](crate::Plane) first.
///
/// # Errors
///
/// As [`density`](fn@crate::density); [`DensityError::Points`] also for a place that is not a number.
///
/// # Example
///
/// ```
/// use geo::coord;
/// use hotspot::{Kernel, density_at};
///
/// let points = [coord! { x: 0.0, y: 0.0 }];
/// let at = density_at(&points, None, &[coord! { x: 0.0, y: 0.0 }], Kernel::Quartic, 2.0)?;
/// assert!((at[0] - 3.0 / (4.0 * std::f64::consts::PI)).abs() < 1e-15);
/// # Ok::<(), hotspot::DensityError>(())
/// ```
pub fn density_at(
    points: &[Coord<f64>],
    weights: Option<&[f64]>,
    places: &[Coord<f64>],
    kernel: Kernel,
    bandwidth: f64,
) -> Result<Vec<f64>, DensityError> {
    check(points, weights, bandwidth)?;
    crate::weights::finite(places)?;
    let reach = kernel.reach() * bandwidth;
    let mut sorted: Vec<(f64, f64, f64)> = points
        .iter()
        .enumerate()
        .map(|(index, at)| (at.y, at.x, weights.map_or(1.0, |weights| weights[index])))
        .collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    Ok(places
        .par_iter()
        .with_min_len(16)
        .map(|at| {
            let from = sorted.partition_point(|point| point.0 < at.y - reach);
            let to = sorted.partition_point(|point| point.0 <= at.y + reach);
            let sum: f64 = sorted[from..to]
                .iter()
                .map(|&(y, x, weight)| {
                    let (dx, dy) = ((at.x - x) / bandwidth, (at.y - y) / bandwidth);
                    weight * kernel.at(dx * dx + dy * dy)
                })
                .sum();
            sum / (bandwidth * bandwidth)
        })
        .collect())
}
