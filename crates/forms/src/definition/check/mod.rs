//! What can be wrong with a definition, each with its line and what to do about it.

mod advice;
mod flow;
mod ids;
mod loops;
mod roles;

use std::fmt;

pub use advice::advice;
pub(super) use flow::{flow, period};
pub(super) use ids::{ids, key_shape};
pub(super) use loops::order;
pub(super) use roles::roles;

use super::file::At;

/// Something that is wrong with a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1, where it can be told.
    pub line: Option<usize>,
    /// Where in the definition, such as `question address, shown_if`.
    pub path: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// Faults as they are found, with the text that lines are counted in.
pub(super) struct Faults<'a> {
    text: &'a str,
    found: Vec<Fault>,
}

impl<'a> Faults<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            found: Vec::new(),
        }
    }

    /// Notes a fault at a byte of the text.
    pub(super) fn add(&mut self, at: usize, path: impl Into<String>, message: impl Into<String>) {
        self.found.push(Fault {
            line: Some(self.line(at)),
            path: path.into(),
            message: message.into(),
        });
    }

    /// Notes a fault at a value.
    pub(super) fn at<T>(
        &mut self,
        value: &At<T>,
        path: impl Into<String>,
        message: impl Into<String>,
    ) {
        self.add(value.start(), path, message);
    }

    /// The line of a byte, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        let before = self.text.bytes().take(at);
        before.filter(|byte| *byte == b'\n').count() + 1
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All, in the order of the lines.
    pub(super) fn finish(mut self) -> Vec<Fault> {
        self.found.sort_by_key(|fault| fault.line);
        self.found.dedup();
        self.found
    }
}
