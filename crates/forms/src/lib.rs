//! Forms and registers as data. A partnership writes a TOML file; this crate gives it every page,
//! list, file, feed and figure that its users expect.

pub mod answers;
pub mod definition;
