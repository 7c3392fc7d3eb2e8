//! Hot spots over polygons with a number each, or with incidents counted in them.

use commonweal_records::geography::locate::AreaIndex;
use geo::{Geometry, MultiPolygon};
use geojson::{FeatureCollection, GeoJson};
use hotspot::{Weights, suggested_tolerance};
use serde_json::{Map, Value, json};

use super::output::add_cluster;
use super::{HotSpotError, clusters};

/// What to do with the polygons.
#[derive(Debug, Clone, Default)]
pub struct PolygonOptions {
    /// The numeric property to look at; without one, incidents are counted.
    pub value: Option<String>,
    /// A property that holds residents, for rates of counted incidents.
    pub population: Option<String>,
}

/// The polygons of a GeoJSON text with Gi* added, in their order and with their properties.
/// Neighbours share a corner or an edge (queen); any planar coordinates will do.
///
/// # Errors
/// [`HotSpotError`] where the text is no polygons, a value is missing or no number.
pub fn polygons(
    text: &str,
    options: &PolygonOptions,
    points: &[Option<(f64, f64)>],
) -> Result<Value, HotSpotError> {
    let mut collection = read(text)?;
    let shapes = shapes(&collection)?;
    let (values, dropped) = match &options.value {
        Some(name) => (values(&collection, name)?, None),
        None => {
            let index = AreaIndex::new(&shapes);
            let mut counts = vec![0.0; shapes.len()];
            let mut dropped = 0_u64;
            for point in points {
                match point.and_then(|(x, y)| index.locate(x, y)) {
                    Some(area) => counts[area] += 1.0,
                    None => dropped += 1,
                }
            }
            (counts, Some(dropped))
        }
    };
    let weights = Weights::queen(&shapes, suggested_tolerance(&shapes))
        .map_err(|e| HotSpotError::new(e.to_string()))?;
    let found = clusters(&values, &weights)?;
    for ((feature, value), cluster) in collection.features.iter_mut().zip(&values).zip(&found) {
        let properties = feature.properties.get_or_insert_with(Map::new);
        if options.value.is_none() {
            properties.insert("count".to_owned(), json!(*value as u64));
            let residents = options
                .population
                .as_ref()
                .and_then(|name| properties.get(name))
                .and_then(Value::as_f64)
                .filter(|n| *n > 0.0);
            properties.insert(
                "rate_per_1000".to_owned(),
                json!(residents.map(|n| value * 1_000.0 / n)),
            );
        }
        add_cluster(properties, cluster);
    }
    let mut out =
        serde_json::to_value(&collection).map_err(|e| HotSpotError::new(e.to_string()))?;
    if let (Some(object), Some(dropped)) = (out.as_object_mut(), dropped) {
        object.insert("commonweal".to_owned(), json!({"dropped": dropped}));
    }
    Ok(out)
}

fn read(text: &str) -> Result<FeatureCollection, HotSpotError> {
    match text.trim_start_matches('\u{feff}').parse::<GeoJson>() {
        Ok(GeoJson::FeatureCollection(collection)) if !collection.features.is_empty() => {
            Ok(collection)
        }
        Ok(_) => Err(HotSpotError::new(
            "the areas file is not a GeoJSON FeatureCollection with features",
        )),
        Err(error) => Err(HotSpotError::new(format!(
            "the areas file is not GeoJSON: {error}"
        ))),
    }
}

fn shapes(collection: &FeatureCollection) -> Result<Vec<MultiPolygon<f64>>, HotSpotError> {
    collection
        .features
        .iter()
        .enumerate()
        .map(|(n, feature)| {
            let geometry = feature
                .geometry
                .clone()
                .and_then(|geometry| Geometry::try_from(geometry).ok());
            match geometry {
                Some(Geometry::Polygon(shape)) => Ok(MultiPolygon(vec![shape])),
                Some(Geometry::MultiPolygon(shape)) => Ok(shape),
                _ => Err(HotSpotError::new(format!(
                    "feature {} of the areas file is not a polygon",
                    n + 1
                ))),
            }
        })
        .collect()
}

fn values(collection: &FeatureCollection, name: &str) -> Result<Vec<f64>, HotSpotError> {
    collection
        .features
        .iter()
        .enumerate()
        .map(|(n, feature)| {
            let value = feature
                .properties
                .as_ref()
                .and_then(|properties| properties.get(name));
            match value {
                Some(value) => value.as_f64().filter(|v| v.is_finite()).ok_or_else(|| {
                    HotSpotError::new(format!(
                        "property '{name}' of feature {} is {value}, which is no number",
                        n + 1
                    ))
                }),
                None => {
                    let mut names: Vec<_> = collection
                        .features
                        .iter()
                        .filter_map(|feature| feature.properties.as_ref())
                        .flat_map(|properties| properties.iter())
                        .filter(|(_, value)| value.is_number())
                        .map(|(name, _)| name.as_str())
                        .collect();
                    names.sort_unstable();
                    names.dedup();
                    Err(HotSpotError::new(format!(
                        "feature {} has no property '{name}'; numeric properties are: {}",
                        n + 1,
                        names.join(", ")
                    )))
                }
            }
        })
        .collect()
}
