//! Hot spots: whether a piece of ground is one, and all of them as a layer of the map.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use commonweal_access::policy::Action;
use commonweal_access::web::{PageError, Rule, Viewer};
use commonweal_govuk::format::decimal;
use commonweal_records::Month;
use commonweal_records::geography::locate::cells_within;
use commonweal_records::ports::{
    LayerFeature, MapLayer, PlaceSection, SectionContent, SectionLine,
};
use geo::{Coord, Geometry, LineString, Polygon};
use h3o::{CellIndex, LatLng, Resolution};

use super::counts::cells;
use crate::Places;
use crate::cube::{Filter, Kind, Snapshot};
use crate::hotspots::{FALSE_DISCOVERY_RATE, HotCell, hot_cells};
use crate::map::shapes::cell_ring;
use crate::view::in_words;

/// A cell with what Gi* says of it, and the period.
struct Found {
    cells: HashMap<CellIndex, HotCell>,
    from: Month,
    to: Month,
}

type Key = (u64, Vec<u16>);
type Kept = Mutex<Vec<(Key, Arc<Found>)>>;

/// Hot spots of anti-social behaviour in the newest twelve months, kept as long as the cube stands
/// still and for the sources that a reader may see.
#[derive(Clone)]
pub struct HotSpots {
    places: Places,
    kept: Arc<Kept>,
}

/// Readers of so many different sources are remembered.
const KEPT: usize = 8;

impl HotSpots {
    /// Hot spots of these places.
    #[must_use]
    pub fn new(places: &Places) -> Self {
        Self {
            places: places.clone(),
            kept: Arc::default(),
        }
    }

    async fn found(&self, viewer: &Viewer) -> Result<Arc<Found>, PageError> {
        let snapshot = self.places.cube.snapshot();
        let allowed = self
            .places
            .allowed(viewer, Action::SeeIncidents, &snapshot)
            .await?;
        let key = (snapshot.generation, allowed);
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, found)) = kept().iter().find(|(own, _)| *own == key) {
            return Ok(Arc::clone(found));
        }
        let allowed = key.1.clone();
        let found = tokio::task::spawn_blocking(move || compute(&snapshot, allowed))
            .await
            .map_err(|error| PageError::Internal(error.to_string()))?;
        let found = Arc::new(found);
        let mut kept = kept();
        kept.retain(|((generation, _), _)| *generation == key.0);
        kept.truncate(KEPT - 1);
        kept.insert(0, (key, Arc::clone(&found)));
        Ok(found)
    }
}

fn compute(snapshot: &Snapshot, allowed: Vec<u16>) -> Found {
    let newest = snapshot
        .segments
        .iter()
        .filter(|segment| allowed.contains(&segment.source))
        .map(|segment| segment.month)
        .max()
        .unwrap_or_else(|| Month::from_index(0));
    let (from, to) = (newest.plus(-11), newest);
    let points = snapshot.points(&Filter {
        from,
        to,
        kind: Kind::Asb,
        qualifier: None,
        source: None,
        place: None,
        allowed: Some(allowed),
    });
    let area = snapshot.home().map(|set| {
        set.areas
            .iter()
            .flat_map(|area| cells_within(&area.geometry, Resolution::Nine))
            .collect()
    });
    let cells = hot_cells(points, area, None, Resolution::Nine)
        .map(|hot| hot.cells)
        .unwrap_or_default();
    Found {
        cells: cells.into_iter().map(|cell| (cell.cell, cell)).collect(),
        from,
        to,
    }
}

fn is_hot(cell: &HotCell) -> bool {
    cell.cluster.significant == Some(true) && cell.cluster.gi_star_z.is_some_and(|z| z > 0.0)
}

fn sorted(mut hot: Vec<&HotCell>) -> Vec<&HotCell> {
    hot.sort_by_key(|cell| (std::cmp::Reverse(cell.count), cell.cell));
    hot
}

/// The section 'Hot spots'.
#[must_use]
pub fn section(spots: &HotSpots) -> PlaceSection {
    let spots = spots.clone();
    PlaceSection::new(
        "Hot spots",
        Rule::May(Action::SeeIncidents),
        move |_, viewer, query| {
            let spots = spots.clone();
            async move {
                let found = spots.found(&viewer).await?;
                let here = cells(&query.ground);
                let known: Vec<&HotCell> = here
                    .iter()
                    .filter_map(|cell| found.cells.get(cell))
                    .collect();
                let hot = sorted(known.iter().copied().filter(|cell| is_hot(cell)).collect());
                Ok(shown(&found, known.len(), &hot))
            }
        },
    )
}

fn shown(found: &Found, known: usize, hot: &[&HotCell]) -> SectionContent {
    if known == 0 {
        return SectionContent::default();
    }
    let mut lines: Vec<SectionLine> = hot
        .iter()
        .map(|cell| {
            let centre = LatLng::from(cell.cell);
            SectionLine::new(format!(
                "Cell around {:.4}, {:.4}: {} reports of anti-social behaviour, a hot spot together with its neighbours",
                centre.lat(),
                centre.lng(),
                cell.count
            ))
            .note(format!(
                "Getis and Ord's Gi* {}",
                cell.cluster
                    .gi_star_z
                    .map_or_else(String::new, |z| decimal(z, 1))
            ))
        })
        .collect();
    if lines.is_empty() {
        lines.push(SectionLine::new("No cell here is a hot spot"));
    }
    SectionContent {
        count: Some(hot.len() as u64),
        lines,
        notes: vec![format!(
            "Anti-social behaviour, {} to {}. A hot spot: of all cells that are called so, about {} in 100 are expected to be chance.",
            in_words(found.from),
            in_words(found.to),
            decimal(FALSE_DISCOVERY_RATE * 100.0, 0)
        )],
        ..SectionContent::default()
    }
}

/// The map layer 'Hot spots'.
#[must_use]
pub fn layer(spots: &HotSpots) -> MapLayer {
    let spots = spots.clone();
    MapLayer::new(
        "hot-spots",
        "Hot spots of anti-social behaviour",
        Rule::May(Action::SeeIncidents),
        move |_, viewer| {
            let spots = spots.clone();
            async move {
                let found = spots.found(&viewer).await?;
                let hot = sorted(found.cells.values().filter(|cell| is_hot(cell)).collect());
                Ok(hot.into_iter().map(feature).collect())
            }
        },
    )
}

fn feature(cell: &HotCell) -> LayerFeature {
    let ring: Vec<Coord<f64>> = cell_ring(cell.cell)
        .into_iter()
        .map(|[x, y]| Coord { x, y })
        .collect();
    LayerFeature {
        geometry: Geometry::Polygon(Polygon::new(LineString(ring), Vec::new())),
        label: format!("{} reports in twelve months", cell.count),
        kind: "Hot spot".to_owned(),
        href: None,
    }
}
