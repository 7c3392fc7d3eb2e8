//! Texts of these pages.

use std::collections::HashMap;

use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Utc};
use chrono_tz::Europe::London;
use commonweal_govuk::text::{fill, t};
use commonweal_govuk::{Language, text};

/// A text of the catalogue with its places filled.
pub(super) fn say(language: Language, key: &str, values: &[(&str, &str)]) -> String {
    let pattern = t(language, key);
    let values: HashMap<String, String> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    fill(&pattern, &values).unwrap_or_else(|_| pattern.into_owned())
}

/// A day: 'Tuesday 24 November'.
pub(super) fn day(language: Language, day: NaiveDate) -> String {
    let weekday = format!("go_to.hours.day{}", day.weekday().num_days_from_monday());
    let month = format!("go_to.hours.month{}", day.month());
    format!(
        "{} {} {}",
        text::t(language, &weekday),
        day.day(),
        text::t(language, &month)
    )
}

/// A moment: '4pm on Tuesday 24 November'.
pub(super) fn moment(language: Language, at: DateTime<Utc>) -> String {
    let local = at.with_timezone(&London);
    let (hour, minute) = (local.hour(), local.minute());
    let time = if language == Language::Polish {
        format!("{hour}:{minute:02}")
    } else {
        let half = if hour < 12 { "am" } else { "pm" };
        let shown = if hour % 12 == 0 { 12 } else { hour % 12 };
        match (hour, minute) {
            (0, 0) => "midnight".to_owned(),
            (12, 0) => "midday".to_owned(),
            (_, 0) => format!("{shown}{half}"),
            _ => format!("{shown}:{minute:02}{half}"),
        }
    };
    let day = day(language, local.date_naive());
    say(language, "report.moment", &[("time", &time), ("day", &day)])
}
