//! Knox with 999 permutations: 5,000 events against pointpats, 25,000 against a KD-tree pair list of scipy.

use std::error::Error;

use geo::{Coord, coord};
use hotspot::{KnoxBands, Metric, knox};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use crate::peer::{Peer, compare, say, timed};

const PERMUTATIONS: u32 = 999;

pub(crate) fn run(peer: &Peer) -> Result<(), Box<dyn Error>> {
    for (events, script, name, goal) in [
        (5_000, "knox_pointpats", "pointpats", 100.0),
        (25_000, "knox_scipy", "scipy pair list", 5.0),
    ] {
        // A county's year: places on a 50 km square, half of them in a few towns, whole days.
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut unit = || f64::from(rng.next_u32()) / f64::from(u32::MAX);
        let points: Vec<Coord<f64>> = (0..events)
            .map(|event| {
                if event % 2 == 0 {
                    coord! { x: unit() * 50_000.0, y: unit() * 50_000.0 }
                } else {
                    let town = f64::from(event % 14) * 3_500.0;
                    coord! { x: town + unit() * 3_000.0, y: town + unit() * 3_000.0 }
                }
            })
            .collect();
        let days: Vec<f64> = (0..events).map(|_| (unit() * 365.0).floor()).collect();
        peer.give(
            "events",
            points.iter().zip(&days).flat_map(|(p, t)| [p.x, p.y, *t]),
        )?;
        let theirs = peer.run(script, &[PERMUTATIONS.to_string()])?;
        let bands = KnoxBands {
            space: vec![200.0],
            time: vec![14.0],
        };
        let (ours, table) = timed(5, || {
            knox(&points, &days, &bands, Metric::Euclidean, PERMUTATIONS, 1)
        });
        let cell = table?.cells[0][0];
        let work = format!("Knox, {events} events, {PERMUTATIONS} permutations");
        compare(&work, ours, name, theirs.as_ref(), goal);
        say(&format!(
            "  ours: {} pairs, p {:.3}{}",
            cell.observed,
            cell.test.p_high(),
            theirs.map_or_else(String::new, |t| format!(
                "; theirs: {} pairs, p {}",
                t["observed"], t["p"]
            ))
        ));
    }
    Ok(())
}
