//! Numbers and days of spreadsheets as words.

use chrono::{NaiveDate, NaiveTime};

/// A number with the 15 digits that spreadsheets keep, so that 0.1 + 0.2 reads 0.3.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let kept = format!("{value:.14e}").parse().unwrap_or(value);
    // Minus zero is zero to everyone.
    if kept == 0.0 {
        "0".to_owned()
    } else {
        kept.to_string()
    }
}

/// A day and a time of day, the time only where it says something.
pub(super) fn moment(day: NaiveDate, time: NaiveTime) -> String {
    if time == NaiveTime::MIN {
        day.format("%Y-%m-%d").to_string()
    } else {
        format!("{}T{}", day.format("%Y-%m-%d"), time.format("%H:%M:%S"))
    }
}

/// Hours, minutes and seconds; hours may pass 24.
pub(super) fn length(seconds: f64) -> String {
    let whole = seconds.abs().round();
    if !whole.is_finite() || whole > 1e12 {
        return number(seconds);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked above: from 0 to 1e12"
    )]
    let whole = whole as u64;
    let sign = if seconds < 0.0 && whole > 0 { "-" } else { "" };
    format!(
        "{sign}{:02}:{:02}:{:02}",
        whole / 3600,
        whole / 60 % 60,
        whole % 60
    )
}

/// An ISO day or moment as written in a file, in our form; anything else as it is.
pub(super) fn iso(text: &str) -> String {
    let (day, time) = text.split_once('T').unwrap_or((text, "00:00:00"));
    let time = time.split(['.', 'Z']).next().unwrap_or(time);
    match (day.parse::<NaiveDate>(), time.parse::<NaiveTime>()) {
        (Ok(day), Ok(time)) => moment(day, time),
        _ => text.to_owned(),
    }
}

/// An ISO length such as `PT10H30M00S` as a clock shows it; anything else as it is.
pub(super) fn iso_length(text: &str) -> String {
    let Some(mut rest) = text.strip_prefix("PT") else {
        return text.to_owned();
    };
    let mut seconds = 0.0;
    for (unit, worth) in [('H', 3600.0), ('M', 60.0), ('S', 1.0)] {
        if let Some((digits, after)) = rest.split_once(unit) {
            let Ok(count) = digits.parse::<f64>() else {
                return text.to_owned();
            };
            seconds += count * worth;
            rest = after;
        }
    }
    if rest.is_empty() {
        length(seconds)
    } else {
        text.to_owned()
    }
}
