//! What was counted and written once, kept for the next who asks: figures, and answers ready
//! to be sent. Bounded; what was not used for longest goes first. A new state of the cube has
//! a new generation, so nothing old is ever served.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use commonweal_access::web::PageError;
use flate2::Compression;
use flate2::write::GzEncoder;
use geo::{CoordsIter as _, MultiPolygon};

use super::figures::Figures;
use super::shapes::{SetShapes, outline};
use crate::cube::{By, Filter, Snapshot};

/// Of what state of the cube, and which view of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) generation: u64,
    pub(crate) what: What,
    pub(crate) by: Option<By>,
    pub(crate) filter: Option<Filter>,
}

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum What {
    Figures,
    Data,
    Drawing,
    Outline,
}

/// Everything that is kept.
#[derive(Default)]
pub(crate) struct Kept {
    figures: Lru<Figures>,
    answers: Lru<Answer>,
    outlines: Lru<MultiPolygon<f64>>,
    sets: Mutex<HashMap<uuid::Uuid, Arc<SetShapes>>>,
}

impl Kept {
    /// The figures of a view.
    pub(crate) async fn figures(
        &self,
        snapshot: &Arc<Snapshot>,
        by: &By,
        filter: &Filter,
    ) -> Result<Arc<Figures>, PageError> {
        // Both resolutions of cells are counted together, since they share their classes.
        let by = if *by == By::Cell8 {
            By::Cell9
        } else {
            by.clone()
        };
        let key = Key {
            generation: snapshot.generation,
            what: What::Figures,
            by: Some(by.clone()),
            filter: Some(filter.clone()),
        };
        let (snapshot, filter) = (Arc::clone(snapshot), filter.clone());
        self.figures
            .get(
                key,
                move || Figures::new(&snapshot, &by, &filter),
                Figures::bytes,
            )
            .await
    }

    /// The partnership's outline.
    pub(crate) async fn outline(
        &self,
        snapshot: &Arc<Snapshot>,
    ) -> Result<Arc<MultiPolygon<f64>>, PageError> {
        let key = Key {
            generation: snapshot.generation,
            what: What::Outline,
            by: None,
            filter: None,
        };
        let snapshot = Arc::clone(snapshot);
        self.outlines
            .get(
                key,
                move || outline(&snapshot),
                |shape| shape.coords_count() * 16,
            )
            .await
    }

    /// An answer, made where it is not kept.
    pub(crate) async fn answer(
        &self,
        key: Key,
        make: impl FnOnce() -> Answer + Send + 'static,
    ) -> Result<Arc<Answer>, PageError> {
        self.answers.get(key, make, Answer::bytes).await
    }

    /// The shapes of an area set, written once: a set never changes under its key.
    pub(crate) fn set(&self, snapshot: &Snapshot, slug: &str) -> Option<Arc<SetShapes>> {
        let set = snapshot.areas.get(slug)?;
        let lock = || self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shapes) = lock().get(&set.id) {
            return Some(Arc::clone(shapes));
        }
        let shapes = Arc::new(SetShapes::new(set));
        let mut sets = lock();
        sets.retain(|id, _| snapshot.areas.values().any(|set| set.id == *id));
        sets.insert(set.id, Arc::clone(&shapes));
        Some(shapes)
    }
}

/// Bytes that one kind of kept things may take.
const LIMIT: usize = 48 << 20;

/// Things by key, the least recently used going first.
struct Lru<V> {
    inner: Mutex<Inner<V>>,
}

struct Inner<V> {
    clock: u64,
    bytes: usize,
    of: HashMap<Key, (u64, usize, Arc<V>)>,
}

impl<V> Default for Lru<V> {
    fn default() -> Self {
        Self {
            inner: Mutex::new(Inner {
                clock: 0,
                bytes: 0,
                of: HashMap::new(),
            }),
        }
    }
}

impl<V: Send + Sync + 'static> Lru<V> {
    /// What is kept under a key, or made now on a thread that may take its time.
    async fn get(
        &self,
        key: Key,
        make: impl FnOnce() -> V + Send + 'static,
        bytes: impl FnOnce(&V) -> usize,
    ) -> Result<Arc<V>, PageError> {
        if let Some(found) = self.find(&key) {
            return Ok(found);
        }
        let made = tokio::task::spawn_blocking(make).await;
        let made = Arc::new(made.map_err(|error| PageError::Internal(error.to_string()))?);
        let size = bytes(&made);
        self.keep(key, Arc::clone(&made), size);
        Ok(made)
    }

    fn find(&self, key: &Key) -> Option<Arc<V>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.clock += 1;
        let now = inner.clock;
        inner.of.get_mut(key).map(|entry| {
            entry.0 = now;
            Arc::clone(&entry.2)
        })
    }

    fn keep(&self, key: Key, value: Arc<V>, size: usize) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.clock += 1;
        let now = inner.clock;
        inner.bytes += size;
        if let Some((_, before, _)) = inner.of.insert(key, (now, size, value)) {
            inner.bytes -= before;
        }
        while inner.bytes > LIMIT && inner.of.len() > 1 {
            let Some(oldest) = inner
                .of
                .iter()
                .min_by_key(|(_, entry)| entry.0)
                .map(|(key, _)| key.clone())
            else {
                break;
            };
            if let Some((_, size, _)) = inner.of.remove(&oldest) {
                inner.bytes -= size;
            }
        }
    }
}

/// An answer ready to be sent, plain and compressed, with a tag made of its content: the same
/// after a restart, and on every copy of the program.
pub(crate) struct Answer {
    kind: &'static str,
    plain: Bytes,
    gzip: Bytes,
    tag: String,
}

impl Answer {
    pub(crate) fn new(kind: &'static str, text: String) -> Self {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(2));
        // Writing to memory does not fail; an empty one is never sent.
        let gzip = encoder
            .write_all(text.as_bytes())
            .and_then(|()| encoder.finish())
            .unwrap_or_default();
        Self {
            kind,
            tag: format!("W/\"{:016x}-{:x}\"", hasher.finish(), text.len()),
            plain: text.into(),
            gzip: gzip.into(),
        }
    }

    /// The answer as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.plain).unwrap_or_default()
    }

    fn bytes(&self) -> usize {
        self.plain.len() + self.gzip.len() + 512
    }

    /// The response; 304 where the reader has it already.
    pub(crate) fn respond(&self, headers: &HeaderMap) -> Response {
        let text = |name| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let known = text(header::IF_NONE_MATCH)
            .split(',')
            .map(str::trim)
            .any(|tag| tag == self.tag || tag == "*");
        let mut response = if known {
            StatusCode::NOT_MODIFIED.into_response()
        } else if accepts_gzip(text(header::ACCEPT_ENCODING)) && !self.gzip.is_empty() {
            let mut response = Response::new(Body::from(self.gzip.clone()));
            response
                .headers_mut()
                .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            response
        } else {
            Response::new(Body::from(self.plain.clone()))
        };
        let out = response.headers_mut();
        if !known {
            out.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        }
        out.insert(
            header::VARY,
            HeaderValue::from_static("accept-encoding, cookie"),
        );
        out.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-cache"),
        );
        if let Ok(tag) = HeaderValue::from_str(&self.tag) {
            out.insert(header::ETAG, tag);
        }
        response
    }
}

/// Whether a reader takes gzip (RFC 9110, 12.5.3): named, and not with weight 0.
fn accepts_gzip(accept: &str) -> bool {
    accept.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let refused = parts.any(|part| {
            part.strip_prefix("q=")
                .is_some_and(|q| q.parse() == Ok(0.0_f32))
        });
        name.eq_ignore_ascii_case("gzip") && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(generation: u64) -> Key {
        Key {
            generation,
            what: What::Data,
            by: None,
            filter: None,
        }
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let lru = Lru::<u8>::default();
        lru.keep(key(1), Arc::new(1), LIMIT / 2);
        lru.keep(key(2), Arc::new(2), LIMIT / 2);
        assert!(lru.find(&key(1)).is_some());
        lru.keep(key(3), Arc::new(3), 100);
        assert!(
            lru.find(&key(1)).is_some()
                && lru.find(&key(2)).is_none()
                && lru.find(&key(3)).is_some()
        );
        lru.keep(key(4), Arc::new(4), LIMIT * 2);
        assert_eq!(
            lru.inner.lock().unwrap().of.len(),
            1,
            "the newest is kept, however large"
        );
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        assert!(accepts_gzip("br, gzip;q=0.5"));
        assert!(
            !accepts_gzip("br")
                && !accepts_gzip("gzip;q=0")
                && !accepts_gzip("gzip; q=0.0")
                && !accepts_gzip("")
        );
    }
}
