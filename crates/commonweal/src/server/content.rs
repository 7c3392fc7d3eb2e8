//! Content: what the program ships, what the partnership made of it, and following changes.

use commonweal_access::policy::roles;
use commonweal_core::content::{self, GENERATION, Installed, Kind, Shipped};
use commonweal_core::generations::Follower;
use commonweal_core::stop::Stop;
use commonweal_core::{Clock, Db, DbError, read};
use commonweal_people::directory;
use commonweal_places::place_page::policy as place_pages;

use crate::commands::Opened;
use crate::failure::Failure;

const ROLES: &str = "roles";
const ROLES_FILE: &str = "roles.toml";

/// Every kind of content that can be applied.
pub(crate) fn kinds() -> Vec<Kind> {
    vec![
        Kind::new(ROLES, |_, body| {
            roles::parse(body)
                .map(drop)
                .map_err(|error| error.to_string())
        }),
        place_pages::content_kind(),
        directory::state::content_kind(),
    ]
}

/// What the program ships.
fn shipped() -> Vec<Shipped> {
    let mut shipped = vec![
        Shipped {
            kind: ROLES.to_owned(),
            key: ROLES_FILE.to_owned(),
            body: roles::SHIPPED.to_owned(),
        },
        place_pages::shipped(),
    ];
    shipped.extend(directory::state::shipped());
    shipped
}

/// Takes up what the program ships and puts in force what holds today.
pub(crate) async fn install(opened: &Opened) -> Result<Installed, Failure> {
    let done = content::install(&opened.db, &opened.clock, &shipped()).await?;
    take_up(&opened.db, &opened.clock).await?;
    Ok(done)
}

/// Puts in force what holds today.
pub(crate) async fn take_up(db: &Db, clock: &Clock) -> Result<(), DbError> {
    let today = clock.today();
    let version = read!(db, |tx| content::current(tx, ROLES, ROLES_FILE, today)
        .await)
    .await?;
    match version {
        Some(version) => roles::load(db, clock, &version.body).await,
        None => roles::load(db, clock, roles::SHIPPED).await,
    }
}

/// Takes up what another copy, or the command line, published; within a few seconds.
pub(super) async fn follow(db: Db, clock: Clock, mut stop: Stop) {
    let mut follower = Follower::new(&db, GENERATION);
    while !stop.requested() {
        match follower.changed().await {
            Ok(Some(number)) => match take_up(&db, &clock).await {
                Ok(()) => follower.saw(number),
                Err(error) => tracing::warn!(%error, "new content could not be taken up"),
            },
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "whether content changed is not known"),
        }
        stop.sleep(std::time::Duration::from_secs(3)).await;
    }
}
