//! Entries: read, added, changed, assured, published and archived. Nothing is ever deleted.

use chrono::NaiveDate;
use commonweal_core::events::Event;
use commonweal_core::ids::Reference;
use commonweal_core::{DbError, ReadTx, Row, Tx, args, insert, sql};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::directory::model::search::Directory;
use crate::directory::model::{
    Body, Entry, EntryKind, Head, Location, Organisation, Service, State,
};

/// The subject of the directory's events.
pub const SUBJECT: &str = "directory_entry";

/// An entry that is not there yet; the caller makes its id, so that a form sent twice adds one.
#[derive(Debug, Clone)]
pub struct New<T> {
    /// Its id.
    pub id: Uuid,
    /// Its content.
    pub body: T,
    /// Whether it is shown at once.
    pub state: State,
    /// The agency that keeps it.
    pub agency: Option<Uuid>,
    /// The person who keeps it.
    pub owner: Option<Uuid>,
    /// When a service was last assured, where it comes with that.
    pub assured_on: Option<NaiveDate>,
}

/// What of the content stands in columns and tables of its own.
fn columns<T: Body>(body: &Value) -> (Option<Uuid>, Vec<String>) {
    if T::KIND != EntryKind::Service {
        return (None, Vec::new());
    }
    let organisation = body
        .get("organization_id")
        .and_then(Value::as_str)
        .and_then(|text| text.parse().ok());
    let terms = body
        .get("terms")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let mut terms: Vec<String> = terms.filter_map(Value::as_str).map(str::to_owned).collect();
    terms.sort_unstable();
    terms.dedup();
    (organisation, terms)
}

fn prefix(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Service => "GT",
        EntryKind::Organisation => "GO",
        EntryKind::Location => "GL",
    }
}

/// Adds an entry and gives its reference.
///
/// # Errors
/// [`DbError::Duplicate`] where the id is there already; [`DbError`].
pub async fn add<T: Body>(tx: &mut Tx, new: &New<T>) -> Result<String, DbError> {
    let reference =
        Reference::random(prefix(T::KIND)).map_err(|error| DbError::Setup(error.to_string()))?;
    let reference = reference.as_str().to_owned();
    let body = new.body.to_json();
    let (organisation, terms) = columns::<T>(&body);
    let now = tx.now();
    tx.run(
        sql!(
            "insert into directory_entries (id, kind, reference, name, state, agency, owner, organisation, assured_on, body, created_at, changed_at, version)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, 1)"
        ),
        args![
            new.id,
            T::KIND.name(),
            &reference,
            new.body.name(),
            new.state.name(),
            new.agency,
            new.owner,
            organisation,
            new.assured_on,
            body.clone(),
            now
        ],
    )
    .await?;
    mark(tx, new.id, &terms).await?;
    let mut data = object(body);
    data.insert("kind".to_owned(), T::KIND.name().into());
    data.insert("state".to_owned(), new.state.name().into());
    tx.record(Event::new(
        SUBJECT,
        new.id,
        "directory.added",
        Value::Object(data),
    ));
    Ok(reference)
}

fn object(body: Value) -> Map<String, Value> {
    match body {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

async fn mark(tx: &mut Tx, entry: Uuid, terms: &[String]) -> Result<(), DbError> {
    tx.run(
        sql!("delete from directory_terms where entry = $1"),
        args![entry],
    )
    .await?;
    let rows = terms.iter().flat_map(|term| args![entry, term]).collect();
    tx.insert_many(insert!("directory_terms", "entry, term"), rows)
        .await?;
    Ok(())
}

/// The fields in which two contents differ, with their newer value (null where it is gone).
#[must_use]
pub fn difference(old: &Value, new: &Value) -> Map<String, Value> {
    let (empty, mut changed) = (Map::new(), Map::new());
    let (old, new) = (
        old.as_object().unwrap_or(&empty),
        new.as_object().unwrap_or(&empty),
    );
    for (key, value) in new {
        if old.get(key) != Some(value) {
            changed.insert(key.clone(), value.clone());
        }
    }
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        changed.insert(key.clone(), Value::Null);
    }
    changed
}

/// Changes an entry's content, unless somebody else did since `version`.
///
/// # Errors
/// [`DbError::Stale`]; [`DbError::NotFound`].
pub async fn change<T: Body>(tx: &mut Tx, entry: &Entry<T>, body: &T) -> Result<(), DbError> {
    let stored = find::<T>(tx, entry.head.id).await?;
    let new = body.to_json();
    let (organisation, terms) = columns::<T>(&new);
    let (head, now) = (&entry.head, tx.now());
    tx.run_versioned(
        sql!(
            "update directory_entries set name = $3, agency = $4, owner = $5, organisation = $6, body = $7, changed_at = $8, version = version + 1
             where id = $1 and version = $2"
        ),
        args![head.id, head.version, body.name(), head.agency, head.owner, organisation, new.clone(), now],
    )
    .await?;
    mark(tx, head.id, &terms).await?;
    let mut data = difference(&stored.body.to_json(), &new);
    if stored.head.owner != head.owner {
        data.insert("owner".to_owned(), json!(head.owner));
    }
    if stored.head.agency != head.agency {
        data.insert("agency".to_owned(), json!(head.agency));
    }
    tx.record(Event::new(
        SUBJECT,
        head.id,
        "directory.changed",
        Value::Object(data),
    ));
    Ok(())
}

/// Publishes, withdraws to a draft or archives an entry.
///
/// # Errors
/// [`DbError::Stale`].
pub async fn set_state(tx: &mut Tx, id: Uuid, version: i64, state: State) -> Result<(), DbError> {
    let now = tx.now();
    tx.run_versioned(
        sql!("update directory_entries set state = $3, changed_at = $4, version = version + 1 where id = $1 and version = $2"),
        args![id, version, state.name(), now],
    )
    .await?;
    let kind = match state {
        State::Draft => "directory.withdrawn",
        State::Published => "directory.published",
        State::Archived => "directory.archived",
    };
    tx.record(Event::new(
        SUBJECT,
        id,
        kind,
        json!({ "state": state.name() }),
    ));
    Ok(())
}

/// Notes that somebody has read a service through and found it right.
///
/// # Errors
/// [`DbError::NotFound`] where there is no such service.
pub async fn assure(tx: &mut Tx, id: Uuid, by: Option<Uuid>, on: NaiveDate) -> Result<(), DbError> {
    let done = tx
        .run(
            sql!("update directory_entries set assured_on = $2, assured_by = $3, reminded_at = null, version = version + 1 where id = $1 and kind = 'service'"),
            args![id, on, by],
        )
        .await?;
    if done == 0 {
        return Err(DbError::NotFound);
    }
    tx.record(Event::new(
        SUBJECT,
        id,
        "directory.assured",
        json!({ "assured_date": on }),
    ));
    Ok(())
}

/// An entry of a kind.
///
/// # Errors
/// [`DbError::NotFound`].
pub async fn find<T: Body>(tx: &mut ReadTx, id: Uuid) -> Result<Entry<T>, DbError> {
    let text = sql!(
        "select id, reference, state, agency, owner, assured_on, changed_at, version, body from directory_entries where id = $1 and kind = $2"
    );
    from_row(&tx.one(text, args![id, T::KIND.name()]).await?)
}

/// All entries of a kind that are not archived, by name.
///
/// # Errors
/// [`DbError`].
pub async fn all<T: Body>(tx: &mut ReadTx) -> Result<Vec<Entry<T>>, DbError> {
    let text = sql!(
        "select id, reference, state, agency, owner, assured_on, changed_at, version, body from directory_entries
         where kind = $1 and state <> 'archived' order by lower(name), id"
    );
    tx.all(text, args![T::KIND.name()])
        .await?
        .iter()
        .map(from_row)
        .collect()
}

async fn published_of<T: Body>(tx: &mut ReadTx) -> Result<Vec<Entry<T>>, DbError> {
    let text = sql!(
        "select id, reference, state, agency, owner, assured_on, changed_at, version, body from directory_entries
         where kind = $1 and state = 'published' order by lower(name), id"
    );
    tx.all(text, args![T::KIND.name()])
        .await?
        .iter()
        .map(from_row)
        .collect()
}

/// Everything that everybody may see.
///
/// # Errors
/// [`DbError`].
pub async fn published(tx: &mut ReadTx) -> Result<Directory, DbError> {
    let keyed = |entry: Entry<Location>| (entry.head.id, entry);
    let locations = published_of::<Location>(tx)
        .await?
        .into_iter()
        .map(keyed)
        .collect();
    let keyed = |entry: Entry<Organisation>| (entry.head.id, entry);
    let organisations: std::collections::BTreeMap<_, _> = published_of::<Organisation>(tx)
        .await?
        .into_iter()
        .map(keyed)
        .collect();
    let mut services = published_of::<Service>(tx).await?;
    services.retain(|service| organisations.contains_key(&service.body.organization_id));
    Ok(Directory {
        services,
        organisations,
        locations,
    })
}

fn from_row<T: Body>(row: &Row) -> Result<Entry<T>, DbError> {
    let state: String = row.get("state")?;
    Ok(Entry {
        head: Head {
            id: row.get("id")?,
            reference: row.get("reference")?,
            state: State::from_name(&state).unwrap_or(State::Draft),
            agency: row.get("agency")?,
            owner: row.get("owner")?,
            assured_on: row.get("assured_on")?,
            changed_at: row.get("changed_at")?,
            version: row.get("version")?,
        },
        body: T::from_json(row.get("body")?)?,
    })
}
