//! Drawing without replacement, fast, and adding up exactly.

use std::ops::Add;

use crate::draws::Draws;

/// A number whose sums are exact and compare exactly.
pub(super) trait Value: Copy + Default + Add<Output = Self> + Ord + Send + Sync {
    /// The sums that tie with this one of `count` terms: from here to there.
    fn ties(self, count: usize) -> (Self, Self);
}

impl Value for i32 {
    fn ties(self, _: usize) -> (Self, Self) {
        (self, self)
    }
}

impl Value for i64 {
    fn ties(self, count: usize) -> (Self, Self) {
        // Each of the terms on either side is off by half a step at most.
        (self - count as Self, self + count as Self)
    }
}

/// Values as whole multiples of one step, small enough that no sum of neighbours overflows.
pub(super) struct Exact<T>(pub(super) Vec<T>);

/// The exponent e of the smallest power of two above |value|, so that |value| < 2^e; 0 for 0.
fn exponent(value: f64) -> i32 {
    if value == 0.0 {
        return 0;
    }
    libm::frexp(value).1
}

impl Exact<i32> {
    /// The values as they are, where they are whole numbers (or all multiples of 1/64) whose sums of
    /// `most` terms fit.
    pub(super) fn of(values: &[f64], most: usize) -> Option<Self> {
        const STEPS: f64 = 64.0;
        let largest = f64::from(i32::MAX) / (most.max(1) as f64);
        let whole = values.iter().all(|value| value.fract() == 0.0);
        let steps = if whole { 1.0 } else { STEPS };
        values
            .iter()
            .map(|value| {
                let scaled = value * steps;
                (scaled.fract() == 0.0 && scaled.abs() < largest).then_some(scaled as i32)
            })
            .collect::<Option<Vec<i32>>>()
            .map(Self)
    }
}

impl Exact<i64> {
    /// The values rounded to steps of 2⁻⁴⁴ of the largest, or to larger ones where sums of `most` terms
    /// would not fit otherwise. A tenth and two tenths then make three tenths.
    pub(super) fn rounded(values: &[f64], most: usize) -> Self {
        let largest = values.iter().fold(0.0_f64, |m, value| m.max(value.abs()));
        let bits_of_sum = usize::BITS - most.leading_zeros();
        let shift = (62 - bits_of_sum as i32).min(44) - exponent(largest);
        Self(
            values
                .iter()
                .map(|&value| libm::scalbn(value, shift).round() as i64)
                .collect(),
        )
    }
}

/// Marks for numbers drawn: a table of this size stays in the fastest cache.
const MARKS: usize = 4096;

/// What one thread keeps between units.
pub(super) struct Sampler {
    /// The last draw that put a number of this remainder in its sample.
    marks: Vec<u32>,
    drawn: Vec<u32>,
}

impl Default for Sampler {
    fn default() -> Self {
        Self {
            marks: vec![0; MARKS],
            drawn: Vec::new(),
        }
    }
}

impl Sampler {
    /// How many of `permutations` sums of `count` values drawn without replacement from all units but
    /// `own` are at least, and at most, `observed`.
    pub(super) fn compare<T: Value>(
        &mut self,
        values: &[T],
        own: usize,
        count: usize,
        observed: T,
        permutations: u32,
        draws: &mut Draws,
    ) -> (u32, u32) {
        let (low, high) = observed.ties(count);
        // `deviations` and the weights have refused more units than 32 bits can name.
        let others = (values.len() - 1) as u32;
        let own = own as u32;
        if count > values.len() / 8 {
            return shuffled(values, own, count, observed, permutations, draws);
        }
        self.marks.fill(0);
        let marks: &mut [u32; MARKS] = match self.marks.as_mut_slice().try_into() {
            Ok(marks) => marks,
            Err(_) => return shuffled(values, own, count, observed, permutations, draws),
        };
        self.drawn.resize(count, 0);
        let drawn = self.drawn.as_mut_slice();
        let (mut at_least, mut at_most) = (0, 0);
        for permutation in 1..=permutations {
            let mut sum = T::default();
            let mut seen = false;
            let mut pairs = drawn.chunks_exact_mut(2);
            // Numbers beyond `own` stand for the next unit, so that `own` is never drawn.
            let mut take = |number: u32| {
                let unit = number + u32::from(number >= own);
                let mark = &mut marks[unit as usize % MARKS];
                seen |= *mark == permutation;
                *mark = permutation;
                sum = sum + values[unit as usize];
                unit
            };
            for pair in pairs.by_ref() {
                let bits = draws.bits();
                let one = draws.within(others, bits as u32);
                let other = draws.within(others, (bits >> 32) as u32);
                pair[0] = take(one);
                pair[1] = take(other);
            }
            if let [last] = pairs.into_remainder() {
                *last = take(draws.below(others));
            }
            // Two numbers with one mark may be the same unit: then look closely and draw again.
            if seen {
                sum = distinct(values, own, drawn, draws);
            }
            at_least += u32::from(sum >= low);
            at_most += u32::from(sum <= high);
        }
        (at_least, at_most)
    }
}

/// Draws again whatever is in the sample already, and adds up.
#[cold]
fn distinct<T: Value>(values: &[T], own: u32, drawn: &mut [u32], draws: &mut Draws) -> T {
    let others = (values.len() - 1) as u32;
    for position in 1..drawn.len() {
        let (before, rest) = drawn.split_at_mut(position);
        while before.contains(&rest[0]) {
            let number = draws.below(others);
            rest[0] = number + u32::from(number >= own);
        }
    }
    drawn
        .iter()
        .fold(T::default(), |sum, &unit| sum + values[unit as usize])
}

/// For samples that are a good part of the whole: the first places of a shuffle.
fn shuffled<T: Value>(
    values: &[T],
    own: u32,
    count: usize,
    observed: T,
    permutations: u32,
    draws: &mut Draws,
) -> (u32, u32) {
    let (low, high) = observed.ties(count);
    let mut pool: Vec<T> = values
        .iter()
        .zip(0_u32..)
        .filter(|(_, unit)| *unit != own)
        .map(|(value, _)| *value)
        .collect();
    let (mut at_least, mut at_most) = (0, 0);
    for _ in 0..permutations {
        let mut sum = T::default();
        for place in 0..count {
            let other = place + draws.below((pool.len() - place) as u32) as usize;
            pool.swap(place, other);
            sum = sum + pool[place];
        }
        at_least += u32::from(sum >= low);
        at_most += u32::from(sum <= high);
    }
    (at_least, at_most)
}
