//! What each command does, told apart by data, output and exit status.

mod administration;
mod areas;
mod audit;
mod hotspots;
mod import;
mod usage;
