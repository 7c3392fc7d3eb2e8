//! Chance from a seed: the same seed and stream give the same draws.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// A stream of chance. Streams of one seed are independent, so that one month can be made again
/// without the others.
#[derive(Debug)]
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream `stream` of `seed`.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// Sixty-four bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// At least 0, under 1.
    pub(super) fn unit(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    /// At least `low`, under `high`.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// One of 0 to `n - 1`; 0 if there is none.
    pub(super) fn below(&mut self, n: usize) -> usize {
        ((self.unit() * n as f64) as usize).min(n.saturating_sub(1))
    }

    /// Whether something of that probability comes true.
    pub(super) fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of the wheel's fields.
    pub(super) fn spin(&mut self, wheel: &Wheel) -> usize {
        wheel.at(self.unit() * wheel.total())
    }
}

/// A wheel of fortune: fields of different widths.
#[derive(Debug, Clone, Default)]
pub(super) struct Wheel(Vec<f64>);

impl Wheel {
    /// A wheel whose fields have these widths, none negative.
    pub(super) fn new(widths: impl IntoIterator<Item = f64>) -> Self {
        let mut sum = 0.0;
        let mut sums = Vec::new();
        for width in widths {
            sum += width;
            sums.push(sum);
        }
        Self(sums)
    }

    fn total(&self) -> f64 {
        self.0.last().copied().unwrap_or(0.0)
    }

    fn at(&self, value: f64) -> usize {
        self.0
            .partition_point(|sum| *sum <= value)
            .min(self.0.len().saturating_sub(1))
    }
}

/// Shares a whole number out in proportion to `weights`; the shares add up to it.
pub(super) fn share_out(whole: u32, weights: &[f64]) -> Vec<u32> {
    let total: f64 = weights.iter().sum();
    let mut sum = 0.0;
    let mut given = 0;
    weights
        .iter()
        .map(|weight| {
            sum += weight;
            let upto = (f64::from(whole) * sum / total).round() as u32;
            let share = upto.saturating_sub(given);
            given = given.max(upto);
            share
        })
        .collect()
}
