//! Stories of paper copies.
