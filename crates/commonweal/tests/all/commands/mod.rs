//! What each command does, told apart by data, output and exit status.

mod areas;
mod administration;
mod audit;
mod hotspots;
mod import;
mod usage;
