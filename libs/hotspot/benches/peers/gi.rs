//! Gi* and local Moran with 999 conditional permutations over 100,000 cells, against esda.

use std::error::Error;

use hotspot::{Weights, gi_star, local_moran, local_permutation};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use crate::peer::{Peer, compare, say, timed};

const ROWS: usize = 250;
const COLUMNS: usize = 400;
const PERMUTATIONS: u32 = 999;

pub(crate) fn run(peer: &Peer) -> Result<(), Box<dyn Error>> {
    let weights = grid()?;
    let own = weights.with_self();
    // Counts, most of them small, with a busy middle.
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let counts: Vec<f64> = (0..ROWS * COLUMNS)
        .map(|cell| {
            let (x, y) = ((cell % COLUMNS) as f64, (cell / COLUMNS) as f64);
            let busy = (-((x - 200.0).powi(2) + (y - 125.0).powi(2)) / 800.0).exp();
            let limit = (-(0.8 + 4.0 * busy)).exp();
            let (mut count, mut product) = (0.0, 1.0);
            loop {
                product *= rng.next_u32() as f64 / f64::from(u32::MAX);
                if product <= limit {
                    return count;
                }
                count += 1.0;
            }
        })
        .collect();
    peer.give("values", counts.iter().copied())?;
    let arguments = [
        ROWS.to_string(),
        COLUMNS.to_string(),
        PERMUTATIONS.to_string(),
    ];
    let theirs = peer.run("gi", &arguments)?;
    let work = |values: &[f64]| -> Result<_, Box<dyn Error>> {
        let z = gi_star(values, &own)?;
        let i = local_moran(values, &weights.clone().row_standardised())?;
        Ok((z, i, local_permutation(values, &weights, PERMUTATIONS, 1)?))
    };
    let (ours, result) = timed(3, || work(&counts));
    let (z, i, p) = result?;
    compare(
        "Gi* and local Moran, 100,000 cells, 999 permutations each",
        ours,
        "esda",
        theirs.as_ref(),
        10.0,
    );
    // Values that are no counts take the 64-bit way.
    let decimals: Vec<f64> = counts.iter().map(|count| count * 0.1 + 0.01).collect();
    let (decimal, _) = timed(1, || work(&decimals));
    say(&format!(
        "  the same with decimal values: {:.3} s",
        decimal.median
    ));
    if theirs.is_some() {
        let largest = |ours: Vec<f64>, name: &str| -> Result<f64, Box<dyn Error>> {
            let theirs = peer.take(name)?;
            Ok(ours
                .iter()
                .zip(&theirs)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f64::max))
        };
        let z = largest(z.iter().flatten().map(|gi| gi.z).collect(), "z")?;
        let i = largest(i.iter().flatten().copied().collect(), "i")?;
        say(&format!("  largest difference: z {z:.1e}, Ii {i:.1e}"));
        // esda's p_sim is one-sided towards the nearer side and counts ties on the upper side alone; for
        // the comparison ours are counted in the same way.
        let side: Vec<f64> = p
            .iter()
            .flatten()
            .map(|test| {
                let larger = test.gi.at_least;
                f64::from(1 + larger.min(PERMUTATIONS - larger)) / f64::from(PERMUTATIONS + 1)
            })
            .collect();
        let theirs = peer.take("p")?;
        let error: Vec<f64> = side
            .iter()
            .zip(&theirs)
            .map(|(a, b)| (a - b) / (2.0 * b.max(0.002) * (1.0 - b) / 1000.0).sqrt())
            .collect();
        let n = error.len() as f64;
        let mean = error.iter().sum::<f64>() / n;
        let spread = (error.iter().map(|e| e * e).sum::<f64>() / n).sqrt();
        say(&format!(
            "  difference of p in Monte Carlo standard errors: mean {mean:.3}, root mean square {spread:.3}"
        ));
    }
    Ok(())
}

fn grid() -> Result<Weights, Box<dyn Error>> {
    Ok(Weights::from_neighbours((0..ROWS * COLUMNS).map(|cell| {
        let (x, y) = ((cell % COLUMNS) as isize, (cell / COLUMNS) as isize);
        (-1..=1)
            .flat_map(move |dy| (-1..=1).map(move |dx| (x + dx, y + dy)))
            .filter(move |&at| {
                at != (x, y)
                    && (0..COLUMNS as isize).contains(&at.0)
                    && (0..ROWS as isize).contains(&at.1)
            })
            .map(|(x, y)| y as usize * COLUMNS + x as usize)
    }))?)
}
