//! `make bench`: measures the program as people run it, in release mode, on this machine.
//!
//! ```text
//! commonweal-bench [--rows N] [--binary PATH] [--keep DIR]
//! commonweal-bench duplicates [--reports N] [--postgres URL] [--rules FILE]
//! commonweal-bench registers [--records N] [--definition KEY] [--postgres URL]
//! ```
//! It makes a street file with a seed (5 million rows unless told), imports it while a second
//! client fills in forms, and then asks for map, ranking and trend with eight clients.

mod client;
mod duplicates;
mod file;
mod measure;
mod registers;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use measure::{Spread, peak_memory_mb, say};

/// Rows of the generated file.
const ROWS: u64 = 5_000_000;
/// Clients that ask at the same time.
const CLIENTS: usize = 8;

struct Arguments {
    rows: u64,
    binary: PathBuf,
    keep: Option<PathBuf>,
}

fn arguments() -> Result<Arguments> {
    let mut found = Arguments {
        rows: ROWS,
        binary: binary_beside_us()?,
        keep: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .with_context(|| format!("{argument} needs a value"))
        };
        match argument.as_str() {
            "--rows" => {
                found.rows = value()?
                    .replace('_', "")
                    .parse()
                    .context("--rows takes a number")?;
            }
            "--binary" => found.binary = value()?.into(),
            "--keep" => found.keep = Some(value()?.into()),
            other => bail!("unknown argument {other}"),
        }
    }
    Ok(found)
}

/// `commonweal` lies beside this program, built by the same profile.
fn binary_beside_us() -> Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("commonweal"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("registers") => return registers::run().await,
        Some("duplicates") => return duplicates::run().await,
        _ => {}
    }
    let arguments = arguments()?;
    if !arguments.binary.exists() {
        bail!(
            "{} is not built: run `make bench`",
            arguments.binary.display()
        );
    }
    let temporary;
    let folder = match &arguments.keep {
        Some(folder) => {
            std::fs::create_dir_all(folder)?;
            folder.clone()
        }
        None => {
            temporary = tempfile::tempdir()?;
            temporary.path().to_owned()
        }
    };
    say(&format!(
        "{} cores, {} rows",
        std::thread::available_parallelism()?,
        arguments.rows
    ));
    let street = folder.join("street.csv");
    if !street.exists() {
        let begun = Instant::now();
        file::write(&street, arguments.rows, 20_261_123)?;
        let size = std::fs::metadata(&street)?.len() / 1_000_000;
        say(&format!(
            "street file: {size} MB, made in {:.1} s",
            begun.elapsed().as_secs_f64()
        ));
    }
    let data = folder.join("data");
    let _ = std::fs::remove_dir_all(&data);

    let server = Server::start(&arguments.binary, &data).await?;
    import(&arguments.binary, &data, &street, arguments.rows, &server).await?;
    again(&arguments.binary, &data, &street)?;
    pages(&server, arguments.rows).await?;
    server.stop();
    Ok(())
}

/// The import, with a second client that sends forms all the while.
async fn import(
    binary: &Path,
    data: &Path,
    street: &Path,
    rows: u64,
    server: &Server,
) -> Result<()> {
    let begun = Instant::now();
    let mut child = Command::new(binary)
        .args(["import", "police-uk", "--json", "--data-dir"])
        .arg(data)
        .arg(street)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut forms = Spread::default();
    let mut memory = 0.0_f64;
    let mut number = 0;
    while child.try_wait()?.is_none() {
        let sent = Instant::now();
        server.client.send_form(number).await?;
        forms.add(sent.elapsed());
        number += 1;
        memory = memory.max(peak_memory_mb(child.id()).unwrap_or(0.0));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let output = child.wait_with_output()?;
    let report: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("the import said no JSON")?;
    if report["rows"].as_u64() != Some(rows) {
        bail!(
            "the import took {} rows of {rows}: {report}",
            report["rows"]
        );
    }
    say(&format!(
        "import: {:.0} rows a second ({seconds:.1} s whole command, SQLite), peak memory {memory:.0} MB",
        rows as f64 / report["seconds"].as_f64().unwrap_or(seconds)
    ));
    say(&format!("forms sent meanwhile: {forms}"));
    Ok(())
}

/// The same file again: nothing may change, and quickly.
fn again(binary: &Path, data: &Path, street: &Path) -> Result<()> {
    let begun = Instant::now();
    let output = Command::new(binary)
        .args(["import", "police-uk", "--json", "--data-dir"])
        .arg(data)
        .arg(street)
        .output()?;
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    if report["unchanged"] != 1 || report["rows"] != 0 {
        bail!("the same file again was not unchanged: {report}");
    }
    say(&format!(
        "the same file again: unchanged, {:.1} s",
        begun.elapsed().as_secs_f64()
    ));
    Ok(())
}

/// Map's data, ranking and trend, filtered and not, by eight clients.
async fn pages(server: &Server, rows: u64) -> Result<()> {
    server.client.wait_for_rows(rows).await?;
    let filters = [
        "",
        "type=all",
        "type=burglary&from=2022-01&to=2022-12",
        "from=2020-01&to=2024-12",
    ];
    for (name, path) in [
        ("map data", "/map/data?resolution=9"),
        ("ranking", "/ranking?"),
        ("trend", "/trend?"),
    ] {
        for filter in filters {
            let address = format!(
                "{path}{}{filter}",
                if path.ends_with('?') { "" } else { "&" }
            );
            let spread = server.client.ask(&address, CLIENTS, 50).await?;
            say(&format!(
                "{name}, {}: {spread}",
                if filter.is_empty() {
                    "as it opens"
                } else {
                    filter
                }
            ));
        }
    }
    Ok(())
}

/// The server under measurement; stopped when dropped.
struct Server {
    child: Child,
    client: client::Client,
}

impl Server {
    async fn start(binary: &Path, data: &Path) -> Result<Self> {
        let mut child = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let client = client::Client::first_administrator(&mut child).await?;
        Ok(Self { child, client })
    }

    fn stop(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}
