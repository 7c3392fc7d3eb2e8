//! Space-time scan: where, and when, did more happen than chance leads to expect?

mod null;
mod search;
#[cfg(test)]
mod tests;
mod zones;

use rayon::prelude::*;
use thiserror::Error;

use crate::draws::Draws;
use crate::permuted::some_permutations;
use crate::{PermutationError, Permuted, PointError};

use null::Null;
use search::Search;

pub use zones::Zones;

/// Why a scan could not be made.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ScanError {
    /// The places are unusable.
    #[error(transparent)]
    Points(#[from] PointError),
    /// A case names a location or a period that does not exist.
    #[error("case {case} names location {location} and period {period}, beyond the last ones")]
    Case {
        /// Position of the case, from 0.
        case: usize,
        /// The location it names.
        location: usize,
        /// The period it names.
        period: usize,
    },
    /// There are too few cases for any cluster.
    #[error("{cases} cases are too few, at least {needed} are needed")]
    TooFewCases {
        /// How many cases there are.
        cases: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A share or a length of window lies outside what makes sense.
    #[error("{what} must lie between {least} and {most}, not be {value}")]
    Range {
        /// What is wrong.
        what: &'static str,
        /// The least it may be.
        least: f64,
        /// The most it may be.
        most: f64,
        /// What it is.
        value: f64,
    },
    /// There is not one number (population, weight) for each location, or for each period.
    #[error("there are {found} numbers for {wanted} {of}")]
    Lengths {
        /// What they belong to.
        of: &'static str,
        /// How many were given.
        found: usize,
        /// How many are wanted.
        wanted: usize,
    },
    /// A population or a weight of a period is negative, not finite, or all of them are zero.
    #[error("a population or weight must be zero or a positive number, and not all of them zero")]
    Population,
    /// A case lies where nobody lives, or in a period of weight zero.
    #[error("case {case} lies where, or when, none can be expected")]
    Impossible {
        /// Position of the case, from 0.
        case: usize,
    },
    /// The zones would be more than can be held.
    #[error("the zones have {steps} steps, more than {most}: take a smaller share or fewer places")]
    TooManyZones {
        /// How many steps there are.
        steps: u64,
        /// How many can be held.
        most: u64,
    },
    /// No replicate was asked for.
    #[error(transparent)]
    Replicates(#[from] PermutationError),
}

/// Where and when one case happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanCase {
    /// Number of its location, from 0.
    pub location: usize,
    /// Number of its period (day, week, month), from 0.
    pub period: usize,
}

/// What cases are compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ScanModel<'a> {
    /// The times are dealt out among the cases: busy places and busy days explain nothing, and no
    /// population is needed.
    Permutation,
    /// Cases fall on each location in proportion to its population.
    Poisson {
        /// People, homes or expected cases of each location.
        population: &'a [f64],
        /// Weights of the periods (seasons, days present); all equal where `None`.
        periods: Option<&'a [f64]>,
    },
}

/// Which stretches of time are looked at. A window has at most `longest` periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Windows {
    /// Those that last until the last period: what is going on now?
    Prospective {
        /// Most periods of a window.
        longest: usize,
    },
    /// Any: what has happened?
    Retrospective {
        /// Most periods of a window.
        longest: usize,
    },
}

/// How a scan is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScanOptions {
    /// Stretches of time that are looked at.
    pub windows: Windows,
    /// Fewest cases of a cluster, 2 at least.
    pub least_cases: usize,
    /// Random replicates: 999 are usual.
    pub replicates: u32,
    /// Clusters reported at most, the most likely included.
    pub clusters: usize,
    /// What the replicates are made from.
    pub seed: u64,
}

/// A cluster that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanCluster {
    /// The location that its zone was grown from.
    pub centre: usize,
    /// The locations of its zone, in the order in which they joined.
    pub locations: Vec<usize>,
    /// Its first period.
    pub from: usize,
    /// Its last period, which belongs to it.
    pub to: usize,
    /// Cases in it.
    pub observed: u64,
    /// Cases expected in it.
    pub expected: f64,
    /// Observed over expected.
    pub ratio: f64,
    /// Logarithm of the likelihood ratio, the statistic of the scan.
    pub log_likelihood_ratio: f64,
    /// How the largest statistics of the replicates compare; `p_high` is the Monte Carlo p-value.
    pub test: Permuted,
    /// p-value from the Gumbel distribution fitted to the replicates, which can be smaller than one over
    /// their number; `None` below 99 replicates.
    pub p_gumbel: Option<f64>,
    /// For a prospective scan that is repeated every period: after how many periods chance alone would
    /// bring such a cluster once, on average. From the Gumbel p where there is one.
    pub recurrence: Option<f64>,
}

/// Scans for clusters in space and time.
///
/// For every zone z of `zones` and every window w the cases c in both are compared with the number μ
/// expected there:
///
/// ```text
/// LLR = c ln(c/μ) + (N − c) ln((N − c)/(N − μ))         where c > μ, else 0
/// μ   = (cases in z) (cases in w) / N                   Permutation
/// μ   = N (population share of z) (weight share of w)   Poisson
/// ```
///
/// The largest is the most likely cluster; its p-value is the share of replicates (made under the model,
/// each from `seed` and its number) whose largest LLR is as large. Equal LLRs: the shorter window, then
/// the smaller zone, then the zone grown from the earlier location. Further clusters are the most likely
/// ones that share no location with those before, compared with the same replicates, which is cautious.
/// There are fewer than `clusters` where nothing is left above expectation.
///
/// Source: Kulldorff, M. (2001), 'Prospective time periodic geographical disease surveillance using a scan
/// statistic', *JRSS A* 164(1); Kulldorff, M. et al. (2005), 'A space-time permutation scan statistic for
/// disease outbreak detection', *PLoS Medicine* 2(3); Abrams, A. M., Kleinman, K. and Kulldorff, M. (2010),
/// 'Gumbel based p-value approximations for spatial scan statistics', *International Journal of Health
/// Geographics* 9.
///
/// # Errors
///
/// [`ScanError::Case`] and [`ScanError::TooFewCases`] for the cases, [`ScanError::Range`] for a window of
/// no period or longer than the time there is, [`ScanError::Lengths`], [`ScanError::Population`] and
/// [`ScanError::Impossible`] for the Poisson model, [`ScanError::Replicates`] for 0 replicates.
///
/// # Example
///
/// ```
/// use geo::coord;
/// use hotspot::{ScanCase, ScanModel, ScanOptions, Windows, Zones, scan};
///
/// // A row of twenty places with ten cases each; in the last week six more at one of them.
/// let places: Vec<_> = (0..20).map(|i| coord! { x: f64::from(i), y: 0.0 }).collect();
/// let mut cases: Vec<_> = (0..200)
///     .map(|i| ScanCase { location: i % 20, period: (i * 7) % 100 })
///     .collect();
/// cases.extend((94..100).map(|period| ScanCase { location: 5, period }));
/// let mut population = vec![0.0; 20];
/// for case in &cases {
///     population[case.location] += 1.0;
/// }
/// let zones = Zones::circles(&places, &population, 0.5, None)?;
/// let options = ScanOptions {
///     windows: Windows::Prospective { longest: 14 },
///     least_cases: 2,
///     replicates: 999,
///     clusters: 1,
///     seed: 1,
/// };
/// let found = scan(&cases, 100, &zones, ScanModel::Permutation, &options)?;
/// assert_eq!(found[0].locations, [5]);
/// assert!(found[0].from >= 90 && found[0].to == 99);
/// assert!(found[0].test.p_high() < 0.05);
/// # Ok::<(), hotspot::ScanError>(())
/// ```
pub fn scan(
    cases: &[ScanCase],
    periods: usize,
    zones: &Zones,
    model: ScanModel<'_>,
    options: &ScanOptions,
) -> Result<Vec<ScanCluster>, ScanError> {
    some_permutations(options.replicates)?;
    let needed = options.least_cases.max(2);
    if cases.len() < needed || u32::try_from(cases.len()).is_err() {
        return Err(ScanError::TooFewCases {
            cases: cases.len(),
            needed,
        });
    }
    for (case, at) in cases.iter().enumerate() {
        if at.location >= zones.locations() || at.period >= periods {
            return Err(ScanError::Case {
                case,
                location: at.location,
                period: at.period,
            });
        }
    }
    let (Windows::Prospective { longest } | Windows::Retrospective { longest }) = options.windows;
    if longest == 0 || longest > periods {
        return Err(ScanError::Range {
            what: "the longest window",
            least: 1.0,
            most: periods as f64,
            value: longest as f64,
        });
    }
    let null = Null::new(cases, periods, zones.locations(), model)?;
    let search = Search::new(&null, zones, options.windows, needed);
    let largest: Vec<f64> = (0..u64::from(options.replicates))
        .into_par_iter()
        .map_init(
            || (null.observed(cases), search.scratch()),
            |(arranged, scratch), replicate| {
                null.arrange(&mut Draws::new(options.seed, replicate), arranged);
                search.largest(arranged, scratch)
            },
        )
        .collect();
    let gumbel = Gumbel::fitted(&largest);
    let observed = null.observed(cases);
    let mut taken = vec![false; zones.locations()];
    let mut clusters = Vec::new();
    while clusters.len() < options.clusters {
        let Some(found) = search.most_likely(&observed, &taken) else {
            break;
        };
        for &location in &found.locations {
            taken[location] = true;
        }
        let test = Permuted::count(found.statistic, 1e-9, largest.iter().copied());
        let p_gumbel = gumbel.map(|gumbel| gumbel.p(found.statistic));
        let expected = null.expected(&found.locations, found.from, found.to);
        clusters.push(ScanCluster {
            centre: found.centre,
            locations: found.locations,
            from: found.from,
            to: found.to,
            observed: found.cases,
            expected,
            ratio: found.cases as f64 / expected,
            log_likelihood_ratio: found.statistic,
            test,
            p_gumbel,
            recurrence: matches!(options.windows, Windows::Prospective { .. })
                .then(|| 1.0 / p_gumbel.unwrap_or_else(|| test.p_high())),
        });
    }
    Ok(clusters)
}

/// The Gumbel distribution with the mean and spread of the replicates' largest statistics.
#[derive(Clone, Copy)]
struct Gumbel {
    mode: f64,
    scale: f64,
}

impl Gumbel {
    fn fitted(largest: &[f64]) -> Option<Self> {
        if largest.len() < 99 {
            return None;
        }
        let n = largest.len() as f64;
        let mean = largest.iter().sum::<f64>() / n;
        let squares: f64 = largest.iter().map(|value| (value - mean).powi(2)).sum();
        let scale = (6.0 * squares / (n - 1.0)).sqrt() / std::f64::consts::PI;
        (scale > 0.0).then_some(Self {
            mode: mean - 0.577_215_664_901_532_9 * scale,
            scale,
        })
    }

    /// The chance of a value at least this large.
    fn p(self, value: f64) -> f64 {
        // Never 0, so that a recurrence is finite.
        (-(-(-(value - self.mode) / self.scale).exp()).exp_m1()).max(f64::MIN_POSITIVE)
    }
}
