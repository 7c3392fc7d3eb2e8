//! The small language of 'shown if', moves and scores.

/// An expression that was read and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression(String);
