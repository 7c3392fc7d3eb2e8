//! The server: everything put together, from settings to a graceful end.

pub(crate) mod content;
mod health;
mod logo;
mod mail;
mod organisation;
mod routes;
#[cfg(test)]
mod tests;
mod texts;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use chrono::Duration as Time;
use commonweal_access::session::{self, Terms};
use commonweal_access::sign_in::link;
use commonweal_access::web::{App, Basemap, Settings};
use commonweal_core::files::Files;
use commonweal_core::jobs::{self, Options as JobOptions, Worker};
use commonweal_core::stop::{self, Stop};
use commonweal_core::{audit, logging, retention, upkeep};
use commonweal_forms::{Catalogue, Forms, register};
use commonweal_govuk::Colour;
use commonweal_people::directory::keeping;
use commonweal_people::intake::files::inbox;
use commonweal_people::marked_images;
use commonweal_people::messages;
use commonweal_people::public_report::{self, PublicReport};
use commonweal_people::reporting::People;
use commonweal_places::Places;
use commonweal_places::cube::Cube;
use commonweal_places::place_page::news;
use commonweal_records::background::Background;
use commonweal_records::imports::pages::Imports;
use commonweal_records::imports::{self, load};
use commonweal_records::{party, searches};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

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
    logging::start(&opened.config.log, std::io::stderr)
        .map_err(|error| Failure::usage(error.to_string()))?;
    // Before anybody is told that we listen: whoever stops us at once is heard, too.
    let signals = Signals::listen()?;
    let listen = opened.config.server.listen;
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        Failure::new(format!(
            "cannot listen on {listen}: {error}. Choose another with --listen, such as 127.0.0.1:0"
        ))
    })?;
    let address = listener.local_addr()?;
    commonweal_access::policy::check().map_err(Failure::new)?;
    content::install(&opened).await?;
    let logo = logo::Logo::read(&opened.config)?;
    let cube = Arc::new(Cube::new(opened.db.clone()));
    // Before the first request: a page must not say that nothing was imported while it is being read.
    cube.refresh().await?;
    let app = App::new(
        opened.db.clone(),
        opened.clock.clone(),
        settings(&opened, address, mode, logo.as_ref()),
        organisation::sign_in(&opened.config)?,
        routes::navigation(),
    );
    let (trigger, stop) = stop::channel();
    let files = Files::local(
        &opened.config.data_dir.join("files"),
        &opened.db,
        &opened.clock,
    )
    .map_err(|error| Failure::new(error.to_string()))?;
    let imports = uploads(&opened, &app, &cube)?;
    let places = Places {
        app: app.clone(),
        cube: Arc::clone(&cube),
    };
    let forms = Forms {
        app: app.clone(),
        catalogue: Catalogue::load(&opened.db, &opened.clock).await?,
        files: files.clone(),
        workflows: commonweal_forms::Workflows::new(public_report::workflows()),
    };
    let definitions = forms.catalogue.clone();
    let worker = worker(&opened, files, &imports, &places, &forms).await?;
    let states = routes::States {
        places,
        public_report: PublicReport::new(
            &People::new(&forms),
            public_report::Limits {
                free: opened.config.reports.free_per_hour,
                most: opened.config.reports.most_per_hour,
            },
        ),
        people: People::new(&forms),
        police: marked_images::Police {
            mail: opened.config.illegal_images.police_mail.clone(),
            contact: opened.config.illegal_images.police_contact.clone(),
        },
        forms,
        imports,
        background: Background::new(&app, worker.kinds()),
        app,
    };
    let mut router = routes::router(&states, &opened, &stop);
    if let Some(logo) = logo {
        router = router.merge(logo.router());
    }
    let background = background(&opened, worker, &cube, definitions, &stop);
    tokio::spawn(search(
        opened.db.clone(),
        opened.clock.clone(),
        states.forms.catalogue.clone(),
    ));

    let shown = shown(address);
    say::line(&format!("Listening on {shown}"));
    if let Some(token) = link::first_run_link(&opened.db, &opened.clock).await? {
        say::line(&format!(
            "Make the first administrator here, once: {shown}{}",
            link::path(&token)
        ));
    }
    let make: IntoMakeServiceWithConnectInfo<_, SocketAddr> =
        router.into_make_service_with_connect_info();
    let mut stopped = stop.clone();
    tokio::spawn(async move {
        signals.come().await;
        tracing::info!("stopping: requests and jobs in hand are finished first");
        trigger.stop();
    });
    axum::serve(listener, make)
        .with_graceful_shutdown(async move { stopped.wait().await })
        .await?;
    for task in background {
        if tokio::time::timeout(
            Duration::from_secs(u64::from(opened.config.server.shutdown_seconds)),
            task,
        )
        .await
        .is_err()
        {
            tracing::warn!(
                "background work was not finished in time; another copy, or the next start, takes it up"
            );
        }
    }
    opened.db.close().await;
    Ok(ExitCode::SUCCESS)
}

/// The address that people on this machine type: passkeys work on `localhost`, not on 127.0.0.1.
fn shown(address: SocketAddr) -> String {
    if address.ip().is_loopback() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

/// Ctrl-C and SIGTERM, listened for from the moment that this is made.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn come(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

fn settings(
    opened: &Opened,
    address: SocketAddr,
    mode: Mode,
    logo: Option<&logo::Logo>,
) -> Settings {
    let config = &opened.config;
    Settings {
        partnership_name: config.partnership.name.clone(),
        brand: Colour::parse(config.partnership.colour.as_str()).unwrap_or_default(),
        logo: logo.map(|logo| logo.address.clone()),
        basemap: config.map.basemap.as_ref().map(|url| Basemap {
            url: url.as_str().to_owned(),
            attribution: config.map.attribution.clone(),
        }),
        made_up_data: mode == Mode::Demo,
        behind_tls: config.server.behind_tls,
        behind_proxy: config.server.behind_tls,
        address: config
            .server
            .public_url
            .as_ref()
            .map_or_else(|| shown(address), |url| url.as_str().to_owned()),
        terms: Terms {
            idle: Time::minutes(i64::from(config.sign_in.idle_minutes)),
            longest: Time::hours(i64::from(config.sign_in.session_hours)),
        },
        ..Settings::default()
    }
}

/// Uploads wait in the data folder until somebody says what they are; what an import makes
/// visible is in the figures at once.
fn uploads(opened: &Opened, app: &App, cube: &Arc<Cube>) -> Result<Imports, Failure> {
    let spool = opened.config.data_dir.join("spool");
    std::fs::create_dir_all(&spool)
        .map_err(|error| Failure::new(format!("{} cannot be made: {error}", spool.display())))?;
    let cube = Arc::clone(cube);
    let after = Arc::new(move || {
        let cube = Arc::clone(&cube);
        tokio::spawn(async move { refresh(&cube).await });
    });
    let mut imports = Imports::new(app.clone(), spool, after);
    imports.limit = u64::from(opened.config.uploads.import_max_megabytes) * 1_000_000;
    Ok(imports)
}

async fn refresh(cube: &Cube) {
    if let Err(error) = cube.refresh().await {
        tracing::warn!(%error, "the figures in memory could not be brought up to date");
    }
}

/// The worker with every kind of job, and the jobs that recur.
async fn worker(
    opened: &Opened,
    files: Files,
    imports: &Imports,
    places: &Places,
    forms: &Forms,
) -> Result<Worker, Failure> {
    let (db, clock, config) = (&opened.db, &opened.clock, &opened.config);
    let kinds = [
        commonweal_core::mail::job(mail::deliver(config)?),
        audit::Sealer::new(db, clock, &config.data_dir).job(),
        files.job(Time::hours(i64::from(config.uploads.orphan_hours))),
        retention::job(&config.retention),
        sweep_imports(imports),
        sweep_sessions(),
        news::job(&routes::place_pages(places, &forms.catalogue)),
        searches::job(config.retention.searches_hours),
        public_report::job(),
        commonweal_people::reporting::alert_job(&places.app.settings.address),
    ];
    let recurring = [
        ("audit.seal", Time::seconds(10)),
        ("files.sweep", Time::hours(1)),
        (commonweal_forms::filling::UPKEEP, Time::hours(1)),
        (commonweal_forms::offline::UPKEEP, Time::days(1)),
        ("house.retention", Time::days(1)),
        ("imports.sweep", Time::minutes(5)),
        (messages::DELIVER, messages::EVERY),
        (news::JOB, news::EVERY),
        (public_report::SWEEP, Time::hours(1)),
        ("searches.sweep", Time::hours(1)),
        ("sessions.sweep", Time::hours(1)),
    ];
    upkeep!(db, clock, |tx| {
        let registers = register::RECURRING
            .iter()
            .map(|(kind, hours)| (*kind, Time::hours(*hours)));
        for (kind, period) in recurring
            .into_iter()
            .chain(keeping::recurring())
            .chain(inbox::recurring())
            .chain(registers)
            .chain([(commonweal_forms::filling::UPKEEP, Time::hours(1))])
        {
            jobs::every(tx, kind, period).await?;
        }
        Ok::<_, commonweal_core::DbError>(())
    })
    .await?;
    let options = JobOptions {
        workers: config.jobs.workers,
        tries: config.jobs.tries,
        grace: Duration::from_secs(u64::from(config.server.shutdown_seconds)),
        seed: u64::from(std::process::id()),
        ..JobOptions::default()
    };
    let kinds = kinds
        .into_iter()
        .chain(commonweal_forms::jobs(forms))
        .chain(register::jobs(forms))
        .chain(messages::jobs(&forms.app, texts::deliver(config, clock)?))
        .chain(keeping::jobs(&places.app.settings.address))
        .chain([inbox::job(&config.data_dir)]);
    Ok(Worker::new(db, clock, kinds, options))
}

/// Everything that goes on beside requests; each ends when told to stop.
fn background(
    opened: &Opened,
    worker: Worker,
    cube: &Arc<Cube>,
    definitions: Catalogue,
    stop: &Stop,
) -> Vec<tokio::task::JoinHandle<()>> {
    let worker_stop = stop.clone();
    let working = tokio::spawn(async move { worker.run(&worker_stop).await });
    let (cube, mut cube_stop) = (Arc::clone(cube), stop.clone());
    let following = tokio::spawn(async move {
        while !cube_stop.requested() {
            refresh(&cube).await;
            cube_stop.sleep(CUBE_EVERY).await;
        }
    });
    let followed = tokio::spawn(content::follow(
        opened.db.clone(),
        opened.clock.clone(),
        definitions,
        stop.clone(),
    ));
    vec![working, following, followed]
}

/// Takes up what can be searched for, where search is new or of another form.
async fn search(db: commonweal_core::Db, clock: commonweal_core::Clock, definitions: Catalogue) {
    let mut sources = vec![party::search::source()];
    sources.extend(register::search_sources(&definitions));
    match commonweal_core::search::rebuild_if_new(&db, &clock, &sources).await {
        Ok(0) => {}
        Ok(entries) => tracing::info!(entries, "search was made anew"),
        Err(error) => tracing::error!(%error, "search could not be made anew"),
    }
}

fn sweep_imports(imports: &Imports) -> jobs::JobKind {
    let imports = imports.clone();
    jobs::JobKind::new(
        "imports.sweep",
        "Take away what killed imports and forgotten uploads left",
        move |context| {
            let imports = imports.clone();
            async move {
                load::sweep(&context.db, &context.clock).await?;
                imports::pages::sweep_uploads(&imports)
                    .await
                    .map_err(|error| jobs::JobError::Again(error.to_string()))?;
                Ok(())
            }
        },
    )
}

fn sweep_sessions() -> jobs::JobKind {
    jobs::JobKind::new(
        "sessions.sweep",
        "Forget ended sessions",
        |context| async move {
            session::sweep(&context.db, &context.clock).await?;
            Ok(())
        },
    )
}
