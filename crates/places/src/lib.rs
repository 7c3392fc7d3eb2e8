//! Map, ranking, trend, data quality and hot spots.

pub mod cube;
