//! Our time and answers beside those of the programs that analysts use today, on the same inputs.
//!
//! ```text
//! cargo bench -p hotspot --bench peers -- [NAME…] [--python PATH]
//! ```
//! `bench/hotspots` installs the peers and calls this. Without `--python` only our own times are printed.

mod coverage;
mod gi;
mod kde;
mod knox;
mod peer;
mod scan;

use std::error::Error;

use peer::{Peer, say};

/// What every comparison is.
type Work = fn(&Peer) -> Result<(), Box<dyn Error>>;

const WORKS: &[(&str, Work)] = &[
    ("gi", gi::run),
    ("knox", knox::run),
    ("scan", scan::run),
    ("kde", kde::run),
    ("coverage", coverage::run),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut names = Vec::new();
    let mut python = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bench" => {} // cargo's own
            "--python" => python = Some(arguments.next().ok_or("--python needs a path")?),
            name => names.push(name.to_owned()),
        }
    }
    if let Some(unknown) = names
        .iter()
        .find(|name| WORKS.iter().all(|work| work.0 != name.as_str()))
    {
        return Err(format!("there is no comparison named {unknown}").into());
    }
    let peer = Peer::new(python)?;
    say(&format!(
        "{} threads; load of this machine before: {}",
        rayon::current_num_threads(),
        peer::load()
    ));
    for (name, work) in WORKS {
        if names.is_empty() || names.iter().any(|asked| asked == name) {
            work(&peer)?;
        }
    }
    Ok(())
}
