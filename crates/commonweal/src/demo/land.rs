//! The made-up land: an approximate outline filled with H3 cells, grouped around the settlements
//! into neighbourhoods and those into divisions. As areas are whole cells, they share every
//! vertex, never overlap, and a cell lies in exactly one of them.

use std::collections::{HashMap, HashSet};

use h3o::{CellIndex, LatLng, Resolution};

use super::content::{Land, Place};
use super::shape::{self, Border};

/// The cells that areas are made of.
pub(super) const RESOLUTION: Resolution = Resolution::Nine;

/// Metres of one degree of latitude.
const METRES_NORTH: f64 = 111_320.0;
/// Metres of one degree of longitude at 54.73° north, the middle of the county.
const METRES_EAST: f64 = 64_270.0;

/// The golden angle, which spreads points evenly over a disc.
const GOLDEN_ANGLE: f64 = 2.399_963;

/// The point so many metres east and north of another.
pub(super) fn moved((lon, lat): (f64, f64), east: f64, north: f64) -> (f64, f64) {
    (lon + east / METRES_EAST, lat + north / METRES_NORTH)
}

/// The metres between two points, good for a county.
#[cfg(test)]
pub(super) fn metres_between(a: (f64, f64), b: (f64, f64)) -> f64 {
    ((a.0 - b.0) * METRES_EAST).hypot((a.1 - b.1) * METRES_NORTH)
}

/// Where one neighbourhood grows from.
#[derive(Debug)]
pub(super) struct Seed {
    /// The settlement's number.
    pub(super) place: usize,
    /// The name: the settlement's, with a number if it has several.
    pub(super) name: String,
    /// Longitude and latitude.
    pub(super) at: (f64, f64),
}

/// The cells of the land and what they belong to.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) seeds: Vec<Seed>,
    /// In ascending order, with the neighbourhood's number.
    pub(super) cells: Vec<(CellIndex, usize)>,
    of_cell: HashMap<CellIndex, usize>,
}

impl Ground {
    /// Fills the outline with cells and gives each to the nearest neighbourhood.
    pub(super) fn new(land: &Land, residents: &[u32]) -> Self {
        let centre = land.places.first().map(|p| (p.lon, p.lat));
        let mut cells = cells_within(&land.outline, centre.unwrap_or_default());
        cells.sort_unstable();
        let mut inside: HashMap<CellIndex, usize> =
            cells.iter().map(|cell| (*cell, usize::MAX)).collect();
        let mut seeds = Vec::new();
        for (number, place) in land.places.iter().enumerate() {
            let wanted = f64::from(residents[number]) / land.people_per_neighbourhood;
            sow(&mut seeds, number, place, wanted.round().max(1.0), &inside);
        }
        let mut near = Nearest::new(&seeds);
        let mut grouped = Vec::with_capacity(cells.len());
        for cell in cells {
            let number = near.to(cell);
            grouped.push((cell, number));
            inside.insert(cell, number);
        }
        Self {
            seeds,
            cells: grouped,
            of_cell: inside,
        }
    }

    /// Each neighbourhood's border.
    pub(super) fn borders(&self) -> Vec<Border> {
        let mut borders = vec![Border::new(); self.seeds.len()];
        for (cell, number) in &self.cells {
            borders[*number].extend(shape::edges(*cell));
        }
        borders.iter().map(|edges| shape::joined([edges])).collect()
    }

    /// The number of the neighbourhood that a point lies in, with its cell; `None` outside.
    pub(super) fn locate(&self, at: (f64, f64)) -> Option<(CellIndex, usize)> {
        let cell = cell_at(at)?;
        self.of_cell.get(&cell).map(|number| (cell, *number))
    }
}

/// Finds the nearest seed of a cell. Cells come in H3's order, which keeps neighbours together: the
/// seeds that may matter are picked once for each large cell.
struct Nearest {
    flat: Vec<(f64, f64)>,
    large: Option<CellIndex>,
    candidates: Vec<usize>,
}

impl Nearest {
    fn new(seeds: &[Seed]) -> Self {
        Self {
            flat: seeds.iter().map(|s| flat(s.at)).collect(),
            large: None,
            candidates: Vec::new(),
        }
    }

    fn to(&mut self, cell: CellIndex) -> usize {
        let large = cell.parent(Resolution::Six);
        if self.large != large {
            self.large = large;
            let middle = LatLng::from(large.unwrap_or(cell));
            let middle = flat((middle.lng(), middle.lat()));
            let far = |at: &(f64, f64)| (at.0 - middle.0).hypot(at.1 - middle.1);
            let least = self.flat.iter().map(far).fold(f64::INFINITY, f64::min);
            // No cell lies further than 5 km from the middle of its large cell.
            let within = |n: &usize| far(&self.flat[*n]) <= least + 10_000.0;
            self.candidates = (0..self.flat.len()).filter(within).collect();
        }
        let centre = LatLng::from(cell);
        let (x, y) = flat((centre.lng(), centre.lat()));
        let mut nearest = 0;
        let mut least = f64::INFINITY;
        for number in &self.candidates {
            let (dx, dy) = (self.flat[*number].0 - x, self.flat[*number].1 - y);
            let far = dx * dx + dy * dy;
            if far < least {
                least = far;
                nearest = *number;
            }
        }
        nearest
    }
}

/// Metres east and north of nowhere in particular.
fn flat((lon, lat): (f64, f64)) -> (f64, f64) {
    (lon * METRES_EAST, lat * METRES_NORTH)
}

fn cell_at((lon, lat): (f64, f64)) -> Option<CellIndex> {
    LatLng::new(lat, lon)
        .ok()
        .map(|point| point.to_cell(RESOLUTION))
}

/// The cells whose centre lies in the outline, found from one of them outwards. (H3's own tiler
/// takes seconds for this without optimisation, and so would every start of a development build.)
fn cells_within(outline: &[[f64; 2]], start: (f64, f64)) -> Vec<CellIndex> {
    let within = |cell: CellIndex| {
        let centre = LatLng::from(cell);
        encloses(outline, centre.lng(), centre.lat())
    };
    let mut found: Vec<CellIndex> = cell_at(start).filter(|c| within(*c)).into_iter().collect();
    let mut seen: HashSet<CellIndex> = found.iter().copied().collect();
    let mut next = 0;
    while let Some(cell) = found.get(next).copied() {
        next += 1;
        let around: Vec<CellIndex> = cell.grid_disk(1);
        for neighbour in around {
            if seen.insert(neighbour) && within(neighbour) {
                found.push(neighbour);
            }
        }
    }
    found
}

/// Whether a point lies in a ring, by the number of times a line to the east crosses it.
fn encloses(ring: &[[f64; 2]], x: f64, y: f64) -> bool {
    let mut inside = false;
    let mut before = ring.last().copied().unwrap_or_default();
    for at in ring {
        if (at[1] > y) != (before[1] > y)
            && x < (before[0] - at[0]) * (y - at[1]) / (before[1] - at[1]) + at[0]
        {
            inside = !inside;
        }
        before = *at;
    }
    inside
}

/// Spreads a settlement's neighbourhoods evenly over its built-up part.
fn sow(
    seeds: &mut Vec<Seed>,
    number: usize,
    place: &Place,
    wanted: f64,
    inside: &HashMap<CellIndex, usize>,
) {
    let before = seeds.len();
    for step in 0..(wanted as usize * 4) {
        let step = step as f64;
        let far = place.radius * 1_000.0 * ((step + 0.3) / wanted).sqrt().min(1.3);
        let angle = GOLDEN_ANGLE * step;
        let at = moved((place.lon, place.lat), far * angle.cos(), far * angle.sin());
        if cell_at(at).is_some_and(|cell| inside.contains_key(&cell)) {
            let name = format!("{} {}", place.name, seeds.len() - before + 1);
            seeds.push(Seed {
                place: number,
                name,
                at,
            });
        }
        if (seeds.len() - before) as f64 >= wanted {
            break;
        }
    }
    if seeds.len() == before + 1 {
        seeds[before].name.clone_from(&place.name);
    }
}
