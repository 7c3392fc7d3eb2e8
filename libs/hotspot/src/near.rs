//! Pairs of points within a distance: points sorted into squares of that size.

use geo::Coord;

/// How far apart two points are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// As the crow flies.
    Euclidean,
    /// Along a grid of streets: the difference of the first coordinates plus that of the second.
    Manhattan,
}

impl Metric {
    pub(crate) fn distance(self, a: Coord<f64>, b: Coord<f64>) -> f64 {
        let (dx, dy) = ((a.x - b.x).abs(), (a.y - b.y).abs());
        match self {
            // Not `hypot`, which is slower and whose last digit differs between machines.
            Self::Euclidean => (dx * dx + dy * dy).sqrt(),
            Self::Manhattan => dx + dy,
        }
    }
}

/// Points in squares whose side is the distance asked for, so that near ones lie in touching squares.
pub(crate) struct Squares {
    /// Positions of the points in the input, square by square.
    pub(crate) order: Vec<u32>,
    /// The points in that order.
    pub(crate) points: Vec<Coord<f64>>,
    /// Column and row of each square that holds a point, with where it begins in `order`; ascending.
    squares: Vec<((i64, i64), usize)>,
}

impl Squares {
    /// Sorts finite points, fewer than 2³², into squares for pairs within `distance`.
    pub(crate) fn new(points: &[Coord<f64>], distance: f64) -> Self {
        let mut min = Coord {
            x: f64::INFINITY,
            y: f64::INFINITY,
        };
        let mut side = 0.0_f64;
        for at in points {
            min.x = min.x.min(at.x);
            min.y = min.y.min(at.y);
        }
        for at in points {
            side = side.max(at.x - min.x).max(at.y - min.y);
        }
        // A little larger than the distance, so that no rounding puts a pair two squares apart; and not
        // so small beside the map that squares could not be numbered.
        let size = (distance * (1.0 + 1e-9)).max(side * 1e-9);
        let number = |value: f64| {
            if size > 0.0 {
                (value / size).floor() as i64
            } else {
                0
            }
        };
        let mut keyed: Vec<((i64, i64), u32)> = points
            .iter()
            .zip(0_u32..)
            .map(|(at, index)| ((number(at.x - min.x), number(at.y - min.y)), index))
            .collect();
        keyed.sort_unstable();
        let mut squares: Vec<((i64, i64), usize)> = Vec::new();
        for (place, &(square, _)) in keyed.iter().enumerate() {
            if squares.last().is_none_or(|last| last.0 != square) {
                squares.push((square, place));
            }
        }
        let order: Vec<u32> = keyed.into_iter().map(|(_, index)| index).collect();
        Self {
            points: order.iter().map(|&index| points[index as usize]).collect(),
            order,
            squares,
        }
    }

    /// How many squares hold points.
    pub(crate) fn len(&self) -> usize {
        self.squares.len()
    }

    fn range(&self, square: usize) -> std::ops::Range<usize> {
        let end = self
            .squares
            .get(square + 1)
            .map_or(self.order.len(), |next| next.1);
        self.squares[square].1..end
    }

    /// Calls `found` with the places (in `order`) and the distance of each pair within `distance` that
    /// begins in this square, the smaller place first. Over all squares each pair is met once.
    pub(crate) fn pairs(
        &self,
        square: usize,
        metric: Metric,
        distance: f64,
        mut found: impl FnMut(usize, usize, f64),
    ) {
        let own = self.range(square);
        let (column, row) = self.squares[square].0;
        let below = self.beside((column, row + 1), (column, row + 1));
        let next = self.beside((column + 1, row - 1), (column + 1, row + 1));
        for place in own.clone() {
            let at = self.points[place];
            for others in [place + 1..own.end, below.clone(), next.clone()] {
                for other in others {
                    let apart = metric.distance(at, self.points[other]);
                    if apart <= distance {
                        found(place, other, apart);
                    }
                }
            }
        }
    }

    /// The places of all points in the squares from one number to another of the same column.
    fn beside(&self, from: (i64, i64), to: (i64, i64)) -> std::ops::Range<usize> {
        let first = self.squares.partition_point(|square| square.0 < from);
        let end = self.squares.partition_point(|square| square.0 <= to);
        if first == end {
            return 0..0;
        }
        self.range(first).start..self.range(end - 1).end
    }

    #[cfg(test)]
    fn all_pairs(&self, metric: Metric, distance: f64) -> Vec<(u32, u32)> {
        let mut pairs = Vec::new();
        for square in 0..self.len() {
            self.pairs(square, metric, distance, |a, b, _| {
                let (a, b) = (self.order[a], self.order[b]);
                pairs.push((a.min(b), a.max(b)));
            });
        }
        pairs.sort_unstable();
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draws::Draws;

    #[test]
    fn pairs_are_those_of_a_plain_comparison() {
        let mut draws = Draws::new(1, 1);
        for round in 0..40_u32 {
            // Whole coordinates, so that many pairs are exactly at the distance; some points coincide.
            let points: Vec<Coord<f64>> = (0..60)
                .map(|_| Coord {
                    x: f64::from(draws.below(12)) - 6.0,
                    y: f64::from(draws.below(12)) * 0.1,
                })
                .collect();
            for (metric, distance) in [
                (Metric::Euclidean, 2.0),
                (Metric::Manhattan, 0.3),
                (Metric::Euclidean, 0.0),
                (Metric::Manhattan, 1e6),
            ] {
                let mut expected = Vec::new();
                for a in 0..points.len() {
                    for b in a + 1..points.len() {
                        if metric.distance(points[a], points[b]) <= distance {
                            expected.push((a as u32, b as u32));
                        }
                    }
                }
                let squares = Squares::new(&points, distance);
                assert_eq!(
                    squares.all_pairs(metric, distance),
                    expected,
                    "round {round}"
                );
            }
        }
        assert_eq!(Squares::new(&[], 1.0).len(), 0);
    }
}
