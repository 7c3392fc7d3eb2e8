//! One demo for all tests that only look, made once by this test binary.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::browser::Browser;
use super::program::{program, until};
use super::server::Server;

/// Somebody who sees figures.
pub(crate) const ANALYST: &str = "hana.brightwater@police.example";
/// Somebody who administers the made-up partnership.
pub(crate) const ADMINISTRATOR: &str = "tomasz.fenwick-lisle@council.example";

/// The demo, and how its starts went.
pub(crate) struct Demo {
    pub(crate) server: Server,
    /// Its data folder as it was after the first start: for tests that write, to copy.
    pub(crate) pristine: PathBuf,
    /// What its second start took.
    pub(crate) second_start: Duration,
    /// E-mail address and password for each role, as it printed them.
    pub(crate) people: Vec<(String, String, String)>,
}

static DEMO: OnceLock<Demo> = OnceLock::new();

/// The demo. Its first start is killed while it fills the folder, as happens to people; the next
/// makes everything anew, and a third serves.
pub(crate) fn demo() -> &'static Demo {
    DEMO.get_or_init(|| {
        let folder = commonweal_core::testing::folder().expect("a folder").keep();
        let data = folder.join("demo");
        let killed = Server::spawn(command(&data));
        until("the first start begins to fill", 60, || {
            data.join("made-up").is_dir()
        });
        killed.kill();
        let mark = std::fs::read_to_string(data.join("demo.json")).expect("the mark");
        assert!(
            mark.contains("false"),
            "a killed first start is not complete: {mark}"
        );
        Server::start(command(&data)).stop();
        let pristine = folder.join("pristine");
        copy(&data, &pristine);
        // The shell outlives neither these tests nor their pipe, and takes everything away with it.
        let mut guarded = Command::new("sh");
        let inner = command(&data);
        guarded
            .args([
                "-c",
                "\"$@\" & child=$!; cat >/dev/null; kill -9 $child; wait $child; rm -rf \"$0\"",
            ])
            .arg(&folder)
            .arg(inner.get_program())
            .args(inner.get_args())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::piped());
        let begun = Instant::now();
        let server = Server::start(guarded);
        let second_start = begun.elapsed();
        let people = server
            .printed()
            .iter()
            .filter_map(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                let [role, email, password] = words.as_slice() else {
                    return None;
                };
                let person = (
                    (*role).to_owned(),
                    (*email).to_owned(),
                    (*password).to_owned(),
                );
                email.contains('@').then_some(person)
            })
            .collect();
        Demo {
            server,
            pristine,
            second_start,
            people,
        }
    })
}

/// `commonweal demo` on a folder and a free port.
pub(crate) fn command(data: &std::path::Path) -> Command {
    let mut command = program();
    command
        .args(["demo", "--no-open", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(data);
    command
}

/// Copies a folder whose server has stopped.
pub(crate) fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
        }
    }
}

impl Demo {
    /// The password of everybody in it.
    pub(crate) fn password(&self) -> &str {
        &self.people.first().expect("people").2
    }

    /// A browser in which somebody is signed in.
    pub(crate) fn signed_in(&self, email: &str) -> Browser {
        let mut browser = self.server.browser();
        browser.sign_in(email, self.password());
        browser
    }
}
