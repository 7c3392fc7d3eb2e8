//! Hot spots: where counts cluster beyond chance (Getis-Ord Gi*, false discovery rate 5 %),
//! over H3 cells or polygons, from the cube or from files.

mod files;
mod output;
mod polygons;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};

use commonweal_records::Month;
use h3o::{CellIndex, LatLng, Resolution};
use hotspot::{Weights, benjamini_hochberg, gi_star};
use serde::Serialize;

pub use files::points_of_files;
pub use output::cells_geojson;
pub use polygons::{PolygonOptions, polygons};

/// The false discovery rate that 'significant' keeps.
pub const FALSE_DISCOVERY_RATE: f64 = 0.05;

/// Why there is no answer, in words for the person who asked.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct HotSpotError(pub String);

impl HotSpotError {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// Whether, and how surely, a place and its neighbours are high or low together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Default)]
pub struct Cluster {
    /// Standardised Gi*; none for islands and where every value is the same.
    pub gi_star_z: Option<f64>,
    /// Its two-sided p-value by the normal approximation.
    pub gi_star_p: Option<f64>,
    /// Whether it holds at a false discovery rate of 5 % over all places.
    pub significant: Option<bool>,
}

/// Gi* with self for every place; islands (without neighbours) get none.
///
/// # Errors
/// Where a value is not a finite number.
pub fn clusters(values: &[f64], neighbours: &Weights) -> Result<Vec<Cluster>, HotSpotError> {
    let islands: BTreeSet<usize> = neighbours.without_self().islands().into_iter().collect();
    let found = gi_star(values, &neighbours.with_self().binary())
        .map_err(|e| HotSpotError::new(e.to_string()))?;
    let found: Vec<_> = found
        .into_iter()
        .enumerate()
        .map(|(n, gi)| gi.filter(|_| !islands.contains(&n)))
        .collect();
    let p_values: Vec<Option<f64>> = found.iter().map(|gi| gi.map(|gi| gi.p)).collect();
    let discovered = benjamini_hochberg(&p_values, FALSE_DISCOVERY_RATE)
        .map_err(|e| HotSpotError::new(e.to_string()))?;
    Ok(found
        .iter()
        .zip(discovered)
        .map(|(gi, discovery)| Cluster {
            gi_star_z: gi.map(|gi| gi.z),
            gi_star_p: gi.map(|gi| gi.p),
            significant: discovery.map(|discovery| discovery.significant),
        })
        .collect())
}

/// A cell with its count and what Gi* says of it.
#[derive(Debug, Clone)]
pub struct HotCell {
    /// The cell.
    pub cell: CellIndex,
    /// Incidents in it.
    pub count: u32,
    /// Incidents per 1,000 residents, where population could be apportioned by postcodes and
    /// anybody lives here.
    pub rate_per_1000: Option<f64>,
    /// What Gi* says.
    pub cluster: Cluster,
}

/// The hot cells of a set of incidents.
#[derive(Debug, Clone)]
pub struct HotCells {
    /// Every cell of the area, zero cells included, by index.
    pub cells: Vec<HotCell>,
    /// Incidents that lie in none of the cells, or have no place.
    pub dropped: u64,
    /// Incidents counted.
    pub counted: u64,
}

/// Counts points in cells and finds the clusters. `area`: the cells to look at, zero cells
/// included; none means the cells with incidents and one ring around them. `residents`: of
/// cells, where known.
///
/// # Errors
/// [`HotSpotError`] where there is nothing to look at.
pub fn hot_cells(
    points: impl IntoIterator<Item = Option<(f64, f64)>>,
    area: Option<Vec<CellIndex>>,
    residents: Option<&HashMap<CellIndex, f64>>,
    resolution: Resolution,
) -> Result<HotCells, HotSpotError> {
    let mut counts: HashMap<CellIndex, u32> = HashMap::new();
    let mut dropped = 0;
    for point in points {
        match point.and_then(|(longitude, latitude)| LatLng::new(latitude, longitude).ok()) {
            Some(point) => *counts.entry(point.to_cell(resolution)).or_default() += 1,
            None => dropped += 1,
        }
    }
    let mut cells = area.unwrap_or_else(|| {
        let with_ring: BTreeSet<CellIndex> = counts
            .keys()
            .flat_map(|cell| cell.grid_disk::<Vec<_>>(1))
            .collect();
        with_ring.into_iter().collect()
    });
    cells.sort_unstable();
    cells.dedup();
    if cells.is_empty() {
        return Err(HotSpotError::new(
            "there are no cells to look at: no incident fits the period and type, and no area was given",
        ));
    }
    let values: Vec<f64> = cells
        .iter()
        .map(|cell| f64::from(counts.get(cell).copied().unwrap_or(0)))
        .collect();
    let weights = Weights::h3_ring(&cells).map_err(|e| HotSpotError::new(e.to_string()))?;
    let found = clusters(&values, &weights)?;
    let counted = values.iter().sum::<f64>() as u64;
    let all: u64 = counts.values().map(|n| u64::from(*n)).sum();
    let cells = cells
        .into_iter()
        .zip(found)
        .map(|(cell, cluster)| {
            let count = counts.get(&cell).copied().unwrap_or(0);
            let lives = residents
                .and_then(|residents| residents.get(&cell))
                .filter(|n| **n > 0.0);
            HotCell {
                cell,
                count,
                rate_per_1000: lives.map(|n| f64::from(count) * 1_000.0 / n),
                cluster,
            }
        })
        .collect();
    Ok(HotCells {
        cells,
        dropped: dropped + all - counted,
        counted,
    })
}

/// What was asked and chosen, for the file and for people.
#[derive(Debug, Clone, Serialize)]
pub struct Asked {
    /// Where the incidents come from.
    pub input: String,
    /// The first month.
    pub from: Month,
    /// The last month, included.
    pub to: Month,
    /// What kind of incidents.
    #[serde(rename = "type")]
    pub kind: String,
    /// `h3:9`
    pub cells: String,
    /// Which area: a file, the partnership's, or the cells with incidents and one ring.
    pub within: String,
    /// How neighbours were chosen.
    pub weights: &'static str,
    /// Whether population could be apportioned.
    pub rates: bool,
}
