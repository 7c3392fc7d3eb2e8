//! The server: everything put together, from settings to a graceful end.

mod health;
mod mail;
mod routes;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use chrono::Duration as Time;
use commonweal_access::policy::roles;
use commonweal_access::session::{self, Terms};
use commonweal_access::sign_in::{SignIn, link};
use commonweal_access::web::{App, Settings};
use commonweal_core::jobs::{self, Options as JobOptions, Worker};
use commonweal_core::stop::{self, Stop};
use commonweal_core::{audit, upkeep};
use commonweal_govuk::Colour;
use commonweal_places::Places;
use commonweal_places::cube::Cube;
use commonweal_records::imports::load;
use tokio::net::TcpListener;

use crate::commands::Opened;
use crate::failure::Failure;
use crate::say;

/// How often the cube looks for what became visible: a new report is on the map within 2 s.
const CUBE_EVERY: Duration = Duration::from_secs(1);

/// Who is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A partnership.
    Serve,
    /// A made-up partnership: every page says so.
    Demo,
}

/// Serves until told to stop (Ctrl-C, or the signal that a service manager sends), then
/// finishes what is in hand.
pub(crate) async fn run(opened: Opened, mode: Mode) -> Result<ExitCode, Failure> {
    logs(&opened);
    let listen = opened.config.server.listen;
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        Failure::new(format!("cannot listen on {listen}: {error}. Choose another with --listen, such as 127.0.0.1:0"))
    })?;
    let address = listener.local_addr()?;
    roles::load_shipped(&opened.db, &opened.clock).await?;
    let cube = Arc::new(Cube::new(opened.db.clone()));
    let app = App::new(
        opened.db.clone(),
        opened.clock.clone(),
        settings(&opened, address, mode),
        SignIn::new(),
        routes::navigation(),
    );
    let places = Places { app: app.clone(), cube: Arc::clone(&cube) };
    let (trigger, stop) = stop::channel();
    let background = background(&opened, &cube, &stop).await?;
    let router = routes::router(&app, &places, &opened, &stop);

    say::line(&format!("Listening on http://{address}"));
    if let Some(token) = link::first_run_link(&opened.db, &opened.clock).await? {
        say::line(&format!("Make the first administrator here, once: http://{address}{}", link::path(&token)));
    }
    let make: IntoMakeServiceWithConnectInfo<_, SocketAddr> = router.into_make_service_with_connect_info();
    let mut stopped = stop.clone();
    tokio::spawn(async move {
        asked_to_stop().await;
        tracing::info!("stopping: requests and jobs in hand are finished first");
        trigger.stop();
    });
    axum::serve(listener, make).with_graceful_shutdown(async move { stopped.wait().await }).await?;
    for task in background {
        if tokio::time::timeout(Duration::from_secs(u64::from(opened.config.server.shutdown_seconds)), task).await.is_err() {
            tracing::warn!("background work was not finished in time; another copy, or the next start, takes it up");
        }
    }
    opened.db.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Ctrl-C, or SIGTERM.
async fn asked_to_stop() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}

fn settings(opened: &Opened, address: SocketAddr, mode: Mode) -> Settings {
    let config = &opened.config;
    Settings {
        partnership_name: config.partnership.name.clone(),
        brand: Colour::parse(config.partnership.colour.as_str()).unwrap_or_default(),
        made_up_data: mode == Mode::Demo,
        behind_tls: config.server.behind_tls,
        behind_proxy: config.server.behind_tls,
        address: config.server.public_url.as_ref().map_or_else(|| format!("http://{address}"), |url| url.as_str().to_owned()),
        terms: Terms {
            idle: Time::minutes(i64::from(config.sign_in.idle_minutes)),
            longest: Time::hours(i64::from(config.sign_in.session_hours)),
        },
        ..Settings::default()
    }
}

/// Everything that goes on beside requests; each ends when told to stop.
async fn background(
    opened: &Opened,
    cube: &Arc<Cube>,
    stop: &Stop,
) -> Result<Vec<tokio::task::JoinHandle<()>>, Failure> {
    let (db, clock) = (opened.db.clone(), opened.clock.clone());
    let kinds = [
        commonweal_core::mail::job(mail::deliver(&opened.config)?),
        audit::Sealer::new(&db, &clock, &opened.config.data_dir).job(),
        sweep_imports(),
        sweep_sessions(),
    ];
    let recurring = [("audit.seal", Time::seconds(10)), ("imports.sweep", Time::minutes(5)), ("sessions.sweep", Time::hours(1))];
    upkeep!(&db, &clock, |tx| {
        for (kind, period) in recurring {
            jobs::every(tx, kind, period).await?;
        }
        Ok::<_, commonweal_core::DbError>(())
    })
    .await?;
    let options = JobOptions {
        workers: opened.config.jobs.workers,
        tries: opened.config.jobs.tries,
        grace: Duration::from_secs(u64::from(opened.config.server.shutdown_seconds)),
        seed: u64::from(std::process::id()),
        ..JobOptions::default()
    };
    let worker = Worker::new(&db, &clock, kinds, options);
    let worker_stop = stop.clone();
    let working = tokio::spawn(async move { worker.run(&worker_stop).await });
    let (cube, mut cube_stop) = (Arc::clone(cube), stop.clone());
    let following = tokio::spawn(async move {
        while !cube_stop.requested() {
            if let Err(error) = cube.refresh().await {
                tracing::warn!(%error, "the figures in memory could not be brought up to date");
            }
            cube_stop.sleep(CUBE_EVERY).await;
        }
    });
    Ok(vec![working, following])
}

fn sweep_imports() -> jobs::JobKind {
    jobs::JobKind::new("imports.sweep", "Take away what killed imports left", |context| async move {
        load::sweep(&context.db, &context.clock).await?;
        Ok(())
    })
}

fn sweep_sessions() -> jobs::JobKind {
    jobs::JobKind::new("sessions.sweep", "Forget ended sessions", |context| async move {
        session::sweep(&context.db, &context.clock).await?;
        Ok(())
    })
}

/// Structured logs on stderr, without personal data: paths have none, and values are never logged.
fn logs(opened: &Opened) {
    use commonweal_core::config::LogFormat;
    let filter = tracing_subscriber::EnvFilter::try_new(&opened.config.log.level)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second subscriber in one process (tests) keeps the first.
    let _ = match opened.config.log.format {
        LogFormat::Json => logs.json().try_init(),
        LogFormat::Human => logs.compact().try_init(),
    };
}
