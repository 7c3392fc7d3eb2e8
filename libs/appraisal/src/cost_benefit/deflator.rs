//! From the prices of one year to those of another.

use std::collections::BTreeMap;

use thiserror::Error;

/// An index of prices by year, such as HM Treasury's GDP deflator, given by the caller.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Deflators {
    index: BTreeMap<i32, f64>,
}

/// Why prices cannot be carried over.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum DeflatorError {
    /// The index has no such year.
    #[error("the price index has no value for {0}")]
    NoYear(i32),
    /// A value of the index is zero, negative or not a number.
    #[error("the price index for {year} must be a number above 0, not {value}")]
    Value {
        /// Which year.
        year: i32,
        /// What it is.
        value: f64,
    },
    /// A year is given twice.
    #[error("the price index has {0} twice")]
    Repeated(i32),
    /// The amount is infinite or not a number.
    #[error("the amount is not a finite number")]
    Amount,
}

impl Deflators {
    /// An index from pairs of year and value. Financial years go by the year in which they begin, or end:
    /// that is the caller's to keep to.
    ///
    /// # Errors
    ///
    /// [`DeflatorError::Value`] or [`DeflatorError::Repeated`].
    pub fn new(index: impl IntoIterator<Item = (i32, f64)>) -> Result<Self, DeflatorError> {
        let mut checked = BTreeMap::new();
        for (year, value) in index {
            if !value.is_finite() || value <= 0.0 {
                return Err(DeflatorError::Value { year, value });
            }
            if checked.insert(year, value).is_some() {
                return Err(DeflatorError::Repeated(year));
            }
        }
        Ok(Self { index: checked })
    }

    /// An amount in one year's prices in those of another: amount · index(to) / index(from).
    ///
    /// # Errors
    ///
    /// [`DeflatorError::NoYear`] where the index lacks either year: no year is guessed.
    ///
    /// # Example
    ///
    /// ```
    /// use appraisal::cost_benefit::Deflators;
    ///
    /// // HM Treasury, December 2025, 2024 = 100: £66 of 2006 in prices of 2024.
    /// let deflators = Deflators::new([(2006, 63.4682), (2024, 100.0)])?;
    /// assert_eq!(format!("{:.2}", deflators.restate(66.0, 2006, 2024)?), "103.99");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn restate(&self, amount: f64, from: i32, to: i32) -> Result<f64, DeflatorError> {
        if !amount.is_finite() {
            return Err(DeflatorError::Amount);
        }
        let value = |year| {
            self.index
                .get(&year)
                .copied()
                .ok_or(DeflatorError::NoYear(year))
        };
        let restated = amount * (value(to)? / value(from)?);
        if restated.is_finite() {
            Ok(restated)
        } else {
            Err(DeflatorError::Amount)
        }
    }

    /// The years of the index, in order.
    pub fn years(&self) -> impl Iterator<Item = i32> + '_ {
        self.index.keys().copied()
    }
}
