//! What source files may hold.

use crate::support::{files, root, shown};

/// Lines that a file may have. A longer one is split.
const LINES: usize = 500;

/// Names that one place alone may use, and why.
const ONLY: &[(&str, &str, &str)] = &[
    (
        "AssertSqlSafe(",
        "crates/core/src/",
        "SQL made at run time is core::db's alone: use List",
    ),
    (
        "sql_on!(",
        "crates/core/",
        "what differs between the engines is core's to know",
    ),
];

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let mut long = Vec::new();
    for path in files(
        &root(),
        &[".rs", ".html", ".js", ".mjs", ".ts", ".scss", ".sh"],
    ) {
        let lines = std::fs::read_to_string(&path)
            .expect("text")
            .lines()
            .count();
        if lines > LINES {
            long.push(format!(
                "{} has {lines} lines, {LINES} at most",
                shown(&path)
            ));
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn names_for_one_place_stay_there() {
    let mut found = Vec::new();
    for folder in ["crates", "libs"] {
        for path in files(&root().join(folder), &[".rs"]) {
            let place = shown(&path);
            if place.ends_with("house/sources.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("text");
            for (name, only, why) in ONLY {
                if text.contains(name) && !place.starts_with(only) {
                    found.push(format!("{place} uses {name}: {why}"));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
