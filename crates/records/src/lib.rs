//! What every area shares: areas, incidents, imports, ports, the rule for small numbers,
//! reports and matters.

pub mod audit_trail;
pub mod background;
pub mod calendar;
pub mod geography;
pub mod home;
pub mod imports;
pub mod incidents;
pub mod matters;
pub mod month;
pub mod outbox;
pub mod party;
pub mod ports;
pub mod searches;
pub mod subscriptions;
pub mod suppression;
#[cfg(test)]
mod test_app;

pub use month::Month;
