//! Tables as files that a browser saves.

use axum::response::{IntoResponse as _, Response};
use commonweal_access::web::PageError;
use commonweal_documents::{CSV, ODS, Table, XLSX};
use http::{HeaderValue, header};

/// A kind of spreadsheet file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    Ods,
    Xlsx,
}

impl Format {
    /// All, for links.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 3] = [Self::Csv, Self::Ods, Self::Xlsx];

    /// What its names end in.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ods => "ods",
            Self::Xlsx => "xlsx",
        }
    }

    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Csv => CSV,
            Self::Ods => ODS,
            Self::Xlsx => XLSX,
        }
    }

    /// The table as bytes.
    pub(crate) fn write(self, table: &Table) -> Result<Vec<u8>, PageError> {
        match self {
            Self::Csv => table.to_csv(),
            Self::Ods => table.to_ods(),
            Self::Xlsx => table.to_xlsx(),
        }
        .map_err(|error| PageError::Internal(error.to_string()))
    }
}

/// A table as an answer.
pub(crate) async fn table(table: Table, format: Format, name: &str) -> Result<Response, PageError> {
    // Packing a large table keeps a processor busy for a while.
    let bytes = tokio::task::spawn_blocking(move || format.write(&table))
        .await
        .map_err(|error| PageError::Internal(error.to_string()))??;
    Ok(file(
        bytes.into_response(),
        format.media_type(),
        &format!("{name}.{}", format.ending()),
    ))
}

/// An answer that is saved under a name, and kept by no cache on the way.
pub(crate) fn file(mut response: Response, media_type: &'static str, name: &str) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-store"),
    );
    let plain: String = name
        .chars()
        .map(|letter| match letter {
            letter if letter.is_ascii_alphanumeric() || "-_.".contains(letter) => letter,
            _ => '-',
        })
        .collect();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
