//! Accessible PDF (PDF/UA-1, tagged), by typst: forms blank and filled, reports, leaflets.
//!
//! Callers describe a [`Document`]; how it looks is in `template.typ` alone. Text is handed over
//! as values, so nothing that a person typed can act as markup, reach a file or run. The same
//! document and time give the same bytes.
//!
//! Rendering takes some tens of milliseconds a page and must not be done on a thread that serves
//! others: use `spawn_blocking`.
//!
//! ```
//! use commonweal_documents::pdf::{self, Block, Document, Field, FieldKind, KeyValue};
//! let document = Document {
//!     title: "Street audit".into(),
//!     organisation: "County Durham Community Safety Partnership".into(),
//!     reference: "SA-7K3M-9QX4".into(),
//!     blocks: vec![
//!         Block::KeyValues(vec![KeyValue::new("Street", "#let x = 1 is only text")]),
//!         Block::Field(Field {
//!             label: "What did you see?".into(),
//!             hint: String::new(),
//!             optional: false,
//!             kind: FieldKind::Lines(6),
//!         }),
//!     ],
//!     ..Document::default()
//! };
//! let bytes = pdf::render(&document, "2026-11-23T09:00:00Z".parse()?)?;
//! assert!(bytes.starts_with(b"%PDF-"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod fonts;
mod model;
#[cfg(test)]
mod tests;
mod values;

use std::panic::AssertUnwindSafe;
use std::sync::LazyLock;

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Dict, Duration, IntoValue as _, Smart};
use typst::syntax::{FileId, Source};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Feature, Library, LibraryExt as _, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use fonts::FONTS;
pub use model::{Block, Card, Chart, DataTable, Document, Field, FieldKind, KeyValue, Words};

/// The media type.
pub const MEDIA_TYPE: &str = "application/pdf";

/// Why a document could not be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PdfError {
    /// It has no title, without which a reader can't tell it from others.
    #[error("the document has no title")]
    NoTitle,
    /// A picture or chart says nothing to people who can't see it.
    #[error("a picture or chart has no text that says what it shows")]
    NoAlt,
    /// A table has no headings.
    #[error("a table has no headings")]
    NoHeader,
    /// Its language is not of the form `en` or `en-GB`.
    #[error("the document's language is not a language code such as en-GB")]
    Language,
    /// The layout refused it: a picture that is none, or content that can't be made accessible.
    #[error("the document could not be laid out: {0}")]
    Layout(String),
}

/// The document as PDF/UA-1. `made` is written into it as the time when it was made.
///
/// Letters that no font has (Chinese, emoji) are shown as '\u{fffd}'.
///
/// # Errors
/// [`PdfError`] says what is missing.
pub fn render(document: &Document, made: DateTime<Utc>) -> Result<Vec<u8>, PdfError> {
    let values = values::document(document)?;
    let identity = format!(
        "{}/{}/{}",
        document.reference, document.version, document.title
    );
    // Pictures come from outside, and a page must follow even where a decoder panics.
    let result = std::panic::catch_unwind(AssertUnwindSafe(|| lay_out(values, identity, made)));
    // What the compiler remembers holds people's words: none stays longer than it is needed.
    typst::comemo::evict(0);
    result.unwrap_or_else(|_| Err(PdfError::Layout("the layout engine stopped".into())))
}

fn lay_out(values: Dict, identity: String, made: DateTime<Utc>) -> Result<Vec<u8>, PdfError> {
    let inputs = [("doc".into(), values.into_value())].into_iter().collect();
    let library = Library::builder()
        .with_inputs(inputs)
        .with_features(std::iter::once(Feature::A11yExtras).collect())
        .build();
    let sheet = Sheet {
        library: LazyHash::new(library),
    };
    let laid_out: PagedDocument = typst::compile(&sheet)
        .output
        .map_err(|found| refused(&found))?;
    let made = Datetime::from_ymd_hms(
        made.year(),
        u8::try_from(made.month()).unwrap_or(1),
        u8::try_from(made.day()).unwrap_or(1),
        u8::try_from(made.hour()).unwrap_or(0),
        u8::try_from(made.minute()).unwrap_or(0),
        u8::try_from(made.second()).unwrap_or(0),
    );
    let standards = PdfStandards::new(&[PdfStandard::Ua_1])
        .map_err(|refusal| PdfError::Layout(refusal.message().to_string()))?;
    let options = PdfOptions {
        ident: Smart::Custom(identity),
        creator: Smart::Custom(Some("Commonweal".into())),
        timestamp: made.map(Timestamp::new_utc),
        standards,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&laid_out, &options).map_err(|found| refused(&found))
}

fn refused(found: &[SourceDiagnostic]) -> PdfError {
    let words: Vec<&str> = found.iter().map(|one| one.message.as_str()).collect();
    PdfError::Layout(words.join("; "))
}

static TEMPLATE: LazyLock<Source> =
    LazyLock::new(|| Source::detached(include_str!("template.typ")));

/// What the compiler can reach: the template, the fonts and the values. No files, no packages,
/// no clock.
struct Sheet {
    library: LazyHash<Library>,
}

impl World for Sheet {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &FONTS.book
    }

    fn main(&self) -> FileId {
        TEMPLATE.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == TEMPLATE.id() {
            Ok(TEMPLATE.clone())
        } else {
            Err(FileError::AccessDenied)
        }
    }

    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
