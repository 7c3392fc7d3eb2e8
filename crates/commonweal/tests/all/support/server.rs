//! The program as a server: started on a free port, ended with the test.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use super::browser::Browser;
use super::program::{Data, program, until};

/// A password that is good enough.
pub(crate) const PASSWORD: &str = "kettle-orbit-lantern-19";

/// How long a first start may take on a machine that is busy with other tests.
const START: u64 = 180;

/// A running server. Where it is dropped the process is killed.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    out: Lines,
    err: Lines,
}

/// What a process writes, as it comes.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    fn of(source: impl Read + Send + 'static) -> Self {
        let lines = Self::default();
        let kept = lines.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(source).lines().map_while(Result::ok) {
                kept.0.lock().expect("lines").push(line);
            }
        });
        lines
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().expect("lines").clone()
    }
}

impl Server {
    /// `commonweal serve` on these data.
    pub(crate) fn serve(data: &Data) -> Self {
        Self::serve_with(data, &[])
    }

    /// `commonweal serve` with settings from the environment, such as `COMMONWEAL_SERVER__BEHIND_TLS`.
    pub(crate) fn serve_with(data: &Data, settings: &[(&str, &str)]) -> Self {
        let mut command = program();
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(data.flags())
            .envs(settings.iter().copied());
        Self::start(command)
    }

    /// Starts a command that serves, and waits until it listens.
    pub(crate) fn start(command: Command) -> Self {
        let mut server = Self::spawn(command);
        server.wait_until_listening();
        server
    }

    /// Starts a command without waiting.
    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        let out = Lines::of(child.stdout.take().expect("stdout"));
        let err = Lines::of(child.stderr.take().expect("stderr"));
        Self {
            child,
            port: 0,
            out,
            err,
        }
    }

    /// Waits until the server says where it listens.
    pub(crate) fn wait_until_listening(&mut self) {
        let mut port = None;
        until("the server listens", START, || {
            let lines = self.out.all();
            port = lines.iter().find_map(|line| {
                line.strip_prefix("Listening on ")?
                    .rsplit(':')
                    .next()?
                    .parse()
                    .ok()
            });
            let ended = self.child.try_wait().expect("its state");
            assert!(
                ended.is_none() || port.is_some(),
                "ended: {ended:?} {lines:?} {:?}",
                self.err.all()
            );
            port.is_some()
        });
        self.port = port.expect("a port");
    }

    /// What it has printed so far.
    pub(crate) fn printed(&self) -> Vec<String> {
        self.out.all()
    }

    /// What it has logged so far.
    pub(crate) fn logged(&self) -> Vec<String> {
        self.err.all()
    }

    /// The one-time link for the first administrator, once it is printed.
    pub(crate) fn first_link(&self) -> String {
        let mut link = None;
        until("the first administrator's link is printed", 10, || {
            link = self.printed().iter().find_map(|line| {
                let (_, address) =
                    line.split_once("Make the first administrator here, once: http://localhost:")?;
                address.find('/').map(|at| address[at..].to_owned())
            });
            link.is_some()
        });
        link.expect("a link")
    }

    /// Follows the first administrator's link, and gives the browser in which Ada Test
    /// (ada@example.org) is then signed in.
    #[track_caller]
    pub(crate) fn first_administrator(&self) -> Browser {
        let link = self.first_link();
        let mut browser = self.browser();
        browser.get(&link).is(200);
        let fields = [
            ("partnership", "Testshire"),
            ("name", "Ada Test"),
            ("email", "ada@example.org"),
            ("password", PASSWORD),
            ("password_again", PASSWORD),
        ];
        browser.post(&link, &fields).is(303);
        browser
    }

    /// A browser that knows nothing yet.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.port)
    }

    /// Tells it to stop, as a service manager would.
    pub(crate) fn terminate(&self) {
        signal("TERM", self.child.id());
    }

    /// Ends it in the middle of whatever it does.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    /// Waits for its end and gives its exit status.
    pub(crate) fn ended(mut self) -> Option<i32> {
        let mut status = None;
        until("the server ends", 60, || {
            status = self.child.try_wait().expect("its state");
            status.is_some()
        });
        status.and_then(|status| status.code())
    }

    /// Tells it to stop and waits until it did, well.
    pub(crate) fn stop(self) {
        self.terminate();
        let logged = self.err.clone();
        assert_eq!(self.ended(), Some(0), "{:?}", logged.all());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signal(name: &str, process: u32) {
    let sent = Command::new("sh")
        .args(["-c", &format!("kill -{name} {process}")])
        .status()
        .expect("a shell");
    assert!(sent.success());
}
