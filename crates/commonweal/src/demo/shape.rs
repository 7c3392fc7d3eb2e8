//! Cells joined into polygons that share their vertices exactly.

use std::collections::{BTreeMap, HashMap, HashSet};

use geo::{Contains as _, Coord, LineString, MultiPolygon, Point, Polygon};
use h3o::{CellIndex, LatLng};

/// The corners of cells, computed once each and rounded to seven decimals (about a centimetre).
#[derive(Debug, Default)]
pub(super) struct Corners(HashMap<u64, Coord>);

/// A border in pieces: each edge runs from one corner to the next with the area on its left.
pub(super) type Border = Vec<(u64, u64)>;

/// The corners of a cell by their number, anticlockwise. Neighbouring cells have the same number
/// for the same corner, which is what makes borders exact.
pub(super) fn edges(cell: CellIndex) -> impl Iterator<Item = (u64, u64)> {
    let corners: Vec<u64> = cell.vertexes().map(u64::from).collect();
    let count = corners.len();
    (0..count).map(move |i| (corners[i], corners[(i + 1) % count]))
}

/// The border of several areas together: an edge between two of them runs both ways and drops out.
pub(super) fn joined<'a>(borders: impl IntoIterator<Item = &'a Border>) -> Border {
    let mut open = HashSet::new();
    for (from, to) in borders.into_iter().flatten() {
        if !open.remove(&(*to, *from)) {
            open.insert((*from, *to));
        }
    }
    open.into_iter().collect()
}

impl Corners {
    fn at(&mut self, corner: u64) -> Coord {
        *self.0.entry(corner).or_insert_with(|| {
            let point = h3o::VertexIndex::try_from(corner).map(LatLng::from);
            point.map_or(Coord::default(), |p| Coord {
                x: rounded(p.lng()),
                y: rounded(p.lat()),
            })
        })
    }

    /// The polygon within a border. Three cells meet in each corner, so rings never touch
    /// themselves or each other.
    pub(super) fn polygon(&mut self, border: &Border) -> MultiPolygon {
        let mut next: BTreeMap<u64, u64> = border.iter().copied().collect();
        let mut shells: Vec<(LineString, Vec<LineString>)> = Vec::new();
        let mut holes = Vec::new();
        while let Some((start, mut to)) = next.pop_first() {
            let mut ring = vec![self.at(start)];
            while to != start {
                ring.push(self.at(to));
                let Some(onward) = next.remove(&to) else {
                    break;
                };
                to = onward;
            }
            ring.push(ring[0]);
            if doubled_area(&ring) > 0.0 {
                shells.push((LineString(ring), Vec::new()));
            } else {
                holes.push(LineString(ring));
            }
        }
        for hole in holes {
            let corner = Point(hole.0[0]);
            let shell = shells
                .iter_mut()
                .find(|(shell, _)| Polygon::new(shell.clone(), Vec::new()).contains(&corner));
            if let Some((_, inner)) = shell {
                inner.push(hole);
            }
        }
        MultiPolygon(
            shells
                .into_iter()
                .map(|(shell, holes)| Polygon::new(shell, holes))
                .collect(),
        )
    }
}

fn rounded(degrees: f64) -> f64 {
    (degrees * 1e7).round() / 1e7
}

/// Twice the area that a closed ring encloses, positive if it runs anticlockwise.
fn doubled_area(ring: &[Coord]) -> f64 {
    ring.windows(2)
        .map(|pair| {
            let (a, b) = (pair[0] - ring[0], pair[1] - ring[0]);
            a.x * b.y - b.x * a.y
        })
        .sum()
}
