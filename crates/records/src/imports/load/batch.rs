//! Turns incidents into rows for the database, with the dictionaries that they need.
//! No I/O: it runs on the parsing thread, the database gets whole batches.

use std::collections::{BTreeMap, HashMap, HashSet};

use commonweal_core::args;
use commonweal_core::db::Value;
use h3o::LatLng;
use uuid::Uuid;

use crate::Month;
use crate::incidents::{CELL_RESOLUTION, NewIncident, category_key, key_of, source_key};

/// Rows in one transaction: small enough that a resident's report never waits long.
pub(super) const ROWS: usize = 5_000;
/// How many keys are remembered before memory is given back; a key that comes again is
/// offered to the database again, which knows it.
const REMEMBERED: usize = 1_000_000;

/// Rows of one transaction, ready to insert.
#[derive(Debug, Default, Clone)]
pub(super) struct Batch {
    pub(super) sources: Vec<Value>,
    pub(super) categories: Vec<Value>,
    pub(super) outcomes: Vec<Value>,
    pub(super) locations: Vec<Value>,
    pub(super) incidents: Vec<Value>,
    pub(super) rows: usize,
}

/// The key of an outcome by its words.
pub(crate) fn outcome_key(label: &str) -> i64 {
    key_of(&[b"outcome", label.as_bytes()])
}

/// The key of the place that an incident tells.
pub(crate) fn location_key(incident: &NewIncident<'_>) -> i64 {
    let (longitude, latitude) = incident.point.unzip();
    let bits = |value: Option<f64>| value.map_or([0xff; 8], f64::to_le_bytes);
    key_of(&[
        b"location",
        &bits(longitude),
        &bits(latitude),
        incident.place_name.as_bytes(),
        incident.lsoa.unwrap_or_default().as_bytes(),
    ])
}

/// What an import holds of one source and month.
#[derive(Debug, Clone, Default)]
pub struct PartCounts {
    /// Rows in all.
    pub rows: i64,
    /// Rows of anti-social behaviour.
    pub asb_rows: i64,
    /// Rows without a place.
    pub no_place: i64,
    /// Rows whose source key was seen before in this part.
    pub duplicates: i64,
    /// Rows whose category is not one that we know.
    pub unknown_category: i64,
}

/// A part: source key, month, and the key under which its rows are stored.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) key: i64,
    pub(super) source_name: String,
    pub(super) counts: PartCounts,
}

/// Gathers incidents into batches.
pub(super) struct Builder {
    import: Uuid,
    batch: Batch,
    pub(super) parts: BTreeMap<(i64, Month), Part>,
    seen: HashSet<i64>,
    source_keys: HashMap<i64, HashSet<i64>>,
    sources: HashMap<String, i64>,
}

impl Builder {
    pub(super) fn new(import: Uuid) -> Self {
        Self {
            import,
            batch: Batch::default(),
            parts: BTreeMap::new(),
            seen: HashSet::new(),
            source_keys: HashMap::new(),
            sources: HashMap::new(),
        }
    }

    /// Takes one incident; gives a full batch when one is.
    pub(super) fn push(&mut self, incident: &NewIncident<'_>) -> Option<Batch> {
        let source = self.source(incident.source);
        let category = self.category(incident);
        let outcome = incident.outcome.map(|label| {
            let key = outcome_key(label);
            if self.seen.insert(key) {
                self.batch.outcomes.extend(args![key, label]);
            }
            key
        });
        let location = self.location(incident);
        let import = self.import;
        let part = self
            .parts
            .entry((source, incident.month))
            .or_insert_with(|| Part {
                key: key_of(&[
                    b"part",
                    import.as_bytes(),
                    &source.to_le_bytes(),
                    &incident.month.index().to_le_bytes(),
                ]),
                source_name: incident.source.to_owned(),
                counts: PartCounts::default(),
            });
        let counts = &mut part.counts;
        counts.rows += 1;
        counts.asb_rows += i64::from(incident.category.asb);
        counts.no_place += i64::from(incident.point.is_none());
        counts.unknown_category += i64::from(!incident.category.known);
        if let Some(key) = incident.source_key {
            let keys = self.source_keys.entry(part.key).or_default();
            counts.duplicates += i64::from(keys.len() < REMEMBERED && !keys.insert(key_of(&[key])));
        }
        self.batch.incidents.extend(args![
            part.key,
            counts.rows,
            category,
            incident.qualifier.map(crate::incidents::Qualifier::number),
            incident.precision.number(),
            incident.occurred_at,
            location,
            outcome,
            incident.source_key
        ]);
        self.batch.rows += 1;
        (self.batch.rows >= ROWS).then(|| self.take())
    }

    /// What is gathered so far, as a batch.
    pub(super) fn take(&mut self) -> Batch {
        if self.seen.len() > REMEMBERED {
            self.seen.clear();
        }
        std::mem::take(&mut self.batch)
    }

    fn source(&mut self, name: &str) -> i64 {
        if let Some(key) = self.sources.get(name) {
            return *key;
        }
        let key = source_key(name);
        self.sources.insert(name.to_owned(), key);
        self.batch.sources.extend(args![key, name, name]);
        key
    }

    fn category(&mut self, incident: &NewIncident<'_>) -> i64 {
        let category = incident.category;
        let key = category_key(category.code);
        if self.seen.insert(key) {
            self.batch.categories.extend(args![
                key,
                category.code,
                category.label,
                category.asb,
                category.known
            ]);
        }
        key
    }

    fn location(&mut self, incident: &NewIncident<'_>) -> i64 {
        let (longitude, latitude) = incident.point.unzip();
        let key = location_key(incident);
        if self.seen.insert(key) {
            let cell = incident
                .point
                .and_then(|(longitude, latitude)| LatLng::new(latitude, longitude).ok())
                .map(|point| u64::from(point.to_cell(CELL_RESOLUTION)).cast_signed());
            self.batch.locations.extend(args![
                key,
                longitude,
                latitude,
                cell,
                incident.place_name,
                incident.lsoa
            ]);
        }
        key
    }
}
