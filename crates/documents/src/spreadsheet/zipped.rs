//! What ODS and XLSX share: a zip archive, which may be a bomb.

use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use super::{Limits, ReadError, Sheet, open, xlsx};

pub(super) type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// More parts than any spreadsheet with a table has.
const PARTS: usize = 10_000;

pub(super) fn read(bytes: &[u8], limits: Limits) -> Result<Sheet, ReadError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| ReadError::Damaged)?;
    if archive.len() > PARTS {
        return Err(ReadError::Unpacks);
    }
    let is_xlsx = archive.index_for_name("[Content_Types].xml").is_some();
    let is_open = archive.index_for_name("content.xml").is_some();
    if is_xlsx {
        if !archive
            .file_names()
            .flatten()
            .any(|name| name.starts_with("xl/"))
        {
            return Err(ReadError::NotATable {
                what: "a text document",
            });
        }
        // Every part, since the library that reads them takes what it wants.
        measure(&mut archive, limits)?;
        xlsx::read(bytes, limits)
    } else if is_open {
        let mut kind = String::new();
        if let Ok(part) = archive.by_name("mimetype") {
            let _unreadable_is_none = part.take(200).read_to_string(&mut kind);
        }
        if !kind.is_empty() && !kind.contains("opendocument.spreadsheet") {
            return Err(ReadError::NotATable {
                what: "a text document",
            });
        }
        open::read(&mut archive, limits)
    } else {
        Err(ReadError::NotATable {
            what: "a folder of files (ZIP)",
        })
    }
}

/// Unpacks everything into nothing: what a zip says about its sizes need not be true.
fn measure(archive: &mut Archive<'_>, limits: Limits) -> Result<(), ReadError> {
    let mut left = limits.unpacked;
    for n in 0..archive.len() {
        let part = archive.by_index(n).map_err(|_| ReadError::Damaged)?;
        let size = std::io::copy(&mut part.take(left + 1), &mut std::io::sink());
        left = left
            .checked_sub(size.map_err(|_| ReadError::Damaged)?)
            .ok_or(ReadError::Unpacks)?;
    }
    Ok(())
}
