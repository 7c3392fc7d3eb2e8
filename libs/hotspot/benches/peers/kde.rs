//! A density of 2.5 million points on 500 × 500 cells at a bandwidth of ten cells, against KDEpy's FFT.

use std::error::Error;

use geo::{Coord, coord};
use hotspot::{DensityOptions, Grid, Kernel, Method, density};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use crate::peer::{Peer, compare, say, timed};

const POINTS: usize = 2_500_000;
/// Every so many cells the fast surface is compared with the exact sum.
const EVERY: usize = 997;

pub(crate) fn run(peer: &Peer) -> Result<(), Box<dyn Error>> {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut unit = || f64::from(rng.next_u32()) / f64::from(u32::MAX);
    let points: Vec<Coord<f64>> = (0..POINTS)
        .map(|point| {
            let town = f64::from(u8::try_from(point % 7).unwrap_or(0));
            let bell = (unit() + unit() + unit() + unit() - 2.0) * 40.0;
            let other = (unit() + unit() + unit() + unit() - 2.0) * 40.0;
            coord! { x: 100.0 + town * 50.0 + bell, y: 400.0 - town * 45.0 + other }
        })
        .collect();
    peer.give("points", points.iter().flat_map(|p| [p.x, p.y]))?;
    let theirs = peer.run("kde", &[])?;
    let grid = Grid {
        corner: coord! { x: 0.0, y: 0.0 },
        cell: 1.0,
        columns: 500,
        rows: 500,
    };
    let options = DensityOptions {
        kernel: Kernel::Gaussian,
        bandwidth: 10.0,
        border: None,
        method: Method::Fast,
    };
    let (ours, surface) = timed(7, || density(&points, None, &grid, &options));
    let surface = surface?;
    compare(
        "density of 2.5 million points on 500 by 500",
        ours,
        "KDEpy's FFTKDE",
        theirs.as_ref(),
        5.0,
    );
    let cells: Vec<usize> = (0..grid.columns * grid.rows).step_by(EVERY).collect();
    let middles: Vec<Coord<f64>> = cells
        .iter()
        .map(|cell| grid.middle(cell % grid.columns, cell / grid.columns))
        .collect();
    // Every fiftieth point would do for a look, but the error is to be that of this very surface.
    let exact = hotspot::density_at(&points, None, &middles, Kernel::Gaussian, 10.0)?;
    let peak = surface.values.iter().copied().fold(0.0, f64::max);
    let error = |values: &[f64]| {
        let squares: f64 = cells
            .iter()
            .zip(&exact)
            .map(|(&cell, exact)| ((values[cell] - exact) / peak).powi(2))
            .sum();
        (squares / cells.len() as f64).sqrt()
    };
    let mut line = format!(
        "  root mean square error over {} cells, of the peak: ours {:.2e}",
        cells.len(),
        error(&surface.values)
    );
    if theirs.is_some() {
        let values = peer.take("density")?;
        line += &format!(", KDEpy's {:.2e}", error(&values));
        let mass: f64 = values.iter().sum::<f64>() / POINTS as f64;
        line += &format!(
            "; mass: ours {:.5}, KDEpy's {mass:.5}",
            surface.total() / POINTS as f64
        );
    }
    say(&line);
    Ok(())
}
