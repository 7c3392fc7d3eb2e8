//! H3 discs: cells are neighbours where they touch.

use h3o::CellIndex;
use rayon::prelude::*;

use super::Weights;
use crate::WeightsError;

/// Steps of a disc at most: it then holds 30,301 cells.
const MOST_STEPS: u32 = 100;

impl Weights {
    /// Binary weights of H3 cells: each cell's neighbours are those of the given cells in the ring round it
    /// (six at most, five round a pentagon).
    ///
    /// Cells beyond the given ones are not counted, so cells at the edge have fewer neighbours: give the
    /// zero cells of the area as well, or every edge of the data becomes an edge of the map.
    ///
    /// # Errors
    ///
    /// [`WeightsError::MixedResolution`] where cells differ in resolution, [`WeightsError::RepeatedCell`]
    /// where one is given twice, [`WeightsError::TooMany`] beyond 2³² − 1 cells.
    ///
    /// # Example
    ///
    /// ```
    /// use h3o::{LatLng, Resolution};
    /// use hotspot::Weights;
    ///
    /// let durham = LatLng::new(54.776, -1.575)?.to_cell(Resolution::Nine);
    /// let cells: Vec<_> = durham.grid_disk(2);
    /// let weights = Weights::h3_ring(&cells)?;
    /// assert_eq!(weights.neighbours(0).len(), 6);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn h3_ring(cells: &[CellIndex]) -> Result<Self, WeightsError> {
        Self::h3_disc(cells, 1)
    }

    /// Binary weights of H3 cells: each cell's neighbours are those of the given cells that are at most
    /// `steps` cells away. One step is [`h3_ring`](Self::h3_ring); with none every cell is an island.
    ///
    /// # Errors
    ///
    /// As [`h3_ring`](Self::h3_ring), and [`WeightsError::Steps`] for more than 100 steps.
    ///
    /// # Example
    ///
    /// ```
    /// use h3o::{LatLng, Resolution};
    /// use hotspot::Weights;
    ///
    /// let durham = LatLng::new(54.776, -1.575)?.to_cell(Resolution::Nine);
    /// let cells: Vec<_> = durham.grid_disk(4);
    /// let weights = Weights::h3_disc(&cells, 2)?;
    /// assert_eq!(weights.neighbours(0).len(), 18); // six cells, and twelve round them
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn h3_disc(cells: &[CellIndex], steps: u32) -> Result<Self, WeightsError> {
        if steps > MOST_STEPS {
            return Err(WeightsError::Steps {
                steps,
                most: MOST_STEPS,
            });
        }
        if u32::try_from(cells.len()).is_err() {
            return Err(WeightsError::TooMany);
        }
        if let Some(first) = cells.first().map(|cell| cell.resolution())
            && let Some(other) = cells.iter().find(|cell| cell.resolution() != first)
        {
            return Err(WeightsError::MixedResolution {
                first: first.into(),
                other: other.resolution().into(),
            });
        }
        let mut places: Vec<(CellIndex, u32)> = cells.iter().copied().zip(0..).collect();
        places.sort_unstable();
        if let Some(pair) = places.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(WeightsError::RepeatedCell {
                cell: pair[0].0.to_string(),
            });
        }
        let pairs: Vec<(u32, u32)> = cells
            .par_iter()
            .with_min_len(1024)
            .enumerate()
            .flat_map_iter(|(unit, &cell)| {
                let places = &places;
                cell.grid_disk::<Vec<_>>(steps)
                    .into_iter()
                    .filter(move |&other| other != cell)
                    .filter_map(move |other| {
                        let place = places.binary_search_by_key(&other, |place| place.0).ok()?;
                        Some((unit as u32, places[place].1))
                    })
            })
            .collect();
        Ok(Self::from_pairs(cells.len(), pairs))
    }
}
