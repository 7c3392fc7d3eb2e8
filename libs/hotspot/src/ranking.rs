//! Ranking places, and how far a rank can be trusted.

mod gap;
mod stability;
#[cfg(test)]
mod tests;

use std::fmt;

use geo::Coord;
use thiserror::Error;

use crate::PointError;
use crate::weights::finite;

pub use gap::{ReportingGap, reporting_gap};

/// Why places could not be ranked.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum RankingError {
    /// The places are unusable.
    #[error(transparent)]
    Points(#[from] PointError),
    /// Not every place has the same months and kinds.
    #[error("place {place} has not the {months} months of {kinds} kinds that the first has")]
    Shape {
        /// Position of the place, from 0.
        place: usize,
        /// Months of the first place.
        months: usize,
        /// Kinds of the first place.
        kinds: usize,
    },
    /// There is no month, or no kind, to rank by.
    #[error("there is no month or no kind to rank by")]
    Nothing,
    /// Weights of kinds are not one per kind, or one is negative or not a number, or all are zero.
    #[error("there must be one weight for each of {kinds} kinds, zero or more and not all zero")]
    Weights {
        /// How many kinds there are.
        kinds: usize,
    },
    /// Weights do not say who set them, when and why.
    #[error("weights must name their author, date and reason")]
    Unexplained,
    /// The minimum distance is negative or not a number.
    #[error("a distance must be zero or a positive number, not {0}")]
    Distance(f64),
    /// No resampling was asked for.
    #[error("at least 20 resamplings are needed for an interval, 999 are usual")]
    Resamplings,
    /// There is not one number of each kind for each place.
    #[error("there are {found} numbers for {wanted} places")]
    Lengths {
        /// How many were given.
        found: usize,
        /// How many are wanted.
        wanted: usize,
    },
    /// A number is missing, infinite or not a number.
    #[error("number {index} is missing or not a finite number")]
    NotFinite {
        /// Position of the number, from 0.
        index: usize,
    },
}

/// A place and what was counted there.
#[derive(Debug, Clone, PartialEq)]
pub struct RankingPlace {
    /// Where it is, in a plane.
    pub at: Coord<f64>,
    /// For each month, the incidents of each kind. Only months that are present belong here: a missing
    /// month is not a month without incidents.
    pub months: Vec<Vec<u32>>,
}

/// Weights of kinds by harm, or by who suffers: a judgement, so it says whose, when and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighting {
    /// One weight per kind.
    pub kinds: Vec<f64>,
    /// Who set them.
    pub author: String,
    /// When, as written.
    pub date: String,
    /// Why they are what they are.
    pub reason: String,
}

/// How places are ranked.
#[derive(Debug, Clone, PartialEq)]
pub struct RankingOptions {
    /// Hot spots at most; an operation can only work on so many.
    pub most: usize,
    /// Hot spots lie at least so far apart, in the unit of the coordinates; 0 for no rule.
    pub distance: f64,
    /// Weights of kinds; `None`, the usual, counts every incident as 1.
    pub weighting: Option<Weighting>,
    /// Resamplings for the rank intervals.
    pub resamplings: u32,
    /// What they are made from.
    pub seed: u64,
}

/// Where a place stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// Position of the place in the input.
    pub place: usize,
    /// Its rank, 1 for the highest score; equal scores go by count, then by position in the input.
    pub rank: usize,
    /// Incidents counted there, whatever their weights.
    pub count: u64,
    /// Weighted score; the count where there are no weights.
    pub score: f64,
    /// The ranks that it takes in the middle 95 of 100 resamplings.
    pub interval: (usize, usize),
    /// Share of resamplings in which it is among the `most` highest, 0 to 1.
    pub in_the_top: f64,
    /// Months in which it was among the `most` highest with at least one incident.
    pub months_in_the_top: usize,
    /// Months there are.
    pub months: usize,
    /// What becomes of it.
    pub verdict: Verdict,
}

/// Whether a place is taken as a hot spot, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Taken.
    HotSpot,
    /// Too near a place (by its position in the input) that ranks higher and is taken.
    TooNear(usize),
    /// As many as allowed are taken already.
    BeyondTheCap,
    /// Nothing was counted there.
    Nothing,
}

impl fmt::Display for Ranked {
    /// The reasons in words, for the person who has to defend the list.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let incidents = if self.count == 1 {
            "incident"
        } else {
            "incidents"
        };
        let months = if self.months == 1 { "month" } else { "months" };
        write!(f, "{} {incidents} in {} {months}", self.count, self.months)?;
        if (self.score - self.count as f64).abs() > 1e-9 {
            write!(f, ", weighted score {:.1}", self.score)?;
        }
        let (low, high) = self.interval;
        write!(
            f,
            "; rank {} (between {low} and {high} in 95 of 100 resamplings); among the highest in {} of {} {months}",
            self.rank, self.months_in_the_top, self.months
        )?;
        match self.verdict {
            Verdict::HotSpot if self.in_the_top >= 0.8 => write!(f, "; a stable choice"),
            Verdict::HotSpot => write!(
                f,
                "; chosen, but chance alone could have put another place here ({:.0} in 100 resamplings agree)",
                100.0 * self.in_the_top
            ),
            Verdict::TooNear(_) => write!(f, "; left out: too near a place that ranks higher"),
            Verdict::BeyondTheCap => {
                write!(f, "; left out: as many as can be worked on are chosen")
            }
            Verdict::Nothing => write!(f, "; left out: nothing was counted here"),
        }
    }
}

/// Ranks places by their counts (or weighted scores), chooses hot spots, and says how stable each rank is.
///
/// Rank intervals come from resampling whole months, the same for all places, with replacement: what all
/// places share (a hot summer, a month of strikes) moves them together and does not shake their order.
/// With fewer than six months each count is drawn anew from a Poisson distribution with that mean instead,
/// as if incidents were independent. Both take the next period to be like this one.
///
/// Hot spots are taken in the order of rank, leaving out those nearer than `distance` to one taken, until
/// there are `most`. The list comes back in the order of rank; the count is always there beside a score.
///
/// Source: Goldstein, H. and Spiegelhalter, D. J. (1996), 'League tables and their limitations', *JRSS A*
/// 159(3); resampling: Efron, B. and Tibshirani, R. J. (1993), *An Introduction to the Bootstrap*.
///
/// # Errors
///
/// [`RankingError::Shape`] and [`RankingError::Nothing`] for months and kinds, [`RankingError::Weights`]
/// and [`RankingError::Unexplained`] for the weights, [`RankingError::Points`],
/// [`RankingError::Distance`], and [`RankingError::Resamplings`] below 20.
///
/// # Example
///
/// ```
/// use geo::coord;
/// use hotspot::{RankingOptions, RankingPlace, Verdict, rank_places};
///
/// let place = |x: f64, counts: [u32; 6]| RankingPlace {
///     at: coord! { x: x, y: 0.0 },
///     months: counts.iter().map(|&count| vec![count]).collect(),
/// };
/// let places = [
///     place(0.0, [9, 8, 11, 9, 10, 12]),
///     place(100.0, [6, 9, 7, 8, 6, 7]), // beside the first
///     place(2_000.0, [3, 2, 5, 1, 4, 3]),
///     place(5_000.0, [0, 1, 0, 0, 2, 0]),
/// ];
/// let options = RankingOptions {
///     most: 2, distance: 300.0, weighting: None, resamplings: 999, seed: 1,
/// };
/// let ranked = rank_places(&places, &options)?;
/// assert_eq!(ranked[0].interval, (1, 1));
/// assert_eq!(ranked[1].verdict, Verdict::TooNear(0));
/// assert_eq!((ranked[2].place, ranked[2].verdict), (2, Verdict::HotSpot));
/// assert!(ranked[0].to_string().starts_with("59 incidents in 6 months; rank 1"));
/// # Ok::<(), hotspot::RankingError>(())
/// ```
pub fn rank_places(
    places: &[RankingPlace],
    options: &RankingOptions,
) -> Result<Vec<Ranked>, RankingError> {
    let scores = check(places, options)?;
    let months = scores.first().map_or(0, Vec::len);
    let totals: Vec<f64> = scores.iter().map(|months| months.iter().sum()).collect();
    let counts: Vec<u64> = places.iter().map(count).collect();
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|&a, &b| {
        let by_score = totals[b].total_cmp(&totals[a]);
        by_score.then(counts[b].cmp(&counts[a])).then(a.cmp(&b))
    });
    let stability = stability::resampled(places, &scores, options);
    let in_the_top = stability::months_in_the_top(&scores, options.most);
    let verdicts = verdicts(places, &order, &totals, options);
    Ok(order
        .iter()
        .zip(verdicts)
        .enumerate()
        .map(|(position, (&place, verdict))| Ranked {
            place,
            rank: position + 1,
            count: counts[place],
            score: totals[place],
            interval: stability[place].interval,
            in_the_top: stability[place].in_the_top,
            months_in_the_top: in_the_top[place],
            months,
            verdict,
        })
        .collect())
}

fn verdicts(
    places: &[RankingPlace],
    order: &[usize],
    totals: &[f64],
    options: &RankingOptions,
) -> Vec<Verdict> {
    let mut taken: Vec<usize> = Vec::new();
    order
        .iter()
        .map(|&place| {
            if totals[place] <= 0.0 {
                return Verdict::Nothing;
            }
            if taken.len() >= options.most {
                return Verdict::BeyondTheCap;
            }
            let at = places[place].at;
            let near = taken.iter().find(|&&other| {
                let there = places[other].at;
                (at.x - there.x).hypot(at.y - there.y) < options.distance
            });
            if let Some(&near) = near {
                return Verdict::TooNear(near);
            }
            taken.push(place);
            Verdict::HotSpot
        })
        .collect()
}

fn count(place: &RankingPlace) -> u64 {
    place
        .months
        .iter()
        .flatten()
        .map(|&count| u64::from(count))
        .sum()
}

/// The score of each place in each month.
fn check(places: &[RankingPlace], options: &RankingOptions) -> Result<Vec<Vec<f64>>, RankingError> {
    let at: Vec<Coord<f64>> = places.iter().map(|place| place.at).collect();
    finite(&at)?;
    if !options.distance.is_finite() || options.distance < 0.0 {
        return Err(RankingError::Distance(options.distance));
    }
    if options.resamplings < 20 {
        return Err(RankingError::Resamplings);
    }
    let Some(first) = places.first() else {
        return Ok(Vec::new());
    };
    let months = first.months.len();
    let kinds = first.months.first().map_or(0, Vec::len);
    if months == 0 || kinds == 0 {
        return Err(RankingError::Nothing);
    }
    let shaped = |place: &RankingPlace| {
        place.months.len() == months && place.months.iter().all(|month| month.len() == kinds)
    };
    if let Some(place) = places.iter().position(|place| !shaped(place)) {
        return Err(RankingError::Shape {
            place,
            months,
            kinds,
        });
    }
    let weights = match &options.weighting {
        None => vec![1.0; kinds],
        Some(weighting) => {
            let sum: f64 = weighting.kinds.iter().sum();
            let usable = weighting.kinds.iter().all(|weight| *weight >= 0.0);
            if weighting.kinds.len() != kinds || !usable || !sum.is_finite() || sum <= 0.0 {
                return Err(RankingError::Weights { kinds });
            }
            let said = [&weighting.author, &weighting.date, &weighting.reason];
            if said.iter().any(|text| text.trim().is_empty()) {
                return Err(RankingError::Unexplained);
            }
            weighting.kinds.clone()
        }
    };
    Ok(places
        .iter()
        .map(|place| {
            place
                .months
                .iter()
                .map(|month| {
                    let weighted = month.iter().zip(&weights);
                    weighted
                        .map(|(count, weight)| f64::from(*count) * weight)
                        .sum()
                })
                .collect()
        })
        .collect())
}
