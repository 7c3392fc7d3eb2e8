//! A calendar month: the finest period that police.uk publishes.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A month of a year, kept as `year * 12 + (month - 1)` so that months can be counted, compared
/// and stored as one small integer. Shown and read as `2025-01`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

impl Month {
    /// The month `month` (1 to 12) of `year` (1 to 9999); `None` outside those.
    #[must_use]
    pub fn new(year: i32, month: u32) -> Option<Self> {
        if !(1..=9999).contains(&year) || !(1..=12).contains(&month) {
            return None;
        }
        i32::try_from(month).ok().map(|m| Self(year * 12 + m - 1))
    }

    /// The month that a civil date lies in.
    #[must_use]
    pub fn of(date: NaiveDate) -> Self {
        Self(date.year() * 12 + i32::try_from(date.month0()).unwrap_or(0))
    }

    /// Back from [`Month::index`].
    #[must_use]
    pub fn from_index(index: i32) -> Self {
        Self(index)
    }

    /// The month as one integer, `year * 12 + (month - 1)`: consecutive months differ by one.
    #[must_use]
    pub fn index(self) -> i32 {
        self.0
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// The month of the year, 1 to 12.
    #[must_use]
    pub fn month(self) -> u32 {
        self.0.rem_euclid(12).unsigned_abs() + 1
    }

    /// The month `months` later (earlier if negative).
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        Self(self.0 + months)
    }

    /// How many months `self` lies after `earlier`.
    #[must_use]
    pub fn since(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }

    /// The first day of the month.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year(), self.month(), 1).unwrap_or(NaiveDate::MIN)
    }

    /// The last day of the month.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        self.plus(1)
            .first_day()
            .pred_opt()
            .unwrap_or(NaiveDate::MIN)
    }

    /// The English name of the month with its year: `January 2025`.
    #[must_use]
    pub fn name(self) -> String {
        const NAMES: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let at = usize::try_from(self.0.rem_euclid(12)).unwrap_or(0);
        format!("{} {}", NAMES[at], self.year())
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a month such as `2025-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a month such as 2025-01")]
pub struct NotAMonth;

impl FromStr for Month {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let b = text.as_bytes();
        if b.len() != 7 || b[4] != b'-' {
            return Err(NotAMonth);
        }
        let digits = |range: &[u8]| {
            range.iter().try_fold(0_u32, |sum, d| {
                d.is_ascii_digit().then(|| sum * 10 + u32::from(d - b'0'))
            })
        };
        let year = digits(&b[..4]).ok_or(NotAMonth)?;
        let month = digits(&b[5..]).ok_or(NotAMonth)?;
        Self::new(i32::try_from(year).map_err(|_| NotAMonth)?, month).ok_or(NotAMonth)
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_count_parse_and_show() {
        let month: Month = "2025-01".parse().unwrap();
        assert_eq!((month.year(), month.month()), (2025, 1));
        assert_eq!(month.to_string(), "2025-01");
        assert_eq!(month.name(), "January 2025");
        assert_eq!(month.plus(-1).to_string(), "2024-12");
        assert_eq!(month.plus(-1).last_day().to_string(), "2024-12-31");
        assert_eq!(month.since("2024-01".parse().unwrap()), 12);
        assert_eq!(Month::from_index(month.index()), month);
        for wrong in [
            "2025-13",
            "2025-00",
            "2025-1",
            "25-01",
            "2025/01",
            "",
            "２０25-1",
        ] {
            assert_eq!(wrong.parse::<Month>(), Err(NotAMonth), "{wrong}");
        }
    }
}
