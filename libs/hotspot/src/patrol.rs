//! Patrol and visit plans: short visits to ranked places, in an order that nobody can learn.

mod gpx;
mod plan;
#[cfg(test)]
mod tests;

use geo::Coord;
use thiserror::Error;

use crate::PointError;
use crate::weights::finite;

/// Why no plan could be made.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum PatrolError {
    /// The places are unusable.
    #[error(transparent)]
    Points(#[from] PointError),
    /// A need or a weight of an hour is negative or not a number, or nothing is needed anywhere.
    #[error(
        "needs and weights of hours must be zero or positive numbers, and some place needs visits"
    )]
    Need,
    /// Hours were given where no clock times are planned.
    #[error("place {place} has weights of hours, but the plan has no clock: the data say no hours")]
    Hours {
        /// Position of the place, from 0.
        place: usize,
    },
    /// Visits last no time, or from more to less.
    #[error("visits last from {from} to {to} minutes: give 1 or more, the shorter first")]
    Visit {
        /// Shortest visit.
        from: u32,
        /// Longest visit.
        to: u32,
    },
    /// There is no shift, or no day, or a shift that is longer than a day.
    #[error(
        "there must be days with visits, or shifts of 1 minute to 24 hours that start within a day"
    )]
    Capacity,
    /// Speed or given times cannot be used.
    #[error("travel needs a positive speed, or one time of zero or more for each pair of places")]
    Travel,
}

/// A place to be visited: never a person or a home.
#[derive(Debug, Clone, PartialEq)]
pub struct PatrolPlace {
    /// Where it is, in a plane in metres.
    pub at: Coord<f64>,
    /// How much it needs, in any unit: count, score or harm.
    pub need: f64,
    /// Whether it lies in the country, where the least number of visits is owed whatever its need.
    pub rural: bool,
    /// How much each hour of the day counts, from midnight; `None` where the hours are not known.
    pub hours: Option<[f64; 24]>,
}

/// A stretch of duty of one unit (a pair, a car).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// Day of the plan, from 0.
    pub day: u32,
    /// Minute of that day on which it starts, 0 to 1439.
    pub from: u32,
    /// How long it lasts; it may run past midnight.
    pub minutes: u32,
}

/// What there is to plan with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity<'a> {
    /// Shifts, with the clock. Only for data that know the hour.
    Shifts(&'a [Shift]),
    /// So many visits a day, without clock times: all that month-only data bear.
    Visits {
        /// Days of the plan.
        days: u32,
        /// Visits of each day.
        a_day: u32,
    },
}

/// How long it takes from place to place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Travel<'a> {
    /// In a straight line at so many metres a minute (driving in a county, some 500; on foot 80).
    StraightLine {
        /// The speed.
        metres_a_minute: f64,
    },
    /// Minutes from each place (row) to each.
    Given(&'a [Vec<f64>]),
}

/// How visits are planned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PatrolOptions {
    /// Shortest and longest visit in minutes; 12 and 15 are what trials of hot spot patrols used.
    pub visit: (u32, u32),
    /// Least minutes between two visits to one place.
    pub apart: u32,
    /// Visits that every rural place gets over the plan at least, as far as capacity goes.
    pub rural_least: u32,
    /// What the order is made from. Another seed, another order.
    pub seed: u64,
}

impl Default for PatrolOptions {
    /// 12 to 15 minutes, two hours apart, two visits at least to rural places.
    fn default() -> Self {
        Self {
            visit: (12, 15),
            apart: 120,
            rural_least: 2,
            seed: 0,
        }
    }
}

/// One visit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visit {
    /// Day of the plan.
    pub day: u32,
    /// Number of the shift; `None` without a clock.
    pub shift: Option<usize>,
    /// Minute of the day on which it starts (past 1440 after midnight); `None` without a clock.
    pub start: Option<u32>,
    /// How long it lasts.
    pub minutes: u32,
    /// Minutes on the way from the visit before; 0 for the first of a shift or day.
    pub travel: f64,
    /// The place, by its position in the input.
    pub place: usize,
}

/// What a place gets beside what it should.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dosage {
    /// Its share of all planned visits by need, with rural places raised to their least.
    pub target: f64,
    /// Visits planned.
    pub visits: u32,
    /// Minutes planned.
    pub minutes: u32,
}

/// A plan of visits.
#[derive(Debug, Clone, PartialEq)]
pub struct PatrolPlan {
    /// The visits in the order in which they are made, shift by shift.
    pub visits: Vec<Visit>,
    /// For each place what it gets.
    pub dosage: Vec<Dosage>,
    /// Minutes on the way, over all shifts.
    pub travel: f64,
    /// Minutes of shifts in which no visit fits.
    pub idle: f64,
}

/// Plans visits to places: 12 to 15 minutes each, more where the need is greater, in an order drawn at
/// random from `seed`.
///
/// Places are drawn with a chance in proportion to what they are still owed, to the weight of the hour at
/// which the unit would arrive, and against the time that going there takes, never twice within `apart`.
/// Rural places that are behind their least number of visits come first, so that distance does not starve
/// them. Without a clock ([`Capacity::Visits`]) the plan has days and order alone: with month-only data no
/// hours, shifts or night figures can be given, and weights of hours are refused.
///
/// Source: Koper, C. S. (1995), 'Just enough police presence', *Justice Quarterly* 12(4) (12 to 15
/// minutes); Sherman, L. W. and Weisburd, D. (1995), 'General deterrent effects of police patrol in crime
/// "hot spots"', *Justice Quarterly* 12(4) (random order).
///
/// # Errors
///
/// [`PatrolError`]'s variants name what cannot be used.
///
/// # Example
///
/// ```
/// use geo::coord;
/// use hotspot::{Capacity, PatrolOptions, PatrolPlace, Shift, Travel, plan_patrols};
///
/// let place = |x: f64, need: f64, rural: bool| PatrolPlace {
///     at: coord! { x: x, y: 0.0 }, need, rural, hours: None,
/// };
/// let places = [place(0.0, 60.0, false), place(900.0, 30.0, false), place(14_000.0, 3.0, true)];
/// let shifts = [Shift { day: 0, from: 18 * 60, minutes: 240 }, Shift { day: 1, from: 18 * 60, minutes: 240 }];
/// let options = PatrolOptions { apart: 30, ..PatrolOptions::default() };
/// let travel = Travel::StraightLine { metres_a_minute: 500.0 };
/// let plan = plan_patrols(&places, Capacity::Shifts(&shifts), travel, &options)?;
/// assert!(plan.dosage[2].visits >= 2); // the village is not forgotten
/// assert!(plan.dosage[0].visits >= plan.dosage[1].visits);
/// # Ok::<(), hotspot::PatrolError>(())
/// ```
pub fn plan_patrols(
    places: &[PatrolPlace],
    capacity: Capacity<'_>,
    travel: Travel<'_>,
    options: &PatrolOptions,
) -> Result<PatrolPlan, PatrolError> {
    check(places, capacity, travel, options)?;
    Ok(match capacity {
        Capacity::Shifts(shifts) => plan::with_clock(places, shifts, travel, options),
        Capacity::Visits { days, a_day } => {
            plan::without_clock(places, days, a_day, travel, options)
        }
    })
}

fn check(
    places: &[PatrolPlace],
    capacity: Capacity<'_>,
    travel: Travel<'_>,
    options: &PatrolOptions,
) -> Result<(), PatrolError> {
    let at: Vec<Coord<f64>> = places.iter().map(|place| place.at).collect();
    finite(&at)?;
    let usable = |number: f64| number.is_finite() && number >= 0.0;
    let needs = places.iter().map(|place| place.need);
    let hours = places
        .iter()
        .filter_map(|place| place.hours.as_ref())
        .flatten();
    let numbers = needs.clone().all(usable) && hours.copied().all(usable);
    if !numbers || needs.sum::<f64>() <= 0.0 {
        return Err(PatrolError::Need);
    }
    let (from, to) = options.visit;
    if from == 0 || from > to || to > 24 * 60 {
        return Err(PatrolError::Visit { from, to });
    }
    let can_be = match capacity {
        Capacity::Shifts(shifts) => {
            let within = |shift: &Shift| shift.from < 1440 && (1..=1440).contains(&shift.minutes);
            !shifts.is_empty() && shifts.iter().all(within)
        }
        Capacity::Visits { days, a_day } => {
            if let Some(place) = places.iter().position(|place| place.hours.is_some()) {
                return Err(PatrolError::Hours { place });
            }
            days > 0 && a_day > 0
        }
    };
    if !can_be {
        return Err(PatrolError::Capacity);
    }
    let moves = match travel {
        Travel::StraightLine { metres_a_minute } => {
            metres_a_minute.is_finite() && metres_a_minute > 0.0
        }
        Travel::Given(times) => {
            let row = |row: &Vec<f64>| row.len() == places.len() && row.iter().copied().all(usable);
            times.len() == places.len() && times.iter().all(row)
        }
    };
    if moves {
        Ok(())
    } else {
        Err(PatrolError::Travel)
    }
}
