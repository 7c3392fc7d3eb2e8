//! Running a peer's script on the inputs that we use, and timing ourselves.

use std::error::Error;
use std::hint::black_box;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::Value;

/// Prints a line.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// The load averages of the machine: figures are worth less where others work on it.
pub(crate) fn load() -> String {
    std::fs::read_to_string("/proc/loadavg").map_or_else(
        |_| "unknown".to_owned(),
        |text| {
            text.split_whitespace()
                .take(3)
                .collect::<Vec<_>>()
                .join(" ")
        },
    )
}

/// The peers' Python, where it is installed, and a folder to exchange numbers in.
pub(crate) struct Peer {
    python: Option<String>,
    folder: PathBuf,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Peer {
    pub(crate) fn new(python: Option<String>) -> Result<Self, Box<dyn Error>> {
        let folder = std::env::temp_dir().join(format!("hotspot-peers-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        if python.is_none() {
            say("no peers (see bench/hotspots): our own times only");
        }
        Ok(Self { python, folder })
    }

    /// Hands numbers to the peer, as little-endian 64-bit floats.
    pub(crate) fn give(
        &self,
        name: &str,
        numbers: impl IntoIterator<Item = f64>,
    ) -> Result<(), Box<dyn Error>> {
        let bytes: Vec<u8> = numbers.into_iter().flat_map(f64::to_le_bytes).collect();
        Ok(std::fs::write(self.folder.join(name), bytes)?)
    }

    /// Takes numbers that the peer has written.
    pub(crate) fn take(&self, name: &str) -> Result<Vec<f64>, Box<dyn Error>> {
        let bytes = std::fs::read(self.folder.join(name))?;
        Ok(bytes
            .chunks_exact(8)
            .map(|chunk| f64::from_le_bytes(chunk.try_into().unwrap_or_default()))
            .collect())
    }

    /// Runs `bench/peers/hotspot/SCRIPT.py FOLDER ARGUMENT…`; the JSON object that it prints last, or
    /// `None` without peers.
    pub(crate) fn run(
        &self,
        script: &str,
        arguments: &[String],
    ) -> Result<Option<Value>, Box<dyn Error>> {
        let Some(python) = &self.python else {
            return Ok(None);
        };
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../bench/peers/hotspot")
            .join(format!("{script}.py"));
        let output = Command::new(python)
            .arg(path)
            .arg(&self.folder)
            .args(arguments)
            .output()?;
        if !output.status.success() {
            return Err(format!(
                "{script}.py failed: {}",
                String::from_utf8_lossy(&output.stderr)
            )
            .into());
        }
        let text = String::from_utf8(output.stdout)?;
        let last = text.lines().last().ok_or("the peer printed nothing")?;
        Ok(Some(serde_json::from_str(last)?))
    }
}

/// The shortest and the median seconds of `runs` runs after one to warm up, and what the last one gave.
pub(crate) fn timed<T>(runs: usize, work: impl Fn() -> T) -> (Times, T) {
    let mut result = black_box(work());
    let mut seconds = Vec::new();
    let before = processor_seconds();
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        result = black_box(work());
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let times = Times {
        processor: (processor_seconds() - before) / runs.max(1) as f64,
        shortest: seconds.first().copied().unwrap_or(f64::NAN),
        median: seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN),
    };
    (times, result)
}

/// Seconds of several runs.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) shortest: f64,
    pub(crate) median: f64,
    /// Processor seconds of one run over all threads: what counts where others use the machine too.
    pub(crate) processor: f64,
}

/// Processor seconds that this process has used, in hundredths.
fn processor_seconds() -> f64 {
    std::fs::read_to_string("/proc/self/stat")
        .ok()
        .and_then(|text| {
            let after = text.rsplit_once(')')?.1;
            let mut fields = after.split_whitespace().skip(11);
            let user: f64 = fields.next()?.parse().ok()?;
            let system: f64 = fields.next()?.parse().ok()?;
            Some((user + system) / 100.0)
        })
        .unwrap_or(f64::NAN)
}

/// Prints our time beside the peer's, and how many times faster we are (median against the peer's best).
pub(crate) fn compare(work: &str, ours: Times, name: &str, peer: Option<&Value>, goal: f64) {
    let mut line = format!(
        "{work}: {:.3} s (shortest {:.3} s, processor {:.2} s)",
        ours.median, ours.shortest, ours.processor
    );
    if let Some(seconds) = peer.and_then(|peer| peer["seconds"].as_f64()) {
        let processor = peer
            .and_then(|peer| peer["processor"].as_f64())
            .unwrap_or(f64::NAN);
        line += &format!(
            "; {name} {seconds:.3} s (processor {processor:.2} s); {:.1} times faster, {:.1} by processor \
             time (asked: {goal})",
            seconds / ours.median,
            processor / ours.processor
        );
    }
    say(&line);
}
