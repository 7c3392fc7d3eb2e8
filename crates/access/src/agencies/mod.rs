//! The agencies of the partnership.

pub mod pages;
pub mod store;

pub use pages::routes;
