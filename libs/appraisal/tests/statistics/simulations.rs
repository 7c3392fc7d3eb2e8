//! Planted effects are found, and nothing is found where nothing is.
