#![doc = include_str!("../README.md")]

pub mod xmr;

/// The worked examples in the project's method notes, run as tests.
#[cfg(doctest)]
mod method_notes {
    #[doc = include_str!("../../../docs/methods/xmr.md")]
    struct Xmr;
}
