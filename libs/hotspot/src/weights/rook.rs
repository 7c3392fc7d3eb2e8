//! Rook contiguity: polygons are neighbours where they share an edge.

use geo::{Coord, MultiPolygon};

use super::Weights;
use super::queen::{Extent, Pin, touching};
use crate::WeightsError;

impl Weights {
    /// Binary rook weights: two polygons are neighbours where an edge of one has both its ends within
    /// `tolerance` of the ends of an edge of the other, in either direction.
    ///
    /// As for [`queen`](Self::queen), except that a shared corner is not enough. Edges no longer than the
    /// tolerance are left out, as both their ends may lie at one corner; so a polygon without area (a
    /// point, all of one place) has no edge and becomes an island. Edges must match as a whole: where one
    /// polygon has a vertex in the middle of another's edge, that edge does not count, as in PySAL.
    ///
    /// # Errors
    ///
    /// As [`queen`](Self::queen).
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
    /// let weights = Weights::rook(&[square(0.0, 0.0), square(1.0, 1.0), square(1.0, 0.0)], 0.0)?;
    /// assert_eq!(weights.neighbours(0), [2]); // the corner shared with the second is not enough
    /// # Ok::<(), hotspot::WeightsError>(())
    /// ```
    pub fn rook(polygons: &[MultiPolygon<f64>], tolerance: f64) -> Result<Self, WeightsError> {
        let extent = Extent::checked(polygons, tolerance)?;
        let mut edges: Vec<Edge> = polygons
            .iter()
            .zip(0_u32..)
            .flat_map(|(shape, polygon)| {
                shape
                    .iter()
                    .flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()))
                    .flat_map(geo::LineString::lines)
                    .map(move |line| (line, polygon))
            })
            .filter(|(line, _)| distance(line.start, line.end) > tolerance)
            .map(|(line, polygon)| Edge {
                // Ends within the tolerance of each other have middles within it too.
                bucket: extent.bucket((line.start + line.end) / 2.0, tolerance),
                polygon,
                ends: (line.start, line.end),
            })
            .collect();
        edges.sort_unstable_by_key(|edge| (edge.bucket, edge.polygon));
        let pairs = touching(&edges, tolerance);
        Ok(Self::from_pairs(polygons.len(), pairs))
    }
}

struct Edge {
    bucket: (i64, i64),
    polygon: u32,
    ends: (Coord<f64>, Coord<f64>),
}

impl Pin for Edge {
    fn bucket(&self) -> (i64, i64) {
        self.bucket
    }

    fn polygon(&self) -> u32 {
        self.polygon
    }

    fn near(&self, other: &Self, tolerance: f64) -> bool {
        let near = |a, b| distance(a, b) <= tolerance;
        let ((a, b), (c, d)) = (self.ends, other.ends);
        (near(a, c) && near(b, d)) || (near(a, d) && near(b, c))
    }
}

fn distance(a: Coord<f64>, b: Coord<f64>) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}

#[cfg(test)]
mod tests {
    use geo::{LineString, Polygon, Rect};

    use super::*;

    fn square(x: f64, y: f64) -> MultiPolygon<f64> {
        Rect::new((x, y), (x + 1.0, y + 1.0)).to_polygon().into()
    }

    #[test]
    fn a_grid_has_two_three_and_four_neighbours() {
        let polygons: Vec<_> = (0..3)
            .flat_map(|y| (0..3).map(move |x| square(f64::from(x), f64::from(y))))
            .collect();
        for tolerance in [0.0, 1e-9, 0.2] {
            let weights = Weights::rook(&polygons, tolerance).unwrap();
            let counts: Vec<usize> = (0..9).map(|unit| weights.neighbours(unit).len()).collect();
            assert_eq!(counts, [2, 3, 2, 3, 4, 3, 2, 3, 2]);
            let queen = Weights::queen(&polygons, tolerance).unwrap();
            for unit in 0..9 {
                let all = queen.neighbours(unit);
                assert!(weights.neighbours(unit).iter().all(|j| all.contains(j)));
            }
        }
    }

    #[test]
    fn polygons_without_area_are_islands() {
        let point = Polygon::new(LineString::from(vec![(0.0, 0.0); 4]), vec![]);
        let weights = Weights::rook(&[square(0.0, 0.0), point.into()], 0.0).unwrap();
        assert_eq!(weights.islands(), [0, 1]);
        assert!(matches!(
            Weights::rook(&[], -1.0),
            Err(WeightsError::Tolerance(_))
        ));
    }
}
