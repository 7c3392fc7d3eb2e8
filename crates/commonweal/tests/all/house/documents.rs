//! The documents speak of commands, files and commitments that exist.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{files, root, shared, shown, skip};

/// Every document: its path and text.
fn documents() -> Vec<(PathBuf, String)> {
    files(&root(), &[".md"])
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("text");
            (path, text)
        })
        .collect()
}

/// The lines of the blocks that begin with ```` ```sh ````, without comments, prompts and what a
/// backslash continues.
fn shell_lines(text: &str) -> Vec<String> {
    let (mut lines, mut inside, mut whole) = (Vec::new(), false, String::new());
    for line in text.lines().map(str::trim) {
        if let Some(language) = line.strip_prefix("```") {
            inside = !inside && language == "sh";
            continue;
        }
        if !inside {
            continue;
        }
        if let Some(begun) = line.strip_suffix('\\') {
            whole.push_str(begun);
            continue;
        }
        whole.push_str(line.trim_start_matches("$ "));
        let command = whole.split(" #").next().unwrap_or_default().trim();
        if !command.is_empty() && !command.starts_with('#') {
            lines.push(command.to_owned());
        }
        whole.clear();
    }
    lines
}

#[test]
fn shell_blocks_are_read_as_a_shell_would() {
    let text = "make no\n```sh\n$ make demo  # comment\n# only a comment\ncommonweal import \\\n  police-uk x\n```\n```\nmake out\n```\n";
    assert_eq!(
        shell_lines(text),
        ["make demo", "commonweal import police-uk x"]
    );
}

#[test]
fn every_make_command_has_a_target() {
    let makefile = std::fs::read_to_string(root().join("Makefile")).expect("Makefile");
    let targets: BTreeSet<&str> = makefile
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(target, _)| target)
        .collect();
    let mut unknown = Vec::new();
    for (path, text) in documents() {
        for line in shell_lines(&text) {
            let Some(target) = line
                .strip_prefix("make ")
                .and_then(|rest| rest.split_whitespace().next())
            else {
                continue;
            };
            if !targets.contains(target) {
                unknown.push(format!("{}: {line}", shown(&path)));
            }
        }
    }
    assert!(
        targets.contains("demo") && targets.contains("test"),
        "{targets:?}"
    );
    assert!(
        unknown.is_empty(),
        "no such target:\n{}",
        unknown.join("\n")
    );
}

#[test]
fn every_script_named_in_a_command_exists() {
    let mut unknown = Vec::new();
    for (path, text) in documents() {
        for line in shell_lines(&text) {
            for word in line.split_whitespace() {
                if word.starts_with("scripts/") && !root().join(word).is_file() {
                    unknown.push(format!("{}: {line}", shown(&path)));
                }
            }
        }
    }
    assert!(
        unknown.is_empty(),
        "no such script:\n{}",
        unknown.join("\n")
    );
}

/// Runs the built program with the arguments and `--help`; its standard output, or nothing where it fails.
fn help(arguments: &[&str]) -> Option<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_commonweal"))
        .args(arguments)
        .arg("--help")
        .output()
        .expect("the program");
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What is wrong with an example such as `commonweal import police-uk FILE --dry-run`.
fn mistake(example: &str) -> Option<String> {
    let words: Vec<&str> = example.split_whitespace().skip(1).collect();
    let is_name = |word: &&&str| {
        word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-')
    };
    let names: Vec<&str> = words.iter().take_while(is_name).copied().collect();
    // The last of these words may be an argument rather than a command.
    let (mut page, mut depth) = (help(&[]), 0);
    while depth < names.len()
        && let Some(deeper) = help(&names[..=depth])
    {
        page = Some(deeper);
        depth += 1;
    }
    let page = page?;
    if depth == 0 && !names.is_empty() {
        return Some(format!("no such command: {}", names[0]));
    }
    words
        .iter()
        .filter_map(|word| word.strip_prefix("--"))
        .map(|word| word.split('=').next().unwrap_or(word))
        .find(|option| !page.contains(&format!("--{option}")))
        .map(|option| format!("no such option: --{option}"))
}

#[test]
fn every_example_of_the_program_is_one_that_it_takes() {
    if !help(&[]).is_some_and(|page| page.contains("Usage")) {
        skip(
            "the program has no command line yet, so the examples in the documents were not tried",
        );
        return;
    }
    let mut mistakes = Vec::new();
    for (path, text) in documents() {
        for line in shell_lines(&text) {
            if line.starts_with("commonweal ")
                && let Some(mistake) = mistake(&line)
            {
                mistakes.push(format!("{}: {line}: {mistake}", shown(&path)));
            }
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

/// Where the links of a document lead, without those to other sites and those in code.
fn links(text: &str) -> Vec<&str> {
    let mut inside = false;
    text.lines()
        .filter(|line| {
            let fence = line.trim_start().starts_with("```");
            inside ^= fence;
            !inside && !fence
        })
        .flat_map(|line| line.split("](").skip(1))
        .filter_map(|rest| rest.split([')', ' ']).next())
        .filter(|link| !link.contains("://") && !link.starts_with("mailto:"))
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    for (path, text) in documents() {
        let folder = path.parent().unwrap_or(Path::new("."));
        for link in links(&text) {
            let file = link.split('#').next().unwrap_or(link);
            if !file.is_empty() && !folder.join(file).exists() {
                broken.push(format!("{}: {link}", shown(&path)));
            }
        }
    }
    assert!(broken.is_empty(), "no such file:\n{}", broken.join("\n"));
}

/// The ids in the first column of a document's tables: letters, then digits.
fn ids(text: &str) -> BTreeSet<&str> {
    text.lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" |").next())
        .filter(|id| {
            let letters = id.trim_end_matches(|c: char| c.is_ascii_digit());
            letters.len() < id.len()
                && letters.chars().all(|c| c.is_ascii_uppercase())
                && !letters.is_empty()
        })
        .collect()
}

#[test]
fn coverage_names_every_commitment_of_the_plan() {
    let coverage =
        std::fs::read_to_string(root().join("docs/coverage.md")).expect("docs/coverage.md");
    let covered = ids(&coverage);
    assert!(
        covered.contains("PA1") && covered.contains("K12"),
        "{covered:?}"
    );
    for line in coverage
        .lines()
        .filter(|line| ids(line).iter().any(|id| covered.contains(id)))
    {
        let state = line.split('|').nth(3).unwrap_or_default().trim();
        assert!(
            ["not yet", "begun", "works"].contains(&state),
            "unknown state: {line}"
        );
    }
    let Some(index) = shared().map(|folder| folder.join("reference/plan-index.md")) else {
        skip(
            "the plan's index is not beside the project, so the coverage was not compared with it",
        );
        return;
    };
    let index = std::fs::read_to_string(index).expect("the plan's index");
    let planned = ids(&index);
    assert_eq!(
        covered, planned,
        "docs/coverage.md and the plan's index name other commitments"
    );
}

#[test]
fn the_operations_guide_explains_every_setting() {
    let guide =
        std::fs::read_to_string(root().join("docs/operations.md")).expect("docs/operations.md");
    let missing: Vec<String> = commonweal_core::config::SETTINGS
        .iter()
        .map(|setting| {
            let default = match setting.default {
                "" => String::new(),
                default => format!("`{default}`"),
            };
            format!(
                "| `{}` | {default} | {} |",
                setting.name, setting.explanation
            )
        })
        .filter(|row| !guide.contains(row.as_str()))
        .collect();
    assert!(
        missing.is_empty(),
        "docs/operations.md lacks these rows:\n{}",
        missing.join("\n")
    );
}
