//! What every area shares: areas, incidents, imports, ports.

pub mod geography;
pub mod imports;
pub mod incidents;
pub mod month;

pub use month::Month;
