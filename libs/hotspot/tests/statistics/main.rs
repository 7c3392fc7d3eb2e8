//! The library against reference answers and against properties that must hold for any data.

mod columbus;
mod properties;
