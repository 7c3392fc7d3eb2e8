//! The binary: command line, router, demo.
fn main() {}
