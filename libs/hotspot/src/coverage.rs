//! Coverage: which p sites (cameras, patrol stops) cover the most incidents or harm?

mod branch;
mod greedy;
mod problem;
mod relaxation;
#[cfg(test)]
mod tests;

use geo::Coord;
use rayon::prelude::*;
use thiserror::Error;

use crate::PointError;
use crate::weights::finite;

use branch::Search;
use problem::Problem;

/// Why sites could not be chosen.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum CoverageError {
    /// The places are unusable.
    #[error(transparent)]
    Points(#[from] PointError),
    /// A range is negative or not a number, or a sector is not 0 to 360 degrees wide.
    #[error("site {site} has no usable range or sector")]
    Site {
        /// Position of the site, from 0.
        site: usize,
    },
    /// A site's list names a demand that does not exist.
    #[error("site {site} reaches demand {demand}, but there are {demands}")]
    NoSuchDemand {
        /// Position of the site, from 0.
        site: usize,
        /// The demand it names.
        demand: usize,
        /// How many demands there are.
        demands: usize,
    },
    /// There is not one weight for each demand, or one is negative or not a number.
    #[error("there must be one weight for each of {demands} demands, zero or more")]
    Weights {
        /// How many demands there are.
        demands: usize,
    },
    /// A kept site does not exist or is named twice.
    #[error("kept site {site} does not exist, or is named twice")]
    Kept {
        /// The site.
        site: usize,
    },
    /// More sites are to be chosen than there are left.
    #[error("{choose} sites are to be chosen, but {left} can be")]
    TooFewSites {
        /// How many are to be chosen.
        choose: usize,
        /// How many are not kept already.
        left: usize,
    },
}

/// Where a camera or patrol stop could be, and what it sees from there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Site {
    /// Where it is, in a plane.
    pub at: Coord<f64>,
    /// How far it reaches, in the unit of the coordinates.
    pub range: f64,
    /// The part of the circle it sees; all of it where `None`.
    pub sector: Option<Sector>,
}

/// A field of view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sector {
    /// Where its middle points, in degrees clockwise from north.
    pub bearing: f64,
    /// How wide it is, in degrees, above 0 and at most 360.
    pub width: f64,
}

/// Which demands each site covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    demands: usize,
    sites: Vec<Vec<u32>>,
}

impl Reach {
    /// What each site covers in a straight line: demands within its range and its sector. Walls, trees and
    /// hills are not known to it.
    ///
    /// # Errors
    ///
    /// [`CoverageError::Points`] for places that are not numbers, [`CoverageError::Site`] for a range or
    /// sector that cannot be.
    pub fn new(demands: &[Coord<f64>], sites: &[Site]) -> Result<Self, CoverageError> {
        finite(demands)?;
        let places: Vec<Coord<f64>> = sites.iter().map(|site| site.at).collect();
        finite(&places)?;
        let unusable = |site: &Site| {
            let range = site.range.is_finite() && site.range >= 0.0;
            let sector = site.sector.is_none_or(|sector| {
                sector.bearing.is_finite() && sector.width > 0.0 && sector.width <= 360.0
            });
            !(range && sector)
        };
        if let Some(site) = sites.iter().position(unusable) {
            return Err(CoverageError::Site { site });
        }
        let mut sorted: Vec<(f64, f64, u32)> = demands
            .iter()
            .zip(0..)
            .map(|(at, demand)| (at.y, at.x, demand))
            .collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let sites = sites
            .par_iter()
            .map(|site| {
                let from = sorted.partition_point(|demand| demand.0 < site.at.y - site.range);
                let to = sorted.partition_point(|demand| demand.0 <= site.at.y + site.range);
                let mut covered: Vec<u32> = sorted[from..to]
                    .iter()
                    .filter(|&&(y, x, _)| site.sees(Coord { x, y }))
                    .map(|&(_, _, demand)| demand)
                    .collect();
                covered.sort_unstable();
                covered
            })
            .collect();
        Ok(Self {
            demands: demands.len(),
            sites,
        })
    }

    /// From lists of the demands that each site covers (by walking time, line of sight or judgement).
    ///
    /// # Errors
    ///
    /// [`CoverageError::NoSuchDemand`] for a demand beyond the last.
    pub fn from_lists(demands: usize, lists: &[Vec<usize>]) -> Result<Self, CoverageError> {
        let mut sites = Vec::with_capacity(lists.len());
        for (site, list) in lists.iter().enumerate() {
            let mut covered = Vec::with_capacity(list.len());
            for &demand in list {
                match u32::try_from(demand) {
                    Ok(index) if demand < demands => covered.push(index),
                    _ => {
                        return Err(CoverageError::NoSuchDemand {
                            site,
                            demand,
                            demands,
                        });
                    }
                }
            }
            covered.sort_unstable();
            covered.dedup();
            sites.push(covered);
        }
        Ok(Self { demands, sites })
    }

    /// The demands that a site covers, ascending; none for a site beyond the last.
    #[must_use]
    pub fn of(&self, site: usize) -> &[u32] {
        self.sites.get(site).map_or(&[], Vec::as_slice)
    }

    /// How many sites there are.
    #[must_use]
    pub fn sites(&self) -> usize {
        self.sites.len()
    }
}

impl Site {
    fn sees(&self, demand: Coord<f64>) -> bool {
        let (dx, dy) = (demand.x - self.at.x, demand.y - self.at.y);
        if dx * dx + dy * dy > self.range * self.range {
            return false;
        }
        let Some(sector) = self.sector else {
            return true;
        };
        // What lies right under the camera is seen whatever it points at.
        if dx == 0.0 && dy == 0.0 {
            return true;
        }
        let apart = (dx.atan2(dy).to_degrees() - sector.bearing).rem_euclid(360.0);
        apart.min(360.0 - apart) <= sector.width / 2.0 + 1e-9
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoverageOptions<'a> {
    /// How many sites to choose, beside those kept.
    pub choose: usize,
    /// Sites that exist and stay; what they cover counts, and they are not chosen again.
    pub kept: &'a [usize],
    /// How hard to try to prove the optimum: nodes of the search at most. 0 gives the greedy choice,
    /// improved by exchanges, with the bound of the relaxation.
    pub nodes: u64,
}

/// How far a search has got.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoverageProgress {
    /// Nodes of the search done.
    pub nodes: u64,
    /// Weight covered by the best choice so far.
    pub covered: f64,
    /// No choice covers more than this.
    pub bound: f64,
}

/// Sites chosen, and how good the choice is known to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Coverage {
    /// The chosen sites, ascending; those kept are not among them.
    pub sites: Vec<usize>,
    /// Weight covered by chosen and kept sites together.
    pub covered: f64,
    /// No choice of as many sites covers more than this.
    pub bound: f64,
    /// Whether no choice covers more.
    pub optimal: bool,
    /// Weight covered by the greedy choice (most new weight first).
    pub greedy: f64,
    /// What the greedy choice alone proves: nothing covers more than this.
    pub greedy_bound: f64,
    /// Nodes of the search.
    pub nodes: u64,
}

impl Coverage {
    /// How much better the best choice could be at most, as a share of the bound.
    #[must_use]
    pub fn gap(&self) -> f64 {
        if self.bound > 0.0 {
            (self.bound - self.covered) / self.bound
        } else {
            0.0
        }
    }
}

/// Chooses sites that cover the most weight (the maximal covering location problem).
///
/// Presolve merges demands that the same sites cover and drops sites whose demands another covers as well.
/// A greedy choice, improved by exchanging sites, is the start. The Lagrangian relaxation of 'a demand
/// counts only if a chosen site covers it' bounds every choice from above, as tightly as the linear
/// program does; sites that the bound decides are fixed, and branch and bound settles the rest. Stopped
/// by `nodes`, or by `go_on` answering false, it gives the best choice with its gap.
///
/// Results depend on nothing but the input and when the search is stopped; ties go to the earlier site.
///
/// Source: Church, R. and ReVelle, C. (1974), 'The maximal covering location problem', *Papers of the
/// Regional Science Association* 32; greedy bound: Nemhauser, G., Wolsey, L. and Fisher, M. (1978), 'An
/// analysis of approximations for maximizing submodular set functions I', *Mathematical Programming* 14;
/// relaxation: Galvão, R. D. and ReVelle, C. (1996), 'A Lagrangean heuristic for the maximal covering
/// location problem', *European Journal of Operational Research* 88.
///
/// # Errors
///
/// [`CoverageError::Weights`], [`CoverageError::Kept`] and [`CoverageError::TooFewSites`] for what their
/// names say.
///
/// # Example
///
/// ```
/// use hotspot::{CoverageOptions, Reach, cover};
///
/// // The site in the middle covers most, but the two beside it cover all.
/// let reach = Reach::from_lists(6, &[vec![0, 1, 2], vec![1, 2, 3, 4], vec![3, 4, 5]])?;
/// let options = CoverageOptions { choose: 2, kept: &[], nodes: 1_000 };
/// let best = cover(&reach, &[1.0; 6], &options, |_| true)?;
/// assert_eq!((best.sites.as_slice(), best.covered, best.optimal), (&[0, 2][..], 6.0, true));
/// assert_eq!(best.greedy, 5.0);
/// # Ok::<(), hotspot::CoverageError>(())
/// ```
pub fn cover(
    reach: &Reach,
    weights: &[f64],
    options: &CoverageOptions<'_>,
    go_on: impl Fn(&CoverageProgress) -> bool,
) -> Result<Coverage, CoverageError> {
    let usable = weights.iter().all(|weight| *weight >= 0.0);
    if weights.len() != reach.demands || !usable || !weights.iter().sum::<f64>().is_finite() {
        return Err(CoverageError::Weights {
            demands: reach.demands,
        });
    }
    let mut kept = vec![false; reach.sites()];
    for &site in options.kept {
        match kept.get_mut(site) {
            Some(kept) if !*kept => *kept = true,
            _ => return Err(CoverageError::Kept { site }),
        }
    }
    let left = reach.sites() - options.kept.len();
    if options.choose > left {
        return Err(CoverageError::TooFewSites {
            choose: options.choose,
            left,
        });
    }
    let problem = Problem::new(reach, weights, &kept, options.choose);
    let (greedy, greedy_bound) = greedy::greedy(&problem, options.choose);
    let greedy_value = problem.value(&greedy);
    let improved = greedy::exchanged(&problem, greedy);
    let mut search = Search::new(&problem, options.choose, improved);
    search.run(options.nodes, greedy_bound, &go_on);
    let mut sites: Vec<usize> = search
        .best
        .iter()
        .map(|&site| problem.names[site])
        .collect();
    // Fewer sites than asked for may cover all that can be; the rest are filled up with the first ones.
    let mut taken = kept;
    for &site in &sites {
        taken[site] = true;
    }
    for (site, taken) in taken.iter_mut().enumerate() {
        if sites.len() < options.choose && !*taken {
            *taken = true;
            sites.push(site);
        }
    }
    sites.sort_unstable();
    Ok(Coverage {
        sites,
        covered: problem.base + search.value,
        bound: problem.base + search.bound.max(search.value),
        optimal: search.optimal,
        greedy: problem.base + greedy_value,
        greedy_bound: problem.base + greedy_bound,
        nodes: search.nodes,
    })
}
