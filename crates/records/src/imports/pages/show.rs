//! `/imports/{id}`: what became of one import, and its rejected rows as a file.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use commonweal_access::policy::{Action, Kind};
use commonweal_access::web::{PageError, Path, Viewer};
use commonweal_core::db::Asked;
use commonweal_core::{DbError, Row, args, read, sql};
use commonweal_govuk::format::whole;
use commonweal_govuk::{Page, page};
use http::header;
use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

use super::Imports;
use super::list::{self, IMPORTS, Line};
use super::outcome::{self, Outcome, RejectLine};
use crate::Month;
use crate::imports::store;

page!(pub(super) SHOW, "records/imports/show.html", "show.html");
page!(OUTCOME, "records/imports/outcome.html", "outcome.html");

/// Rejects on the page; the file has all that are kept.
const SHOWN: i64 = 50;

#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) import: Line,
    pub(super) loading: bool,
    pub(super) ended: Option<String>,
    pub(super) outcome: Outcome,
}

async fn one(imports: &Imports, viewer: &Viewer, id: Uuid) -> Result<Row, PageError> {
    let scope = viewer.principal.scope(Action::SeeImports, Kind::Import);
    let asked = Asked {
        filters: vec![("id".to_owned(), id.into())],
        limit: Some(1),
        ..Asked::default()
    };
    let listed = read!(&imports.app.db, |tx| IMPORTS.page(tx, &scope, &asked).await).await;
    let listed = listed.map_err(|error: DbError| PageError::from(error))?;
    listed.rows.into_iter().next().ok_or(PageError::NotFound)
}

pub(super) async fn page(
    State(imports): State<Imports>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    let row = one(&imports, &viewer, id).await?;
    let now = imports.app.clock.now();
    let rejects = store::rejects(&imports.app.db, id, SHOWN).await?;
    let state: String = row.get("state")?;
    let import = list::line(&row, now)?;
    let ended: Option<DateTime<Utc>> = row.get("finished_at")?;
    let notes: Json = row.get("notes")?;
    let mut outcome = told(&notes);
    let mut incidents = incidents(&imports, id).await?;
    incidents.append(&mut outcome.figures);
    outcome.figures = incidents;
    outcome.rejected = row.get("rejected")?;
    outcome.rejects = rejects.iter().map(RejectLine::from).collect();
    let title = import.name.clone();
    let context = Context {
        loading: state == "loading" && !list::silent(&row, now)?,
        ended: ended.map(list::moment),
        outcome,
        import,
    };
    let page = Page::new(&SHOW, title).breadcrumb("Imports", "/imports");
    imports.app.page(&viewer, page, &context)
}

/// What an import of incidents brought: anti-social behaviour among it, and its months.
async fn incidents(imports: &Imports, id: Uuid) -> Result<Vec<(String, String)>, DbError> {
    let parts = read!(&imports.app.db, |tx| {
        let text =
            sql!("select month, asb_rows from import_parts where import = $1 order by month");
        tx.all(text, args![id]).await
    })
    .await?;
    let mut months = Vec::with_capacity(parts.len());
    let mut asb_rows = 0;
    for part in &parts {
        let month: i64 = part.get("month")?;
        months.extend(i32::try_from(month).ok().map(Month::from_index));
        asb_rows += part.get::<i64>("asb_rows")?;
    }
    let (Some(first), Some(last)) = (months.first(), months.last()) else {
        return Ok(Vec::new());
    };
    let period = if first == last {
        first.name()
    } else {
        format!("{} to {}", first.name(), last.name())
    };
    Ok(vec![
        ("Anti-social behaviour".to_owned(), whole(asb_rows)),
        ("Months".to_owned(), period),
    ])
}

/// What the notes of an import tell, in words.
fn told(notes: &Json) -> Outcome {
    let mut outcome = Outcome::default();
    let texts = |key: &str| {
        let list = notes[key].as_array().into_iter().flatten();
        list.filter_map(|text| text.as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    outcome.notes = texts("notes");
    if let Some(why) = notes["failed"].as_str() {
        outcome.problems.push(why.to_owned());
    }
    for name in texts("mended") {
        outcome.notes.push(format!(
            "The boundary of {name} crossed itself a little and was mended"
        ));
    }
    let words = [
        ("title", "What it is"),
        ("source", "Publisher"),
        ("period", "Figures of"),
        ("area_kind", "Kind of area"),
        ("vintage", "Vintage"),
        ("areas", "Areas"),
        ("code_field", "Field with the code"),
        ("name_field", "Field with the name"),
        ("terminated", "Postcodes that have ended"),
        ("no_position", "Postcodes without a position, left out"),
        ("new", "New"),
        ("changed", "Changed"),
    ];
    for (key, words) in words {
        let value = match &notes[key] {
            Json::String(text) => text.clone(),
            // A year takes no comma.
            Json::Number(number) if key == "vintage" => number.to_string(),
            Json::Number(number) => whole(number.as_i64().unwrap_or(0)),
            _ => continue,
        };
        outcome.figures.push((words.to_owned(), value));
    }
    for (measure, count) in notes["measures"].as_object().into_iter().flatten().take(60) {
        let count = whole(count.as_i64().unwrap_or(0));
        outcome.notes.push(format!("{measure}: {count} areas"));
    }
    for month in notes["replaced"].as_array().into_iter().flatten() {
        let pair = |key: &str| {
            let of = |at: usize| month[key][at].as_i64().unwrap_or(0);
            (of(0), of(1))
        };
        let named = month["month"].as_str().unwrap_or_default();
        let named = named
            .parse::<Month>()
            .map_or_else(|_| named.to_owned(), Month::name);
        let source = month["source"].as_str().unwrap_or_default();
        let line = outcome::replaced_line(source, &named, pair("rows"), pair("asb_rows"));
        outcome.replaced.push(line);
    }
    outcome
}

/// The rejected rows that are kept, as CSV.
pub(super) async fn rejects(
    State(imports): State<Imports>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    one(&imports, &viewer, id).await?;
    let rows = store::rejects(&imports.app.db, id, 100_000).await?;
    let fail = |error: csv::Error| PageError::Internal(error.to_string());
    let mut writer = csv::Writer::from_writer(b"\xef\xbb\xbf".to_vec());
    writer
        .write_record(["line", "column", "reason", "value"])
        .map_err(fail)?;
    for row in rows {
        let line = row.line.to_string();
        let cells = [line, row.column, row.reason, row.value].map(harmless);
        writer.write_record(&cells).map_err(fail)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| PageError::Internal(error.to_string()))?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"rejected-rows.csv\"",
        ),
    ];
    Ok((headers, bytes).into_response())
}

/// What a spreadsheet would take for a formula begins with an apostrophe.
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell
    }
}
