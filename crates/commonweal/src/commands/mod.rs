//! What each command does.

mod audit;
mod check;
mod content;
mod hotspots;
mod import;
mod intake;
mod open;
mod open_referral;
mod user;

use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::failure::Failure;
use crate::server;

pub(crate) use open::Opened;

/// Runs a command and gives its exit status.
pub(crate) async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    match cli.command {
        Command::Serve(serve) => {
            let mut settings = Vec::new();
            if let Some(listen) = serve.listen {
                settings.push(("server.listen", listen.to_string()));
            }
            let opened = Opened::new(&serve.common, &settings).await?;
            server::run(opened, server::Mode::Serve).await
        }
        Command::Demo(demo) => crate::demo::command::run(&demo).await,
        Command::Check(common) => check::check(&common).await,
        Command::Migrate(common) => check::migrate(&common).await,
        Command::Import(import) => import::run(import).await,
        Command::Hotspots(hotspots) => hotspots::run(&hotspots).await,
        Command::Content(content) => content::run(content).await,
        Command::User(user) => user::run(user).await,
        Command::Audit(crate::cli::Audit::Verify(verify)) => audit::verify(&verify).await,
    }
}
