//! Definitions: what a partnership writes in a TOML file, checked.

mod check;
mod expression;
mod file;
mod model;
mod read;
pub mod schema;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod words;

pub use check::{Fault, advice};
pub use expression::{Expression, Facts, SyntaxError};
pub use model::*;
pub use read::{check_roles, read};
pub use words::{Template, UnclosedBrace, Words};

/// A hint where a name is almost another: `; did you mean 'tenure'?`, or nothing.
fn near<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let allowed = 1 + name.chars().count() / 5;
    let close = known
        .map(|one| (distance(name, one), one))
        .filter(|(distance, _)| *distance <= allowed)
        .min();
    close.map_or_else(String::new, |(_, one)| format!("; did you mean '{one}'?"))
}

/// How many letters must be changed, added or left out to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (place, letter) in one.chars().enumerate() {
        let mut next = vec![place + 1];
        for (at, (pair, there)) in row.windows(2).zip(&other).enumerate() {
            let (replaced, removed) = match pair {
                [replaced, removed] => (*replaced, *removed),
                _ => continue,
            };
            let added = next.get(at).copied().unwrap_or(usize::MAX - 1);
            let cost = usize::from(letter != *there);
            next.push((replaced + cost).min(removed + 1).min(added + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}
