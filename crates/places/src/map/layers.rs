//! Layers that areas lay over the map, each with the table of what is on it.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use commonweal_access::web::{PageError, Path, Viewer};
use commonweal_govuk::format::whole;
use commonweal_records::ports::LayerFeature;
use serde::Serialize;

use super::Maps;
use crate::view::View;

/// Rows of a layer's table on the page; the file has all.
const ROWS: usize = 100;

/// The pairs of an address' query; `layer` may stand there several times.
pub(super) type Pairs = Vec<(String, String)>;

/// What is on a layer, as a table.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) count: String,
    pub(super) more: Option<String>,
    pub(super) failed: bool,
    pub(super) rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
pub(super) struct Row {
    label: String,
    kind: String,
    href: Option<String>,
}

/// A layer that may be chosen.
#[derive(Debug, Serialize)]
pub(super) struct Choice {
    pub(super) value: &'static str,
    pub(super) text: &'static str,
    pub(super) checked: bool,
}

/// The part of the map's page about layers.
#[derive(Debug, Default, Serialize)]
pub(super) struct Layers {
    pub(super) choices: Vec<Choice>,
    /// The view, to be sent along.
    pub(super) kept: Vec<(&'static str, String)>,
    pub(super) shown: Vec<Shown>,
    /// Addresses of the chosen layers' data, for the script.
    pub(super) urls: String,
}

impl Layers {
    /// What a viewer may choose, and what was chosen.
    pub(super) async fn new(maps: &Maps, viewer: &Viewer, view: &View, asked: &Pairs) -> Self {
        let chosen = |name: &str| {
            asked
                .iter()
                .any(|(key, value)| key == "layer" && value == name)
        };
        let mut layers = Self {
            kept: kept(view),
            ..Self::default()
        };
        let mut urls = Vec::new();
        for layer in maps
            .layers
            .iter()
            .filter(|layer| layer.rule.admits(Some(viewer)))
        {
            let checked = chosen(layer.name);
            layers.choices.push(Choice {
                value: layer.name,
                text: layer.title,
                checked,
            });
            if !checked {
                continue;
            }
            urls.push(format!("/map/layers/{}", layer.name));
            let features = layer.features(&maps.places.app, viewer).await;
            if let Err(error) = &features {
                tracing::error!(%error, layer = layer.name, "a layer of the map failed");
            }
            layers
                .shown
                .push(shown(layer.name, layer.title, features.ok()));
        }
        layers.urls = urls.join(" ");
        layers
    }
}

fn kept(view: &View) -> Vec<(&'static str, String)> {
    let asked = &view.asked;
    [
        ("from", &asked.from),
        ("to", &asked.to),
        ("type", &asked.kind),
        ("qualifier", &asked.qualifier),
        ("source", &asked.source),
        ("place", &asked.place),
        ("areas", &asked.areas),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| (name, value.clone()))
    .collect()
}

pub(super) fn shown(
    name: &'static str,
    title: &'static str,
    features: Option<Vec<LayerFeature>>,
) -> Shown {
    let failed = features.is_none();
    let features = features.unwrap_or_default();
    let number = |n: usize| whole(i64::try_from(n).unwrap_or(i64::MAX));
    Shown {
        name,
        title,
        count: number(features.len()),
        more: (features.len() > ROWS).then(|| number(features.len() - ROWS)),
        failed,
        rows: features
            .into_iter()
            .take(ROWS)
            .map(|feature| Row {
                label: feature.label,
                kind: feature.kind,
                href: feature.href,
            })
            .collect(),
    }
}

/// A layer as GeoJSON, for the map's script.
pub(super) async fn data(
    State(maps): State<Maps>,
    viewer: Viewer,
    Path(name): Path<String>,
) -> Result<Response, PageError> {
    let layer = maps
        .layers
        .iter()
        .find(|layer| layer.name == name && layer.rule.admits(Some(&viewer)))
        .ok_or(PageError::NotFound)?;
    let features = layer.features(&maps.places.app, &viewer).await?;
    let all = geojson::FeatureCollection {
        features: features.iter().map(LayerFeature::geojson).collect(),
        bbox: None,
        foreign_members: None,
    };
    let headers = [
        (header::CONTENT_TYPE, "application/geo+json"),
        (header::CACHE_CONTROL, "private, no-cache"),
    ];
    Ok((headers, all.to_string()).into_response())
}
