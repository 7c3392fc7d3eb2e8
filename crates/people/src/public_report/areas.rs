//! Whether a place lies in the partnership's area, and what it is called there.

use std::sync::{Arc, Mutex, PoisonError};

use commonweal_core::{DbError, ReadTx, args, sql};
use commonweal_records::geography::locate::AreaIndex;
use geo::MultiPolygon;
use uuid::Uuid;

/// Kinds of area of which a partnership loads its own, the most telling name first.
const OWN: [&str; 5] = ["town", "ward", "parish", "msoa", "lsoa"];
/// Kinds that name whose a place is, where they reach beyond the partnership.
const WHOSE: [&str; 6] = [
    "partnership",
    "csp",
    "lad",
    "district",
    "authority",
    "council",
];
/// Kinds whose names say something to people.
const NAMED: usize = 3;

/// Where a place lies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lies {
    /// The town, ward or parish.
    pub(super) town: Option<String>,
    /// Whether it is outside of everything that the partnership loaded as its own.
    pub(super) outside: bool,
    /// Whose it is then, where that is known.
    pub(super) whose: Option<String>,
}

struct Set {
    kind: String,
    names: Vec<String>,
    index: AreaIndex,
}

/// The loaded areas in memory, made again where what is visible changed.
#[derive(Clone, Default)]
pub(super) struct Areas(Arc<Mutex<Option<Kept>>>);

type Kept = (Vec<Uuid>, Arc<Vec<Set>>);

impl Areas {
    /// Where a point, latitude and longitude, lies.
    ///
    /// # Errors
    /// [`DbError`].
    pub(super) async fn find(
        &self,
        tx: &mut ReadTx,
        (latitude, longitude): (f64, f64),
    ) -> Result<Lies, DbError> {
        let sets = self.sets(tx).await?;
        let name = |kind: &str| {
            sets.iter().filter(|set| set.kind == kind).find_map(|set| {
                let at = set.index.locate(longitude, latitude)?;
                set.names.get(at).cloned()
            })
        };
        let town = OWN.iter().take(NAMED).find_map(|kind| name(kind));
        let inside = town.is_some() || OWN.iter().skip(NAMED).any(|kind| name(kind).is_some());
        let known = sets.iter().any(|set| OWN.contains(&set.kind.as_str()));
        let outside = known && !inside;
        Ok(Lies {
            town,
            outside,
            whose: WHOSE.iter().find_map(|kind| name(kind)).filter(|_| outside),
        })
    }

    async fn sets(&self, tx: &mut ReadTx) -> Result<Arc<Vec<Set>>, DbError> {
        let rows = tx
            .all(
                sql!("select id, kind from area_sets where state = 'visible' order by vintage desc, id"),
                args![],
            )
            .await?;
        let mut wanted: Vec<(Uuid, String)> = Vec::new();
        for row in rows {
            let kind: String = row.get("kind")?;
            let wants = OWN.contains(&kind.as_str()) || WHOSE.contains(&kind.as_str());
            // The newest of each kind.
            if wants && !wanted.iter().any(|known| known.1 == kind) {
                wanted.push((row.get("id")?, kind));
            }
        }
        let ids: Vec<Uuid> = wanted.iter().map(|set| set.0).collect();
        if let Some((known, sets)) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner)
            && *known == ids
        {
            return Ok(Arc::clone(sets));
        }
        let mut sets = Vec::new();
        for (id, kind) in wanted {
            let rows = tx
                .all(
                    sql!("select name, geometry from areas where area_set = $1 order by number"),
                    args![id],
                )
                .await?;
            let (mut names, mut shapes) = (Vec::new(), Vec::new());
            for row in rows {
                if let Some(shape) = shape(&row.get::<String>("geometry")?) {
                    names.push(row.get("name")?);
                    shapes.push(shape);
                }
            }
            sets.push(Set {
                kind,
                names,
                index: AreaIndex::new(&shapes),
            });
        }
        let sets = Arc::new(sets);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((ids, Arc::clone(&sets)));
        Ok(sets)
    }
}

fn shape(geometry: &str) -> Option<MultiPolygon<f64>> {
    let geometry: geojson::Geometry = geometry.parse().ok()?;
    match geo::Geometry::<f64>::try_from(geometry).ok()? {
        geo::Geometry::Polygon(polygon) => Some(polygon.into()),
        geo::Geometry::MultiPolygon(polygons) => Some(polygons),
        _ => None,
    }
}
