//! What `commonweal user add|reset|disable` and the demo do.

use commonweal_core::events::Actor;
use commonweal_core::ids::new_uuid;
use commonweal_core::{Clock, Db, DbError, read, write};
use uuid::Uuid;

use super::store::{self, Account};
use crate::agencies;
use crate::policy::roles;
use crate::session::Token;
use crate::sign_in::SignIn;
use crate::sign_in::link::{self, Reset};
use crate::sign_in::password;

/// Why a command was refused; the text is for the terminal.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The e-mail address is none.
    #[error("'{0}' is not an e-mail address")]
    Email(String),
    /// Nobody has this e-mail address.
    #[error("nobody has the e-mail address '{0}'")]
    Unknown(String),
    /// Somebody has it already.
    #[error("somebody has the e-mail address '{0}' already")]
    Taken(String),
    /// There is no such agency.
    #[error("there is no agency called '{name}'; there are: {known}")]
    Agency {
        /// What was given.
        name: String,
        /// What there is.
        known: String,
    },
    /// There is no such role.
    #[error("there is no role '{name}'; there are: {known}")]
    Role {
        /// What was given.
        name: String,
        /// What there is.
        known: String,
    },
    /// The password is too weak.
    #[error("{0}")]
    Weak(String),
    /// The database refused.
    #[error(transparent)]
    Db(#[from] DbError),
}

fn actor() -> Actor {
    Actor::system("administration")
}

/// Adds an account and gives a one-time link that sets its password.
///
/// # Errors
/// [`CommandError`].
pub async fn add(
    db: &Db,
    clock: &Clock,
    name: &str,
    email: &str,
    agency: &str,
    role_keys: &[String],
) -> Result<(Uuid, Token), CommandError> {
    if !store::is_email(email) {
        return Err(CommandError::Email(email.to_owned()));
    }
    let listed: Result<_, DbError> = read!(db, |tx| Ok((
        agencies::store::all(tx).await?,
        roles::all(tx).await?
    )))
    .await;
    let (known, known_roles) = listed?;
    let Some(found) = known
        .iter()
        .find(|known| known.name.eq_ignore_ascii_case(agency.trim()))
    else {
        let known = known
            .into_iter()
            .map(|agency| agency.name)
            .collect::<Vec<_>>()
            .join(", ");
        return Err(CommandError::Agency {
            name: agency.to_owned(),
            known,
        });
    };
    if let Some(wrong) = role_keys
        .iter()
        .find(|key| !known_roles.iter().any(|role| role.key == **key))
    {
        let known = known_roles
            .iter()
            .map(|role| role.key.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        return Err(CommandError::Role {
            name: wrong.clone(),
            known,
        });
    }
    let account = Account {
        name: name.trim().to_owned(),
        email: email.to_owned(),
        agency: found.id,
        roles: role_keys.to_vec(),
    };
    let id = new_uuid(clock);
    let added = write!(db, clock, &actor(), |tx| {
        store::add(tx, id, &account).await?;
        link::make_reset(tx, id, Reset::Password).await
    })
    .await;
    match added {
        Ok(token) => Ok((id, token)),
        Err(DbError::Duplicate) => Err(CommandError::Taken(email.to_owned())),
        Err(error) => Err(error.into()),
    }
}

/// Gives a one-time link that sets a new password; with [`Reset::Everything`] the second factor and
/// passkeys go as well, at once.
///
/// # Errors
/// [`CommandError`].
pub async fn reset(
    db: &Db,
    clock: &Clock,
    email: &str,
    reset: Reset,
) -> Result<Token, CommandError> {
    let user = known(db, email).await?;
    Ok(
        write!(db, clock, &actor(), |tx| link::make_reset(tx, user, reset)
            .await)
        .await?,
    )
}

/// Disables an account; its sessions end at once.
///
/// # Errors
/// [`CommandError`].
pub async fn disable(db: &Db, clock: &Clock, email: &str) -> Result<(), CommandError> {
    let user = known(db, email).await?;
    write!(db, clock, &actor(), |tx| {
        let now = store::find(tx, user).await?;
        let account = Account {
            name: now.name,
            email: now.email,
            agency: now.agency,
            roles: now.roles,
        };
        store::change(tx, user, now.version, &account, false).await
    })
    .await?;
    Ok(())
}

/// Sets a password that the caller chose, as the demo does for its made-up people.
///
/// # Errors
/// [`CommandError::Weak`] where it is too easy to guess.
pub async fn set_password(
    db: &Db,
    clock: &Clock,
    sign_in: &SignIn,
    user: Uuid,
    text: &str,
) -> Result<(), CommandError> {
    if let Some(why) = password::weakness(text, &[]) {
        return Err(CommandError::Weak(why));
    }
    let hash = sign_in.hash_password(text).await?;
    write!(db, clock, &actor(), |tx| store::set_password(
        tx, user, &hash, None
    )
    .await)
    .await?;
    Ok(())
}

async fn known(db: &Db, email: &str) -> Result<Uuid, CommandError> {
    let found: Result<_, DbError> = read!(db, |tx| store::by_email(tx, email).await).await;
    found?.ok_or_else(|| CommandError::Unknown(email.to_owned()))
}
