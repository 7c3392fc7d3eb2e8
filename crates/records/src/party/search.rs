//! Finding parties: by name and how it sounds, telephone number, e-mail address and reference.

use chrono::{DateTime, Utc};
use commonweal_core::db::Predicate;
use commonweal_core::search::{Asked, Count, Entry, Kind, Question, Source, put};
use commonweal_core::{Db, DbError, ReadTx, Tx, args, read, sql};
use uuid::Uuid;

use super::contact::Means;
use super::model::{Brief, Party, PartyId};
use super::store;

const KIND: &str = "party";
const PARTIES: Kind = Kind {
    kind: KIND,
    from: "parties",
    key: "parties.id",
};

/// Answers at most: whoever needs more should say more.
pub const MOST: u32 = 50;

/// What was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// At most [`MOST`], last changed first.
    pub parties: Vec<Brief>,
    /// How many there are.
    pub count: Count,
}

/// Finds parties that `scope` allows: that of [`Action::SeeParties`] and [`Kind::Party`]. The
/// caller records the read of whoever was found in the access log.
///
/// [`Action::SeeParties`]: commonweal_access::policy::Action::SeeParties
/// [`Kind::Party`]: commonweal_access::policy::Kind::Party
///
/// # Errors
/// [`DbError`].
pub async fn search(
    tx: &mut ReadTx,
    scope: &Predicate,
    text: &str,
) -> Result<Option<Found>, DbError> {
    let Some(question) = Question::read(text) else {
        return Ok(None);
    };
    let asked = Asked {
        question,
        after: None,
        limit: MOST,
    };
    let found = PARTIES.find(tx, scope, &asked).await?;
    let mut parties = Vec::with_capacity(found.hits.len());
    for hit in found.hits {
        let party = store::find(tx, PartyId(hit.subject)).await?;
        parties.push(Brief::of(&party));
    }
    Ok(Some(Found {
        parties,
        count: found.count,
    }))
}

/// Takes a party up, in the transaction that changes it.
pub(super) async fn index(tx: &mut Tx, id: PartyId) -> Result<(), DbError> {
    let party = store::find(tx, id).await?;
    put(tx, &entry(&party, party.changed_at)).await
}

/// Where search gets parties from when it is rebuilt; the program registers it.
#[must_use]
pub fn source() -> Source {
    Source::new(KIND, |db: Db, after: Option<Uuid>| async move {
        read!(&db, |tx| {
            let after = after.unwrap_or(Uuid::nil());
            let rows = tx
                .all(
                    sql!("select id, changed_at from parties where id > $1 order by id limit 500"),
                    args![after],
                )
                .await?;
            let mut entries = Vec::with_capacity(rows.len());
            for row in rows {
                let party = store::find(tx, PartyId(row.get("id")?)).await?;
                entries.push(entry(&party, row.get("changed_at")?));
            }
            Ok::<_, DbError>(entries)
        })
        .await
    })
}

fn entry(party: &Party, at: DateTime<Utc>) -> Entry {
    let details = &party.details;
    let by = |means| {
        let points = party.contacts.iter().map(|contact| &contact.given);
        points
            .filter(move |given| given.means == means)
            .map(|given| given.value.clone())
    };
    let names = [
        &details.given,
        &details.family,
        &details.known_as,
        &details.organisation,
    ];
    Entry {
        subject: party.id.0,
        kind: KIND,
        at,
        names: names
            .into_iter()
            .filter(|name| !name.is_empty())
            .cloned()
            .collect(),
        // E-mail addresses are found as they are written, like references of other systems.
        references: std::iter::once(party.reference.clone())
            .chain(by(Means::Email))
            .collect(),
        telephones: by(Means::Phone).collect(),
        text: by(Means::Post).collect::<Vec<_>>().join(" "),
    }
}
