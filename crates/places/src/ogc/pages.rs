//! Landing page, conformance, description of the interface and of its collections.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use commonweal_access::web::{PageError, Path, Query, Viewer};
use commonweal_govuk::{Page, page};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::asked::{Format, PLAIN, Parameters};
use super::{CONFORMANCE, collections as described, openapi};
use crate::Places;
use crate::view::encode;

page!(pub(super) SHEET, "places/ogc.html", "sheet.html");

type Pairs = Vec<(String, String)>;

/// Any of these documents as a page.
#[derive(Debug, Default, Serialize)]
pub(super) struct Sheet {
    title: String,
    #[serde(skip)]
    crumbs: Vec<(String, String)>,
    notes: Vec<String>,
    facts: Vec<(String, String)>,
    links: Vec<(String, String)>,
    headings: Vec<String>,
    rows: Vec<Row>,
    previous: Option<String>,
    next: Option<String>,
}

#[derive(Debug, Serialize)]
struct Row {
    href: String,
    cells: Vec<String>,
}

impl Sheet {
    pub(super) fn new(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn crumb(mut self, text: &str, href: &str) -> Self {
        self.crumbs.push((text.to_owned(), href.to_owned()));
        self
    }

    pub(super) fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    pub(super) fn link(mut self, text: &str, href: &str) -> Self {
        self.links.push((text.to_owned(), href.to_owned()));
        self
    }

    pub(super) fn facts(mut self, properties: &Map<String, Value>) -> Self {
        self.facts = properties
            .iter()
            .map(|(name, value)| (name.clone(), words(value)))
            .collect();
        self
    }

    /// The features of a page as a table.
    pub(super) fn rows(mut self, collection: &str, properties: &[Map<String, Value>]) -> Self {
        self.headings = properties
            .first()
            .map(|first| first.keys().cloned().collect())
            .unwrap_or_default();
        let row = |properties: &Map<String, Value>| {
            let code = properties
                .get("code")
                .and_then(Value::as_str)
                .unwrap_or_default();
            Row {
                href: format!(
                    "/ogc/collections/{collection}/items/{}?f=html",
                    encode(code)
                ),
                cells: properties.values().map(words).collect(),
            }
        };
        self.rows = properties.iter().map(row).collect();
        self
    }

    pub(super) fn pages(mut self, previous: Option<String>, next: Option<String>) -> Self {
        (self.previous, self.next) = (previous, next);
        self
    }
}

fn words(value: &Value) -> String {
    match value {
        Value::Null => "not known".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => number
            .as_f64()
            .map(|number| commonweal_govuk::format::decimal(number, 1))
            .unwrap_or_default(),
        other => other.to_string(),
    }
}

/// Where the interface begins, as the partnership's people reach it.
pub(super) fn base(places: &Places) -> String {
    format!("{}/ogc", places.app.settings.address.trim_end_matches('/'))
}

/// A link as all these documents have them.
pub(super) fn link(href: &str, rel: &str, kind: &str, title: &str) -> Value {
    json!({ "href": href, "rel": rel, "type": kind, "title": title })
}

/// A document in the form asked for.
pub(super) fn answer(
    places: &Places,
    viewer: &Viewer,
    format: Format,
    kind: &'static str,
    json: String,
    sheet: &Sheet,
) -> Result<Response, PageError> {
    let mut response = if format == Format::Html {
        let mut page = Page::new(&SHEET, sheet.title.as_str());
        for (text, href) in &sheet.crumbs {
            page = page.breadcrumb(text, href);
        }
        places.app.page(viewer, page, sheet)?
    } else {
        (
            [(header::CONTENT_TYPE, HeaderValue::from_static(kind))],
            json,
        )
            .into_response()
    };
    response
        .headers_mut()
        .append(header::VARY, HeaderValue::from_static("accept, cookie"));
    Ok(response)
}

pub(super) async fn landing(
    State(places): State<Places>,
    viewer: Viewer,
    Query(pairs): Query<Pairs>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let asked = Parameters::read(&pairs, &headers, PLAIN)?;
    let base = base(&places);
    let title = format!(
        "{}: areas, cells and counts",
        places.app.settings.partnership_name
    );
    let words =
        "Incidents by area and cell, as OGC API Features, for QGIS, GDAL and other programs.";
    let json = json!({
        "title": title,
        "description": words,
        "links": [
            link(&format!("{base}?f=json"), "self", "application/json", "This document"),
            link(&format!("{base}?f=html"), "alternate", "text/html", "This document as a page"),
            link(&format!("{base}/api?f=json"), "service-desc", openapi::MEDIA_TYPE, "The interface"),
            link(&format!("{base}/api?f=html"), "service-doc", "text/html", "The interface as a page"),
            link(&format!("{base}/conformance?f=json"), "conformance", "application/json", "What it conforms to"),
            link(&format!("{base}/collections?f=json"), "data", "application/json", "The collections"),
        ],
    });
    let sheet = Sheet::new(&title)
        .note(words)
        .note("In QGIS: Layer, Add layer, Add WFS layer, New; version OGC API - Features; and the address below.")
        .note(base.clone())
        .link("Collections", "/ogc/collections?f=html")
        .link("Interface", "/ogc/api?f=html")
        .link("Conformance", "/ogc/conformance?f=html");
    answer(
        &places,
        &viewer,
        asked.format,
        "application/json",
        json.to_string(),
        &sheet,
    )
}

pub(super) async fn conformance(
    State(places): State<Places>,
    viewer: Viewer,
    Query(pairs): Query<Pairs>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let asked = Parameters::read(&pairs, &headers, PLAIN)?;
    let json = json!({ "conformsTo": CONFORMANCE });
    let mut sheet = Sheet::new("Conformance").crumb("OGC API", "/ogc?f=html");
    for class in CONFORMANCE {
        sheet = sheet.note(class);
    }
    answer(
        &places,
        &viewer,
        asked.format,
        "application/json",
        json.to_string(),
        &sheet,
    )
}

pub(super) async fn api(
    State(places): State<Places>,
    viewer: Viewer,
    Query(pairs): Query<Pairs>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let asked = Parameters::read(&pairs, &headers, PLAIN)?;
    let snapshot = places.cube.snapshot();
    let ids: Vec<String> = described::all(&snapshot)
        .iter()
        .map(described::Collection::id)
        .collect();
    let document = openapi::document(&base(&places), &places.app.settings.partnership_name, &ids);
    let mut sheet = Sheet::new("The interface").crumb("OGC API", "/ogc?f=html");
    for (path, what) in document["paths"].as_object().into_iter().flatten() {
        let summary = what["get"]["summary"].as_str().unwrap_or_default();
        sheet = sheet.note(format!("GET {path}: {summary}"));
    }
    let sheet = sheet.link("The interface as OpenAPI 3.0", "/ogc/api?f=json");
    answer(
        &places,
        &viewer,
        asked.format,
        openapi::MEDIA_TYPE,
        document.to_string(),
        &sheet,
    )
}

pub(super) async fn collections(
    State(places): State<Places>,
    viewer: Viewer,
    Query(pairs): Query<Pairs>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let asked = Parameters::read(&pairs, &headers, PLAIN)?;
    let (base, snapshot) = (base(&places), places.cube.snapshot());
    let all = described::all(&snapshot);
    let json = json!({
        "links": [
            link(&format!("{base}/collections?f=json"), "self", "application/json", "This document"),
            link(&format!("{base}/collections?f=html"), "alternate", "text/html", "This document as a page"),
        ],
        "collections": all.iter().map(|one| one.describe(&snapshot, &base)).collect::<Vec<_>>(),
    });
    let mut sheet = Sheet::new("Collections").crumb("OGC API", "/ogc?f=html");
    for one in &all {
        sheet = sheet.link(
            &one.title(&snapshot),
            &format!("/ogc/collections/{}?f=html", one.id()),
        );
    }
    answer(
        &places,
        &viewer,
        asked.format,
        "application/json",
        json.to_string(),
        &sheet,
    )
}

pub(super) async fn collection(
    State(places): State<Places>,
    viewer: Viewer,
    Path(id): Path<String>,
    Query(pairs): Query<Pairs>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let asked = Parameters::read(&pairs, &headers, PLAIN)?;
    let snapshot = places.cube.snapshot();
    let one = described::find(&snapshot, &id).ok_or(PageError::NotFound)?;
    let json = one.describe(&snapshot, &base(&places));
    let sheet = Sheet::new(&one.title(&snapshot))
        .crumb("OGC API", "/ogc?f=html")
        .crumb("Collections", "/ogc/collections?f=html")
        .note(one.description())
        .link("Features", &format!("/ogc/collections/{id}/items?f=html"))
        .link(
            "Features as GeoJSON",
            &format!("/ogc/collections/{id}/items?f=json"),
        );
    answer(
        &places,
        &viewer,
        asked.format,
        "application/json",
        json.to_string(),
        &sheet,
    )
}
