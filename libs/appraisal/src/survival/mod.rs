//! Time until something happens: re-offending after an intervention, re-opening of a case.
//!
//! Not everybody has been followed for long enough, and some leave by another way (they move away, go to
//! prison, die). [`kaplan_meier()`] uses each person for as long as they were followed; [`aalen_johansen`]
//! keeps the ways apart, so that somebody who can no longer re-offend is not taken as somebody who still may;
//! [`within_window`] is the plain share of those with full follow-up.

mod competing;
mod kaplan_meier;

#[cfg(test)]
mod tests;

use thiserror::Error;

use crate::intervals::{Proportion, wilson};
use crate::numeric::{ConfidenceError, level};
pub use competing::{Exit, Incidence, IncidenceStep, Outcome, aalen_johansen};
pub use kaplan_meier::{Curve, Spell, Step, kaplan_meier};

/// Why times cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum SurvivalError {
    /// There is nobody.
    #[error("there is nobody to follow")]
    Empty,
    /// A time is negative, infinite or not a number.
    #[error("time {index} must be zero or a positive number, not {time}")]
    Time {
        /// Position, from 0.
        index: usize,
        /// What it is.
        time: f64,
    },
    /// The window is not a positive number.
    #[error("a follow-up window must be a positive number, not {0}")]
    Window(f64),
    /// The confidence level is unusable.
    #[error(transparent)]
    Confidence(#[from] ConfidenceError),
}

/// The plain share within a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Those with the event within the window, among those followed for the whole of it, with Wilson's
    /// interval; `None` where nobody was followed for so long.
    pub share: Option<Proportion>,
    /// Those left out: not yet followed for the whole window. Some may have had the event already.
    pub left_out: usize,
}

/// The share with the event within `window`, among those followed for the whole of it.
///
/// `followed` holds for each person how long they have been followed by today, whatever happened, and the
/// time of the first event if there was one. People are chosen by how long they were followed, never by what
/// happened: taking in early events of people not yet followed for the whole window would overstate the
/// share.
///
/// # Errors
///
/// [`SurvivalError`] for impossible times, an event after the end of follow-up among them.
///
/// # Example
///
/// ```
/// use appraisal::survival::within_window;
///
/// // Months followed, month of the first new report.
/// let people = [(14.0, Some(3.0)), (13.0, None), (12.0, Some(12.0)), (5.0, Some(1.0))];
/// let window = within_window(&people, 12.0, 0.95)?;
/// let share = window.share.ok_or("nobody")?;
/// assert_eq!((share.count, share.of, window.left_out), (2, 3, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn within_window(
    followed: &[(f64, Option<f64>)],
    window: f64,
    confidence: f64,
) -> Result<Window, SurvivalError> {
    let confidence = level(confidence)?;
    check(followed.iter().map(|(time, _)| *time))?;
    if !window.is_finite() || window <= 0.0 {
        return Err(SurvivalError::Window(window));
    }
    for (index, (followed, event)) in followed.iter().enumerate() {
        if let &Some(time) = event
            && !(0.0..=*followed).contains(&time)
        {
            return Err(SurvivalError::Time { index, time });
        }
    }
    let full = || followed.iter().filter(|(time, _)| *time >= window);
    let events = full().filter(|(_, event)| event.is_some_and(|time| time <= window));
    let (of, count) = (full().count(), events.count());
    Ok(Window {
        share: wilson(count as u64, of as u64, confidence).ok().flatten(),
        left_out: followed.len() - of,
    })
}

/// Refuses times that cannot be; nobody at all is refused too.
fn check(times: impl Iterator<Item = f64>) -> Result<(), SurvivalError> {
    let mut any = false;
    for (index, time) in times.enumerate() {
        any = true;
        if !time.is_finite() || time < 0.0 {
            return Err(SurvivalError::Time { index, time });
        }
    }
    if any {
        Ok(())
    } else {
        Err(SurvivalError::Empty)
    }
}
