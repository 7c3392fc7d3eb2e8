//! Accounts in the database.

use commonweal_core::events::Event;
use commonweal_core::{DbError, ReadTx, Tx, args, insert, sql};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::policy::{Action, Reach};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// Its id.
    pub id: Uuid,
    /// The person's name.
    pub name: String,
    /// What they sign in with, in lower case.
    pub email: String,
    /// Their agency.
    pub agency: Uuid,
    /// The agency's name.
    pub agency_name: String,
    /// Keys of their roles, in order.
    pub roles: Vec<String>,
    /// Whether the account is in use.
    pub active: bool,
    /// Whether there is a password.
    pub has_password: bool,
    /// Whether a code of an authenticator app is asked for.
    pub second_factor: bool,
    /// Its version, for edits.
    pub version: i64,
}

/// What an account is made of or changed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The person's name.
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// Their agency.
    pub agency: Uuid,
    /// Keys of their roles.
    pub roles: Vec<String>,
}

/// An e-mail address as it is stored and looked up.
#[must_use]
pub fn plain_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Whether a text looks like an e-mail address: something, an at sign, a domain. Whether it reaches
/// anybody only a message can tell.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.trim().rsplit_once('@') else {
        return false;
    };
    let fine = |part: &str| {
        !part.is_empty()
            && !part.contains(|letter: char| {
                letter.is_whitespace() || letter.is_control() || "<>,;\"".contains(letter)
            })
    };
    text.len() <= 254
        && fine(name)
        && fine(domain)
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
}

/// Adds an account with an id that the caller made, so that a form sent twice adds one.
/// It has no password yet: a one-time link sets it.
///
/// # Errors
/// [`DbError::Duplicate`] where the e-mail address (or id) exists.
pub async fn add(tx: &mut Tx, id: Uuid, account: &Account) -> Result<(), DbError> {
    let now = tx.now();
    tx.run(
        sql!("insert into users (id, name, email, agency, active, created_at, version) values ($1, $2, $3, $4, true, $5, 1)"),
        args![id, &account.name, plain_email(&account.email), account.agency, now],
    )
    .await?;
    give_roles(tx, id, &account.roles).await?;
    tx.record(Event::new(
        "user",
        id,
        "user.added",
        json!({ "name": account.name, "email": plain_email(&account.email), "agency": account.agency, "roles": account.roles }),
    ));
    Ok(())
}

/// Changes an account, unless somebody else did since `version`. A disabled account loses its
/// sessions at once.
///
/// # Errors
/// [`DbError::Stale`]; [`DbError::Duplicate`] where another has the e-mail address;
/// [`DbError::Refused`] where nobody would be left to manage users.
pub async fn change(
    tx: &mut Tx,
    id: Uuid,
    version: i64,
    account: &Account,
    active: bool,
) -> Result<(), DbError> {
    tx.run_versioned(
        sql!("update users set name = $3, email = $4, agency = $5, active = $6, version = version + 1 where id = $1 and version = $2"),
        args![id, version, &account.name, plain_email(&account.email), account.agency, active],
    )
    .await?;
    give_roles(tx, id, &account.roles).await?;
    tx.record(Event::new(
        "user",
        id,
        "user.changed",
        json!({ "name": account.name, "email": plain_email(&account.email), "agency": account.agency, "roles": account.roles, "active": active }),
    ));
    if !active {
        crate::session::end_all(tx, id, None).await?;
    }
    let left = tx
        .count(
            sql!("select count(*) from users join agencies on agencies.id = users.agency join user_roles on user_roles.user_id = users.id join role_grants on role_grants.role = user_roles.role where users.active and agencies.active and role_grants.action = $1 and role_grants.reach = $2"),
            args![Action::ManageUsers.name(), Reach::All.name()],
        )
        .await?;
    if left == 0 {
        return Err(DbError::Refused(
            "nobody would be left to manage users".to_owned(),
        ));
    }
    Ok(())
}

async fn give_roles(tx: &mut Tx, user: Uuid, roles: &[String]) -> Result<(), DbError> {
    tx.run(
        sql!("delete from user_roles where user_id = $1"),
        args![user],
    )
    .await?;
    let rows: Vec<_> = roles.iter().flat_map(|role| args![user, role]).collect();
    if !rows.is_empty() {
        tx.insert_many(
            insert!(
                "user_roles",
                "user_id, role",
                "on conflict (user_id, role) do nothing"
            ),
            rows,
        )
        .await?;
    }
    Ok(())
}

/// Sets a password from its hash, and ends all sessions but the one that did it.
///
/// # Errors
/// [`DbError`].
pub async fn set_password(
    tx: &mut Tx,
    user: Uuid,
    hash: &str,
    session: Option<Uuid>,
) -> Result<(), DbError> {
    let now = tx.now();
    tx.run(
        sql!("update users set password = $2, password_set_at = $3 where id = $1"),
        args![user, hash, now],
    )
    .await?;
    tx.record(Event::new("user", user, "user.password_set", json!({})));
    crate::session::end_all(tx, user, session).await
}

/// One account.
///
/// # Errors
/// [`DbError::NotFound`].
pub async fn find(tx: &mut ReadTx, id: Uuid) -> Result<User, DbError> {
    let row = tx
        .one(
            sql!("select users.id, users.name, users.email, users.agency, agencies.name as agency_name, users.active, users.password is not null as has_password, users.totp_secret is not null as second_factor, users.version from users join agencies on agencies.id = users.agency where users.id = $1"),
            args![id],
        )
        .await?;
    let text = sql!(
        "select user_roles.role from user_roles join roles on roles.key = user_roles.role where user_roles.user_id = $1 order by roles.position, roles.key"
    );
    let roles = tx.all(text, args![id]).await?;
    Ok(User {
        id,
        name: row.get("name")?,
        email: row.get("email")?,
        agency: row.get("agency")?,
        agency_name: row.get("agency_name")?,
        roles: roles
            .iter()
            .map(|row| row.get("role"))
            .collect::<Result<_, _>>()?,
        active: row.get("active")?,
        has_password: row.get("has_password")?,
        second_factor: row.get("second_factor")?,
        version: row.get("version")?,
    })
}

/// The account of an e-mail address.
///
/// # Errors
/// [`DbError`].
pub async fn by_email(tx: &mut ReadTx, email: &str) -> Result<Option<Uuid>, DbError> {
    let row = tx
        .optional(
            sql!("select id from users where email = $1"),
            args![plain_email(email)],
        )
        .await?;
    row.map(|row| row.get("id")).transpose()
}
