//! Kernel density: a smooth surface of incidents per unit of area.

mod bandwidth;
mod border;
mod exact;
mod fast;
mod kernel;
#[cfg(test)]
mod tests;

use geo::{Coord, MultiPolygon};
use thiserror::Error;

use crate::PointError;
use crate::weights::finite;

pub use bandwidth::{CrossValidated, cross_validated_bandwidth, reference_bandwidth};
pub use exact::density_at;
pub use kernel::Kernel;

/// Why a density could not be computed.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum DensityError {
    /// The points are unusable.
    #[error(transparent)]
    Points(#[from] PointError),
    /// There is not one weight for each point.
    #[error("there are {weights} weights for {points} points")]
    Lengths {
        /// How many points were given.
        points: usize,
        /// How many weights were given.
        weights: usize,
    },
    /// A weight is negative, infinite or not a number.
    #[error("weight {index} is not zero or a positive number")]
    Weight {
        /// Position of the weight, from 0.
        index: usize,
    },
    /// The bandwidth is not a positive number.
    #[error("a bandwidth must be a positive number, not {0}")]
    Bandwidth(f64),
    /// The grid has no cells, too many, or a size or place that is not a number.
    #[error("the grid must have 1 to {most} cells of a positive size at a place that is a number")]
    Grid {
        /// Cells at most.
        most: usize,
    },
    /// The bandwidth is so large beside the cells that the grid's margin cannot be held.
    #[error(
        "the bandwidth spans {cells} cells, too many: take larger cells or a smaller bandwidth"
    )]
    TooSmooth {
        /// How many cells the kernel reaches.
        cells: usize,
    },
    /// All points lie at one place, so that nothing says how far to smooth.
    #[error("all points lie at one place: give a bandwidth")]
    OnePlace,
    /// Two surfaces lie on different grids.
    #[error("the two surfaces lie on different grids")]
    DifferentGrids,
    /// The border is unusable.
    #[error("the border has no area, or a coordinate that is not a finite number")]
    Border,
    /// Too many points to compare all pairs.
    #[error("{points} points are too many to cross-validate, which takes {most}: take a sample")]
    TooMany {
        /// How many points there are.
        points: usize,
        /// How many it takes.
        most: usize,
    },
}

/// Cells held at most.
const MOST_CELLS: usize = 100_000_000;

/// A grid of square cells in a plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// The south-western corner of the grid.
    pub corner: Coord<f64>,
    /// Side of a cell, in the unit of the coordinates.
    pub cell: f64,
    /// Cells from west to east.
    pub columns: usize,
    /// Cells from south to north.
    pub rows: usize,
}

impl Grid {
    /// The middle of a cell.
    #[must_use]
    pub fn middle(&self, column: usize, row: usize) -> Coord<f64> {
        Coord {
            x: self.corner.x + (column as f64 + 0.5) * self.cell,
            y: self.corner.y + (row as f64 + 0.5) * self.cell,
        }
    }

    fn check(&self) -> Result<(), DensityError> {
        let numbers = self.corner.x.is_finite() && self.corner.y.is_finite();
        let size = self.cell.is_finite() && self.cell > 0.0;
        let cells = self.columns.saturating_mul(self.rows);
        if numbers && size && (1..=MOST_CELLS).contains(&cells) {
            Ok(())
        } else {
            Err(DensityError::Grid { most: MOST_CELLS })
        }
    }
}

/// How a density is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Every point on every cell in its reach: right to rounding, and slow for many points.
    Exact,
    /// Points shared out among the four nearest cell middles, then one convolution by fast Fourier
    /// transforms in which the sharing out is taken back. With the Gaussian at a bandwidth of ten cells the
    /// root mean square error is under 10⁻⁵ of the peak. Kernels with an edge come out rougher: the method
    /// note has measured errors.
    Fast,
}

/// How a surface is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DensityOptions<'a> {
    /// The shape of the kernel.
    pub kernel: Kernel,
    /// Its bandwidth in the unit of the coordinates.
    pub bandwidth: f64,
    /// Where incidents can be: beyond it the surface is 0 and points are left out, and inside each cell is
    /// divided by the share of a kernel there that lies inside. Without a border there is no correction.
    pub border: Option<&'a MultiPolygon<f64>>,
    /// How it is computed.
    pub method: Method,
}

/// A surface of incidents (or of their weights) per unit of area.
#[derive(Debug, Clone, PartialEq)]
pub struct Density {
    /// The grid it lies on.
    pub grid: Grid,
    /// The density at the middle of each cell, row by row from the south, each from west to east.
    pub values: Vec<f64>,
    /// Points that were left out because they lie beyond the border or further from the grid than the
    /// kernel reaches.
    pub left_out: usize,
}

impl Density {
    /// Incidents under the surface: the sum over all cells, times a cell's area.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.values.iter().sum::<f64>() * self.grid.cell * self.grid.cell
    }
}

/// Kernel density of points on a grid.
///
/// `f(x) = Σᵢ wᵢ K((x − xᵢ)/h) / h²`, in weight (incidents where `weights` is `None`) per unit of area;
/// points beyond the grid count where their kernels reach it. With a border W,
/// `f(x) = Σᵢ wᵢ K((x − xᵢ)/h) / h² / e(x)` with e(x) the share of the kernel round x that lies in W, so that the
/// edge of the county does not look quiet because nobody counted beyond it.
///
/// Source: Silverman, B. W. (1986), *Density Estimation for Statistics and Data Analysis*, chapter 4;
/// border: Diggle, P. (1985), 'A kernel method for smoothing point process data', *JRSS C* 34; correction
/// of the binning: Wand, M. P. (1994), 'Fast computation of multivariate kernel estimators', *Journal of
/// Computational and Graphical Statistics* 3, with the window's transform divided out as in particle-mesh
/// methods (Hockney and Eastwood 1988).
///
/// # Errors
///
/// [`DensityError::Points`], [`DensityError::Lengths`] and [`DensityError::Weight`] for the input,
/// [`DensityError::Bandwidth`], [`DensityError::Grid`] and [`DensityError::TooSmooth`] for how the
/// surface is asked for, [`DensityError::Border`] for a border without area.
///
/// # Example
///
/// ```
/// use geo::coord;
/// use hotspot::{DensityOptions, Grid, Kernel, Method, density};
///
/// let points = [coord! { x: 500.0, y: 500.0 }, coord! { x: 520.0, y: 500.0 }];
/// let grid = Grid { corner: coord! { x: 0.0, y: 0.0 }, cell: 10.0, columns: 100, rows: 100 };
/// let options = DensityOptions {
///     kernel: Kernel::Quartic,
///     bandwidth: 200.0,
///     border: None,
///     method: Method::Exact,
/// };
/// let surface = density(&points, None, &grid, &options)?;
/// assert!((surface.total() - 2.0).abs() < 0.001); // two incidents, smoothed
/// # Ok::<(), hotspot::DensityError>(())
/// ```
pub fn density(
    points: &[Coord<f64>],
    weights: Option<&[f64]>,
    grid: &Grid,
    options: &DensityOptions<'_>,
) -> Result<Density, DensityError> {
    check(points, weights, options.bandwidth)?;
    grid.check()?;
    let reach = options.kernel.reach() * options.bandwidth / grid.cell;
    let margin = reach.ceil() as usize + 1;
    if margin > 20_000 || (grid.columns + 2 * margin) * (grid.rows + 2 * margin) > 2 * MOST_CELLS {
        return Err(DensityError::TooSmooth { cells: margin });
    }
    let inside = options
        .border
        .map(|border| border::inside(border, grid, margin))
        .transpose()?;
    let spread = fast::Spread::new(grid, options.kernel, options.bandwidth, margin);
    let (mut values, left_out) = match options.method {
        Method::Fast => spread.points(points, weights, inside.as_deref()),
        Method::Exact => exact::surface(points, weights, grid, options, margin, inside.as_deref()),
    };
    if let Some(inside) = &inside {
        let shares = spread.shares(inside);
        let width = grid.columns + 2 * margin;
        for (place, (value, share)) in values.iter_mut().zip(&shares).enumerate() {
            let (column, row) = (place % grid.columns, place / grid.columns);
            let within = inside[(row + margin) * width + column + margin];
            *value = if within && *share > 0.0 {
                *value / share
            } else {
                0.0
            };
        }
    }
    Ok(Density {
        grid: *grid,
        values,
        left_out,
    })
}

/// Dual density: incidents against what they should be compared with (people, homes, a period before).
///
/// For each cell the density of `cases` over that of `base`; `None` where the base is below `least` of its
/// highest value, as a ratio to next to nothing is noise. Both surfaces should use one bandwidth.
///
/// Source: Kelsall, J. E. and Diggle, P. J. (1995), 'Kernel estimation of relative risk', *Bernoulli* 1.
///
/// # Errors
///
/// [`DensityError::DifferentGrids`] where the two do not lie on one grid.
pub fn dual_density(
    cases: &Density,
    base: &Density,
    least: f64,
) -> Result<Vec<Option<f64>>, DensityError> {
    if cases.grid != base.grid || cases.values.len() != base.values.len() {
        return Err(DensityError::DifferentGrids);
    }
    let highest = base.values.iter().copied().fold(0.0, f64::max);
    Ok(cases
        .values
        .iter()
        .zip(&base.values)
        .map(|(case, base)| (*base > 0.0 && *base >= least * highest).then(|| case / base))
        .collect())
}

/// Checks what every density needs.
fn check(
    points: &[Coord<f64>],
    weights: Option<&[f64]>,
    bandwidth: f64,
) -> Result<(), DensityError> {
    finite(points)?;
    if let Some(weights) = weights {
        if weights.len() != points.len() {
            return Err(DensityError::Lengths {
                points: points.len(),
                weights: weights.len(),
            });
        }
        let bad = |weight: &f64| !weight.is_finite() || *weight < 0.0;
        if let Some(index) = weights.iter().position(bad) {
            return Err(DensityError::Weight { index });
        }
    }
    if !bandwidth.is_finite() || bandwidth <= 0.0 {
        return Err(DensityError::Bandwidth(bandwidth));
    }
    Ok(())
}
