//! Who may see and do what: Cedar policies over facts (roles, grants, agencies), and the same
//! as SQL for lists and counts.
//!
//! A person's [`Principal`] is read from the database at each request, so that a disabled account
//! or a changed role counts at once. Refused is everything that no policy permits.

mod action;
mod engine;
mod record;
mod resource;
pub mod roles;
mod scope;

pub use action::{Action, NoSuchAction, Reach};
pub use engine::{check, may};
pub use record::RecordAct;
pub use resource::{Kind, Resource};
pub use scope::Scope;

use commonweal_core::{DbError, ReadTx, args, sql};
use uuid::Uuid;

/// The facts about a person that the policies read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The user.
    pub user: Uuid,
    /// The user's agency.
    pub agency: Uuid,
    /// Whether the account is in use and the agency in the partnership.
    pub active: bool,
    /// What the user's roles grant.
    pub grants: Vec<(Action, Reach)>,
    /// What definitions of forms and registers grant to the user's roles.
    pub definition_grants: Vec<(String, RecordAct, Reach)>,
}

impl Principal {
    /// Reads the facts about a user; none where there is no such user.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn load(tx: &mut ReadTx, user: Uuid) -> Result<Option<Self>, DbError> {
        let found = tx
            .optional(
                sql!("select users.agency, users.active, agencies.active as agency_active from users join agencies on agencies.id = users.agency where users.id = $1"),
                args![user],
            )
            .await?;
        let Some(row) = found else { return Ok(None) };
        let rows = tx
            .all(
                sql!("select distinct role_grants.action, role_grants.reach from user_roles join role_grants on role_grants.role = user_roles.role where user_roles.user_id = $1 order by role_grants.action, role_grants.reach"),
                args![user],
            )
            .await?;
        let mut grants = Vec::with_capacity(rows.len());
        for grant in rows {
            // A name that this version does not know (written by a newer node) grants nothing here.
            let action = grant.get::<String>("action")?.parse::<Action>().ok();
            let reach = Reach::from_name(&grant.get::<String>("reach")?);
            grants.extend(action.zip(reach));
        }
        let rows = tx
            .all(
                sql!("select distinct definition_grants.definition, definition_grants.act, definition_grants.reach from user_roles join definition_grants on definition_grants.role = user_roles.role where user_roles.user_id = $1 order by definition_grants.definition, definition_grants.act, definition_grants.reach"),
                args![user],
            )
            .await?;
        let mut definition_grants = Vec::with_capacity(rows.len());
        for grant in rows {
            let act = RecordAct::from_name(&grant.get::<String>("act")?);
            let reach = Reach::from_name(&grant.get::<String>("reach")?);
            if let (Some(act), Some(reach)) = (act, reach) {
                definition_grants.push((grant.get("definition")?, act, reach));
            }
        }
        Ok(Some(Self {
            user,
            agency: row.get("agency")?,
            active: row.get::<bool>("active")? && row.get::<bool>("agency_active")?,
            grants,
            definition_grants,
        }))
    }

    /// Whether the person may do this to this resource.
    #[must_use]
    pub fn may(&self, action: Action, resource: &Resource) -> bool {
        may(self, action, resource)
    }

    /// Whether the person may open pages for this action at all.
    #[must_use]
    pub fn may_enter(&self, action: Action) -> bool {
        may(self, action, &Resource::door())
    }

    /// What of a kind the person may do this to, as a condition for lists and counts.
    #[must_use]
    pub fn scope(&self, action: Action, kind: Kind) -> commonweal_core::db::Predicate {
        Scope::of(self, action, kind)
    }
}

#[cfg(test)]
mod tests;
