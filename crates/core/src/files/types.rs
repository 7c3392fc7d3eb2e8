//! Types of file, by content and never by name.

/// A type of file that some page takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MediaType(&'static str, &'static str);

impl MediaType {
    /// The media type, such as `image/jpeg`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// What people call it, such as 'JPEG'.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.1
    }
}

/// Photographs. The first three can be shown in a page.
pub const IMAGES: &[MediaType] = &[
    MediaType("image/jpeg", "JPEG"),
    MediaType("image/png", "PNG"),
    MediaType("image/webp", "WebP"),
    MediaType("image/heif", "HEIC"),
];

/// Documents. Word and Excel only in their formats without macros.
pub const DOCUMENTS: &[MediaType] = &[
    MediaType("application/pdf", "PDF"),
    MediaType(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "Word",
    ),
    MediaType(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "Excel",
    ),
    MediaType(
        "application/vnd.oasis.opendocument.text",
        "OpenDocument text",
    ),
    MediaType(
        "application/vnd.oasis.opendocument.spreadsheet",
        "OpenDocument spreadsheet",
    ),
    MediaType("text/plain", "plain text"),
];

/// Sound and video.
pub const MEDIA: &[MediaType] = &[
    MediaType("video/mp4", "MP4"),
    MediaType("video/quicktime", "MOV"),
    MediaType("video/webm", "WebM"),
    MediaType("audio/mpeg", "MP3"),
    MediaType("audio/m4a", "M4A"),
    MediaType("audio/ogg", "Ogg"),
    MediaType("audio/x-wav", "WAV"),
];

/// The type of a file by its beginning; none for what no page takes, such as programs, web
/// pages, SVG and archives.
#[must_use]
pub fn detect(head: &[u8]) -> Option<MediaType> {
    let all = || [IMAGES, DOCUMENTS, MEDIA].into_iter().flatten();
    match infer::get(head) {
        Some(found) => all().find(|known| known.0 == found.mime_type()).copied(),
        None if is_text(head) => all().find(|known| known.0 == "text/plain").copied(),
        None => None,
    }
}

/// UTF-8 without control characters, and no mark-up or script that a browser might run.
fn is_text(head: &[u8]) -> bool {
    let text = match str::from_utf8(head) {
        Ok(text) => text,
        // The beginning may end in the middle of a character.
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let start = text.trim_start_matches('\u{feff}').trim_start();
    !text.is_empty()
        && !start.starts_with(['<', '{'])
        && !start.starts_with("#!")
        && !text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

/// The names of some types, for an error message.
pub(super) fn names(types: &[MediaType]) -> String {
    types
        .iter()
        .map(|known| known.name())
        .collect::<Vec<_>>()
        .join(", ")
}
