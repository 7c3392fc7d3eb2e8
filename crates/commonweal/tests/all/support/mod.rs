//! What every module of this test binary may use.

pub(crate) mod browser;
pub(crate) mod demo;
pub(crate) mod police;
pub(crate) mod program;
pub(crate) mod server;

use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder of the project.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the project's folder")
}

/// The folder of reference texts and real data beside the project (or `COMMONWEAL_SHARED`), where there is one.
pub(crate) fn shared() -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told by the environment, they have no configuration"
    )]
    let named = std::env::var_os("COMMONWEAL_SHARED").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| root().join("../shared"));
    // The variable may name the folder itself or its `data`.
    [folder.clone(), folder.join("..")]
        .into_iter()
        .find(|folder| folder.join("reference").is_dir())
}

/// Says that a test did not run, past the test runner's capture, so that `make test` counts and shows it.
pub(crate) fn skip(reason: &str) {
    // Nothing better can be done than to go on when standard error is closed.
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
}

/// Every file under `folder` whose name ends in one of `endings`, without what was built or fetched.
pub(crate) fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder that can be read") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                let built = ["target", "node_modules", "dist", "results"].contains(&name.as_ref());
                if !built && (!name.starts_with('.') || name == ".ci") {
                    open.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The path as people write it: from the project's folder.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}
