//! Entries as the standard has them: nested, with our own terms as attributes. What came in with an
//! import goes out again.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::directory::model::needs::Needs;
use crate::directory::model::search::Directory;
use crate::directory::model::{Body as _, Entry, Location, Organisation, Place, Service};

/// Our own additions, by the name that they have in the interface.
pub const REFERRAL: &str = "commonweal_referral";

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// When the entry last changed: what its source says, as long as nobody changed it here.
#[must_use]
pub fn last_modified(entry: &Entry<Service>) -> DateTime<Utc> {
    let told = entry
        .body
        .extra
        .get("last_modified")
        .and_then(Value::as_str);
    told.and_then(|text| text.parse().ok())
        .unwrap_or(entry.head.changed_at)
}

/// Leaves only what is one to one: what lists of the standard hold.
fn without_lists(mut fields: Map<String, Value>) -> Map<String, Value> {
    fields.retain(|_, value| !value.is_array());
    fields
}

fn plain(entry: &Entry<Service>) -> Map<String, Value> {
    let mut fields = object(entry.body.to_json());
    for ours in [
        "terms",
        "audiences",
        "service_at_locations",
        "attributes",
        "referral",
    ] {
        fields.remove(ours);
    }
    fields.insert("id".to_owned(), json!(entry.head.id));
    if let Some(assured) = entry.head.assured_on {
        fields.insert("assured_date".to_owned(), json!(assured));
    }
    if let Some(referral) = &entry.body.referral {
        fields.insert(REFERRAL.to_owned(), json!(referral));
    }
    if !fields.get("last_modified").is_some_and(Value::is_string) {
        let changed = entry
            .head
            .changed_at
            .to_rfc3339_opts(SecondsFormat::Millis, true);
        fields.insert("last_modified".to_owned(), changed.into());
    }
    fields
}

/// An id of something that we do not keep by itself: the same for the same two things.
fn joined(a: Uuid, b: Uuid) -> Uuid {
    Uuid::from_u128(a.as_u128() ^ b.as_u128())
}

/// A term of our taxonomy.
#[must_use]
pub fn own_terms(needs: &Needs) -> Vec<Value> {
    let taxonomy = &needs.taxonomy;
    let term = |term: &crate::directory::model::needs::Term| {
        json!({
            "id": term.id, "name": term.name, "description": term.description,
            "taxonomy": taxonomy.name, "taxonomy_id": taxonomy.id, "term": term.key,
        })
    };
    needs.terms.iter().map(term).collect()
}

fn attributes(needs: &Needs, entry: &Entry<Service>) -> Vec<Value> {
    let own = own_terms(needs);
    let ours = entry.body.terms.iter().filter_map(|key| {
        let place = needs.terms.iter().position(|term| term.key == *key)?;
        let term = needs.terms.get(place)?;
        Some(json!({
            "id": joined(entry.head.id, term.id), "link_id": entry.head.id, "link_type": "service",
            "taxonomy_term_id": term.id, "taxonomy_term": own.get(place)?,
        }))
    });
    entry.body.attributes.iter().cloned().chain(ours).collect()
}

/// An organisation without its services.
#[must_use]
pub fn organization(entry: &Entry<Organisation>) -> Value {
    let mut fields = object(entry.body.to_json());
    fields.insert("id".to_owned(), json!(entry.head.id));
    fields.entry("description").or_insert_with(|| "".into());
    Value::Object(fields)
}

/// An organisation as lists have it.
#[must_use]
pub fn organization_row(entry: &Entry<Organisation>) -> Value {
    Value::Object(without_lists(object(organization(entry))))
}

fn location(entry: &Entry<Location>) -> Value {
    let mut fields = object(entry.body.to_json());
    fields.insert("id".to_owned(), json!(entry.head.id));
    Value::Object(fields)
}

fn place_only(directory: &Directory, place: &Place) -> Option<Value> {
    let found = directory.locations.get(&place.location_id)?;
    let mut fields = object(serde_json::to_value(place).unwrap_or_default());
    fields.remove("location_id");
    fields.insert("location".to_owned(), location(found));
    Some(Value::Object(fields))
}

/// A service with everything that belongs to it.
#[must_use]
pub fn service(needs: &Needs, directory: &Directory, entry: &Entry<Service>) -> Value {
    let mut fields = plain(entry);
    let places: Vec<Value> = entry
        .body
        .service_at_locations
        .iter()
        .filter_map(|place| place_only(directory, place))
        .collect();
    if !places.is_empty() {
        fields.insert("service_at_locations".to_owned(), places.into());
    }
    let attributes = attributes(needs, entry);
    if !attributes.is_empty() {
        fields.insert("attributes".to_owned(), attributes.into());
    }
    if let Some(found) = directory.organisation(&entry.body) {
        fields.insert("organization".to_owned(), organization(found));
    }
    Value::Object(fields)
}

/// A service as lists have it.
#[must_use]
pub fn service_row(directory: &Directory, entry: &Entry<Service>) -> Value {
    let mut fields = without_lists(plain(entry));
    if let Some(found) = directory.organisation(&entry.body) {
        fields.insert("organization".to_owned(), organization_row(found));
    }
    Value::Object(fields)
}

/// An organisation with its services.
#[must_use]
pub fn organization_full(
    needs: &Needs,
    directory: &Directory,
    entry: &Entry<Organisation>,
) -> Value {
    let mut fields = object(organization(entry));
    let own = directory
        .services
        .iter()
        .filter(|service| service.body.organization_id == entry.head.id);
    let services: Vec<Value> = own
        .map(|entry| {
            let mut fields = object(service(needs, directory, entry));
            fields.remove("organization");
            Value::Object(fields)
        })
        .collect();
    fields.insert("services".to_owned(), services.into());
    Value::Object(fields)
}

/// A service at a location, with both; `full` with everything that belongs to them.
#[must_use]
pub fn place(
    needs: &Needs,
    directory: &Directory,
    entry: &Entry<Service>,
    at: &Place,
    full: bool,
) -> Option<Value> {
    let mut fields = object(place_only(directory, at)?);
    if full {
        let mut whole = object(service(needs, directory, entry));
        whole.remove("service_at_locations");
        fields.insert("service".to_owned(), Value::Object(whole));
    } else {
        fields = without_lists(fields);
        if let Some(Value::Object(location)) = fields.remove("location") {
            fields.insert(
                "location".to_owned(),
                Value::Object(without_lists(location)),
            );
        }
        fields.insert("service".to_owned(), service_row(directory, entry));
    }
    Some(Value::Object(fields))
}

/// Every term in use: our own taxonomy, then those that imports brought, each once.
#[must_use]
pub fn terms(needs: &Needs, directory: &Directory) -> Vec<Value> {
    let mut all = own_terms(needs);
    for attribute in directory
        .services
        .iter()
        .flat_map(|entry| &entry.body.attributes)
    {
        if let Some(term) = attribute.get("taxonomy_term")
            && !all.iter().any(|known| known.get("id") == term.get("id"))
        {
            all.push(term.clone());
        }
    }
    all
}
