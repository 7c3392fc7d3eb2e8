//! Days and hours: which of a month's days, and which hour, an incident falls on.

use anyhow::{Context as _, Result};
use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Weekday};
use commonweal_records::Month;

use super::content::Patterns;
use super::dice::{Dice, Wheel};

/// The patterns that are named in `patterns.toml`, as wheels.
#[derive(Debug)]
pub(super) struct Rhythms {
    hours: Vec<(String, Wheel)>,
    days: Vec<(String, [f64; 7])>,
}

/// The wheels of one month's days, by the number of the pattern.
#[derive(Debug)]
pub(super) struct MonthDays {
    first: NaiveDate,
    last: NaiveDate,
    wheels: Vec<Wheel>,
}

impl Rhythms {
    pub(super) fn new(patterns: &Patterns) -> Self {
        Self {
            hours: patterns
                .hours
                .iter()
                .map(|(name, widths)| (name.clone(), Wheel::new(widths.iter().copied())))
                .collect(),
            days: patterns
                .days
                .iter()
                .map(|(name, widths)| (name.clone(), *widths))
                .collect(),
        }
    }

    /// The number of the pattern of hours of that name.
    pub(super) fn hours(&self, name: &str) -> Result<usize> {
        let at = self.hours.iter().position(|(n, _)| n == name);
        at.with_context(|| format!("data/demo/patterns.toml: no hours named {name}"))
    }

    /// The number of the pattern of days of that name.
    pub(super) fn days(&self, name: &str) -> Result<usize> {
        let at = self.days.iter().position(|(n, _)| n == name);
        at.with_context(|| format!("data/demo/patterns.toml: no days named {name}"))
    }

    pub(super) fn month(&self, month: Month) -> MonthDays {
        let (first, last) = (month.first_day(), month.last_day());
        let wheel = |(name, widths): &(String, [f64; 7])| {
            let festive = name == "bonfire";
            Wheel::new(first.iter_days().take_while(|day| *day <= last).map(|day| {
                let ordinary = widths[day.weekday().num_days_from_monday() as usize];
                ordinary * if festive { night(day) } else { 1.0 }
            }))
        };
        MonthDays {
            first,
            last,
            wheels: self.days.iter().map(wheel).collect(),
        }
    }

    /// A time of the month, on the clocks of London. The small hours belong to the night before.
    pub(super) fn time(
        &self,
        dice: &mut Dice,
        month: &MonthDays,
        days: usize,
        hours: usize,
    ) -> NaiveDateTime {
        let nth = dice.spin(&month.wheels[days]);
        let hour = dice.spin(&self.hours[hours].1);
        let minute = dice.below(60);
        let mut day = month.first + chrono::Days::new(nth as u64);
        if hour < 4 && day < month.last {
            day = day + chrono::Days::new(1);
        }
        let skipped = hour == 1 && clocks_go_forward(day);
        let hour = if skipped { 2 } else { hour };
        day.and_hms_opt(hour as u32, minute as u32, 0)
            .unwrap_or_default()
    }
}

/// The nights around Halloween, Bonfire Night and New Year, against an ordinary one.
fn night(day: NaiveDate) -> f64 {
    match (day.month(), day.day()) {
        (11, 5) => 20.0,
        (12, 31) => 10.0,
        (1, 1) => 5.0,
        (10, 30 | 31) | (11, 3 | 4 | 6) => 2.5,
        (11, 1 | 2 | 7 | 8) => 1.7,
        _ => 1.0,
    }
}

/// Whether the clocks of the United Kingdom are put forward on that day, at one in the morning:
/// the last Sunday of March.
fn clocks_go_forward(day: NaiveDate) -> bool {
    day.month() == 3 && day.day() > 24 && day.weekday() == Weekday::Sun
}
