//! The people who may sign in: their accounts, and what administrators do with them.

pub mod commands;
pub mod pages;
pub mod store;

pub use pages::routes;
