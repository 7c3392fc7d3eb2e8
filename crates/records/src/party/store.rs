//! Parties in the database. Every change is one of the whole party: its version goes up, whatever
//! part of it was changed.

use chrono::NaiveDate;
use commonweal_core::events::Event;
use commonweal_core::ids::{Reference, uuid_at};
use commonweal_core::{DbError, ReadTx, Row, Tx, args, sql};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::contact::Means;
use super::model::{
    Age, Brief, Contact, ContactId, Details, NewContact, NewParty, PREFIX, Party, PartyId,
    PartyKind,
};
use super::rules::Rules;
use super::search;

const SUBJECT: &str = "party";

/// Adds a party under an id that the caller made, so that a form sent twice adds one.
///
/// # Errors
/// [`DbError::Duplicate`] where the id is taken; [`DbError::Setup`] without randomness.
pub async fn add(tx: &mut Tx, id: PartyId, new: &NewParty) -> Result<Brief, DbError> {
    let reference = Reference::random(PREFIX)
        .map_err(|_| DbError::Setup("the system gives no random numbers".to_owned()))?;
    let (now, by) = (tx.now(), tx.actor().user);
    let details = &new.details;
    let (born, about, about_on) = age_columns(details.age);
    tx.run(
        sql!("insert into parties (id, reference, kind, agency, name, given_name, family_name, known_as, organisation_name, born, about_age, about_age_on, pronouns, language, interpreter, adjustments, wishes, source, created_at, created_by, changed_at, version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $19, 1)"),
        args![
            id,
            reference.as_str(),
            details.kind.name(),
            new.agency,
            details.name(),
            &details.given,
            &details.family,
            &details.known_as,
            &details.organisation,
            born,
            about,
            about_on,
            &details.pronouns,
            &details.language,
            details.interpreter,
            &details.adjustments,
            as_json(&new.rules)?,
            &details.source,
            now,
            by
        ],
    )
    .await?;
    for (position, contact) in new.contacts.iter().enumerate() {
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        insert_contact(tx, id, ContactId(uuid_at(now)), contact, position).await?;
    }
    tx.record(Event::new(
        SUBJECT,
        id.0,
        "party.added",
        json!({ "details": details, "contacts": new.contacts, "wishes": new.rules, "agency": new.agency }),
    ));
    search::index(tx, id).await?;
    let party = find(tx, id).await?;
    Ok(Brief::of(&party))
}

/// Changes what is known of a party, unless somebody else changed it since `version`.
///
/// # Errors
/// [`DbError::Stale`]; [`DbError::NotFound`].
pub async fn change(
    tx: &mut Tx,
    id: PartyId,
    version: i64,
    details: &Details,
) -> Result<(), DbError> {
    let before = find(tx, id).await?;
    let (born, about, about_on) = age_columns(details.age);
    let now = tx.now();
    tx.run_versioned(
        sql!("update parties set name = $3, given_name = $4, family_name = $5, known_as = $6, organisation_name = $7, born = $8, about_age = $9, about_age_on = $10, pronouns = $11, language = $12, interpreter = $13, adjustments = $14, source = $15, changed_at = $16, version = version + 1 where id = $1 and version = $2"),
        args![
            id,
            version,
            details.name(),
            &details.given,
            &details.family,
            &details.known_as,
            &details.organisation,
            born,
            about,
            about_on,
            &details.pronouns,
            &details.language,
            details.interpreter,
            &details.adjustments,
            &details.source,
            now
        ],
    )
    .await?;
    let after = as_json(details)?;
    let changed = details.differs(&before.details).into_iter();
    let data = changed.map(|name| {
        (
            name.to_owned(),
            after.get(name).cloned().unwrap_or(Json::Null),
        )
    });
    tx.record(Event::new(
        SUBJECT,
        id.0,
        "party.changed",
        Json::Object(data.collect()),
    ));
    search::index(tx, id).await
}

/// Changes the wishes about safe contact, and which points the person agreed to.
///
/// # Errors
/// As [`change`].
pub async fn set_rules(
    tx: &mut Tx,
    id: PartyId,
    version: i64,
    rules: &Rules,
    agreed: &[ContactId],
) -> Result<(), DbError> {
    let now = tx.now();
    tx.run_versioned(
        sql!("update parties set wishes = $3, changed_at = $4, version = version + 1 where id = $1 and version = $2"),
        args![id, version, as_json(rules)?, now],
    )
    .await?;
    for contact in find(tx, id).await?.contacts {
        tx.run(
            sql!("update party_contacts set agreed = $2 where id = $1"),
            args![contact.id, agreed.contains(&contact.id)],
        )
        .await?;
    }
    tx.record(Event::new(
        SUBJECT,
        id.0,
        "party.wishes_changed",
        json!({ "wishes": rules, "agreed": agreed }),
    ));
    Ok(())
}

/// Adds a contact point, or changes the one of this id.
///
/// # Errors
/// As [`change`].
pub async fn put_contact(
    tx: &mut Tx,
    id: PartyId,
    version: i64,
    contact: ContactId,
    given: &NewContact,
) -> Result<(), DbError> {
    bump(tx, id, version).await?;
    let changed = tx
        .run(
            sql!("update party_contacts set means = $3, label = $4, value = $5, home = $6, agreed = $7 where id = $1 and party = $2"),
            args![contact, id, given.means.name(), &given.label, &given.value, given.home, given.agreed],
        )
        .await?;
    if changed == 0 {
        let last = tx
            .count(
                sql!("select coalesce(max(position), 0) from party_contacts where party = $1"),
                args![id],
            )
            .await?;
        insert_contact(tx, id, contact, given, last + 1).await?;
    }
    let kind = if changed == 0 {
        "party.contact_added"
    } else {
        "party.contact_changed"
    };
    tx.record(Event::new(
        SUBJECT,
        id.0,
        kind,
        json!({ "contact": contact, "given": given }),
    ));
    search::index(tx, id).await
}

/// Removes a contact point.
///
/// # Errors
/// As [`change`]; [`DbError::NotFound`] where the party has no such point.
pub async fn remove_contact(
    tx: &mut Tx,
    id: PartyId,
    version: i64,
    contact: ContactId,
) -> Result<(), DbError> {
    bump(tx, id, version).await?;
    let removed = tx
        .run(
            sql!("delete from party_contacts where id = $1 and party = $2"),
            args![contact, id],
        )
        .await?;
    if removed == 0 {
        return Err(DbError::NotFound);
    }
    tx.record(Event::new(
        SUBJECT,
        id.0,
        "party.contact_removed",
        json!({ "contact": contact }),
    ));
    search::index(tx, id).await
}

/// A party by its id. Whether the viewer may see it is the caller's to ask, of
/// [`Resource::party`](commonweal_access::policy::Resource::party).
///
/// # Errors
/// [`DbError::NotFound`].
pub async fn find(tx: &mut ReadTx, id: PartyId) -> Result<Party, DbError> {
    let row = tx
        .one(
            sql!("select parties.id, parties.reference, parties.kind, parties.agency, parties.given_name, parties.family_name, parties.known_as, parties.organisation_name, parties.born, parties.about_age, parties.about_age_on, parties.pronouns, parties.language, parties.interpreter, parties.adjustments, parties.wishes, parties.source, parties.changed_at, parties.version, agencies.name as agency_name from parties join agencies on agencies.id = parties.agency where parties.id = $1"),
            args![id],
        )
        .await?;
    let contacts = tx
        .all(
            sql!("select id, means, label, value, home, agreed from party_contacts where party = $1 order by position, id"),
            args![id],
        )
        .await?;
    let contacts = contacts.iter().map(contact).collect::<Result<_, _>>()?;
    party(&row, contacts)
}

/// A party by its reference, in its normal writing.
///
/// # Errors
/// [`DbError::NotFound`].
pub async fn find_reference(tx: &mut ReadTx, reference: &str) -> Result<Party, DbError> {
    let row = tx
        .one(
            sql!("select id from parties where reference = $1"),
            args![reference],
        )
        .await?;
    find(tx, PartyId(row.get("id")?)).await
}

async fn bump(tx: &mut Tx, id: PartyId, version: i64) -> Result<(), DbError> {
    let now = tx.now();
    tx.run_versioned(
        sql!("update parties set changed_at = $3, version = version + 1 where id = $1 and version = $2"),
        args![id, version, now],
    )
    .await
}

async fn insert_contact(
    tx: &mut Tx,
    party: PartyId,
    id: ContactId,
    given: &NewContact,
    position: i64,
) -> Result<(), DbError> {
    tx.run(
        sql!("insert into party_contacts (id, party, means, label, value, home, agreed, position) values ($1, $2, $3, $4, $5, $6, $7, $8)"),
        args![id, party, given.means.name(), &given.label, &given.value, given.home, given.agreed, position],
    )
    .await?;
    Ok(())
}

type AgeColumns = (Option<NaiveDate>, Option<i64>, Option<NaiveDate>);

fn age_columns(age: Age) -> AgeColumns {
    match age {
        Age::Unknown => (None, None, None),
        Age::Born(born) => (Some(born), None, None),
        Age::About { years, on } => (None, Some(i64::from(years)), Some(on)),
    }
}

fn age((born, years, on): AgeColumns) -> Age {
    let years = years.and_then(|years| u8::try_from(years).ok());
    match (born, years, on) {
        (Some(born), ..) => Age::Born(born),
        (None, Some(years), Some(on)) => Age::About { years, on },
        _ => Age::Unknown,
    }
}

fn as_json(value: &impl serde::Serialize) -> Result<Json, DbError> {
    serde_json::to_value(value).map_err(|error| DbError::Setup(error.to_string()))
}

fn contact(row: &Row) -> Result<Contact, DbError> {
    Ok(Contact {
        id: ContactId(row.get("id")?),
        given: NewContact {
            // A means that this version does not know is one that it cannot use.
            means: Means::from_name(&row.get::<String>("means")?).unwrap_or(Means::Other),
            label: row.get("label")?,
            value: row.get("value")?,
            home: row.get("home")?,
            agreed: row.get("agreed")?,
        },
    })
}

fn party(row: &Row, contacts: Vec<Contact>) -> Result<Party, DbError> {
    let text = |name| {
        row.get::<Option<String>>(name)
            .map(Option::unwrap_or_default)
    };
    let wishes: Json = row.get("wishes")?;
    let kind = PartyKind::from_name(&row.get::<String>("kind")?);
    Ok(Party {
        id: PartyId(row.get::<Uuid>("id")?),
        reference: row.get("reference")?,
        agency: row.get("agency")?,
        agency_name: row.get("agency_name")?,
        details: Details {
            kind: kind.unwrap_or(PartyKind::Person),
            given: text("given_name")?,
            family: text("family_name")?,
            known_as: text("known_as")?,
            organisation: text("organisation_name")?,
            age: age((
                row.get("born")?,
                row.get("about_age")?,
                row.get("about_age_on")?,
            )),
            pronouns: text("pronouns")?,
            language: text("language")?,
            interpreter: row.get("interpreter")?,
            adjustments: text("adjustments")?,
            source: row.get("source")?,
        },
        contacts,
        // Wishes that cannot be read must not pass for none.
        rules: serde_json::from_value(wishes)
            .map_err(|_| DbError::Setup("the wishes of a party cannot be read".to_owned()))?,
        changed_at: row.get("changed_at")?,
        version: row.get("version")?,
    })
}
