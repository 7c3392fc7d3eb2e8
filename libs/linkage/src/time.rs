//! How far apart two spans of time are.

/// A span of time, in seconds since any common moment; a moment is a span from and to itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    from: i64,
    to: i64,
}

impl Span {
    /// From one moment to another, whichever is given first.
    #[must_use]
    pub fn new(from: i64, to: i64) -> Self {
        Self {
            from: from.min(to),
            to: from.max(to),
        }
    }

    /// When it begins.
    #[must_use]
    pub fn from(self) -> i64 {
        self.from
    }

    /// When it ends.
    #[must_use]
    pub fn to(self) -> i64 {
        self.to
    }
}

/// Hours from the end of one span to the beginning of the other; 0 where they meet or overlap.
///
/// ```
/// use linkage::{Span, hours_apart};
/// assert_eq!(hours_apart(Span::new(0, 3_600), Span::new(10_800, 7_200)), 1.0);
/// ```
#[must_use]
pub fn hours_apart(a: Span, b: Span) -> f64 {
    let gap = (i128::from(b.from) - i128::from(a.to)).max(i128::from(a.from) - i128::from(b.to));
    gap.max(0) as f64 / 3_600.0
}
