//! What a feed holds: services from any of the shapes that feeds come in, taken apart into
//! organisations, locations and services.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::check::Checker;
use crate::directory::model::entry::AREA_CODE;
use crate::directory::model::needs::Needs;
use crate::directory::model::{Body as _, EntryKind, Location, Organisation, Service};
use crate::directory::open_referral::export::REFERRAL;

/// One JSON document of a feed: a file, or an answer of the other directory.
#[derive(Debug, Clone)]
pub struct Document {
    /// What it is called, for messages.
    pub name: String,
    /// Its content.
    pub value: Value,
}

/// Something that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reject {
    /// Its place in the JSON, such as `services.json: contents[3].status`.
    pub path: String,
    /// What is wrong with it.
    pub reason: String,
}

/// An entry as a feed has it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    pub(super) kind: EntryKind,
    pub(super) id: Uuid,
    /// Its content as we store it; a service's also with `assured_date`.
    pub(super) body: Value,
}

/// A feed that was read.
#[derive(Debug, Default)]
pub(super) struct Feed {
    /// Organisations, then locations, then services, each once.
    pub(super) items: Vec<Item>,
    pub(super) rejects: Vec<Reject>,
    pub(super) warnings: Vec<Reject>,
}

/// The services of a document with their places in it: a list in pages, a list, an organisation with
/// services, a service at a location, or one service.
fn services(document: &Document) -> Result<Vec<(String, Value)>, Reject> {
    let name = &document.name;
    let root = format!("{name}: ");
    let listed = |items: &[Value], path: &str| -> Vec<(String, Value)> {
        items
            .iter()
            .enumerate()
            .map(|(number, item)| (format!("{root}{path}[{number}]"), item.clone()))
            .collect()
    };
    match &document.value {
        Value::Array(items) => Ok(listed(items, "$")),
        Value::Object(fields) => {
            if let Some(Value::Array(items)) = fields.get("contents") {
                return Ok(listed(items, "contents")
                    .into_iter()
                    .flat_map(|(path, item)| nested(path, item))
                    .collect());
            }
            Ok(nested(format!("{root}$"), document.value.clone()))
        }
        _ => Err(Reject {
            path: format!("{root}$"),
            reason: "is neither an object nor a list".to_owned(),
        }),
    }
}

/// A service that lies in something else comes out with what it lay in.
fn nested(path: String, value: Value) -> Vec<(String, Value)> {
    let Value::Object(fields) = &value else {
        return vec![(path, value)];
    };
    if let Some(Value::Array(services)) = fields.get("services") {
        let mut organization = fields.clone();
        organization.remove("services");
        return services
            .iter()
            .enumerate()
            .map(|(number, service)| {
                (
                    format!("{path}.services[{number}]"),
                    with(
                        service,
                        "organization",
                        &Value::Object(organization.clone()),
                    ),
                )
            })
            .collect();
    }
    if let (Some(service @ Value::Object(_)), Some(location)) =
        (fields.get("service"), fields.get("location"))
    {
        let mut place = fields.clone();
        place.remove("service");
        place.insert("location".to_owned(), location.clone());
        return vec![(
            format!("{path}.service"),
            with(
                service,
                "service_at_locations",
                &Value::Array(vec![Value::Object(place)]),
            ),
        )];
    }
    vec![(path, value)]
}

fn with(value: &Value, key: &str, part: &Value) -> Value {
    let mut value = value.clone();
    if let Some(fields) = value.as_object_mut() {
        fields.entry(key).or_insert_with(|| part.clone());
    }
    value
}

fn take(fields: &mut Map<String, Value>, key: &str) -> Option<Value> {
    fields.remove(key).filter(|value| !value.is_null())
}

fn id_of(value: &Value) -> Option<Uuid> {
    value.get("id")?.as_str()?.parse().ok()
}

/// Reads documents. Faults are named, all of them, and whoever has any must take nothing in.
pub(super) fn read(needs: &Needs, documents: &[Document]) -> Feed {
    let mut feed = Feed::default();
    let mut all: BTreeMap<(EntryKind, Uuid), Value> = BTreeMap::new();
    let mut order: Vec<(EntryKind, Uuid)> = Vec::new();
    for document in documents {
        let found = match services(document) {
            Ok(found) => found,
            Err(reject) => {
                feed.rejects.push(reject);
                continue;
            }
        };
        for (path, mut value) in found {
            strip(&mut value);
            let mut checker = Checker::new();
            checker.service(&value, &path);
            feed.warnings.extend(checker.warnings);
            if !checker.rejects.is_empty() {
                feed.rejects.extend(checker.rejects);
                continue;
            }
            match apart(needs, value) {
                Ok(items) => {
                    for item in items {
                        let key = (item.kind, item.id);
                        match all.get(&key) {
                            None => {
                                order.push(key);
                                all.insert(key, item.body);
                            }
                            // Lists tell less of a thing than its own page does.
                            Some(known)
                                if known.to_string().len() < item.body.to_string().len() =>
                            {
                                all.insert(key, item.body);
                            }
                            Some(_) => {}
                        }
                    }
                }
                Err(reason) => feed.rejects.push(Reject { path, reason }),
            }
        }
    }
    order.sort_by_key(|(kind, _)| match kind {
        EntryKind::Organisation => 0,
        EntryKind::Location => 1,
        EntryKind::Service => 2,
    });
    feed.items = order
        .into_iter()
        .filter_map(|(kind, id)| {
            Some(Item {
                kind,
                id,
                body: all.remove(&(kind, id))?,
            })
        })
        .collect();
    feed
}

/// Null says as little as nothing at all.
fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

/// Takes a checked service apart.
fn apart(needs: &Needs, value: Value) -> Result<Vec<Item>, String> {
    let broken = |error: &dyn std::fmt::Display| format!("cannot be read: {error}");
    let Value::Object(mut fields) = value else {
        return Err("is not an object".to_owned());
    };
    let mut items = Vec::new();
    let id = fields
        .remove("id")
        .and_then(|id| id.as_str()?.parse::<Uuid>().ok())
        .ok_or("has no id")?;
    if let Some(Value::Object(mut organization)) = take(&mut fields, "organization") {
        let organization_id =
            id_of(&Value::Object(organization.clone())).ok_or("its organisation has no id")?;
        organization.remove("id");
        let body = Organisation::from_json(Value::Object(organization))
            .map_err(|error| broken(&error))?
            .to_json();
        items.push(Item {
            kind: EntryKind::Organisation,
            id: organization_id,
            body,
        });
        fields.insert(
            "organization_id".to_owned(),
            organization_id.to_string().into(),
        );
    }
    if let Some(Value::Array(places)) = fields.get_mut("service_at_locations") {
        for place in places.iter_mut().filter_map(Value::as_object_mut) {
            let Some(Value::Object(mut location)) = take(place, "location") else {
                continue;
            };
            let location_id =
                id_of(&Value::Object(location.clone())).ok_or("a location has no id")?;
            location.remove("id");
            let body = Location::from_json(Value::Object(location))
                .map_err(|error| broken(&error))?
                .to_json();
            items.push(Item {
                kind: EntryKind::Location,
                id: location_id,
                body,
            });
            place.insert("location_id".to_owned(), location_id.to_string().into());
        }
    }
    if let Some(referral) = fields.remove(REFERRAL) {
        fields.insert("referral".to_owned(), referral);
    }
    mark(needs, &mut fields);
    let assured = fields.remove("assured_date");
    // What code means which area only we know: a code of another directory's is not one of ours.
    if let Some(Value::Array(areas)) = fields.get_mut("service_areas") {
        for area in areas.iter_mut().filter_map(Value::as_object_mut) {
            if area.get("extent_type").and_then(Value::as_str) == Some(AREA_CODE)
                && area.get("extent").is_none()
            {
                area.remove("extent_type");
            }
        }
    }
    let mut body = Service::from_json(Value::Object(fields))
        .map_err(|error| broken(&error))?
        .to_json();
    if let (Some(assured), Some(fields)) = (assured, body.as_object_mut()) {
        fields.insert("assured_date".to_owned(), assured);
    }
    items.push(Item {
        kind: EntryKind::Service,
        id,
        body,
    });
    Ok(items)
}

/// Our own terms out of the attributes, and what others' terms and the name surely mean.
fn mark(needs: &Needs, fields: &mut Map<String, Value>) {
    let mut terms: Vec<String> = Vec::new();
    if let Some(Value::Array(attributes)) = fields.get_mut("attributes") {
        attributes.retain(|attribute| {
            let id = attribute
                .pointer("/taxonomy_term/id")
                .or_else(|| attribute.get("taxonomy_term_id"));
            let id = id
                .and_then(Value::as_str)
                .and_then(|id| id.parse::<Uuid>().ok());
            let own = needs.terms.iter().find(|term| Some(term.id) == id);
            if let Some(term) = own {
                terms.push(term.key.clone());
            } else if let Some(name) = attribute
                .pointer("/taxonomy_term/name")
                .and_then(Value::as_str)
            {
                terms.extend(needs.terms_of(name));
            }
            own.is_none()
        });
    }
    if terms.is_empty()
        && let Some(name) = fields.get("name").and_then(Value::as_str)
    {
        terms = needs.terms_of(name);
    }
    terms.sort_unstable();
    terms.dedup();
    if !terms.is_empty() {
        fields.insert("terms".to_owned(), terms.into());
    }
}
