#![doc = include_str!("../README.md")]

mod error;
mod fdr;
mod geary;
mod gi_star;
mod local_moran;
mod moran;
mod normal;
mod rate;
mod special;
mod values;
mod weights;

#[cfg(test)]
mod exhaustive;

pub use error::{ConfidenceError, InputError, RateError, WeightsError};
pub use fdr::{Discovery, FdrError, benjamini_hochberg};
pub use geary::{Geary, geary};
pub use gi_star::{GiStar, gi_star};
pub use local_moran::local_moran;
pub use moran::{Moran, moran};
pub use rate::{
    CONFIDENCE_95, Interval, Rate, RatioEstimate, rate_per_1000, rate_ratio, relative_change,
};
pub use weights::{Standardisation, Weights, suggested_tolerance};

/// The worked examples in the project's method notes, run as tests.
#[cfg(doctest)]
mod method_notes {
    #[doc = include_str!("../../../docs/methods/gi-star.md")]
    struct GiStar;
    #[doc = include_str!("../../../docs/methods/rates.md")]
    struct Rates;
}
