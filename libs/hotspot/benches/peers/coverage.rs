//! Maximal covering: 5,000 demands and 500 sites against spopt with HiGHS, and 50,000 with 5,000 alone.

use std::error::Error;
use std::time::Instant;

use geo::{Coord, coord};
use hotspot::{CoverageOptions, Reach, Site, cover};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use crate::peer::{Peer, compare, say, timed};

pub(crate) fn run(peer: &Peer) -> Result<(), Box<dyn Error>> {
    for (demands, sites, choose, range, runs) in
        [(5_000, 500, 10, 1_000.0, 3), (50_000, 5_000, 50, 600.0, 0)]
    {
        let mut rng = ChaCha8Rng::seed_from_u64(21);
        let mut unit = || f64::from(rng.next_u32()) / f64::from(u32::MAX);
        let mut place = |index: usize| -> Coord<f64> {
            if index.is_multiple_of(3) {
                coord! { x: unit() * 20_000.0, y: unit() * 20_000.0 }
            } else {
                let town = (index % 11) as f64 * 1_700.0;
                let bell = (unit() + unit() + unit() - 1.5) * 2_500.0;
                let other = (unit() + unit() + unit() - 1.5) * 2_500.0;
                coord! { x: town + 1_500.0 + bell, y: 19_000.0 - town + other }
            }
        };
        let at: Vec<Coord<f64>> = (0..demands).map(&mut place).collect();
        let places: Vec<Coord<f64>> = (0..sites).map(&mut place).collect();
        let weights: Vec<f64> = (0..demands).map(|i| (1 + i * 7919 % 20) as f64).collect();
        let candidates: Vec<Site> = places
            .iter()
            .map(|&at| Site {
                at,
                range,
                sector: None,
            })
            .collect();
        let options = CoverageOptions {
            choose,
            kept: &[],
            nodes: 1_000_000,
        };
        let work = format!("covering {demands} demands, {sites} sites, {choose} chosen");
        if runs > 0 {
            peer.give(
                "demands",
                at.iter().zip(&weights).flat_map(|(p, w)| [p.x, p.y, *w]),
            )?;
            peer.give("sites", places.iter().flat_map(|p| [p.x, p.y]))?;
            let theirs = peer.run("covering", &[choose.to_string(), range.to_string()])?;
            let (ours, best) = timed(runs, || {
                cover(&Reach::new(&at, &candidates)?, &weights, &options, |_| true)
            });
            let best = best?;
            compare(&work, ours, "spopt with HiGHS", theirs.as_ref(), 10.0);
            say(&format!(
                "  ours {} (optimal: {}, {} nodes), greedy {}{}",
                best.covered,
                best.optimal,
                best.nodes,
                best.greedy,
                theirs.map_or_else(String::new, |t| format!("; theirs {}", t["covered"]))
            ));
            continue;
        }
        let begun = Instant::now();
        let reach = Reach::new(&at, &candidates)?;
        let best = cover(&reach, &weights, &options, |_| {
            begun.elapsed().as_secs() < 55
        })?;
        say(&format!(
            "{work}: {:.1} s; covered {} of at most {} (gap {:.3} %, optimal: {}), greedy {} (its bound {}), {} nodes",
            begun.elapsed().as_secs_f64(),
            best.covered,
            best.bound,
            100.0 * best.gap(),
            best.optimal,
            best.greedy,
            best.greedy_bound,
            best.nodes
        ));
    }
    Ok(())
}
