//! The problem after presolve.

use std::collections::HashMap;

use super::Reach;

/// Demands that the same sites cover are one, and sites that another replaces are gone.
pub(super) struct Problem {
    /// The number of each site in the input.
    pub(super) names: Vec<usize>,
    /// Demands of each site.
    pub(super) sites: Vec<Vec<u32>>,
    /// Sites of each demand.
    pub(super) demands: Vec<Vec<u32>>,
    pub(super) weights: Vec<f64>,
    /// Weight that the kept sites cover.
    pub(super) base: f64,
    /// Whether all weights are whole numbers, so that every value is one too.
    pub(super) whole: bool,
}

/// Comparisons of sites at most while looking for ones that another replaces.
const MOST_COMPARISONS: u64 = 200_000_000;

impl Problem {
    pub(super) fn new(reach: &Reach, weights: &[f64], kept: &[bool], choose: usize) -> Self {
        let mut covered = vec![false; weights.len()];
        for (site, kept) in kept.iter().enumerate() {
            if *kept {
                for &demand in reach.of(site) {
                    covered[demand as usize] = true;
                }
            }
        }
        let base = weights
            .iter()
            .zip(&covered)
            .map(|(weight, covered)| if *covered { *weight } else { 0.0 })
            .sum();
        // Candidate sites of each demand that is not settled yet.
        let mut lists: Vec<Vec<u32>> = vec![Vec::new(); weights.len()];
        for (site, kept) in kept.iter().enumerate() {
            if !kept {
                for &demand in reach.of(site) {
                    if !covered[demand as usize] && weights[demand as usize] > 0.0 {
                        lists[demand as usize].push(site as u32);
                    }
                }
            }
        }
        let (demands, weights) = merged(lists, weights);
        let mut sites: Vec<Vec<u32>> = vec![Vec::new(); reach.sites()];
        for (demand, list) in demands.iter().enumerate() {
            for &site in list {
                sites[site as usize].push(demand as u32);
            }
        }
        let replaced = replaced(&sites, &demands);
        let names: Vec<usize> = (0..sites.len())
            .filter(|&site| !sites[site].is_empty() && !replaced[site])
            .collect();
        // Without the replaced sites more demands may have the same lists.
        let mut place = vec![u32::MAX; sites.len()];
        for (new, &old) in names.iter().enumerate() {
            place[old] = new as u32;
        }
        let lists = demands
            .into_iter()
            .map(|list| {
                let kept = list.into_iter().map(|site| place[site as usize]);
                kept.filter(|site| *site != u32::MAX).collect()
            })
            .collect();
        let (demands, weights) = merged(lists, &weights);
        let mut sites: Vec<Vec<u32>> = vec![Vec::new(); names.len()];
        for (demand, list) in demands.iter().enumerate() {
            for &site in list {
                sites[site as usize].push(demand as u32);
            }
        }
        let whole = weights.iter().all(|weight| weight.fract() == 0.0);
        debug_assert!(choose <= reach.sites());
        Self {
            names,
            sites,
            demands,
            weights,
            base,
            whole,
        }
    }

    /// Weight that these sites cover.
    pub(super) fn value(&self, chosen: &[usize]) -> f64 {
        let mut covered = vec![false; self.weights.len()];
        let mut value = 0.0;
        for &site in chosen {
            for &demand in &self.sites[site] {
                let demand = demand as usize;
                if !covered[demand] {
                    covered[demand] = true;
                    value += self.weights[demand];
                }
            }
        }
        value
    }

    /// The least by which a better choice would be better, or rounding.
    pub(super) fn step(&self, value: f64) -> f64 {
        if self.whole {
            1.0 - 1e-6
        } else {
            1e-9 * value.abs().max(1.0)
        }
    }
}

/// Demands with the same sites as one, with their weights added up; those without any site are gone.
fn merged(lists: Vec<Vec<u32>>, weights: &[f64]) -> (Vec<Vec<u32>>, Vec<f64>) {
    let mut places: HashMap<Vec<u32>, usize> = HashMap::new();
    let mut sums: Vec<f64> = Vec::new();
    for (list, weight) in lists.into_iter().zip(weights) {
        if !list.is_empty() {
            let next = sums.len();
            let place = *places.entry(list).or_insert(next);
            if place == next {
                sums.push(0.0);
            }
            sums[place] += weight;
        }
    }
    let mut demands = vec![Vec::new(); sums.len()];
    for (list, place) in places {
        demands[place] = list;
    }
    (demands, sums)
}

/// Sites whose demands another site covers as well (of equal ones, all but the first).
fn replaced(sites: &[Vec<u32>], demands: &[Vec<u32>]) -> Vec<bool> {
    let mut replaced = vec![false; sites.len()];
    let mut comparisons = 0_u64;
    for (site, own) in sites.iter().enumerate() {
        // Whoever replaces it covers its rarest demand.
        let Some(rarest) = own
            .iter()
            .min_by_key(|&&demand| demands[demand as usize].len())
        else {
            continue;
        };
        for &other in &demands[*rarest as usize] {
            let other = other as usize;
            let theirs = &sites[other];
            let larger = theirs.len() > own.len() || (theirs.len() == own.len() && other < site);
            if other == site || replaced[other] || !larger {
                continue;
            }
            comparisons += theirs.len() as u64;
            if comparisons > MOST_COMPARISONS {
                return replaced;
            }
            let mut rest = theirs.iter();
            if own.iter().all(|demand| rest.any(|theirs| theirs == demand)) {
                replaced[site] = true;
                break;
            }
        }
    }
    replaced
}
