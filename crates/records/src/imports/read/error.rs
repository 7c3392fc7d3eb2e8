//! Why a file, or one row of it, cannot be used: in words for the person who brought it.

use std::fmt;
use std::io;

use serde::Serialize;

/// A file that cannot be used. Shows as `FILE: what is wrong. What to do.`
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}. {}", problem.what_to_do())]
pub struct ReadError {
    /// The file's name as the person knows it; for an entry of a zip, `archive.zip: path/in/it.csv`.
    pub file: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What can be wrong with a whole file.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// There is no such file or folder.
    #[error("there is no such file or folder")]
    Missing,
    /// Reading failed for a reason of the machine.
    #[error("it could not be read ({0})")]
    Io(io::Error),
    /// No bytes at all.
    #[error("the file is empty (zero bytes)")]
    Empty,
    /// A folder or archive with nothing to import.
    #[error("there is no file to import in it")]
    NothingToImport,
    /// The compressed data stop too early.
    #[error("the compressed file is cut off: its end is missing")]
    Truncated,
    /// The compressed data contradict themselves.
    #[error("the compressed file is damaged ({0})")]
    Damaged(String),
    /// More content than allowed.
    #[error("it unpacks to more than {limit_mb} MB")]
    TooLarge {
        /// The limit, in millions of bytes.
        limit_mb: u64,
    },
    /// Content that unpacks to far more than any real data does.
    #[error("it unpacks to more than {ratio} times its size, as no real data does")]
    Bomb {
        /// The largest ratio allowed.
        ratio: u64,
    },
    /// More entries than allowed.
    #[error("the archive holds more than {0} entries")]
    TooManyEntries(usize),
    /// An entry's path points out of the archive.
    #[error("the archive holds the path '{0}', which points outside it")]
    PathEscapes(String),
    /// An entry is protected by a password.
    #[error("the archive's entry '{0}' is protected by a password")]
    Encrypted(String),
    /// An archive within an archive.
    #[error("the archive holds another archive, '{0}'")]
    NestedArchive(String),
    /// A way of compressing that we do not read.
    #[error("the archive's entry '{0}' is compressed in a way that cannot be read here")]
    Compression(String),
    /// UTF-16, as some spreadsheet programs save 'Unicode text'.
    #[error("the file is 'Unicode text' (UTF-16), not CSV")]
    Utf16,
    /// Bytes that no text holds.
    #[error("line {line} has a NUL byte: this is not a text file")]
    NotText {
        /// The line.
        line: u64,
    },
    /// One field longer than any real one.
    #[error("a field that begins on line {line} is longer than {limit} bytes")]
    FieldTooLong {
        /// The line on which the record begins.
        line: u64,
        /// The limit, in bytes.
        limit: usize,
    },
    /// One record longer than any real one.
    #[error("the record that begins on line {line} is longer than {limit} bytes")]
    RecordTooLong {
        /// The line on which the record begins.
        line: u64,
        /// The limit, in bytes.
        limit: usize,
    },
    /// More columns than allowed.
    #[error("line {line} has more than {limit} columns")]
    TooManyColumns {
        /// The line.
        line: u64,
        /// The limit.
        limit: usize,
    },
    /// The columns are separated by something else than a comma.
    #[error("its columns are separated by {found}, not by {expected}")]
    Delimiter {
        /// The separator found, in words.
        found: &'static str,
        /// The separator expected, in words.
        expected: &'static str,
    },
    /// The header is not that of the kind of file asked for.
    #[error(
        "the header is not that of {kind}{}",
        header_difference(missing, unknown)
    )]
    Header {
        /// The kind of file, in words.
        kind: &'static str,
        /// Columns that are needed and not there.
        missing: Vec<String>,
        /// Columns that are there and not known.
        unknown: Vec<String>,
    },
    /// The same column twice.
    #[error("the header names the column '{0}' twice")]
    DuplicateColumn(String),
    /// A column that was asked for by name.
    #[error("there is no column '{column}'; there are: {}", available.join(", "))]
    NoSuchColumn {
        /// The column asked for.
        column: String,
        /// The columns that there are.
        available: Vec<String>,
    },
    /// Text that is not the JSON it should be.
    #[error("it is not valid {kind} ({detail})")]
    Json {
        /// GeoJSON or TopoJSON.
        kind: &'static str,
        /// The parser's message.
        detail: String,
    },
    /// Anything about one area, by name.
    #[error("{what}")]
    Areas {
        /// What is wrong, in words.
        what: String,
        /// What to do about it.
        to_do: &'static str,
    },
    /// A profile that does not hold together.
    #[error("the import profile cannot be used: {0}")]
    Profile(String),
}

impl Problem {
    /// What the person can do about it.
    #[must_use]
    pub fn what_to_do(&self) -> &'static str {
        match self {
            Self::Missing => "Check the path",
            Self::Io(_) => "Check that the file can be opened, then try again",
            Self::Empty => "Download or export it again",
            Self::NothingToImport => {
                "Give a .csv or .csv.gz file, a folder of them, or the monthly .zip of data.police.uk"
            }
            Self::Truncated | Self::Damaged(_) => "Download it again; nothing was imported",
            Self::TooLarge { .. } => "Split it into smaller files",
            Self::Bomb { .. } => "Check where it comes from; nothing was imported",
            Self::TooManyEntries(_) => "Unpack it and import the folder",
            Self::PathEscapes(_) => "Check where it comes from; nothing was imported",
            Self::Encrypted(_) => "Unpack it with its password and import the folder",
            Self::NestedArchive(_) => "Unpack it and import the folder",
            Self::Compression(_) => "Unpack it and import the folder",
            Self::Utf16 => "Save it again as 'CSV UTF-8 (comma delimited)'",
            Self::NotText { .. } => "Save it again as 'CSV UTF-8 (comma delimited)'",
            Self::FieldTooLong { .. } | Self::RecordTooLong { .. } => {
                "Look for a quotation mark that is never closed; nothing was imported"
            }
            Self::TooManyColumns { .. } => "Remove the columns that are not needed",
            Self::Delimiter { .. } => "Save it again as 'CSV UTF-8 (comma delimited)'",
            Self::Header { .. } => "Check that it is the right file; nothing was imported",
            Self::DuplicateColumn(_) => "Rename one of the two",
            Self::NoSuchColumn { .. } => "Choose one of these",
            Self::Json { .. } => "Check that it is the right file; nothing was imported",
            Self::Areas { to_do, .. } => to_do,
            Self::Profile(_) => "Correct the profile",
        }
    }

    /// This problem, of the file `file`.
    #[must_use]
    pub fn of(self, file: impl Into<String>) -> ReadError {
        ReadError {
            file: file.into(),
            problem: self,
        }
    }

    /// The problem behind an error of reading: one of ours that travelled through [`io::Error`],
    /// or what the operating system or the decompressor said.
    #[must_use]
    pub fn from_io(error: io::Error) -> Self {
        if error
            .get_ref()
            .is_some_and(<dyn std::error::Error + Send + Sync>::is::<Self>)
        {
            return match error
                .into_inner()
                .map(<dyn std::error::Error + Send + Sync>::downcast::<Self>)
            {
                Some(Ok(problem)) => *problem,
                Some(Err(other)) => Self::Damaged(other.to_string()),
                None => Self::Damaged("for a reason unknown".to_owned()),
            };
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                Self::Damaged(error.to_string())
            }
            io::ErrorKind::NotFound => Self::Missing,
            _ => Self::Io(error),
        }
    }
}

impl From<Problem> for io::Error {
    fn from(problem: Problem) -> Self {
        Self::other(problem)
    }
}

fn header_difference(missing: &[String], unknown: &[String]) -> String {
    let mut text = String::new();
    if !missing.is_empty() {
        text.push_str("; missing: ");
        text.push_str(&missing.join(", "));
    }
    if !unknown.is_empty() {
        text.push_str("; not known: ");
        text.push_str(&unknown.join(", "));
    }
    text
}

/// One row that cannot be used: where and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reject {
    /// The line of the file on which the row begins; the header is line 1.
    pub line: u64,
    /// The column's name in the file; empty when the whole row is meant.
    pub column: String,
    /// What is wrong, in words.
    pub reason: String,
    /// The value found, shortened to 60 characters.
    pub value: String,
}

impl Reject {
    /// A reject; the value is shortened, and control characters in it are replaced.
    #[must_use]
    pub fn new(line: u64, column: &str, reason: impl Into<String>, value: &str) -> Self {
        Self {
            line,
            column: column.to_owned(),
            reason: reason.into(),
            value: shorten(value),
        }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if !self.column.is_empty() {
            write!(f, ", column '{}'", self.column)?;
        }
        write!(f, ": {}", self.reason)?;
        if !self.value.is_empty() {
            write!(f, " (found '{}')", self.value)?;
        }
        Ok(())
    }
}

/// A value fit for a message: at most 60 characters, no control characters.
pub(crate) fn shorten(value: &str) -> String {
    let mut short: String = value
        .chars()
        .take(60)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if value.chars().nth(60).is_some() {
        short.push('…');
    }
    short
}

/// The rejects of one file: all counted, the first thousand listed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RejectReport {
    /// How many rows were rejected.
    pub count: u64,
    /// The first [`RejectReport::LISTED`] of them.
    pub listed: Vec<Reject>,
}

impl RejectReport {
    /// How many rejects are listed by name.
    pub const LISTED: usize = 1_000;

    /// Counts a reject, and lists it while there is room.
    pub fn add(&mut self, reject: Reject) {
        self.count += 1;
        if self.listed.len() < Self::LISTED {
            self.listed.push(reject);
        }
    }

    /// Whether no row was rejected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}
