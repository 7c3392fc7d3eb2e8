//! The small language of 'shown if', moves and scores: no loops, no calls of anything outside, and
//! a value for every input. What has no answer is *missing*, which is carried along (Kleene's
//! three-valued logic): it is neither true nor false, and what is decided without it stays decided.

mod evaluate;
mod parse;
mod print;
mod token;
mod tree;
mod types;

use std::fmt;

pub use evaluate::Facts;
pub use parse::SyntaxError;
pub(super) use parse::is_reserved;
pub(super) use types::{Names, Type, Wanted, check};

use parse::Node;

/// An expression that was read and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression(Node);

impl Expression {
    /// Reads an expression; whether it fits a definition is for the definition's check to say.
    ///
    /// # Errors
    /// [`SyntaxError`], with what is wrong and where.
    pub fn read(text: &str) -> Result<Self, SyntaxError> {
        parse::parse(text).map(Self)
    }

    /// Whether it holds; missing does not.
    #[must_use]
    pub fn truth(&self, facts: &Facts<'_>) -> bool {
        evaluate::value(&self.0, facts) == evaluate::Value::Truth(true)
    }

    /// Its number; none where something that it needs is missing.
    #[must_use]
    pub fn number(&self, facts: &Facts<'_>) -> Option<f64> {
        match evaluate::value(&self.0, facts) {
            evaluate::Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The names that it reads: questions, scores and `state`; each once, in order of appearance.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.0.names(&mut names);
        names
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print::node(f, &self.0)
    }
}

#[cfg(test)]
mod tests;
