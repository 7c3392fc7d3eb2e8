//! The figures and the outline for the map's script.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use commonweal_access::policy::Action;
use commonweal_access::web::{PageError, Query, Viewer};
use serde::Deserialize;

use super::figures::{Figures, names};
use super::kept::{Answer, Key, What};
use super::shapes::{SetShapes, geometry};
use super::{Maps, clear};
use crate::cube::{By, Snapshot};
use crate::view::{Asked, View};

/// What the script asks for besides the view.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Resolution {
    /// `8` or `9`; empty for what the view counts by.
    resolution: String,
}

pub(super) async fn figures(
    State(maps): State<Maps>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    Query(wanted): Query<Resolution>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let (snapshot, mut view) = maps
        .places
        .view(&viewer, Action::SeeIncidents, &asked)
        .await?;
    clear(&view)?;
    view.by = match (&view.by, wanted.resolution.as_str()) {
        (by, "") => by.clone(),
        (By::Cell8 | By::Cell9, "8") => By::Cell8,
        (By::Cell8 | By::Cell9, "9") => By::Cell9,
        (By::Area(_), _) => {
            return Err(PageError::Invalid(
                "Areas have no resolution. Ask for areas=cell9.".to_owned(),
            ));
        }
        _ => return Err(PageError::Invalid("The resolution is 8 or 9.".to_owned())),
    };
    let figures = maps.kept.figures(&snapshot, &view.by, &view.filter).await?;
    let shapes = match &view.by {
        By::Area(slug) => maps.kept.set(&snapshot, slug),
        By::Cell8 | By::Cell9 => None,
    };
    let key = Key {
        generation: snapshot.generation,
        what: What::Data,
        by: Some(view.by.clone()),
        filter: Some(view.filter.clone()),
    };
    let make = move || match &view.by {
        By::Area(_) => Answer::new(
            "application/geo+json",
            areas(&snapshot, &view, &figures, shapes.as_ref()),
        ),
        By::Cell8 | By::Cell9 => {
            Answer::new("application/json", cells(&snapshot, &view.by, &figures))
        }
    };
    Ok(maps.kept.answer(key, make).await?.respond(&headers))
}

/// Cells with incidents: `{"resolution":9,"cells":[["8919…",12],…],"breaks":[1,5,20]}`.
fn cells(snapshot: &Snapshot, by: &By, figures: &Figures) -> String {
    let (resolution, cells) = if *by == By::Cell9 {
        (9, &snapshot.cells9)
    } else {
        (8, &snapshot.cells8)
    };
    let counts = figures.counts(by);
    let mut json = String::with_capacity(24 * cells.cells.len() + 64);
    let _infallible = write!(
        json,
        "{{\"resolution\":{resolution},\"breaks\":{},\"cells\":[",
        figures.breaks()
    );
    let mut comma = "";
    for (cell, count) in cells
        .cells
        .iter()
        .zip(&counts.of)
        .filter(|(_, count)| **count > 0)
    {
        let _infallible = write!(json, "{comma}[\"{cell}\",{count}]");
        comma = ",";
    }
    json + "]}"
}

/// Areas, those without incidents too.
fn areas(
    snapshot: &Snapshot,
    view: &View,
    figures: &Figures,
    shapes: Option<&Arc<SetShapes>>,
) -> String {
    let (Some(set), Some(shapes)) = (view.area_set(snapshot), shapes) else {
        return "{\"type\":\"FeatureCollection\",\"breaks\":[],\"features\":[]}".to_owned();
    };
    let counts = figures.counts(&view.by);
    let slots: Vec<usize> = (0..set.areas.len()).collect();
    let names = names(snapshot, &view.by, &slots);
    let mut json = format!(
        "{{\"type\":\"FeatureCollection\",\"breaks\":{},\"features\":[",
        figures.breaks()
    );
    for (slot, ((area, name), shape)) in set
        .areas
        .iter()
        .zip(names)
        .zip(&shapes.geometry)
        .enumerate()
    {
        let _infallible = write!(
            json,
            "{}{{\"type\":\"Feature\",\"geometry\":{shape},\"properties\":{{\"id\":{},\"name\":{},\"value\":{}}}}}",
            if slot > 0 { "," } else { "" },
            serde_json::Value::from(area.code.as_str()),
            serde_json::Value::from(name),
            counts.of.get(slot).copied().unwrap_or(0)
        );
    }
    json + "]}"
}

pub(super) async fn outline(
    State(maps): State<Maps>,
    _viewer: Viewer,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let snapshot = maps.places.cube.snapshot();
    let key = Key {
        generation: snapshot.generation,
        what: What::Outline,
        by: None,
        filter: None,
    };
    let outline = maps.kept.outline(&snapshot).await?;
    let make = move || {
        let features = if outline.0.is_empty() {
            String::new()
        } else {
            let shape = geometry(&outline, 5);
            format!("{{\"type\":\"Feature\",\"properties\":{{}},\"geometry\":{shape}}}")
        };
        let text = format!("{{\"type\":\"FeatureCollection\",\"features\":[{features}]}}");
        Answer::new("application/geo+json", text)
    };
    Ok(maps.kept.answer(key, make).await?.respond(&headers))
}
