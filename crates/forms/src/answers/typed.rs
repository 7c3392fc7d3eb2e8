//! What people type, as values. Each error is a whole message for the field.

use chrono::{NaiveDate, NaiveTime};
use commonweal_records::geography::postcode::Postcode;
use commonweal_records::party::contact;

use super::value::{Address, Answer, Contact, Location, LocationHow};
use super::wording::{must, object};
use crate::definition::{Choice, Question, TextFormat};

/// Text without what nobody can see or type: other control characters than line breaks.
pub(super) fn clean(text: &str, lines: bool) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String = if lines {
        let seen = |letter: &char| *letter == '\n' || *letter == '\t' || !letter.is_control();
        text.chars().filter(seen).collect()
    } else {
        let words: Vec<&str> = text.split_whitespace().collect();
        words
            .join(" ")
            .chars()
            .filter(|letter| !letter.is_control())
            .collect()
    };
    kept.trim().to_owned()
}

/// One line in its format; the usual writing of telephone numbers, addresses and postcodes.
pub(super) fn formatted(
    question: &Question,
    format: TextFormat,
    text: &str,
) -> Result<String, String> {
    match format {
        TextFormat::Any => Ok(text.to_owned()),
        TextFormat::Email => contact::email(text).map_err(str::to_owned),
        TextFormat::Telephone => contact::phone(text).map_err(str::to_owned),
        TextFormat::Postcode => {
            postcode(text).ok_or_else(|| must(question, "be a full UK postcode, like DH1 5UL"))
        }
        TextFormat::Link => {
            let (scheme, rest) = text.split_once("://").unwrap_or_default();
            let fits = scheme.eq_ignore_ascii_case("https")
                && rest.contains('.')
                && !rest.starts_with('.')
                && !text
                    .contains(|letter: char| letter.is_whitespace() || "<>\"'\\".contains(letter));
            if fits {
                Ok(text.to_owned())
            } else {
                Err(must(question, "be a web address that starts with https://"))
            }
        }
        TextFormat::Uprn => uprn(text).ok_or_else(|| must(question, "be 1 to 12 digits")),
    }
}

pub(super) fn postcode(text: &str) -> Option<String> {
    let read: Postcode = text.trim().parse().ok()?;
    Some(read.as_str().to_owned())
}

/// Up to 12 digits, without noughts before them.
pub(super) fn uprn(text: &str) -> Option<String> {
    let digits: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    let digits = digits.trim_start_matches('0');
    let fits = (1..=12).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| digits.to_owned())
}

pub(super) fn number(question: &Question, text: &str) -> Result<f64, String> {
    let plain: String = text
        .replace('\u{2212}', "-")
        .chars()
        .filter(|letter| *letter != ',' && !letter.is_whitespace())
        .collect();
    let shaped = plain
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    match plain.parse::<f64>() {
        Ok(number) if shaped && number.is_finite() => Ok(number),
        _ => Err(must(question, "be a number, like 12")),
    }
}

/// Pence.
pub(super) fn money(question: &Question, text: &str) -> Result<i64, String> {
    let wrong = || must(question, "be an amount of money, like 12.50");
    let plain: String = text
        .replace('\u{2212}', "-")
        .chars()
        .filter(|letter| !matches!(letter, ',' | '£') && !letter.is_whitespace())
        .collect();
    let (sign, plain) = match plain.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, plain.as_str()),
    };
    let (pounds, pence) = plain.split_once('.').unwrap_or((plain, "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(pounds) || !digits(pence) || pence.len() > 2 || pounds.len() > 13 {
        return Err(wrong());
    }
    if pounds.is_empty() || pence.is_empty() {
        return Err(wrong());
    }
    let pounds: i64 = pounds.parse().map_err(|_| wrong())?;
    let tens = if pence.len() == 1 { 10 } else { 1 };
    let pence: i64 = pence.parse().map_err(|_| wrong())?;
    Ok(sign * (pounds * 100 + pence * tens))
}

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

fn month(text: &str) -> Option<u32> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let text = text.to_lowercase();
    let fits = |name: &str| text.len() >= 3 && name.starts_with(text.as_str());
    let place = MONTHS.iter().position(|name| fits(name))?;
    u32::try_from(place + 1).ok()
}

/// A date of its three parts as typed.
pub(super) fn date(
    question: &Question,
    day: &str,
    month_text: &str,
    year: &str,
) -> Result<NaiveDate, String> {
    let parts = [("a day", day), ("a month", month_text), ("a year", year)];
    let absent: Vec<&str> = parts
        .iter()
        .filter(|(_, text)| text.is_empty())
        .map(|(name, _)| *name)
        .collect();
    if !absent.is_empty() {
        return Err(must(question, &format!("include {}", absent.join(" and "))));
    }
    let year = year
        .parse::<i32>()
        .ok()
        .filter(|year| (1800..=9999).contains(year))
        .ok_or_else(|| must(question, "have a year of four numbers, like 2026"))?;
    let found = day
        .parse()
        .ok()
        .zip(month(month_text))
        .and_then(|(day, month)| NaiveDate::from_ymd_opt(year, month, day));
    found.ok_or_else(|| must(question, "be a real date"))
}

/// A date in one text: 2026-05-04, 4/5/2026, 4 May 2026.
pub(super) fn whole_date(question: &Question, text: &str) -> Result<NaiveDate, String> {
    let parts: Vec<&str> = text
        .split(|letter: char| matches!(letter, '-' | '/' | '.') || letter.is_whitespace())
        .filter(|part| !part.is_empty())
        .collect();
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 => date(question, day, month, year),
        // A spreadsheet's date with its time.
        [year, month, day, _] if year.len() == 4 => date(question, day, month, year),
        [day, month, year] => date(question, day, month, year),
        _ => Err(must(question, "be a date, like 27 3 2026")),
    }
}

pub(super) fn time(question: &Question, text: &str) -> Result<NaiveTime, String> {
    let wrong = || must(question, "be a time, like 5:30pm or 17:30");
    let text: String = text.to_lowercase().split_whitespace().collect();
    match text.as_str() {
        "midday" | "noon" => return NaiveTime::from_hms_opt(12, 0, 0).ok_or_else(wrong),
        "midnight" => return Ok(NaiveTime::MIN),
        _ => {}
    }
    let (digits, half) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(rest), _) => (rest, Some(0)),
        (_, Some(rest)) => (rest, Some(12)),
        _ => (text.as_str(), None),
    };
    let parts: Vec<&str> = digits.split([':', '.']).collect();
    let (hour, minute) = match parts.as_slice() {
        [all] if all.len() == 4 && all.is_ascii() => all.split_at(2),
        [hour] if half.is_some() => (*hour, "0"),
        [hour, minute] | [hour, minute, _] if minute.len() == 2 => (*hour, *minute),
        _ => return Err(wrong()),
    };
    let (hour, minute): (u32, u32) = hour
        .parse()
        .ok()
        .zip(minute.parse().ok())
        .ok_or_else(wrong)?;
    let hour = match half {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return Err(wrong()),
        None => hour,
    };
    NaiveTime::from_hms_opt(hour, minute, 0).ok_or_else(wrong)
}

/// The value of an option, by its value or its words.
pub(super) fn option<'a>(options: &'a [Choice], text: &str) -> Option<&'a Choice> {
    let by_value = options.iter().find(|option| option.value == text);
    by_value.or_else(|| {
        let wanted = text.trim().to_lowercase();
        options.iter().find(|option| {
            let mut words = option.text.languages().map(|one| option.text.get(one));
            words.any(|words| words.to_lowercase() == wanted)
        })
    })
}

/// Chosen options in the order in which they are offered, each once.
pub(super) fn chosen<'a>(
    question: &Question,
    options: &[Choice],
    given: impl Iterator<Item = &'a str>,
) -> Result<Answer, String> {
    let mut values = Vec::new();
    for text in given.filter(|text| !text.trim().is_empty()) {
        let found = option(options, text)
            .ok_or_else(|| format!("Select {} from the list", object(question)))?;
        values.push(found.value.clone());
    }
    let known = options.iter().map(|option| option.value.clone());
    Ok(Answer::Choices(
        known.filter(|value| values.contains(value)).collect(),
    ))
}

/// 'lat, lon' as typed.
pub(super) fn coordinates(text: &str) -> Option<(f64, f64)> {
    let (latitude, longitude) = text.split_once([',', ' '])?;
    let latitude: f64 = latitude.trim().parse().ok()?;
    let longitude: f64 = longitude
        .trim_matches(|letter: char| letter == ',' || letter.is_whitespace())
        .parse()
        .ok()?;
    let fits = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
    fits.then_some((latitude, longitude))
}

pub(super) fn typed_location(text: &str) -> Option<Location> {
    let (latitude, longitude) = coordinates(text)?;
    Some(Location {
        latitude,
        longitude,
        how: LocationHow::Coordinates,
        text: String::new(),
        accuracy: None,
    })
}

/// Cleaned, with postcode and UPRN in their usual writing.
pub(super) fn address(question: &Question, given: &Address) -> Result<Option<Address>, String> {
    let mut address = Address {
        line1: clean(&given.line1, false),
        line2: clean(&given.line2, false),
        town: clean(&given.town, false),
        postcode: clean(&given.postcode, false),
        uprn: clean(&given.uprn, false),
    };
    if address == Address::default() {
        return Ok(None);
    }
    if !address.postcode.is_empty() {
        address.postcode = postcode(&address.postcode)
            .ok_or_else(|| must(question, "have a full UK postcode, like DH1 5UL"))?;
    }
    if !address.uprn.is_empty() {
        address.uprn =
            uprn(&address.uprn).ok_or_else(|| must(question, "have a UPRN of 1 to 12 digits"))?;
    }
    Ok(Some(address))
}

/// Cleaned, with telephone and e-mail in their usual writing.
pub(super) fn contact_details(given: &Contact) -> Result<Option<Contact>, String> {
    let mut details = Contact {
        name: clean(&given.name, false),
        telephone: clean(&given.telephone, false),
        email: clean(&given.email, false),
        safe: clean(&given.safe, false),
    };
    if details == Contact::default() {
        return Ok(None);
    }
    if !details.telephone.is_empty() {
        details.telephone = contact::phone(&details.telephone).map_err(str::to_owned)?;
    }
    if !details.email.is_empty() {
        details.email = contact::email(&details.email).map_err(str::to_owned)?;
    }
    Ok(Some(details))
}
