//! A first look at a file that was sent: what it is, its header and first rows.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use serde::Serialize;

use crate::imports::load::LoadError;
use crate::imports::read::context::ContextReader;
use crate::imports::read::csv_text::CsvText;
use crate::imports::read::police_uk::StreetReader;
use crate::imports::read::postcodes::PostcodeReader;
use crate::imports::read::source::{self, Limits, Source, Wanted};
use crate::imports::read::{Problem, ReadError};
use crate::imports::staged;

/// Rows shown.
const SHOWN: usize = 10;
/// Rows read to find the values of a column.
const SEARCHED: usize = 50_000;
/// The most different values that a form asks about.
pub(super) const VALUES: usize = 60;

/// What a first look finds.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Peek {
    /// What kind of import the content fits.
    #[serde(skip)]
    pub(super) kind: &'static str,
    /// The columns.
    pub(super) header: Vec<String>,
    /// The first rows.
    pub(super) rows: Vec<Vec<String>>,
    /// What separates the columns.
    #[serde(skip)]
    pub(super) separator: char,
    /// How it is written, in words.
    pub(super) written: String,
    /// How many files it holds, where it is an archive.
    pub(super) files: usize,
    /// About how many bytes there are to read.
    #[serde(skip)]
    pub(super) weight: u64,
}

/// The separators that are tried, with their words.
const SEPARATORS: [(u8, &str); 4] = [
    (b',', "commas"),
    (b';', "semicolons"),
    (b'\t', "tabs"),
    (b'|', "vertical bars"),
];

/// Looks at a file.
///
/// # Errors
/// What is wrong with a file that cannot be read at all.
pub(super) fn peek(path: &Path, name: &str, today: chrono::NaiveDate) -> Result<Peek, LoadError> {
    let plan = source::plan_upload(path, name, Wanted::Csv, &Limits::default())
        .map_err(staged::refused)?;
    let files = plan.sources.len();
    let weight = weight(path);
    let Some(first) = plan.sources.first() else {
        return Err(staged::refused(Problem::NothingToImport.of(name)));
    };
    let mut start = Vec::new();
    let input = first.open().map_err(staged::refused)?;
    input
        .reader
        .take(1_000)
        .read_to_end(&mut start)
        .map_err(|error| staged::refused(Problem::from_io(error).of(name)))?;
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start);
    let json = text
        .iter()
        .find(|b| !b.is_ascii_whitespace() && **b != 0x1e)
        == Some(&b'{');
    if json {
        return Ok(Peek {
            kind: "areas",
            written: "GeoJSON or TopoJSON".to_owned(),
            separator: ',',
            files,
            weight,
            ..Peek::default()
        });
    }
    let (separator, words, mut text) = open(first).map_err(staged::refused)?;
    let mut peek = Peek {
        kind: kind_of(first, today),
        header: text.header().to_vec(),
        separator: char::from(separator),
        files,
        weight,
        ..Peek::default()
    };
    while peek.rows.len() < SHOWN {
        // What is wrong further down is told by the trial run, with its line.
        let Ok(Some(record)) = text.next_record() else {
            break;
        };
        let cells = 0..record.len().min(peek.header.len());
        peek.rows.push(
            cells
                .map(|at| crate::imports::read::shorten(&record.text(at)))
                .collect(),
        );
    }
    let encoding = text.encoding();
    let letters = if encoding.windows_1252_fields > 0 {
        "Windows-1252"
    } else if encoding.bom {
        "UTF-8 with a byte order mark"
    } else {
        "UTF-8"
    };
    peek.written = format!("{letters}, columns separated by {words}");
    Ok(peek)
}

/// About how many bytes a file holds: text shrinks to an eighth or so.
fn weight(path: &Path) -> u64 {
    let size = std::fs::metadata(path).map_or(0, |meta| meta.len());
    let mut magic = [0_u8; 2];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    if read.is_ok() && [*b"PK", [0x1f, 0x8b]].contains(&magic) {
        size * 8
    } else {
        size
    }
}

type Opened = (u8, &'static str, CsvText<source::Reader>);

/// Opens a CSV with the separator that it has.
fn open(source: &Source) -> Result<Opened, ReadError> {
    let mut first = None;
    for (separator, words) in SEPARATORS {
        let input = source.open()?;
        match CsvText::with_separator(&source.name, input.reader, separator) {
            Ok(text) => return Ok((separator, words, text)),
            Err(error) => {
                let delimiter = matches!(error.problem, Problem::Delimiter { .. });
                first.get_or_insert(error);
                if !delimiter {
                    break;
                }
            }
        }
    }
    Err(first.unwrap_or_else(|| Problem::Empty.of(&source.name)))
}

fn kind_of(source: &Source, today: chrono::NaiveDate) -> &'static str {
    let reader = || source.open().map(|input| input.reader);
    let name = &source.name;
    let fits = |works: bool, kind: &'static str| works.then_some(kind);
    let police = || {
        reader()
            .and_then(|r| StreetReader::open(name, r, today))
            .is_ok()
    };
    let context = || {
        reader()
            .and_then(|r| ContextReader::open(name, r, None))
            .is_ok()
    };
    let postcodes = || reader().and_then(|r| PostcodeReader::open(name, r)).is_ok();
    fits(police(), "police-uk")
        .or_else(|| fits(context(), "context"))
        .or_else(|| fits(postcodes(), "postcodes"))
        .unwrap_or("records")
}

/// The different values of a column with how often each comes, the most frequent first; none
/// where there are too many to ask about.
pub(super) fn values(path: &Path, name: &str, column: &str) -> Option<Vec<(String, u64)>> {
    let plan = source::plan_upload(path, name, Wanted::Csv, &Limits::default()).ok()?;
    let (_, _, mut text) = open(plan.sources.first()?).ok()?;
    let at = text.column(column)?;
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for _ in 0..SEARCHED {
        let Ok(Some(record)) = text.next_record() else {
            break;
        };
        *counts.entry(record.text(at).into_owned()).or_default() += 1;
        if counts.len() > VALUES {
            return None;
        }
    }
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Some(counts)
}
