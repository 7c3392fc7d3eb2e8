//! Places of records: the cell of one, and all of a register on a map with its table.

use std::collections::BTreeMap;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{PageError, Path, Viewer};
use commonweal_core::{DbError, read};
use commonweal_govuk::{Page, page};
use h3o::CellIndex;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::load;
use crate::Forms;
use crate::definition::{Definition, Personal};
use crate::register::list::page::definition;
use crate::register::list::placed;
use crate::register::list::show::{capital, tabs};
use crate::register::store::Record;
use crate::register::visible::Sight;
use crate::register::words::{colour, day};

page!(pub(super) MAP, "forms/map.html", "map.html");

/// The most records that the map and its table hold.
const MOST: u32 = 2_000;

#[derive(Debug, Serialize)]
struct Context {
    key: String,
    title: String,
    plural: String,
    tabs: Vec<Json>,
    heading: String,
    rows: Vec<Json>,
    more: bool,
}

fn cell(record: &Record) -> Option<CellIndex> {
    let (latitude, longitude) = record.place?;
    let point = h3o::LatLng::new(latitude, longitude).ok()?;
    Some(point.to_cell(h3o::Resolution::Nine))
}

/// Whether the place of records is personal.
pub(crate) fn place_is_personal(definition: &Definition) -> bool {
    let question = definition.place.and_then(|place| definition.get(place));
    question.is_none_or(|question| question.personal != Personal::None)
}

pub(super) async fn of_record(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, reference)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let loaded = load::load(&forms, &viewer, &key, &reference).await?;
    if place_is_personal(&loaded.definition) {
        if !loaded.seen.may_see_personal {
            return Err(PageError::NotFound);
        }
        loaded.log(&forms, &viewer).await?;
    }
    let cell = cell(&loaded.record).ok_or(PageError::NotFound)?;
    Ok(figures(&BTreeMap::from([(cell, 1)])))
}

fn figures(cells: &BTreeMap<CellIndex, u64>) -> Response {
    let most = cells.values().copied().max().unwrap_or(1);
    let breaks: Vec<u64> = [1, 2, 5, 10, 25]
        .into_iter()
        .filter(|number| *number <= most)
        .collect();
    let cells: Vec<Json> = cells
        .iter()
        .map(|(cell, count)| json!([cell.to_string(), count]))
        .collect();
    Answer(json!({ "resolution": 9, "cells": cells, "breaks": breaks, "marked": [] }))
        .into_response()
}

/// The records with a place that a viewer may see there, newest first, and whether there are more.
async fn shown(
    forms: &Forms,
    viewer: &Viewer,
    definition: &Definition,
) -> Result<(Vec<Record>, bool), PageError> {
    if definition.place.is_none() {
        return Err(PageError::NotFound);
    }
    let act = if place_is_personal(definition) {
        RecordAct::SeePersonal
    } else {
        RecordAct::See
    };
    let who = &viewer.principal;
    let mut records = read!(&forms.app.db, |tx| placed(
        tx,
        &[
            who.record_scope_in(&definition.key, RecordAct::See),
            who.record_scope_in(&definition.key, act),
        ],
        None,
        MOST + 1,
    )
    .await)
    .await
    .map_err(|error: DbError| PageError::from(error))?;
    let more = records.len() > MOST as usize;
    records.truncate(MOST as usize);
    Ok((records, more))
}

pub(super) async fn cells(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
) -> Result<Response, PageError> {
    let definition = definition(&forms, &viewer, &key)?;
    let (records, _) = shown(&forms, &viewer, &definition).await?;
    let mut cells = BTreeMap::new();
    for cell in records.iter().filter_map(cell) {
        *cells.entry(cell).or_insert(0_u64) += 1;
    }
    Ok(figures(&cells))
}

pub(super) async fn map(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
) -> Result<Response, PageError> {
    let definition = definition(&forms, &viewer, &key)?;
    let (records, more) = shown(&forms, &viewer, &definition).await?;
    let mut sight = Sight::new(&viewer.principal, &definition);
    let mut read = Vec::new();
    let rows: Vec<Json> = records
        .iter()
        .take(200)
        .map(|record| {
            let seen = sight.of(record);
            if seen.may_see_personal && definition.is_personal() {
                read.push(record.id);
            }
            let state = definition.state(&record.state);
            json!({
                "href": record.href(),
                "title": seen.title,
                "reference": record.reference,
                "state": state.map_or(record.state.as_str(), |state| state.title.en()),
                "colour": state.map_or("grey", |state| colour(state.colour)),
                "due": record.due_on.map(day),
            })
        })
        .collect();
    let app = &forms.app;
    crate::register::log_read(app, &viewer, RecordAct::SeePersonal.name(), &read).await?;
    let may = |act| viewer.principal.may_enter_records(&key, act);
    let context = Context {
        title: definition.title.en().to_owned(),
        plural: definition.plural.en().to_owned(),
        tabs: tabs(&key, &definition, &may, "map"),
        heading: capital(&format!("{} on the map", definition.plural.en())),
        rows,
        more: more || records.len() > 200,
        key,
    };
    let page = Page::new(&MAP, format!("{}: map", definition.title.en()))
        .breadcrumb("Forms and registers", "/registers")
        .script("map.js")
        .style("map.css");
    app.page(&viewer, page, &context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_keeps_the_rules() {
        let row = json!({ "href": "/r", "title": "A", "reference": "SA-1", "state": "Found", "colour": "blue", "due": "1 June 2026" });
        for rows in [vec![row], Vec::new()] {
            let context = Context {
                key: "sample".to_owned(),
                title: "Samples".to_owned(),
                plural: "samples".to_owned(),
                tabs: vec![json!({ "text": "List", "href": "/registers/sample", "active": false })],
                heading: "Samples on the map".to_owned(),
                more: !rows.is_empty(),
                rows,
            };
            commonweal_govuk::check_page(&MAP, &context).unwrap();
        }
    }
}
