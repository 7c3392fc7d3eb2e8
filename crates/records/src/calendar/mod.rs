//! Working days in England: every day but Saturdays, Sundays and bank holidays.
//!
//! The days are data with their source (`data/calendars/bank-holidays-england.toml`). For years that
//! are not published yet they follow from the Act of 1971 and the usual substitute days, so that a
//! deadline two years ahead is a date and not an error.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use chrono::{Datelike as _, Days, NaiveDate, Weekday};
use serde::Deserialize;

#[cfg(test)]
mod tests;

/// The shipped file.
pub const SHIPPED: &str = include_str!("../../../../data/calendars/bank-holidays-england.toml");

static ENGLAND: LazyLock<Calendar> = LazyLock::new(|| {
    Calendar::read(SHIPPED).unwrap_or_else(|error| {
        // A test holds that the shipped file is good; without it the rule alone serves.
        tracing::error!(%error, "the calendar of bank holidays cannot be read");
        Calendar {
            days: BTreeSet::new(),
            from: i32::MAX,
            to: i32::MIN,
        }
    })
});

/// A calendar of bank holidays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    days: BTreeSet<NaiveDate>,
    from: i32,
    to: i32,
}

/// Why a file is no calendar.
#[derive(Debug, thiserror::Error)]
pub enum BadCalendar {
    /// It is not TOML of this shape.
    #[error("the calendar cannot be read: {0}")]
    Form(#[from] toml::de::Error),
    /// It names a day that there is not.
    #[error("{0} is not a day")]
    Day(String),
}

#[derive(Deserialize)]
struct File {
    published_from: i32,
    published_to: i32,
    days: Vec<Holiday>,
}

#[derive(Deserialize)]
struct Holiday {
    day: toml::value::Datetime,
}

impl Calendar {
    /// The calendar of England that the program ships.
    #[must_use]
    pub fn england() -> &'static Self {
        &ENGLAND
    }

    /// Reads a calendar.
    ///
    /// # Errors
    /// [`BadCalendar`].
    pub fn read(text: &str) -> Result<Self, BadCalendar> {
        let file: File = toml::from_str(text)?;
        let days = file.days.iter().map(|holiday| {
            let written = holiday.day.to_string();
            written.parse().map_err(|_| BadCalendar::Day(written))
        });
        Ok(Self {
            days: days.collect::<Result<_, _>>()?,
            from: file.published_from,
            to: file.published_to,
        })
    }

    /// Whether a day is a bank holiday.
    #[must_use]
    pub fn is_bank_holiday(&self, day: NaiveDate) -> bool {
        if (self.from..=self.to).contains(&day.year()) {
            self.days.contains(&day)
        } else {
            by_rule(day.year()).contains(&day)
        }
    }

    /// Whether people work on a day: Monday to Friday and no bank holiday.
    #[must_use]
    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !self.is_bank_holiday(day)
    }

    /// The day so many working days after another, which is not counted itself: one working day
    /// after a Friday is Monday. Nought gives the day, or the next working day where it is none.
    /// Less than nought counts back. At the ends of the calendar it stops.
    #[must_use]
    pub fn add_working_days(&self, day: NaiveDate, days: i64) -> NaiveDate {
        let one = Days::new(1);
        let step = |at: NaiveDate| {
            if days < 0 {
                at.checked_sub_days(one)
            } else {
                at.checked_add_days(one)
            }
        };
        let mut at = day;
        let mut left = days.unsigned_abs();
        if left == 0 {
            while !self.is_working_day(at) {
                let Some(next) = step(at) else { return at };
                at = next;
            }
            return at;
        }
        while left > 0 {
            let Some(next) = step(at) else { return at };
            at = next;
            if self.is_working_day(at) {
                left -= 1;
            }
        }
        at
    }
}

/// The bank holidays of a year by Schedule 1 of the Banking and Financial Dealings Act 1971, with
/// the custom of proclaiming the next working day for one that falls on a weekend.
fn by_rule(year: i32) -> BTreeSet<NaiveDate> {
    let mut days = BTreeSet::new();
    if let Some(easter) = easter(year) {
        days.extend(easter.checked_sub_days(Days::new(2)));
        days.extend(easter.checked_add_days(Days::new(1)));
    }
    days.extend(NaiveDate::from_weekday_of_month_opt(
        year,
        5,
        Weekday::Mon,
        1,
    ));
    for month in [5, 8] {
        // The last Monday of a month of 31 days is among its last seven days.
        days.extend(
            (25..=31)
                .filter_map(|day| NaiveDate::from_ymd_opt(year, month, day))
                .find(|day| day.weekday() == Weekday::Mon),
        );
    }
    for (month, day) in [(1, 1), (12, 25), (12, 26)] {
        let mut at = NaiveDate::from_ymd_opt(year, month, day);
        while let Some(found) = at {
            let weekend = matches!(found.weekday(), Weekday::Sat | Weekday::Sun);
            if !weekend && days.insert(found) {
                break;
            }
            at = found.succ_opt();
        }
    }
    days
}

/// Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher's algorithm).
fn easter(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let f = (b + 8) / 25;
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let sum = h + l - 7 * m + 114;
    NaiveDate::from_ymd_opt(
        year,
        u32::try_from(sum / 31).ok()?,
        u32::try_from(sum % 31 + 1).ok()?,
    )
}
