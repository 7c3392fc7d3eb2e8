//! The k nearest of n points, ties going to the point that comes first in the input.

use std::collections::BinaryHeap;

use rayon::prelude::*;

/// A tree over points of D dimensions that halves them along the longer side again and again.
pub(crate) struct Tree<'a, const D: usize> {
    points: &'a [[f64; D]],
    order: Vec<u32>,
    nodes: Vec<Node<D>>,
}

struct Node<const D: usize> {
    min: [f64; D],
    max: [f64; D],
    /// The smallest position in the input below this node: no tie can do better.
    first: u32,
    from: u32,
    to: u32,
    /// The two halves, where there are any.
    halves: Option<(u32, u32)>,
}

const LEAF: usize = 12;

impl<'a, const D: usize> Tree<'a, D> {
    /// A tree of finite points, fewer than 2³².
    pub(crate) fn new(points: &'a [[f64; D]]) -> Self {
        let mut tree = Self {
            points,
            order: (0..points.len() as u32).collect(),
            nodes: Vec::new(),
        };
        if !points.is_empty() {
            tree.build(0, points.len());
        }
        tree
    }

    fn build(&mut self, from: usize, to: usize) -> u32 {
        let (mut min, mut max) = ([f64::INFINITY; D], [f64::NEG_INFINITY; D]);
        let mut first = u32::MAX;
        for &index in &self.order[from..to] {
            first = first.min(index);
            for axis in 0..D {
                min[axis] = min[axis].min(self.points[index as usize][axis]);
                max[axis] = max[axis].max(self.points[index as usize][axis]);
            }
        }
        let node = self.nodes.len();
        self.nodes.push(Node {
            min,
            max,
            first,
            from: from as u32,
            to: to as u32,
            halves: None,
        });
        if to - from > LEAF {
            let axis = (0..D)
                .max_by(|&a, &b| (max[a] - min[a]).total_cmp(&(max[b] - min[b])))
                .unwrap_or(0);
            let points = self.points;
            let half = (to - from) / 2;
            // Points in one place are halved by their position in the input.
            self.order[from..to].select_nth_unstable_by(half, |&a, &b| {
                points[a as usize][axis]
                    .total_cmp(&points[b as usize][axis])
                    .then(a.cmp(&b))
            });
            let low = self.build(from, from + half);
            let high = self.build(from + half, to);
            self.nodes[node].halves = Some((low, high));
        }
        node as u32
    }

    /// The `k` points nearest to point `own`, itself left out, the nearest first.
    pub(crate) fn nearest(&self, own: u32, k: usize) -> Vec<u32> {
        let mut best = BinaryHeap::with_capacity(k + 1);
        if !self.nodes.is_empty() && k > 0 {
            self.search(0, own, k, &mut best);
        }
        best.into_sorted_vec()
            .into_iter()
            .map(|found| found.index)
            .collect()
    }

    fn search(&self, node: u32, own: u32, k: usize, best: &mut BinaryHeap<Found>) {
        let at = &self.points[own as usize];
        let here = &self.nodes[node as usize];
        let Some((low, high)) = here.halves else {
            for &index in &self.order[here.from as usize..here.to as usize] {
                if index != own {
                    let apart = squared(at, &self.points[index as usize]);
                    let found = Found { apart, index };
                    if best.len() < k {
                        best.push(found);
                    } else if best.peek().is_some_and(|worst| found < *worst) {
                        best.pop();
                        best.push(found);
                    }
                }
            }
            return;
        };
        let mut halves = [low, high].map(|half| {
            let half_node = &self.nodes[half as usize];
            let best_there = Found {
                apart: half_node.squared_to(at),
                index: half_node.first,
            };
            (best_there, half)
        });
        if halves[1].0 < halves[0].0 {
            halves.swap(0, 1);
        }
        for (best_there, half) in halves {
            if best.len() < k || best.peek().is_some_and(|worst| best_there < *worst) {
                self.search(half, own, k, best);
            }
        }
    }

    /// The `k` nearest of every point, in the order of the input.
    pub(crate) fn all_nearest(&self, k: usize) -> Vec<Vec<u32>> {
        (0..self.points.len() as u32)
            .into_par_iter()
            .with_min_len(64)
            .map(|own| self.nearest(own, k))
            .collect()
    }
}

impl<const D: usize> Node<D> {
    fn squared_to(&self, at: &[f64; D]) -> f64 {
        let mut sum = 0.0;
        for (axis, value) in at.iter().enumerate() {
            let outside = (self.min[axis] - value)
                .max(value - self.max[axis])
                .max(0.0);
            sum += outside * outside;
        }
        sum
    }
}

fn squared<const D: usize>(a: &[f64; D], b: &[f64; D]) -> f64 {
    let mut sum = 0.0;
    for axis in 0..D {
        sum += (a[axis] - b[axis]) * (a[axis] - b[axis]);
    }
    sum
}

/// A point found: nearer first, then earlier in the input.
struct Found {
    apart: f64,
    index: u32,
}

impl Ord for Found {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.apart
            .total_cmp(&other.apart)
            .then(self.index.cmp(&other.index))
    }
}

impl PartialOrd for Found {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Found {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Found {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draws::Draws;

    #[test]
    fn nearest_are_those_of_a_plain_sort() {
        let mut draws = Draws::new(2, 2);
        for side in [1_u32, 3, 10, 1000] {
            let points: Vec<[f64; 2]> = (0..150)
                .map(|_| [f64::from(draws.below(side)), f64::from(draws.below(side))])
                .collect();
            let tree = Tree::new(&points);
            for own in 0..150_u32 {
                let mut others: Vec<u32> = (0..150).filter(|&j| j != own).collect();
                others.sort_by(|&a, &b| {
                    squared(&points[own as usize], &points[a as usize])
                        .total_cmp(&squared(&points[own as usize], &points[b as usize]))
                        .then(a.cmp(&b))
                });
                assert_eq!(tree.nearest(own, 7), others[..7]);
            }
        }
    }

    #[test]
    fn points_in_one_place_are_no_trouble() {
        let points = vec![[1.0, 1.0]; 20_000];
        let all = Tree::new(&points).all_nearest(3);
        assert_eq!(all[0], [1, 2, 3]);
        assert_eq!(all[2], [0, 1, 3]);
        assert_eq!(all[19_999], [0, 1, 2]);
    }
}
