//! Times the way from H3 cells to corrected hot spots over 25,000 cells, about a county at resolution 9.
//!
//! Plain `Instant`s: each step runs 25 times after a warm-up, and the median and slowest are printed.

use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use h3o::{CellIndex, LatLng, Resolution};
use hotspot::{Weights, benjamini_hochberg, gi_star};

const CELLS: usize = 25_000;
const RUNS: usize = 25;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let centre = LatLng::new(54.776, -1.575)?.to_cell(Resolution::Nine);
    let mut cells: Vec<CellIndex> = centre.grid_disk(92);
    cells.truncate(CELLS);
    // Most cells empty and a few busy, as incident counts are.
    let counts: Vec<f64> = (0..cells.len())
        .map(|i| if i % 11 == 0 { (i % 37) as f64 } else { 0.0 })
        .collect();
    let weights = Weights::h3_ring(&cells)?.with_self();
    let p = |weights: &Weights| -> Result<Vec<Option<f64>>, Box<dyn std::error::Error>> {
        let result = gi_star(&counts, weights)?;
        Ok(result.iter().map(|cell| cell.map(|cell| cell.p)).collect())
    };
    let p_values = p(&weights)?;

    let mut out = std::io::stdout();
    writeln!(
        out,
        "{} cells, {} threads, {RUNS} runs: median (slowest)",
        cells.len(),
        rayon::current_num_threads()
    )?;
    let mut report = |name: &str, times: Vec<Duration>| {
        let slowest = times.last().copied().unwrap_or_default();
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        writeln!(out, "{name:<28} {median:>10.3?} ({slowest:.3?})")
    };
    report("neighbours", timed(|| Weights::h3_ring(&cells)))?;
    report("Gi* with p", timed(|| gi_star(&counts, &weights)))?;
    report(
        "false discovery rate",
        timed(|| benjamini_hochberg(&p_values, 0.05)),
    )?;
    report(
        "all of it",
        timed(|| -> Result<_, Box<dyn std::error::Error>> {
            let weights = Weights::h3_ring(&cells)?.with_self();
            Ok(benjamini_hochberg(&p(&weights)?, 0.05)?)
        }),
    )?;
    Ok(())
}

/// The sorted times of all runs.
fn timed<T>(work: impl Fn() -> T) -> Vec<Duration> {
    black_box(work());
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            black_box(work());
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times
}
