//! Branch and bound over the sites that the relaxation leaves open.

use super::CoverageProgress;
use super::greedy::exchanged;
use super::problem::Problem;
use super::relaxation::{Decided, relax};

/// Steps of descent at the root, and at each node below it.
const ROOT_ROUNDS: u32 = 600;
const NODE_ROUNDS: u32 = 60;

/// A search for the best choice.
pub(super) struct Search<'a> {
    problem: &'a Problem,
    choose: usize,
    /// The best choice so far and its value.
    pub(super) best: Vec<usize>,
    pub(super) value: f64,
    /// No choice has a larger value.
    pub(super) bound: f64,
    pub(super) optimal: bool,
    pub(super) nodes: u64,
}

/// A part of the choices that is still to be looked at.
struct Part {
    decided: Vec<Decided>,
    prices: Vec<f64>,
    bound: f64,
}

impl<'a> Search<'a> {
    pub(super) fn new(problem: &'a Problem, choose: usize, best: Vec<usize>) -> Self {
        Self {
            problem,
            choose,
            value: problem.value(&best),
            best,
            bound: f64::INFINITY,
            optimal: false,
            nodes: 0,
        }
    }

    pub(super) fn run(
        &mut self,
        most: u64,
        greedy_bound: f64,
        go_on: &impl Fn(&CoverageProgress) -> bool,
    ) {
        let everything: f64 = self.problem.weights.iter().sum();
        let ceiling = greedy_bound.min(everything);
        // Each demand's weight shared out among its sites: a middling start for the prices.
        let prices = self
            .problem
            .weights
            .iter()
            .map(|weight| weight * 0.5)
            .collect();
        let mut stack = vec![Part {
            decided: vec![Decided::Open; self.problem.sites.len()],
            prices,
            bound: ceiling,
        }];
        self.bound = ceiling;
        while let Some(part) = stack.pop() {
            let beaten = part.bound < self.value + self.problem.step(self.value);
            if beaten {
                continue;
            }
            let root = self.nodes == 0;
            let stop = !root
                && (self.nodes > most
                    || !go_on(&CoverageProgress {
                        nodes: self.nodes,
                        covered: self.problem.base + self.value,
                        bound: self.problem.base + self.bound,
                    }));
            if stop {
                stack.push(part);
                break;
            }
            self.nodes += 1;
            self.look(
                part,
                &mut stack,
                if root { ROOT_ROUNDS } else { NODE_ROUNDS },
            );
            let open = stack.iter().map(|part| part.bound);
            self.bound = open.fold(self.value, f64::max).min(self.bound);
        }
        self.optimal = stack
            .iter()
            .all(|part| part.bound < self.value + self.problem.step(self.value));
        if self.optimal {
            self.bound = self.value;
        }
    }

    /// Bounds a part of the choices and splits it in two where that does not settle it.
    fn look(&mut self, mut part: Part, stack: &mut Vec<Part>, rounds: u32) {
        let relaxed = relax(
            self.problem,
            &mut part.decided,
            &mut part.prices,
            self.choose,
            self.value,
            rounds,
        );
        if let Some((_, chosen)) = relaxed.found {
            let chosen = if rounds == ROOT_ROUNDS || self.nodes.is_multiple_of(16) {
                exchanged(self.problem, chosen)
            } else {
                chosen
            };
            let value = self.problem.value(&chosen);
            if value > self.value {
                self.value = value;
                self.best = chosen;
            }
        }
        part.bound = part.bound.min(relaxed.bound);
        if self.problem.whole {
            part.bound = (part.bound + 1e-6).floor();
        }
        if part.bound < self.value + self.problem.step(self.value) {
            return;
        }
        let inside = part.decided.iter().filter(|d| **d == Decided::In).count();
        let open: Vec<usize> = (0..part.decided.len())
            .filter(|&site| part.decided[site] == Decided::Open)
            .collect();
        if inside + open.len() <= self.choose {
            // All that is open can be chosen: that is the choice that was met.
            return;
        }
        let split = open.into_iter().min_by(|&a, &b| {
            let apart = |site: usize| (relaxed.share[site] - 0.5).abs();
            apart(a).total_cmp(&apart(b)).then(a.cmp(&b))
        });
        let Some(site) = split.filter(|_| inside < self.choose) else {
            // Nothing is open: the choice that was met is the only one.
            return;
        };
        let mut without = part.decided.clone();
        without[site] = Decided::Out;
        stack.push(Part {
            decided: without,
            prices: part.prices.clone(),
            bound: part.bound,
        });
        part.decided[site] = Decided::In;
        stack.push(part);
    }
}
