//! A register that has everything, for tests.

use super::{Definition, DefinitionKind};

/// The file of [`sample`].
pub const SAMPLE: &str = include_str!("sample.toml");

/// A register that has every kind of question, conditions, scores with bands, states, moves, due
/// dates and a public view: `sample`, prefix `SA`.
///
/// # Panics
/// Where the sample itself is wrong.
#[must_use]
#[expect(clippy::panic, reason = "for tests")]
pub fn sample() -> Definition {
    match super::read(DefinitionKind::Register, "sample", 1, SAMPLE) {
        Ok(definition) => definition,
        Err(faults) => {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            panic!("the sample is wrong:\n{}", faults.join("\n"))
        }
    }
}
