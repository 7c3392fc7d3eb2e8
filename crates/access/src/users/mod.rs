//! The people who may sign in: their accounts, and what administrators do with them.

pub mod commands;
mod list;
pub mod pages;
mod role_list;
pub mod store;

pub use pages::routes;
