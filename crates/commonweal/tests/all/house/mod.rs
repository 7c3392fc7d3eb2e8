//! The rules of the house, as tests: who may use whom, what the sources may hold, and that the
//! documents speak of commands, files and commitments that exist.

mod dependencies;
mod documents;
mod sources;
