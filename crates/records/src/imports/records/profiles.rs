//! Profiles, saved with the source for the next file.

use commonweal_core::events::{Actor, Event};
use commonweal_core::ids::new_uuid;
use commonweal_core::{Clock, Db, DbError, Row, args, read, sql, write};
use serde::Serialize;
use uuid::Uuid;

use crate::imports::read::profile::Profile;

/// A saved profile.
#[derive(Debug, Clone, Serialize)]
pub struct Saved {
    /// Its key.
    pub id: Uuid,
    /// Its name: who recorded the incidents.
    pub name: String,
    /// Which column is what.
    pub profile: Profile,
    /// Its version, for [`save`].
    pub version: i64,
}

/// All profiles, by name.
///
/// # Errors
/// [`DbError`].
pub async fn list(db: &Db) -> Result<Vec<Saved>, DbError> {
    read!(db, |tx| {
        let rows = tx
            .all(
                sql!("select id, name, profile, version from import_profiles order by name"),
                args![],
            )
            .await?;
        rows.iter().map(saved).collect()
    })
    .await
}

/// The profile of that name.
///
/// # Errors
/// [`DbError::NotFound`].
pub async fn load(db: &Db, name: &str) -> Result<Saved, DbError> {
    read!(db, |tx| {
        let row = tx
            .one(
                sql!("select id, name, profile, version from import_profiles where name = $1"),
                args![name],
            )
            .await?;
        saved(&row)
    })
    .await
}

fn saved(row: &Row) -> Result<Saved, DbError> {
    let profile = serde_json::from_value(row.get("profile")?).map_err(|error| {
        DbError::Setup(format!("a saved import profile cannot be read: {error}"))
    })?;
    Ok(Saved {
        id: row.get("id")?,
        name: row.get("name")?,
        profile,
        version: row.get("version")?,
    })
}

/// Saves a profile under its name: a new one with `version` none, else the change of the one
/// that was read with that version. Nothing happens where it is the same. Returns its version.
///
/// # Errors
/// [`DbError::Duplicate`] for a new one whose name is taken, [`DbError::Stale`] where somebody
/// changed it meanwhile.
pub async fn save(
    db: &Db,
    clock: &Clock,
    actor: &Actor,
    profile: &Profile,
    version: Option<i64>,
) -> Result<i64, DbError> {
    let json = serde_json::to_value(profile)
        .map_err(|error| DbError::Setup(format!("the import profile cannot be kept: {error}")))?;
    if let Some(version) = version {
        let before = load(db, &profile.name).await?;
        if before.version == version && before.profile == *profile {
            return Ok(version);
        }
    }
    let id = new_uuid(clock);
    write!(db, clock, actor, |tx| {
        let now = tx.now();
        let user = tx.actor().user;
        let (id, version) = match version {
            None => {
                tx.run(
                    sql!(
                        "insert into import_profiles (id, name, profile, version, saved_at, by_user)
                         values ($1, $2, $3, 1, $4, $5)"
                    ),
                    args![id, &profile.name, json.clone(), now, user],
                )
                .await?;
                (id, 1)
            }
            Some(version) => {
                let row = tx
                    .optional(
                        sql!(
                            "update import_profiles set profile = $3, version = version + 1, saved_at = $4, by_user = $5
                             where name = $1 and version = $2 returning id"
                        ),
                        args![&profile.name, version, json.clone(), now, user],
                    )
                    .await?;
                (row.ok_or(DbError::Stale)?.get("id")?, version + 1)
            }
        };
        let data = serde_json::json!({"name": profile.name, "profile": json, "version": version});
        tx.record(Event::new("import_profile", id, "import_profile.saved", data));
        Ok::<_, DbError>(version)
    })
    .await
}
