//! Permutation tests of the global statistics: the values found, re-arranged over the whole map.

use rayon::prelude::*;

use crate::draws::Draws;
use crate::permuted::some_permutations;
use crate::values::{at_least, deviations};
use crate::{InputError, PermutationError, Permuted, Weights};

/// The permutation tests of both global statistics, made with the same re-arrangements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlobalPermutation {
    /// Test of Moran's I: `p_high` is the chance of near places as alike as these.
    pub moran: Permuted,
    /// Test of Geary's C: here `p_low` is that chance, as C is low where near places are alike.
    pub geary: Permuted,
}

/// Tests Moran's I and Geary's C by re-arranging all values over the map, `permutations` times.
///
/// The re-arrangement with number r is made from `seed` and r, whatever the number of threads. Statistics
/// that differ by less than 10⁻¹² of the range they could take count as ties. `None` where all values are
/// equal or no unit has a neighbour.
///
/// Source: Cliff, A. D. and Ord, J. K. (1981), *Spatial Processes*, section 2.4; p-values as in
/// [`Permuted`].
///
/// # Errors
///
/// [`PermutationError::None`] for 0 permutations, else as [`moran`](fn@crate::moran).
///
/// # Example
///
/// ```
/// use hotspot::{Weights, global_permutation};
///
/// let shore = Weights::from_neighbours((0..12).map(|i| [(i + 1) % 12, (i + 11) % 12]))?;
/// let counts = [9.0, 8.0, 9.0, 7.0, 6.0, 7.0, 1.0, 0.0, 2.0, 1.0, 0.0, 3.0];
/// let test = global_permutation(&counts, &shore, 999, 7)?.ok_or("all equal")?;
/// assert!(test.moran.p_high() < 0.01 && test.geary.p_low() < 0.01);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn global_permutation(
    values: &[f64],
    weights: &Weights,
    permutations: u32,
    seed: u64,
) -> Result<Option<GlobalPermutation>, PermutationError> {
    some_permutations(permutations)?;
    if weights.includes_self() {
        return Err(InputError::SelfIncluded.into());
    }
    at_least(weights, 4)?;
    let Some(deviations) = deviations(values, weights)? else {
        return Ok(None);
    };
    if weights.islands().len() == weights.len() {
        return Ok(None);
    }
    let sums = |z: &[f64]| {
        let (mut cross, mut differences) = (0.0, 0.0);
        for unit in 0..z.len() {
            let (mut lag, mut squares) = (0.0, 0.0);
            for &j in weights.neighbours(unit) {
                let other = z[j as usize];
                lag += other;
                squares += (z[unit] - other).powi(2);
            }
            cross += weights.weight(unit) * z[unit] * lag;
            differences += weights.weight(unit) * squares;
        }
        (cross, differences)
    };
    let observed = sums(&deviations.z);
    let simulated: Vec<(f64, f64)> = (0..u64::from(permutations))
        .into_par_iter()
        .map_init(
            || deviations.z.clone(),
            |z, replicate| {
                // From the same start each time, so that no replicate depends on another.
                z.copy_from_slice(&deviations.z);
                Draws::new(seed, replicate).shuffle(z);
                sums(z)
            },
        )
        .collect();
    let largest = deviations.z.iter().fold(0.0_f64, |m, z| m.max(z * z));
    let tolerance = 1e-12 * largest * weights.sums().s0;
    Ok(Some(GlobalPermutation {
        moran: Permuted::count(observed.0, tolerance, simulated.iter().map(|s| s.0)),
        geary: Permuted::count(observed.1, tolerance, simulated.iter().map(|s| s.1)),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(n: usize) -> Weights {
        Weights::from_neighbours((0..n).map(|i| [(i + 1) % n, (i + n - 1) % n])).unwrap()
    }

    #[test]
    fn it_agrees_with_the_analytic_p_values() {
        let values: Vec<f64> = (0..100).map(|i| f64::from((i * 37 + i / 9) % 23)).collect();
        let weights = ring(100);
        let test = global_permutation(&values, &weights, 9_999, 2)
            .unwrap()
            .unwrap();
        let moran = crate::moran(&values, &weights).unwrap().unwrap();
        let geary = crate::geary(&values, &weights).unwrap().unwrap();
        assert!(
            (test.moran.p_two_sided() - moran.p_random).abs() < 0.03,
            "{test:?} {moran:?}"
        );
        assert!(
            (test.geary.p_two_sided() - geary.p_random).abs() < 0.03,
            "{test:?} {geary:?}"
        );
    }

    #[test]
    fn one_busy_place_alone_always_ties() {
        // Wherever it is put on a ring, both statistics are the same.
        let mut values = vec![0.0; 10];
        values[3] = 1.0;
        let test = global_permutation(&values, &ring(10), 99, 2)
            .unwrap()
            .unwrap();
        assert_eq!((test.moran.at_least, test.moran.at_most), (99, 99));
        assert_eq!((test.geary.at_least, test.geary.at_most), (99, 99));
    }

    #[test]
    fn bad_input_is_refused() {
        let weights = ring(5);
        assert_eq!(global_permutation(&[1.0; 5], &weights, 9, 0), Ok(None));
        assert_eq!(
            global_permutation(&[1.0; 5], &weights, 0, 0),
            Err(PermutationError::None)
        );
        assert!(global_permutation(&[1.0, f64::NAN, 2.0, 3.0, 4.0], &weights, 9, 0).is_err());
    }
}
