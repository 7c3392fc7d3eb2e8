//! Conditional permutation tests of Gi, Gi* and local Moran's I.

use rayon::prelude::*;

use crate::draws::Draws;
use crate::permuted::some_permutations;
use crate::values::deviations;
use crate::{PermutationError, Permuted, Weights};

mod sample;
#[cfg(test)]
mod tests;

use sample::{Exact, Sampler};

/// The conditional permutation tests of one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalPermutation {
    /// Test of Gi and of Gi*: high where the neighbours' values are higher than a random draw of as many
    /// other values. The unit's own value stays where it is, so that both statistics have the same test.
    pub gi: Permuted,
    /// Test of local Moran's Iᵢ: high where the unit is like its neighbours.
    pub local_moran: Permuted,
}

/// Conditional permutation tests of every unit: its own value stays, and its neighbours' values are drawn
/// without replacement from those of all other units, `permutations` times.
///
/// All weights of one unit are equal here (binary or row-standardised), so Gi, Gi* and Iᵢ depend on the
/// draw through the sum of the neighbours' values alone and share one set of draws within a unit. Units
/// never share draws: reusing one table of permutations for all of them correlates their p-values. Draws
/// come from `seed` and the unit's number, so results are the same for any number of threads.
///
/// Equal sums compare as equal whatever the order of their terms: values are held as multiples of one small
/// step. Counts and multiples of 1/64 are not changed by that; others are rounded to 2⁻⁴⁴ of the largest,
/// and sums within that rounding tie.
///
/// An entry is `None` where there is nothing to test: an island, a unit whose neighbours are all other
/// units, and every unit where all values are equal. Weights with and without self give the same answer.
///
/// Source: Anselin, L. (1995), 'Local indicators of spatial association: LISA', *Geographical Analysis*
/// 27(2), section on conditional randomisation; p-values as in [`Permuted`].
///
/// # Errors
///
/// [`PermutationError::None`] for 0 permutations, and [`PermutationError::Input`] for values as in
/// [`gi_star`](fn@crate::gi_star).
///
/// # Example
///
/// ```
/// use hotspot::{Weights, local_permutation};
///
/// // Sixty places round a lake; five beside each other are busy.
/// let lake = Weights::from_neighbours((0..60).map(|i| [(i + 1) % 60, (i + 59) % 60]))?;
/// let counts: Vec<f64> = (0..60).map(|i| if i < 5 { 20.0 } else { f64::from(i % 3) }).collect();
/// let tests = local_permutation(&counts, &lake, 999, 20_261_123)?;
/// let middle = tests[2].ok_or("no neighbours")?;
/// assert!(middle.gi.p_high() < 0.02);
/// assert!(middle.local_moran.p_two_sided() < 0.04);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn local_permutation(
    values: &[f64],
    weights: &Weights,
    permutations: u32,
    seed: u64,
) -> Result<Vec<Option<LocalPermutation>>, PermutationError> {
    some_permutations(permutations)?;
    let Some(deviations) = deviations(values, weights)? else {
        return Ok(vec![None; values.len()]);
    };
    let most = (0..weights.len())
        .map(|unit| weights.neighbours(unit).len())
        .max()
        .unwrap_or(0);
    let test = Test {
        weights,
        deviations: &deviations.z,
        permutations,
        seed,
    };
    // 32-bit sums where they hold the values, as they do counts: half the memory to draw from.
    Ok(match Exact::<i32>::of(values, most) {
        Some(exact) => test.run(&exact.0),
        None => test.run(&Exact::<i64>::rounded(values, most).0),
    })
}

struct Test<'a> {
    weights: &'a Weights,
    deviations: &'a [f64],
    permutations: u32,
    seed: u64,
}

impl Test<'_> {
    fn run<T: sample::Value>(&self, values: &[T]) -> Vec<Option<LocalPermutation>> {
        (0..values.len())
            .into_par_iter()
            .with_min_len(16)
            .map_init(Sampler::default, |sampler, unit| {
                self.one(unit, values, sampler)
            })
            .collect()
    }

    fn one<T: sample::Value>(
        &self,
        unit: usize,
        values: &[T],
        sampler: &mut Sampler,
    ) -> Option<LocalPermutation> {
        let mut count = 0;
        let mut observed = T::default();
        for &j in self.weights.neighbours(unit) {
            if j as usize != unit {
                count += 1;
                observed = observed + values[j as usize];
            }
        }
        if count == 0 || count + 1 == values.len() {
            return None;
        }
        let mut draws = Draws::new(self.seed, unit as u64);
        let (at_least, at_most) =
            sampler.compare(values, unit, count, observed, self.permutations, &mut draws);
        let gi = Permuted {
            permutations: self.permutations,
            at_least,
            at_most,
        };
        let own = self.deviations[unit];
        let local_moran = if own > 0.0 {
            gi
        } else if own < 0.0 {
            gi.turned()
        } else {
            // Iᵢ is 0 whatever is drawn.
            Permuted {
                at_least: self.permutations,
                at_most: self.permutations,
                ..gi
            }
        };
        Some(LocalPermutation { gi, local_moran })
    }
}
