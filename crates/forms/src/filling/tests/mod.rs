//! Stories of filling in.
