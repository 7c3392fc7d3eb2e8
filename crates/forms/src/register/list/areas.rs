//! Where and whose: agencies and wards that a list is filtered by.

use commonweal_core::{DbError, ReadTx, args, sql};
use commonweal_records::geography::locate::cells_within;
use geo::MultiPolygon;
use h3o::Resolution;
use uuid::Uuid;

use crate::definition::Definition;

/// The active agencies, by name.
pub(super) async fn agencies(tx: &mut ReadTx) -> Result<Vec<(Uuid, String)>, DbError> {
    let rows = tx
        .all(
            sql!("select id, name from agencies where active order by lower(name), id"),
            args![],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("id")?, row.get("name")?)))
        .collect()
}

/// The wards that are loaded, newest boundaries only, where the register has places.
pub(super) async fn areas(
    tx: &mut ReadTx,
    definition: &Definition,
) -> Result<Vec<(String, String)>, DbError> {
    if definition.place.is_none() {
        return Ok(Vec::new());
    }
    let rows = tx
        .all(
            sql!(
                "select areas.code, areas.name from areas where areas.area_set =
                   (select id from area_sets where kind = 'ward' and state = 'visible' order by vintage desc limit 1)
                 order by areas.name, areas.code limit 500"
            ),
            args![],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("code")?, row.get("name")?)))
        .collect()
}

/// The cells of an area of the newest visible set that has its code; none where there is none.
pub(crate) async fn cells_of(tx: &mut ReadTx, code: &str) -> Result<Vec<i64>, DbError> {
    let row = tx
        .optional(
            sql!(
                "select areas.geometry from areas join area_sets on area_sets.id = areas.area_set
                 where areas.code = $1 and area_sets.state = 'visible' order by area_sets.vintage desc limit 1"
            ),
            args![code],
        )
        .await?;
    let Some(row) = row else {
        return Ok(Vec::new());
    };
    let text: String = row.get("geometry")?;
    let shape = text
        .parse::<geojson::Geometry>()
        .ok()
        .and_then(|geometry| geo::Geometry::<f64>::try_from(&geometry).ok());
    let shape = match shape {
        Some(geo::Geometry::Polygon(polygon)) => MultiPolygon(vec![polygon]),
        Some(geo::Geometry::MultiPolygon(polygons)) => polygons,
        _ => return Ok(Vec::new()),
    };
    Ok(cells_within(&shape, Resolution::Nine)
        .into_iter()
        .filter_map(|cell| i64::try_from(u64::from(cell)).ok())
        .collect())
}
