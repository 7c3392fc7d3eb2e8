//! A street file as data.police.uk writes it, made from a seed: snap points over County
//! Durham, 84 months of one force, the mix of crime types of 2021.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Result;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const HEADER: &str = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,Last outcome category,Context";
/// How many map points: police.uk has about 9,300 with anti-social behaviour in the county.
const POINTS: usize = 12_000;
const MONTHS: u32 = 84;
/// Types with their share in a hundred.
const TYPES: [(&str, u32); 8] = [
    ("Anti-social behaviour", 25),
    ("Violence and sexual offences", 33),
    ("Criminal damage and arson", 11),
    ("Public order", 11),
    ("Other theft", 8),
    ("Shoplifting", 6),
    ("Burglary", 4),
    ("Drugs", 2),
];

/// Writes `rows` rows.
pub(crate) fn write(path: &Path, rows: u64, seed: u64) -> Result<()> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let points: Vec<(f64, f64, u32)> = (0..POINTS)
        .map(|_| {
            (
                random.random_range(-2.30..-1.25),
                random.random_range(54.50..54.90),
                random.random_range(0..330),
            )
        })
        .collect();
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    writeln!(out, "{HEADER}")?;
    for row in 0..rows {
        let month = u32::try_from(row * u64::from(MONTHS) / rows)?;
        let (year, month) = (2018 + month / 12, month % 12 + 1);
        // Busy points are much busier than quiet ones.
        let draw: f64 = random.random();
        let (longitude, latitude, area) = points[((draw * draw * draw) * POINTS as f64) as usize];
        let mut share = random.random_range(0..100);
        let kind = TYPES
            .iter()
            .find(|(_, of)| {
                let hit = share < *of;
                share = share.saturating_sub(*of);
                hit
            })
            .map_or("Drugs", |(name, _)| name);
        if kind == "Anti-social behaviour" {
            write!(out, ",")?;
        } else {
            write!(
                out,
                "{:016x}{:016x}{:016x}{:016x},",
                random.next_u64(),
                random.next_u64(),
                random.next_u64(),
                random.next_u64()
            )?;
        }
        writeln!(
            out,
            "{year}-{month:02},Durham Constabulary,Durham Constabulary,{longitude:.6},{latitude:.6},On or near Street {area},E{:08},County Durham {area:03}A,{kind},{},",
            1_020_000 + area,
            if kind == "Anti-social behaviour" {
                ""
            } else {
                "Investigation complete; no suspect identified"
            }
        )?;
    }
    out.flush()?;
    Ok(())
}
