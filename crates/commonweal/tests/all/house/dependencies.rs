//! DESIGN's rules 1, 2 and 4: who may use whom, read from `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::support::root;

/// The layers below the areas, and which of our crates each may use. A crate that is not named here
/// and lies in `crates/` is an area.
const LAYERS: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("govuk", &["core"]),
    // Sign-in and a refused request are pages too: docs/decisions/2026-11-22-access-uses-govuk.md
    ("access", &["core", "govuk"]),
    ("documents", &["core"]),
    // Questions ask for people, places and agencies, which are kept in records.
    (
        "forms",
        &["core", "access", "govuk", "documents", "records"],
    ),
    ("records", &["core", "access", "govuk", "documents"]),
];

/// What every area may use; beside it the libraries, and never another area.
const AREA_MAY_USE: &[&str] = &["core", "access", "govuk", "documents", "forms", "records"];

/// Programs put the parts together and may use them all.
const PROGRAMS: &[&str] = &["commonweal", "cluster"];

/// Libraries of others that one place alone may use, and why.
const ONLY: &[(&str, &[&str], &str)] = &[
    ("sqlx", &["core"], "only core::db names a database driver"),
    (
        "libsqlite3-sys",
        &["core"],
        "only core::db names a database driver",
    ),
    (
        "minijinja",
        &["govuk"],
        "only govuk names the template engine",
    ),
    (
        "minijinja-contrib",
        &["govuk"],
        "only govuk names the template engine",
    ),
    ("lettre", PROGRAMS, "only the programs open sockets"),
    (
        "reqwest",
        &["commonweal", "cluster", "bench"],
        "only the programs open sockets, and what measures them",
    ),
    (
        "cedar-policy",
        &["access"],
        "only access decides who may see what",
    ),
];

/// One of our packages: where it lies and what it names as a dependency, of whatever kind.
struct Package {
    folder: &'static str,
    name: String,
    uses: BTreeSet<String>,
}

/// Every package of the workspace by the name that cargo knows it by.
fn packages() -> BTreeMap<String, Package> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .expect("cargo metadata");
    assert!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let manifest = package["manifest_path"].as_str().expect("a path");
            let mut parts = manifest.rsplit(['/', '\\']).skip(1);
            let name = parts.next().expect("a folder").to_owned();
            let folder = match parts.next() {
                Some("libs") => "libs",
                Some("crates") => "crates",
                _ => "",
            };
            let uses = package["dependencies"]
                .as_array()
                .expect("dependencies")
                .iter()
                .map(|dependency| dependency["name"].as_str().expect("a name").to_owned())
                .collect();
            let known_as = package["name"].as_str().expect("a name").to_owned();
            (known_as, Package { folder, name, uses })
        })
        .collect()
}

/// What breaks the rules, in words.
fn violations(packages: &BTreeMap<String, Package>) -> Vec<String> {
    let mut found = Vec::new();
    for package in packages.values() {
        let layer = LAYERS.iter().find(|(name, _)| *name == package.name);
        for used in &package.uses {
            if let Some((_, places, why)) = ONLY.iter().find(|(library, ..)| library == used)
                && !places.contains(&package.name.as_str())
            {
                found.push(format!("{} uses {used}: {why}", package.name));
            }
            let Some(used) = packages.get(used) else {
                continue;
            };
            let allowed = match package.folder {
                "libs" => used.folder == "libs",
                "crates" if PROGRAMS.contains(&package.name.as_str()) => true,
                "crates" => match layer {
                    Some((_, may_use)) => may_use.contains(&used.name.as_str()),
                    None => used.folder == "libs" || AREA_MAY_USE.contains(&used.name.as_str()),
                },
                // Benchmarks and the like use what they measure.
                _ => true,
            };
            if !allowed {
                found.push(format!(
                    "{} uses {}, which its layer may not",
                    package.name, used.name
                ));
            }
        }
    }
    found
}

#[test]
fn crates_use_only_what_their_layer_may() {
    let packages = packages();
    assert!(
        packages.contains_key("commonweal-core"),
        "core is in the workspace"
    );
    let found = violations(&packages);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_broken_rule_is_found() {
    let package = |folder, name: &str, uses: &[&str]| {
        let uses = uses.iter().map(|name| (*name).to_owned()).collect();
        let name = name.to_owned();
        (name.clone(), Package { folder, name, uses })
    };
    let packages = BTreeMap::from([
        package("libs", "hotspot", &["core", "rayon"]),
        package("crates", "core", &["sqlx"]),
        package("crates", "people", &["places", "core", "hotspot", "sqlx"]),
        package("crates", "places", &["records", "core"]),
        package("crates", "records", &["core", "hotspot"]),
        package("crates", "commonweal", &["people", "places", "lettre"]),
    ]);
    assert_eq!(
        violations(&packages),
        [
            "hotspot uses core, which its layer may not",
            "people uses places, which its layer may not",
            "people uses sqlx: only core::db names a database driver",
            "records uses hotspot, which its layer may not",
        ]
    );
}
