//! The map without a script: what the server draws.

use commonweal_govuk::chart::{MapChart, Shape};
use commonweal_govuk::format::whole;
use geo::MultiPolygon;

use super::figures::{Figures, names};
use super::shapes::{bounds, cell_ring, rings, simplified};
use crate::cube::{By, Cells, Snapshot};
use crate::view::View;

/// Width of the drawing, in its own units.
const WIDTH: f64 = 760.0;
/// How far a line may move in the drawing.
const NEAR: f64 = 0.7;

/// West, south, east, north.
pub(crate) type Frame = [f64; 4];

/// What the map shows to begin with: the place asked for, else the partnership's area, else
/// where all but the outermost incidents lie.
pub(super) fn frame(snapshot: &Snapshot, view: &View, figures: &Figures) -> Option<Frame> {
    let place = view.filter.place.as_ref().and_then(|(slug, code)| {
        let set = snapshot.areas.get(slug)?;
        let area = set.areas.get(*set.by_code.get(code)? as usize)?;
        bounds(std::iter::once(&area.geometry))
    });
    let home = || bounds(snapshot.home()?.areas.iter().map(|area| &area.geometry));
    place
        .or_else(home)
        .or_else(|| busy(&snapshot.cells8, &figures.counts(&By::Cell8).of))
        .map(padded)
}

/// The partnership's area with a margin.
pub(crate) fn frame_of_home(snapshot: &Snapshot) -> Option<Frame> {
    bounds(snapshot.home()?.areas.iter().map(|area| &area.geometry)).map(padded)
}

fn padded([west, south, east, north]: Frame) -> Frame {
    let (x, y) = (
        ((east - west) * 0.02).max(0.002),
        ((north - south) * 0.02).max(0.002),
    );
    [west - x, south - y, east + x, north + y]
}

/// Where 99 in 100 incidents lie, in each direction.
fn busy(cells: &Cells, counts: &[u32]) -> Option<Frame> {
    let centres: Vec<_> = cells
        .cells
        .iter()
        .zip(counts)
        .filter(|(_, count)| **count > 0)
        .map(|(cell, count)| (h3o::LatLng::from(*cell), u64::from(*count)))
        .collect();
    let span = |of: fn(&h3o::LatLng) -> f64| {
        let mut values: Vec<(f64, u64)> = centres
            .iter()
            .map(|(centre, count)| (of(centre), *count))
            .collect();
        values.sort_by(|a, b| a.0.total_cmp(&b.0));
        let all: u64 = values.iter().map(|(_, count)| count).sum();
        let at = |share: u64| {
            let mut passed = 0;
            let found = values.iter().find(|(_, count)| {
                passed += count;
                passed * 200 >= all * share
            });
            found.map(|(value, _)| *value)
        };
        Some((at(1)?, at(199)?))
    };
    let ((west, east), (south, north)) =
        (span(|centre| centre.lng())?, span(|centre| centre.lat())?);
    Some([west, south, east, north])
}

/// Draws the map. Cells are drawn coarse: a picture of thousands of cells helps nobody.
pub(super) fn drawing(
    snapshot: &Snapshot,
    view: &View,
    figures: &Figures,
    outline: &MultiPolygon<f64>,
) -> String {
    let Some(frame) = frame(snapshot, view, figures) else {
        return String::new();
    };
    let [west, south, east, north] = frame;
    let shrink = ((south + north) / 2.0).to_radians().cos();
    let near = NEAR * ((east - west) * shrink / WIDTH).max((north - south) / WIDTH);
    let touches = |rings: &[Vec<[f64; 2]>]| {
        rings
            .iter()
            .flatten()
            .any(|[x, y]| (west..=east).contains(x) && (south..=north).contains(y))
    };
    let by = match &view.by {
        By::Area(_) => view.by.clone(),
        By::Cell8 | By::Cell9 => By::Cell8,
    };
    let counts = &figures.counts(&by).of;
    let shape = |slot: usize| -> Vec<Vec<[f64; 2]>> {
        match view.area_set(snapshot) {
            Some(set) => set
                .areas
                .get(slot)
                .map_or_else(Vec::new, |area| rings(&simplified(&area.geometry, near))),
            None => snapshot
                .cells8
                .cells
                .get(slot)
                .map_or_else(Vec::new, |cell| vec![cell_ring(*cell)]),
        }
    };
    let slots: Vec<usize> = (0..counts.len())
        .filter(|slot| by != By::Cell8 || counts[*slot] > 0)
        .collect();
    let shapes: Vec<Shape> = names(snapshot, &by, &slots)
        .into_iter()
        .zip(&slots)
        .map(|(name, slot)| Shape {
            name,
            rings: shape(*slot),
            value: Some(f64::from(counts[*slot])),
            marked: false,
        })
        .filter(|shape| touches(&shape.rings))
        .collect();
    let all: u64 = counts.iter().map(|count| u64::from(*count)).sum();
    let outline = if view.filter.place.is_some() {
        Vec::new()
    } else {
        rings(&simplified(outline, near))
    };
    let description = format!(
        "{} incidents. The table has every figure.",
        whole(i64::try_from(all).unwrap_or(i64::MAX))
    );
    MapChart {
        id: "map-drawing".to_owned(),
        title: view.words(snapshot),
        description,
        unit: "incidents".to_owned(),
        classes: figures.classes.clone(),
        shapes,
        outline,
        ..MapChart::default()
    }
    .draw()
    .svg
}

/// Incidents in cells that the frame leaves out.
pub(super) fn outside(
    snapshot: &Snapshot,
    by: &By,
    figures: &Figures,
    frame: Option<Frame>,
) -> u64 {
    let (cells, Some([west, south, east, north])) = (
        match by {
            By::Area(_) => return 0,
            By::Cell9 => &snapshot.cells9,
            By::Cell8 => &snapshot.cells8,
        },
        frame,
    ) else {
        return 0;
    };
    let beyond = |cell: &h3o::CellIndex| {
        let centre = h3o::LatLng::from(*cell);
        !(west..=east).contains(&centre.lng()) || !(south..=north).contains(&centre.lat())
    };
    let pairs = cells.cells.iter().zip(&figures.counts(by).of);
    pairs
        .filter(|(cell, count)| **count > 0 && beyond(cell))
        .map(|(_, count)| u64::from(*count))
        .sum()
}
