//! Saved views: filters and order of a list under a name, one's own or shared with one's agency.

use commonweal_core::events::Event;
use commonweal_core::ids::uuid_at;
use commonweal_core::{DbError, ReadTx, Tx, args, sql};
use serde_json::json;
use uuid::Uuid;

/// A saved view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What is asked, as the query of an address; may hold personal words, so it is in no address.
    pub query: String,
    /// Whose it is.
    pub user: Uuid,
    /// The agency that it is shared with.
    pub agency: Option<Uuid>,
}

/// The views of a definition that a user sees: the user's own, and those shared with the agency.
///
/// # Errors
/// [`DbError`].
pub async fn all(
    tx: &mut ReadTx,
    definition: &str,
    user: Uuid,
    agency: Uuid,
) -> Result<Vec<View>, DbError> {
    let rows = tx
        .all(
            sql!(
                "select id, name, query, user_id, agency from form_views
                 where definition = $1 and (user_id = $2 or agency = $3) order by lower(name), id"
            ),
            args![definition, user, agency],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(View {
                id: row.get("id")?,
                name: row.get("name")?,
                query: row.get("query")?,
                user: row.get("user_id")?,
                agency: row.get("agency")?,
            })
        })
        .collect()
}

/// Saves a view; the same name again replaces the user's view of that name.
///
/// # Errors
/// [`DbError`].
pub async fn save(
    tx: &mut Tx,
    definition: &str,
    user: Uuid,
    name: &str,
    query: &str,
    agency: Option<Uuid>,
) -> Result<Uuid, DbError> {
    let now = tx.now();
    let known = tx
        .optional(
            sql!("select id from form_views where definition = $1 and user_id = $2 and lower(name) = lower($3)"),
            args![definition, user, name],
        )
        .await?;
    let id = match known {
        Some(row) => {
            let id: Uuid = row.get("id")?;
            tx.run(
                sql!("update form_views set name = $2, query = $3, agency = $4, version = version + 1 where id = $1"),
                args![id, name, query, agency],
            )
            .await?;
            id
        }
        None => {
            let id = uuid_at(now);
            tx.run(
                sql!(
                    "insert into form_views (id, definition, name, query, user_id, agency, created_at, version)
                     values ($1, $2, $3, $4, $5, $6, $7, 1)"
                ),
                args![id, definition, name, query, user, agency, now],
            )
            .await?;
            id
        }
    };
    tx.record(Event::new(
        "form_view",
        id,
        "form_view.saved",
        json!({ "definition": definition, "shared": agency.is_some() }),
    ));
    Ok(id)
}

/// Removes a view of the user's own.
///
/// # Errors
/// [`DbError::NotFound`] where the user has none of this id.
pub async fn remove(tx: &mut Tx, id: Uuid, user: Uuid) -> Result<(), DbError> {
    let gone = tx
        .run(
            sql!("delete from form_views where id = $1 and user_id = $2"),
            args![id, user],
        )
        .await?;
    if gone == 0 {
        return Err(DbError::NotFound);
    }
    tx.record(Event::new("form_view", id, "form_view.removed", json!({})));
    Ok(())
}
