//! Running the built program to its end.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use commonweal_core::Db;
use serde_json::Value;

/// The built program, without what the environment of the tests would tell it.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_commonweal"));
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null());
    command
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str]) -> Ran {
    run_in(arguments, None)
}

fn run_in(arguments: &[&str], folder: Option<&Path>) -> Ran {
    let mut command = program();
    command.args(arguments);
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    let output = command.output().expect("the program");
    Ran {
        status: output.status.code(),
        out: String::from_utf8(output.stdout).expect("UTF-8 on stdout"),
        err: String::from_utf8(output.stderr).expect("UTF-8 on stderr"),
    }
}

impl Ran {
    /// It did its work.
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.status, Some(0), "{self:#?}");
        self
    }

    /// What it wrote on stdout: one line, one JSON object.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.out.lines().count(), 1, "one line on stdout: {self:#?}");
        let value: Value = serde_json::from_str(&self.out).expect("JSON");
        assert!(value.is_object(), "{value}");
        value
    }

    /// It failed at its work and said why on exactly one line of stderr, which is returned.
    pub(crate) fn failed(&self) -> &str {
        self.refused(1)
    }

    /// It was used wrongly and said so on exactly one line of stderr.
    pub(crate) fn misused(&self) -> &str {
        self.refused(2)
    }

    fn refused(&self, status: i32) -> &str {
        assert_eq!(self.status, Some(status), "{self:#?}");
        assert_eq!(self.err.lines().count(), 1, "one line on stderr: {self:#?}");
        assert!(self.err.starts_with("commonweal: "), "{self:#?}");
        self.err.trim_end()
    }
}

/// A folder of one test; it goes when the value does.
pub(crate) struct Folder(commonweal_core::testing::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(commonweal_core::testing::folder().expect("a folder"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The path of a file or folder in it, for a command line.
    pub(crate) fn at(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// Writes a file into it and gives its path.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(&path, content).expect("a file");
        path.display().to_string()
    }
}

/// Where a command finds its data: a folder, and on PostgreSQL a database beside it.
pub(crate) struct Data {
    pub(crate) folder: Folder,
    pub(crate) url: Option<String>,
}

impl Data {
    /// SQLite in a folder.
    pub(crate) fn new() -> Self {
        Self {
            folder: Folder::new(),
            url: None,
        }
    }

    /// Opens the database itself, past the program.
    pub(crate) async fn open(&self) -> Db {
        match &self.url {
            Some(url) => Db::postgres(url).await,
            None => Db::sqlite(&self.data_dir().join("commonweal.db")).await,
        }
        .expect("the database")
    }

    /// The flags that lead a command there.
    pub(crate) fn flags(&self) -> Vec<String> {
        let mut flags = vec!["--data-dir".to_owned(), self.folder.at("data")];
        if let Some(url) = &self.url {
            flags.extend(["--database-url".to_owned(), url.clone()]);
        }
        flags
    }

    /// Runs a command on these data.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let flags = self.flags();
        let all: Vec<&str> = arguments
            .iter()
            .copied()
            .chain(flags.iter().map(String::as_str))
            .collect();
        run(&all)
    }

    /// Runs a command on these data with `--json`, which must end well, and gives its object.
    pub(crate) fn done(&self, arguments: &[&str]) -> Value {
        let all: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        self.run(&all).ok().json()
    }

    /// The data folder.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Every incident there is, over all months and types; 0 where there is none.
    pub(crate) fn incidents(&self) -> u64 {
        self.counted("all")
    }

    /// Incidents of a type, as `hotspots database` counts them.
    pub(crate) fn counted(&self, kind: &str) -> u64 {
        let out = self.folder.at("counted.geojson");
        let ran = self.run(&[
            "hotspots", "database", "--cells", "h3:5", "--type", kind, "--out", &out, "--json",
        ]);
        if ran.status == Some(1) && ran.err.contains("holds no incidents") {
            return 0;
        }
        let told = ran.ok().json();
        told["counted"].as_u64().expect("counted") + told["dropped"].as_u64().expect("dropped")
    }
}

/// Runs a story on SQLite, and on PostgreSQL where there is a server for tests, each with
/// data of its own.
pub(crate) fn on_both(story: impl Fn(&Data) + Send + Sync) {
    story(&Data::new());
    on_postgres(story);
}

/// Runs a story on a PostgreSQL database of its own, where there is a server for tests.
pub(crate) fn on_postgres(story: impl Fn(&Data) + Send + Sync) {
    commonweal_core::testing::story(commonweal_core::db::Engine::Postgres, async |db| {
        let name: Result<String, commonweal_core::DbError> = commonweal_core::read!(&db, |tx| {
            tx.one(
                commonweal_core::sql!("select cast(current_database() as text) as name"),
                Vec::new(),
            )
            .await?
            .get("name")
        })
        .await;
        let server = commonweal_core::testing::server().expect("a server");
        let (server, _) = server.rsplit_once('/').expect("an address with a database");
        let url = format!("{server}/{}", name.expect("the database's name"));
        let data = Data {
            folder: Folder::new(),
            url: Some(url),
        };
        // On a thread of its own, since a story may need a runtime of its own.
        std::thread::scope(|scope| {
            if let Err(panic) = scope.spawn(|| story(&data)).join() {
                std::panic::resume_unwind(panic);
            }
        });
    });
}

/// Waits until something is so; fails, with `what`, when it is not within the time.
pub(crate) fn until(what: &str, seconds: u64, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(
            begun.elapsed() < Duration::from_secs(seconds),
            "not within {seconds} s: {what}"
        );
        pause(20);
    }
}

/// Waits a little: these tests have a thread each and no runtime.
pub(crate) fn pause(milliseconds: u64) {
    #[expect(
        clippy::disallowed_methods,
        reason = "no runtime whose worker it could stop"
    )]
    std::thread::sleep(Duration::from_millis(milliseconds));
}
