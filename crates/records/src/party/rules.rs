//! Safe contact: what somebody wishes about being reached, and the one decision that follows.
//!
//! A wrong call can put a victim at risk, so the decision errs on the side of silence: wishes whose
//! time is over count as 'ask again', and a way that the person did not agree to is refused.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, Utc, Weekday};
use chrono_tz::Europe::London;
use serde::{Deserialize, Serialize};

use super::contact::Means;

/// Days of the week, as bits from Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Days(u8);

/// The days in their order: name in forms, words.
pub const WEEK: [(Weekday, &str, &str); 7] = [
    (Weekday::Mon, "mon", "Monday"),
    (Weekday::Tue, "tue", "Tuesday"),
    (Weekday::Wed, "wed", "Wednesday"),
    (Weekday::Thu, "thu", "Thursday"),
    (Weekday::Fri, "fri", "Friday"),
    (Weekday::Sat, "sat", "Saturday"),
    (Weekday::Sun, "sun", "Sunday"),
];

impl Days {
    /// Every day.
    pub const ALL: Self = Self(0b111_1111);

    /// These days.
    pub fn of(days: impl IntoIterator<Item = Weekday>) -> Self {
        let bit = |day: Weekday| 1 << day.num_days_from_monday();
        Self(days.into_iter().fold(0, |bits, day| bits | bit(day)))
    }

    /// Whether a day is among them.
    #[must_use]
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & (1 << day.num_days_from_monday()) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 & Self::ALL.0 == 0
    }

    /// In words: 'any day', or the days.
    #[must_use]
    pub fn words(self) -> String {
        if self.0 & Self::ALL.0 == Self::ALL.0 {
            return "any day".to_owned();
        }
        let days = WEEK.iter().filter(|(day, ..)| self.contains(*day));
        let days: Vec<&str> = days.map(|(.., words)| *words).collect();
        days.join(", ")
    }
}

impl Default for Days {
    fn default() -> Self {
        Self::ALL
    }
}

/// From when until when on a day, UK time; an end before the start is on the next morning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// The first minute.
    pub from: NaiveTime,
    /// The minute after the last.
    pub until: NaiveTime,
}

impl Hours {
    /// Whether a time lies in them.
    #[must_use]
    pub fn contain(self, time: NaiveTime) -> bool {
        if self.from <= self.until {
            self.from <= time && time < self.until
        } else {
            self.from <= time || time < self.until
        }
    }
}

/// What somebody wishes about being contacted. By which points, each
/// [`Contact`](super::Contact) says for itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// On which days.
    pub days: Days,
    /// At which hours; at any where none are given.
    pub hours: Option<Hours>,
    /// Whether a message may be left, with a machine or with somebody else.
    pub leave_message: bool,
    /// Nothing is ever sent to the home.
    pub never_write_home: bool,
    /// Nobody else may learn who calls or writes.
    pub hide_caller: bool,
    /// More, in the person's own words.
    pub note: String,
    /// The last day on which this holds; then the person is asked again.
    pub until: Option<NaiveDate>,
}

impl Rules {
    /// Whether anything was said that whoever makes contact must know.
    #[must_use]
    pub fn say_something(&self) -> bool {
        *self
            != Self {
                leave_message: self.leave_message,
                ..Self::default()
            }
    }

    /// In plain words, a line each, for whoever makes contact.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.hide_caller {
            lines.push("Do not say who is calling or writing.".to_owned());
        }
        if self.never_write_home {
            lines.push("Never write to the home address.".to_owned());
        }
        lines.push(if self.leave_message {
            "A message may be left.".to_owned()
        } else {
            "Do not leave a message.".to_owned()
        });
        let hours = self.hours.map_or("at any time".to_owned(), |hours| {
            format!("from {} until {}", clock(hours.from), clock(hours.until))
        });
        let days = self.days.words();
        lines.push(format!("Contact on {days}, {hours}."));
        if let Some(until) = self.until {
            lines.push(format!("Ask again after {}.", until.format("%-d %B %Y")));
        }
        lines
    }
}

fn clock(time: NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

/// A way of reaching somebody, as far as the decision needs to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// By what.
    pub means: Means,
    /// Whether it is in or at the person's home.
    pub home: bool,
    /// Whether the person agreed to be reached by it.
    pub agreed: bool,
}

/// Whether contact may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It may; [`Rules::lines`] say how.
    Allowed,
    /// Not now or not this way: why, in plain words for whoever wanted to. Holds no personal data.
    Refused(String),
}

impl Decision {
    /// Whether it may.
    #[must_use]
    pub fn allowed(&self) -> bool {
        *self == Self::Allowed
    }
}

/// Whether somebody with these wishes may be reached by this point at this moment. The one place
/// where this is decided: what the program sends by itself goes through it
/// ([`mail_to`](super::mail_to)), and pages show its answer to people.
#[must_use]
pub fn may_contact(rules: &Rules, point: Point, when: DateTime<Utc>) -> Decision {
    let local = when.with_timezone(&London);
    let refuse = |why: &str| Decision::Refused(why.to_owned());
    if let Some(until) = rules.until.filter(|until| local.date_naive() > *until) {
        return Decision::Refused(format!(
            "The wishes about safe contact held until {}. Ask the person again first.",
            until.format("%-d %B %Y")
        ));
    }
    if !point.agreed {
        return refuse("The person did not agree to be contacted this way.");
    }
    if point.means == Means::Post {
        // A letter arrives when it arrives: days and hours say nothing about it.
        return if point.home && rules.never_write_home {
            refuse("Nothing may be sent to the home address.")
        } else {
            Decision::Allowed
        };
    }
    let time = local.time();
    // After midnight it is still the evening that the person meant.
    let early = rules
        .hours
        .is_some_and(|hours| hours.from > hours.until && time < hours.until);
    let day = if early {
        local.weekday().pred()
    } else {
        local.weekday()
    };
    if !rules.days.contains(day) {
        return Decision::Refused(format!("Contact only on {}.", rules.days.words()));
    }
    match rules.hours {
        Some(hours) if !hours.contain(time) => Decision::Refused(format!(
            "Contact only from {} until {}.",
            clock(hours.from),
            clock(hours.until)
        )),
        _ => Decision::Allowed,
    }
}

#[cfg(test)]
mod tests {
    use chrono::{Duration, TimeZone as _};
    use proptest::prelude::*;

    use super::*;

    fn time() -> impl Strategy<Value = NaiveTime> {
        (0_u32..24, 0_u32..60)
            .prop_map(|(hour, minute)| NaiveTime::from_hms_opt(hour, minute, 0).unwrap())
    }

    fn moment() -> impl Strategy<Value = DateTime<Utc>> {
        (0_i64..3_000_000).prop_map(|minutes| {
            Utc.with_ymd_and_hms(2024, 1, 1, 0, 0, 0).unwrap() + Duration::minutes(minutes)
        })
    }

    fn rules() -> impl Strategy<Value = Rules> {
        (
            any::<u8>(),
            proptest::option::of((time(), time())),
            any::<[bool; 3]>(),
            proptest::option::of(0_i64..2_500),
        )
            .prop_map(
                |(days, hours, [leave_message, never_write_home, hide_caller], until)| Rules {
                    days: Days(days & Days::ALL.0),
                    hours: hours.map(|(from, until)| Hours { from, until }),
                    leave_message,
                    never_write_home,
                    hide_caller,
                    note: String::new(),
                    until: until.map(|days| {
                        NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + Duration::days(days)
                    }),
                },
            )
    }

    fn point() -> impl Strategy<Value = Point> {
        (
            proptest::sample::select(&Means::ALL[..]),
            any::<bool>(),
            any::<bool>(),
        )
            .prop_map(|(means, home, agreed)| Point {
                means,
                home,
                agreed,
            })
    }

    proptest! {
        #[test]
        fn what_was_not_agreed_is_refused(rules in rules(), point in point(), when in moment()) {
            let point = Point { agreed: false, ..point };
            prop_assert!(!may_contact(&rules, point, when).allowed());
        }

        #[test]
        fn nothing_reaches_a_home_that_nothing_may_reach(rules in rules(), when in moment()) {
            let rules = Rules { never_write_home: true, ..rules };
            let home = Point { means: Means::Post, home: true, agreed: true };
            prop_assert!(!may_contact(&rules, home, when).allowed());
        }

        #[test]
        fn nobody_is_reached_after_their_wishes_ended(rules in rules(), point in point(), when in moment()) {
            let today = when.with_timezone(&London).date_naive();
            let ended = Rules { until: Some(today - Duration::days(1)), ..rules.clone() };
            prop_assert!(!may_contact(&ended, point, when).allowed());
            // On the last day they hold as if they had no end.
            let last = Rules { until: Some(today), ..rules.clone() };
            let endless = Rules { until: None, ..rules };
            prop_assert_eq!(may_contact(&last, point, when), may_contact(&endless, point, when));
        }

        #[test]
        fn what_is_allowed_is_within_the_wishes(rules in rules(), point in point(), when in moment()) {
            let local = when.with_timezone(&London);
            match may_contact(&rules, point, when) {
                Decision::Allowed if point.means != Means::Post => {
                    let yesterday = rules.hours.is_some_and(|hours| hours.from > hours.until && local.time() < hours.until);
                    let day = if yesterday { local.weekday().pred() } else { local.weekday() };
                    prop_assert!(rules.days.contains(day));
                    prop_assert!(rules.hours.is_none_or(|hours| hours.contain(local.time())));
                }
                Decision::Allowed => {}
                Decision::Refused(why) => prop_assert!(why.ends_with('.')),
            }
        }

        #[test]
        fn lifting_a_limit_never_forbids(rules in rules(), point in point(), when in moment()) {
            if may_contact(&rules, point, when).allowed() {
                for lifted in [
                    Rules { days: Days::ALL, ..rules.clone() },
                    Rules { hours: None, days: Days::ALL, ..rules.clone() },
                    Rules { never_write_home: false, ..rules.clone() },
                    Rules { until: None, ..rules.clone() },
                ] {
                    prop_assert!(may_contact(&lifted, point, when).allowed());
                }
            }
        }

        #[test]
        fn wishes_are_stored_and_read_as_they_are(rules in rules()) {
            let json = serde_json::to_value(&rules).unwrap();
            prop_assert_eq!(serde_json::from_value::<Rules>(json).unwrap(), rules);
        }
    }

    #[test]
    fn summer_time_is_meant_where_it_is_summer() {
        let hours = Hours {
            from: NaiveTime::from_hms_opt(9, 0, 0).unwrap(),
            until: NaiveTime::from_hms_opt(17, 0, 0).unwrap(),
        };
        let rules = Rules {
            hours: Some(hours),
            ..Rules::default()
        };
        let phone = Point {
            means: Means::Phone,
            home: false,
            agreed: true,
        };
        let at = |month, hour| Utc.with_ymd_and_hms(2026, month, 1, hour, 30, 0).unwrap();
        assert!(may_contact(&rules, phone, at(6, 8)).allowed());
        assert!(!may_contact(&rules, phone, at(1, 8)).allowed());
        assert_eq!(
            may_contact(&rules, phone, at(6, 16)),
            Decision::Refused("Contact only from 09:00 until 17:00.".to_owned())
        );
        assert!(
            Rules::default()
                .lines()
                .contains(&"Do not leave a message.".to_owned())
        );
        assert!(!Rules::default().say_something() && rules.say_something());
    }
}
