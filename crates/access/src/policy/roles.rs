//! Roles and what they grant: facts, shipped in `data/roles.toml`, kept in the database.

use std::collections::BTreeMap;

use commonweal_core::events::{Actor, Event};
use commonweal_core::{Clock, Db, DbError, ReadTx, args, insert, read, sql, write};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{Action, NoSuchAction, Reach};

/// The shipped roles, as they lie in `data/roles.toml`.
pub const SHIPPED: &str = include_str!("../../../../data/roles.toml");

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its key, such as `analyst`.
    pub key: String,
    /// Its name, such as 'Analyst'.
    pub name: String,
    /// What people in it do.
    pub description: String,
    /// The purpose that their work is recorded under unless they state another.
    pub purpose: String,
    /// What it grants.
    pub grants: Vec<(Action, Reach)>,
}

/// What is wrong with a file of roles.
#[derive(Debug, thiserror::Error)]
pub enum BadRoles {
    /// It is not TOML of this shape.
    #[error("the roles cannot be read: {0}")]
    Form(#[from] toml::de::Error),
    /// It grants something unknown.
    #[error("role '{role}': {error}")]
    Action {
        /// The role.
        role: String,
        /// The unknown action.
        error: NoSuchAction,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    role: Vec<RoleInFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleInFile {
    key: String,
    name: String,
    description: String,
    purpose: String,
    grants: BTreeMap<String, Reach>,
}

/// Reads roles from TOML.
///
/// # Errors
/// [`BadRoles`].
pub fn parse(text: &str) -> Result<Vec<Role>, BadRoles> {
    let file: File = toml::from_str(text)?;
    let role = |role: RoleInFile| {
        let mut grants = Vec::new();
        for (action, reach) in role.grants {
            let action = action.parse().map_err(|error| BadRoles::Action {
                role: role.key.clone(),
                error,
            })?;
            grants.push((action, reach));
        }
        grants.sort_unstable();
        Ok(Role {
            key: role.key,
            name: role.name,
            description: role.description,
            purpose: role.purpose,
            grants,
        })
    };
    file.role.into_iter().map(role).collect()
}

/// Brings the shipped roles into the database, as [`load`].
///
/// # Errors
/// As [`load`].
pub async fn load_shipped(db: &Db, clock: &Clock) -> Result<(), DbError> {
    load(db, clock, SHIPPED).await
}

/// Brings a file of roles into the database where they are new or changed; roles that the
/// file does not name are left alone.
///
/// # Errors
/// [`DbError`]; [`DbError::Setup`] where the file is wrong.
pub async fn load(db: &Db, clock: &Clock, text: &str) -> Result<(), DbError> {
    let roles = parse(text).map_err(|error| DbError::Setup(error.to_string()))?;
    let sha256 = hex::encode(Sha256::digest(text.as_bytes()));
    let known = read!(db, |tx| {
        let text = sql!("select count(*) from roles where shipped = $1");
        tx.count(text, args![&sha256]).await
    })
    .await?;
    if usize::try_from(known) == Ok(roles.len()) {
        return Ok(());
    }
    write!(db, clock, &Actor::system("administration"), |tx| {
        for (position, role) in roles.iter().enumerate() {
            tx.run(
                sql!("insert into roles (key, name, description, purpose, position, shipped) values ($1, $2, $3, $4, $5, $6) on conflict (key) do update set name = excluded.name, description = excluded.description, purpose = excluded.purpose, position = excluded.position, shipped = excluded.shipped"),
                args![&role.key, &role.name, &role.description, &role.purpose, i64::try_from(position).unwrap_or(0), &sha256],
            )
            .await?;
            tx.run(sql!("delete from role_grants where role = $1"), args![&role.key]).await?;
            let grants = role.grants.iter().flat_map(|(action, reach)| args![&role.key, action.name(), reach.name()]);
            tx.insert_many(insert!("role_grants", "role, action, reach"), grants.collect()).await?;
        }
        let keys: Vec<&str> = roles.iter().map(|role| role.key.as_str()).collect();
        let subject = uuid::Uuid::nil();
        tx.record(Event::new("roles", subject, "roles.shipped", json!({ "roles": keys, "sha256": sha256 })));
        Ok::<_, DbError>(())
    })
    .await
}

/// All roles with their grants, in their order.
///
/// # Errors
/// [`DbError`].
pub async fn all(tx: &mut ReadTx) -> Result<Vec<Role>, DbError> {
    let mut grants: BTreeMap<String, Vec<(Action, Reach)>> = BTreeMap::new();
    let text = sql!("select role, action, reach from role_grants order by role, action, reach");
    for row in tx.all(text, args![]).await? {
        let action = row.get::<String>("action")?.parse::<Action>().ok();
        let reach = Reach::from_name(&row.get::<String>("reach")?);
        grants
            .entry(row.get("role")?)
            .or_default()
            .extend(action.zip(reach));
    }
    let text = sql!("select key, name, description, purpose from roles order by position, key");
    let rows = tx.all(text, args![]).await?;
    rows.iter()
        .map(|row| {
            let key: String = row.get("key")?;
            let mut own = grants.remove(&key).unwrap_or_default();
            own.sort_unstable();
            Ok(Role {
                name: row.get("name")?,
                description: row.get("description")?,
                purpose: row.get("purpose")?,
                grants: own,
                key,
            })
        })
        .collect()
}
