//! What forms need for questions of the kinds 'person' and 'contact details': finding somebody,
//! adding somebody, and showing who was chosen.

use commonweal_core::db::{Asked, Filter, List, Predicate, Sort};
use commonweal_core::{DbError, ReadTx, Tx, Value, list};

pub use super::contact::{ContactDetails, parse as parse_contact};
pub use super::model::{Brief, NewParty, PartyId};
use super::{search, store};

static BRIEFS: List = List {
    columns: "parties.id",
    from: "parties",
    key: "parties.id",
    filters: &[Filter {
        name: "id",
        sql: "parties.id = ?",
    }],
    sorts: &[Sort {
        name: "name",
        by: "parties.name",
        descending: false,
    }],
};
list!(BRIEFS);

/// Finds people and organisations by name, telephone number, e-mail address or reference, at most
/// [`MOST`](super::search::MOST). `scope` is `viewer.principal.scope(Action::SeeParties,
/// Kind::Party)`; the caller records the read of all that it shows in the access log.
///
/// # Errors
/// [`DbError`].
pub async fn find(tx: &mut ReadTx, scope: &Predicate, text: &str) -> Result<Vec<Brief>, DbError> {
    let found = search::search(tx, scope, text).await?;
    Ok(found.map(|found| found.parties).unwrap_or_default())
}

/// A party that was chosen earlier: none where `scope` does not hold it.
///
/// # Errors
/// [`DbError`].
pub async fn brief(
    tx: &mut ReadTx,
    scope: &Predicate,
    id: PartyId,
) -> Result<Option<Brief>, DbError> {
    let asked = Asked {
        filters: vec![("id".to_owned(), Value::from(id))],
        ..Asked::default()
    };
    if BRIEFS.page(tx, scope, &asked).await?.rows.is_empty() {
        return Ok(None);
    }
    Ok(Some(Brief::of(&store::find(tx, id).await?)))
}

/// Adds a party, under the writer's agency: that of `new`. Whether the writer may is the caller's
/// to ask (`Action::EditParties` of `Resource::party(id, agency)`).
///
/// # Errors
/// [`DbError`].
pub async fn create(tx: &mut Tx, new: &NewParty) -> Result<Brief, DbError> {
    let id = PartyId(commonweal_core::ids::uuid_at(tx.now()));
    store::add(tx, id, new).await
}
