//! Randomness that repeats: a stream of numbers for each draw, named by seed and draw.
//!
//! A draw takes its numbers from a stream of its own, so that it makes the same result whatever the number
//! of threads and whatever was drawn before. ChaCha is fixed by its specification, and the ways from its
//! numbers to a distribution are written down here, so that a figure can be made again years later.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::distributions::normal_quantile;

/// The most that is drawn by one walk from zero: e⁻⁵⁰⁰ is still well within range.
const LARGEST_WALK: f64 = 500.0;

pub(crate) struct Source(ChaCha8Rng);

impl Source {
    /// The stream of this draw under this seed.
    pub(crate) fn new(seed: u64, draw: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(draw);
        Self(rng)
    }

    /// Between 0 and 1, neither of them.
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Below `n`, each with the same chance (to 1 in 2⁶⁴/n).
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let wide = u128::from(self.0.next_u64()) * n as u128;
        usize::try_from(wide >> 64).unwrap_or(0)
    }

    pub(crate) fn normal(&mut self) -> f64 {
        normal_quantile(self.uniform())
    }

    /// Triangular between low and high with its peak at `mode`.
    pub(crate) fn triangular(&mut self, low: f64, mode: f64, high: f64) -> f64 {
        let width = high - low;
        if width <= 0.0 {
            return mode;
        }
        let u = self.uniform();
        if u * width < mode - low {
            low + (u * width * (mode - low)).sqrt()
        } else {
            high - ((1.0 - u) * width * (high - mode)).sqrt()
        }
    }

    /// A count with this mean. Means beyond 10⁵ are drawn from the normal distribution.
    pub(crate) fn poisson(&mut self, mean: f64) -> u64 {
        if mean.is_nan() || mean <= 0.0 {
            return 0;
        }
        if mean > 1e5 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as u64;
        }
        let mut total = 0;
        let mut rest = mean;
        while rest > 0.0 {
            let part = rest.min(LARGEST_WALK);
            total += self.walk(part);
            rest -= part;
        }
        total
    }

    /// Inversion: adds chances from zero upwards until they pass a uniform number.
    fn walk(&mut self, mean: f64) -> u64 {
        let u = self.uniform();
        let mut count = 0_u64;
        let mut chance = (-mean).exp();
        let mut reached = chance;
        // Once the chances no longer move the sum, the uniform lies in its rounding: stop there.
        while reached < u && (chance > 1e-18 || (count as f64) < mean) {
            count += 1;
            chance *= mean / count as f64;
            reached += chance;
        }
        count
    }

    /// Gamma with this shape and scale 1. Source: Marsaglia and Tsang (2000), ACM TOMS 26.
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = self.uniform().powf(1.0 / shape);
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.uniform().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    /// A count with this mean and variance mean + α·mean² (Poisson where α is zero).
    pub(crate) fn negative_binomial(&mut self, mean: f64, alpha: f64) -> u64 {
        if alpha <= 1e-9 {
            return self.poisson(mean);
        }
        let shape = 1.0 / alpha;
        let level = self.gamma(shape) * mean / shape;
        self.poisson(level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(draw: impl Fn(&mut Source) -> f64) -> (f64, f64) {
        let n = 40_000_u64;
        let values: Vec<f64> = (0..n).map(|i| draw(&mut Source::new(7, i))).collect();
        let mean = values.iter().sum::<f64>() / n as f64;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n as f64;
        (mean, variance)
    }

    #[test]
    fn the_same_seed_and_draw_give_the_same_numbers() {
        let first: Vec<f64> = (0..5).map(|i| Source::new(1, i).uniform()).collect();
        let again: Vec<f64> = (0..5).rev().map(|i| Source::new(1, i).uniform()).collect();
        assert!(first.iter().eq(again.iter().rev()));
        assert_ne!(first[0], first[1]);
        assert_ne!(first[0], Source::new(2, 0).uniform());
    }

    #[test]
    fn distributions_have_their_moments() {
        let near = |found: f64, expected: f64, tolerance: f64| {
            assert!(
                (found / expected - 1.0).abs() < tolerance,
                "{found} {expected}"
            );
        };
        for mean in [0.3, 4.0, 60.0, 1_300.0] {
            let (m, v) = moments(|s| s.poisson(mean) as f64);
            near(m, mean, 0.02);
            near(v, mean, 0.03);
        }
        let (m, v) = moments(|s| s.negative_binomial(10.0, 0.3) as f64);
        near(m, 10.0, 0.02);
        near(v, 10.0 + 0.3 * 100.0, 0.04);
        // Mean (a + b + c)/3, variance (a² + b² + c² − ab − ac − bc)/18.
        let (m, v) = moments(|s| s.triangular(1.0, 2.0, 6.0));
        near(m, 3.0, 0.01);
        near(v, 21.0 / 18.0, 0.03);
        assert_eq!(Source::new(1, 1).triangular(2.0, 2.0, 2.0), 2.0);
    }

    impl Source {
        fn halves(&mut self) -> usize {
            self.below(2)
        }
    }

    #[test]
    fn below_is_fair() {
        let ones: usize = (0..10_000).map(|i| Source::new(3, i).halves()).sum();
        assert!((4_800..5_200).contains(&ones), "{ones}");
    }
}
