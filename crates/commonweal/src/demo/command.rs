//! `commonweal demo`: a made-up partnership, ready to be clicked through. Starting again is
//! instant and keeps what was done.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use serde::{Deserialize, Serialize};

use super::fill::{self, PASSWORD};
use super::{Partnership, SEED, last_full_month};
use crate::cli::{Common, Demo};
use crate::commands::Opened;
use crate::failure::Failure;
use crate::say;
use crate::server::{self, Mode};

/// Says that a folder holds a demo, and whether its data are all there.
const MARK: &str = "demo.json";

#[derive(Debug, Serialize, Deserialize)]
struct Mark {
    seed: u64,
    /// False while the data are being made: a demo that was killed then is made anew.
    complete: bool,
}

/// Makes the data where they are not there, says how to sign in, and serves.
pub(crate) async fn run(demo: &Demo) -> Result<ExitCode, Failure> {
    let folder = &demo.data_dir;
    let complete = prepare(folder)?;
    let common = Common {
        data_dir: Some(folder.clone()),
        database_url: None,
        json: false,
    };
    let failed = |error: anyhow::Error| {
        Failure::new(format!(
            "the made-up partnership could not be made: {error:#}"
        ))
    };
    let clock = commonweal_core::Clock::System;
    let partnership =
        Partnership::generate(SEED, last_full_month(clock.today())).map_err(failed)?;
    let settings = [
        ("server.listen", demo.listen.to_string()),
        ("partnership.name", partnership.name.clone()),
        ("partnership.colour", partnership.colour.clone()),
    ];
    let opened = Opened::new(&common, &settings).await?;
    if !complete {
        say::to_stderr("Making up a partnership (once; a few seconds)…");
        fill::fill(&opened, &partnership).await.map_err(failed)?;
        write_mark(folder, true)?;
    }
    say::line(&format!(
        "{}: {}",
        partnership.short_name, partnership.notice
    ));
    say::line("Sign in as any of these (role, e-mail address, password):");
    for user in &partnership.users {
        say::line(&format!(
            "  {:<26}  {:<40}  {PASSWORD}",
            user.role, user.email
        ));
    }
    if !demo.no_open {
        open_browser(demo.listen);
    }
    server::run(opened, Mode::Demo).await
}

/// Whether the folder holds a whole demo. What a killed start left is taken away; a folder
/// that is not a demo's is never touched.
fn prepare(folder: &Path) -> Result<bool, Failure> {
    let at = |error: std::io::Error| Failure::new(format!("{}: {error}", folder.display()));
    match fs::read_to_string(folder.join(MARK)) {
        Ok(text) => {
            let mark: Option<Mark> = serde_json::from_str(&text).ok();
            if mark.is_some_and(|mark| mark.complete && mark.seed == SEED) {
                return Ok(true);
            }
            fs::remove_dir_all(folder).map_err(at)?;
        }
        Err(_) if folder.exists() && fs::read_dir(folder).map_err(at)?.next().is_some() => {
            return Err(Failure::new(format!(
                "{} holds something that is not a demo: choose another folder with --data-dir",
                folder.display()
            )));
        }
        Err(_) => {}
    }
    fs::create_dir_all(folder).map_err(at)?;
    write_mark(folder, false)?;
    Ok(false)
}

fn write_mark(folder: &Path, complete: bool) -> Result<(), Failure> {
    let text = serde_json::to_string(&Mark {
        seed: SEED,
        complete,
    })
    .map_err(|error| Failure::new(error.to_string()))?;
    fs::write(folder.join(MARK), text)
        .map_err(|error| Failure::new(format!("{}: {error}", folder.display())))
}

/// Opens the page where there is a desktop to open it on; elsewhere the printed address does.
fn open_browser(listen: std::net::SocketAddr) {
    if listen.port() == 0 {
        return;
    }
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let address = format!("http://{listen}/");
    tokio::spawn(async move {
        // The server needs a moment to listen.
        tokio::time::sleep(std::time::Duration::from_millis(600)).await;
        let _ = Command::new(opener)
            .arg(address)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
    });
}
