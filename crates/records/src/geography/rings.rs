//! Whether a polygon's boundary is sound, and mending one that is nearly so.
//!
//! The rule, stated to whoever imports areas: a boundary may touch itself at points or along lines
//! (generalised boundaries often do). Where it crosses itself, it is mended by the even-odd rule
//! if that changes the area by less than 0.1 %, and the area is named as mended; otherwise the
//! file is refused and the area named.

use geo::line_intersection::{LineIntersection, line_intersection};
use geo::{
    Area, BoundingRect, Coord, Intersects, Line, LineString, MakeValid, MultiPolygon, Polygon,
};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

/// The largest change of area, as a share, at which mending is accepted.
pub(super) const MENDABLE: f64 = 0.001;

/// What was found, and done, about one area's boundary.
#[derive(Debug, PartialEq)]
pub(super) enum Soundness {
    /// Nothing to mend.
    Sound,
    /// Crossings mended, or parts without area left off.
    Mended,
    /// The boundary encloses nothing.
    Empty,
    /// The boundary crosses itself; near this point, if known.
    Crosses(Option<Coord<f64>>),
    /// A hole lies outside its polygon.
    HoleOutside,
}

/// Judges a shape, and mends it where the rule allows.
pub(super) fn check(shape: &mut MultiPolygon<f64>) -> Soundness {
    let mut mended = false;
    let mut parts = Vec::with_capacity(shape.0.len());
    for part in std::mem::take(&mut shape.0) {
        let (exterior, mut holes) = part.into_inner();
        if !encloses(&exterior) {
            mended = true;
            continue;
        }
        let before = holes.len();
        holes.retain(encloses);
        mended |= holes.len() != before;
        let polygon = Polygon::new(exterior, holes);
        let outline = Polygon::new(polygon.exterior().clone(), Vec::new());
        let outside = |hole: &LineString<f64>| {
            hole.0
                .first()
                .is_some_and(|first| !outline.intersects(first))
        };
        let crossing = match contacts(&polygon) {
            Contacts::None => {
                if polygon.interiors().iter().any(outside) {
                    return Soundness::HoleOutside;
                }
                parts.push(polygon);
                continue;
            }
            Contacts::Touch => None,
            Contacts::Cross(at) => Some(at),
        };
        let Ok(valid) = polygon.make_valid() else {
            return Soundness::Crosses(crossing);
        };
        let area = polygon.unsigned_area();
        let change = (valid.unsigned_area() - area).abs();
        if change.is_nan() || change >= MENDABLE * area {
            return Soundness::Crosses(crossing);
        }
        if crossing.is_some() {
            mended = true;
            parts.extend(valid.0);
        } else {
            parts.push(polygon);
        }
    }
    shape.0 = parts;
    if shape.0.is_empty() {
        Soundness::Empty
    } else if mended {
        Soundness::Mended
    } else {
        Soundness::Sound
    }
}

/// Whether a ring has at least a triangle's points and some area.
fn encloses(ring: &LineString<f64>) -> bool {
    ring.0.len() >= 4
        && ring
            .bounding_rect()
            .is_some_and(|box_| box_.width() > 0.0 && box_.height() > 0.0)
}

enum Contacts {
    None,
    Touch,
    Cross(Coord<f64>),
}

type Segment = GeomWithData<Rectangle<[f64; 2]>, usize>;

/// Where segments of a polygon's rings that do not follow one another meet.
fn contacts(polygon: &Polygon<f64>) -> Contacts {
    // Per segment: itself, its ring and the segment that follows it.
    let mut segments: Vec<(Line<f64>, usize)> = Vec::new();
    for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
        let first = segments.len();
        segments.extend(
            ring.lines()
                .filter(|l| l.start != l.end)
                .map(|line| (line, 0)),
        );
        let end = segments.len();
        for (i, segment) in segments.iter_mut().enumerate().skip(first) {
            segment.1 = if i + 1 == end { first } else { i + 1 };
        }
    }
    let tree: RTree<Segment> = RTree::bulk_load(
        segments
            .iter()
            .enumerate()
            .map(|(i, (l, _))| {
                GeomWithData::new(
                    Rectangle::from_corners([l.start.x, l.start.y], [l.end.x, l.end.y]),
                    i,
                )
            })
            .collect(),
    );
    let mut touch = false;
    for (i, (line, next)) in segments.iter().enumerate() {
        let around = AABB::from_corners([line.start.x, line.start.y], [line.end.x, line.end.y]);
        for other in tree.locate_in_envelope_intersecting(around) {
            let j = other.data;
            if j <= i || j == *next || segments[j].1 == i {
                continue;
            }
            match line_intersection(*line, segments[j].0) {
                Some(LineIntersection::SinglePoint {
                    intersection,
                    is_proper: true,
                }) => {
                    return Contacts::Cross(intersection);
                }
                Some(_) => touch = true,
                None => {}
            }
        }
    }
    if touch {
        Contacts::Touch
    } else {
        Contacts::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(points: &[(f64, f64)]) -> MultiPolygon<f64> {
        MultiPolygon(vec![Polygon::new(
            LineString::from(points.to_vec()),
            vec![],
        )])
    }

    #[test]
    fn a_sound_ring_and_one_that_touches_itself_are_left_alone() {
        let mut square = shape(&[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)]);
        assert_eq!(check(&mut square), Soundness::Sound);
        // The ring comes back to (2, 0) around a bay.
        let pinched = [
            (0.0, 0.0),
            (2.0, 0.0),
            (1.0, 1.0),
            (3.0, 1.0),
            (2.0, 0.0),
            (4.0, 0.0),
            (4.0, 4.0),
            (0.0, 4.0),
        ];
        let mut touching = shape(&pinched);
        assert_eq!(check(&mut touching), Soundness::Sound);
        assert_eq!(touching, shape(&pinched));
    }

    #[test]
    fn a_bow_tie_is_refused_also_when_it_crosses_at_a_corner() {
        let mut tie = shape(&[(0.0, 0.0), (4.0, 4.0), (4.0, 0.0), (0.0, 4.0)]);
        assert!(matches!(check(&mut tie), Soundness::Crosses(Some(_))));
        let mut cornered = shape(&[
            (0.0, 0.0),
            (2.0, 2.0),
            (4.0, 4.0),
            (4.0, 0.0),
            (2.0, 2.0),
            (0.0, 4.0),
        ]);
        assert_eq!(check(&mut cornered), Soundness::Crosses(None));
    }

    #[test]
    fn a_tiny_loop_is_mended() {
        let mut looped = shape(&[
            (0.0, 0.0),
            (4.0, 0.0),
            (4.0, 4.0),
            (2.0, 4.0),
            (2.01, 4.01),
            (2.01, 3.99),
            (0.0, 4.0),
        ]);
        assert_eq!(check(&mut looped), Soundness::Mended);
        assert!((looped.unsigned_area() - 16.0).abs() < 0.02);
    }

    #[test]
    fn nothing_inside_is_empty_and_a_hole_outside_is_refused() {
        assert_eq!(
            check(&mut shape(&[(0.0, 0.0), (1.0, 1.0)])),
            Soundness::Empty
        );
        assert_eq!(
            check(&mut shape(&[(0.0, 0.0), (1.0, 0.0), (2.0, 0.0)])),
            Soundness::Empty
        );
        let mut holed = MultiPolygon(vec![Polygon::new(
            LineString::from(vec![(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)]),
            vec![LineString::from(vec![(9.0, 9.0), (9.5, 9.0), (9.5, 9.5)])],
        )]);
        assert_eq!(check(&mut holed), Soundness::HoleOutside);
    }
}
