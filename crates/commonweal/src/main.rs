//! The binary: command line, router, demo.

#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "the demo command, which shows all of it, comes next"
    )
)]
mod demo;

fn main() {}
