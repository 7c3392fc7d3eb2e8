//! Map, ranking, trend, data quality and hot spots.

pub mod cube;
pub mod download;
pub mod home;
pub mod hotspots;
pub mod map;
pub mod ogc;
pub mod place_file;
pub mod place_page;
pub mod quality;
pub mod ranking;
pub mod state;
pub mod trend;
pub mod view;

pub use state::Places;
