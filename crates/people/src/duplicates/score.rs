//! How alike two reports are, and why.

use chrono::{DateTime, Timelike as _, Utc};
use chrono_tz::Europe::London;
use linkage::{Rarity, Span, Words, hours_apart, metres, trigram_dice};

use super::model::{Subject, Times};
use super::rules::Rules;

/// Of longer texts only so many letters are compared.
const LONGEST: usize = 4_000;
/// Fewer words than this say nothing by being alike or not.
const FEWEST: usize = 2;
/// Nearer than this is the same place: pins are not set more exactly.
const SAME_PLACE: f64 = 15.0;

/// Said where one of them has no point.
const TOLD_ALIKE: &str = "the place is told alike";

/// What is compared of a report.
pub(super) struct Told {
    pub(super) kind: String,
    pub(super) words: Words,
    pub(super) point: Option<(f64, f64)>,
    pub(super) place: String,
    pub(super) times: Option<Times>,
    pub(super) repeated: bool,
    pub(super) received_at: DateTime<Utc>,
    /// For a candidate: how its reporter is known to be the subject's.
    pub(super) same_person: Option<&'static str>,
}

impl Told {
    pub(super) fn of(rules: &Rules, subject: &Subject) -> Self {
        Self {
            kind: subject.kind.clone(),
            words: words(rules, &subject.words),
            point: subject.point,
            place: subject.place.clone(),
            times: subject.times,
            repeated: subject.repeated,
            received_at: subject.received_at,
            same_person: None,
        }
    }
}

/// The words that say something, without their endings.
pub(super) fn words(rules: &Rules, text: &str) -> Words {
    let short: String = text.chars().take(LONGEST).collect();
    Words::new(&short).map(|word| {
        let says = word.chars().count() > 2 && !rules.words.says_little(&word);
        says.then(|| stem(&word))
    })
}

/// A rough stem of an English word: 'motorbikes' and 'motorbike' become one. Words of other languages are
/// shortened alike, which does little harm.
fn stem(word: &str) -> String {
    let ending = ["ings", "ing", "ies", "ed", "es", "s", "y", "e"];
    let cut = ending.iter().find_map(|ending| {
        word.strip_suffix(ending)
            .filter(|rest| rest.chars().count() >= 3)
    });
    cut.unwrap_or(word).chars().take(7).collect()
}

/// The sum of weights and the reasons for it, the strongest first.
pub(super) fn score(
    rules: &Rules,
    rarity: &Rarity,
    subject: &Told,
    other: &Told,
) -> (f64, Vec<String>) {
    let mut found = place(rules, subject, other);
    found.push(time(rules, subject, other));
    found.push(alike(rules, rarity, subject, other));
    if !subject.kind.is_empty() {
        let weight = rules.kind.weight(&subject.kind, &other.kind);
        let same = subject.kind == other.kind;
        found.push((weight, same.then(|| "the same kind of problem".to_owned())));
    }
    if let Some(words) = other.same_person {
        found.push((rules.reporter.same, Some(words.to_owned())));
    }
    let sum = found.iter().map(|one| one.0).sum();
    // What speaks against it is no reason, but that a place without a point is told alike always is one.
    found.retain(|one| one.0 > 0.0 || one.1.as_deref() == Some(TOLD_ALIKE));
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    (sum, found.into_iter().filter_map(|one| one.1).collect())
}

type Found = (f64, Option<String>);

fn place(rules: &Rules, subject: &Told, other: &Told) -> Vec<Found> {
    let words = [&subject.place, &other.place];
    let alike = words
        .iter()
        .all(|words| !words.trim().is_empty())
        .then(|| trigram_dice(&subject.place, &other.place));
    let between = subject.point.zip(other.point);
    match (between.and_then(|(a, b)| metres(a, b)), alike) {
        (Some(metres), alike) => {
            let also = alike.map_or(0.0, |alike| rules.place.also(alike));
            vec![
                (rules.place.metres(metres), Some(distance(metres))),
                (also, None),
            ]
        }
        (None, Some(alike)) => {
            let (weight, says) = rules.place.words(alike);
            vec![(weight, says.then(|| TOLD_ALIKE.to_owned()))]
        }
        (None, None) => vec![(rules.place.unknown, None)],
    }
}

fn distance(metres: f64) -> String {
    if metres < SAME_PLACE {
        "in the same place".to_owned()
    } else if metres < 995.0 {
        format!("{:.0} metres away", (metres / 10.0).round() * 10.0)
    } else {
        format!("{:.1} kilometres away", metres / 1_000.0)
    }
}

fn time(rules: &Rules, subject: &Told, other: &Told) -> Found {
    let span = |times: Times| Span::new(times.from.timestamp(), times.to.timestamp());
    let (weight, days, why) = match (subject.times, other.times) {
        (Some(a), Some(b)) if a.exact && b.exact => {
            let hours = hours_apart(span(a), span(b));
            (
                rules.hours.weight(hours),
                hours / 24.0,
                together(a, b, hours),
            )
        }
        (Some(a), Some(b)) => {
            let days = day_apart(a, b);
            (
                rules.days.weight(days as f64),
                days as f64,
                days_in_words(days),
            )
        }
        _ => {
            let (a, b) = (subject.received_at, other.received_at);
            let hours = (a - b).num_minutes().abs() as f64 / 60.0;
            let why = match hours {
                hours if hours <= 3.0 => "told within three hours of each other",
                hours if hours <= 24.0 => "told within a day of each other",
                _ => "told within days of each other",
            };
            (
                rules.told.weight(hours / 24.0),
                hours / 24.0,
                why.to_owned(),
            )
        }
    };
    if (subject.repeated || other.repeated) && subject.kind == other.kind {
        return (weight.max(rules.repeated.weight(days)), Some(why));
    }
    (weight, Some(why))
}

/// Whole days between, as London's calendar has them; 0 where they share a day.
fn day_apart(a: Times, b: Times) -> i64 {
    let day = |at: DateTime<Utc>| at.with_timezone(&London).date_naive();
    let gap = (day(b.from) - day(a.to)).max(day(a.from) - day(b.to));
    gap.num_days().max(0)
}

fn days_in_words(days: i64) -> String {
    match days {
        0 => "the same day".to_owned(),
        1 => "a day apart".to_owned(),
        days => format!("{days} days apart"),
    }
}

fn together(a: Times, b: Times, hours: f64) -> String {
    let days = day_apart(a, b);
    if days == 0 {
        // What is near in time but began in another part of the day is told as the same day.
        let (one, other) = (part_of_day(a.from), part_of_day(b.from));
        let part = if one == other { one } else { "day" };
        return format!("the same {part}");
    }
    if hours <= 8.0 {
        return "the same night".to_owned();
    }
    days_in_words(days)
}

fn part_of_day(at: DateTime<Utc>) -> &'static str {
    match at.with_timezone(&London).hour() {
        5..12 => "morning",
        12..17 => "afternoon",
        17..23 => "evening",
        _ => "night",
    }
}

fn alike(rules: &Rules, rarity: &Rarity, subject: &Told, other: &Told) -> Found {
    if subject.words.len() < FEWEST || other.words.len() < FEWEST {
        return (0.0, None);
    }
    // A short report of what a long one tells is alike, too: half by the whole, half by the shorter one.
    let whole = subject.words.dice(&other.words, rarity);
    let within = subject.words.containment(&other.words, rarity);
    let weight = rules.words.weight((whole + within) / 2.0);
    (weight, Some("the words are alike".to_owned()))
}
