//! The Lagrangian relaxation: an upper bound on what any choice covers.

use rayon::prelude::*;

use super::problem::Problem;

/// What a node of the search has decided about a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decided {
    Open,
    In,
    Out,
}

/// The relaxation at one node.
pub(super) struct Relaxed {
    /// No choice that agrees with the node covers more.
    pub(super) bound: f64,
    /// How often each site was in the relaxation's choice, 0 to 1.
    pub(super) share: Vec<f64>,
    /// The best choice that was met, with its value.
    pub(super) found: Option<(f64, Vec<usize>)>,
}

/// Multipliers λᵢ from 0 to wᵢ price the demands:
///
/// `L(λ) = Σ (wᵢ − λᵢ) + the largest p of vⱼ = Σ over demands i of site j of λᵢ`
///
/// is at least what any p sites cover. `rounds` steps of subgradient descent look for the least, and sites
/// that the bound decides are set in `decided`.
pub(super) fn relax(
    problem: &Problem,
    decided: &mut [Decided],
    prices: &mut [f64],
    choose: usize,
    best: f64,
    rounds: u32,
) -> Relaxed {
    let mut covered = vec![false; problem.weights.len()];
    let mut base = 0.0;
    let mut inside = 0;
    for (site, state) in decided.iter().enumerate() {
        if *state == Decided::In {
            inside += 1;
            for &demand in &problem.sites[site] {
                if !std::mem::replace(&mut covered[demand as usize], true) {
                    base += problem.weights[demand as usize];
                }
            }
        }
    }
    for (price, covered) in prices.iter_mut().zip(&covered) {
        if *covered {
            *price = 0.0;
        }
    }
    let mut node = Node {
        problem,
        covered,
        base,
        best,
        counts: vec![0; problem.weights.len()],
        values: vec![0.0; problem.sites.len()],
    };
    let left = choose.saturating_sub(inside);
    let mut bound = f64::INFINITY;
    let mut share = vec![0.0; problem.sites.len()];
    let mut found: Option<(f64, Vec<usize>)> = None;
    let mut least = prices.to_vec();
    let (mut pace, mut stale, mut weight) = (1.0, 0, 0.0);
    for _ in 0..rounds {
        let mut open = node.priced(decided, prices);
        let top = left.min(open.len());
        if top < open.len() && top > 0 {
            open.select_nth_unstable_by(top - 1, |&a, &b| node.order(a, b));
        }
        let value = node.bound(prices, &open[..top]);
        if value < bound - 1e-9 * value.abs() {
            bound = value;
            least.copy_from_slice(prices);
            stale = 0;
        } else {
            stale += 1;
        }
        for &site in &open[..top] {
            share[site] += 1.0;
        }
        weight += 1.0;
        let chosen: Vec<usize> = (0..decided.len())
            .filter(|&site| decided[site] == Decided::In)
            .chain(open[..top].iter().copied())
            .collect();
        let reached = problem.value(&chosen);
        if found.as_ref().is_none_or(|found| reached > found.0) {
            node.best = node.best.max(reached);
            found = Some((reached, chosen));
        }
        if value < node.best + problem.step(node.best) {
            bound = bound.min(value);
            break;
        }
        node.leave_out(decided, &open, top, value);
        // The price falls where several chosen sites cover, and rises where none does.
        for count in &mut node.counts {
            *count = 0;
        }
        for &site in &open[..top] {
            for &demand in &problem.sites[site] {
                node.counts[demand as usize] += 1;
            }
        }
        let mut length = 0.0;
        for (demand, &count) in node.counts.iter().enumerate() {
            let slope = f64::from(count) - 1.0;
            let stuck = (slope < 0.0 && prices[demand] >= problem.weights[demand])
                || (slope > 0.0 && prices[demand] <= 0.0);
            if !node.covered[demand] && !stuck {
                length += slope * slope;
            }
        }
        if length == 0.0 {
            break;
        }
        if stale >= 12 {
            pace *= 0.6;
            stale = 0;
            prices.copy_from_slice(&least);
            if pace < 0.005 {
                break;
            }
            continue;
        }
        let step = pace * (value - node.best).max(1e-9 * value.abs()) / length;
        for (demand, price) in prices.iter_mut().enumerate() {
            if !node.covered[demand] {
                let slope = f64::from(node.counts[demand]) - 1.0;
                *price = (*price - step * slope).clamp(0.0, problem.weights[demand]);
            }
        }
    }
    prices.copy_from_slice(&least);
    for share in &mut share {
        *share /= weight;
    }
    Relaxed {
        bound,
        share,
        found,
    }
}

struct Node<'a> {
    problem: &'a Problem,
    covered: Vec<bool>,
    /// Weight that the sites decided for cover.
    base: f64,
    /// The best value known of any choice.
    best: f64,
    counts: Vec<u32>,
    values: Vec<f64>,
}

impl Node<'_> {
    /// Prices the demands of each open site, and lists these sites.
    fn priced(&mut self, decided: &[Decided], prices: &[f64]) -> Vec<usize> {
        let sites = &self.problem.sites;
        let covered = &self.covered;
        self.values
            .par_iter_mut()
            .enumerate()
            .with_min_len(128)
            .for_each(|(site, value)| {
                if decided[site] == Decided::Open {
                    *value = sites[site]
                        .iter()
                        .filter(|&&demand| !covered[demand as usize])
                        .map(|&demand| prices[demand as usize])
                        .sum();
                }
            });
        (0..decided.len())
            .filter(|&site| decided[site] == Decided::Open)
            .collect()
    }

    /// Dearest first, then the earlier.
    fn order(&self, a: usize, b: usize) -> std::cmp::Ordering {
        self.values[b].total_cmp(&self.values[a]).then(a.cmp(&b))
    }

    fn bound(&self, prices: &[f64], top: &[usize]) -> f64 {
        let rest: f64 = self
            .problem
            .weights
            .iter()
            .zip(prices)
            .zip(&self.covered)
            .map(|((weight, price), covered)| if *covered { 0.0 } else { weight - price })
            .sum();
        self.base + rest + top.iter().map(|&site| self.values[site]).sum::<f64>()
    }

    /// Leaves out sites whose choice would bring the bound below the best.
    fn leave_out(&self, decided: &mut [Decided], open: &[usize], top: usize, value: f64) {
        let Some(last) = top.checked_sub(1).and_then(|place| open.get(place)) else {
            return;
        };
        let threshold = self.values[*last];
        for &site in &open[top..] {
            if value - (threshold - self.values[site]) < self.best + self.problem.step(self.best) {
                decided[site] = Decided::Out;
            }
        }
    }
}
