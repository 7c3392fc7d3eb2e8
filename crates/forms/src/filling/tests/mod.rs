//! Stories of filling in.

mod pages;
mod stage;
mod stories;
mod walking;
