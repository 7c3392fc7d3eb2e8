//! The zones that a scan looks at: circles, or any shape of a few neighbours.

use geo::Coord;
use rayon::prelude::*;

use super::ScanError;
use crate::Weights;
use crate::weights::finite;

/// Marks a location after which others at the same distance follow: the zone is not complete yet.
pub(super) const MORE: u32 = 1 << 31;
/// Takes the last location off again.
pub(super) const BACK: u32 = u32::MAX;
/// Steps held at most: four bytes each.
const MOST_STEPS: u64 = 400_000_000;

/// Zones to scan: for each centre the order in which locations join (and leave) its zones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zones {
    pub(super) programs: Vec<Vec<u32>>,
    /// Whether locations leave zones again, as they do for flexible ones.
    pub(super) shapes: bool,
}

impl Zones {
    /// How many locations there are.
    #[must_use]
    pub fn locations(&self) -> usize {
        self.programs.len()
    }

    /// Circles round every location, growing by one location at a time (by all at the same distance
    /// together) until they would hold more than `share` of `population` or reach beyond `radius`.
    ///
    /// For the permutation model give the number of cases of each location as population.
    ///
    /// # Errors
    ///
    /// [`ScanError::Points`] for places that are not numbers, [`ScanError::Lengths`] and
    /// [`ScanError::Population`] for the population, [`ScanError::Range`] for a share that is not above 0
    /// and at most 1 or a negative radius, [`ScanError::TooManyZones`] where they cannot be held.
    pub fn circles(
        places: &[Coord<f64>],
        population: &[f64],
        share: f64,
        radius: Option<f64>,
    ) -> Result<Self, ScanError> {
        finite(places)?;
        if population.len() != places.len() {
            return Err(ScanError::Lengths {
                of: "locations",
                found: population.len(),
                wanted: places.len(),
            });
        }
        let all: f64 = population.iter().sum();
        if !population.iter().all(|people| *people >= 0.0) || !all.is_finite() {
            return Err(ScanError::Population);
        }
        let furthest = radius.unwrap_or(f64::INFINITY);
        for (what, value, most) in [
            ("the largest share of a zone", share, 1.0),
            ("the largest radius of a zone", furthest, f64::INFINITY),
        ] {
            if !(value > 0.0 && value <= most) {
                return Err(ScanError::Range {
                    what,
                    least: 0.0,
                    most,
                    value,
                });
            }
        }
        // A hair of tolerance, so that half of the population is half whatever the order of adding up.
        let most = share * all * (1.0 + 1e-12);
        Self::held(
            (0..places.len())
                .into_par_iter()
                .map(|centre| circle(places, population, centre, most, furthest * furthest))
                .collect(),
            false,
        )
    }

    /// Zones of any shape: every connected set of locations that contains a centre and lies within the
    /// centre's `most` nearest locations (itself counted), for every centre.
    ///
    /// `neighbours` says which locations touch (one-way links count both ways), `places` where they are.
    /// The number of sets grows like 2 to the power of `most`, so it may be at most 20; 10 is usual.
    ///
    /// Source: Tango, T. and Takahashi, K. (2005), 'A flexibly shaped spatial scan statistic for detecting
    /// clusters', *International Journal of Health Geographics* 4.
    ///
    /// # Errors
    ///
    /// As [`circles`](Self::circles), with [`ScanError::Range`] for `most` outside 1 to 20.
    pub fn flexible(
        places: &[Coord<f64>],
        neighbours: &Weights,
        most: usize,
    ) -> Result<Self, ScanError> {
        finite(places)?;
        if neighbours.len() != places.len() {
            return Err(ScanError::Lengths {
                of: "locations",
                found: neighbours.len(),
                wanted: places.len(),
            });
        }
        if !(1..=20).contains(&most) {
            return Err(ScanError::Range {
                what: "the most locations of a zone",
                least: 1.0,
                most: 20.0,
                value: most as f64,
            });
        }
        let mut links: Vec<Vec<u32>> = vec![Vec::new(); places.len()];
        for unit in 0..places.len() {
            for &other in neighbours.neighbours(unit) {
                if other as usize != unit {
                    links[unit].push(other);
                    links[other as usize].push(unit as u32);
                }
            }
        }
        Self::held(
            (0..places.len())
                .into_par_iter()
                .map(|centre| {
                    let near: Vec<u32> = by_distance(places, centre)
                        .into_iter()
                        .take(most)
                        .map(|(_, location)| location)
                        .collect();
                    Shapes::around(&near, &links)
                })
                .collect(),
            true,
        )
    }

    fn held(programs: Vec<Vec<u32>>, shapes: bool) -> Result<Self, ScanError> {
        let steps: u64 = programs.iter().map(|program| program.len() as u64).sum();
        if steps > MOST_STEPS {
            return Err(ScanError::TooManyZones {
                steps,
                most: MOST_STEPS,
            });
        }
        Ok(Self { programs, shapes })
    }
}

/// All locations by squared distance (as bits, which keep the order) from a centre, the centre first.
fn by_distance(places: &[Coord<f64>], centre: usize) -> Vec<(u64, u32)> {
    let from = places[centre];
    let mut order: Vec<(u64, u32)> = places
        .iter()
        .zip(0_u32..)
        .map(|(at, location)| {
            let squared = (at.x - from.x).powi(2) + (at.y - from.y).powi(2);
            (squared.to_bits(), location)
        })
        .collect();
    order.sort_unstable();
    if let Some(place) = order.iter().position(|at| at.1 as usize == centre) {
        order[..=place].rotate_right(1);
    }
    order
}

fn circle(
    places: &[Coord<f64>],
    population: &[f64],
    centre: usize,
    most: f64,
    furthest_squared: f64,
) -> Vec<u32> {
    let order = by_distance(places, centre);
    let mut program = Vec::new();
    let mut inside = 0.0;
    for ring in order.chunk_by(|a, b| a.0 == b.0) {
        let apart = ring.first().map_or(0.0, |at| f64::from_bits(at.0));
        inside += ring.iter().map(|at| population[at.1 as usize]).sum::<f64>();
        if inside > most || apart > furthest_squared {
            break;
        }
        for (left, at) in (0..ring.len()).rev().zip(ring) {
            program.push(if left > 0 { at.1 | MORE } else { at.1 });
        }
    }
    program.shrink_to_fit();
    program
}

/// Enumerates connected sets with a centre, each once: a location that was passed over stays out below.
struct Shapes<'a> {
    near: &'a [u32],
    /// For each of the near locations, which of them it touches, as bits.
    links: Vec<u32>,
    program: Vec<u32>,
}

impl<'a> Shapes<'a> {
    fn around(near: &'a [u32], all: &[Vec<u32>]) -> Vec<u32> {
        let links: Vec<u32> = near
            .iter()
            .map(|&location| {
                near.iter().zip(0_u32..).fold(0, |bits, (other, bit)| {
                    bits | u32::from(all[location as usize].contains(other)) << bit
                })
            })
            .collect();
        let Some((&centre, &open)) = near.first().zip(links.first()) else {
            return Vec::new();
        };
        let mut shapes = Self {
            near,
            links,
            program: vec![centre],
        };
        shapes.grow(1, 0, open);
        shapes.program
    }

    /// Adds each of the `open` locations in turn to the set, and grows on without those before it.
    fn grow(&mut self, set: u32, mut closed: u32, mut open: u32) {
        while open != 0 {
            let bit = open.trailing_zeros();
            let one = 1_u32 << bit;
            open &= !one;
            closed |= one;
            self.program.push(self.near[bit as usize]);
            let reached = self.links[bit as usize] & !(set | closed);
            self.grow(set | one, closed, open | reached);
            self.program.push(BACK);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use geo::coord;

    use super::*;

    #[test]
    fn shapes_are_all_connected_sets_once() {
        // A cross of five: the middle touches all, the arms nothing else.
        let places: Vec<_> = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.1), (-1.2, 0.0), (0.0, -1.3)]
            .map(|(x, y)| coord! { x: x, y: y })
            .to_vec();
        let weights =
            Weights::from_neighbours([vec![1, 2, 3, 4], vec![], vec![], vec![], vec![]]).unwrap();
        let zones = Zones::flexible(&places, &weights, 5).unwrap();
        let sets = |program: &[u32]| {
            let mut stack = Vec::new();
            let mut found = Vec::new();
            for &step in program {
                if step == BACK {
                    stack.pop();
                } else {
                    stack.push(step);
                    found.push(stack.iter().copied().collect::<BTreeSet<_>>());
                }
            }
            found
        };
        // From the middle any of the 16 sets of arms; from an arm itself, or with the middle any of the 8
        // sets of the others.
        let middle = sets(&zones.programs[0]);
        assert_eq!(middle.len(), 16);
        assert_eq!(middle.iter().collect::<BTreeSet<_>>().len(), 16);
        assert_eq!(sets(&zones.programs[1]).len(), 9);
    }

    #[test]
    fn circles_stop_at_the_share_and_take_rings_whole() {
        let places: Vec<_> = (0..6).map(|i| coord! { x: f64::from(i), y: 0.0 }).collect();
        let zones = Zones::circles(&places, &[1.0; 6], 0.5, None).unwrap();
        assert_eq!(zones.programs[0], [0, 1, 2]);
        assert_eq!(zones.programs[2], [2, 1 | MORE, 3]);
        let near = Zones::circles(&places, &[1.0; 6], 1.0, Some(1.0)).unwrap();
        assert_eq!(near.programs[5], [5, 4]);
        for (share, radius) in [
            (0.0, None),
            (1.5, None),
            (f64::NAN, None),
            (0.5, Some(-1.0)),
        ] {
            assert!(Zones::circles(&places, &[1.0; 6], share, radius).is_err());
        }
        assert!(Zones::circles(&places, &[1.0; 5], 0.5, None).is_err());
        assert!(Zones::circles(&places, &[f64::NAN; 6], 0.5, None).is_err());
        assert_eq!(Zones::circles(&[], &[], 0.5, None).unwrap().locations(), 0);
    }
}
