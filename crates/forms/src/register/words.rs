//! Small words that the pages of registers share.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Europe::London;

use crate::definition::Colour;

/// The name of a tag's colour.
pub(crate) fn colour(colour: Colour) -> &'static str {
    match colour {
        Colour::Grey => "grey",
        Colour::Green => "green",
        Colour::Turquoise => "turquoise",
        Colour::Blue => "blue",
        Colour::Purple => "purple",
        Colour::Pink => "pink",
        Colour::Red => "red",
        Colour::Orange => "orange",
        Colour::Yellow => "yellow",
    }
}

/// A day as GOV.UK writes it.
pub(crate) fn day(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// A moment as people in the United Kingdom read it.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    let at = at.with_timezone(&London);
    format!(
        "{} at {}",
        at.format("%-d %B %Y"),
        at.format("%-I:%M%P").to_string().replace(":00", "")
    )
}
