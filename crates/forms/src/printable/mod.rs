//! Paper copies as accessible PDF: blank ones to fill in by hand, and filled ones of records.
//!
//! | route | who |
//! |---|---|
//! | `GET /forms/{key}/blank.pdf`, `GET /registers/{key}/blank.pdf` | whoever may fill it in |
//! | `GET /registers/{key}/records/{reference}/copy.pdf` | whoever may see the record |

mod blank;
mod copy;
#[cfg(test)]
mod tests;

use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{PageError, Routes, Rule};
use commonweal_documents::pdf::{self, Document};
use http::{HeaderValue, header};

use crate::Forms;

/// The routes.
#[must_use]
pub fn routes() -> Routes<Forms> {
    Routes::new()
        // Whoever may fill in a public form may print it.
        .get("/forms/{key}/blank.pdf", Rule::Public, blank::page)
        .get("/registers/{key}/blank.pdf", Rule::Public, blank::page)
        .get(
            "/registers/{key}/records/{reference}/copy.pdf",
            Rule::Records(RecordAct::See),
            copy::page,
        )
}

/// Lays a document out, off the threads that serve others, and answers with it.
async fn respond(
    document: Document,
    made: DateTime<Utc>,
    name: &str,
) -> Result<Response, PageError> {
    let bytes = tokio::task::spawn_blocking(move || pdf::render(&document, made))
        .await
        .map_err(|error| PageError::Internal(error.to_string()))?
        .map_err(|error| PageError::Internal(error.to_string()))?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(pdf::MEDIA_TYPE),
    );
    if let Ok(value) = HeaderValue::from_str(&format!("inline; filename=\"{name}.pdf\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}
