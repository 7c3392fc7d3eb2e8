//! Help, wrong usage, `check` and `migrate`.

use crate::support::program::{Data, on_both, run};

/// The names under 'Commands:' of a help page.
fn names(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect()
}

#[test]
fn every_command_explains_itself() {
    let mut open = vec![Vec::<String>::new()];
    let mut seen = Vec::new();
    while let Some(path) = open.pop() {
        let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = run(&arguments).ok();
        assert!(
            help.out.contains("Usage: commonweal") && help.err.is_empty(),
            "{help:?}"
        );
        for name in names(&help.out) {
            open.push(path.iter().cloned().chain([name]).collect());
        }
        if names(&help.out).is_empty() {
            assert!(
                help.out.contains("--data-dir"),
                "{path:?} says where its data are"
            );
            seen.push(path.join(" "));
        }
    }
    seen.sort();
    let expected = [
        "audit verify",
        "check",
        "content apply",
        "content export",
        "demo",
        "hotspots",
        "import areas",
        "import context",
        "import mail",
        "import open-referral",
        "import police-uk",
        "import postcodes",
        "import records",
        "import reports",
        "migrate",
        "serve",
        "user add",
        "user disable",
        "user reset",
    ];
    assert_eq!(seen, expected);
    assert!(run(&["--version"]).ok().out.starts_with("commonweal "));
}

#[test]
fn wrong_usage_ends_with_2_and_shows_the_right_one() {
    let wrong: &[&[&str]] = &[
        &[],
        &["imports"],
        &["import"],
        &["import", "police-uk"],
        &["import", "police-uk", "x.csv", "--fast"],
        &["import", "areas"],
        &[
            "user",
            "add",
            "sam@example.org",
            "--name",
            "Sam",
            "--agency",
            "The council",
        ],
        &["serve", "--listen", "nowhere"],
        &["hotspots", "--value", "CRIME"],
        &["hotspots", "--areas", "x.json", "--contiguity", "rook"],
        &["hotspots", "--areas", "x.json", "--cells", "h3:9"],
    ];
    for arguments in wrong {
        let ran = run(arguments);
        assert_eq!(ran.status, Some(2), "{arguments:?}: {ran:?}");
        // Where only a value is wrong, the possible ones or the way to the help are shown.
        let shown = ["Usage: commonweal", "possible values", "try '--help'"];
        assert!(
            shown.iter().any(|shown| ran.err.contains(shown)),
            "{arguments:?}: {ran:?}"
        );
        assert!(ran.out.is_empty(), "{arguments:?}: {ran:?}");
    }
}

#[test]
fn check_explains_every_setting_and_migrate_may_be_repeated() {
    on_both(|data| {
        let engine = if data.url.is_some() {
            "postgres"
        } else {
            "sqlite"
        };
        assert_eq!(data.done(&["migrate"])["database"], engine);
        assert_eq!(data.done(&["migrate"])["ok"], true);
        let told = data.done(&["check"]);
        assert_eq!(
            (&told["ok"], &told["database"]),
            (&true.into(), &engine.into())
        );
        let settings = told["settings"].as_object().expect("settings");
        assert_eq!(settings.len(), commonweal_core::config::SETTINGS.len());
        let text = data.run(&["check"]).ok().out;
        for setting in commonweal_core::config::SETTINGS {
            assert!(
                settings.contains_key(setting.name) && text.contains(setting.explanation),
                "{}",
                setting.name
            );
        }
        // PostgreSQL's address holds a password.
        if let Some(url) = &data.url {
            assert!(!text.contains(url.as_str()), "{text}");
        }
    });
}

#[test]
fn a_wrong_configuration_is_explained_on_one_line() {
    let data = Data::new();
    data.folder.write(
        "data/commonweal.toml",
        "[server]\nlisten = \"nowhere\"\n[partnership]\ncolor = \"red\"\n",
    );
    for command in ["check", "migrate"] {
        let ran = data.run(&[command]);
        let why = ran.misused();
        assert!(
            why.contains("line 2") && why.contains("server.listen"),
            "{why}"
        );
        assert!(
            why.contains("line 4") && why.contains("partnership.color"),
            "{why}"
        );
    }
    let data = Data::new();
    let ran = data.run(&["migrate", "--database-url", "mysql://localhost/x"]);
    assert!(
        matches!(ran.status, Some(1 | 2)) && ran.err.lines().count() == 1,
        "{ran:?}"
    );
}
