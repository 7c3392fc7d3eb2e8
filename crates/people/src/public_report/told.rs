//! Answers by the places in the program that their questions feed, and the diary.

use chrono::{DateTime, Datelike as _, LocalResult, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Europe::London;
use commonweal_core::{DbError, ReadTx, args, sql};
use commonweal_forms::Catalogue;
use commonweal_forms::answers::{self, Answer, Answers, Contact, Location, Names};
use commonweal_forms::definition::{Definition, Personal};
use commonweal_records::matters::{Occurrence, ReportId};
use uuid::Uuid;

/// Answers, asked for by bind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) definition: &'a Definition,
    pub(super) answers: &'a Answers,
}

impl<'a> Told<'a> {
    fn get(self, bind: &str) -> Option<&'a Answer> {
        let question = self.definition.get(self.definition.bound(bind)?)?;
        self.answers.get(&question.id)
    }

    pub(super) fn text(self, bind: &str) -> Option<&'a str> {
        match self.get(bind)? {
            Answer::Text(text) | Answer::Choice(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn yes(self, bind: &str) -> Option<bool> {
        match self.get(bind)? {
            Answer::YesNo(yes) => Some(*yes),
            _ => None,
        }
    }

    pub(super) fn place(self, bind: &str) -> Option<&'a Location> {
        match self.get(bind)? {
            Answer::Location(place) => Some(place),
            _ => None,
        }
    }

    pub(super) fn day(self, bind: &str) -> Option<NaiveDate> {
        match self.get(bind)? {
            Answer::Date(day) => Some(*day),
            _ => None,
        }
    }

    pub(super) fn time(self, bind: &str) -> Option<NaiveTime> {
        match self.get(bind)? {
            Answer::Time(time) => Some(*time),
            _ => None,
        }
    }

    pub(super) fn agency(self, bind: &str) -> Option<Uuid> {
        match self.get(bind)? {
            Answer::Agency(agency) => Some(*agency),
            _ => None,
        }
    }

    pub(super) fn contact(self, bind: &str) -> Option<&'a Contact> {
        match self.get(bind)? {
            Answer::Contact(contact) => Some(contact),
            _ => None,
        }
    }
}

/// A day and time on the clocks of the United Kingdom.
pub(super) fn occurrence(on: NaiveDate, at: Option<NaiveTime>) -> Occurrence {
    let moment = at.and_then(|at| match London.from_local_datetime(&on.and_time(at)) {
        LocalResult::Single(one) | LocalResult::Ambiguous(one, _) => Some(one.to_utc()),
        LocalResult::None => None,
    });
    Occurrence { on, at: moment }
}

/// The most dates of a diary that become incidents.
const MOST: usize = 100;

/// The dates with which lines of a diary begin: `14/11/2026, 11pm, shouting`, `14 November`, `2026-11-14`.
/// A line without one, or with one that lies ahead, stays words. A date without a year is the last of its
/// kind.
pub(super) fn diary(text: &str, today: NaiveDate) -> Vec<Occurrence> {
    let mut found: Vec<Occurrence> = Vec::new();
    for line in text.lines() {
        let Some((on, rest)) = date_of(line, today) else {
            continue;
        };
        let one = occurrence(on, time_of(rest));
        if !found.contains(&one) && found.len() < MOST {
            found.push(one);
        }
    }
    found
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const MONTHS_PL: [&str; 12] = [
    "sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru",
];

fn month(word: &str) -> Option<u32> {
    let word = word.to_lowercase();
    let of = |names: [&str; 12]| names.iter().position(|name| word.starts_with(name));
    let place = of(MONTHS).or_else(|| of(MONTHS_PL))?;
    u32::try_from(place + 1).ok()
}

/// A word of a line with what follows it.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start_matches([' ', ',', '\t', '-', '–', '*', '•', ':']);
    let end = text.find([' ', ',', '\t', ':']).unwrap_or(text.len());
    text.split_at(end)
}

fn date_of(line: &str, today: NaiveDate) -> Option<(NaiveDate, &str)> {
    let (mut first, mut rest) = word(line);
    if first.chars().all(char::is_alphabetic) {
        // 'Friday 14 November'.
        (first, rest) = word(rest);
    }
    let numbers: Vec<Option<i32>> = first
        .split(['/', '.', '-'])
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok())
        .collect();
    let date = match numbers.as_slice() {
        [Some(year), Some(month), Some(day)] if *year > 1900 => ymd(*year, *month, *day),
        [Some(day), Some(month), Some(year)] => {
            let year = if *year < 100 { year + 2000 } else { *year };
            ymd(year, *month, *day)
        }
        [Some(day), Some(month)] => last(*month, *day, today),
        _ => {
            let digits = first.trim_end_matches(char::is_alphabetic);
            let day: i32 = digits.parse().ok()?;
            let (name, after) = word(rest);
            let month = i32::try_from(month(name)?).ok()?;
            let (year, behind) = word(after);
            match year.parse::<i32>() {
                Ok(year) if year > 1900 => {
                    rest = behind;
                    ymd(year, month, day)
                }
                _ => {
                    rest = after;
                    last(month, day, today)
                }
            }
        }
    };
    date.filter(|date| *date <= today && date.year() > 1990)
        .map(|date| (date, rest))
}

fn ymd(year: i32, month: i32, day: i32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

fn last(month: i32, day: i32, today: NaiveDate) -> Option<NaiveDate> {
    ymd(today.year(), month, day)
        .filter(|date| *date <= today)
        .or_else(|| ymd(today.year() - 1, month, day))
}

/// The time with which the rest of a line begins: `11pm`, `11:30pm`, `23:00`.
fn time_of(rest: &str) -> Option<NaiveTime> {
    let rest = rest.trim_start_matches([' ', ',', '\t', '-', '–', ':']);
    let rest = rest
        .strip_prefix("at ")
        .or_else(|| rest.strip_prefix("o "))
        .unwrap_or(rest);
    let end = rest.find([' ', ',', '\t', '–', '-']).unwrap_or(rest.len());
    let text = rest.get(..end)?.to_lowercase();
    let (digits, half) = match (text.strip_suffix("pm"), text.strip_suffix("am")) {
        (Some(digits), _) => (digits, Some(12)),
        (_, Some(digits)) => (digits, Some(0)),
        _ => (text.as_str(), None),
    };
    let (hour, minute) = match digits.split_once([':', '.']) {
        Some((hour, minute)) => (hour.parse::<u32>().ok()?, minute.parse::<u32>().ok()?),
        // A bare number may be anything.
        None => (half.and(digits.parse::<u32>().ok())?, 0),
    };
    let hour = match half {
        Some(more) if (1..=12).contains(&hour) => hour % 12 + more,
        Some(_) => return None,
        None => hour,
    };
    NaiveTime::from_hms_opt(hour, minute, 0)
}

/// One answer of a report, for those who work on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The question, in English.
    pub question: String,
    /// The answer in words; files by their names.
    pub answer: String,
    /// How far it is personal: show it only where the report itself may be seen, and the contact of a
    /// confidential reporter only to those who may know who it is.
    pub personal: Personal,
    /// The typed place that the question feeds, such as `more.effect`.
    pub bind: Option<String>,
    /// Its files, by their use.
    pub files: Vec<answers::FileAnswer>,
    /// When it was told.
    pub at: DateTime<Utc>,
}

/// Everything that the forms of a report asked and were answered: of the report itself and of what was
/// added to it, in order. What stands in the report's own row (description, place, kind) is among it; how
/// the reporter can be reached is not: that is with the party.
///
/// # Errors
/// [`DbError`].
pub async fn facts(
    tx: &mut ReadTx,
    catalogue: &Catalogue,
    report: ReportId,
) -> Result<Vec<Fact>, DbError> {
    let rows = tx
        .all(
            sql!(
                "select form_records.id from form_records
                 where form_records.id in (select record from reports where id = $1)
                 or form_records.id in (select record from report_additions where report = $1)
                 order by form_records.created_at, form_records.id"
            ),
            args![report],
        )
        .await?;
    let mut facts = Vec::new();
    for row in rows {
        let record = commonweal_forms::register::store::load(tx, row.get::<Uuid>("id")?).await?;
        let definition = catalogue
            .version(tx, &record.definition, record.definition_version)
            .await?;
        for question in &definition.questions {
            let Some(answer) = record.answers.get(&question.id) else {
                continue;
            };
            if matches!(answer, Answer::Contact(_)) {
                continue;
            }
            facts.push(Fact {
                question: question.label.en().to_owned(),
                answer: answers::show(question, answer, "en", &Names::default()),
                personal: question.personal,
                bind: question.bind.clone(),
                files: match answer {
                    Answer::Files(files) => files.clone(),
                    _ => Vec::new(),
                },
                at: record.created_at,
            });
        }
    }
    Ok(facts)
}
