//! Opening what a person brings: a CSV, a gzipped CSV, a folder of them, or data.police.uk's
//! monthly zip; named streams out, in flat memory, within limits.
//!
//! What a file is, is told by its first bytes, not by its name, since uploads and downloads lose
//! their endings. Nothing is unpacked to disk.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use flate2::Crc;
use flate2::read::{DeflateDecoder, MultiGzDecoder};
use serde::Serialize;
use zip::CompressionMethod;

use super::stream::Guard;
pub use super::stream::Reader;
use super::{Problem, ReadError};

/// How much an import may unpack to. The defaults let three years of England and Wales through.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most bytes that one file or entry may hold, unpacked.
    pub entry_bytes: u64,
    /// The most bytes that all entries of one archive may hold, unpacked.
    pub total_bytes: u64,
    /// The most entries of one archive.
    pub entries: usize,
    /// How many times its packed size a stream may unpack to…
    pub ratio: u64,
    /// …once it has given this many bytes.
    pub ratio_from: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entry_bytes: 4_000_000_000,
            total_bytes: 40_000_000_000,
            entries: 100_000,
            ratio: 200,
            ratio_from: 10_000_000,
        }
    }
}

/// Which files of a folder or archive are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Street-level crime of data.police.uk: its outcomes and stop-and-search files are skipped.
    PoliceStreet,
    /// Every CSV.
    Csv,
}

/// A file that was passed over on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: &'static str,
}

/// What will be read, in order, and what was passed over.
#[derive(Debug, Default)]
pub struct Plan {
    /// The files, sorted by name within each path given.
    pub sources: Vec<Source>,
    /// Files passed over.
    pub skipped: Vec<Skipped>,
}

/// One named stream of bytes that can be opened as often as needed.
#[derive(Debug, Clone)]
pub struct Source {
    /// The name to show, which for an entry of a zip is `archive.zip: path/in/it.csv`.
    pub name: String,
    path: PathBuf,
    form: Form,
    limits: Limits,
}

#[derive(Debug, Clone, Copy)]
enum Form {
    Plain,
    Gzip,
    Entry(Entry),
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    start: u64,
    packed: u64,
    size: u64,
    crc: u32,
    stored: bool,
}

/// An opened [`Source`].
#[derive(Debug)]
pub struct Input {
    /// The source's name.
    pub name: String,
    /// The unpacked bytes. Its errors carry a [`Problem`]: see [`Problem::from_io`].
    pub reader: Reader,
    /// The SHA-256 of the unpacked content, there once the reader has come to its end.
    pub sha256: Arc<OnceLock<[u8; 32]>>,
}

/// Finds what is to be read under the paths, given as files or folders.
///
/// # Errors
/// A path that is not there, an empty file, a folder or archive without anything to import, and
/// an archive that is refused (see [`Problem`]). Contents are judged as they are read.
pub fn plan(paths: &[PathBuf], wanted: Wanted, limits: &Limits) -> Result<Plan, ReadError> {
    let mut plan = Plan::default();
    for path in paths {
        let name = file_name(path);
        let meta =
            std::fs::metadata(path).map_err(|e| Problem::from_io(e).of(path.to_string_lossy()))?;
        if meta.is_dir() {
            let before = plan.sources.len();
            for file in files_below(path)? {
                let shown = file
                    .strip_prefix(path)
                    .unwrap_or(&file)
                    .to_string_lossy()
                    .into_owned();
                match reason_to_skip(&shown, wanted) {
                    Some(reason) => plan.skipped.push(Skipped {
                        name: shown,
                        reason,
                    }),
                    None => add_file(&mut plan, &file, shown, wanted, limits)?,
                }
            }
            if plan.sources.len() == before {
                return Err(Problem::NothingToImport.of(path.to_string_lossy()));
            }
        } else {
            add_file(&mut plan, path, name, wanted, limits)?;
        }
    }
    Ok(plan)
}

/// The same for one uploaded file, kept at `path` and known to the person as `name`.
///
/// # Errors
/// As [`plan`].
pub fn plan_upload(
    path: &Path,
    name: &str,
    wanted: Wanted,
    limits: &Limits,
) -> Result<Plan, ReadError> {
    let mut plan = Plan::default();
    add_file(&mut plan, path, name.to_owned(), wanted, limits)?;
    Ok(plan)
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(|| path.to_string_lossy(), |n| n.to_string_lossy())
        .into_owned()
}

/// Every file below a folder, sorted; links to folders are not followed, so that none leads round.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let fail = |e: io::Error, at: &Path| Problem::from_io(e).of(at.to_string_lossy());
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(&at).map_err(|e| fail(e, &at))? {
            let entry = entry.map_err(|e| fail(e, &at))?;
            let kind = entry.file_type().map_err(|e| fail(e, &entry.path()))?;
            if kind.is_dir() {
                open.push(entry.path());
            } else if kind.is_file() || entry.path().is_file() {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

fn reason_to_skip(name: &str, wanted: Wanted) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let base = lower.rsplit(['/', '\\']).next().unwrap_or(&lower);
    let stem = base.strip_suffix(".gz").unwrap_or(base);
    if base.starts_with('.') || lower.contains("__macosx") {
        return Some("a hidden file");
    }
    let Some(stem) = stem.strip_suffix(".csv") else {
        return Some("not a CSV file");
    };
    if wanted == Wanted::PoliceStreet {
        if stem.ends_with("-outcomes") {
            return Some("outcomes are not imported");
        }
        if stem.ends_with("-stop-and-search") {
            return Some("stops and searches are not imported");
        }
    }
    None
}

fn add_file(
    plan: &mut Plan,
    path: &Path,
    name: String,
    wanted: Wanted,
    limits: &Limits,
) -> Result<(), ReadError> {
    let io = |e: io::Error| Problem::from_io(e).of(&name);
    let mut file = File::open(path).map_err(io)?;
    let mut magic = [0_u8; 4];
    let mut got = 0;
    while got < magic.len() {
        match file.read(&mut magic[got..]).map_err(io)? {
            0 => break,
            n => got += n,
        }
    }
    if got == 0 {
        return Err(Problem::Empty.of(name));
    }
    if magic[..got].starts_with(b"PK\x03\x04") || magic[..got].starts_with(b"PK\x05\x06") {
        return add_archive(plan, path, &name, file, wanted, limits);
    }
    let form = if magic[..got].starts_with(&[0x1f, 0x8b]) {
        Form::Gzip
    } else {
        Form::Plain
    };
    plan.sources.push(Source {
        name,
        path: path.to_path_buf(),
        form,
        limits: *limits,
    });
    Ok(())
}

fn add_archive(
    plan: &mut Plan,
    path: &Path,
    name: &str,
    file: File,
    wanted: Wanted,
    limits: &Limits,
) -> Result<(), ReadError> {
    let broken = |e: zip::result::ZipError| match e {
        zip::result::ZipError::Io(e) => Problem::from_io(e).of(name),
        // Cut off anywhere, an archive has lost the directory at its end.
        zip::result::ZipError::InvalidArchive(_) => Problem::Truncated.of(name),
        other => Problem::Damaged(other.to_string()).of(name),
    };
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(broken)?;
    if archive.len() > limits.entries {
        return Err(Problem::TooManyEntries(limits.entries).of(name));
    }
    let mut found: Vec<Source> = Vec::new();
    let mut total = 0_u64;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(broken)?;
        let inner = String::from_utf8_lossy(entry.name_raw()).into_owned();
        if escapes(&inner) {
            return Err(Problem::PathEscapes(inner).of(name));
        }
        if entry.is_dir() || inner.ends_with('/') {
            continue;
        }
        if entry.encrypted() {
            return Err(Problem::Encrypted(inner).of(name));
        }
        let lower = inner.to_lowercase();
        if [".zip", ".gz", ".7z", ".rar", ".tar", ".bz2", ".xz", ".zst"]
            .iter()
            .any(|end| lower.ends_with(end))
        {
            return Err(Problem::NestedArchive(inner).of(name));
        }
        if let Some(reason) = reason_to_skip(&inner, wanted) {
            plan.skipped.push(Skipped {
                name: format!("{name}: {inner}"),
                reason,
            });
            continue;
        }
        let stored = match entry.compression() {
            CompressionMethod::Stored => true,
            CompressionMethod::Deflated => false,
            _ => return Err(Problem::Compression(inner).of(name)),
        };
        total = total.saturating_add(entry.size());
        if entry.size() > limits.entry_bytes {
            return Err(Problem::TooLarge {
                limit_mb: limits.entry_bytes / 1_000_000,
            }
            .of(format!("{name}: {inner}")));
        }
        if total > limits.total_bytes {
            return Err(Problem::TooLarge {
                limit_mb: limits.total_bytes / 1_000_000,
            }
            .of(name));
        }
        if entry.size() > limits.ratio_from
            && entry.size() / limits.ratio.max(1) > entry.compressed_size()
        {
            return Err(Problem::Bomb {
                ratio: limits.ratio,
            }
            .of(format!("{name}: {inner}")));
        }
        let Some(start) = entry.data_start() else {
            return Err(Problem::Damaged(format!("'{inner}' has no content")).of(name));
        };
        found.push(Source {
            name: format!("{name}: {inner}"),
            path: path.to_path_buf(),
            form: Form::Entry(Entry {
                start,
                packed: entry.compressed_size(),
                size: entry.size(),
                crc: entry.crc32(),
                stored,
            }),
            limits: *limits,
        });
    }
    if found.is_empty() {
        return Err(Problem::NothingToImport.of(name));
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    plan.sources.append(&mut found);
    Ok(())
}

/// Whether a path in an archive leads out of it. We unpack nothing to disk, so it could do no
/// harm; but an archive that holds one was made by somebody who meant harm.
fn escapes(path: &str) -> bool {
    path.starts_with('/')
        || path.contains(['\\', '\0'])
        || path.as_bytes().get(1) == Some(&b':')
        || path.split('/').any(|part| part == "..")
}

impl Source {
    /// Opens the stream at its beginning.
    ///
    /// # Errors
    /// When the file cannot be opened any more.
    pub fn open(&self) -> Result<Input, ReadError> {
        let io = |e: io::Error| Problem::from_io(e).of(&self.name);
        let mut file = File::open(&self.path).map_err(io)?;
        let packed_size = file.metadata().map_err(io)?.len();
        let mut guard = Guard {
            limits: self.limits,
            packed: None,
            given: 0,
            size: None,
            crc: None,
        };
        let bytes: Box<dyn Read + Send> = match self.form {
            Form::Plain => Box::new(file),
            Form::Gzip => {
                guard.packed = Some(packed_size);
                Box::new(MultiGzDecoder::new(BufReader::with_capacity(
                    64 * 1024,
                    file,
                )))
            }
            Form::Entry(entry) => {
                file.seek(SeekFrom::Start(entry.start)).map_err(io)?;
                guard.size = Some(entry.size);
                guard.crc = Some((Crc::new(), entry.crc));
                let raw = BufReader::with_capacity(64 * 1024, file.take(entry.packed));
                if entry.stored {
                    Box::new(raw)
                } else {
                    guard.packed = Some(entry.packed);
                    Box::new(DeflateDecoder::new(raw))
                }
            }
        };
        let sha256 = Arc::new(OnceLock::new());
        Ok(Input {
            name: self.name.clone(),
            reader: Reader::new(bytes, guard, Arc::clone(&sha256)),
            sha256,
        })
    }

    /// The SHA-256 of the unpacked content, by reading it all once.
    ///
    /// # Errors
    /// Whatever reading it meets: a damaged, cut-off or oversized stream.
    pub fn sha256(&self) -> Result<[u8; 32], ReadError> {
        let mut input = self.open()?;
        io::copy(&mut input.reader, &mut io::sink())
            .map_err(|e| Problem::from_io(e).of(&self.name))?;
        match input.sha256.get() {
            Some(hash) => Ok(*hash),
            None => Err(Problem::Truncated.of(&self.name)),
        }
    }

    /// The bytes that the file takes on disk, packed, to show progress by; for an entry of an
    /// archive its packed size.
    #[must_use]
    pub fn packed_size(&self) -> u64 {
        match self.form {
            Form::Entry(entry) => entry.packed,
            Form::Plain | Form::Gzip => std::fs::metadata(&self.path).map_or(0, |m| m.len()),
        }
    }
}
