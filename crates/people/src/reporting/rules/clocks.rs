//! By when what is to be done, in hours, working hours or working days.

use chrono::{DateTime, Duration, NaiveTime, TimeZone as _, Utc};
use chrono_tz::{Europe::London, Tz};
use commonweal_records::calendar::Calendar;
use commonweal_records::matters::Deadline;
use serde::Deserialize;

use super::Wrong;

/// To what a clock applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Applies {
    /// A new report.
    New,
    /// A new report that stands at the top.
    Urgent,
    /// A matter whose band is high.
    High,
    /// A matter whose band is medium.
    Medium,
    /// A matter whose band is standard, or that has none yet.
    Standard,
    /// A matter that an agency was asked to take.
    Referral,
    /// An enquiry of a councillor or member of Parliament.
    Enquiry,
}

impl Applies {
    /// What applies to a matter of a band.
    #[must_use]
    pub fn band(band: Option<&str>) -> Self {
        match band {
            Some("high") => Self::High,
            Some("medium") => Self::Medium,
            _ => Self::Standard,
        }
    }
}

/// All clocks, with the hours in which people work.
#[derive(Debug, Clone)]
pub struct Clocks {
    from: NaiveTime,
    to: NaiveTime,
    clocks: Vec<Clock>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    kind: String,
    label: String,
    applies: Applies,
    hours: Option<i64>,
    working_hours: Option<i64>,
    working_days: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    hours: Hours,
    clock: Vec<Clock>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hours {
    from: String,
    to: String,
}

fn time(text: &str) -> Result<NaiveTime, Wrong> {
    NaiveTime::parse_from_str(text, "%H:%M")
        .map_err(|_| Wrong(format!("'{text}' is no time such as 09:00")))
}

/// The most that a clock may run: a year of hours.
const MOST: i64 = 366 * 24;

impl Clocks {
    pub(super) fn parse(text: &str) -> Result<Self, Wrong> {
        let file: File = toml::from_str(text)?;
        for clock in &file.clock {
            let spans = [clock.hours, clock.working_hours, clock.working_days];
            let given: Vec<i64> = spans.into_iter().flatten().collect();
            if given.len() != 1 || given.iter().any(|span| !(1..=MOST).contains(span)) {
                return Err(Wrong(format!(
                    "the clock '{}' needs one of hours, working_hours and working_days, from 1 upwards",
                    clock.kind
                )));
            }
        }
        let clocks = Self {
            from: time(&file.hours.from)?,
            to: time(&file.hours.to)?,
            clocks: file.clock,
        };
        if clocks.from >= clocks.to {
            return Err(Wrong("the hours end before they begin".to_owned()));
        }
        Ok(clocks)
    }

    /// What a clock is called.
    #[must_use]
    pub fn label<'a>(&'a self, kind: &'a str) -> &'a str {
        let found = self.clocks.iter().find(|clock| clock.kind == kind);
        found.map_or(kind, |clock| clock.label.as_str())
    }

    /// Whether people work at a moment.
    #[must_use]
    pub fn open(&self, calendar: &Calendar, at: DateTime<Utc>) -> bool {
        let local = at.with_timezone(&London);
        calendar.is_working_day(local.date_naive()) && (self.from..self.to).contains(&local.time())
    }

    /// When people next work, from a moment on: that moment where they do.
    #[must_use]
    pub fn opens(&self, calendar: &Calendar, at: DateTime<Utc>) -> DateTime<Utc> {
        if self.open(calendar, at) {
            return at;
        }
        let local = at.with_timezone(&London);
        let today = local.date_naive();
        let next = if calendar.is_working_day(today) && local.time() < self.from {
            today
        } else {
            calendar.add_working_days(today, 1)
        };
        moment(next.and_time(self.from), at)
    }

    /// A clock that starts at a moment; none where the partnership has none of this kind for this.
    #[must_use]
    pub fn start(
        &self,
        calendar: &Calendar,
        kind: &str,
        applies: Applies,
        at: DateTime<Utc>,
    ) -> Option<Deadline> {
        let clock = self
            .clocks
            .iter()
            .find(|clock| clock.kind == kind && clock.applies == applies)?;
        let (due_at, basis) = if let Some(hours) = clock.hours {
            (at + Duration::hours(hours), count(hours, "hour"))
        } else if let Some(hours) = clock.working_hours {
            (
                self.after_hours(calendar, at, hours),
                count(hours, "working hour"),
            )
        } else {
            let days = clock.working_days.unwrap_or(1);
            let start = self.opens(calendar, at).with_timezone(&London).date_naive();
            let day = calendar.add_working_days(start, days);
            (
                moment(day.and_time(self.to), at),
                count(days, "working day"),
            )
        };
        Some(Deadline {
            kind: kind.to_owned(),
            due_at,
            basis,
        })
    }

    fn after_hours(&self, calendar: &Calendar, at: DateTime<Utc>, hours: i64) -> DateTime<Utc> {
        let mut left = Duration::hours(hours);
        let mut now = self.opens(calendar, at);
        loop {
            let day = now.with_timezone(&London).date_naive();
            let closes = moment(day.and_time(self.to), now);
            if now + left <= closes {
                return now + left;
            }
            left -= closes - now;
            let next = self.opens(calendar, closes);
            if next <= now {
                // At the end of the calendar.
                return now;
            }
            now = next;
        }
    }
}

fn count(number: i64, unit: &str) -> String {
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// A time of the clock on the wall as a moment: the first of two where the hour comes twice, an hour
/// later where it does not come at all.
fn moment(local: chrono::NaiveDateTime, otherwise: DateTime<Utc>) -> DateTime<Utc> {
    let zone: Tz = London;
    zone.from_local_datetime(&local)
        .earliest()
        .or_else(|| {
            zone.from_local_datetime(&(local + Duration::hours(1)))
                .earliest()
        })
        .map_or(otherwise, |at| at.with_timezone(&Utc))
}
