//! Drawing the visits.

use super::{Dosage, PatrolOptions, PatrolPlace, PatrolPlan, Shift, Travel, Visit};
use crate::draws::Draws;

/// A plan in the making.
struct Making<'a> {
    places: &'a [PatrolPlace],
    travel: Travel<'a>,
    options: &'a PatrolOptions,
    draws: Draws,
    dosage: Vec<Dosage>,
    /// Minute of the plan at which the last visit to each place ended.
    last: Vec<Option<u64>>,
    /// Share of the plan's days that are over.
    progress: f64,
}

/// What can be visited next: the place, the way there, the weight of the draw.
struct Choice {
    place: usize,
    way: f64,
    weight: f64,
}

pub(super) fn with_clock(
    places: &[PatrolPlace],
    shifts: &[Shift],
    travel: Travel<'_>,
    options: &PatrolOptions,
) -> PatrolPlan {
    let minutes: f64 = shifts.iter().map(|shift| f64::from(shift.minutes)).sum();
    let (from, to) = options.visit;
    // A quarter of the time goes on the way, about; targets are measured against what comes of it.
    let expected = minutes * 0.75 / (f64::from(from + to) / 2.0);
    let mut making = Making::new(places, travel, options, expected);
    let days = shifts.iter().map(|shift| shift.day).max().unwrap_or(0) + 1;
    let mut order: Vec<usize> = (0..shifts.len()).collect();
    order.sort_by_key(|&number| (shifts[number].day, shifts[number].from, number));
    let mut visits = Vec::new();
    let (mut on_the_way, mut idle) = (0.0, 0.0);
    for number in order {
        let shift = shifts[number];
        making.progress = f64::from(shift.day + 1) / f64::from(days);
        let begin = u64::from(shift.day) * 1440 + u64::from(shift.from);
        let end = begin + u64::from(shift.minutes);
        let (mut now, mut here) = (begin as f64, None);
        loop {
            let minutes = making.length();
            let room = end as f64 - now - f64::from(minutes);
            let Some(next) = making.next(now, here, Some(room)) else {
                idle += end as f64 - now;
                break;
            };
            // Whole minutes, so that the list can be read.
            let arrival = (now + next.way).ceil();
            if arrival + f64::from(minutes) > end as f64 {
                idle += end as f64 - now;
                break;
            }
            on_the_way += arrival - now;
            visits.push(Visit {
                day: shift.day,
                shift: Some(number),
                start: Some((arrival as u64 - u64::from(shift.day) * 1440) as u32),
                minutes,
                travel: arrival - now,
                place: next.place,
            });
            now = arrival + f64::from(minutes);
            making.visited(next.place, minutes, now);
            here = Some(next.place);
        }
    }
    making.done(visits, on_the_way, idle)
}

pub(super) fn without_clock(
    places: &[PatrolPlace],
    days: u32,
    a_day: u32,
    travel: Travel<'_>,
    options: &PatrolOptions,
) -> PatrolPlan {
    let expected = f64::from(days) * f64::from(a_day);
    let mut making = Making::new(places, travel, options, expected);
    let mut visits = Vec::new();
    let mut on_the_way = 0.0;
    for day in 0..days {
        making.progress = f64::from(day + 1) / f64::from(days);
        let mut here = None;
        for number in 0..a_day {
            let minutes = making.length();
            // Visits a quarter of an hour apart, to keep two to one place from following each other.
            let now = f64::from(day) * 1440.0 + f64::from(number) * 15.0;
            let Some(next) = making.next(now, here, None) else {
                break;
            };
            let way = if here.is_some() { next.way } else { 0.0 };
            on_the_way += way;
            visits.push(Visit {
                day,
                shift: None,
                start: None,
                minutes,
                travel: way,
                place: next.place,
            });
            making.visited(next.place, minutes, now);
            here = Some(next.place);
        }
    }
    making.done(visits, on_the_way, 0.0)
}

impl<'a> Making<'a> {
    fn new(
        places: &'a [PatrolPlace],
        travel: Travel<'a>,
        options: &'a PatrolOptions,
        expected: f64,
    ) -> Self {
        let mut making = Self {
            places,
            travel,
            options,
            draws: Draws::new(options.seed, 0),
            dosage: vec![
                Dosage {
                    target: 0.0,
                    visits: 0,
                    minutes: 0
                };
                places.len()
            ],
            last: vec![None; places.len()],
            progress: 0.0,
        };
        making.aim(expected);
        making
    }

    /// Targets for so many visits in all: by need, with rural places raised to their least.
    fn aim(&mut self, visits: f64) {
        let least = f64::from(self.options.rural_least);
        let all: f64 = self.places.iter().map(|place| place.need).sum();
        let raised = |place: &PatrolPlace| place.rural && visits * place.need / all < least;
        let owed = self.places.iter().filter(|place| raised(place)).count() as f64 * least;
        let others: f64 = self
            .places
            .iter()
            .filter(|place| !raised(place))
            .map(|place| place.need)
            .sum();
        let rest = (visits - owed).max(0.0);
        for (dosage, place) in self.dosage.iter_mut().zip(self.places) {
            dosage.target = if raised(place) {
                least
            } else if others > 0.0 {
                rest * place.need / others
            } else {
                0.0
            };
        }
    }

    fn length(&mut self) -> u32 {
        let (from, to) = self.options.visit;
        from + self.draws.below(to - from + 1)
    }

    fn way(&self, from: Option<usize>, to: usize) -> f64 {
        let Some(from) = from else { return 0.0 };
        match self.travel {
            Travel::StraightLine { metres_a_minute } => {
                let (a, b) = (self.places[from].at, self.places[to].at);
                (a.x - b.x).hypot(a.y - b.y) / metres_a_minute
            }
            Travel::Given(times) => times[from][to],
        }
    }

    /// Draws the next place among those that can be reached within `room` minutes.
    fn next(&mut self, now: f64, here: Option<usize>, room: Option<f64>) -> Option<Choice> {
        let apart = f64::from(self.options.apart);
        let mut can_be: Vec<Choice> = Vec::new();
        let mut overdue = false;
        for (place, at) in self.places.iter().enumerate() {
            let way = self.way(here, place);
            let arrival = now + way;
            let fits = room.is_none_or(|room| way.ceil() <= room);
            let rested = here != Some(place)
                && self.last[place].is_none_or(|last| arrival >= last as f64 + apart);
            if !fits || !rested {
                continue;
            }
            let hour = at
                .hours
                .map_or(1.0, |hours| hours[(arrival / 60.0) as usize % 24]);
            let dosage = &self.dosage[place];
            let due = (f64::from(self.options.rural_least) * self.progress).ceil();
            let behind = at.rural && f64::from(dosage.visits) < due && hour > 0.0;
            if behind && !overdue {
                // From here on only places like this one count.
                overdue = true;
                can_be.clear();
            }
            if overdue && !behind {
                continue;
            }
            let left = dosage.target - f64::from(dosage.visits);
            // What is met already is visited again only where nothing else is left to do.
            let owed = if left > 0.0 {
                left
            } else {
                1e-3 * at.need.min(dosage.target)
            };
            let effort = way + f64::from(self.options.visit.1);
            let weight = if behind { 1.0 } else { hour * owed / effort };
            can_be.push(Choice { place, way, weight });
        }
        let all: f64 = can_be.iter().map(|option| option.weight).sum();
        let mut at = self.draws.unit() * all;
        if all <= 0.0 {
            return None;
        }
        let last = can_be.iter().rposition(|option| option.weight > 0.0)?;
        let chosen = can_be
            .iter()
            .position(|option| {
                at -= option.weight;
                at < 0.0
            })
            .map_or(last, |chosen| chosen.min(last));
        Some(can_be.swap_remove(chosen))
    }

    fn visited(&mut self, place: usize, minutes: u32, until: f64) {
        self.dosage[place].visits += 1;
        self.dosage[place].minutes += minutes;
        self.last[place] = Some(until as u64);
    }

    fn done(mut self, visits: Vec<Visit>, travel: f64, idle: f64) -> PatrolPlan {
        // Targets as shares of the visits that there are in the end.
        self.aim(visits.len() as f64);
        PatrolPlan {
            visits,
            dosage: self.dosage,
            travel,
            idle,
        }
    }
}
