//! How far a design can be trusted.

/// How an effect was estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Design {
    /// One point in time: places with and without it.
    Correlation,
    /// Before and after, nothing else.
    BeforeAfter,
    /// A series before and after, no comparison.
    InterruptedSeries,
    /// Before and after, with a comparison.
    Compared {
        /// The comparison was seen to run alongside before the start.
        alongside_before: bool,
        /// Several areas on both sides, and other differences between them controlled for.
        controlled: bool,
    },
    /// Areas or people were given it by lot.
    Randomised,
}

/// The Maryland scientific methods scale, 1 (weakest) to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarylandLevel {
    /// Correlation at one point in time.
    One,
    /// Before and after without comparison, or with one that is not shown to be comparable.
    Two,
    /// Before and after with a comparable comparison.
    Three,
    /// Several areas with and without, other differences controlled for.
    Four,
    /// Random assignment.
    Five,
}

impl MarylandLevel {
    /// The number.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
            Self::Four => 4,
            Self::Five => 5,
        }
    }

    /// What the level can and cannot tell.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::One => "Shows that two things go together, not which brings which.",
            Self::Two => {
                "Shows a change when it began, not that it brought the change: anything else at the time \
                 could have."
            }
            Self::Three => {
                "Shows a change beyond that of a comparison. Differences between the areas other than the \
                 work could still be behind it."
            }
            Self::Four => {
                "Shows a change beyond that of several comparable areas, with other known differences \
                 controlled for. Unknown ones remain."
            }
            Self::Five => {
                "Shows an effect: the lot decided, so nothing else can be behind it but chance."
            }
        }
    }
}

/// Where a design stands. A series without comparison stands at 2, however long it is.
///
/// Source: Sherman, L. W. and others (1998), *Preventing Crime: What Works, What Doesn't, What's Promising*;
/// Farrington, D. P. and others (2002), 'The Maryland Scientific Methods Scale'.
#[must_use]
pub fn maryland(design: &Design) -> MarylandLevel {
    match design {
        Design::Correlation => MarylandLevel::One,
        Design::BeforeAfter | Design::InterruptedSeries => MarylandLevel::Two,
        Design::Compared {
            alongside_before: false,
            ..
        } => MarylandLevel::Two,
        Design::Compared {
            controlled: false, ..
        } => MarylandLevel::Three,
        Design::Compared { .. } => MarylandLevel::Four,
        Design::Randomised => MarylandLevel::Five,
    }
}
