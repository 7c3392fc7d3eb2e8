//! Opening hours in words, from the catalogue of texts.

use std::collections::HashMap;

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Timelike as _, Weekday};
use commonweal_govuk::Language;
use commonweal_govuk::text::{fill, t};

use super::Schedule;
use super::hours::{self, Now};

/// A text of the catalogue with its places filled.
#[must_use]
pub fn say(language: Language, key: &str, values: &[(&str, &str)]) -> String {
    let pattern = t(language, key);
    let values: HashMap<String, String> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    fill(&pattern, &values).unwrap_or_else(|_| pattern.into_owned())
}

/// A time as GOV.UK writes it: '9am', '5:30pm', 'midday', 'midnight'.
#[must_use]
pub fn clock(language: Language, minutes: u32) -> String {
    match minutes % 1_440 {
        0 => t(language, "go_to.hours.midnight").into_owned(),
        720 => t(language, "go_to.hours.midday").into_owned(),
        minutes => {
            let (hour, minute) = (minutes / 60, minutes % 60);
            let half = if hour < 12 { "am" } else { "pm" };
            let shown = if hour % 12 == 0 { 12 } else { hour % 12 };
            if minute == 0 {
                format!("{shown}{half}")
            } else {
                format!("{shown}:{minute:02}{half}")
            }
        }
    }
}

/// A day of the week.
#[must_use]
pub fn day(language: Language, day: Weekday) -> String {
    let key = format!("go_to.hours.day{}", day.num_days_from_monday());
    t(language, &key).into_owned()
}

/// A date as people read it: '1 June 2026'.
#[must_use]
pub fn date(language: Language, date: NaiveDate) -> String {
    let month = t(language, &format!("go_to.hours.month{}", date.month())).into_owned();
    format!("{} {month} {}", date.day(), date.year())
}

/// Days of the week as a list: 'Monday to Friday', 'Tuesday and Thursday', 'every day'.
fn days(language: Language, days: &[Weekday]) -> String {
    let numbers: Vec<u32> = days.iter().map(Weekday::num_days_from_monday).collect();
    let name = |weekday: &Weekday| day(language, *weekday);
    match (days, numbers.as_slice()) {
        (_, [0, 1, 2, 3, 4, 5, 6]) => t(language, "go_to.hours.every_day").into_owned(),
        ([first, .., last], [low, .., high])
            if numbers.len() > 2 && high - low + 1 == numbers.len() as u32 =>
        {
            say(
                language,
                "go_to.hours.range",
                &[("first", &name(first)), ("last", &name(last))],
            )
        }
        ([rest @ .., last], _) if !rest.is_empty() => {
            let rest: Vec<String> = rest.iter().map(name).collect();
            say(
                language,
                "go_to.hours.and",
                &[("first", &rest.join(", ")), ("last", &name(last))],
            )
        }
        ([one], _) => name(one),
        _ => String::new(),
    }
}

fn span(language: Language, schedule: &Schedule) -> Option<String> {
    let opens = hours::minutes(schedule.opens_at.as_deref()?)?;
    let closes = hours::minutes(schedule.closes_at.as_deref()?)?;
    if opens == closes || (opens == 0 && closes >= 1_439) {
        return Some(t(language, "go_to.hours.all_day").into_owned());
    }
    let closes = if closes == 1_439 { 1_440 } else { closes };
    Some(say(
        language,
        "go_to.hours.span",
        &[
            ("opens", &clock(language, opens)),
            ("closes", &clock(language, closes)),
        ],
    ))
}

/// When something is open, in words: 'Monday to Friday, 9am to 5pm'.
#[must_use]
pub fn one(language: Language, schedule: &Schedule) -> String {
    let when = rule(language, schedule);
    let mut line = match (when, &schedule.description) {
        (Some(when), _) => when,
        (None, Some(words)) => words.trim().to_owned(),
        (None, None) => t(language, "go_to.hours.ask").into_owned(),
    };
    match (schedule.valid_from, schedule.valid_to) {
        (Some(first), Some(last)) => {
            let values = [
                ("first", &*date(language, first)),
                ("last", &*date(language, last)),
            ];
            line.push_str(&say(language, "go_to.hours.between", &values));
        }
        (Some(first), None) => line.push_str(&say(
            language,
            "go_to.hours.since",
            &[("first", &date(language, first))],
        )),
        (None, Some(last)) => line.push_str(&say(
            language,
            "go_to.hours.until",
            &[("last", &date(language, last))],
        )),
        (None, None) => {}
    }
    line
}

fn rule(language: Language, schedule: &Schedule) -> Option<String> {
    let span = span(language, schedule)?;
    let listed = schedule
        .byday
        .as_deref()
        .and_then(hours::by_day)
        .unwrap_or_default();
    let every = schedule.every();
    let days = if schedule.is_monthly() {
        let named: Vec<String> = listed
            .iter()
            .map(|(number, weekday)| {
                let name = day(language, *weekday);
                let key = match number {
                    Some(n @ 1..=5) => format!("go_to.hours.nth{n}"),
                    Some(_) => "go_to.hours.last".to_owned(),
                    None => "go_to.hours.each".to_owned(),
                };
                say(language, &key, &[("day", &name)])
            })
            .chain(
                schedule
                    .bymonthday
                    .as_deref()
                    .and_then(hours::by_month_day)
                    .unwrap_or_default()
                    .iter()
                    .map(|number| {
                        say(
                            language,
                            "go_to.hours.day_of_month",
                            &[("number", &number.to_string())],
                        )
                    }),
            )
            .collect();
        if named.is_empty() {
            return None;
        }
        let number = every.to_string();
        let key = if every == 1 {
            "go_to.hours.monthly"
        } else {
            "go_to.hours.months"
        };
        say(
            language,
            key,
            &[("days", &named.join(", ")), ("number", &number)],
        )
    } else {
        let mut weekdays: Vec<Weekday> = listed.iter().map(|(_, weekday)| *weekday).collect();
        if weekdays.is_empty() {
            let first = schedule.dtstart?;
            if schedule.freq.is_none() {
                return Some(say(
                    language,
                    "go_to.hours.line",
                    &[("days", &date(language, first)), ("span", &span)],
                ));
            }
            weekdays.push(first.weekday());
        }
        weekdays.sort_unstable_by_key(Weekday::num_days_from_monday);
        weekdays.dedup();
        let listed = days(language, &weekdays);
        match every {
            1 => listed,
            2 => say(language, "go_to.hours.fortnightly", &[("days", &listed)]),
            number => say(
                language,
                "go_to.hours.weeks",
                &[("days", &listed), ("number", &number.to_string())],
            ),
        }
    };
    Some(say(
        language,
        "go_to.hours.line",
        &[("days", &days), ("span", &span)],
    ))
}

/// Whether it is open now, in words; none where nothing can be said.
#[must_use]
pub fn now(language: Language, now: Now, moment: NaiveDateTime) -> Option<String> {
    let named = |at: NaiveDateTime| {
        let time = clock(language, at.hour() * 60 + at.minute());
        let away = (at.date() - moment.date()).num_days();
        let when = match away {
            0 => return time,
            1 => t(language, "go_to.hours.tomorrow").into_owned(),
            2..=6 => day(language, at.weekday()),
            _ => date(language, at.date()),
        };
        say(
            language,
            "go_to.hours.at",
            &[("day", &when), ("time", &time)],
        )
    };
    match now {
        Now::Open(None) => Some(t(language, "go_to.hours.always").into_owned()),
        Now::Open(Some(end)) => Some(say(language, "go_to.hours.open", &[("until", &named(end))])),
        Now::Closed(Some(begin)) => Some(say(
            language,
            "go_to.hours.closed",
            &[("opens", &named(begin))],
        )),
        Now::Closed(None) => Some(t(language, "go_to.hours.closed_now").into_owned()),
        Now::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::hours::tests::rule as made;
    use super::*;

    #[test]
    fn hours_read_as_people_say_them() {
        let said = |schedule: Schedule| one(Language::English, &schedule);
        assert_eq!(
            said(made("WEEKLY", "MO,TU,WE,TH,FR", "09:00", "17:00")),
            "Monday to Friday, 9am to 5pm"
        );
        assert_eq!(
            said(made("WEEKLY", "TH,TU", "12:00", "13:30")),
            "Tuesday and Thursday, midday to 1:30pm"
        );
        assert_eq!(
            said(made("WEEKLY", "MO,WE,FR", "22:00", "00:00")),
            "Monday, Wednesday and Friday, 10pm to midnight"
        );
        assert_eq!(
            said(made("WEEKLY", "MO,TU,WE,TH,FR,SA,SU", "00:00", "23:59")),
            "Every day, 24 hours a day"
        );
        assert_eq!(
            said(made("MONTHLY", "1MO,-1FR", "10:00", "12:00")),
            "First Monday, Last Friday of each month, 10am to midday"
        );
        let summer = Schedule {
            valid_from: Some("2026-06-01".parse().unwrap()),
            ..made("WEEKLY", "SA", "10:00", "16:00")
        };
        assert_eq!(said(summer), "Saturday, 10am to 4pm, from 1 June 2026");
        let words = Schedule {
            description: Some("Ring first ".to_owned()),
            ..Schedule::default()
        };
        assert_eq!(said(words), "Ring first");
    }

    #[test]
    fn now_is_said_with_the_day() {
        let time = |text: &str| text.parse::<NaiveDateTime>().unwrap();
        let moment = time("2026-06-01T10:00:00");
        let said = |state| now(Language::English, state, moment).unwrap();
        assert_eq!(
            said(Now::Open(Some(time("2026-06-01T17:00:00")))),
            "Open now, until 5pm"
        );
        assert_eq!(
            said(Now::Closed(Some(time("2026-06-02T09:30:00")))),
            "Closed now, opens tomorrow at 9:30am"
        );
        assert_eq!(
            said(Now::Closed(Some(time("2026-06-05T09:00:00")))),
            "Closed now, opens Friday at 9am"
        );
        assert_eq!(
            said(Now::Closed(Some(time("2026-07-05T09:00:00")))),
            "Closed now, opens 5 July 2026 at 9am"
        );
        assert_eq!(said(Now::Open(None)), "Open now, 24 hours a day");
        assert_eq!(now(Language::English, Now::Unknown, moment), None);
    }
}
