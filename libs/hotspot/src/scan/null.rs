//! What is expected without any cluster, and replicates of it.

use super::{ScanCase, ScanError, ScanModel};
use crate::draws::Draws;

/// Steps in which shares of a population are counted, so that sums are exact.
const STEPS: f64 = (1_u64 << 40) as f64;

/// Cases by location: row l is `periods[offsets[l]..offsets[l + 1]]`.
#[derive(Clone)]
pub(super) struct Arranged {
    pub(super) offsets: Vec<u32>,
    pub(super) periods: Vec<u32>,
}

impl Arranged {
    /// The periods of the cases at a location.
    pub(super) fn row(&self, location: usize) -> &[u32] {
        &self.periods[self.offsets[location] as usize..self.offsets[location + 1] as usize]
    }
}

/// Expectations of locations and of stretches of time. A zone and a window expect the product of the
/// zone's and the window's sums, times `scale`.
pub(super) struct Null {
    /// Of each location: cases (permutation), or steps of the share of the population.
    pub(super) base: Vec<u64>,
    /// Sum of all periods before each: cases (permutation), or shares of the weight.
    pub(super) before: Vec<f64>,
    pub(super) scale: f64,
    pub(super) cases: usize,
    poisson: Option<Chances>,
}

/// Where and when a random case falls.
struct Chances {
    /// Running sums of the population.
    locations: Vec<f64>,
    /// Running sums of the weights of periods.
    periods: Vec<f64>,
}

impl Null {
    pub(super) fn new(
        cases: &[ScanCase],
        periods: usize,
        locations: usize,
        model: ScanModel<'_>,
    ) -> Result<Self, ScanError> {
        match model {
            ScanModel::Permutation => {
                let mut base = vec![0; locations];
                let mut per_period = vec![0.0; periods];
                for case in cases {
                    base[case.location] += 1;
                    per_period[case.period] += 1.0;
                }
                Ok(Self {
                    base,
                    before: before(&per_period),
                    scale: 1.0 / cases.len() as f64,
                    cases: cases.len(),
                    poisson: None,
                })
            }
            ScanModel::Poisson {
                population,
                periods: weights,
            } => {
                let equal = vec![1.0; periods];
                let weights = weights.unwrap_or(&equal);
                check(cases, (population, locations), (weights, periods))?;
                let people: f64 = population.iter().sum();
                let weight: f64 = weights.iter().sum();
                let shares: Vec<f64> = weights.iter().map(|w| w / weight).collect();
                Ok(Self {
                    base: population
                        .iter()
                        .map(|people_here| (people_here / people * STEPS).round() as u64)
                        .collect(),
                    before: before(&shares),
                    scale: cases.len() as f64 / STEPS,
                    cases: cases.len(),
                    poisson: Some(Chances {
                        locations: running(population),
                        periods: running(weights),
                    }),
                })
            }
        }
    }

    /// Cases expected in these locations and periods.
    pub(super) fn expected(&self, locations: &[usize], from: usize, to: usize) -> f64 {
        let base: u64 = locations.iter().map(|&location| self.base[location]).sum();
        base as f64 * (self.before[to + 1] - self.before[from]) * self.scale
    }

    /// The cases as they were.
    pub(super) fn observed(&self, cases: &[ScanCase]) -> Arranged {
        let mut arranged = Arranged {
            offsets: Vec::new(),
            periods: Vec::new(),
        };
        let at: Vec<(u32, u32)> = cases
            .iter()
            .map(|case| (case.location as u32, case.period as u32))
            .collect();
        self.sort(&at, &mut arranged);
        arranged
    }

    /// A replicate: times dealt out anew, or cases thrown by population.
    pub(super) fn arrange(&self, draws: &mut Draws, arranged: &mut Arranged) {
        match &self.poisson {
            None => {
                // From one order, so that a replicate depends on its draws alone.
                arranged.periods.sort_unstable();
                draws.shuffle(&mut arranged.periods);
            }
            Some(chances) => {
                let at: Vec<(u32, u32)> = (0..self.cases)
                    .map(|_| {
                        (
                            pick(&chances.locations, draws.unit()),
                            pick(&chances.periods, draws.unit()),
                        )
                    })
                    .collect();
                self.sort(&at, arranged);
            }
        }
    }

    fn sort(&self, at: &[(u32, u32)], arranged: &mut Arranged) {
        let locations = self.base.len();
        arranged.offsets.clear();
        arranged.offsets.resize(locations + 1, 0);
        for &(location, _) in at {
            arranged.offsets[location as usize + 1] += 1;
        }
        for location in 0..locations {
            arranged.offsets[location + 1] += arranged.offsets[location];
        }
        let mut next = arranged.offsets.clone();
        arranged.periods.clear();
        arranged.periods.resize(at.len(), 0);
        for &(location, period) in at {
            let place = &mut next[location as usize];
            arranged.periods[*place as usize] = period;
            *place += 1;
        }
    }
}

/// Checks population and weights, each given with the length it should have.
fn check(
    cases: &[ScanCase],
    (population, locations): (&[f64], usize),
    (weights, periods): (&[f64], usize),
) -> Result<(), ScanError> {
    for (of, found, wanted) in [
        ("locations", population.len(), locations),
        ("periods", weights.len(), periods),
    ] {
        if found != wanted {
            return Err(ScanError::Lengths { of, found, wanted });
        }
    }
    for numbers in [population, weights] {
        let sum: f64 = numbers.iter().sum();
        if !numbers.iter().all(|number| *number >= 0.0) || !sum.is_finite() || sum <= 0.0 {
            return Err(ScanError::Population);
        }
    }
    let impossible = cases
        .iter()
        .position(|case| population[case.location] == 0.0 || weights[case.period] == 0.0);
    impossible.map_or(Ok(()), |case| Err(ScanError::Impossible { case }))
}

/// Sums up to and with each value.
fn running(values: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    values
        .iter()
        .map(|value| {
            sum += value;
            sum
        })
        .collect()
}

/// Sums of all values before each place, and after the last.
fn before(values: &[f64]) -> Vec<f64> {
    std::iter::once(0.0).chain(running(values)).collect()
}

/// Where a share of the whole falls among running sums.
fn pick(sums: &[f64], share: f64) -> u32 {
    let all = sums.last().copied().unwrap_or(0.0);
    let at = share * all;
    // The last place of a positive weight, should rounding reach beyond it.
    let last = sums.partition_point(|&sum| sum < all);
    sums.partition_point(|&sum| sum <= at).min(last) as u32
}
