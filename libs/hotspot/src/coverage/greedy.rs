//! The greedy choice, what it proves, and exchanges that improve it.

use rayon::prelude::*;

use super::problem::Problem;

/// The site that adds most, again and again, and a bound on every choice.
///
/// After k sites no choice of p covers more than these cover plus the p largest gains that are left: the
/// least of these over k is the bound.
pub(super) fn greedy(problem: &Problem, choose: usize) -> (Vec<usize>, f64) {
    let mut gains: Vec<f64> = problem
        .sites
        .iter()
        .map(|site| {
            site.iter()
                .map(|&demand| problem.weights[demand as usize])
                .sum()
        })
        .collect();
    let mut covered = vec![false; problem.weights.len()];
    let mut chosen = Vec::new();
    let mut value = 0.0;
    let mut bound = f64::INFINITY;
    loop {
        let mut largest = gains.clone();
        largest.sort_by(|a, b| b.total_cmp(a));
        bound = bound.min(value + largest.iter().take(choose).sum::<f64>());
        if chosen.len() == choose {
            break;
        }
        let best = gains
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)));
        let Some((site, &gain)) = best else { break };
        if gain <= 1e-12 * value {
            break;
        }
        chosen.push(site);
        value += gain;
        for &demand in &problem.sites[site] {
            if !std::mem::replace(&mut covered[demand as usize], true) {
                for &other in &problem.demands[demand as usize] {
                    gains[other as usize] -= problem.weights[demand as usize];
                }
            }
        }
    }
    (chosen, bound)
}

/// Exchanges one chosen site for another as long as that covers more.
pub(super) fn exchanged(problem: &Problem, mut chosen: Vec<usize>) -> Vec<usize> {
    let mut cover = vec![0_u32; problem.weights.len()];
    for &site in &chosen {
        for &demand in &problem.sites[site] {
            cover[demand as usize] += 1;
        }
    }
    let mut unimproved = 0;
    let mut place = 0;
    while unimproved < chosen.len() {
        let leaving = chosen[place];
        let mut loss = 0.0;
        for &demand in &problem.sites[leaving] {
            let count = &mut cover[demand as usize];
            *count -= 1;
            if *count == 0 {
                loss += problem.weights[demand as usize];
            }
        }
        let (gain, joining) = problem
            .sites
            .par_iter()
            .enumerate()
            .with_min_len(64)
            .map(|(site, demands)| {
                let new = demands
                    .iter()
                    .filter(|&&demand| cover[demand as usize] == 0);
                let gain: f64 = new.map(|&demand| problem.weights[demand as usize]).sum();
                (gain, site)
            })
            .reduce(
                || (f64::NEG_INFINITY, usize::MAX),
                |a, b| {
                    if b.0 > a.0 || (b.0 == a.0 && b.1 < a.1) {
                        b
                    } else {
                        a
                    }
                },
            );
        let site = if joining < problem.sites.len() && gain > loss + problem.step(loss).min(1e-6) {
            unimproved = 0;
            joining
        } else {
            unimproved += 1;
            leaving
        };
        chosen[place] = site;
        for &demand in &problem.sites[site] {
            cover[demand as usize] += 1;
        }
        place = (place + 1) % chosen.len();
    }
    chosen
}
