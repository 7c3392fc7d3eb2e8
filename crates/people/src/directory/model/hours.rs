//! Opening hours: whether something is open at a moment, and when next. Rules follow RFC 5545 as
//! far as the Open Referral UK standard uses it; times are those on the clocks of the United Kingdom.

use chrono::{Datelike as _, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Weekday};

use super::Schedule;

/// How far ahead somebody is told of the next opening.
const AHEAD: u64 = 62;

/// Two-letter names of the days, Monday first.
pub const DAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Mon),
    ("TU", Weekday::Tue),
    ("WE", Weekday::Wed),
    ("TH", Weekday::Thu),
    ("FR", Weekday::Fri),
    ("SA", Weekday::Sat),
    ("SU", Weekday::Sun),
];

/// What can be said of a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Now {
    /// Open, until then; without an end it is open round the clock.
    Open(Option<NaiveDateTime>),
    /// Closed, and open again then, where that is within two months.
    Closed(Option<NaiveDateTime>),
    /// The hours are not known, or only told in words.
    Unknown,
}

/// A time of day as minutes from midnight: `09:00`, `9:00`, `17:30:00`, `24:00`; an offset from
/// Greenwich after it is read over, since a weekly rule has one time on the clock all year.
#[must_use]
pub fn minutes(text: &str) -> Option<u32> {
    let text = text.trim().trim_end_matches(['Z', 'z']);
    let text = text.split(['+', '-']).next()?;
    let mut parts = text.split(':');
    let hours: u32 = parts
        .next()
        .filter(|part| (1..=2).contains(&part.len()))?
        .parse()
        .ok()?;
    let minutes: u32 = parts.next().filter(|part| part.len() == 2)?.parse().ok()?;
    let seconds: f64 = parts.next().map_or(Ok(0.0), str::parse).ok()?;
    let whole = parts.next().is_none() && minutes < 60 && (0.0..60.0).contains(&seconds);
    (whole && (hours < 24 || (hours == 24 && minutes == 0))).then_some(hours * 60 + minutes)
}

/// A day in a rule: which of the month, where it says so, and the weekday.
#[must_use]
pub fn by_day(text: &str) -> Option<Vec<(Option<i32>, Weekday)>> {
    let one = |part: &str| {
        let part = part.trim();
        let split = part.len().checked_sub(2)?;
        let (number, name) = (part.get(..split)?, part.get(split..)?);
        let day = DAYS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))?
            .1;
        let number = match number {
            "" => None,
            text => Some(
                text.parse::<i32>()
                    .ok()
                    .filter(|n| (1..=5).contains(&n.abs()))?,
            ),
        };
        Some((number, day))
    };
    text.split(',')
        .filter(|part| !part.trim().is_empty())
        .map(one)
        .collect()
}

/// Days of the month in a rule; negative ones count from its end.
#[must_use]
pub fn by_month_day(text: &str) -> Option<Vec<i32>> {
    let one = |part: &str| {
        part.trim()
            .parse::<i32>()
            .ok()
            .filter(|n| (1..=31).contains(&n.abs()))
    };
    text.split(',')
        .filter(|part| !part.trim().is_empty())
        .map(one)
        .collect()
}

fn days_in_month(date: NaiveDate) -> i32 {
    i32::from(date.num_days_in_month())
}

fn day_of(date: NaiveDate) -> i32 {
    i32::try_from(date.day()).unwrap_or(1)
}

impl Schedule {
    /// Whether it is a rule that can be reckoned with, and not only words.
    #[must_use]
    pub fn is_rule(&self) -> bool {
        let known =
            |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
        self.opens_at.as_deref().and_then(minutes).is_some()
            && self.closes_at.as_deref().and_then(minutes).is_some()
            && (known(&self.byday) || known(&self.bymonthday) || self.dtstart.is_some())
    }

    /// Every how many weeks or months.
    #[must_use]
    pub fn every(&self) -> i64 {
        self.interval.map_or(1, |interval| interval.0 as i64).max(1)
    }

    /// Whether it says monthly.
    #[must_use]
    pub fn is_monthly(&self) -> bool {
        self.freq
            .as_deref()
            .is_some_and(|freq| freq.eq_ignore_ascii_case("MONTHLY"))
    }

    /// Whether something begins on this day.
    #[must_use]
    pub fn is_on(&self, date: NaiveDate) -> bool {
        if self.valid_from.is_some_and(|first| date < first)
            || self.valid_to.is_some_and(|last| date > last)
            || self.dtstart.is_some_and(|first| date < first)
        {
            return false;
        }
        let days = self.byday.as_deref().and_then(by_day).unwrap_or_default();
        if self.is_monthly() {
            let numbers = self
                .bymonthday
                .as_deref()
                .and_then(by_month_day)
                .unwrap_or_default();
            let months = |date: NaiveDate| i64::from(date.year()) * 12 + i64::from(date.month0());
            let in_step = self
                .dtstart
                .is_none_or(|first| (months(date) - months(first)) % self.every() == 0);
            let number_fits = numbers.is_empty()
                || numbers
                    .iter()
                    .any(|n| *n == day_of(date) || *n == day_of(date) - days_in_month(date) - 1);
            let day_fits = days.is_empty() || days.iter().any(|day| nth(date, *day));
            let says_which = !numbers.is_empty() || !days.is_empty();
            let like_first = self.dtstart.is_some_and(|first| first.day() == date.day());
            return in_step && number_fits && day_fits && (says_which || like_first);
        }
        let monday =
            |date: NaiveDate| date - Days::new(u64::from(date.weekday().num_days_from_monday()));
        let in_step = self.dtstart.is_none_or(|first| {
            ((monday(date) - monday(first)).num_days() / 7) % self.every() == 0
        });
        // 'From' without days of the week and without a frequency is one single event.
        if days.is_empty() {
            return match (&self.freq, self.dtstart) {
                (None, Some(only)) => only == date,
                (Some(_), Some(first)) => in_step && first.weekday() == date.weekday(),
                (_, None) => false,
            };
        }
        in_step && days.iter().any(|(_, day)| *day == date.weekday())
    }

    /// From when to when, where it begins on this day.
    fn on(&self, date: NaiveDate) -> Option<(NaiveDateTime, NaiveDateTime)> {
        let opens = self.opens_at.as_deref().and_then(minutes)?;
        let closes = self.closes_at.as_deref().and_then(minutes)?;
        if !self.is_on(date) {
            return None;
        }
        let at =
            |minutes: u32| date.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minutes));
        // A minute before midnight is how many write 'midnight'.
        let closes = if closes == 23 * 60 + 59 {
            24 * 60
        } else {
            closes
        };
        let end = if closes > opens {
            at(closes)
        } else {
            at(closes) + TimeDelta::days(1)
        };
        Some((at(opens), end))
    }
}

/// Whether the rule's ordinal weekday is this date.
fn nth(date: NaiveDate, (number, day): (Option<i32>, Weekday)) -> bool {
    if date.weekday() != day {
        return false;
    }
    match number {
        None => true,
        Some(n) if n > 0 => (day_of(date) - 1) / 7 + 1 == n,
        Some(n) => (days_in_month(date) - day_of(date)) / 7 + 1 == -n,
    }
}

/// Every opening from the day before `day` on, joined where one runs into the next.
fn openings(schedules: &[Schedule], day: NaiveDate) -> Vec<(NaiveDateTime, NaiveDateTime)> {
    let first = day.pred_opt().unwrap_or(day);
    let mut all: Vec<_> = (0..AHEAD)
        .filter_map(|n| first.checked_add_days(Days::new(n)))
        .flat_map(|date| {
            schedules
                .iter()
                .filter_map(move |schedule| schedule.on(date))
        })
        .collect();
    all.sort_unstable();
    let mut joined: Vec<(NaiveDateTime, NaiveDateTime)> = Vec::new();
    for (begin, end) in all {
        match joined.last_mut() {
            Some(last) if begin <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((begin, end)),
        }
    }
    joined
}

/// Whether anything of these is open at a moment on the clocks of the United Kingdom.
#[must_use]
pub fn at(schedules: &[Schedule], moment: NaiveDateTime) -> Now {
    if !schedules.iter().any(Schedule::is_rule) {
        return Now::Unknown;
    }
    let openings = openings(schedules, moment.date());
    let week = moment + TimeDelta::days(14);
    match openings.iter().find(|(_, end)| *end > moment) {
        Some((begin, end)) if *begin <= moment => Now::Open((*end < week).then_some(*end)),
        // Some hours are only told in words: then nothing can be said of now.
        _ if schedules.iter().any(|schedule| !schedule.is_rule()) => Now::Unknown,
        Some((begin, _)) => Now::Closed(Some(*begin)),
        None => Now::Closed(None),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn rule(freq: &str, byday: &str, opens: &str, closes: &str) -> Schedule {
        Schedule {
            freq: Some(freq.to_owned()),
            byday: Some(byday.to_owned()),
            opens_at: Some(opens.to_owned()),
            closes_at: Some(closes.to_owned()),
            ..Schedule::default()
        }
    }

    fn time(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn times_as_others_write_them() {
        for (text, expected) in [
            ("09:00", 540),
            ("9:30", 570),
            ("10:00:00", 600),
            ("09:00Z", 540),
            ("09:00+01:00", 540),
            ("24:00", 1_440),
            ("00:00", 0),
        ] {
            assert_eq!(minutes(text), Some(expected), "{text}");
        }
        for bad in [
            "",
            "9",
            "25:00",
            "24:01",
            "09:60",
            "9am",
            "09:5",
            "09:00:00:00",
            "-1:00",
            "00009:00",
        ] {
            assert_eq!(minutes(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_week_of_office_hours() {
        let office = [rule("WEEKLY", "MO,TU,WE,TH,FR", "09:00", "17:00")];
        // 1 June 2026 is a Monday.
        assert_eq!(
            at(&office, time("2026-06-01T09:00:00")),
            Now::Open(Some(time("2026-06-01T17:00:00")))
        );
        assert_eq!(
            at(&office, time("2026-06-01T17:00:00")),
            Now::Closed(Some(time("2026-06-02T09:00:00")))
        );
        assert_eq!(
            at(&office, time("2026-06-05T20:00:00")),
            Now::Closed(Some(time("2026-06-08T09:00:00")))
        );
        assert_eq!(at(&[], time("2026-06-01T09:00:00")), Now::Unknown);
    }

    #[test]
    fn nights_round_the_clock_months_and_fortnights() {
        let night = [rule("WEEKLY", "FR,SA", "22:00", "04:00")];
        assert_eq!(
            at(&night, time("2026-06-06T01:00:00")),
            Now::Open(Some(time("2026-06-06T04:00:00")))
        );
        assert_eq!(
            at(&night, time("2026-06-07T03:59:00")),
            Now::Open(Some(time("2026-06-07T04:00:00")))
        );
        assert_eq!(
            at(&night, time("2026-06-08T01:00:00")),
            Now::Closed(Some(time("2026-06-12T22:00:00")))
        );
        let always = [rule("WEEKLY", "MO,TU,WE,TH,FR,SA,SU", "00:00", "23:59")];
        assert_eq!(at(&always, time("2026-06-06T23:59:30")), Now::Open(None));
        let same = [rule("WEEKLY", "MO,TU,WE,TH,FR,SA,SU", "00:00", "00:00")];
        assert_eq!(at(&same, time("2026-06-06T12:00:00")), Now::Open(None));
        let last_friday = [rule("MONTHLY", "-1FR", "10:00", "12:00")];
        assert_eq!(
            at(&last_friday, time("2026-06-01T10:00:00")),
            Now::Closed(Some(time("2026-06-26T10:00:00")))
        );
        let fifteenth = Schedule {
            byday: None,
            bymonthday: Some("15,-1".to_owned()),
            ..rule("MONTHLY", "", "10:00", "12:00")
        };
        assert!(
            fifteenth.is_on("2026-06-30".parse().unwrap())
                && fifteenth.is_on("2026-06-15".parse().unwrap())
        );
        assert!(!fifteenth.is_on("2026-07-30".parse().unwrap()));
        let fortnight = Schedule {
            interval: Some(crate::directory::model::Figure(2.0)),
            dtstart: Some("2026-06-02".parse().unwrap()),
            ..rule("WEEKLY", "TU", "18:00", "20:00")
        };
        assert!(
            fortnight.is_on("2026-06-16".parse().unwrap())
                && !fortnight.is_on("2026-06-09".parse().unwrap())
        );
        let ended = Schedule {
            valid_to: Some("2026-05-31".parse().unwrap()),
            ..rule("WEEKLY", "MO", "09:00", "17:00")
        };
        assert_eq!(at(&[ended], time("2026-06-01T10:00:00")), Now::Closed(None));
        // The standard's own example has days of the month in a weekly rule: they do not count there.
        let odd = Schedule {
            bymonthday: Some("2,3,4".to_owned()),
            ..rule("WEEKLY", "TH,FR", "10:00:00", "18:00:00")
        };
        assert!(odd.is_on("2026-06-11".parse().unwrap()));
    }

    #[test]
    fn hours_in_words_make_no_promise() {
        let words = Schedule {
            description: Some("Ring first".to_owned()),
            ..Schedule::default()
        };
        let office = rule("WEEKLY", "MO", "09:00", "17:00");
        assert_eq!(
            at(std::slice::from_ref(&words), time("2026-06-01T10:00:00")),
            Now::Unknown
        );
        assert_eq!(
            at(
                &[words.clone(), office.clone()],
                time("2026-06-02T10:00:00")
            ),
            Now::Unknown
        );
        assert!(matches!(
            at(&[words, office], time("2026-06-01T10:00:00")),
            Now::Open(Some(_))
        ));
    }

    fn some_rule() -> impl Strategy<Value = Schedule> {
        let days = proptest::sample::subsequence(DAYS.map(|(name, _)| name).to_vec(), 1..7);
        (days, 0_u32..1_440, 0_u32..1_440).prop_map(|(days, opens, closes)| {
            let text = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
            rule("WEEKLY", &days.join(","), &text(opens), &text(closes))
        })
    }

    proptest! {
        #[test]
        fn an_answer_holds_until_the_moment_that_it_names(rules in proptest::collection::vec(some_rule(), 1..4), minute in 0_i64..(14 * 1_440)) {
            let moment = time("2026-06-01T00:00:00") + TimeDelta::minutes(minute);
            let a_minute = TimeDelta::minutes(1);
            match at(&rules, moment) {
                Now::Open(Some(end)) => {
                    prop_assert!(end > moment);
                    prop_assert!(matches!(at(&rules, end - a_minute), Now::Open(_)), "open until just before");
                    prop_assert!(matches!(at(&rules, end), Now::Closed(_)), "closed from then on");
                }
                Now::Closed(Some(begin)) => {
                    prop_assert!(begin > moment);
                    prop_assert!(matches!(at(&rules, begin), Now::Open(_)));
                    prop_assert!(matches!(at(&rules, begin - a_minute), Now::Closed(_)));
                }
                Now::Open(None) => prop_assert!(matches!(at(&rules, moment + TimeDelta::days(3)), Now::Open(_))),
                Now::Closed(None) | Now::Unknown => prop_assert!(false, "a weekly rule opens within two months"),
            }
        }

        #[test]
        fn nothing_typed_stops_the_program(text in ".{0,12}") {
            let _ = (minutes(&text), by_day(&text), by_month_day(&text));
        }
    }
}
