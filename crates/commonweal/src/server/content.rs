//! Content: what the program ships, what the partnership made of it, and following changes.

use std::collections::BTreeSet;
use std::path::Path;

use commonweal_access::policy::roles;
use commonweal_core::content::{self, GENERATION, Installed, Kind, Shipped};
use commonweal_core::generations::Follower;
use commonweal_core::stop::Stop;
use commonweal_core::{Clock, Db, DbError, read};
use commonweal_forms::catalogue::{self, Catalogue};
use commonweal_people::{directory, duplicates, intake, messages, reporting};
use commonweal_places::place_page::policy as place_pages;

use crate::commands::Opened;
use crate::failure::Failure;

const ROLES: &str = "roles";
const ROLES_FILE: &str = "roles.toml";

/// Every kind of content that can be applied; `known` are the roles that definitions may name.
pub(crate) fn kinds(known: &BTreeSet<String>) -> Vec<Kind> {
    let mut kinds = vec![
        Kind::new(ROLES, |_, body| {
            roles::parse(body)
                .map(drop)
                .map_err(|error| error.to_string())
        }),
        place_pages::content_kind(),
        directory::state::content_kind(),
        reporting::content_kind(),
        duplicates::content_kind(),
        intake::content_kind(),
        messages::content_kind(),
    ];
    kinds.extend(catalogue::kinds(known));
    kinds
}

/// The roles that definitions may name: those of the database, those that ship, and those that a
/// folder brings along.
pub(crate) async fn known_roles(
    db: &Db,
    folder: Option<&Path>,
) -> Result<BTreeSet<String>, DbError> {
    let mut known = read!(db, |tx| catalogue::known_roles(tx).await).await?;
    let file = folder.map(|folder| folder.join(ROLES).join(ROLES_FILE));
    let text = file.and_then(|file| std::fs::read_to_string(file).ok());
    let roles = text.and_then(|text| roles::parse(&text).ok());
    known.extend(roles.into_iter().flatten().map(|role| role.key));
    Ok(known)
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
    shipped.extend(catalogue::shipped());
    shipped.extend(directory::state::shipped());
    shipped.extend(reporting::shipped());
    shipped.extend(duplicates::shipped());
    shipped.extend(intake::shipped());
    shipped.extend(messages::shipped());
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
        Some(version) => roles::load(db, clock, &version.body).await?,
        None => roles::load(db, clock, roles::SHIPPED).await?,
    }
    catalogue::take_up(db, clock).await
}

/// Takes up what another copy, or the command line, published, and what begins to hold with a new
/// day; within a few seconds.
pub(super) async fn follow(db: Db, clock: Clock, definitions: Catalogue, mut stop: Stop) {
    let mut follower = Follower::new(&db, GENERATION);
    let mut day = clock.today();
    while !stop.requested() {
        let changed = match follower.changed().await {
            Ok(changed) => changed,
            Err(error) => {
                tracing::warn!(%error, "whether content changed is not known");
                None
            }
        };
        let today = clock.today();
        if changed.is_some() || today != day {
            match all_anew(&db, &clock, &definitions).await {
                Ok(()) => {
                    day = today;
                    changed.into_iter().for_each(|number| follower.saw(number));
                }
                Err(error) => tracing::warn!(%error, "new content could not be taken up"),
            }
        }
        stop.sleep(std::time::Duration::from_secs(3)).await;
    }
}

async fn all_anew(db: &Db, clock: &Clock, definitions: &Catalogue) -> Result<(), DbError> {
    take_up(db, clock).await?;
    definitions.refresh().await
}
