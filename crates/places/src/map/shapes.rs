//! Shapes of areas and cells: as GeoJSON text, and simplified for drawing.

use std::fmt::Write as _;

use geo::{
    Area as _, BoundingRect, LineString, MultiPolygon, Polygon, Rect, Simplify as _, unary_union,
};
use h3o::CellIndex;

use crate::cube::{AreaSet, Snapshot};

/// A closed line of longitude and latitude.
pub(crate) type Ring = Vec<[f64; 2]>;

/// How far a line may move when the script draws it: about five metres, less than a pixel at
/// the closest zoom that areas are looked at.
const NEAR: f64 = 0.000_05;
/// Holes that a union leaves between neighbours whose edges do not quite meet are smaller than
/// this, in square degrees (some 700 m by 700 m here).
const SLIVER: f64 = 0.000_07;

/// The shapes of an area set, ready for the script.
#[derive(Debug)]
pub(crate) struct SetShapes {
    /// The geometry of each area as GeoJSON.
    pub(crate) geometry: Vec<String>,
}

impl SetShapes {
    pub(crate) fn new(set: &AreaSet) -> Self {
        let write = |area: &crate::cube::Area| geometry(&simplified(&area.geometry, NEAR), 5);
        Self {
            geometry: set.areas.iter().map(write).collect(),
        }
    }
}

/// A shape with fewer points, none moved farther than `near` degrees. A part that would vanish
/// stays as it is.
pub(crate) fn simplified(shape: &MultiPolygon<f64>, near: f64) -> MultiPolygon<f64> {
    let line = |line: &LineString<f64>| {
        let fewer = Polygon::new(line.clone(), vec![])
            .simplify(near)
            .into_inner()
            .0;
        if fewer.0.len() < 4 {
            line.clone()
        } else {
            fewer
        }
    };
    shape
        .iter()
        .map(|part| {
            Polygon::new(
                line(part.exterior()),
                part.interiors().iter().map(line).collect(),
            )
        })
        .collect()
}

/// The rings of a shape, outer ones and holes.
pub(crate) fn rings(shape: &MultiPolygon<f64>) -> Vec<Ring> {
    shape
        .iter()
        .flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()))
        .map(|ring| ring.coords().map(|point| [point.x, point.y]).collect())
        .collect()
}

/// The ring of a cell, closed.
pub(crate) fn cell_ring(cell: CellIndex) -> Ring {
    let mut ring: Ring = cell
        .boundary()
        .iter()
        .map(|corner| [corner.lng(), corner.lat()])
        .collect();
    ring.extend(ring.first().copied());
    ring
}

/// A shape as GeoJSON (RFC 7946: outer rings anticlockwise is asked of writers, and our areas
/// come from files that keep it), with so many decimals.
pub(crate) fn geometry(shape: &MultiPolygon<f64>, digits: usize) -> String {
    let polygon = |out: &mut String, part: &Polygon<f64>| {
        out.push('[');
        for (n, ring) in std::iter::once(part.exterior())
            .chain(part.interiors())
            .enumerate()
        {
            if n > 0 {
                out.push(',');
            }
            line(out, ring.coords().map(|point| [point.x, point.y]), digits);
        }
        out.push(']');
    };
    let mut out = String::new();
    if let [only] = &shape.0[..] {
        out.push_str("{\"type\":\"Polygon\",\"coordinates\":");
        polygon(&mut out, only);
    } else {
        out.push_str("{\"type\":\"MultiPolygon\",\"coordinates\":[");
        for (n, part) in shape.iter().enumerate() {
            if n > 0 {
                out.push(',');
            }
            polygon(&mut out, part);
        }
        out.push(']');
    }
    out.push('}');
    out
}

/// A cell as GeoJSON.
pub(crate) fn cell_geometry(cell: CellIndex) -> String {
    let mut out = String::from("{\"type\":\"Polygon\",\"coordinates\":[");
    line(&mut out, cell_ring(cell).into_iter(), 6);
    out.push_str("]}");
    out
}

fn line(out: &mut String, points: impl Iterator<Item = [f64; 2]>, digits: usize) {
    out.push('[');
    for (n, [x, y]) in points.enumerate() {
        let comma = if n > 0 { "," } else { "" };
        let _infallible = write!(out, "{comma}[{x:.digits$},{y:.digits$}]");
    }
    out.push(']');
}

/// The outline of the partnership: the union of its areas, without the slivers that
/// generalised edges leave between neighbours.
pub(crate) fn outline(snapshot: &Snapshot) -> MultiPolygon<f64> {
    let Some(home) = snapshot.home() else {
        return MultiPolygon(Vec::new());
    };
    let union: MultiPolygon<f64> = match &home.areas[..] {
        [only] => only.geometry.clone(),
        areas => unary_union(areas.iter().map(|area| &area.geometry)),
    };
    let whole = |part: &Polygon<f64>| {
        let holes = part
            .interiors()
            .iter()
            .filter(|hole| Polygon::new((*hole).clone(), vec![]).unsigned_area() > SLIVER);
        Polygon::new(part.exterior().clone(), holes.cloned().collect())
    };
    simplified(&union.iter().map(whole).collect(), NEAR)
}

/// The box around shapes: west, south, east, north.
pub(crate) fn bounds<'a>(shapes: impl Iterator<Item = &'a MultiPolygon<f64>>) -> Option<[f64; 4]> {
    shapes.filter_map(BoundingRect::bounding_rect).fold(
        None,
        |all: Option<[f64; 4]>, rect: Rect<f64>| {
            let (min, max) = (rect.min(), rect.max());
            let [west, south, east, north] = all.unwrap_or([min.x, min.y, max.x, max.y]);
            Some([
                west.min(min.x),
                south.min(min.y),
                east.max(max.x),
                north.max(max.y),
            ])
        },
    )
}
