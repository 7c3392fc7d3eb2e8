//! Pseudo-random draws from a seed and a stream number.
//!
//! Each unit of work (a cell, a replicate) has a stream of its own, so that results do not depend on which
//! thread does it or what was drawn before it. The generator is xoshiro256++ (Blackman and Vigna 2021,
//! 'Scrambled linear pseudorandom number generators', *ACM Transactions on Mathematical Software* 47(4)),
//! seeded through SplitMix64 as its authors advise. It is written out here because results are promised to
//! repeat over releases, which no crate's small generator promises.

/// One stream of draws.
#[derive(Clone)]
pub(crate) struct Draws {
    state: [u64; 4],
}

/// One step of SplitMix64 (Steele, Lea and Flood 2014).
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Draws {
    /// The stream of this number under this seed.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        // The seed is scrambled before the stream is mixed in, so that neighbouring seeds and neighbouring
        // streams share nothing.
        let mut start = seed;
        let mut mixed = split_mix(&mut start) ^ stream.wrapping_mul(0xd134_2543_de82_ef95);
        Self {
            state: std::array::from_fn(|_| split_mix(&mut mixed)),
        }
    }

    /// 64 random bits.
    #[inline]
    pub(crate) fn bits(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
        let result = a.wrapping_add(*d).rotate_left(23).wrapping_add(*a);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }

    /// A whole number from 0 to `below` − 1, each equally likely; 0 for `below` 0.
    ///
    /// Source: Lemire, D. (2019), 'Fast random integer generation in an interval', *ACM Transactions on
    /// Modeling and Computer Simulation* 29(1).
    #[inline]
    pub(crate) fn below(&mut self, below: u32) -> u32 {
        let bits = (self.bits() >> 32) as u32;
        self.within(below, bits)
    }

    /// As [`below`](Self::below), starting from 32 bits already drawn.
    #[inline]
    pub(crate) fn within(&mut self, below: u32, bits: u32) -> u32 {
        let mut product = u64::from(bits) * u64::from(below);
        if (product as u32) < below {
            product = self.unbiased(below, product);
        }
        (product >> 32) as u32
    }

    #[cold]
    fn unbiased(&mut self, below: u32, mut product: u64) -> u64 {
        if below == 0 {
            return 0;
        }
        let threshold = below.wrapping_neg() % below;
        while (product as u32) < threshold {
            product = (self.bits() >> 32) * u64::from(below);
        }
        product
    }

    /// A number from 0 (included) to 1 (left out), in steps of 2⁻⁵³.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Puts a slice in random order, each order equally likely (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        let mut left = items.len();
        // Two draws from each 64 bits while the slice is short enough for 32.
        while left > 1 && left <= u32::MAX as usize {
            let bits = self.bits();
            let one = self.within(left as u32, bits as u32) as usize;
            items.swap(left - 1, one);
            left -= 1;
            if left > 1 {
                let other = self.within(left as u32, (bits >> 32) as u32) as usize;
                items.swap(left - 1, other);
                left -= 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_that_of_its_authors() {
        // First outputs for the state 1, 2, 3, 4, as the reference C code prints them.
        let mut draws = Draws {
            state: [1, 2, 3, 4],
        };
        let found: Vec<u64> = (0..4).map(|_| draws.bits()).collect();
        assert_eq!(
            found,
            [
                41_943_041,
                58_720_359,
                3_588_806_011_781_223,
                3_591_011_842_654_386
            ]
        );
    }

    #[test]
    fn numbers_below_are_all_met_equally_often() {
        let mut draws = Draws::new(7, 0);
        for below in [1_u32, 2, 3, 7, 10] {
            let mut seen = vec![0_u32; below as usize];
            for _ in 0..10_000 * below {
                seen[draws.below(below) as usize] += 1;
            }
            // Six standard deviations of a binomial count of mean 10,000.
            assert!(seen.iter().all(|&n| n.abs_diff(10_000) < 600), "{seen:?}");
        }
        assert_eq!(draws.below(0), 0);
    }

    #[test]
    fn every_order_of_four_is_equally_likely() {
        let mut draws = Draws::new(11, 3);
        let mut seen = std::collections::BTreeMap::new();
        for _ in 0..24_000 {
            let mut items = [0, 1, 2, 3];
            draws.shuffle(&mut items);
            *seen.entry(items).or_insert(0_u32) += 1;
        }
        assert_eq!(seen.len(), 24);
        assert!(seen.values().all(|&n| n.abs_diff(1_000) < 200), "{seen:?}");
    }

    #[test]
    fn streams_differ_and_repeat() {
        let first = |seed, stream| Draws::new(seed, stream).bits();
        assert_eq!(first(1, 2), first(1, 2));
        assert_ne!(first(1, 2), first(2, 1));
        assert_ne!(first(0, 0), first(0, 1));
        let mut draws = Draws::new(5, 5);
        assert!((0..1000).all(|_| (0.0..1.0).contains(&draws.unit())));
    }
}
