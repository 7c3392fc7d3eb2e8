//! What the tracking page says and when: pure rules.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Europe::London;
use commonweal_records::matters::{Matter, State};

/// How long a sent code can be used.
pub const CODE_MINUTES: i64 = 10;
/// How often something wrong may be entered before a code ends.
pub const TRIES: i64 = 5;
/// How long a browser that entered a code may read on.
pub const SESSION: Duration = Duration::minutes(60);
/// Reports in six months after which a case review may be asked for (domain brief, section 3: the
/// usual threshold, which Durham has, too).
pub const REVIEW_REPORTS: usize = 3;
/// Days that count towards it.
pub const REVIEW_DAYS: i64 = 183;

/// The end of a catalogue key for a state: one word for whoever has the link alone.
#[must_use]
pub fn state_key(state: State) -> &'static str {
    match state {
        State::New => "received",
        State::Accepted | State::Merged => "being_looked_at",
        State::InCase => "being_worked_on",
        State::Closed => "closed",
    }
}

/// A day as people read it, by the clock of the place.
#[must_use]
pub fn day(at: DateTime<Utc>) -> String {
    at.with_timezone(&London).format("%A %-d %B %Y").to_string()
}

/// What happens next, and by when, from the first open clock: never a visit or anything about
/// somebody else.
#[must_use]
pub fn promise(matter: &Matter, now: DateTime<Utc>) -> String {
    if matter.state == State::Closed {
        return "Nothing more is planned.".to_owned();
    }
    let what = matter.due.as_ref().and_then(|(due, kind)| {
        let what = match kind.as_str() {
            "triage" => "decide who deals with it",
            "first_response" => "be in touch with you",
            "update" => "tell you how it stands",
            _ => return None,
        };
        Some((*due, what))
    });
    match what {
        Some((due, what)) if due >= now => {
            format!("We will {what} by the end of {}.", day(due))
        }
        Some((due, what)) => format!(
            "We said that we would {what} by {}. We are late, and we are sorry.",
            day(due)
        ),
        None => "We will tell you when there is news.".to_owned(),
    }
}

/// Which satisfaction questions it is time for: the key of a wave of `victim-satisfaction`.
#[must_use]
pub fn wave(matter: &Matter, now: DateTime<Utc>) -> Option<&'static str> {
    match (matter.state, matter.closed_at) {
        (State::Closed, Some(closed)) => {
            let days = (now - closed).num_days();
            match days {
                0..28 => Some("closure"),
                90..118 => Some("later"),
                _ => None,
            }
        }
        (State::Accepted | State::InCase, _) => {
            let days = (now - matter.state_since).num_days();
            (10..38).contains(&days).then_some("first-response")
        }
        _ => None,
    }
}

/// What somebody must not read in a line, as far as it can be found by looking: why, in words for the
/// officer who wants to release it. `names` are those of others in the matter.
#[must_use]
pub fn cautions(line: &str, names: &[String], today: NaiveDate) -> Vec<String> {
    let mut found = Vec::new();
    let words: Vec<&str> = line
        .split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '/' && c != ':')
        .filter(|word| !word.is_empty())
        .collect();
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    for name in names {
        let parts: Vec<String> = name
            .split_whitespace()
            .filter(|part| part.chars().count() > 2)
            .map(str::to_lowercase)
            .collect();
        if parts.iter().any(|part| lower.contains(part)) {
            found.push("The line has the name of somebody in this matter".to_owned());
            break;
        }
    }
    if words.windows(2).any(postcode) || words.iter().any(|word| whole_postcode(word)) {
        found.push("The line has a postcode".to_owned());
    }
    let street = [
        "street", "road", "lane", "avenue", "close", "terrace", "court", "flat", "drive",
    ];
    let numbered = words
        .iter()
        .zip(
            words
                .iter()
                .skip(1)
                .zip(words.iter().skip(2).map(Some).chain([None])),
        )
        .any(|(first, (second, third))| {
            let number = first.starts_with(|c: char| c.is_ascii_digit());
            let is_street = |word: &str| street.contains(&word.to_lowercase().as_str());
            number && (is_street(second) || third.is_some_and(|third| is_street(third)))
        });
    if numbered {
        found.push("The line has an address".to_owned());
    }
    if lower.windows(2).any(|pair| match pair {
        [first, second] => {
            (first == "aged" && second.parse::<u8>().is_ok())
                || (first.parse::<u8>().is_ok()
                    && (second == "years" || second.starts_with("year")))
        }
        _ => false,
    }) {
        found.push("The line has an age".to_owned());
    }
    if coming(&lower, today) {
        found.push(
            "The line tells of a day to come: no visit or service may be announced".to_owned(),
        );
    }
    found
}

fn postcode(pair: &[&str]) -> bool {
    match pair {
        [first, second] => whole_postcode(&format!("{first}{second}")) && second.len() == 3,
        _ => false,
    }
}

fn whole_postcode(word: &str) -> bool {
    word.len() >= 5
        && word
            .parse::<commonweal_records::geography::postcode::Postcode>()
            .is_ok()
}

/// Whether words name a day after today: 'tomorrow', 'next Tuesday', '14 December', '3/1/2027'.
fn coming(lower: &[String], today: NaiveDate) -> bool {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    const DAYS: [&str; 7] = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    use chrono::Datelike as _;
    let number = |word: &String| {
        word.trim_end_matches(|c: char| c.is_ascii_alphabetic())
            .parse::<u32>()
            .ok()
    };
    let after = |day: u32, month: u32, year: Option<i32>| {
        let date = NaiveDate::from_ymd_opt(year.unwrap_or(today.year()), month, day);
        date.is_some_and(|date| date > today)
    };
    if lower.iter().any(|word| word == "tomorrow") {
        return true;
    }
    for (place, word) in lower.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|place| lower.get(place));
        let next = lower.get(place + 1);
        if DAYS.contains(&word.as_str())
            && before.is_some_and(|before| before == "next" || before == "this" || before == "on")
        {
            return true;
        }
        if let Some(month) = MONTHS.iter().position(|name| word.starts_with(name)) {
            let month = u32::try_from(month).unwrap_or(0) + 1;
            let day = before.and_then(number).or_else(|| next.and_then(number));
            let year = next
                .and_then(|next| next.parse().ok())
                .filter(|year| *year > 1_900);
            if day.is_some_and(|day| after(day, month, year)) {
                return true;
            }
        }
        let parts: Vec<u32> = word
            .split('/')
            .filter_map(|part| part.parse().ok())
            .collect();
        if let [day, month, year] = parts.as_slice()
            && after(
                *day,
                *month,
                i32::try_from(*year)
                    .ok()
                    .map(|year| if year < 100 { year + 2_000 } else { year }),
            )
        {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> usize {
        let names = ["Mary Ridley".to_owned(), "Jo Li".to_owned()];
        cautions(line, &names, NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()).len()
    }

    #[test]
    fn a_line_that_tells_too_much_is_found() {
        for good in [
            "We spoke to people who live nearby.",
            "We wrote to those involved on 12 November.",
            "Thank you for the recordings of 3/11/2026.",
            "We fitted 2 cameras. May we use your diary?",
            "We close this in 10 days if nothing more happens.",
        ] {
            assert_eq!(found(good), 0, "{good}");
        }
        for bad in [
            "We spoke to Ridley.",
            "MARY told us, too.",
            "We went to DH1 5UL.",
            "We went to dh15ul.",
            "He lives at 14 High Street.",
            "At 3a Elm Road",
            "A boy aged 14",
            "He is 14 years old",
            "We visit tomorrow.",
            "We come next Tuesday.",
            "The hearing is on 14 December.",
            "See you on 3/1/2027",
            "December 1st we serve the notice",
        ] {
            assert!(found(bad) > 0, "{bad}");
        }
    }
}
