//! Costs, benefits and what they are worth today: cost–benefit analysis as the Green Book has it.
//!
//! A [`Case`] holds the costs of an intervention and what it brings, each with low, central and high values.
//! [`appraise()`] discounts them to net present value, benefit–cost ratio and payback, for everybody, for the
//! public purse and in cash; [`tornado`], [`break_even`] and [`monte_carlo()`] say how far to trust the answer.
//!
//! Sources: HM Treasury, *The Green Book* (2026 edition, February 2026; discounting is chapter 6);
//! HM Treasury, Public Service Transformation Network and New Economy (2014), *Supporting public service
//! transformation: cost benefit analysis guidance for local partnerships*.

mod appraise;
mod case;
mod deflator;
mod discount;
mod monte_carlo;
mod sensitivity;

#[cfg(test)]
mod tests;

pub use appraise::{Appraisal, LineResult, Scenario, Share, Totals, Year, appraise};
pub use case::{
    Benefit, Case, CaseError, Cost, Field, LOCAL_PARTNERSHIP_OPTIMISM, Line, Parameter, Range,
    RangeError, Value,
};
pub use deflator::{DeflatorError, Deflators};
pub use discount::{
    Band, DiscountRates, GREEN_BOOK_2026, GREEN_BOOK_2026_HEALTH, PublishedRates, RatesError,
};
pub use monte_carlo::{Distribution, Shape, Simulation, Spread, monte_carlo};
pub use sensitivity::{Bar, BreakEven, break_even, tornado};
