//! Context for rates: residents and deprivation of areas, and residents of cells.

use std::collections::HashMap;
use std::sync::Arc;

use commonweal_core::{DbError, ReadTx, args, sql};
use h3o::{CellIndex, LatLng, Resolution};

use super::snapshot::{AreaSet, Cells, Snapshot};

/// The measure that counts residents.
pub const POPULATION: &str = "population";
/// The measure that holds the decile of the English Indices of Deprivation (1 = most deprived).
pub const DEPRIVATION: &str = "imd_decile";

/// A postcode's point, longitude and latitude, with the residents that fall to it.
pub type Share = ((f64, f64), f64);

/// Gives areas their population and deprivation decile, and cells their share of the
/// population: that of each LSOA in equal parts to its postcodes in use. A cell without a
/// postcode has no residents; without postcodes nothing is known.
pub(super) async fn apportion(tx: &mut ReadTx, snapshot: &mut Snapshot) -> Result<(), DbError> {
    let population = newest(tx, POPULATION).await?;
    let deprivation = newest(tx, DEPRIVATION).await?;
    for set in snapshot.areas.values_mut() {
        if let Some(set) = Arc::get_mut(set) {
            set.population = by_area(set, &population);
            set.deprivation = by_area(set, &deprivation);
        }
    }
    snapshot.shares = shares(tx, snapshot, &population).await?;
    let shares = &snapshot.shares;
    for (cells, resolution) in [
        (&mut snapshot.cells9, Resolution::Nine),
        (&mut snapshot.cells8, Resolution::Eight),
    ] {
        if let (Some(cells), Some(shares)) = (Arc::get_mut(cells), shares) {
            cells.population = Some(of_cells(cells, shares, resolution));
        }
    }
    Ok(())
}

/// The newest value of a measure for each area code.
async fn newest(tx: &mut ReadTx, measure: &str) -> Result<HashMap<String, f64>, DbError> {
    let mut values = HashMap::new();
    let statement =
        sql!("select area_code, value from figures where measure = $1 order by period, area_code");
    tx.each(statement, args![measure], |row| {
        values.insert(row.at::<String>(0)?, row.at::<f64>(1)?);
        Ok(())
    })
    .await?;
    Ok(values)
}

fn by_area(set: &AreaSet, values: &HashMap<String, f64>) -> Vec<Option<f64>> {
    set.areas
        .iter()
        .map(|area| values.get(&area.code).copied())
        .collect()
}

/// Postcode points with the residents that fall to each.
async fn shares(
    tx: &mut ReadTx,
    snapshot: &Snapshot,
    population: &HashMap<String, f64>,
) -> Result<Option<Vec<Share>>, DbError> {
    let Some(lsoas) = snapshot.newest("lsoa") else {
        return Ok(None);
    };
    /// A point with the LSOA codes of both vintages.
    type Postcode = ((f64, f64), Option<String>, Option<String>);
    let mut points: Vec<Postcode> = Vec::new();
    let statement = sql!(
        "select longitude, latitude, lsoa2011, lsoa2021 from postcodes where in_use = true order by postcode"
    );
    tx.each(statement, args![], |row| {
        points.push(((row.at(0)?, row.at(1)?), row.at(2)?, row.at(3)?));
        Ok(())
    })
    .await?;
    let code_of = |older: &Option<String>, newer: &Option<String>| -> Option<String> {
        [newer, older]
            .into_iter()
            .flatten()
            .find(|code| lsoas.by_code.contains_key(*code))
            .cloned()
    };
    let mut postcodes: HashMap<String, u32> = HashMap::new();
    for (_, older, newer) in &points {
        if let Some(code) = code_of(older, newer) {
            *postcodes.entry(code).or_default() += 1;
        }
    }
    let shares: Vec<_> = points
        .iter()
        .filter_map(|(point, older, newer)| {
            let code = code_of(older, newer)?;
            Some((
                *point,
                population.get(&code)? / f64::from(*postcodes.get(&code)?),
            ))
        })
        .collect();
    Ok((!shares.is_empty()).then_some(shares))
}

impl Snapshot {
    /// Residents of every cell that has a postcode, where postcodes and population are known.
    #[must_use]
    pub fn residents(&self, resolution: Resolution) -> Option<HashMap<CellIndex, f64>> {
        let mut residents = HashMap::new();
        for ((longitude, latitude), share) in self.shares.as_ref()? {
            if let Ok(point) = LatLng::new(*latitude, *longitude) {
                *residents.entry(point.to_cell(resolution)).or_insert(0.0) += share;
            }
        }
        Some(residents)
    }
}

fn of_cells(cells: &Cells, shares: &[Share], resolution: Resolution) -> Vec<f64> {
    let index: HashMap<CellIndex, usize> = cells
        .cells
        .iter()
        .enumerate()
        .map(|(n, cell)| (*cell, n))
        .collect();
    let mut population = vec![0.0; cells.cells.len()];
    for ((longitude, latitude), residents) in shares {
        let cell = LatLng::new(*latitude, *longitude)
            .ok()
            .map(|point| point.to_cell(resolution));
        if let Some(slot) = cell.and_then(|cell| index.get(&cell)) {
            population[*slot] += residents;
        }
    }
    population
}
