//! The prospective space-time permutation scan against a plain compiled reference.

use std::error::Error;

use geo::{Coord, coord};
use hotspot::{ScanCase, ScanModel, ScanOptions, Windows, Zones, scan};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use crate::peer::{Peer, compare, say, timed};

const PERIODS: usize = 365;
const LONGEST: usize = 28;

pub(crate) fn run(peer: &Peer) -> Result<(), Box<dyn Error>> {
    for (cases, replicates, runs) in [(1_000, 999, 1), (10_000, 9, 1), (10_000, 99, 1)] {
        // Every case at a place of its own, as the hardest, and a small outbreak in the last ten days.
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let mut unit = || f64::from(rng.next_u32()) / f64::from(u32::MAX);
        let mut places: Vec<Coord<f64>> = Vec::new();
        let mut days = Vec::new();
        for case in 0..cases {
            let outbreak = case % 100 == 0;
            let (side, first) = if outbreak {
                (3_000.0, 355.0)
            } else {
                (50_000.0, 0.0)
            };
            places.push(coord! { x: unit() * side, y: unit() * side });
            days.push((first + unit() * (365.0 - first)).floor().min(364.0));
        }
        peer.give(
            "cases",
            places.iter().zip(&days).flat_map(|(p, t)| [p.x, p.y, *t]),
        )?;
        let arguments = [
            PERIODS.to_string(),
            LONGEST.to_string(),
            replicates.to_string(),
        ];
        // The reference would need ten minutes for the last one.
        let theirs = if cases == 10_000 && replicates > 9 {
            None
        } else {
            peer.run("scan", &arguments)?
        };
        let at: Vec<ScanCase> = days
            .iter()
            .enumerate()
            .map(|(location, &day)| ScanCase {
                location,
                period: day as usize,
            })
            .collect();
        let options = ScanOptions {
            windows: Windows::Prospective { longest: LONGEST },
            least_cases: 2,
            replicates,
            clusters: 1,
            seed: 1,
        };
        let (ours, found) = timed(runs, || {
            let zones = Zones::circles(&places, &vec![1.0; places.len()], 0.5, None)?;
            scan(&at, PERIODS, &zones, ScanModel::Permutation, &options)
        });
        let work = format!("space-time permutation scan, {cases} cases, {replicates} replicates");
        compare(&work, ours, "plain numba reference", theirs.as_ref(), 10.0);
        let found = found?;
        let first = found.first().ok_or("no cluster")?;
        say(&format!(
            "  ours: LLR {:.6}, {} places, days {} to {}, p {:.3}{}",
            first.log_likelihood_ratio,
            first.locations.len(),
            first.from,
            first.to,
            first.test.p_high(),
            theirs.map_or_else(String::new, |t| format!("; theirs: {t}"))
        ));
    }
    Ok(())
}
