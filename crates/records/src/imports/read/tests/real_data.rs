//! Against `../shared/data`; skipped, and said so, where that is absent.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::time::Instant;

use super::super::Step;
use super::super::context::ContextReader;
use super::super::postcodes::PostcodeReader;
use super::super::source::{Limits, Wanted, plan, plan_upload};
use super::*;
use crate::geography::postcode::Postcode;

/// The table of the data's README: month → (rows, ASB rows, rows without a place).
fn told(readme: &str) -> BTreeMap<String, (u64, u64, u64)> {
    let mut told = BTreeMap::new();
    for line in readme.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, month, rows, asb, _, no_place, ..] = cells[..]
            && let (Ok(_), Ok(rows), Ok(asb), Ok(no_place)) = (
                month.parse::<crate::Month>(),
                rows.parse(),
                asb.parse(),
                no_place.parse(),
            )
        {
            told.insert(month.to_owned(), (rows, asb, no_place));
        }
    }
    told
}

#[test]
fn the_42_durham_months_give_exactly_their_rows() {
    let (Some(folder), Some(readme)) = (shared("police/durham"), shared("README.md")) else {
        return;
    };
    let told = told(&std::fs::read_to_string(readme).unwrap());
    assert_eq!(told.len(), 42);
    let found = plan(&[folder], Wanted::PoliceStreet, &Limits::default()).unwrap();
    assert_eq!((found.sources.len(), found.skipped.len()), (42, 13));
    let (mut rows, mut asb) = (0, 0);
    let start = Instant::now();
    for source in &found.sources {
        let input = source.open().unwrap();
        let mut reader = StreetReader::open(&input.name, input.reader, today()).unwrap();
        while let Some(step) = reader.next_row().unwrap() {
            if let Step::Reject(reject) = step {
                panic!("{}: {reject}", source.name);
            }
        }
        let counts = reader.counts();
        let month = reader.named_month().unwrap().to_string();
        assert_eq!(
            (counts.rows, counts.asb_rows, counts.no_place),
            told[&month],
            "{month}"
        );
        assert!(counts.unknown_types.is_empty(), "{counts:?}");
        rows += counts.rows;
        asb += counts.asb_rows;
        // And by counting lines, which no field of these files breaks.
        let lines = BufReader::new(source.open().unwrap().reader)
            .lines()
            .map(Result::unwrap);
        let (mut all, mut nuisance) = (0, 0);
        for line in lines.skip(1) {
            all += 1;
            nuisance += u64::from(line.contains(",Anti-social behaviour,"));
        }
        assert_eq!((counts.rows, counts.asb_rows), (all, nuisance), "{month}");
    }
    eprintln!(
        "{rows} rows, {asb} ASB, read twice in {:.2} s",
        start.elapsed().as_secs_f64()
    );
}

#[test]
fn the_other_forces_are_read_without_a_reject() {
    for force in ["police/cleveland", "police/northumbria"] {
        let Some(folder) = shared(force) else { return };
        for source in plan(&[folder], Wanted::PoliceStreet, &Limits::default())
            .unwrap()
            .sources
        {
            let input = source.open().unwrap();
            let mut reader = StreetReader::open(&input.name, input.reader, today()).unwrap();
            while let Some(step) = reader.next_row().unwrap() {
                if let Step::Reject(reject) = step {
                    panic!("{}: {reject}", source.name);
                }
            }
            assert!(reader.counts().rows > 1_000, "{}", source.name);
        }
    }
}

type Positions = BTreeMap<Postcode, Option<(f64, f64)>>;

fn postcodes(path: &str) -> Option<(Positions, Vec<String>, u64)> {
    let path = shared(path)?;
    let source = plan_upload(&path, "postcodes", Wanted::Csv, &Limits::default())
        .unwrap()
        .sources
        .remove(0);
    let mut reader = PostcodeReader::open("postcodes", source.open().unwrap().reader).unwrap();
    let areas = reader
        .areas()
        .iter()
        .map(|a| format!("{} {:?}", a.kind, a.vintage))
        .collect();
    let (mut positions, mut terminated) = (BTreeMap::new(), 0);
    while let Some(step) = reader.next_row().unwrap() {
        match step {
            Step::Row(row) => {
                terminated += u64::from(row.terminated.is_some());
                positions.insert(row.postcode, row.point);
            }
            Step::Reject(reject) => panic!("{reject}"),
        }
    }
    Some((positions, areas, terminated))
}

/// Metres between two near points.
fn metres(a: (f64, f64), b: (f64, f64)) -> f64 {
    let x = (a.0 - b.0) * 111_320.0 * a.1.to_radians().cos();
    let y = (a.1 - b.1) * 111_320.0;
    x.hypot(y)
}

#[test]
fn postcode_directories_agree_and_so_does_the_grid() {
    let Some((grid, areas, _)) =
        postcodes("lookups/codepoint_open_2025.4.0_durham_darlington.csv.gz")
    else {
        return;
    };
    assert_eq!(areas, ["lad None", "ward None"]);
    assert_eq!(grid.len(), 19_522);
    let Some((degrees, areas, _)) =
        postcodes("lookups/postcode_latlon_lsoa_durham_darlington_derived.csv.gz")
    else {
        return;
    };
    assert_eq!(
        areas,
        [
            "lad None",
            "ward Some(2025)",
            "lsoa Some(2011)",
            "lsoa Some(2021)"
        ]
    );
    let errors: Vec<f64> = grid
        .iter()
        .filter_map(|(code, a)| Some(metres((*a)?, (*degrees.get(code)?)?)))
        .collect();
    let mean = errors.iter().sum::<f64>() / errors.len() as f64;
    let most = errors.iter().copied().fold(0.0, f64::max);
    eprintln!(
        "grid against degrees: {} postcodes, mean {mean:.3} m, most {most:.3} m",
        errors.len()
    );
    assert!(
        errors.len() > 19_000 && mean < 1.0 && most < 3.0,
        "{mean} {most}"
    );

    let Some((nspl, areas, terminated)) = postcodes("lookups/nspl_nov2021_SR_county_durham.csv")
    else {
        return;
    };
    assert!(areas.contains(&"lsoa Some(2011)".to_owned()), "{areas:?}");
    assert_eq!(nspl.len(), 2_258);
    assert!(terminated > 300, "{terminated}");
    let errors: Vec<f64> = nspl
        .iter()
        .filter_map(|(code, a)| Some(metres((*a)?, (*grid.get(code)?)?)))
        .collect();
    let mut sorted = errors.clone();
    sorted.sort_by(f64::total_cmp);
    let median = sorted[sorted.len() / 2];
    eprintln!(
        "grid against NSPL: {} postcodes, median {median:.3} m",
        errors.len()
    );
    assert!(
        errors.len() > 1_700 && median < 5.0,
        "{} {median}",
        errors.len()
    );
}

#[test]
fn every_context_file_is_recognised() {
    let Some(folder) = shared("context") else {
        return;
    };
    let mut seen = BTreeSet::new();
    for source in plan(&[folder], Wanted::Csv, &Limits::default())
        .unwrap()
        .sources
    {
        let mut reader =
            ContextReader::open(&source.name, source.open().unwrap().reader, None).unwrap();
        let (key, vintage) = (reader.shape().key.clone(), reader.shape().vintage);
        assert!(
            source.name.contains(&format!("lsoa{vintage}")),
            "{} as {key}",
            source.name
        );
        let mut figures: BTreeMap<String, (u64, f64)> = BTreeMap::new();
        while let Some(step) = reader.next_figure().unwrap() {
            match step {
                Step::Row(figure) => {
                    let entry = figures.entry(figure.measure.to_owned()).or_default();
                    entry.0 += 1;
                    entry.1 += figure.value;
                }
                Step::Reject(reject) => panic!("{}: {reject}", source.name),
            }
        }
        let areas = if vintage == 2011 { 1_657 } else { 1_682 };
        let full = figures.values().filter(|(n, _)| *n == areas).count();
        eprintln!(
            "{}: {key}, {} measures, {full} of them for every area",
            source.name,
            figures.len()
        );
        assert!(full > 0, "{}", source.name);
        if key == "census2021-tenure" {
            assert_eq!(figures.len(), 8);
        }
        if key == "rural-urban-2011" {
            assert_eq!(figures["rural"], (1_657, 291.0));
        }
        seen.insert(key);
    }
    assert_eq!(seen.len(), 12, "{seen:?}");
}

#[test]
fn county_durham_s_population_adds_up() {
    let Some(path) = shared("context/population_mid2020_single_year_lsoa2011_north_east.csv")
    else {
        return;
    };
    let Some(names) = shared("lookups/lsoa2011_lsoa2021_lad2022_north_east.csv") else {
        return;
    };
    let names = std::fs::read_to_string(names).unwrap();
    let county: BTreeSet<&str> = names
        .lines()
        .filter(|l| l.ends_with("E06000047"))
        .filter_map(|l| l.split(',').nth(1))
        .collect();
    let file = std::fs::File::open(path).unwrap();
    let mut reader = ContextReader::open("population", file, None).unwrap();
    let mut sum = 0.0;
    while let Some(step) = reader.next_figure().unwrap() {
        if let Step::Row(figure) = step
            && county.contains(figure.area)
        {
            sum += figure.value;
        }
    }
    assert_eq!(sum, 533_149.0);
}
