//! Area sets in the cube, and the area of every location.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use commonweal_core::{DbError, ReadTx, args, sql};
use commonweal_records::geography::locate::AreaIndex;
use geo::{Geometry, MultiPolygon};

use super::snapshot::{Area, AreaSet, NONE, Snapshot};

pub(super) async fn load_sets(
    tx: &mut ReadTx,
    snapshot: &Snapshot,
) -> Result<BTreeMap<String, Arc<AreaSet>>, DbError> {
    let mut sets = BTreeMap::new();
    let rows = tx
        .all(sql!("select id, kind, vintage from area_sets where state = 'visible' order by kind, vintage"), args![])
        .await?;
    for row in rows {
        let mut set = AreaSet {
            kind: row.get("kind")?,
            vintage: row.get("vintage")?,
            id: row.get("id")?,
            areas: load_areas(tx, row.get("id")?).await?,
            by_code: HashMap::new(),
            of_location: Vec::new(),
            population: Vec::new(),
            deprivation: Vec::new(),
        };
        set.by_code = (0_u32..)
            .zip(&set.areas)
            .map(|(n, area)| (area.code.clone(), n))
            .collect();
        place(&mut set, snapshot);
        sets.insert(set.slug(), Arc::new(set));
    }
    Ok(sets)
}

async fn load_areas(tx: &mut ReadTx, set: uuid::Uuid) -> Result<Vec<Area>, DbError> {
    tx.all(
        sql!("select code, name, geometry from areas where area_set = $1 order by number"),
        args![set],
    )
    .await?
    .iter()
    .map(|row| {
        let text: String = row.get("geometry")?;
        Ok(Area {
            code: row.get("code")?,
            name: row.get("name")?,
            geometry: shape(&text),
        })
    })
    .collect()
}

/// The stored shape; our own import wrote it, so anything else holds nothing.
fn shape(text: &str) -> MultiPolygon<f64> {
    let geometry = text
        .parse::<geojson::Geometry>()
        .ok()
        .and_then(|geometry| Geometry::try_from(geometry).ok());
    match geometry {
        Some(Geometry::MultiPolygon(shape)) => shape,
        Some(Geometry::Polygon(shape)) => MultiPolygon(vec![shape]),
        _ => MultiPolygon(Vec::new()),
    }
}

/// Places every location: by the code that the source gave where this set has it, else by
/// its point. A month of another LSOA vintage is thereby placed by point.
fn place(set: &mut AreaSet, snapshot: &Snapshot) {
    let index = AreaIndex::new(set.areas.iter().map(|area| &area.geometry));
    let of_code: Vec<u32> = snapshot
        .codes
        .iter()
        .map(|code| set.by_code.get(code).copied().unwrap_or(NONE))
        .collect();
    set.of_location = snapshot
        .locations
        .iter()
        .map(|location| {
            let by_code = of_code.get(location.code as usize).copied().unwrap_or(NONE);
            if by_code != NONE {
                return by_code;
            }
            location
                .point
                .and_then(|(longitude, latitude)| index.locate(longitude, latitude))
                .and_then(|area| u32::try_from(area).ok())
                .unwrap_or(NONE)
        })
        .collect();
}
