//! What a call-taker typed, read and checked. No database.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Europe::London;
use commonweal_govuk::Form;
use commonweal_records::matters::{Channel, Happening, Identity, Occurrence, Whom};
use commonweal_records::party::contact::{self, ContactDetails};
use uuid::Uuid;

use super::content::{Field, Script};
use crate::reporting::Rules;

/// The most letters of what somebody tells.
pub(crate) const LETTERS: usize = 50_000;
/// The most dates of one report.
const DATES: usize = 60;

/// Who reports, as far as the form says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    /// Somebody who is known already.
    Known(Uuid),
    /// Somebody new.
    New(Box<ContactDetails>),
    /// Nobody.
    Nobody,
}

/// A report as the page has it.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) channel: Channel,
    pub(super) identity: Identity,
    pub(super) who: Who,
    pub(super) whom: Whom,
    pub(super) kind: String,
    pub(super) description: String,
    pub(super) happening: Happening,
    pub(super) occurrences: Vec<Occurrence>,
    pub(super) at_home: bool,
    pub(super) landlord: Option<Uuid>,
    pub(super) safe_now: Option<bool>,
    pub(super) hate: Option<bool>,
    /// The report that it goes on from.
    pub(super) same: Option<Uuid>,
}

/// Reads the form; what is wrong stands at its field. The place is read by the page, which can look it up.
pub(super) fn read(
    form: &mut Form,
    rules: &Rules,
    script: &Script,
    now: DateTime<Utc>,
) -> Option<Taken> {
    let channel = match form.value("channel") {
        "in_person" => Channel::InPerson,
        _ => Channel::Telephone,
    };
    let identity = Identity::from_name(form.value("identity")).unwrap_or_else(|| {
        form.errors
            .add("identity", "Select whether they give their name");
        Identity::Anonymous
    });
    let who = read_who(form, identity);
    let whom = Whom::from_name(form.value("whom")).unwrap_or(Whom::Own);
    let kind = form.required("kind", "Select what it is about");
    if !kind.is_empty() && rules.kinds.get(&kind).is_none() {
        form.errors.add("kind", "Select what it is about");
    }
    let told = form.required("description", "Enter what they tell you");
    if told.chars().count() > LETTERS {
        form.errors.add(
            "description",
            "What they tell you must be 50,000 characters or fewer",
        );
    }
    let happening = Happening::from_name(form.value("happening")).unwrap_or_else(|| {
        form.errors.add("happening", "Select whether it is over");
        Happening::Once
    });
    let occurrences = read_dates(form, happening, now);
    let mut description = told;
    let (mut safe_now, mut hate) = (None, None);
    let mut notes = Vec::new();
    for question in &script.questions {
        let answer = match form.value(&format!("ask-{}", question.key)) {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        match question.field {
            Some(Field::SafeNow) => safe_now = answer,
            Some(Field::Hate) => hate = answer,
            None => {}
        }
        if answer == Some(true)
            && let Some(note) = &question.note
        {
            notes.push(note.as_str());
        }
    }
    if !notes.is_empty() {
        description.push_str("\n\nAsked by whoever took the report: ");
        description.push_str(&notes.join("; "));
        description.push('.');
    }
    let id = |field: &str| form.value(field).parse::<Uuid>().ok();
    let (same, landlord) = (id("same"), id("landlord"));
    form.is_valid().then(|| Taken {
        channel,
        identity,
        who,
        whom,
        kind,
        description,
        happening,
        occurrences,
        at_home: form.value("at_home") == "yes",
        landlord,
        safe_now,
        hate,
        same,
    })
}

fn read_who(form: &mut Form, identity: Identity) -> Who {
    if identity == Identity::Anonymous {
        return Who::Nobody;
    }
    match form.value("party") {
        "" | "new" => {}
        chosen => {
            if let Ok(id) = chosen.parse() {
                return Who::Known(id);
            }
        }
    }
    match contact::parse(form, "new_") {
        Some(details) => Who::New(Box::new(details)),
        None => Who::Nobody,
    }
}

/// Reads one or more dates, each with a time or without.
fn read_dates(form: &mut Form, happening: Happening, now: DateTime<Utc>) -> Vec<Occurrence> {
    let today = now.with_timezone(&London).date_naive();
    let typed = form.value("when").to_owned();
    let parts: Vec<&str> = typed
        .split([',', ';', '\n'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    if parts.is_empty() {
        if happening == Happening::Now {
            return vec![Occurrence {
                on: today,
                at: Some(now),
            }];
        }
        form.errors
            .add("when", "Enter when it happened, such as 'yesterday 22:30'");
        return Vec::new();
    }
    if parts.len() > DATES {
        form.errors.add("when", "Enter 60 dates or fewer");
        return Vec::new();
    }
    let mut found = Vec::with_capacity(parts.len());
    for part in parts {
        match moment(part, today) {
            None => {
                let message = format!(
                    "'{}' is no date: enter one such as 23/11/2026, 'today' or 'yesterday 22:30'",
                    part.chars().take(40).collect::<String>()
                );
                form.errors.add("when", message);
            }
            Some(one) if one.on > today || one.at.is_some_and(|at| at > now) => {
                form.errors
                    .add("when", "When it happened must be in the past");
            }
            Some(one) => found.push(one),
        }
    }
    found
}

/// A date with or without a time: `3/11/2026`, `2026-11-03 22:30`, `2026-11-03T22:30:00`, `today`,
/// `yesterday at 10pm`.
pub(crate) fn moment(text: &str, today: NaiveDate) -> Option<Occurrence> {
    let text = text.trim().to_lowercase().replace(" at ", " ");
    let (first, rest) = text
        .split_once(char::is_whitespace)
        .or_else(|| text.split_once('t').filter(|(day, _)| date(day).is_some()))
        .unwrap_or((&text, ""));
    let on = match first {
        "today" => today,
        "yesterday" => today.pred_opt()?,
        other => date(other)?,
    };
    let time: String = rest.split_whitespace().collect();
    let at = match time.as_str() {
        "" => None,
        time => {
            let local = on.and_time(clock(time)?);
            let at = London.from_local_datetime(&local).earliest()?;
            Some(at.with_timezone(&Utc))
        }
    };
    Some(Occurrence { on, at })
}

/// A day as `3/11/2026`, `3.11.2026` or `2026-11-03`.
fn date(text: &str) -> Option<NaiveDate> {
    let parts: Vec<u32> = text
        .split(['/', '.', '-'])
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let (year, month, day) = match parts.as_slice() {
        [day, month, year] if *day <= 31 && *year >= 1_900 => (*year, *month, *day),
        [year, month, day] if *year >= 1_900 => (*year, *month, *day),
        _ => return None,
    };
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// A time as `22:30`, `22.30`, `22:30:00`, `10pm`.
fn clock(text: &str) -> Option<NaiveTime> {
    let (digits, add) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(digits), _) => (digits, Some(0)),
        (_, Some(digits)) => (digits, Some(12)),
        _ => (text, None),
    };
    let parts: Vec<u32> = digits
        .split([':', '.'])
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let (hour, minute) = match (parts.as_slice(), add) {
        ([hour], Some(_)) => (*hour, 0),
        ([hour, minute] | [hour, minute, _], _) => (*hour, *minute),
        _ => return None,
    };
    let hour = match add {
        Some(add) if (1..=12).contains(&hour) => hour % 12 + add,
        Some(_) => return None,
        None => hour,
    };
    NaiveTime::from_hms_opt(hour, minute, 0)
}
