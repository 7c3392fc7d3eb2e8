//! The binary: command line, router, demo.

mod cli;
mod commands;
mod demo;
mod failure;
mod say;
mod server;

use std::process::ExitCode;

use clap::Parser as _;

/// Two worker threads at least: one may be busy drawing a map while a resident's report waits.
fn main() -> ExitCode {
    let arguments = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return failure::Failure::new(format!("the machine gives no threads: {error}"))
                .report();
        }
    };
    let done = runtime.block_on(commands::run(arguments));
    // Threads that read files may be in the middle of one; their import is swept if need be.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    match done {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}
