//! Which cells of a grid lie inside a border.

use geo::{CoordsIter, MultiPolygon};

use super::{DensityError, Grid};

/// For the cells of the grid and of a margin round it, whether their middles lie inside the border (by the
/// even-odd rule, so that holes are outside).
pub(super) fn inside(
    border: &MultiPolygon<f64>,
    grid: &Grid,
    margin: usize,
) -> Result<Vec<bool>, DensityError> {
    let finite = border
        .coords_iter()
        .all(|at| at.x.is_finite() && at.y.is_finite());
    if !finite || border.0.is_empty() {
        return Err(DensityError::Border);
    }
    let (width, height) = (grid.columns + 2 * margin, grid.rows + 2 * margin);
    let mut inside = vec![false; width * height];
    let west = grid.corner.x - margin as f64 * grid.cell;
    let south = grid.corner.y - margin as f64 * grid.cell;
    let lines: Vec<geo::Line<f64>> = border
        .iter()
        .flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()))
        .flat_map(geo::LineString::lines)
        .collect();
    // Where each row of middles crosses the lines.
    let mut crossings: Vec<Vec<f64>> = vec![Vec::new(); height];
    for line in &lines {
        let (low, high) = if line.start.y <= line.end.y {
            (line.start, line.end)
        } else {
            (line.end, line.start)
        };
        let row_of = |y: f64| ((y - south) / grid.cell - 0.5).ceil().max(0.0);
        let (first, last) = (row_of(low.y), row_of(high.y).min(height as f64));
        let rows = crossings.get_mut(first as usize..last as usize);
        for (row, crossings) in (first as usize..).zip(rows.into_iter().flatten()) {
            let y = south + (row as f64 + 0.5) * grid.cell;
            // The upper end belongs to the next line, so that a corner counts once.
            if low.y <= y && y < high.y {
                crossings.push(low.x + (y - low.y) / (high.y - low.y) * (high.x - low.x));
            }
        }
    }
    for (row, crossings) in inside.chunks_mut(width).zip(&mut crossings) {
        crossings.sort_by(f64::total_cmp);
        for pair in crossings.chunks_exact(2) {
            let column_of = |x: f64| {
                ((x - west) / grid.cell - 0.5)
                    .ceil()
                    .clamp(0.0, width as f64)
            };
            row[column_of(pair[0]) as usize..column_of(pair[1]) as usize].fill(true);
        }
    }
    if inside.contains(&true) {
        Ok(inside)
    } else {
        Err(DensityError::Border)
    }
}
