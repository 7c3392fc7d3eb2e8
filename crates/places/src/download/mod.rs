//! `/map/download.csv`, `.ods` and `.geojson`: the figures of a view with the filter in words,
//! the address that shows them again, and where they come from. [`Statements`] says the same
//! on the page.

mod files;
mod geojson;
mod statements;
#[cfg(test)]
mod tests;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use commonweal_access::policy::Action;
use commonweal_access::web::{PageError, Query, Routes, Rule, Viewer};
use commonweal_documents::{CSV, ODS};

pub use statements::{Statements, by_words};

use crate::Places;
use crate::map::clear;
use crate::view::Asked;

/// The routes of the downloads.
#[must_use]
pub fn routes() -> Routes<Places> {
    let rule = Rule::May(Action::Download);
    Routes::new()
        .get("/map/download.csv", rule, csv)
        .get("/map/download.ods", rule, ods)
        .get("/map/download.geojson", rule, geojson)
}

async fn csv(
    places: State<Places>,
    viewer: Viewer,
    asked: Query<Asked>,
) -> Result<Response, PageError> {
    download(places, viewer, asked, Format::Csv).await
}

async fn ods(
    places: State<Places>,
    viewer: Viewer,
    asked: Query<Asked>,
) -> Result<Response, PageError> {
    download(places, viewer, asked, Format::Ods).await
}

async fn geojson(
    places: State<Places>,
    viewer: Viewer,
    asked: Query<Asked>,
) -> Result<Response, PageError> {
    download(places, viewer, asked, Format::GeoJson).await
}

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    Ods,
    GeoJson,
}

async fn download(
    State(places): State<Places>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    format: Format,
) -> Result<Response, PageError> {
    // Only the sources that the person may take away, which may be fewer than may be seen.
    let (snapshot, view) = places.view(&viewer, Action::Download, &asked).await?;
    clear(&view)?;
    let mut statements = Statements::new(&places.app.settings, &snapshot, &view);
    statements.made_at(places.app.clock.now());
    let name = format!(
        "incidents-{}-{}-to-{}",
        view.asked.areas, view.filter.from, view.filter.to
    );
    let work = move || -> Result<(Vec<u8>, &'static str, &'static str), String> {
        let places = files::ranked(&snapshot, &view);
        match format {
            Format::GeoJson => Ok((
                geojson::write(&snapshot, &view, &places, &statements).into(),
                "application/geo+json",
                "geojson",
            )),
            Format::Csv | Format::Ods => {
                let table = files::table(&snapshot, &view, &places, &statements);
                if format == Format::Csv {
                    Ok((
                        table.to_csv().map_err(|error| error.to_string())?,
                        CSV,
                        "csv",
                    ))
                } else {
                    Ok((
                        table.to_ods().map_err(|error| error.to_string())?,
                        ODS,
                        "ods",
                    ))
                }
            }
        }
    };
    let done = tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| PageError::Internal(error.to_string()))?;
    let (bytes, kind, ending) = done.map_err(PageError::Internal)?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let disposition = format!("attachment; filename=\"{}.{ending}\"", plain(&name));
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// A file name that every system takes.
fn plain(name: &str) -> String {
    name.chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || "-_.".contains(letter) {
                letter
            } else {
                '-'
            }
        })
        .collect()
}
