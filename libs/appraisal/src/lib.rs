#![doc = include_str!("../README.md")]

pub mod cost_benefit;
pub mod displacement;
pub mod evaluation;
pub mod intervals;
mod numeric;
pub mod survival;
pub mod xmr;

/// The worked examples in the project's method notes, run as tests.
#[cfg(doctest)]
mod method_notes {
    #[doc = include_str!("../../../docs/methods/cost-benefit.md")]
    struct CostBenefit;
    #[doc = include_str!("../../../docs/methods/displacement.md")]
    struct Displacement;
    #[doc = include_str!("../../../docs/methods/evaluation.md")]
    struct Evaluation;
    #[doc = include_str!("../../../docs/methods/intervals.md")]
    struct Intervals;
    #[doc = include_str!("../../../docs/methods/survival.md")]
    struct Survival;
    #[doc = include_str!("../../../docs/methods/xmr.md")]
    struct Xmr;
}
