//! How well do hot spot maps foretell anti-social behaviour in County Durham?
//!
//! For each month of 2025 the cells of most incidents are chosen from the months before, by several
//! methods, and judged by what that month brought: the figures of `docs/methods/accuracy.md`.
//!
//! ```text
//! cargo run --release -p hotspot --example durham -- /path/to/shared/data
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use geo::{Coord, coord};
use h3o::{CellIndex, LatLng, Resolution};
use hotspot::{Kernel, Plane, Weights, accuracy, choose_areas, density_at, gi_star};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The county in square kilometres.
const COUNTY: f64 = 2_226.0;
const BEFORE: [&str; 4] = ["2024-01", "2024-02", "2024-03", "2024-04"];
const MONTHS: [&str; 9] = [
    "2025-01", "2025-02", "2025-03", "2025-04", "2025-05", "2025-06", "2025-07", "2025-08",
    "2025-09",
];
const SHARES: [f64; 2] = [0.01, 0.02];

fn main() -> Outcome<()> {
    let data = std::env::args()
        .nth(1)
        .ok_or("give the folder of the data")?;
    let data = Path::new(&data);
    let mut cells: BTreeMap<CellIndex, usize> = BTreeMap::new();
    let mut months: Vec<Vec<usize>> = Vec::new();
    let mut points: Vec<Vec<Coord<f64>>> = Vec::new();
    for month in BEFORE.iter().chain(&MONTHS) {
        let at = incidents(&data.join(format!("police/durham/{month}-durham-street.csv.gz")))?;
        let mut own = Vec::new();
        for place in &at {
            let cell = LatLng::new(place.y, place.x)?.to_cell(Resolution::Nine);
            let next = cells.len();
            own.push(*cells.entry(cell).or_insert(next));
        }
        months.push(own);
        points.push(at);
    }
    let people = residents(data)?;
    for cell in people.keys() {
        let next = cells.len();
        cells.entry(*cell).or_insert(next);
    }
    // Cells where nothing ever happened and nobody lives are all alike: one entry each, up to the county.
    let each = cells.keys().next().map_or(0.1, |cell| cell.area_km2());
    let n = ((COUNTY / each) as usize).max(cells.len());
    let mut names: Vec<Option<CellIndex>> = vec![None; n];
    for (cell, place) in &cells {
        names[*place] = Some(*cell);
    }
    let counts: Vec<Vec<u64>> = months
        .iter()
        .map(|month| {
            let mut counts = vec![0; n];
            for &cell in month {
                counts[cell] += 1;
            }
            counts
        })
        .collect();
    let population: Vec<f64> = names
        .iter()
        .map(|cell| {
            cell.and_then(|cell| people.get(&cell))
                .copied()
                .unwrap_or(0.0)
        })
        .collect();
    let all: Vec<Coord<f64>> = points.iter().flatten().copied().collect();
    let plane = Plane::around(&all)?;
    let known: Vec<CellIndex> = names.iter().flatten().copied().collect();
    let weights = Weights::h3_ring(&known)?.with_self();
    let middles: Vec<Coord<f64>> = known
        .iter()
        .map(|&cell| {
            let middle = LatLng::from(cell);
            plane.metres(coord! { x: middle.lng(), y: middle.lat() })
        })
        .collect();

    let mut out = std::io::stdout();
    writeln!(
        out,
        "{n} cells of {each:.3} km²; mean of the nine months of 2025"
    )?;
    writeln!(
        out,
        "| chosen | method | hit rate | PAI | PEI | RRI |\n|---|---|---|---|---|---|"
    )?;
    for share in SHARES {
        let mut sums: BTreeMap<&str, [f64; 4]> = BTreeMap::new();
        for number in 0..MONTHS.len() {
            let target = BEFORE.len() + number;
            let sum = |from: usize| -> Vec<u64> {
                (0..n)
                    .map(|cell| counts[from..target].iter().map(|m| m[cell]).sum())
                    .collect()
            };
            let float = |counts: &[u64]| -> Vec<f64> { counts.iter().map(|&c| c as f64).collect() };
            let earlier = sum(0);
            let recent = sum(target.saturating_sub(4));
            let gi = gi_star(&float(&earlier[..known.len()]), &weights)?;
            let mut hot: Vec<f64> = gi
                .iter()
                .map(|gi| gi.map_or(0.0, |gi| gi.z.max(0.0)))
                .collect();
            hot.resize(n, 0.0);
            let at: Vec<Coord<f64>> = points[..target]
                .iter()
                .flatten()
                .map(|&place| plane.metres(place))
                .collect();
            let mut smooth = density_at(&at, None, &middles, Kernel::Quartic, 300.0)?;
            smooth.resize(n, 0.0);
            let last_year: Vec<u64> = (0..n)
                .map(|cell| counts[..BEFORE.len()].iter().map(|m| m[cell]).sum())
                .collect();
            for (method, scores) in [
                ("all months before, counts", float(&earlier)),
                ("the four months before, counts", float(&recent)),
                ("last month, counts", float(&counts[target - 1])),
                ("Gi* over all months before", hot),
                ("density, 300 m, all months before", smooth),
                (
                    "baseline: last year's counts (January to April 2024)",
                    float(&last_year),
                ),
                ("baseline: residents", population.clone()),
            ] {
                let sizes = vec![each; n];
                let chosen = choose_areas(&scores, &sizes, share)?;
                let judged =
                    accuracy(&chosen, &sizes, &earlier, &counts[target])?.ok_or("nothing")?;
                let entry = sums.entry(method).or_default();
                let found = [
                    judged.hit_rate,
                    judged.pai,
                    judged.pei.unwrap_or(0.0),
                    judged.rri.unwrap_or(0.0),
                ];
                for (sum, value) in entry.iter_mut().zip(found) {
                    *sum += value / MONTHS.len() as f64;
                }
            }
        }
        for (method, [hits, pai, pei, rri]) in sums {
            writeln!(
                out,
                "| {:.0} % | {method} | {:.1} % | {pai:.1} | {pei:.2} | {rri:.2} |",
                100.0 * share,
                100.0 * hits
            )?;
        }
    }
    Ok(())
}

/// Places of anti-social behaviour in the county: longitude and latitude.
fn incidents(file: &Path) -> Outcome<Vec<Coord<f64>>> {
    let mut reader = csv::Reader::from_reader(MultiGzDecoder::new(File::open(file)?));
    let mut at = Vec::new();
    for row in reader.records() {
        let row = row?;
        let here = row
            .get(8)
            .is_some_and(|name| name.starts_with("County Durham"));
        if here && row.get(9) == Some("Anti-social behaviour") {
            let number = |column: usize| row.get(column).unwrap_or("").parse::<f64>();
            at.push(coord! { x: number(4)?, y: number(5)? });
        }
    }
    Ok(at)
}

/// Residents by cell: each area's shared out equally among its postcodes.
fn residents(data: &Path) -> Outcome<BTreeMap<CellIndex, f64>> {
    let file = data.join("lookups/postcode_latlon_lsoa_durham_darlington_derived.csv.gz");
    let mut reader = csv::Reader::from_reader(MultiGzDecoder::new(File::open(file)?));
    let mut postcodes: BTreeMap<String, Vec<CellIndex>> = BTreeMap::new();
    for row in reader.records() {
        let row = row?;
        let number = |column: usize| row.get(column).unwrap_or("").parse::<f64>();
        if row.get(2) == Some("E06000047") {
            let cell = LatLng::new(number(4)?, number(5)?)?.to_cell(Resolution::Nine);
            postcodes
                .entry(row.get(7).unwrap_or("").to_owned())
                .or_default()
                .push(cell);
        }
    }
    let file = data.join("context/census2021_usual_residents_lsoa2021_north_east.csv");
    let mut people = BTreeMap::new();
    for row in csv::Reader::from_reader(File::open(file)?).records() {
        let row = row?;
        let Some(cells) = postcodes.get(row.get(0).unwrap_or("")) else {
            continue;
        };
        let residents: f64 = row.get(1).unwrap_or("").parse()?;
        for cell in cells {
            *people.entry(*cell).or_insert(0.0) += residents / cells.len() as f64;
        }
    }
    Ok(people)
}
