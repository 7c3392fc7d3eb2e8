//! The features of a collection.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use commonweal_access::policy::Action;
use commonweal_access::web::{PageError, Path, Query, Viewer};
use geo::{BoundingRect as _, Intersects as _, LineString, MultiPolygon, Polygon, Rect, coord};
use serde_json::{Map, Value, json};

use super::asked::{COUNT, COUNTS, Format, ITEMS, PLAIN, Parameters};
use super::collections::{Collection, find};
use super::pages::{Sheet, answer, base, link};
use crate::Places;
use crate::cube::{Filter, Kind, Snapshot};
use crate::map::shapes::{cell_geometry, cell_ring, geometry};
use crate::map::{clear, missing_months, names};
use crate::ranking::{code, population};
use crate::view::{Asked, encode};

type Pairs = Vec<(String, String)>;

/// A collection with what of it was asked for.
struct Chosen {
    snapshot: Arc<Snapshot>,
    collection: Collection,
    filter: Filter,
    counts: Vec<u32>,
    /// Positions of the features.
    slots: Vec<usize>,
}

/// The collection of an id, and what of it the viewer may see and asked for.
async fn choose(
    places: &Places,
    viewer: &Viewer,
    id: &str,
    asked: &Parameters,
) -> Result<Chosen, PageError> {
    let wanted = Asked {
        kind: asked.kind.clone(),
        qualifier: asked.qualifier.clone(),
        source: asked.source.clone(),
        ..Asked::default()
    };
    let (snapshot, mut view) = places.view(viewer, Action::SeeIncidents, &wanted).await?;
    clear(&view)?;
    let collection = find(&snapshot, id).ok_or(PageError::NotFound)?;
    let mut filter = view.filter.clone();
    let mut none = false;
    if let Some((first, last)) = snapshot.period() {
        if let (true, Some((from, to))) = (collection.counts, asked.datetime) {
            filter.from = from.map_or(first, |from| from.max(first));
            filter.to = to.map_or(last, |to| to.min(last));
            none = filter.from > filter.to;
        }
        if !collection.counts {
            // Which cells there are does not depend on a period or type.
            (filter.from, filter.to, filter.kind) = (first, last, Kind::All);
        }
    }
    view.by = collection.by.clone();
    let counts = snapshot.count(&view.by, &filter).of;
    let cells = collection.cells(&snapshot).is_some();
    let mut slots: Vec<usize> = (0..counts.len())
        .filter(|slot| !none && (!cells || counts[*slot] > 0))
        .collect();
    if let Some(bbox) = asked.bbox {
        let boxes = boxes(bbox);
        slots.retain(|slot| {
            boxes
                .iter()
                .any(|area| touches(&snapshot, &collection, *slot, area))
        });
    }
    Ok(Chosen {
        snapshot,
        collection,
        filter,
        counts,
        slots,
    })
}

/// The box, or two of them where it lies across the date line.
fn boxes([west, south, east, north]: [f64; 4]) -> Vec<Rect<f64>> {
    let area = |west, east| Rect::new(coord! { x: west, y: south }, coord! { x: east, y: north });
    if west <= east {
        vec![area(west, east)]
    } else {
        vec![area(west, 180.0), area(-180.0, east)]
    }
}

fn touches(snapshot: &Snapshot, collection: &Collection, slot: usize, area: &Rect<f64>) -> bool {
    let near = |shape: &MultiPolygon<f64>| {
        shape
            .bounding_rect()
            .is_some_and(|around| around.intersects(area))
            && shape.intersects(area)
    };
    if let Some(cells) = collection.cells(snapshot) {
        let ring: Option<LineString<f64>> =
            cells.cells.get(slot).map(|cell| cell_ring(*cell).into());
        return ring.is_some_and(|ring| near(&MultiPolygon(vec![Polygon::new(ring, vec![])])));
    }
    let crate::cube::By::Area(slug) = &collection.by else {
        return false;
    };
    snapshot
        .areas
        .get(slug)
        .and_then(|set| set.areas.get(slot))
        .is_some_and(|area| near(&area.geometry))
}

impl Chosen {
    /// The properties of some features, in order.
    fn properties(&self, slots: &[usize]) -> Vec<Map<String, Value>> {
        let names = names(&self.snapshot, &self.collection.by, slots);
        // A month that no source tells of is missing from the count, and the count says so.
        let missing = missing_months(&self.snapshot, &self.filter).len();
        let one = |(slot, name): (&usize, String)| {
            let population = population(&self.snapshot, &self.collection.by, *slot);
            let code = code(&self.snapshot, &self.collection.by, *slot);
            let mut properties = Map::new();
            let mut put = |name: &str, value: Value| {
                properties.insert(name.to_owned(), value);
            };
            put("code", code.into());
            put("name", name.into());
            put("population", population.into());
            if self.collection.counts {
                let count = self.counts[*slot];
                put("count", count.into());
                put(
                    "rate_per_1000",
                    population
                        .map(|residents| f64::from(count) * 1_000.0 / residents)
                        .into(),
                );
                put("from", self.filter.from.first_day().to_string().into());
                put("to", self.filter.to.last_day().to_string().into());
                put("type", kind(&self.filter.kind).into());
                put("months_missing", missing.into());
            } else if let crate::cube::By::Area(slug) = &self.collection.by
                && let Some(set) = self.snapshot.areas.get(slug)
            {
                put(
                    "deprivation_decile",
                    set.deprivation.get(*slot).copied().flatten().into(),
                );
                put("kind", set.kind.as_str().into());
                put("vintage", set.vintage.as_str().into());
            }
            properties
        };
        slots.iter().zip(names).map(one).collect()
    }

    fn shape(&self, slot: usize) -> String {
        if let Some(cells) = self.collection.cells(&self.snapshot) {
            return cells
                .cells
                .get(slot)
                .map_or_else(|| "null".to_owned(), |cell| cell_geometry(*cell));
        }
        let crate::cube::By::Area(slug) = &self.collection.by else {
            return "null".to_owned();
        };
        let area = self
            .snapshot
            .areas
            .get(slug)
            .and_then(|set| set.areas.get(slot));
        area.map_or_else(|| "null".to_owned(), |area| geometry(&area.geometry, 6))
    }

    fn feature(&self, slot: usize, properties: Map<String, Value>, links: &str) -> String {
        let id = properties.get("code").cloned().unwrap_or_default();
        format!(
            "{{\"type\":\"Feature\",\"id\":{id},\"geometry\":{},\"properties\":{}{links}}}",
            self.shape(slot),
            Value::Object(properties)
        )
    }
}

fn kind(kind: &Kind) -> &str {
    match kind {
        Kind::Asb => "asb",
        Kind::All => "all",
        Kind::Category(code) => code,
    }
}

/// A query of these pairs, with a question mark, or nothing.
fn query(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    if pairs.is_empty() {
        String::new()
    } else {
        format!("?{}", pairs.join("&"))
    }
}

pub(super) async fn items(
    State(places): State<Places>,
    viewer: Viewer,
    Path(id): Path<String>,
    Query(pairs): Query<Pairs>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let known = if id.starts_with("counts-") {
        COUNTS
    } else {
        ITEMS
    };
    let asked = Parameters::read(&pairs, &headers, known)?;
    let chosen = choose(&places, &viewer, &id, &asked).await?;
    let matched = chosen.slots.len();
    let from = asked.offset.min(matched);
    let to = from.saturating_add(asked.limit).min(matched);
    let at = format!("{}/collections/{id}", base(&places));
    let title = chosen.collection.title(&chosen.snapshot);
    let page = |offset: usize, format: &str| {
        let (offset, limit) = (offset.to_string(), asked.limit.to_string());
        let mut all: Vec<(&str, &str)> =
            vec![("f", format), ("limit", &limit), ("offset", &offset)];
        all.extend(
            asked
                .rest
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        );
        format!("{at}/items{}", query(&all))
    };
    let mut links = vec![
        link(&page(from, "json"), "self", "application/geo+json", &title),
        link(&page(from, "html"), "alternate", "text/html", &title),
        link(
            &format!("{at}?f=json"),
            "collection",
            "application/json",
            &title,
        ),
    ];
    let (next, previous) = (
        (to < matched).then_some(to),
        (from > 0).then(|| from.saturating_sub(asked.limit)),
    );
    if let Some(next) = next {
        links.push(link(
            &page(next, "json"),
            "next",
            "application/geo+json",
            "The next page",
        ));
    }
    if let Some(previous) = previous {
        links.push(link(
            &page(previous, "json"),
            "prev",
            "application/geo+json",
            "The page before",
        ));
    }
    let now = places
        .app
        .clock
        .now()
        .format("%Y-%m-%dT%H:%M:%SZ")
        .to_string();
    let format = asked.format;
    let sheet = Sheet::new(&title)
        .crumb("OGC API", "/ogc?f=html")
        .crumb(&title, &format!("/ogc/collections/{id}?f=html"))
        .note(format!("{matched} features; {} on this page.", to - from))
        .link("This page as GeoJSON", &page(from, "json"));
    let (sheet_next, sheet_previous) = (
        next.map(|n| page(n, "html")),
        previous.map(|n| page(n, "html")),
    );
    let work = move || {
        let slots = &chosen.slots[from..to];
        let properties = chosen.properties(slots);
        if format == Format::Html {
            return (
                String::new(),
                sheet
                    .rows(&id, &properties)
                    .pages(sheet_previous, sheet_next),
            );
        }
        let features: Vec<String> = slots
            .iter()
            .zip(properties)
            .map(|(slot, properties)| chosen.feature(*slot, properties, ""))
            .collect();
        let text = format!(
            "{{\"type\":\"FeatureCollection\",\"timeStamp\":\"{now}\",\"numberMatched\":{matched},\"numberReturned\":{},\"links\":{},\"features\":[{}]}}",
            features.len(),
            Value::from(links),
            features.join(",\n")
        );
        (text, sheet)
    };
    let done = tokio::task::spawn_blocking(work).await;
    let (text, sheet) = done.map_err(|error| PageError::Internal(error.to_string()))?;
    answer(
        &places,
        &viewer,
        format,
        "application/geo+json",
        text,
        &sheet,
    )
}

pub(super) async fn item(
    State(places): State<Places>,
    viewer: Viewer,
    Path((id, feature)): Path<(String, String)>,
    Query(pairs): Query<Pairs>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let known = if id.starts_with("counts-") {
        COUNT
    } else {
        PLAIN
    };
    let asked = Parameters::read(&pairs, &headers, known)?;
    let chosen = choose(&places, &viewer, &id, &asked).await?;
    let is_it = |slot: &usize| code(&chosen.snapshot, &chosen.collection.by, *slot) == feature;
    let slot = chosen
        .slots
        .iter()
        .copied()
        .find(is_it)
        .ok_or(PageError::NotFound)?;
    let properties = chosen.properties(&[slot]).pop().unwrap_or_default();
    let title = properties
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or(&feature)
        .to_owned();
    let collection = chosen.collection.title(&chosen.snapshot);
    let at = format!("{}/collections/{id}", base(&places));
    let here = |format: &str| {
        let mut all = vec![("f", format)];
        all.extend(
            asked
                .rest
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        );
        format!("{at}/items/{}{}", encode(&feature), query(&all))
    };
    let links = json!([
        link(&here("json"), "self", "application/geo+json", &title),
        link(&here("html"), "alternate", "text/html", &title),
        link(
            &format!("{at}?f=json"),
            "collection",
            "application/json",
            &collection
        ),
    ]);
    let sheet = Sheet::new(&title)
        .crumb("OGC API", "/ogc?f=html")
        .crumb(&collection, &format!("/ogc/collections/{id}?f=html"))
        .facts(&properties)
        .link("This feature as GeoJSON", &here("json"));
    let text = chosen.feature(slot, properties, &format!(",\"links\":{links}"));
    answer(
        &places,
        &viewer,
        asked.format,
        "application/geo+json",
        text,
        &sheet,
    )
}
