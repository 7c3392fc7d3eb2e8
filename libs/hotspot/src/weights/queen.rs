//! Queen contiguity: polygons are neighbours where they share a corner.

use geo::{Coord, CoordsIter, MultiPolygon};

use super::Weights;
use crate::WeightsError;

/// Bucket numbers stay below 2⁵², so that dividing a coordinate by the tolerance loses no bucket.
const MOST_BUCKETS: f64 = 4_503_599_627_370_496.0;

impl Weights {
    /// Binary queen weights: two polygons are neighbours where a vertex of one lies within `tolerance` of a
    /// vertex of the other.
    ///
    /// Coordinates may be in any planar system; `tolerance` is in the same units and 0 asks for equal
    /// coordinates (see [`suggested_tolerance`]). Outer rings and holes of all parts of a multipolygon count,
    /// so an enclave in another's hole is its neighbour. Only vertices are compared, as in PySAL: where a
    /// boundary of one polygon meets the middle of another's straight edge without a vertex there, the two
    /// are not found. A polygon without vertices becomes an island.
    ///
    /// # Errors
    ///
    /// [`WeightsError::NotFinite`] for a coordinate that is not finite, [`WeightsError::Tolerance`] and
    /// [`WeightsError::ToleranceTooFine`] for an unusable tolerance, [`WeightsError::TooMany`] beyond
    /// 2³² − 1 polygons.
    ///
    /// # Example
    ///
    /// ```
    /// use geo::{MultiPolygon, Rect};
    /// use hotspot::Weights;
    ///
    /// let square = |x: f64, y: f64| {
    ///     MultiPolygon::from(Rect::new((x, y), (x + 1.0, y + 1.0)).to_polygon())
    /// };
    /// let weights = Weights::queen(&[square(0.0, 0.0), square(1.0, 1.0), square(5.0, 5.0)], 0.0)?;
    /// assert_eq!(weights.neighbours(0), [1]); // the corner they share is enough
    /// assert_eq!(weights.islands(), [2]);
    /// # Ok::<(), hotspot::WeightsError>(())
    /// ```
    pub fn queen(polygons: &[MultiPolygon<f64>], tolerance: f64) -> Result<Self, WeightsError> {
        let extent = Extent::checked(polygons, tolerance)?;
        let vertices = sorted_vertices(polygons, &extent, tolerance);
        let pairs = touching(&vertices, tolerance);
        Ok(Self::from_pairs(polygons.len(), pairs))
    }
}

/// A tolerance for [`Weights::queen`] that forgives rounding and nothing more: a thousand-millionth of the
/// larger side of the box round all polygons (0.1 mm on a county of 100 km), 0 where there are no finite
/// coordinates.
///
/// Boundaries that were digitised or generalised apart need a larger one, chosen by looking at the gaps.
#[must_use]
pub fn suggested_tolerance(polygons: &[MultiPolygon<f64>]) -> f64 {
    let side = Extent::of(polygons).map_or(0.0, |extent| extent.side());
    if side.is_finite() { side * 1e-9 } else { 0.0 }
}

/// What of a polygon may touch another's: a vertex, or an edge as its two ends.
pub(super) trait Pin {
    /// The square of the tolerance's size that it lies in; for tolerance 0 its very coordinates.
    fn bucket(&self) -> (i64, i64);
    fn polygon(&self) -> u32;
    fn near(&self, other: &Self, tolerance: f64) -> bool;
}

/// The pairs of polygons, in both directions, of which some pins are near. Pins are sorted by bucket.
pub(super) fn touching<T: Pin>(pins: &[T], tolerance: f64) -> Vec<(u32, u32)> {
    let mut pairs = Vec::new();
    for (position, pin) in pins.iter().enumerate() {
        let ahead = &pins[position + 1..];
        let mut link = |others: &[T], stop: (i64, i64)| {
            for other in others.iter().take_while(|other| other.bucket() <= stop) {
                if other.polygon() != pin.polygon() && pin.near(other, tolerance) {
                    pairs.push((pin.polygon(), other.polygon()));
                    pairs.push((other.polygon(), pin.polygon()));
                }
            }
        };
        let (column, row) = pin.bucket();
        if tolerance == 0.0 {
            link(ahead, pin.bucket());
            continue;
        }
        // Looking forward from each pin meets every pair once: the rest of this bucket and the one above,
        // then three buckets of the next column.
        link(ahead, (column, row + 1));
        let from = ahead.partition_point(|other| other.bucket() < (column + 1, row - 1));
        link(&ahead[from..], (column + 1, row + 1));
    }
    pairs
}

/// The bounding box of a map.
pub(super) struct Extent {
    min: (f64, f64),
    max: (f64, f64),
}

impl Extent {
    /// The box of the polygons, where they and the tolerance can be used.
    pub(super) fn checked(
        polygons: &[MultiPolygon<f64>],
        tolerance: f64,
    ) -> Result<Self, WeightsError> {
        if u32::try_from(polygons.len()).is_err() {
            return Err(WeightsError::TooMany);
        }
        if !tolerance.is_finite() || tolerance < 0.0 {
            return Err(WeightsError::Tolerance(tolerance));
        }
        let extent = Self::of(polygons)?;
        if tolerance > 0.0 && extent.side() / tolerance > MOST_BUCKETS {
            return Err(WeightsError::ToleranceTooFine {
                tolerance,
                extent: extent.side(),
            });
        }
        Ok(extent)
    }

    /// The bucket of a position.
    pub(super) fn bucket(&self, at: Coord<f64>, tolerance: f64) -> (i64, i64) {
        let bucket = |value: f64, min: f64| {
            if tolerance == 0.0 {
                // Adding 0 makes −0 the same as 0; equal bits are then equal coordinates.
                (value + 0.0).to_bits().cast_signed()
            } else {
                ((value - min) / tolerance).floor() as i64
            }
        };
        (bucket(at.x, self.min.0), bucket(at.y, self.min.1))
    }

    fn of(polygons: &[MultiPolygon<f64>]) -> Result<Self, WeightsError> {
        let mut extent = Self {
            min: (f64::INFINITY, f64::INFINITY),
            max: (f64::NEG_INFINITY, f64::NEG_INFINITY),
        };
        for (polygon, shape) in polygons.iter().enumerate() {
            for at in shape.coords_iter() {
                if !at.x.is_finite() || !at.y.is_finite() {
                    return Err(WeightsError::NotFinite { polygon });
                }
                extent.min = (extent.min.0.min(at.x), extent.min.1.min(at.y));
                extent.max = (extent.max.0.max(at.x), extent.max.1.max(at.y));
            }
        }
        Ok(extent)
    }

    /// The larger side; 0 without any coordinates.
    fn side(&self) -> f64 {
        (self.max.0 - self.min.0)
            .max(self.max.1 - self.min.1)
            .max(0.0)
    }
}

#[derive(Clone, Copy)]
struct Vertex {
    bucket: (i64, i64),
    polygon: u32,
    x: f64,
    y: f64,
}

impl Pin for Vertex {
    fn bucket(&self) -> (i64, i64) {
        self.bucket
    }

    fn polygon(&self) -> u32 {
        self.polygon
    }

    fn near(&self, other: &Self, tolerance: f64) -> bool {
        (self.x - other.x).hypot(self.y - other.y) <= tolerance
    }
}

fn sorted_vertices(polygons: &[MultiPolygon<f64>], extent: &Extent, tolerance: f64) -> Vec<Vertex> {
    let mut vertices: Vec<Vertex> = polygons
        .iter()
        .zip(0_u32..)
        .flat_map(|(shape, polygon)| {
            shape.coords_iter().map(move |at| Vertex {
                bucket: extent.bucket(at, tolerance),
                polygon,
                x: at.x,
                y: at.y,
            })
        })
        .collect();
    vertices.sort_unstable_by_key(|v| (v.bucket, v.polygon, v.x.to_bits(), v.y.to_bits()));
    vertices.dedup_by_key(|v| (v.polygon, v.x.to_bits(), v.y.to_bits()));
    vertices
}
