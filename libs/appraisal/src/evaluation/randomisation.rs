//! The test by re-arrangement: what if other areas had been chosen?

use rayon::prelude::*;

use crate::numeric::random::Source;

use super::{EvaluationError, Panel, Unit};

/// What re-arranging the areas says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Randomisation {
    /// Share of arrangements with an effect at least so far from none, the true one among them.
    pub p: f64,
    /// The least that it could have been with so many areas.
    pub least: f64,
    /// How many arrangements were tried.
    pub arrangements: usize,
    /// Whether these were all there are.
    pub all: bool,
}

/// Every arrangement is tried up to so many.
const MOST_ARRANGEMENTS: usize = 10_000;

/// Tries other choices of areas: how often would as many areas, chosen at random, have shown an effect at
/// least as far from none? The effect is the ratio of the ratios of summed rates (with half an incident added
/// to each sum, so that none is zero), which is [`super::difference_in_differences`]' own where every area has every
/// month. All choices are tried where there are 10,000 or fewer, else 9,999 drawn with `seed` and the true one.
///
/// It supposes that any area could as well have been chosen. Areas chosen because they were high break that.
///
/// Source: Fisher, R. A. (1935), *The Design of Experiments*; for panels Conley, T. G. and Taber, C. R.
/// (2011), *Review of Economics and Statistics* 93.
///
/// # Errors
///
/// As [`super::difference_in_differences`] for what cannot be compared.
pub fn randomisation(panel: &Panel, seed: u64) -> Result<Randomisation, EvaluationError> {
    panel.check()?;
    let sums: Vec<[f64; 4]> = panel
        .units
        .iter()
        .map(|unit| sums(unit, panel.start))
        .collect();
    let treated: Vec<usize> = (0..sums.len())
        .filter(|&i| panel.units[i].treated)
        .collect();
    let (all_units, chosen) = (sums.len(), treated.len());
    for (what, found) in [
        ("areas with it", chosen),
        ("areas without it", all_units - chosen),
    ] {
        if found == 0 {
            let needed = 1;
            return Err(EvaluationError::TooFew {
                what,
                found,
                needed,
            });
        }
    }
    let all: [f64; 4] = std::array::from_fn(|j| sums.iter().map(|unit| unit[j]).sum());
    let truth = contrast(&sums, &all, &treated);
    if !truth.is_finite() {
        return Err(EvaluationError::NoAnswer);
    }
    // Rounding must not make the true arrangement, or its mirror, less far from none than itself.
    let bound = truth.abs() - 1e-9;
    let far = |choice: &[usize]| contrast(&sums, &all, choice).abs() >= bound;
    let total = combinations(all_units, chosen);
    let (hits, arrangements) = if let Some(total) = total {
        (
            every_choice(all_units, chosen)
                .iter()
                .filter(|c| far(c))
                .count(),
            total,
        )
    } else {
        let draws = MOST_ARRANGEMENTS - 1;
        let hits = (0..draws as u64)
            .into_par_iter()
            .filter(|&draw| far(&drawn(&mut Source::new(seed, draw), all_units, chosen)))
            .count();
        (hits + 1, MOST_ARRANGEMENTS)
    };
    Ok(Randomisation {
        p: hits as f64 / arrangements as f64,
        least: 1.0 / arrangements as f64,
        arrangements,
        all: total.is_some(),
    })
}

/// Incidents and exposure before, incidents and exposure after.
pub(super) fn sums(unit: &Unit, start: usize) -> [f64; 4] {
    let mut sums = [0.0; 4];
    for (t, count) in unit.counts.iter().enumerate() {
        if let Some(count) = count {
            let exposure = unit
                .exposure
                .as_ref()
                .and_then(|e| e.get(t))
                .copied()
                .unwrap_or(1.0);
            let side = if t < start { 0 } else { 2 };
            sums[side] += *count as f64;
            sums[side + 1] += exposure;
        }
    }
    sums
}

/// The logarithm of the ratio of ratios where these areas are the ones with it.
fn contrast(sums: &[[f64; 4]], all: &[f64; 4], chosen: &[usize]) -> f64 {
    let mut with = [0.0; 4];
    for unit in chosen.iter().filter_map(|&i| sums.get(i)) {
        for (sum, value) in with.iter_mut().zip(unit) {
            *sum += value;
        }
    }
    let without: [f64; 4] = std::array::from_fn(|j| all[j] - with[j]);
    let change = |s: [f64; 4]| ((s[2] + 0.5) / s[3]).ln() - ((s[0] + 0.5) / s[1]).ln();
    change(with) - change(without)
}

/// How many choices there are, if no more than are tried.
fn combinations(n: usize, k: usize) -> Option<usize> {
    let mut count: usize = 1;
    for i in 0..k.min(n - k) {
        count = count.checked_mul(n - i)? / (i + 1);
        if count > MOST_ARRANGEMENTS {
            return None;
        }
    }
    Some(count)
}

/// Every choice of k of n, in order.
fn every_choice(n: usize, k: usize) -> Vec<Vec<usize>> {
    let mut choices = Vec::new();
    let mut choice: Vec<usize> = (0..k).collect();
    loop {
        choices.push(choice.clone());
        // The last place that can still move up; all after it follow on.
        let Some(place) = (0..k).rev().find(|&i| choice[i] < n - k + i) else {
            return choices;
        };
        choice[place] += 1;
        for i in place + 1..k {
            choice[i] = choice[i - 1] + 1;
        }
    }
}

/// k of n, by Fisher and Yates' shuffle cut short.
fn drawn(source: &mut Source, n: usize, k: usize) -> Vec<usize> {
    let mut all: Vec<usize> = (0..n).collect();
    for i in 0..k {
        let other = i + source.below(n - i);
        all.swap(i, other);
    }
    all.truncate(k);
    all
}
