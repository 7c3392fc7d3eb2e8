//! What people answer: values, how they are read from a form, a table or a program, whether they
//! fit their question, and how they are shown.
//!
//! Three ways in (`read`, `from_text`, `from_json`), three ways out (`prefill`, `text`, `json`), each
//! a pair that keeps an answer as it was. What reads also looks at the limits; what depends on the
//! day or on other answers is for [`check`].

mod fields;
mod fits;
mod index;
mod json;
mod show;
mod shown;
mod table;
mod typed;
mod value;
mod wording;

pub use fields::{prefill, read};
pub use fits::{check, check_in, fault, fits};
pub use index::{IndexRow, index_rows};
pub use json::{from_json, json};
pub use show::{Names, show, title};
pub use shown::{Scored, Shown, scores, shown, shown_in};
pub use table::{from_text, text};
pub use value::{Address, Answer, Answers, Contact, FileAnswer, Location, LocationHow};
pub use wording::missing;

/// What stands for 'do not know or rather not say' where a plain value is wanted.
pub const UNSURE: &str = "unsure";

/// A date as people read it: '4 May 2026'.
#[must_use]
pub fn day(date: chrono::NaiveDate) -> String {
    show::day(date)
}

/// Pence in pounds as people read them: '£12.50'.
#[must_use]
pub fn pounds(pence: i64) -> String {
    show::money(pence)
}

#[cfg(test)]
mod tests;
