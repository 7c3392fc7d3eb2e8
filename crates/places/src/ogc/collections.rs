//! The collections: what they are called and what they hold.

use serde_json::{Value, json};

use super::CRS84;
use crate::cube::{By, Cells, Snapshot};
use crate::map::shapes::bounds;

/// A collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Collection {
    /// Its places.
    pub(super) by: By,
    /// Whether it holds counts, not only places.
    pub(super) counts: bool,
}

/// All collections, as the cube stands.
pub(super) fn all(snapshot: &Snapshot) -> Vec<Collection> {
    let mut kinds: Vec<By> = snapshot
        .areas
        .keys()
        .map(|slug| By::Area(slug.clone()))
        .collect();
    kinds.extend([By::Cell8, By::Cell9]);
    let of = |counts| {
        kinds.iter().map(move |by| Collection {
            by: by.clone(),
            counts,
        })
    };
    of(false).chain(of(true)).collect()
}

/// The collection of an id.
pub(super) fn find(snapshot: &Snapshot, id: &str) -> Option<Collection> {
    all(snapshot)
        .into_iter()
        .find(|collection| collection.id() == id)
}

impl Collection {
    /// Its id in addresses.
    pub(super) fn id(&self) -> String {
        let places = match &self.by {
            By::Area(slug) => slug.clone(),
            By::Cell8 => "cells-8".to_owned(),
            By::Cell9 => "cells-9".to_owned(),
        };
        if self.counts {
            format!("counts-{places}")
        } else {
            places
        }
    }

    /// What people call it.
    pub(super) fn title(&self, snapshot: &Snapshot) -> String {
        let places = match &self.by {
            By::Area(slug) => snapshot
                .areas
                .get(slug)
                .map_or_else(|| slug.clone(), |set| set.label()),
            By::Cell8 => "H3 cells of resolution 8".to_owned(),
            By::Cell9 => "H3 cells of resolution 9".to_owned(),
        };
        if self.counts {
            format!("Incidents by {places}")
        } else {
            places
        }
    }

    /// What it holds.
    pub(super) fn description(&self) -> &'static str {
        match (&self.by, self.counts) {
            (By::Area(_), false) => {
                "Areas with their residents and deprivation decile, where these are known."
            }
            (_, false) => {
                "Cells that hold incidents, with their residents where these could be apportioned."
            }
            (By::Area(_), true) => {
                "Incidents in each area, those without any too. Filter with type, qualifier, source and datetime \
                 (by month; the newest twelve months unless asked otherwise)."
            }
            (_, true) => {
                "Incidents in each cell that has any. Filter with type, qualifier, source and datetime (by month; the \
                 newest twelve months unless asked otherwise). Police points are snapped to map points that stand for \
                 at least eight addresses."
            }
        }
    }

    /// The cells, if it is one of cells.
    pub(super) fn cells<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a Cells> {
        match self.by {
            By::Area(_) => None,
            By::Cell8 => Some(&snapshot.cells8),
            By::Cell9 => Some(&snapshot.cells9),
        }
    }

    /// As the interface describes it (17-069r4, 7.14).
    pub(super) fn describe(&self, snapshot: &Snapshot, base: &str) -> Value {
        let at = format!("{base}/collections/{}", self.id());
        let title = self.title(snapshot);
        let mut extent = json!({});
        if let Some(frame) = self.extent(snapshot) {
            extent["spatial"] = json!({ "bbox": [frame], "crs": CRS84 });
        }
        if let (true, Some((from, to))) = (self.counts, snapshot.period()) {
            let (from, to) = (
                format!("{}T00:00:00Z", from.first_day()),
                format!("{}T23:59:59Z", to.last_day()),
            );
            extent["temporal"] = json!({ "interval": [[from, to]], "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian" });
        }
        let mut collection = json!({
            "id": self.id(),
            "title": title,
            "description": self.description(),
            "itemType": "feature",
            "crs": [CRS84],
            "links": [
                { "href": format!("{at}?f=json"), "rel": "self", "type": "application/json", "title": title },
                { "href": format!("{at}?f=html"), "rel": "alternate", "type": "text/html", "title": title },
                { "href": format!("{at}/items?f=json"), "rel": "items", "type": "application/geo+json", "title": "Features" },
                { "href": format!("{at}/items?f=html"), "rel": "items", "type": "text/html", "title": "Features as a page" },
            ],
        });
        if extent.as_object().is_some_and(|extent| !extent.is_empty()) {
            collection["extent"] = extent;
        }
        collection
    }

    fn extent(&self, snapshot: &Snapshot) -> Option<[f64; 4]> {
        let Some(cells) = self.cells(snapshot) else {
            let By::Area(slug) = &self.by else {
                return None;
            };
            return bounds(
                snapshot
                    .areas
                    .get(slug)?
                    .areas
                    .iter()
                    .map(|area| &area.geometry),
            );
        };
        cells
            .cells
            .iter()
            .map(|cell| h3o::LatLng::from(*cell))
            .fold(None, |all, centre| {
                let (x, y) = (centre.lng(), centre.lat());
                let [west, south, east, north] = all.unwrap_or([x, y, x, y]);
                Some([west.min(x), south.min(y), east.max(x), north.max(y)])
            })
    }
}
