//! Discount rates by band of years.

use thiserror::Error;

/// A yearly real rate and the years that it holds for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// First year discounted at this rate. Year 0 is never discounted: the first band begins at 1.
    pub from: u32,
    /// Last year discounted at this rate.
    pub to: u32,
    /// The rate as a share: 0.035 is 3.5 % a year.
    pub rate: f64,
}

/// Rates as somebody published them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PublishedRates {
    /// What they are called.
    pub name: &'static str,
    /// Who published them and where.
    pub source: &'static str,
    /// When.
    pub published: &'static str,
    /// The bands.
    pub bands: &'static [Band],
}

/// The social time preference rate in real terms: 3.5 % to year 30, 3.0 % from year 31 to 75.
pub const GREEN_BOOK_2026: PublishedRates = PublishedRates {
    name: "Green Book, standard rates",
    source: "HM Treasury, The Green Book, 2026 edition, chapter 6",
    published: "February 2026",
    bands: &[
        Band {
            from: 1,
            to: 30,
            rate: 0.035,
        },
        Band {
            from: 31,
            to: 75,
            rate: 0.03,
        },
    ],
};

/// The rate for effects on health measured in life years, without the part for growing wealth.
pub const GREEN_BOOK_2026_HEALTH: PublishedRates = PublishedRates {
    name: "Green Book, health rate",
    source: "HM Treasury, The Green Book, 2026 edition, chapter 6",
    published: "February 2026",
    bands: &[Band {
        from: 1,
        to: 30,
        rate: 0.015,
    }],
};

/// Why rates cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum RatesError {
    /// There is no band.
    #[error("there are no discount rates")]
    None,
    /// The bands leave years out, overlap or run backwards.
    #[error("a band of discount rates should begin at year {expected}, not {found}")]
    Order {
        /// The year after the band before.
        expected: u32,
        /// Where the band begins, or (where it runs backwards) ends.
        found: u32,
    },
    /// A rate is not a number, or takes away everything.
    #[error("a discount rate must be a number above -1 (0.035 is 3.5 %), not {0}")]
    Rate(f64),
}

/// Checked rates by band of years.
#[derive(Debug, Clone, PartialEq)]
pub struct DiscountRates {
    bands: Vec<Band>,
}

impl DiscountRates {
    /// Rates of the caller's own: bands in order, without gaps, from year 1.
    ///
    /// # Errors
    ///
    /// [`RatesError`] where there is no band, years are missing or twice, or a rate makes no sense.
    pub fn new(bands: &[Band]) -> Result<Self, RatesError> {
        let mut expected = 1;
        for band in bands {
            if band.from != expected {
                return Err(RatesError::Order {
                    expected,
                    found: band.from,
                });
            }
            if band.to < band.from {
                return Err(RatesError::Order {
                    expected,
                    found: band.to,
                });
            }
            if !band.rate.is_finite() || band.rate <= -1.0 {
                return Err(RatesError::Rate(band.rate));
            }
            expected = band.to.saturating_add(1);
        }
        if bands.is_empty() {
            return Err(RatesError::None);
        }
        Ok(Self {
            bands: bands.to_vec(),
        })
    }

    /// One rate for all years.
    ///
    /// # Errors
    ///
    /// [`RatesError::Rate`] for a rate of -1 or below, or not a number.
    pub fn flat(rate: f64) -> Result<Self, RatesError> {
        Self::new(&[Band {
            from: 1,
            to: u32::MAX,
            rate,
        }])
    }

    /// Rates that are shipped: [`GREEN_BOOK_2026`] or [`GREEN_BOOK_2026_HEALTH`].
    ///
    /// # Errors
    ///
    /// As [`DiscountRates::new`]; the shipped ones give none.
    pub fn published(rates: &PublishedRates) -> Result<Self, RatesError> {
        Self::new(rates.bands)
    }

    /// The last year that there is a rate for.
    #[must_use]
    pub fn last_year(&self) -> u32 {
        self.bands.last().map_or(0, |band| band.to)
    }

    /// What £1 in this year is worth in year 0; `None` beyond the last band.
    ///
    /// D(t) = Π 1/(1 + r(s)) over the years s = 1 … t; 1 for year 0.
    ///
    /// # Example
    ///
    /// ```
    /// use appraisal::cost_benefit::{DiscountRates, GREEN_BOOK_2026};
    ///
    /// let rates = DiscountRates::published(&GREEN_BOOK_2026)?;
    /// assert_eq!(rates.factor(0), Some(1.0));
    /// assert_eq!(format!("{:.4}", rates.factor(30).ok_or("no rate")?), "0.3563");
    /// assert_eq!(rates.factor(76), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn factor(&self, year: u32) -> Option<f64> {
        if year > self.last_year() {
            return None;
        }
        let logarithm: f64 = self
            .bands
            .iter()
            .filter(|band| band.from <= year)
            .map(|band| {
                let years = f64::from(year.min(band.to) - band.from) + 1.0;
                years * band.rate.ln_1p()
            })
            .sum();
        Some((-logarithm).exp())
    }
}
