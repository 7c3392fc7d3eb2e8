//! Which area a point lies in, and which H3 cells an area holds.

use geo::{BoundingRect, MultiPolygon};
use h3o::{CellIndex, LatLng, Resolution};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

/// Finds the area that a point lies in, among the areas of one set.
///
/// A point on an edge that two areas share belongs to exactly one of them: an edge counts for the
/// area above it and the one to its right, whichever way it is drawn. Where areas overlap, the
/// first of the set wins. The same point therefore always gives the same area.
#[derive(Debug)]
pub struct AreaIndex {
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
    parts: Vec<Part>,
}

/// One polygon with its edges sorted into horizontal strips, so that a test looks at few of them.
#[derive(Debug)]
struct Part {
    area: usize,
    bottom: f64,
    strips_per_degree: f64,
    /// Where each strip's edges begin in `edges`; one more than there are strips.
    starts: Vec<u32>,
    edges: Vec<Edge>,
}

/// An edge from its lower to its upper end, so that both owners of it compute the same numbers.
#[derive(Debug, Clone, Copy)]
struct Edge {
    low: [f64; 2],
    high: [f64; 2],
}

impl AreaIndex {
    /// Prepares the shapes; answers are positions in this order.
    #[must_use]
    pub fn new<'a>(shapes: impl IntoIterator<Item = &'a MultiPolygon<f64>>) -> Self {
        let mut parts = Vec::new();
        let mut boxes = Vec::new();
        for (area, shape) in shapes.into_iter().enumerate() {
            for polygon in shape {
                let Some(around) = polygon.bounding_rect() else {
                    continue;
                };
                boxes.push(GeomWithData::new(
                    Rectangle::from_corners(
                        [around.min().x, around.min().y],
                        [around.max().x, around.max().y],
                    ),
                    parts.len(),
                ));
                parts.push(Part::new(area, polygon, around.min().y, around.max().y));
            }
        }
        Self {
            tree: RTree::bulk_load(boxes),
            parts,
        }
    }

    /// The position of the area that holds the point, if one does.
    #[must_use]
    pub fn locate(&self, longitude: f64, latitude: f64) -> Option<usize> {
        if !longitude.is_finite() || !latitude.is_finite() {
            return None;
        }
        let mut found: Option<usize> = None;
        for candidate in self
            .tree
            .locate_in_envelope_intersecting(AABB::from_point([longitude, latitude]))
        {
            let part = &self.parts[candidate.data];
            if found.is_none_or(|area| part.area < area) && part.holds(longitude, latitude) {
                found = Some(part.area);
            }
        }
        found
    }
}

impl Part {
    fn new(area: usize, polygon: &geo::Polygon<f64>, bottom: f64, top: f64) -> Self {
        let mut edges = Vec::new();
        for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            for line in ring.lines() {
                let (a, b) = ([line.start.x, line.start.y], [line.end.x, line.end.y]);
                // Level edges never count: see `holds`.
                if a[1] < b[1] {
                    edges.push(Edge { low: a, high: b });
                } else if b[1] < a[1] {
                    edges.push(Edge { low: b, high: a });
                }
            }
        }
        let strips = (edges.len() / 2).clamp(1, 4096);
        let height = top - bottom;
        let strips_per_degree = if height > 0.0 {
            strips as f64 / height
        } else {
            0.0
        };
        let strip = |y: f64| (((y - bottom) * strips_per_degree) as usize).min(strips - 1);
        let mut lists: Vec<Vec<Edge>> = vec![Vec::new(); strips];
        for edge in edges {
            for list in &mut lists[strip(edge.low[1])..=strip(edge.high[1])] {
                list.push(edge);
            }
        }
        let mut starts = vec![0];
        let mut sorted = Vec::new();
        for list in lists {
            sorted.extend(list);
            starts.push(u32::try_from(sorted.len()).unwrap_or(u32::MAX));
        }
        Self {
            area,
            bottom,
            strips_per_degree,
            starts,
            edges: sorted,
        }
    }

    /// Whether a ray to the left crosses an odd number of edges. An edge holds its lower end but
    /// not its upper one, and a point on an edge lies to its right.
    fn holds(&self, x: f64, y: f64) -> bool {
        let strips = self.starts.len() - 1;
        let strip = (((y - self.bottom) * self.strips_per_degree) as usize).min(strips - 1);
        let edges = &self.edges[self.starts[strip] as usize..self.starts[strip + 1] as usize];
        let mut inside = false;
        for Edge { low, high } in edges {
            if low[1] <= y && y < high[1] {
                let at = low[0] + (high[0] - low[0]) * ((y - low[1]) / (high[1] - low[1]));
                inside ^= at <= x;
            }
        }
        inside
    }
}

/// The H3 cells of a resolution whose centres lie in a shape, sorted.
///
/// By the same rule as [`AreaIndex`], so that neighbours share no cell and leave none out. A shape
/// outside the range of longitude and latitude has none.
///
/// `h3o`'s own tiler proves each cell again in unoptimised builds, at a hundred times the cost,
/// and stops the program where it finds a shape odd; hence this scan: points closer together than
/// a cell is wide, each cell met judged once by its centre.
#[must_use]
pub fn cells_within(shape: &MultiPolygon<f64>, resolution: Resolution) -> Vec<CellIndex> {
    const KM_PER_DEGREE: f64 = 111.195;
    let index = AreaIndex::new([shape]);
    // An average cell's inner radius is 0.87 of its edge, and the smallest cells' 0.65; points
    // 0.7 of an edge apart leave no circle wider than 0.5 of an edge unmet.
    let step = resolution.edge_length_km() * 0.7;
    let north = step / KM_PER_DEGREE;
    let mut cells = Vec::new();
    for polygon in shape {
        let Some(around) = polygon.bounding_rect() else {
            continue;
        };
        let (low, high) = (around.min(), around.max());
        if !(low.x >= -180.0 && high.x <= 180.0 && low.y >= -89.0 && high.y <= 89.0) {
            continue;
        }
        let mut y = low.y - north;
        while y <= high.y + north {
            let east = step / (KM_PER_DEGREE * y.to_radians().cos());
            let mut x = low.x - east;
            let mut last = None;
            while x <= high.x + east {
                if let Ok(point) = LatLng::new(y, x) {
                    let cell = point.to_cell(resolution);
                    if last != Some(cell) {
                        last = Some(cell);
                        let centre = LatLng::from(cell);
                        if index.locate(centre.lng(), centre.lat()).is_some() {
                            cells.push(cell);
                        }
                    }
                }
                x += east;
            }
            y += north;
        }
    }
    cells.sort_unstable();
    cells.dedup();
    cells
}

#[cfg(test)]
mod tests {
    use geo::{LineString, Polygon};
    use h3o::geom::{ContainmentMode, TilerBuilder};

    use super::*;

    fn square(x: f64, y: f64) -> MultiPolygon<f64> {
        MultiPolygon(vec![Polygon::new(
            LineString::from(vec![
                (x, y),
                (x + 1.0, y),
                (x + 1.0, y + 1.0),
                (x, y + 1.0),
                (x, y),
            ]),
            vec![],
        )])
    }

    #[test]
    fn a_point_on_a_shared_edge_or_corner_belongs_to_one_area() {
        let shapes = [
            square(0.0, 0.0),
            square(1.0, 0.0),
            square(0.0, 1.0),
            square(1.0, 1.0),
        ];
        let index = AreaIndex::new(&shapes);
        assert_eq!(index.locate(0.5, 0.5), Some(0));
        assert_eq!(index.locate(1.0, 0.5), Some(1));
        assert_eq!(index.locate(0.5, 1.0), Some(2));
        assert_eq!(index.locate(1.0, 1.0), Some(3));
        assert_eq!(index.locate(2.5, 1.0), None);
        assert_eq!(index.locate(f64::NAN, 1.0), None);
        // Each alone claims or leaves the edge just the same.
        for (i, shape) in shapes.iter().enumerate() {
            let alone = AreaIndex::new([shape]);
            assert_eq!(alone.locate(1.0, 1.0).is_some(), i == 3);
        }
    }

    #[test]
    fn holes_are_outside_and_overlaps_go_to_the_first() {
        let mut holed = square(0.0, 0.0);
        holed.0[0].interiors_push(LineString::from(vec![
            (0.4, 0.4),
            (0.6, 0.4),
            (0.6, 0.6),
            (0.4, 0.6),
        ]));
        let inner = square(0.0, 0.0);
        assert_eq!(AreaIndex::new([&holed]).locate(0.5, 0.5), None);
        assert_eq!(AreaIndex::new([&holed, &inner]).locate(0.5, 0.5), Some(1));
        assert_eq!(AreaIndex::new([&inner, &holed]).locate(0.1, 0.1), Some(0));
    }

    #[test]
    fn cells_have_their_centres_inside() {
        let shape = MultiPolygon(vec![Polygon::new(
            LineString::from(vec![
                (-1.6, 54.75),
                (-1.5, 54.75),
                (-1.5, 54.8),
                (-1.6, 54.8),
            ]),
            vec![],
        )]);
        let cells = cells_within(&shape, Resolution::Nine);
        let index = AreaIndex::new([&shape]);
        assert!(cells.len() > 200, "{}", cells.len());
        let mut tiler = TilerBuilder::new(Resolution::Nine)
            .containment_mode(ContainmentMode::ContainsCentroid)
            .build();
        tiler.add_batch(shape.iter().cloned()).unwrap();
        let mut told: Vec<CellIndex> = tiler.into_coverage().collect();
        told.sort_unstable();
        assert_eq!(cells, told);
        for cell in cells {
            let centre = LatLng::from(cell);
            assert_eq!(index.locate(centre.lng(), centre.lat()), Some(0));
        }
    }
}
