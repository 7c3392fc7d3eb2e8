//! Ways of reaching somebody, made one from what people type; and the fields of a question of the
//! kind 'contact details'.

use std::fmt::Write as _;

use chrono::{NaiveDate, NaiveTime};
use commonweal_core::mail::is_address;
use commonweal_govuk::Form;
use serde::{Deserialize, Serialize};

use super::rules::{Days, Hours, Rules, WEEK};

/// By what somebody is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Means {
    /// By telephone: the value is in E.164, such as `+447700900123`.
    Phone,
    /// By e-mail.
    Email,
    /// By letter: the value is an address, a line each.
    Post,
    /// In another way, described in words.
    Other,
}

impl Means {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Phone, Self::Email, Self::Post, Self::Other];

    /// Its name in tables and forms.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Post => "post",
            Self::Other => "other",
        }
    }

    /// Its words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Phone => "Telephone",
            Self::Email => "Email",
            Self::Post => "Address",
            Self::Other => "Other",
        }
    }

    /// The means of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|means| means.name() == name)
    }

    /// What is typed, in its normal form.
    ///
    /// # Errors
    /// What is wrong, to be shown at the field.
    pub fn normal(self, text: &str) -> Result<String, &'static str> {
        match self {
            Self::Phone => phone(text),
            Self::Email => email(text),
            Self::Post => lines(text, "Enter an address"),
            Self::Other => lines(text, "Enter how to reach the person"),
        }
    }

    /// A normal form as people read it; an address keeps its lines.
    #[must_use]
    pub fn shown(self, value: &str) -> String {
        match self {
            Self::Phone => shown_phone(value),
            _ => value.to_owned(),
        }
    }
}

/// A telephone number in E.164, the United Kingdom's where it names no country.
///
/// # Errors
/// What is wrong, to be shown at the field.
pub fn phone(text: &str) -> Result<String, &'static str> {
    const WRONG: &str = "Enter a telephone number, like 01632 960 001 or +44 7700 900 123";
    let text = text.trim();
    let odd = |c: char| !(c.is_ascii_digit() || c.is_whitespace() || "+-()./".contains(c));
    if text.contains(odd) || text.rfind('+').is_some_and(|place| place > 0) {
        return Err(WRONG);
    }
    // '+44 (0)20 …': the nought in brackets is not dialled from abroad.
    let trunk = if text.starts_with('+') || text.starts_with("00") {
        text.replacen("(0)", "", 1)
    } else {
        text.to_owned()
    };
    let digits: String = trunk.chars().filter(char::is_ascii_digit).collect();
    let abroad = text
        .starts_with('+')
        .then_some(digits.as_str())
        .or_else(|| digits.strip_prefix("00"));
    let national = match abroad {
        Some(number) => match number.strip_prefix("44") {
            None if (8..=15).contains(&number.len()) && !number.starts_with('0') => {
                return Ok(format!("+{number}"));
            }
            None => return Err(WRONG),
            Some(national) => national.trim_start_matches('0'),
        },
        None => digits.strip_prefix('0').ok_or(WRONG)?,
    };
    // Ofcom's plan: nine or ten digits after the nought; nothing begins with 4 or 6.
    let good = (9..=10).contains(&national.len())
        && national.starts_with(['1', '2', '3', '5', '7', '8', '9'])
        && (!national.starts_with('7') || national.len() == 10);
    if good {
        Ok(format!("+44{national}"))
    } else {
        Err(WRONG)
    }
}

/// An E.164 number in the United Kingdom's usual writing; others as they are.
fn shown_phone(value: &str) -> String {
    let Some(national) = value.strip_prefix("+44") else {
        return value.to_owned();
    };
    let first = match national.as_bytes() {
        [b'2', ..] => 2,
        // 011x and 01x1, such as Durham's and Tyneside's 0191, have longer numbers.
        [b'3' | b'8' | b'9', ..] | [b'1', b'1', ..] | [b'1', _, b'1', ..] => 3,
        _ => 4,
    };
    match national.split_at_checked(first) {
        Some((area, rest)) if rest.len() > 6 => {
            let (middle, last) = rest.split_at_checked(rest.len() - 4).unwrap_or((rest, ""));
            format!("0{area} {middle} {last}")
        }
        Some((area, rest)) => format!("0{area} {rest}"),
        None => format!("0{national}"),
    }
}

/// An e-mail address, its host in lower case.
///
/// # Errors
/// What is wrong, to be shown at the field.
pub fn email(text: &str) -> Result<String, &'static str> {
    const WRONG: &str = "Enter an email address in the correct format, like name@example.com";
    let text = text.trim();
    let (name, host) = text.rsplit_once('@').ok_or(WRONG)?;
    if is_address(text) && host.contains('.') && !host.contains("..") {
        Ok(format!("{name}@{}", host.to_lowercase()))
    } else {
        Err(WRONG)
    }
}

fn lines(text: &str, missing: &'static str) -> Result<String, &'static str> {
    let mut out = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let between = if out.is_empty() { "" } else { "\n" };
        // Writing to a String cannot fail.
        let _ = write!(out, "{between}{line}");
    }
    if out.is_empty() {
        Err(missing)
    } else if out.chars().count() > 500 {
        Err("It must be 500 characters or fewer")
    } else {
        Ok(out)
    }
}

/// What somebody gave as contact details.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContactDetails {
    /// The name as they gave it.
    pub name: String,
    /// A telephone number in E.164.
    pub phone: Option<String>,
    /// An e-mail address.
    pub email: Option<String>,
    /// Whether they agreed to be telephoned.
    pub by_phone: bool,
    /// Whether they agreed to be written to by e-mail.
    pub by_email: bool,
    /// Their wishes about safe contact.
    pub rules: Rules,
}

/// Reads the fields of a question of the kind 'contact details', each named with `prefix` before
/// it: `name`, `phone`, `email`; `by` (checkboxes: `phone`, `email`, `none`); and those of
/// [`parse_rules`]. Errors are added to the form, each at its field.
///
/// None where something is wrong. The name is required, everything else is not; who gives a
/// telephone number or e-mail address must say whether they may be reached by it.
#[must_use]
pub fn parse(form: &mut Form, prefix: &str) -> Option<ContactDetails> {
    let field = |name: &str| format!("{prefix}{name}");
    let before = form.errors.iter().count();
    let name = form.required(&field("name"), "Enter a name");
    if name.chars().count() > 120 {
        form.errors
            .add(field("name"), "The name must be 120 characters or fewer");
    }
    let phone = optional(form, &field("phone"), Means::Phone);
    let email = optional(form, &field("email"), Means::Email);
    let by: Vec<String> = form.choices(&field("by")).map(str::to_owned).collect();
    let chosen = |name: &str| by.iter().any(|choice| choice == name);
    if chosen("none") && by.len() > 1 {
        form.errors.add(
            field("by"),
            "Choose how we may contact you, or 'Do not contact me', not both",
        );
    } else if by.is_empty() && (phone.is_some() || email.is_some()) {
        form.errors
            .add(field("by"), "Choose how we may contact you");
    }
    for (name, missing, message) in [
        ("phone", phone.is_none(), "Enter the number to telephone"),
        (
            "email",
            email.is_none(),
            "Enter the email address to write to",
        ),
    ] {
        if chosen(name) && missing {
            form.errors.add(field(name), message);
        }
    }
    let rules = parse_rules(form, prefix);
    (form.errors.iter().count() == before).then(|| ContactDetails {
        by_phone: chosen("phone"),
        by_email: chosen("email"),
        name,
        phone,
        email,
        rules,
    })
}

fn optional(form: &mut Form, field: &str, means: Means) -> Option<String> {
    let typed = form.value(field).to_owned();
    if typed.is_empty() {
        return None;
    }
    match means.normal(&typed) {
        Ok(value) => Some(value),
        Err(message) => {
            form.errors.add(field, message);
            None
        }
    }
}

/// Reads wishes about safe contact, each field named with `prefix` before it: `days` (checkboxes:
/// `mon` to `sun`; none ticked means every day), `from` and `until` (`9am`, `17:30`; both or
/// neither), `may` (checkboxes: `leave_message`, `hide_caller`, `never_write_home`), `note`,
/// and `holds` (`3/6/2026`: the last day). Errors are added to the form.
#[must_use]
pub fn parse_rules(form: &mut Form, prefix: &str) -> Rules {
    let field = |name: &str| format!("{prefix}{name}");
    let chosen = |form: &Form, group: &str, name: &str| {
        form.choices(&field(group)).any(|choice| choice == name)
    };
    let ticked = WEEK
        .iter()
        .filter(|(_, name, _)| chosen(form, "days", name));
    let days = Days::of(ticked.map(|(day, ..)| *day));
    let mut at = |name: &str| {
        let text = form.value(&field(name)).to_owned();
        if text.is_empty() {
            return None;
        }
        let time = read_time(&text);
        if time.is_none() {
            form.errors
                .add(field(name), "Enter a time, like 9am or 17:30");
        }
        time
    };
    let (from, until) = (at("from"), at("until"));
    let given = |form: &Form, name: &str| !form.value(&field(name)).is_empty();
    if given(form, "from") != given(form, "until") {
        let missing = if given(form, "from") { "until" } else { "from" };
        form.errors
            .add(field(missing), "Enter both times, or neither");
    }
    if from.is_some() && from == until {
        form.errors
            .add(field("until"), "The second time must differ from the first");
    }
    let note = form.value(&field("note")).to_owned();
    if note.chars().count() > 1_000 {
        form.errors
            .add(field("note"), "The note must be 1,000 characters or fewer");
    }
    let holds = form.value(&field("holds")).to_owned();
    let last = read_date(&holds);
    if !holds.is_empty() && last.is_none() {
        form.errors
            .add(field("holds"), "Enter a date, like 27/3/2027");
    }
    Rules {
        days: if days.is_empty() { Days::ALL } else { days },
        hours: from.zip(until).map(|(from, until)| Hours { from, until }),
        leave_message: chosen(form, "may", "leave_message"),
        never_write_home: chosen(form, "may", "never_write_home"),
        hide_caller: chosen(form, "may", "hide_caller"),
        note,
        until: last,
    }
}

/// The fields of [`parse_rules`] filled with wishes.
pub fn fill_rules(form: &mut Form, prefix: &str, rules: &Rules) {
    let time = |time: NaiveTime| time.format("%H:%M").to_string();
    form.set(
        format!("{prefix}from"),
        rules.hours.map_or(String::new(), |hours| time(hours.from)),
    );
    form.set(
        format!("{prefix}until"),
        rules.hours.map_or(String::new(), |hours| time(hours.until)),
    );
    form.set(format!("{prefix}note"), rules.note.clone());
    let last = rules.until.map(|day| day.format("%-d/%-m/%Y").to_string());
    form.set(format!("{prefix}holds"), last.unwrap_or_default());
}

/// A time as people write it: `9am`, `9.30 pm`, `17:30`, `1730`, `noon`.
fn read_time(text: &str) -> Option<NaiveTime> {
    let text = text.to_lowercase().replace([' ', '.'], "");
    match text.as_str() {
        "noon" | "midday" => return NaiveTime::from_hms_opt(12, 0, 0),
        "midnight" => return NaiveTime::from_hms_opt(0, 0, 0),
        _ => {}
    }
    let (digits, afternoon) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(digits), _) => (digits, Some(false)),
        (_, Some(digits)) => (digits, Some(true)),
        _ => (text.as_str(), None),
    };
    let digits = digits.replace(':', "");
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|digit| digit.is_ascii_digit())
    {
        return None;
    }
    let number: u32 = digits.parse().ok()?;
    let (hour, minute) = if digits.len() <= 2 {
        (number, 0)
    } else {
        (number / 100, number % 100)
    };
    let hour = match afternoon {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(true) => hour % 12 + 12,
        Some(false) => hour % 12,
    };
    NaiveTime::from_hms_opt(hour, minute, 0)
}

/// A date as people write it: day, month, year with anything between.
pub(super) fn read_date(text: &str) -> Option<NaiveDate> {
    let parts: Vec<u32> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    match parts.as_slice() {
        [day, month, year] if (1_900..2_200).contains(year) => {
            NaiveDate::from_ymd_opt(i32::try_from(*year).ok()?, *month, *day)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
