//! Hot cells as GeoJSON.

use h3o::CellIndex;
use serde_json::{Map, Value, json};

use super::{Asked, Cluster, HotCells};

/// A feature collection of the cells, with what was asked and chosen as the member `commonweal`.
#[must_use]
pub fn cells_geojson(hot: &HotCells, asked: &Asked) -> Value {
    let features: Vec<Value> = hot
        .cells
        .iter()
        .map(|cell| {
            let mut properties = Map::new();
            properties.insert("cell".to_owned(), json!(cell.cell.to_string()));
            properties.insert("count".to_owned(), json!(cell.count));
            properties.insert("rate_per_1000".to_owned(), json!(cell.rate_per_1000));
            add_cluster(&mut properties, &cell.cluster);
            json!({
                "type": "Feature",
                "id": cell.cell.to_string(),
                "geometry": {"type": "Polygon", "coordinates": [ring(cell.cell)]},
                "properties": properties,
            })
        })
        .collect();
    json!({
        "type": "FeatureCollection",
        "commonweal": {"asked": asked, "counted": hot.counted, "dropped": hot.dropped},
        "features": features,
    })
}

/// Writes what Gi* says into a feature's properties.
pub(super) fn add_cluster(properties: &mut Map<String, Value>, cluster: &Cluster) {
    properties.insert("gi_star_z".to_owned(), json!(cluster.gi_star_z));
    properties.insert("gi_star_p".to_owned(), json!(cluster.gi_star_p));
    properties.insert("significant".to_owned(), json!(cluster.significant));
}

/// The cell's outline, counter-clockwise and closed (RFC 7946), seven decimals (about 1 cm).
fn ring(cell: CellIndex) -> Vec<[f64; 2]> {
    let round = |value: f64| (value * 1e7).round() / 1e7;
    let mut ring: Vec<[f64; 2]> = cell
        .boundary()
        .iter()
        .map(|corner| [round(corner.lng()), round(corner.lat())])
        .collect();
    if let Some(first) = ring.first().copied() {
        ring.push(first);
    }
    ring
}
