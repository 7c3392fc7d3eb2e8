//! What the statistics stand on: tail areas, small systems of equations, repeatable randomness.

pub(crate) mod distributions;
pub(crate) mod matrix;
pub(crate) mod random;

pub(crate) use hotspot::{ConfidenceError, Interval};

/// The confidence level if it is one.
pub(crate) fn level(confidence: f64) -> Result<f64, ConfidenceError> {
    if confidence > 0.0 && confidence < 1.0 {
        Ok(confidence)
    } else {
        Err(ConfidenceError(confidence))
    }
}
