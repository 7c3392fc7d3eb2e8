//! Postcodes and loaded areas, as the directory needs them.

use commonweal_core::{DbError, ReadTx, args, sql};
use commonweal_records::geography::locate::AreaIndex;
use commonweal_records::geography::postcode::Postcode;
use geo::MultiPolygon;

use crate::directory::model::distance::Point;

/// A loaded area that leaflets are printed for and services are confined to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// Where a postcode lies; none where it is not loaded.
///
/// # Errors
/// [`DbError`].
pub async fn postcode(tx: &mut ReadTx, postcode: &Postcode) -> Result<Option<Point>, DbError> {
    let text = sql!("select longitude, latitude from postcodes where postcode = $1");
    let row = tx.optional(text, args![postcode.as_str()]).await?;
    row.map(|row| Ok((row.get("longitude")?, row.get("latitude")?)))
        .transpose()
}

/// The loaded areas of these kinds, by name.
///
/// # Errors
/// [`DbError`].
pub async fn areas(tx: &mut ReadTx, kinds: &[String]) -> Result<Vec<Area>, DbError> {
    let text = sql!(
        "select areas.code, areas.name, area_sets.kind from areas join area_sets on area_sets.id = areas.area_set
         where area_sets.state = 'visible' order by lower(areas.name), areas.code"
    );
    let mut all: Vec<Area> = Vec::new();
    for row in tx.all(text, args![]).await? {
        let kind: String = row.get("kind")?;
        let area = Area {
            code: row.get("code")?,
            name: row.get("name")?,
        };
        if kinds.contains(&kind) && !all.iter().any(|known| known.code == area.code) {
            all.push(area);
        }
    }
    Ok(all)
}

/// The codes of the loaded areas that hold a point.
///
/// # Errors
/// [`DbError`].
pub async fn around(
    tx: &mut ReadTx,
    kinds: &[String],
    point: Point,
) -> Result<Vec<String>, DbError> {
    let text = sql!(
        "select areas.code, areas.geometry, area_sets.kind from areas join area_sets on area_sets.id = areas.area_set
         where area_sets.state = 'visible' and areas.west <= $1 and areas.east >= $1 and areas.south <= $2 and areas.north >= $2"
    );
    let mut codes = Vec::new();
    for row in tx.all(text, args![point.0, point.1]).await? {
        let kind: String = row.get("kind")?;
        let geometry: String = row.get("geometry")?;
        if kinds.contains(&kind)
            && shape(&geometry)
                .is_some_and(|shape| AreaIndex::new([&shape]).locate(point.0, point.1).is_some())
        {
            codes.push(row.get("code")?);
        }
    }
    Ok(codes)
}

fn shape(geometry: &str) -> Option<MultiPolygon<f64>> {
    let geometry: geojson::Geometry = geometry.parse().ok()?;
    match geo::Geometry::<f64>::try_from(geometry).ok()? {
        geo::Geometry::Polygon(polygon) => Some(polygon.into()),
        geo::Geometry::MultiPolygon(polygons) => Some(polygons),
        _ => None,
    }
}
