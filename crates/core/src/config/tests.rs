use super::*;

fn load(
    file: &str,
    environment: &[(&str, &str)],
    arguments: &[(&str, &str)],
) -> Result<Config, Problems> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE), file).unwrap();
    let environment: Vec<_> = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let arguments: Vec<_> = arguments
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect();
    Config::load(folder.path(), environment, &arguments)
}

fn problem(file: &str) -> String {
    let problems = load(file, &[], &[]).unwrap_err();
    assert_eq!(problems.0.len(), 1, "{problems}");
    problems.0[0].to_string()
}

#[test]
fn every_default_is_a_right_value() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::load(folder.path(), [], &[]).unwrap();
    assert_eq!(config.server.listen.port(), 8080);
    assert_eq!(config.source("server.listen"), Source::Default);
}

#[test]
fn command_line_goes_over_environment_goes_over_file() {
    let file = "[server]\nlisten = \"127.0.0.1:1\"\n[jobs]\nworkers = 3\n[log]\nlevel = 'warn'\n";
    let environment = [
        ("COMMONWEAL_SERVER__LISTEN", "127.0.0.1:2"),
        ("COMMONWEAL_JOBS__WORKERS", "4"),
        ("COMMONWEAL_SHARED", "x"),
    ];
    let config = load(file, &environment, &[("server.listen", "127.0.0.1:3")]).unwrap();
    assert_eq!(config.server.listen.port(), 3);
    assert_eq!(config.jobs.workers, 4);
    assert_eq!(config.log.level, "warn");
    assert_eq!(config.source("log.level"), Source::File(6));
    assert_eq!(config.source("server.listen"), Source::CommandLine);
}

#[test]
fn a_problem_names_its_place_and_what_to_do() {
    assert_eq!(
        problem("\n[server]\nlisten = \"all\"\n"),
        "commonweal.toml line 3: `server.listen` must be an address with a port, such as `127.0.0.1:8080`. It is `all`."
    );
    assert_eq!(
        problem("[mail]\nform = 'a@b'\n"),
        "commonweal.toml line 2: there is no setting `mail.form`. Section `mail` has: smtp_url, from, reply_to."
    );
    assert!(
        problem("[smtp]\nx = 1\n")
            .contains("there is no section `smtp`. The sections are: database, server,")
    );
    assert!(problem("[server\n").starts_with("commonweal.toml line 1: this is not TOML"));
    assert!(problem("listen = 1\n").contains("must stand under a section"));
    assert!(problem("[partnership]\ncolour = '#ffdd00'\n").contains("Choose a darker colour"));
    assert!(problem("[oidc]\nissuer = 'https://id.example'\n").contains("Set both or neither"));
    let problems = load(
        "",
        &[("COMMONWEAL_JOBS__WORKERS", "many")],
        &[("server.behind_tls", "perhaps")],
    )
    .unwrap_err();
    let text = problems.to_string();
    assert!(text.contains("environment variable COMMONWEAL_JOBS__WORKERS: `jobs.workers` must be a whole number from 1. It is `many`."), "{text}");
    assert!(
        text.contains("command line: `server.behind_tls` must be `true` or `false`."),
        "{text}"
    );
}

#[test]
fn secrets_are_never_shown() {
    let secret = "postgres://user:hunter2@host/db";
    let config = load("", &[("COMMONWEAL_DATABASE__URL", secret)], &[]).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
    let folder = tempfile::tempdir().unwrap();
    let shown = explain(folder.path(), [], &[("database.url", secret.to_owned())]).unwrap();
    assert_eq!(shown[0].value, "set, not shown");
    let wrong = load(
        "",
        &[("COMMONWEAL_DATABASE__URL", "mysql://u:hunter2@h")],
        &[],
    )
    .unwrap_err();
    assert!(!wrong.to_string().contains("hunter2"));
}
